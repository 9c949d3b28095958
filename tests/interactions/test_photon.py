"""Equivalent photons against quadrature with cross sections straight from xraylib, and against free electrons."""

import itertools
import math

import numpy as np
import pytest
import xraylib

from nudipole.detectors import Detector, Efficiency, Exact
from nudipole.interactions import Absorption, ElectronScattering, EquivalentPhoton, dsigma_dT
from nudipole.properties import Neutrino
from nudipole.rates import fold, recoil_spectrum
from nudipole.sources import Beam
from nudipole.sources.beam import Component
from nudipole.targets import atom, photoabsorption

# CODATA 2022
ALPHA, M_E, HBAR_C = 7.2973525643e-3, 0.51099895069, 197.3269804
#: A barn is 100 fm^2 [MeV^-2].
BARN = 100 / HBAR_C**2
KEV, EV = 1e-3, 1e-6
XENON = EquivalentPhoton(photoabsorption({"Xe": 1}), 131.293 * 931.49410372)
CHARGE = 3e-13
MUON = np.diag([0, 1.0, 0]).astype(complex)
NO_LINES = (np.zeros(0), np.zeros((0, 3, 3), complex))


def sigma_gamma(T, Z=54):
    """Of an atom [MeV^-2]: the sum over shells below 1.03 keV, the tabulated cross section above."""
    E = T / KEV
    return BARN * (xraylib.CSb_Photo(Z, E) if E >= 1.03 else xraylib.CSb_Photo_Total(Z, E))


def equivalent_photons(T, E, neutrino_mass=EV):
    """dsigma/dT for one unit of charge [MeV^-3], e^2 = 4 pi alpha being in the coupling of the photon."""
    return 2 * ALPHA / math.pi * sigma_gamma(T) / T * math.log(E / neutrino_mass)


@pytest.mark.parametrize("antineutrino", [False, True])
def test_cross_section_from_xraylib(antineutrino):
    """2 alpha/pi q^2 sigma_gamma/T ln(E/m_nu); 1e-3, the promise of the photoabsorption table."""
    nu = Neutrino("dirac", "flavour", charge=CHARGE * np.diag([5.0, 1.0, 7.0]))
    T = np.array([0.0125, 0.05, 0.3, 0.9, 2.0, 4.9, 30.0, 40.0, 400.0]) * KEV
    for E in (0.41, 3.0, 50.0):
        found = dsigma_dT(T, E, XENON.operators(nu), MUON, XENON, antineutrino=antineutrino)
        expected = [CHARGE**2 * equivalent_photons(t, E) if t <= E else 0 for t in T]
        np.testing.assert_allclose(found, expected, rtol=1e-3)


def test_the_mass_of_the_neutrino_cuts_off_the_logarithm():
    """1 eV by convention; a mass ten times smaller adds ln 10 to ln(E/m), 15 % at 1 MeV."""
    light = EquivalentPhoton(XENON.photoabsorption, XENON.target_mass, 0.1 * EV)
    nu = Neutrino("dirac", "flavour", charge=np.eye(3))
    T = np.array([1.0, 10.0]) * KEV
    found = [np.asarray(dsigma_dT(T, 1.0, p.operators(nu), MUON, p)) for p in (light, XENON)]
    np.testing.assert_allclose(found[0] / found[1], 1 + math.log(10) / math.log(1e6), rtol=1e-12)


def test_a_photon_takes_up_to_all_of_the_energy():
    E, nu = 20 * KEV, Neutrino("dirac", "flavour", charge=np.eye(3))
    found = dsigma_dT(np.array([0.0120, 0.0122, 19.99, 20.0, 20.01]) * KEV, E, XENON.operators(nu), MUON, XENON)
    assert np.all(np.asarray(found)[[1, 2, 3]] > 0)
    assert np.all(np.asarray(found)[[0, 4]] == 0)


def test_charges_that_change_flavour_add_as_squares():
    """Tr rho q^+ q: |q_mumu|^2 + |q_emu|^2 + |q_taumu|^2 for a nu_mu, without interference with anything."""
    q = np.array([[1.0, 2 + 1j, 0], [2 - 1j, -3, 0.5j], [0, -0.5j, 4]]) * CHARGE
    operators = np.asarray(XENON.operators(Neutrino("dirac", "flavour", charge=q)))
    assert operators.shape == (1, 3, 3)
    assert np.trace(operators[0] @ MUON).real == pytest.approx((5 + 9 + 0.25) * CHARGE**2, rel=1e-12)
    others = Neutrino("dirac", "flavour", 1e-10 * np.eye(3), charge_radius=np.eye(3), anapole=np.eye(3))
    assert np.all(np.asarray(XENON.operators(others)) == 0)


@pytest.mark.parametrize(
    ("T", "ratio"),
    [(0.3, 4.2), (1.0, 12.2), (3.0, 2.9), (10.0, 1.75), (30.0, 0.26), (36.0, 1.07), (60.0, 0.45), (200.0, 0.051)],
)
def test_factors_between_equivalent_photons_and_free_electrons_of_xenon(T, ratio):
    """Ratio to Z_eff(T) 2 pi alpha^2/(m_e T^2) at E = 1 MeV and m_nu = 1 eV, measured edges in Z_eff.

    Of order one to ten about the edges, as the literature has it, and highest just above those of many electrons. Far
    above all of them it is below one and falls: photoabsorption goes as T^-3.5 there, and free electrons take no real
    photon. Equivalent photons are no improvement on free electrons above about 15 keV, but for the K shell.
    """
    edges = {34.561: 54, 5.453: 52, 5.107: 50, 4.786: 48, 1.148: 44, 1.002: 42, 0.941: 40, 0.213: 26}
    electrons = edges[max(edge for edge in edges if edge <= T)] if T >= 0.941 else 26
    T = T * KEV
    free = electrons * 2 * math.pi * ALPHA**2 / (M_E * T**2)
    nu = Neutrino("dirac", "flavour", charge=np.eye(3))
    found = float(dsigma_dT(np.array([T]), 1.0, XENON.operators(nu), MUON, XENON)[0])
    assert found / free == pytest.approx(ratio, rel=0.05)
    assert found == pytest.approx(equivalent_photons(T, 1.0), rel=1e-3)


def test_it_takes_the_place_of_the_squared_charge_alone():
    """With `charge_squared=False` scattering keeps what is linear in the charge and loses what is quadratic."""
    xenon = atom("Xe")
    full, rest = ElectronScattering.on(xenon), ElectronScattering.on(xenon, charge_squared=False)
    nu = Neutrino("dirac", "flavour", charge=1e-12 * MUON)
    T, E = np.array([2.0, 20.0]) * KEV, 0.5
    both, none = (np.asarray(dsigma_dT(T, E, full.operators(Neutrino("dirac", "flavour", charge=q)), MUON, full))
                  for q in (-1e-12 * MUON, 0 * MUON))  # fmt: skip
    plus, cut = (np.asarray(dsigma_dT(T, E, p.operators(nu), MUON, p)) for p in (full, rest))
    square = (plus + both) / 2 - none
    np.testing.assert_allclose(cut, plus - square, rtol=1e-12)
    # The square alone, but for terms of relative order T/E: Z_eff 2 pi alpha^2 q^2/(m_e T^2).
    free = np.array([44, 52]) * 2 * math.pi * ALPHA**2 * 1e-24 / (M_E * T**2)
    np.testing.assert_allclose(square, free, rtol=0.1)
    assert np.all(square > 0.01 * none)


NODES = np.array([0.0, 0.02, 0.1, 0.1, 0.42])
FLUX = np.array([0.0, 3.0, 9.0, 5.0, 0.5])


@pytest.fixture(scope="module")
def beam():
    """Spectra with a step that begin below the recoils, and lines within the bins and above."""
    rng = np.random.default_rng(17)
    X = rng.normal(size=(len(NODES), 3, 2)) + 1j * rng.normal(size=(len(NODES), 3, 2))
    density = FLUX[:, None, None] * (X @ X.conj().swapaxes(-1, -2))
    smooth = Component("smooth", NODES, density, *NO_LINES, antineutrino=True)
    lines = Component("lines", np.zeros(0), np.zeros((0, 3, 3), complex), np.array([0.03, 0.862]), density[1:3])
    return Beam.assemble([smooth, lines])


def rate(T, beam):
    """int dE phi rho dsigma/dT on an atom for both components, (2, 3, 3)."""
    factor = 2 * ALPHA / math.pi * sigma_gamma(T) / T
    density = np.asarray(beam.density[0]).reshape(-1, 9)
    total = np.zeros((2, 9), complex)
    for i, j in itertools.pairwise(range(len(NODES))):
        low = max(NODES[i], T)
        if low < NODES[j]:
            x, w = np.polynomial.legendre.leggauss(20)
            E = low + (NODES[j] - low) * (1 + x) / 2
            weight = (NODES[j] - low) / 2 * w * np.log(E / EV)
            share = ((E - NODES[i]) / (NODES[j] - NODES[i]))[:, None]
            total[0] += weight @ ((1 - share) * density[i] + share * density[j])
    for E, matrix in zip(np.asarray(beam.E_line[1]), np.asarray(beam.line[1]).reshape(-1, 9), strict=True):
        total[1] += (E >= T) * math.log(E / EV) * matrix
    return factor * total.reshape(2, 3, 3)


def test_recoil_spectrum_against_quadrature(beam):
    T = np.array([0.013, 0.2, 1.5, 5.0, 19.0, 29.9, 30.1, 50.0, 99.0, 101.0, 300.0, 419.0, 421.0, 490.0]) * KEV
    W = np.asarray(recoil_spectrum(beam, XENON, T, exposure=XENON.target_mass).W)
    assert W.shape == (2, 1, len(T), 3, 3)
    expected = np.stack([rate(t, beam) for t in T], axis=1)
    size = np.trace(expected, axis1=-2, axis2=-1).real[..., None, None]
    assert np.all(np.abs(W[:, 0] - expected) <= 1e-3 * size)
    # Beyond the end of the spectrum nothing is left, not even a rounding error.
    assert np.all(W[0, 0, -2:] == 0)


def test_fold_against_quadrature(beam):
    """Bins that contain edges, the step of the spectrum and a line: 1e-3, the promise of the photoabsorption table.

    From 0.67 to 0.71 keV the cross section rises fifteenfold within some eV, twice: panels of a quarter lose 3 %.
    """
    edges = np.array([0.05, 0.5, 3.0, 20.0, 33.0, 120.0, 450.0]) * KEV
    W = np.asarray(fold(beam, XENON, Detector(edges, Exact(), Efficiency.constant(1.0)), exposure=XENON.target_mass).W)
    steps = np.asarray(XENON.photoabsorption.edges)
    breaks = np.unique(np.concatenate([steps, np.linspace(0.67, 0.72, 40) * KEV, [0.03, 0.1, 0.42]]))
    x, w = np.polynomial.legendre.leggauss(4)
    for b, (low, high) in enumerate(itertools.pairwise(edges)):
        fine = np.unique(np.concatenate([np.geomspace(low, high, 40), breaks[(breaks > low) & (breaks < high)]]))
        half = np.diff(fine)[:, None] / 2
        T, weight = (fine[:-1, None] + half * (1 + x)).ravel(), (half * w).ravel()
        rates = np.array([np.trace(rate(t, beam), axis1=1, axis2=2).real for t in T])
        np.testing.assert_allclose(np.trace(W[:, 0, b], axis1=1, axis2=2).real, weight @ rates, rtol=1e-3)


def test_names_masses_and_edges():
    assert XENON.channels == ("charge",)
    assert XENON.kinematics == Absorption()
    assert XENON.cut is None
    # Panels of the fold end where it steps, at the least.
    assert set(np.asarray(photoabsorption({"Xe": 1}).edges)) <= set(np.asarray(XENON.edges))
    assert np.asarray(XENON.kernels(np.array([KEV, 2 * KEV]))).shape == (2, 1, 2, 2)
