"""nu-e scattering against amplitudes summed by hand, and its use of the atom."""

import math

import numpy as np
import pytest

from nudipole import constants as const
from nudipole.errors import UnknownName
from nudipole.interactions import ElectronScattering, couplings, dsigma_dT
from nudipole.mixing import density_matrix, nufit
from nudipole.properties import Neutrino
from nudipole.targets import Atom, ManyBodyFactor, atom

OSCILLATION = nufit("nufit-6.0-no")
U = np.asarray(OSCILLATION.pmns())
FREE = ElectronScattering.on(atom("H", binding="free"))
T = np.geomspace(1e-3, 2.0, 12)


def properties(seed):
    rng = np.random.default_rng(seed)

    def hermitian(scale):
        X = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
        return scale * (X + X.conj().T)

    radius = 1e-32 * const.cm**2
    return {
        "magnetic": hermitian(1e-10),
        "electric": hermitian(1e-10),
        "charge": hermitian(1e-12),
        "charge_radius": hermitian(radius),
        "anapole": hermitian(radius / 6),
    }


def by_amplitudes(X, E, L, flavour, antineutrino):
    """Sum over final mass states of |amplitude|^2, with every matrix in the mass basis.

    A neutrino of mass k arrives with U*_ak exp(-i m_k^2 L/2E), an antineutrino with the conjugate mixing; its
    transitions k -> j see the transposed (for Hermitian matrices: conjugate) couplings, and L and R swap.
    """
    m2 = np.asarray(OSCILLATION.masses_squared())
    psi = (U[flavour] if antineutrino else U[flavour].conj()) * np.exp(-1j * m2 * L / (2 * E))
    sm = couplings()
    total = np.zeros_like(T)
    for i, t in enumerate(T):
        q2 = -2 * const.m_e * t
        shift = 2 * math.sqrt(2) * math.pi * const.alpha / const.G_F
        shift = shift * (X["charge"] / q2 + X["charge_radius"] / 6 - X["anapole"])
        G_L, G_R = (U.conj().T @ np.diag(g) @ U + shift / 2 for g in (sm.g_L, sm.g_R))
        lam = X["magnetic"] - 1j * X["electric"]
        if antineutrino:
            G_L, G_R, lam = G_R.conj(), G_L.conj(), lam.conj()
        a, b, c = G_L @ psi, G_R @ psi, lam @ psi
        weak = np.sum(np.abs(a) ** 2 + np.abs(b) ** 2 * (1 - t / E) ** 2)
        weak -= const.m_e * t / E**2 * np.sum(a.conj() * b).real
        total[i] = 2 * const.G_F**2 * const.m_e / math.pi * weak
        total[i] += math.pi * const.alpha**2 / const.m_e**2 * (1 / t - 1 / E) * np.sum(np.abs(c) ** 2)
    return total


@pytest.mark.parametrize("antineutrino", [False, True])
@pytest.mark.parametrize("flavour", [0, 1])
@pytest.mark.parametrize("seed", [0, 1])
def test_amplitudes_of_an_oscillating_beam(seed, flavour, antineutrino):
    """Coherent beam, delta = 212 degrees, complex transition moments, radii and charges: 1e-11 of the sum."""
    E, L = 3.0, 8e6 * const.cm
    X = properties(seed)
    nu = Neutrino.dirac(basis="mass", **X).to_flavour(U)
    rho = density_matrix(OSCILLATION, E, L, ("e", "mu")[flavour], antineutrino=antineutrino)
    found = dsigma_dT(T, E, FREE.operators(nu), rho, FREE, antineutrino=antineutrino)
    np.testing.assert_allclose(found, by_amplitudes(X, E, L, flavour, antineutrino), rtol=1e-11)


def test_a_forgotten_transpose_would_show():
    """What the stored transpose of antineutrinos is for: without it the coherent rate differs."""
    E, L = 3.0, 8e6 * const.cm
    nu = Neutrino.dirac(basis="mass", **properties(0)).to_flavour(U)
    rho = density_matrix(OSCILLATION, E, L, "e", antineutrino=True)
    right, wrong = (dsigma_dT(T, E, FREE.operators(nu), r, FREE, antineutrino=True) for r in (rho, np.asarray(rho).T))
    assert np.max(np.abs(right / wrong - 1)) > 1e-3


def test_many_body_factors_act_on_their_own_channels():
    weak, dipole = (ManyBodyFactor(np.array([1e-3, 1e3]), np.full(2, x)) for x in (0.8, 1.3))
    shells = np.array([0.0, 0.1]), np.array([3.0, 5.0])
    plain = np.asarray(ElectronScattering.on(Atom("Xx", 1.0, *shells)).kernels(T))
    both = np.asarray(ElectronScattering.on(Atom("Xx", 1.0, *shells, weak, dipole)).kernels(T))
    # Of the powers of 1/T, the second is the squared millicharge: neither weak nor a dipole.
    weakly = np.tile([0.8, 0.8, 1.0], 3)[:, None, None]
    np.testing.assert_allclose(both[:, :9], weakly * plain[:, :9], rtol=1e-14)
    np.testing.assert_allclose(both[:, 9], 1.3 * plain[:, 9], rtol=1e-14)


def test_the_atom_multiplies_the_free_electron():
    xenon, rho = ElectronScattering.on(atom("Xe")), np.eye(3).astype(complex) / 3
    operators = xenon.operators(Neutrino("dirac", "flavour", 1e-11 * np.eye(3)))
    T = np.array([1.5, 4.0, 4.9, 20.0, 40.0]) * 1e-3
    ratio = dsigma_dT(T, 0.4, operators, rho, xenon) / dsigma_dT(T, 0.4, operators, rho, FREE)
    np.testing.assert_allclose(ratio, [44, 44, 48, 52, 54], rtol=1e-12)


def test_names_of_channels_and_process():
    assert FREE.channels == ("L0", "L1", "L2", "R0", "R1", "R2", "LR0", "LR1", "LR2", "dipole")
    assert FREE.mass == const.m_e
    assert FREE.target_mass == FREE.atom.mass
    with pytest.raises(UnknownName, match="did you mean 'one-loop'"):
        ElectronScattering.on(atom("H"), "oneloop")
