"""Decay positrons: closed forms against quadrature of the Michel spectrum, mpmath and a Monte Carlo of its own."""

import math
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import dblquad, quad

from nudipole import constants as const
from nudipole.errors import OutOfRange, TableError, UnitError
from nudipole.muon_g2.decay import boost, figure_of_merit
from nudipole.muon_g2.decay import spectrum as decay
from nudipole.muon_g2.decay.monte_carlo import decays
from nudipole.muon_g2.decay.precession import E_magic, gamma_magic, p_magic
from nudipole.muon_g2.decay.response import Calorimeter, TabulatedAsymmetry, read_asymmetry
from nudipole.numerics import jax, jnp

Y = np.linspace(0.01, 0.99, 25)


def boosted(y, *, signed):
    """N(y), or N A, by one integral over the Michel spectrum: cos(theta*) = 2 y/x - 1 and dcos/dy = 2/x."""

    def density(x):
        cos = 2 * y / x - 1
        return 2 / x * x**2 * ((2 * x - 1) * cos if signed else 3 - 2 * x)

    return float(mpmath.quad(density, [y, 1]))


@pytest.mark.parametrize("polarisation", [0.0, 0.7, -1.0])
def test_michel_spectrum_is_normalised(polarisation):
    total, _ = dblquad(lambda x, cos: decay.michel(x, cos, polarisation=polarisation), -1, 1, 0, 1)
    assert total == pytest.approx(1, abs=1e-12)


def test_michel_spectrum_is_isotropic_at_half_the_energy():
    assert decay.michel(0.5, 1.0) == decay.michel(0.5, -1.0) == 0.5
    assert decay.michel(1.0, -1.0) == 0.0  # no positron of full energy against the spin: angular momentum
    assert decay.michel(1.1, 0.0) == 0.0


def test_spectrum_and_asymmetry_are_the_boosted_michel_spectrum():
    N = np.array([boosted(y, signed=False) for y in Y])
    NA = np.array([boosted(y, signed=True) for y in Y])
    assert_allclose(decay.N(Y), N, rtol=1e-12)
    assert_allclose(decay.N_A(Y), NA, atol=1e-12)
    assert_allclose(decay.A(Y), NA / N, atol=1e-12)


def test_ends_of_spectrum_and_asymmetry():
    assert (decay.A(0.0), decay.A(1.0)) == (-0.2, 1.0)
    assert decay.N(0.0) == pytest.approx(5 / 3)
    assert decay.N(1.0) == 0
    assert np.all(decay.N(np.array([-0.1, 1.1])) == 0)
    assert np.all(decay.N_A(np.array([-0.1, 1.1])) == 0)
    assert np.all(decay.A(np.array([-0.1, 1.1])) == 0)


def test_asymmetry_vanishes_at_the_root_of_its_polynomial():
    """(1 + sqrt 33)/16 = 0.42154, which is 1.304 GeV for E_max = 3.094 GeV (derived in closed form, and by hand)."""
    root = float(mpmath.findroot(lambda y: 8 * y**2 - y - 1, 0.4))
    assert pytest.approx(root, abs=1e-15) == decay.ZERO_CROSSING
    assert decay.A(decay.ZERO_CROSSING) == pytest.approx(0, abs=1e-15)
    assert decay.ZERO_CROSSING * decay.E_max == pytest.approx(1304, abs=0.5)


def test_threshold_formulas_are_integrals():
    for y in (0.0, 0.2, 0.5, 0.8, 0.99):
        N, NA = quad(decay.N, y, 1)[0], quad(decay.N_A, y, 1)[0]
        assert decay.N_above(y) == pytest.approx(N, abs=1e-12)
        assert decay.N_A_above(y) == pytest.approx(NA, abs=1e-12)
        assert decay.A_above(y) == pytest.approx(NA / N, rel=1e-9, abs=1e-12)
    assert (decay.N_above(0.0), decay.N_A_above(0.0)) == (1.0, 0.0)


def test_windows_add_up():
    edges = np.array([-0.2, 0.0, 0.13, 0.5, 0.97, 1.0, 1.3])
    mean_N, mean_NA = decay.energy_integrals(edges[:-1], edges[1:])
    widths = np.diff(edges)
    assert_allclose(np.sum(mean_N * widths), 1, rtol=1e-14)
    assert_allclose(np.sum(mean_NA * widths), 0, atol=1e-15)
    for k in range(len(widths)):
        assert mean_N[k] * widths[k] == pytest.approx(quad(decay.N, *np.clip(edges[k : k + 2], 0, 1))[0], abs=1e-13)
    assert mean_N[0] == mean_N[-1] == 0


def test_jax_arrays_and_tracers_are_welcome():
    y = jnp.asarray(Y)
    for function in (decay.N, decay.A, decay.N_A, decay.N_above, decay.figure_of_merit):
        assert_allclose(jax.jit(function)(y), function(Y), rtol=1e-14)
    mean = jax.jit(lambda low: decay.energy_integrals(low, low + 0.1)[0])(y)
    assert_allclose(mean, decay.energy_integrals(Y, Y + 0.1)[0], rtol=1e-12)
    slope = jax.vmap(jax.grad(lambda y: decay.N_above(y)))(y)
    assert_allclose(slope, -decay.N(Y), rtol=1e-12)


def test_largest_figure_of_merit_is_at_2631_MeV():
    """y = 0.8505 (E = 2.631 GeV): "around 2.6 GeV" in CarneiroSobrinho:2023; here by mpmath."""
    slope = mpmath.findroot(
        lambda y: mpmath.diff(lambda u: (1 - u) * (8 * u**2 - u - 1) ** 2 / (5 + 5 * u - 4 * u**2), y), 0.85
    )
    assert figure_of_merit.best_energy() == pytest.approx(float(slope), abs=1e-10)
    assert figure_of_merit.best_energy() * decay.E_max == pytest.approx(2631, abs=1)


def test_best_threshold():
    root = mpmath.findroot(
        lambda y: mpmath.diff(lambda u: (1 - u) ** 2 * u**2 * (2 * u + 1) ** 2 / (3 + u - u**2), y), 0.6
    )
    best = figure_of_merit.best_threshold()
    assert best == pytest.approx(float(root), abs=1e-10)
    assert best == pytest.approx(0.611, abs=5e-4)
    assert decay.A_above(best) == pytest.approx(0.419, abs=5e-4)
    assert decay.N_above(best) == pytest.approx(0.163, abs=5e-4)
    assert figure_of_merit.of_threshold(best) == pytest.approx(0.028715, abs=5e-7)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.3, 1.0), (0.2, 0.5), (0.999, 1.0)])
def test_figure_of_merit_of_windows(low, high):
    with mpmath.workdps(30):
        exact = mpmath.quad(lambda y: (1 - y) * (8 * y**2 - y - 1) ** 2 / (3 * (5 + 5 * y - 4 * y**2)), [low, high])
    assert float(figure_of_merit.of_window(low, high)) == pytest.approx(float(exact), rel=1e-12)


def test_weighting_with_the_asymmetry_gains_a_third():
    """0.049642 in all, 0.036009 above 1 GeV; sigma is 1.315 times better than with the best threshold."""
    whole = float(figure_of_merit.of_window(0, 1))
    assert whole == pytest.approx(0.049642, abs=5e-7)
    assert float(figure_of_merit.of_window(1000 / 3094, 1)) == pytest.approx(0.036009, abs=1e-5)
    best = figure_of_merit.of_threshold(figure_of_merit.best_threshold())
    assert math.sqrt(whole / best) == pytest.approx(1.315, abs=5e-4)
    assert float(figure_of_merit.of_window(-1, 2)) == pytest.approx(whole, rel=1e-14)


@pytest.mark.parametrize("gamma", [1.2, 3.0, gamma_magic])
def test_finite_gamma_is_normalised_and_has_the_energy_of_the_muon(gamma):
    """Mean x is 7/10; a polarised muon at rest has the mean x cos(theta) of 1/10: both boosted by hand."""
    end = boost.endpoint(gamma)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    kinks = [0.0, end * (1 - boost.beta(gamma)) / (1 + boost.beta(gamma)), end]  # where x = 1 becomes possible
    E = np.concatenate([(a + b) / 2 + (b - a) / 2 * nodes for a, b in pairwise(kinks)])
    w = np.concatenate([(b - a) / 2 * weights for a, b in pairwise(kinks)])
    half = const.m_mu / 2
    assert w @ boost.spectrum(E, gamma) == pytest.approx(1, rel=1e-12)
    assert w @ boost.polarised(E, gamma) == pytest.approx(0, abs=1e-12)
    assert w @ (E * boost.spectrum(E, gamma)) == pytest.approx(gamma * half * 7 / 10, rel=1e-12)
    assert w @ (E * boost.polarised(E, gamma)) == pytest.approx(gamma * boost.beta(gamma) * half / 10, rel=1e-12)


def test_finite_gamma_tends_to_the_closed_forms():
    """The corrections are of order 1/gamma^2."""
    for gamma, tolerance in ((gamma_magic, 2e-3), (1e4, 2e-8)):
        E = Y * boost.endpoint(gamma)
        assert_allclose(boost.spectrum(E, gamma) * boost.endpoint(gamma), decay.N(Y), rtol=tolerance)
        assert_allclose(boost.asymmetry(E, gamma), decay.A(Y), atol=tolerance)


def test_end_of_the_spectrum():
    assert boost.endpoint() == pytest.approx((E_magic + p_magic) / 2, rel=1e-12)
    assert decay.E_max == pytest.approx(3094.35, abs=0.01)
    assert_allclose(boost.spectrum(np.array([0.0, -5.0, 3096.0])), 0)
    assert_allclose(boost.asymmetry(np.array([-5.0, 3096.0])), 0)
    with pytest.raises(OutOfRange):
        boost.spectrum(100.0, 1.0)
    with pytest.raises(OutOfRange):
        boost.endpoint(0.5)


@pytest.fixture(scope="module")
def simulated():
    """A million positrons for a spin along, and as many for one against the momentum: same seed, other decays."""
    return decays(1_000_000, spin=0.0, seed=1), decays(1_000_000, spin=math.pi, seed=2)


def test_monte_carlo_has_spectrum_and_asymmetry_to_three_sigma(simulated):
    """Electron mass and finite gamma are in the Monte Carlo: chi2 over 20 bins, and every bin within 3.9 sigma.

    Of 40 Gaussian numbers one beyond 3.9 sigma has a probability of 0.4 %; chi2 of 20 bins is below 45 (3 sigma).
    """
    edges = np.linspace(0, boost.endpoint(), 21)
    forth, back = (np.histogram(sample.E, edges)[0] for sample in simulated)
    N, NA = bins(edges)
    total = forth + back
    expected = 2e6 * N
    pulls = (total - expected) / np.sqrt(expected)
    assert np.abs(pulls).max() < 3.9
    assert np.sum(pulls**2) < 45
    A = (forth - back) / total
    errors = np.sqrt((1 - (NA / N) ** 2) / total)
    pulls = (A - NA / N) / errors
    assert np.abs(pulls).max() < 3.9
    assert np.sum(pulls**2) < 45


@pytest.mark.parametrize("threshold", [1000.0, 1700.0, 1891.0, 2500.0])
def test_monte_carlo_above_thresholds(simulated, threshold):
    """beta = 1 moves the fraction by up to 1e-3 of itself, which is below 3 sigma of 2 million decays."""
    y = threshold / boost.endpoint()
    forth, back = (int(np.sum(threshold < sample.E)) for sample in simulated)
    fraction = decay.N_above(y)
    assert (forth + back) / 2e6 == pytest.approx(fraction, abs=3 * math.sqrt(fraction / 2e6))
    A = (forth - back) / (forth + back)
    assert pytest.approx(decay.A_above(y), abs=3 / math.sqrt(forth + back)) == A


def bins(edges):
    """Integrals of the exact spectrum over bins."""
    nodes, weights = np.polynomial.legendre.leggauss(30)
    middle, half = (edges[1:] + edges[:-1])[:, None] / 2, np.diff(edges)[:, None] / 2
    E, w = middle + half * nodes, half * weights
    return np.sum(w * boost.spectrum(E), axis=1), np.sum(w * boost.polarised(E), axis=1)


def test_a_spin_across_the_momentum_shows_no_asymmetry(simulated):
    across = decays(200_000, spin=math.pi / 2, seed=3)
    mean = np.mean([sample.E.mean() for sample in simulated])
    assert across.E.mean() == pytest.approx(mean, abs=3 * across.E.std() / math.sqrt(200_000))


def test_unpolarised_muons_decay_alike_in_all_directions():
    sample = decays(100_000, polarisation=0.0, seed=4)
    assert sample.cos_momentum.mean() == pytest.approx(0, abs=3 / math.sqrt(3 * 100_000))
    with pytest.raises(OutOfRange, match="polarisation"):
        decays(10, polarisation=1.5)


def test_a_perfect_detector_sees_the_decay():
    edges = np.linspace(0, decay.E_max, 11)
    fraction, A = Calorimeter(np.ones_like).seen(edges)
    mean_N, mean_NA = decay.energy_integrals(edges[:-1] / decay.E_max, edges[1:] / decay.E_max)
    assert_allclose(fraction, mean_N * 0.1, rtol=1e-12)
    assert_allclose(A, mean_NA / mean_N, atol=1e-12)


def test_resolution_and_acceptance_against_the_monte_carlo(simulated):
    """4 sigma in each of 12 bins, with a smearing drawn positron by positron."""
    random = np.random.default_rng(5)

    def acceptance(E):
        return 1 / (1 + np.exp(-(E - 1200) / 250))

    edges = np.linspace(600, 3400, 13)
    counts = []
    for sample in simulated:
        width = sample.E * np.sqrt(0.05**2 / (sample.E / 1e3) + 0.02**2)
        seen = sample.E + width * random.standard_normal(len(sample.E))
        kept = random.random(len(seen)) < acceptance(sample.E)
        counts.append(np.histogram(seen[kept], edges)[0])
    fraction, A = Calorimeter(acceptance, a=0.05, b=0.02).seen(edges)
    total = counts[0] + counts[1]
    assert np.all(np.abs(total - 2e6 * fraction) < 4 * np.sqrt(2e6 * fraction) + 1e-3 * total)
    assert np.all(np.abs((counts[0] - counts[1]) / total - A) < 4 / np.sqrt(total) + 1e-3)
    fraction, A = Calorimeter(acceptance).seen(np.array([3500.0, 3600.0]))
    assert (fraction[0], A[0]) == (0, 0)


def test_resolution_is_a_fraction():
    with pytest.raises(OutOfRange, match="resolution a"):
        Calorimeter(np.ones_like, a=-0.1)


def test_measured_asymmetry_as_a_table():
    given = read_asymmetry("E [MeV],A [1]\n1000,0\n3000,0.8\n", name="own.csv")
    assert_allclose(given(np.array([500, 1000, 2000, 4000])), [0, 0, 0.4, 0.8])
    given = read_asymmetry("E [GeV],A [1]\n1,0\n3,0.8\n", name="own.csv")
    assert_allclose(given(np.array([2000.0])), 0.4)
    for text, word in (
        ("E,A [1]\n1,0\n3,1\n", r"write E \[GeV\]"),
        ("E [GeV],B [1]\n1,0\n3,1\n", "columns"),
        ("E [GeV],A [1]\n3,0\n1,1\n", "must rise"),
        ("E [GeV],A [1]\n3,0\n", "at least two"),
    ):
        with pytest.raises(TableError, match=word):
            read_asymmetry(text, name="own.csv")
    with pytest.raises(OutOfRange, match="asymmetry = 2"):
        TabulatedAsymmetry(np.array([1.0, 2.0]), np.array([0.0, 2.0]))
    with pytest.raises(UnitError, match="wrong unit"):
        read_asymmetry("E [s],A [1]\n1,0\n3,1\n", name="own.csv")
