"""Batched fits against Minuit, closed forms and pseudo-experiments."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, stats

from nudipole.errors import NudipoleError
from nudipole.muon_g2.decay.statistical_error import relative_error
from nudipole.muon_g2.shift import forecast
from nudipole.muon_g2.wiggle import expected as wiggle
from nudipole.muon_g2.wiggle import fits, methods
from nudipole.muon_g2.wiggle.expected import MICROSECOND, Cbo, Loss, PileUp, Setup
from nudipole.muon_g2.wiggle.fit_many import fit_many
from nudipole.muon_g2.wiggle.fit_model import Window
from nudipole.muon_g2.wiggle.minuit import minuit_fit

#: The bins of a Fermilab analysis.
FULL = Window((30 + 0.1492 * np.arange(4156)) * MICROSECOND)
SHORT = Window((30 + 0.1492 * np.arange(2001)) * MICROSECOND)
TAU, OMEGA = FULL.tau, FULL.omega_a


def five_parameters(parameters, t, width):
    """Mean of N0 exp(-t/tau) [1 + A cos(omega t + phi)] over bins around `t`, from the antiderivative."""
    N0, tau, A, omega, phi = (np.asarray(parameters)[..., k, None] for k in range(5))
    low, high = t - width / 2, t + width / 2
    total = sum(
        (weight * (np.exp(z * high) - np.exp(z * low)) / z).real
        for weight, z in ((1, -1 / tau), (A * np.exp(1j * phi), -1 / tau + 1j * omega))
    )
    return N0 * total / width


def expected(window, total, A, phi, tau=TAU, omega=OMEGA):
    """Counts of five parameters, whose sum is `total`, and the N0 that gives it."""
    mu = five_parameters(np.array([1.0, tau, A, omega, phi]), window.frame.t, window.frame.width)
    return mu * total / mu.sum(), total / mu.sum()


def sigmas(a, b):
    """Differences of two fits in standard errors, phases modulo 2 pi."""
    difference = a.values - b.values
    difference[:, 4] = np.angle(np.exp(1j * difference[:, 4]))
    return np.abs(difference) / np.sqrt(np.diagonal(b.covariance, axis1=1, axis2=2))


@pytest.mark.parametrize("statistic", ["poisson", "pearson", "neyman"])
def test_numbers_without_noise_give_the_truth_back(statistic):
    """Exactly, because bins are integrated: at their centres A would be off by 0.2 %."""
    mu, N0 = expected(SHORT, 1e9, 0.4, 2.5, tau=1.02 * TAU, omega=1.004 * OMEGA)
    found = fits.fit(mu[None], SHORT, statistic=statistic)
    assert found.converged[0]
    assert_allclose(found.values[0], [N0, 1.02 * TAU, 0.4, 1.004 * OMEGA, 2.5], rtol=1e-7)
    assert found.chi2[0] < 1e-6


def random_case(seed):
    random = np.random.default_rng(seed)
    total, A, phi = 10 ** random.uniform(5, 9.5), random.uniform(0.05, 0.95), random.uniform(-np.pi, np.pi)
    tau, omega = TAU * random.normal(1, 1e-3), OMEGA * random.normal(1, 1e-4)
    mu, N0 = expected(SHORT, total, A, phi, tau, omega)
    return random.poisson(mu), np.array([N0, tau, A, omega, phi])


@pytest.mark.parametrize("case", range(12))
def test_fit_agrees_with_minuit(case):
    """Best fit to 1e-3 sigma, minimum to 1e-6; errors to 2 %: Minuit has them from its own Hessian of the data."""
    counts, truth = random_case(case)
    reference = minuit_fit(counts, SHORT, truth)
    found = fits.fit(counts[None], SHORT)
    assert found.converged[0]
    assert np.all(sigmas(found, reference) < 1e-3)
    assert found.chi2[0] == pytest.approx(reference.chi2[0], abs=1e-6)
    # Expected and observed information differ by about 1/(A sqrt(N)).
    assert_allclose(found.error("omega_a"), reference.error("omega_a"), rtol=0.02 + 3 / truth[2] / counts.sum() ** 0.5)


@pytest.mark.parametrize(("total", "A"), [(3e4, 0.5), (1e6, 0.1), (1e6, 0.9), (1e8, 0.4)])
def test_many_fits_agree_with_minuit(total, A):
    mu, N0 = expected(SHORT, total, A, 0.6)
    counts = np.random.default_rng(11).poisson(mu, (130, len(mu)))
    found = fit_many(counts, SHORT)
    assert found.converged.all()
    for k in (0, 57, 129):
        reference = minuit_fit(counts[k], SHORT, np.array([N0, TAU, A, OMEGA, 0.6]))
        row = fits.Fits(
            found.names, found.values[k : k + 1], reference.covariance, found.chi2[k : k + 1], 0, found.converged
        )
        assert np.all(sigmas(row, reference) < 1e-3)
        assert found.chi2[k] == pytest.approx(reference.chi2[0], abs=1e-6)


@pytest.mark.parametrize("statistic", ["poisson", "pearson", "neyman"])
def test_many_fits_are_the_careful_ones(statistic):
    mu, _ = expected(SHORT, 1e7, 0.4, -2.0)
    counts = np.random.default_rng(12).poisson(mu, (40, len(mu)))
    many, one_by_one = fit_many(counts, SHORT, statistic=statistic), fits.fit(counts, SHORT, statistic=statistic)
    assert np.all(sigmas(many, one_by_one) < 1e-3)
    assert_allclose(many.chi2, one_by_one.chi2, atol=1e-6)
    # One covariance for all, at their mean: that of a single one differs by its fluctuation.
    assert_allclose(many.error("omega_a"), one_by_one.error("omega_a"), rtol=0.02)


def test_neyman_by_least_squares():
    mu, N0 = expected(SHORT, 1e6, 0.4, 0.6)
    counts = np.random.default_rng(13).poisson(mu)
    scale = np.array([N0, TAU, 1.0, OMEGA, 1.0])

    def residuals(p):
        model = five_parameters(p * scale, SHORT.frame.t, SHORT.frame.width)
        return (counts - model) / np.sqrt(np.maximum(counts, 1))

    reference = optimize.least_squares(residuals, [1, 1, 0.4, 1, 0.6], xtol=1e-15, ftol=1e-15, gtol=1e-15)
    found = fits.fit(counts[None], SHORT, statistic="neyman")
    assert np.all(np.abs(found.values[0] - reference.x * scale) < 1e-3 * np.sqrt(np.diag(found.covariance[0])))
    assert found.chi2[0] == pytest.approx(2 * reference.cost, abs=1e-6)


def test_correlation_of_frequency_and_phase():
    """-E[t]/sqrt(E[t^2]) = -0.83 for decays after 30 us; both independent of N0 and tau."""
    mu, _ = expected(FULL, 1e9, 0.2, 0.6)
    (matrix,) = fits.fit(mu[None], FULL).correlation
    mean = 30 * MICROSECOND + TAU
    assert matrix[3, 4] == pytest.approx(-mean / np.hypot(mean, TAU), abs=0.005)
    assert np.all(np.abs(matrix[:3, 3:]) < 0.04)


@pytest.mark.slow
@pytest.mark.parametrize("A", [0.15, pytest.param(0.4, marks=pytest.mark.long), 0.9])
def test_statistical_error_of_pseudo_experiments(A):
    """sigma(omega_a) = sqrt(2/kappa)/(tau A sqrt(N)) from 12000 fitted toys, to 2 %: three standard errors of a spread.

    The formula for small A alone, without kappa, is 0.3, 2 and 15 % larger.
    """
    mu, _ = expected(FULL, 1e8, A, 0.6)
    counts = np.random.default_rng(14).poisson(mu, (12000, len(mu)))
    found = fit_many(counts, FULL)
    pulls = (found["omega_a"] / OMEGA - 1) / forecast.bin_error(1e8, A, duration=float(FULL.edges[-1] - FULL.edges[0]))
    assert found.converged.all()
    assert pulls.std() == pytest.approx(1, abs=0.02)
    assert abs(pulls.mean()) < 4 / np.sqrt(12000)
    assert stats.kstest(found.p_value, "uniform").pvalue > 1e-3
    if A < 0.2:
        small = relative_error(1e8, A, duration=float(FULL.edges[-1] - FULL.edges[0]))
        assert (found["omega_a"] / OMEGA).std() == pytest.approx(small, rel=0.02)


def test_few_counts_are_fitted_with_care():
    """Where the series does not reach, rows are fitted one by one."""
    mu, _ = expected(SHORT, 3000, 0.5, 0.6)
    counts = np.random.default_rng(15).poisson(mu, (40, len(mu)))
    many, careful = fit_many(counts, SHORT), fits.fit(counts, SHORT)
    both = many.converged & careful.converged
    assert both.mean() > 0.9
    assert_allclose(many.chi2[both], careful.chi2[both], atol=1e-4)


def test_no_oscillation_is_said():
    mu, _ = expected(SHORT, 1e7, 0.0, 0.0)
    found = fits.fit(np.random.default_rng(16).poisson(mu, (40, len(mu))), SHORT)
    assert np.sum(found.oscillates) <= 2  # the best of many frequencies fluctuates up
    assert np.all(np.isfinite(found.values))


ENERGIES = np.arange(1000.0, 3101.0, 300.0)
BEAM = {
    "pileup": PileUp(0.02),
    "loss": Loss(0.01, 100 * MICROSECOND),
    "cbo": Cbo(0.01, 140 * MICROSECOND, 2.31 / MICROSECOND, 0.7),
}


def pairs_of(edges):
    share, A = wiggle.fractions(edges)
    sign = np.where(A < 0, -1.0, 1.0)
    return wiggle.pileup_coefficients(edges) / share[:, None] * np.stack([0 * A + 1, sign, 0 * A + 1], axis=1)


def test_terms_of_beam_and_detector_are_found():
    """Numbers without noise: the truth of all eleven parameters."""
    mu = wiggle.expected(Setup(1e10, ENERGIES, SHORT.edges, phase=0.4, **BEAM))
    found = fits.fit(mu, SHORT, terms=("pileup", "loss", "cbo"), pairs=pairs_of(ENERGIES))
    good = np.arange(2, 7)  # below, the asymmetry is close to zero
    assert found.converged.all()
    for name, value in (
        ("tau", TAU), ("omega_a", OMEGA), ("phi", 0.4), ("pileup", 0.02), ("loss", 0.01), ("A_cbo", 0.01),
        ("tau_cbo", 140 * MICROSECOND), ("omega_cbo", 2.31 / MICROSECOND), ("phi_cbo", 0.7),
    ):  # fmt: skip
        assert np.all(np.abs(found[name][good] - value) < 0.01 * found.error(name)[good]), name
    assert_allclose(found["A"][good], wiggle.fractions(ENERGIES)[1][good], rtol=1e-5)


def test_residuals_show_what_was_left_out():
    setup = Setup(1e10, ENERGIES, FULL.edges, cbo=Cbo(0.005, 150 * MICROSECOND, 2.3 / MICROSECOND, 0.0))
    counts = wiggle.simulate(setup, 17)
    plain = fits.fit(counts, FULL)
    frequency, power = fits.residual_spectrum(counts, plain.expected, FULL)
    total = power.mean(axis=0)
    assert frequency[np.argmax(total)] == pytest.approx(2.3 / MICROSECOND, rel=0.02)
    quiet = fits.fit(wiggle.simulate(Setup(1e10, ENERGIES, FULL.edges), 18), FULL, terms=())
    _, noise = fits.residual_spectrum(wiggle.simulate(Setup(1e10, ENERGIES, FULL.edges), 18), quiet.expected, FULL)
    assert noise.mean() == pytest.approx(1, abs=5 / np.sqrt(noise.size))


@pytest.fixture(scope="module")
def simulated():
    edges = np.arange(1000.0, 3101.0, 100.0)
    counts = wiggle.simulate(Setup(1e9, edges, FULL.edges, phase=0.4), 19)
    by_energy = fits.fit(counts, FULL)
    return {
        "T": methods.t_method(counts, edges, FULL),
        "A": methods.a_method(counts, edges, FULL, by_energy.expected),
        "ratio": methods.ratio_method(counts, edges, FULL),
        "counts": counts,
        "edges": edges,
    }


@pytest.mark.parametrize("name", ["T", "A", "ratio"])
def test_methods_find_the_frequency_with_the_error_of_the_formula(name, simulated):
    """To 4 sigma; errors to 3 %: the formula is for small A, and the ratio method loses 30 us of its counts."""
    from nudipole.muon_g2.decay.statistical_error import asymmetry

    method = simulated[name]
    found = method.fits
    assert found.converged[0]
    assert abs(found["omega_a"][0] - OMEGA) < 4 * found.error("omega_a")[0]
    assert abs(found["phi"][0] - 0.4) < 4 * found.error("phi")[0]
    assert found.p_value[0] > 1e-3
    formula = relative_error(method.positrons, asymmetry(name, method.threshold, 3100.0))
    assert found.error("omega_a")[0] / OMEGA == pytest.approx(formula, rel=0.03)


@pytest.mark.slow
def test_methods_are_unbiased():
    """Pulls of 60 pseudo-experiments: mean 0 to 4 sigma, spread 1 to 30 % (three standard errors)."""
    edges = np.arange(1000.0, 3101.0, 300.0)
    pulls = {"T": [], "A": [], "ratio": []}
    for seed, counts in enumerate(wiggle.simulate(Setup(1e9, edges, SHORT.edges, phase=0.4), 20, 60)):
        by_energy = fits.fit(counts, SHORT)
        for method in (
            methods.t_method(counts, edges, SHORT),
            methods.a_method(counts, edges, SHORT, by_energy.expected),
            methods.ratio_method(counts, edges, SHORT, seed=seed),
        ):
            pulls[method.name].append((method.fits["omega_a"][0] - OMEGA) / method.fits.error("omega_a")[0])
    for values in pulls.values():
        assert abs(np.mean(values)) < 4 / np.sqrt(60)
        assert 0.7 < np.std(values) < 1.3
    # The same positrons: T and ratio are nearly the same measurement.
    assert np.corrcoef(pulls["T"], pulls["ratio"])[0, 1] > 0.9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda n: fits.fit(n[:, :-1], SHORT), "bins of time are due"),
        (lambda n: fits.fit(n * 0, SHORT), "a fit needs 100"),
        (lambda n: fits.fit(-n, SHORT), "not negative"),
        (lambda n: fits.fit(n * np.nan, SHORT), "finite"),
        (lambda n: fits.fit(n, SHORT, statistic="chi2"), "choose from"),
        (lambda n: fits.fit(n, SHORT, terms=("gain",)), "choose from"),
        (lambda n: fits.fit(n, SHORT, terms=("pileup",)), "give pairs"),
        (lambda n: fit_many(n, SHORT, statistic="gaussian"), "choose from"),
        (lambda n: fit_many(n[:, :5], SHORT), "are due"),
        (lambda n: methods.t_method(n, np.array([1000.0, 1500.0]), SHORT), "lower it"),
        (lambda n: methods.bins_above(np.array([1000.0, 1500.0]), 4000.0), "threshold"),
        (lambda n: Window(np.linspace(30, 650, 200) * MICROSECOND), "do not resolve a period"),
        (lambda n: methods.ratio_method(n[:, :20], np.array([1800.0, 3000.0]), Window(SHORT.edges[:21])), "longer"),
    ],
)  # fmt: skip
def test_what_cannot_be_fitted(call, message):
    mu, _ = expected(SHORT, 1e6, 0.4, 0.6)
    with pytest.raises(NudipoleError, match=message) as caught:
        call(np.round(mu)[None])
    assert "\n" not in str(caught.value)
