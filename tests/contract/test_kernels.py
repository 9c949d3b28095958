"""Rules that the cross section of every process obeys, whatever the neutrino. A new process: one line in PROCESSES."""

import operator

import equinox as eqx
import numpy as np
import pytest

from nudipole import constants as const
from nudipole.interactions import (
    ElectronScattering,
    ElectronUpscattering,
    NucleusScattering,
    NucleusUpscattering,
    dsigma_dT,
    electron,
    upscattering,
)
from nudipole.interactions import nucleus as nucleus_module
from nudipole.mixing import density_matrix, nufit
from nudipole.properties import Neutrino
from nudipole.targets import atom, nucleus

#: Name -> (process whose target is scale free, module whose constants are scaled)
PROCESSES = {
    "electron": (ElectronScattering.on(atom("Xe", binding="free")), electron),
    "nucleus": (NucleusScattering.of(nucleus("Cs", 133)), nucleus_module),
    "electron to N": (ElectronUpscattering.on(atom("Xe", binding="free"), 0.02), upscattering),
    "nucleus to N": (NucleusUpscattering.beside(NucleusScattering.of(nucleus("Cs", 133)), 0.1), upscattering),
}
#: Dimension (power of energy) of what a process takes from its module and from the constants.
DIMENSIONS = {
    "electron": {"const.m_e": 1, "const.G_F": -2, "WEAK": -3, "DIPOLE": -2},
    "nucleus": {"const.m_e": 1, "const.atomic_mass": 1, "const.G_F": -2, "WEAK": -4, "DIPOLE": -2},
    "electron to N": {"const.m_e": 1, "DIPOLE": -2},
    "nucleus to N": {"DIPOLE": -2},
}
#: Dimension of what a process carries itself.
FIELDS = {
    "electron": {},
    "nucleus": {"nucleus.mass": 1, "F_p.R_0": -1, "F_p.s": -1, "F_n.R_0": -1, "F_n.s": -1},
    "electron to N": {"kinematics.m4": 1},
    "nucleus to N": {"nucleus.mass": 1, "F_p.R_0": -1, "F_p.s": -1, "kinematics.m4": 1},
}
OSCILLATION = nufit("nufit-6.0-no")
U = np.asarray(OSCILLATION.pmns())
SEEDS = range(6)


def hermitian(rng, scale):
    X = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
    return scale * (X + X.conj().T)


def random_neutrino(seed, basis="flavour"):
    """Every property large enough to compete with the weak interaction."""
    rng = np.random.default_rng(seed)
    size = 10 ** rng.uniform(-1, 1, size=5)
    moments, vector, charge = 1e-10, 2e-32 * const.cm**2, 1e-12
    heavy = moments * (rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)))
    if seed % 2:
        lam = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
        antisymmetric = np.imag(hermitian(rng, 1.0))
        nu = Neutrino.majorana(
            basis="mass",
            lam=moments * size[0] * (lam - lam.T),
            charge=1j * charge * size[1] * antisymmetric,
            charge_radius=1j * vector * size[2] * antisymmetric,
            anapole=vector * size[3] * np.real(hermitian(rng, 1.0)),
            heavy=heavy,
        )
        return nu.to_flavour(U) if basis == "flavour" else nu
    return Neutrino.dirac(
        basis=basis,
        magnetic=hermitian(rng, moments * size[0]),
        electric=hermitian(rng, moments * size[1]),
        charge=hermitian(rng, charge * size[2]),
        charge_radius=hermitian(rng, vector * size[3]),
        anapole=hermitian(rng, vector * size[4]),
        heavy=heavy,
    )


def scaled_process(name, scale, monkeypatch):
    """The process in a world whose energies are `scale` times ours: constants and module changed in place."""
    process, module = PROCESSES[name]
    for key, power in DIMENSIONS[name].items():
        owner = const if key.startswith("const.") else module
        key = key.removeprefix("const.")
        monkeypatch.setattr(owner, key, getattr(owner, key) * scale**power)
    for path, power in FIELDS[name].items():
        get = operator.attrgetter(path)
        process = eqx.tree_at(get, process, get(process) * scale**power)
    return process


def allowed(process, E):
    """Least and largest recoil of a neutrino of energy E, of length 1 each."""
    ends = (process.kinematics.T_min, process.kinematics.T_max)
    return tuple(np.asarray(end(np.array([E]), process.mass)) for end in ends)


def random_rho(seed):
    rng = np.random.default_rng(100 + seed)
    X = rng.normal(size=(3, 1 + seed % 3)) + 1j * rng.normal(size=(3, 1 + seed % 3))
    rho = X @ X.conj().T
    return rho / np.trace(rho).real


@pytest.mark.parametrize("name", PROCESSES)
@pytest.mark.parametrize("antineutrino", [False, True])
@pytest.mark.parametrize("scale", [1e-3, 7.0])
def test_all_energies_times_s_give_the_cross_section_times_s_to_minus_3(name, antineutrino, scale, monkeypatch):
    """dsigma/dT is MeV^-3: masses, energies and inverse lengths are scaled, charges and moments [mu_B] are not."""
    process, _ = PROCESSES[name]
    nu, rho = random_neutrino(0), random_rho(0)
    E = 0.5
    low, end = allowed(process, E)
    T = low + (end - low) * np.linspace(0.01, 0.99, 7)
    before = dsigma_dT(T, E, process.operators(nu), rho, process, antineutrino=antineutrino)
    after_process = scaled_process(name, scale, monkeypatch)
    scaled = Neutrino(
        "dirac", "flavour", nu.lam, nu.charge, nu.charge_radius / scale**2, nu.anapole / scale**2, nu.heavy
    )
    operators = after_process.operators(scaled)
    after = dsigma_dT(T * scale, E * scale, operators, rho, after_process, antineutrino=antineutrino)
    np.testing.assert_allclose(after * scale**3, before, rtol=1e-10)


@pytest.mark.parametrize("name", PROCESSES)
def test_kernels_are_homogeneous(name, monkeypatch):
    """Coefficient of E^-p in a channel with 1/T^n (whose operator carries T^n): MeV^(p - n - 3)."""
    process, _ = PROCESSES[name]
    T, scale = np.array([1e-3, 0.1]), 3.0
    before = np.asarray(process.kernels(T))
    after_process = scaled_process(name, scale, monkeypatch)
    after = np.asarray(after_process.kernels(scale * T))
    n = np.array([int(channel[-1]) if channel[-1].isdigit() else 0 for channel in process.channels])
    power = np.arange(3) - n[:, None] - 3
    np.testing.assert_allclose(after, before * scale ** power.astype(float)[None, :, :, None], rtol=1e-12)


@pytest.mark.parametrize("name", PROCESSES)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("antineutrino", [False, True])
def test_cross_sections_are_never_negative_and_vanish_beyond_the_kinematic_limit(name, seed, antineutrino):
    process, _ = PROCESSES[name]
    operators, rho = process.operators(random_neutrino(seed)), random_rho(seed)
    for E in (1e-3, 0.05, 0.5, 3.0, 50.0):
        low, end = allowed(process, E)
        if end == 0:
            T = E * np.geomspace(1e-9, 1, 30)
            assert np.all(dsigma_dT(T, E, operators, rho, process, antineutrino=antineutrino) == 0)
            continue
        T = low + (end - low) * np.append(np.geomspace(1e-6, 1, 40), 1 - np.geomspace(1e-9, 0.5, 20))
        inside = np.asarray(dsigma_dT(T, E, operators, rho, process, antineutrino=antineutrino))
        assert np.all(inside >= -1e-12 * inside.max())
        assert np.all(inside[low + 0.9 * (end - low) > T] > 0)
        beyond = end * np.array([1 + 1e-12, 1.01, 2, 100])
        if low > 0:
            beyond = np.append(beyond, low * np.array([0.01, 0.99, 1 - 1e-12]))
        assert np.all(dsigma_dT(beyond, E, operators, rho, process, antineutrino=antineutrino) == 0)


@pytest.mark.parametrize("name", PROCESSES)
@pytest.mark.parametrize("seed", SEEDS)
def test_operators_are_hermitian(name, seed):
    operators = np.asarray(PROCESSES[name][0].operators(random_neutrino(seed)))
    size = np.abs(operators).max(axis=(1, 2), keepdims=True)
    assert np.all(np.abs(operators - operators.conj().swapaxes(1, 2)) <= 1e-14 * size)


@pytest.mark.parametrize("name", PROCESSES)
@pytest.mark.parametrize("seed", SEEDS)
def test_mass_and_flavour_basis_give_the_same_operators(name, seed):
    """Stated in the mass basis and rotated, or rotated by hand in every factor."""
    process = PROCESSES[name][0]
    nu = random_neutrino(seed, "mass")
    left = U.conj() if nu.nature == "majorana" else U
    by_hand = Neutrino(
        nu.nature,
        "flavour",
        left @ nu.lam @ U.conj().T,
        *(U @ X @ U.conj().T for X in (nu.charge, nu.charge_radius, nu.anapole)),
        U @ nu.heavy,
    )
    first, second = (np.asarray(process.operators(x)) for x in (nu.to_flavour(U), by_hand))
    size = np.abs(second).max(axis=(1, 2), keepdims=True)
    assert np.all(np.abs(first - second) <= 1e-12 * size)


@pytest.mark.parametrize("name", PROCESSES)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("antineutrino", [False, True])
def test_phases_of_leptons_and_mass_states_are_not_observable(name, seed, antineutrino):
    """U -> D U D' with X_M -> D'^dagger X_M D' for an oscillating (coherent) beam with delta = 212 degrees."""
    process, _ = PROCESSES[name]
    rng = np.random.default_rng(40 + seed)
    D, D_mass = (np.exp(2j * np.pi * rng.uniform(size=3)) for _ in range(2))
    E, L = 3.0, 4e5 * const.cm
    nu = random_neutrino(seed, "mass")
    rho = density_matrix(OSCILLATION, E, L, "e", antineutrino=antineutrino)
    T = process.kinematics.T_max(np.array([E]), process.mass) * np.geomspace(4e-4, 0.9, 20)

    left = D_mass if nu.nature == "majorana" else D_mass.conj()
    turned = Neutrino(
        nu.nature,
        "mass",
        left[:, None] * nu.lam * D_mass,
        *(D_mass.conj()[:, None] * X * D_mass for X in (nu.charge, nu.charge_radius, nu.anapole)),
        D_mass.conj()[:, None] * nu.heavy,
    )
    pmns = D[:, None] * U * D_mass
    original = process.operators(nu.to_flavour(U)), rho
    rephased = process.operators(turned.to_flavour(pmns)), D[:, None] * rho * D.conj()
    first, second = (
        np.asarray(dsigma_dT(T, E, operators, matrix, process, antineutrino=antineutrino))
        for operators, matrix in (original, rephased)
    )
    np.testing.assert_allclose(second, first, rtol=1e-12)
