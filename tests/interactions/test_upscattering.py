"""Upscattering against cross sections from explicit spinor traces, and against the magnetic moment at m4 = 0."""

import numpy as np
import pytest

from nudipole import constants as const
from nudipole.detectors import Detector, Efficiency, Exact
from nudipole.interactions import (
    ElectronScattering,
    ElectronUpscattering,
    NucleusScattering,
    NucleusUpscattering,
    Upscattering,
    dsigma_dT,
)
from nudipole.properties import neutrino_of
from nudipole.rates import fold, recoil_spectrum
from nudipole.sources import SOURCES
from nudipole.targets import atom
from nudipole.targets.nuclei import Nucleus

KEV = 1e-3
U = 931.49410242
TARGETS = {"Xe": (54, 131.293), "Ge": (32, 72.63), "Cs": (55, 132.90545)}
ELECTRON = np.diag([1.0, 0, 0]).astype(complex)

# Spin-1/2 point targets, d = 1e-6/GeV, mu = 2 d: target, E and m4 [MeV], T [keV], dsigma/dT [cm^2/GeV], ends of T [keV]
POINTS = [
    ("e", 10, 0, 10, 1.13543885e-36, 0, 9750.86589),
    ("e", 10, 0.64, 10, 1.04301319e-36, 0.428471167, 9339.66893),
    ("e", 1.442, 0.64, 50, 6.52050045e-38, 33.0843377, 730.765116),
    ("e", 1.05, 0.64, 200, 1.46630148e-38, 138.806157, 226.477190),
    ("Xe", 10, 1, 1, 3.30560165e-32, 1.02723113e-5, 1.62688726),
    ("Ge", 5, 2, 0.3, 3.70878316e-32, 1.28775202e-3, 0.678533440),
    ("Cs", 30, 20, 10, 2.99307923e-33, 0.235717857, 11.0665249),
]


def on(target, m4):
    if target == "e":
        return ElectronUpscattering.on(atom("H", binding="free"), m4)
    Z, A = TARGETS[target]
    point = NucleusScattering.of(Nucleus(Z, round(A) - Z, A * U, 1.0, 1.0), form_factor="unity")
    return NucleusUpscattering.beside(point, m4)


@pytest.mark.parametrize(("target", "E", "m4", "T", "sigma", "low", "high"), POINTS)
def test_cross_sections_and_ends_of_the_recoils(target, E, m4, T, sigma, low, high):
    process = on(target, m4)
    found = dsigma_dT(np.array([T * KEV]), E, process.operators(neutrino_of({"d_e": 1e-6})), ELECTRON, process)
    # 1e3 from MeV to GeV
    assert float(found[0]) / const.cm**2 * 1e3 == pytest.approx(sigma, rel=1e-6)
    assert float(process.kinematics.T_min(E, process.mass)) / KEV == pytest.approx(low, rel=1e-6)
    assert float(process.kinematics.T_max(E, process.mass)) / KEV == pytest.approx(high, rel=1e-6)


@pytest.mark.parametrize(
    ("m4", "threshold"), [(0.1, 0.109784756), (0.64, 1.04078360), (1, 1.97847559), (3, 11.8062803)]
)
def test_thresholds_on_electrons(m4, threshold):
    assert float(Upscattering(m4).threshold(const.m_e)) == pytest.approx(threshold, rel=1e-6)


@pytest.mark.parametrize("antineutrino", [False, True])
def test_a_massless_lepton_is_a_magnetic_moment_of_twice_d(antineutrino):
    """The same neutrino as a flavour-diagonal moment, mu = 2 d = d/148.152 GeV: 1e-10 in kernel and fold."""
    d = {"d_e": 1e-6, "d_mu": 0.0, "d_tau": 0.0}
    mu = neutrino_of({"mu_e": 2e-6 * 1e-3 / const.mu_B_natural})
    electron, nucleus = ElectronScattering.on(atom("Xe")), NucleusScattering.on("Ge")[0]
    for elastic, heavy, E in (
        (electron, ElectronUpscattering.on(electron.atom, 0.0), 0.5),
        (nucleus, NucleusUpscattering.beside(nucleus, 0.0), 5.0),
    ):
        T = np.asarray(elastic.kinematics.T_max(np.array([E]), elastic.mass)) * np.linspace(0.01, 0.99, 9)
        k = elastic.channels.index("dipole")
        state = antineutrino
        moments, dipoles = elastic.operators(mu)[k], heavy.operators(neutrino_of(d))[0]
        np.testing.assert_allclose(dipoles, moments, rtol=1e-12)
        np.testing.assert_allclose(
            np.asarray(heavy.kernels(T))[int(state), 0], np.asarray(elastic.kernels(T))[int(state), k], rtol=1e-12
        )
    beam = SOURCES["solar"].named().beam()
    detector = Detector(np.linspace(1, 30, 30) * KEV, Exact(), Efficiency.constant(1.0))
    one = fold(beam, electron, detector, exposure=1.0)
    other = fold(beam, ElectronUpscattering.on(electron.atom, 0.0), detector, exposure=1.0)
    np.testing.assert_allclose(other.W[:, 0], one.W[:, one.channels.index("dipole")], rtol=1e-10, atol=1e-300)


def test_dipoles_to_one_lepton_interfere_and_those_to_three_do_not():
    process = on("e", 0.3)
    same = np.asarray(process.operators(neutrino_of({"d_e": 1e-8, "d_tau": 1e-8}))[0])
    own = np.asarray(process.operators(neutrino_of({"d": 1e-8}))[0])
    assert same[0, 2] == same[0, 0] > 0
    np.testing.assert_allclose(own, same[0, 0] * np.eye(3), rtol=1e-12)


def test_recoils_of_a_line_lie_between_its_ends():
    """The pep line makes 640 keV; 7Be at 0.862 MeV is below the threshold, 1.0408 MeV."""
    beam, process = SOURCES["solar"].named().beam(), ElectronUpscattering.on(atom("H", binding="free"), 0.64)
    T = np.array([33.0, 33.1, 730.7, 730.8]) * KEV
    found = np.einsum("sctii->st", np.asarray(recoil_spectrum(beam, process, T).W).real)
    pep, beryllium = (found[beam.components.index(name)] for name in ("pep", "7Be"))
    np.testing.assert_array_equal(pep > 0, [False, True, True, False])
    assert np.all(beryllium == 0)


@pytest.mark.parametrize(
    ("m4", "sigma"),
    [(0, 7.825e-43), (1, 7.332e-43), (2, 6.008e-43), (3, 4.249e-43), (5, 1.198e-43), (7, 7.99e-45)],
)
def test_reactor_neutrinos_on_germanium(m4, sigma):
    """Mean cross section above 2 MeV and 0.9 keV of recoil [cm^2], 235U of Mueller 2011, d = 1e-7/GeV: 2 %.

    The radius of the Helm form factor is another one there; 0.5 % is what it makes.
    """
    polynomial = (3.217, -3.111, 1.395, -0.3690, 0.04445, -0.002053)
    E, T = np.linspace(2, 9, 2001), np.geomspace(0.9, 2.5, 1500) * KEV
    flux = np.exp(sum(c * E**n for n, c in enumerate(polynomial)))
    radius = 4.06e-13 * const.cm
    process = NucleusUpscattering.beside(NucleusScattering.of(Nucleus(32, 40.63, 72.63 * U, radius, radius)), m4)
    mass, strength = float(process.mass), np.asarray(process.operators(neutrino_of({"d_e": 1e-7})))[0, 0, 0].real
    found = E[:, None] ** -np.arange(3) @ np.asarray(process.kernels(T))[1, 0] * strength
    low, high = (np.asarray(end(E, mass))[:, None] for end in (process.kinematics.T_min, process.kinematics.T_max))
    found = np.where((low <= T) & (high >= T), found, 0)
    mean = np.trapezoid(np.trapezoid(found, T, axis=1) * flux, E) / np.trapezoid(flux, E)
    assert mean / const.cm**2 == pytest.approx(sigma, rel=0.02)
