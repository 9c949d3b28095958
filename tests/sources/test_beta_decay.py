"""Beta spectra against quadrature, limits of the Fermi function, evaluated mean energies and a measured source."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gamma as gamma_function

from nudipole import constants as const
from nudipole.errors import OutOfRange, UnknownName
from nudipole.sources.beta_decay import (
    Branch,
    Shape,
    branches,
    decay,
    lambda_2,
    mixture,
    momentum_times_fermi,
    spectrum,
)

CERIUM, PRASEODYMIUM = branches("144Ce")[:3], branches("144Ce")[3:]
FM = 1e-13 * const.cm
#: Least energy of an antineutrino for inverse beta decay on free protons, and the mass difference of the nucleons.
THRESHOLD, DELTA = 1.806, 1.29333


def mean(E, dN_dE):
    return np.trapezoid(E * dN_dE, E) / np.trapezoid(dN_dE, E)


def above(energy, E, dN_dE):
    """The part of a spectrum above an energy."""
    kept = energy < E
    return np.append(energy, E[kept]), np.append(np.interp(energy, E, dN_dE), dN_dE[kept])


@pytest.mark.parametrize("positron", [False, True])
@pytest.mark.parametrize("Z", [1, 5, 36, 60, 84])
def test_fermi_function_against_gamma_functions_of_complex_argument(Z, positron):
    """The same formula by another road, products of scipy's complex gamma, which overflows for slow electrons."""
    T, R = np.geomspace(1e-2, 5, 20), 5 * FM
    p = np.sqrt(T**2 + 2 * T * const.m_e)
    a = const.alpha * Z
    g = np.sqrt((1 - a) * (1 + a))
    y = (-1 if positron else 1) * a * (T + const.m_e) / p
    gammas = gamma_function(g + 1j * y) * gamma_function(g - 1j * y) / gamma_function(1 + 2 * g) ** 2
    expected = (2 + 2 * g) * (2 * p * R) ** (2 * g - 2) * np.exp(np.pi * y) * gammas.real
    found = momentum_times_fermi(T, Z, R=R, positron=positron) / p
    np.testing.assert_allclose(found, expected, rtol=1e-11)


@pytest.mark.parametrize("positron", [False, True])
def test_fermi_function_of_a_light_nucleus_is_that_of_Sommerfeld(positron):
    """2 pi eta/(1 - exp(-2 pi eta)) to (alpha Z)^2 times a logarithm of p R."""
    T = np.geomspace(1e-6, 1e-2, 20)
    p = np.sqrt(T**2 + 2 * T * const.m_e)
    x = (-1 if positron else 1) * 2 * np.pi * const.alpha * 2 * (T + const.m_e) / p
    found = momentum_times_fermi(T, 2, R=2 * FM, positron=positron) / p
    np.testing.assert_allclose(found, x / -np.expm1(-x), rtol=3e-3)


def test_without_charge_there_is_no_fermi_function():
    T = np.array([0, 1e-9, 0.1, 2.0])
    np.testing.assert_allclose(momentum_times_fermi(T, 0), np.sqrt(T**2 + 2 * T * const.m_e), rtol=1e-12)


@pytest.mark.parametrize(("Z", "positron"), [(1, False), (60, False), (84, False), (5, True)])
def test_momentum_times_fermi_function_is_continuous_at_rest(Z, positron):
    at_rest, slow = momentum_times_fermi(np.array([0.0, 1e-10]), Z, positron=positron)
    assert slow == pytest.approx(at_rest, rel=1e-4, abs=1e-300)
    assert (at_rest == 0) == positron


@pytest.mark.parametrize("particle", ["neutrino", "electron"])
@pytest.mark.parametrize(
    ("Q", "Z", "positron"),
    [
        (2.9975, 60, False),
        (0.18518, 59, False),
        (0.9602, 5, True),
        (0.0186, 2, False),
        (1.1621, 84, False),
        (1.0, 0, True),
    ],
)
def test_shape_against_quadrature(Q, Z, positron, particle):
    """One neutrino a decay, and its nodes are right to 1e-5 of it."""

    def shape(x):
        T = Q * x * x
        return momentum_times_fermi(np.array([T]), Z, positron=positron)[0] * (T + const.m_e) * (Q - T) ** 2

    total = quad(lambda x: shape(x) * 2 * Q * x, 0, 1, epsrel=1e-10, limit=500)[0]
    E, dN_dE = spectrum(Q, Z, particle=particle, positron=positron)
    assert (E[0], E[-1]) == (0, Q)
    assert np.all(np.diff(E) > 0)
    assert np.trapezoid(dN_dE, E) == pytest.approx(1, abs=1e-12)
    T = E if particle == "electron" else Q - E
    np.testing.assert_allclose(dN_dE, [shape(np.sqrt(t / Q)) / total for t in T], rtol=1e-5, atol=1e-9 * dN_dE.max())


def test_neutrinos_of_a_charged_daughter_end_with_a_step_and_those_of_positrons_do_not():
    _, dN_dE = spectrum(0.3187, 59)
    assert dN_dE[-1] > 0.3 * dN_dE.max()
    assert spectrum(0.9602, 5, positron=True)[1][-1] == 0


def test_every_decay_of_144Ce_gives_two_antineutrinos():
    """The evaluation rounds intensities to three digits."""
    for chain in (CERIUM, PRASEODYMIUM):
        assert sum(branch.probability for branch in chain) == pytest.approx(1, abs=1e-5)
    E, dN_dE = mixture(branches("144Ce"))
    assert np.trapezoid(dN_dE, E) == pytest.approx(2, abs=1e-5)
    assert E[-1] == 2.9975
    assert dN_dE[-1] > 0


def test_end_points_of_a_mixture_are_steps_of_their_branch():
    E, dN_dE = mixture(CERIUM)
    for branch in CERIUM[1:]:
        (at,) = np.flatnonzero((E[:-1] == branch.Q) & (np.diff(E) == 0))
        step = branch.probability * spectrum(branch.Q, branch.Z)[1][-1]
        assert dN_dE[at] - dN_dE[at + 1] == pytest.approx(step, rel=1e-9)
    T, dN_dT = mixture(CERIUM, particle="electron")
    assert mean(T, dN_dT) + mean(E, dN_dE) == pytest.approx(sum(b.Q * b.probability for b in CERIUM), rel=1e-4)


@pytest.mark.parametrize(
    ("chain", "neutrino", "electron", "tolerance"),
    [(CERIUM, 0.2071, 0.08229, 3e-4), (PRASEODYMIUM, 1.759, 1.2085, 6e-3)],
)
def test_mean_energies_of_ENDF_B_VIII_0(chain, neutrino, electron, tolerance):
    """At 3 MeV to 0.6 %: what is left out here, such as the finite size of the nucleus, is of that order."""
    assert mean(*mixture(chain)) == pytest.approx(neutrino, rel=tolerance)
    assert mean(*mixture(chain, particle="electron")) == pytest.approx(electron, rel=tolerance)


def test_mean_energy_of_the_positron_of_11C():
    """ENDF/B-VIII.0: Q = 1.9822 MeV, 384.67 keV a decay, of which 99.759 % go to positrons."""
    E, dN_dE = spectrum(1.9822 - 2 * const.m_e, 5, particle="electron", positron=True)
    assert mean(E, dN_dE) == pytest.approx(0.38467 / 0.99759, rel=1e-3)


def test_fraction_above_the_threshold_of_inverse_beta_decay():
    """About half of those of 144Pr, none of 144Ce."""
    E, dN_dE = above(THRESHOLD, *mixture(branches("144Ce")))
    assert 0.47 < np.trapezoid(dN_dE, E) < 0.50


def test_inverse_beta_decay_per_decay_of_144Pr_of_Derbin_2025():
    """4.73e-44 cm^2 from the measured spectrum; its shape factor is worth 3 %, the simple cross section 2 %."""
    E, dN_dE = above(THRESHOLD, *mixture(PRASEODYMIUM))
    positron = E - DELTA
    sigma = 9.52e-44 * positron * np.sqrt(np.clip(positron**2 - const.m_e**2, 0, None))
    assert np.trapezoid(sigma * dN_dE, E) == pytest.approx(4.7344e-44, rel=0.05)
    W = 1 + (2.9975 - E) / const.m_e
    whole, shape = mixture(PRASEODYMIUM)
    total = np.trapezoid(shape * factor(1 + np.clip(2.9975 - whole, 0, None) / const.m_e), whole)
    measured = np.trapezoid(sigma * dN_dE * factor(W), E) / total
    assert measured == pytest.approx(4.7344e-44, rel=0.025)


def factor(W):
    """Measured shape factor of the decay to the ground state, W the energy of the electron over its mass."""
    return 1 - 0.0279 * W - 0.076 / W


def test_refusals():
    for Q in (0.0, -1.0, np.inf):
        with pytest.raises(OutOfRange, match="end point"):
            spectrum(Q, 60)
    for Z in (-1, 138):
        with pytest.raises(OutOfRange, match="charge of the daughter"):
            spectrum(1.0, Z)
    with pytest.raises(UnknownName, match="choose from electron, neutrino"):
        spectrum(1.0, 60, particle="muon")
    with pytest.raises(UnknownName, match="choose from 144Ce"):
        branches("90Sr")
    assert mixture([Branch(1.0, 10, 0.5)])[1].max() == 0.5 * spectrum(1.0, 10)[1].max()


def test_shape_factor_of_unique_decays_without_charge_is_the_sum_of_squares():
    T, dN_dT = spectrum(0.687, 0, particle="electron", shape=Shape(unique=True))
    p2, q = T * (T + 2 * const.m_e), 0.687 - T
    expected = np.sqrt(p2) * (T + const.m_e) * q**2 * (p2 + q**2)
    np.testing.assert_allclose(dN_dT, expected / np.trapezoid(expected, T), rtol=1e-12)


def test_lambda_2_against_gamma_functions_of_complex_argument():
    """Ratio of generalised Fermi functions L_1/L_0 (Behrens), each as a product; nonrelativistic: 1 + eta^2."""
    Z, R, T = 37, 5.3 * FM, np.array([0.02, 0.1, 0.5])
    p, W = np.sqrt(T * (T + 2 * const.m_e)), T + const.m_e
    eta = const.alpha * Z * W / p

    def generalised(k):
        g = np.sqrt(k**2 - (const.alpha * Z) ** 2)
        double = {1: 1, 2: 3}[k]
        gammas = abs(gamma_function(g + 1j * eta)) ** 2 / gamma_function(1 + 2 * g) ** 2
        F = 4**k * (k * double) ** 2 * (k + g) * (2 * p * R) ** (2 * (g - k)) * np.exp(np.pi * eta) * gammas
        return F / (2 * k)

    np.testing.assert_allclose(lambda_2(T, Z, R=R), generalised(2) / generalised(1), rtol=1e-12)
    slow, light = np.array([1e-6]), 2
    eta = const.alpha * light * const.m_e / np.sqrt(2 * slow * const.m_e)
    np.testing.assert_allclose(lambda_2(slow, light), 1 + eta**2, rtol=3e-3)


@pytest.mark.parametrize(
    ("nuclide", "energy"),
    [("3H", 5.69), ("11C", 385.6), ("14C", 49.47), ("39Ar", 218.8), ("85Kr", 251.4)],
)
def test_mean_energies_of_backgrounds(nuclide, energy):
    """Evaluated ones in keV (ENDF/B-VIII.0 and DDEP, from memory) to 0.5 %: screening, branches of 0.4 %."""
    found = decay(nuclide)
    T, dN_dT = spectrum(found.Q, found.Z, particle="electron", positron=found.positron, shape=found.shape)
    assert np.trapezoid(dN_dT, T) == pytest.approx(1, abs=1e-12)
    assert T[-1] == found.Q
    assert dN_dT[-1] == 0
    assert 1e3 * mean(T, dN_dT) == pytest.approx(energy, rel=5e-3)


def test_measured_shape_of_210Bi():
    """S(W) = 1 - 0.4363 W + 0.0523 W^2 on the allowed shape: at rest against the end point by a factor 7.5."""
    found = decay("210Bi")
    T, dN_dT = spectrum(found.Q, found.Z, particle="electron", shape=found.shape)
    _, allowed = spectrum(found.Q, found.Z, particle="electron")
    W = 1 + T[:-1] / const.m_e
    ratio = dN_dT[:-1] / allowed[:-1]
    np.testing.assert_allclose(ratio / ratio[0], (1 - 0.4363 * W + 0.0523 * W**2) / 0.616, rtol=1e-10)


def test_refusals_of_shapes():
    with pytest.raises(UnknownName, match="90Sr"):
        decay("90Sr")
    with pytest.raises(OutOfRange, match="shape factor"):
        spectrum(1.0, 10, shape=Shape(a=-0.9))


@pytest.mark.parametrize(
    ("nuclide", "parent", "daughter"),
    [
        ("3H", ("H", 3), ("He", 3)),
        ("11C", ("C", 11), ("B", 11)),
        ("14C", ("C", 14), ("N", 14)),
        ("39Ar", ("Ar", 39), ("K", 39)),
        ("85Kr", ("Kr", 85), ("Rb", 85)),
        ("210Bi", ("Bi", 210), ("Po", 210)),
    ],
)
def test_end_points_are_differences_of_the_atomic_masses(nuclide, parent, daughter):
    """Masses of the atomic mass evaluation in periodictable, with seven decimals of u (0.1 keV) at the least.

    A positron takes two electron masses from the difference.
    """
    import periodictable

    before, after = (periodictable.elements.symbol(symbol)[A].mass for symbol, A in (parent, daughter))
    found = decay(nuclide)
    expected = (before - after) * 931.49410242 - (2 * 0.51099895 if found.positron else 0.0)
    np.testing.assert_allclose(found.Q, expected, rtol=0, atol=1.5e-4)
