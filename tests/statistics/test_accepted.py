"""Intervals against closed forms, published tables and toy Monte Carlo."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from nudipole.errors import FitError, OutOfRange, UnknownName
from nudipole.numerics import jnp
from nudipole.statistics import (
    CONSTRUCTIONS,
    Background,
    Gaussian,
    LinearSignal,
    Model,
    best_fit,
    curve,
    expected,
    goodness_of_fit,
    interval,
    intervals,
    profile,
    significance,
)
from nudipole.statistics.asymptotics import (
    cdf_one_sided,
    cdf_unified,
    threshold_one_sided,
    threshold_two_sided,
    threshold_unified,
    threshold_upper,
)


def deviance(n, d):
    return 2 * (d - n + (n * np.log(n / d) if n > 0 else 0))


def statistics_of_toys(mu, seed, number=200_000):
    """Two-sided and upper-limit statistics of Gaussian measurements with boundary at zero (Cowan:2010js)."""
    x = np.random.default_rng(seed).normal(mu, 1, number)
    t = np.where(x >= 0, (x - mu) ** 2, mu**2 - 2 * mu * x)
    return t, np.where(x > mu, 0.0, t)


@pytest.mark.parametrize("mu", [0.1, 0.5, 1.0, 1.5, 2.0, 4.0])
@pytest.mark.parametrize("cl", [0.68, 0.90, 0.95])
def test_thresholds_cover_in_toys(mu, cl):
    t, q = statistics_of_toys(mu, seed=17)
    error = 4 * np.sqrt(cl * (1 - cl) / len(t))
    assert np.mean(t <= threshold_unified(cl, mu)) == pytest.approx(cl, abs=error)
    assert np.mean(q <= threshold_upper(cl, mu)) == pytest.approx(cl, abs=error)


@pytest.mark.parametrize("mu", [0.3, 1.0, 2.5])
def test_distributions_agree_with_toys(mu):
    t, q = statistics_of_toys(mu, seed=5)
    at = np.linspace(0.05, 6, 40)
    assert np.allclose(np.mean(t[:, None] <= at, axis=0), cdf_unified(at, mu), atol=5e-3)
    assert np.allclose(np.mean(q[:, None] <= at, axis=0), cdf_one_sided(at, mu), atol=5e-3)


def test_thresholds_at_and_far_from_the_boundary():
    assert threshold_two_sided(0.9) == pytest.approx(2.705543, abs=1e-6)
    assert threshold_one_sided(0.9) == pytest.approx(1.642374, abs=1e-6)
    assert float(threshold_unified(0.9, 0.0)) == pytest.approx(1.642374, abs=1e-6)
    assert float(threshold_unified(0.9, np.inf)) == threshold_two_sided(0.9)
    assert float(threshold_upper(0.9, np.inf)) == pytest.approx(threshold_one_sided(0.9))
    assert float(threshold_upper(0.9, 0.0)) == 0


# Table X, 90 %: for a Gaussian measurement the likelihood-ratio ordering is the unified construction here.
@pytest.mark.parametrize(
    ("x", "lower", "upper"),
    [
        (-3, 0, 0.26),
        (-2, 0, 0.40),
        (-1, 0, 0.81),
        (0, 0, 1.64),
        (1, 0, 2.64),
        (2, 0.58, 3.64),
        (3, 1.37, 4.64),
    ],
)
def test_unified_reproduces_the_table_of_feldman_cousins(gaussian, x, lower, upper):
    found = interval(gaussian(float(x)), 0.90, "unified")
    assert found.lower == pytest.approx(lower, abs=0.0051)
    assert found.upper == pytest.approx(upper, abs=0.0051)


@pytest.mark.parametrize("x", [-1.0, 0.3, 2.5])
def test_one_sided_limit_of_a_gaussian_measurement(gaussian, x):
    found = interval(gaussian(x), 0.90, "one-sided-boundary")
    assert found.upper == pytest.approx(x + ndtri(0.9), abs=1e-4)
    assert (found.lower, found.sides) == (0.0, "one")


@pytest.mark.parametrize("x", [-2.0, -1.0, 0.0, 1.5])
@pytest.mark.parametrize("poi_lower", [0.0, -np.inf])
def test_cls_of_a_gaussian_measurement(gaussian, x, poi_lower):
    """Phi(x - s) = (1 - cl) Phi(x): with and without signal the estimator is below x with these probabilities.

    The best fit of q-tilde is never negative, but the statistic then falls monotonously with x all the same.
    """
    upper = interval(gaussian(x, poi_lower=poi_lower), 0.9, "cls").upper
    assert ndtr(x - upper) / ndtr(x) == pytest.approx(0.1, rel=2e-3)


def test_one_sided_interval_is_empty_after_a_deep_fluctuation(gaussian):
    found = interval(gaussian(-2.0), 0.90, "one-sided-boundary")
    assert found.empty
    assert found.upper == 0


@pytest.mark.parametrize(("n", "b"), [(0, 1.0), (2, 3.0), (12, 3.0), (100, 90.0), (400, 100.0)])
def test_delta_chi2_limits_of_a_counting_experiment(counting, n, b):
    found = intervals(counting(n, b), 0.90, ["delta-chi2", "one-sided"])
    best, rise_two = max(0.0, n - b), 2.7055434541
    for name, rise in (("delta-chi2", rise_two), ("one-sided", 1.6423744151)):

        def excess(s, rise=rise):
            return deviance(n, s + b) - deviance(n, best + b) - rise

        assert found[name].upper == pytest.approx(brentq(excess, best, 500, xtol=1e-12), rel=1e-5)
        assert found[name].threshold_at_upper == pytest.approx(rise, abs=1e-9)
    two = found["delta-chi2"]
    if deviance(n, b) - deviance(n, best + b) > rise_two:
        lower = brentq(lambda s: deviance(n, s + b) - deviance(n, best + b) - rise_two, 0, best)
        assert two.lower == pytest.approx(lower, rel=1e-4)
    else:
        assert two.lower == 0


def test_parameter_with_a_sign_has_symmetric_fixed_thresholds(gaussian):
    found = intervals(gaussian(-0.7, poi_lower=-np.inf), 0.90)
    z = ndtri(0.95)
    for name in ("unified", "delta-chi2"):
        assert found[name].lower == pytest.approx(-0.7 - z, abs=1e-4)
        assert found[name].upper == pytest.approx(-0.7 + z, abs=1e-4)
    assert found["one-sided-boundary"].upper == pytest.approx(-0.7 + ndtri(0.9), abs=1e-4)
    assert found["one-sided-boundary"].lower == -np.inf


@pytest.mark.parametrize("seed", range(8))
def test_ends_are_where_delta_chi2_crosses(random_model, seed):
    model = random_model(seed)
    for name, found in intervals(model, 0.9).items():
        if found.empty:
            continue
        fit = found.best_fit
        delta = curve(model, [found.upper], fit=fit).delta_chi2[0]
        assert delta == pytest.approx(found.threshold_at_upper, rel=1e-5), name
        assert found.lower <= fit.poi <= found.upper or found.upper < fit.poi + fit.poi_error


@pytest.mark.parametrize("construction", list(CONSTRUCTIONS))
def test_wider_confidence_gives_wider_intervals(spectrum, construction):
    model = spectrum(seed=3, poi=2.0)
    narrow, wide = (interval(model, cl, construction) for cl in (0.68, 0.95))
    assert wide.upper > narrow.upper
    assert wide.lower <= narrow.lower
    assert 0 <= narrow.lower < narrow.upper


def test_scale_of_the_parameter_does_not_matter(spectrum):
    model = spectrum(seed=2)
    scaled = Model(model.observed, model.backgrounds, LinearSignal(1e22 * model.signal.template))
    for construction in CONSTRUCTIONS:
        ours, theirs = interval(model, 0.9, construction), interval(scaled, 0.9, construction)
        assert theirs.upper * 1e22 == pytest.approx(ours.upper, rel=1e-6)


def test_same_limit_in_the_square_of_the_parameter(spectrum, quadratic):
    model = spectrum(seed=7)
    template = model.signal.template
    root = Model(model.observed, model.backgrounds, quadratic(jnp.zeros_like(template), template))
    for construction in CONSTRUCTIONS:
        ours, theirs = interval(model, 0.9, construction), interval(root, 0.9, construction)
        assert theirs.upper**2 == pytest.approx(ours.upper, rel=1e-5)


def test_expected_limit_of_a_gaussian_measurement(gaussian):
    assert expected(gaussian(2.2), 0.9, "unified").upper == pytest.approx(1.6449, abs=1e-3)
    assert expected(gaussian(2.2), 0.9, "one-sided-boundary").upper == pytest.approx(1.2816, abs=1e-3)


def test_significance_of_a_counting_experiment(counting, gaussian):
    test = significance(counting(20, 8.0))
    assert test.q0 == pytest.approx(deviance(20, 8.0), rel=1e-4)
    assert significance(gaussian(3.0)).p_value == pytest.approx(1.3499e-3, rel=1e-3)
    assert significance(counting(3, 8.0)) == (0.0, 0.0, 0.5)
    with pytest.raises(OutOfRange):
        significance(counting(20, 8.0, poi_lower=1.0))


def test_goodness_of_fit_counts_free_parameters_and_is_uniform(spectrum, counting):
    p_values = []
    for seed in range(40):
        model = spectrum(seed=seed, poi=5.0)
        test = goodness_of_fit(model, best_fit(model))
        assert test.ndof == 27
        p_values.append(test.p_value)
    assert np.mean(p_values) == pytest.approx(0.5, abs=0.15)
    model = counting(3, 3.0)
    assert np.isnan(goodness_of_fit(model, best_fit(model)).p_value)


def test_curve_is_zero_at_the_best_fit_and_covers_the_limit(spectrum):
    model = spectrum(seed=4, poi=3.0)
    scan = curve(model, points=100)
    assert scan.poi.shape == scan.delta_chi2.shape == (100,)
    assert np.min(scan.delta_chi2) < 0.01
    assert scan.poi[-1] > interval(model, 0.9).upper
    assert curve(model, scan.best_fit.poi).delta_chi2[0] == pytest.approx(0, abs=1e-9)


def test_signal_that_saturates_has_no_upper_limit():
    class Saturated(LinearSignal):
        def __call__(self, poi, eta):
            return self.template * poi / (1 + poi)

    model = Model([50.0], [Background("b", [50.0], "gaussian", 0.1)], Saturated([1.0]))
    with pytest.raises(FitError, match="no upper limit"):
        interval(model)


@pytest.mark.parametrize("cl", [0.0, 1.0, 90.0, float("nan")])
def test_confidence_level_is_a_fraction(spectrum, cl):
    with pytest.raises(OutOfRange):
        interval(spectrum(), cl)


def test_unknown_construction_is_named(spectrum):
    with pytest.raises(UnknownName, match="unified"):
        interval(spectrum(), construction="unifed")


def closed_form(linear, square, error):
    """Where |linear x + square x^2| <= error."""
    ends = sorted(
        (-linear + sign * np.sqrt(linear**2 + 4 * square * side * error)) / (2 * square)
        for sign in (-1, 1)
        for side in ((-1, 1) if linear**2 > 4 * square * error else (1,))
    )
    return list(zip(ends[::2], ends[1::2], strict=True))


@pytest.mark.parametrize(
    ("linear", "square"), [(4.0, 1.0), (1e3, 1.0), (1e4, 1e-2), (-50.0, 1e2), (2.0, 1.0), (1e-3, 1e-3)]
)
def test_every_solution_is_found(quadratic, linear, square):
    """Interference and square of a Gaussian measurement of nothing: two intervals, up to 10^10 sigma apart."""
    signal = quadratic(np.array([linear]), np.array([square]))
    model = Model([0.0], [], signal, statistic=Gaussian([1.0]), poi_lower=-np.inf)
    found = intervals(model, 0.9, ["delta-chi2", "unified", "one-sided"])
    expected = closed_form(linear, square, np.sqrt(threshold_two_sided(0.9)))
    for name in ("delta-chi2", "unified"):
        np.testing.assert_allclose(found[name].pieces, expected, rtol=1e-5)
    assert (found["unified"].lower, found["unified"].upper) == pytest.approx(
        (expected[0][0], expected[-1][1]), rel=1e-5
    )
    # Of equal minima the best fit is the one nearest to no effect; an upper limit excludes nothing below it.
    one_sided = closed_form(linear, square, np.sqrt(threshold_one_sided(0.9)))
    upper = [high for _, high in one_sided if high > 0]
    assert [high for _, high in found["one-sided"].pieces] == pytest.approx(upper, rel=1e-5)
    assert found["one-sided"].lower == -np.inf


def test_bins_that_turn_at_different_values(quadratic):
    """Counts come back to those of no effect at -4 in one bin, at -4.5 in the other; 20 000 points beside."""
    signal = quadratic(np.array([40.0, 45.0]), np.array([10.0, 10.0]))
    model = Model([300.0, 400.0], [Background("b", [300.0, 410.0], "gaussian", 0.05)], signal, poi_lower=-np.inf)
    found = interval(model, 0.9, "delta-chi2")
    grid = np.linspace(-15, 6, 20_000)
    inside = profile(model, grid).chi2 - found.best_fit.chi2 <= threshold_two_sided(0.9)
    edges = grid[1:][inside[1:] != inside[:-1]]
    np.testing.assert_allclose(np.ravel(found.pieces), edges, atol=2 * (grid[1] - grid[0]))
    assert len(found.pieces) > 1


def test_edge_of_a_parameter_with_a_sign(quadratic):
    """A lower bound only ends the scan: what lies above it is accepted up to it, with thresholds as without."""
    signal = quadratic(np.array([4.0]), np.array([1.0]))
    model = Model([0.0], [], signal, statistic=Gaussian([1.0]), poi_lower=-4.0)
    (first, second) = interval(model, 0.9, "unified").pieces
    assert first[0] == -4.0
    np.testing.assert_allclose((first[1], *second), np.ravel(closed_form(4.0, 1.0, ndtri(0.95)))[1:], rtol=1e-5)


def test_where_no_expectation_is_possible():
    """A signal of 1000 alone: negative values expect negative counts, which no data have."""
    model = Model([1000.0], [], LinearSignal([1000.0]), poi_lower=-np.inf)
    low, high = interval(model, 0.9, "delta-chi2").pieces[0]
    for end in (low, high):
        assert 2000 * (end - 1 - np.log(end)) == pytest.approx(threshold_two_sided(0.9), rel=1e-5)
    assert np.isinf(profile(model, [-0.05]).chi2[0])
