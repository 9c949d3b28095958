"""The kinds of data against closed forms, brute force and Minuit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import ndtri, xlogy

from nudipole.errors import OutOfRange, ZeroExpectation
from nudipole.numerics import jax, jnp
from nudipole.statistics import (
    STATISTICS,
    Background,
    Gaussian,
    LinearSignal,
    Model,
    OnOff,
    Poisson,
    Statistic,
    asimov,
    best_fit,
    check,
    expected,
    goodness_of_fit,
    interval,
    intervals,
    minuit_fit,
    profile,
    significance,
)
from nudipole.statistics.bins import WALLS

KINDS = list(STATISTICS)


def deviance(n, d):
    return 2 * (d - n + xlogy(n, n) - xlogy(n, d))


def on_off_by_brute_force(n, m, ratio, s):
    """Deviance of both measurements, minimised over the background b."""
    low = max(0.0, -s) * (1 + 1e-15)
    found = minimize_scalar(
        lambda b: deviance(n, s + b) + deviance(m, ratio * b),
        bounds=(low, low + n + m / ratio + 1),
        options={"xatol": 1e-12},
    )
    edge = deviance(n, s + low) + deviance(m, ratio * low)
    return min(found.fun, edge) if np.isfinite(edge) else found.fun


def li_ma(n, m, alpha):
    """Li and Ma, Astrophys. J. 272 (1983) 317, Eq. (17)."""
    on = n * np.log((1 + alpha) / alpha * n / (n + m))
    off = m * np.log((1 + alpha) * m / (n + m))
    return np.sqrt(2 * (on + off))


@pytest.mark.parametrize("n", [0, 1, 7, 300])
@pytest.mark.parametrize("m", [0, 1, 12, 2000])
@pytest.mark.parametrize("ratio", [0.2, 1.0, 6.5])
def test_on_off_deviance_is_the_minimum_over_the_background(n, m, ratio):
    for s in (0.0, 1e-3, 0.7, 5.0, 80.0, -0.3, -20.0, (n + m) / (1 + ratio), -m / (1 + ratio)):
        ours = float(OnOff([m], ratio).deviance(jnp.array([n]), jnp.array([s])))
        assert ours == pytest.approx(on_off_by_brute_force(n, m, ratio, s), rel=1e-7, abs=1e-6), s


def test_on_off_with_endless_off_exposure_is_poisson_with_known_background():
    background, s, n = np.array([0.5, 3.0, 40.0]), np.array([0.2, 2.0, 7.0]), np.array([0.0, 6.0, 40.0])
    ratio = 1e9
    ours = OnOff(ratio * background, ratio).deviance(n, s)
    assert float(ours) == pytest.approx(float(Poisson().deviance(n, s + background)), rel=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_on_off_is_a_joint_fit_with_free_backgrounds(seed):
    # The same likelihood with every background as a nuisance of its own, ON and OFF as Poisson bins.
    rng = np.random.default_rng(seed)
    signal, ratio = rng.exponential(3, 3), 2.5
    n, m = rng.poisson(8, 3), rng.poisson(20, 3)
    backgrounds = [Background(f"b{k}", np.concatenate([np.eye(3)[k], ratio * np.eye(3)[k]])) for k in range(3)]
    both = Model(np.concatenate([n, m]), backgrounds, LinearSignal([*signal, 0, 0, 0]))
    ours = Model(n, [], LinearSignal(signal), statistic=OnOff(m, ratio))
    poi = np.array([0.0, 0.5, 2.0])
    assert np.allclose(profile(ours, poi).chi2, profile(both, poi).chi2, atol=1e-8)
    assert best_fit(ours).poi == pytest.approx(best_fit(both).poi, abs=1e-6)
    test, reference = goodness_of_fit(ours, best_fit(ours)), goodness_of_fit(both, best_fit(both))
    assert test.ndof == reference.ndof == 2
    assert test.p_value == pytest.approx(reference.p_value, rel=1e-6)


@pytest.mark.parametrize(
    ("n", "m", "alpha"), [(10, 5, 1.0), (40, 150, 0.2), (3, 2, 0.1), (5, 0, 0.5), (1200, 5500, 0.2), (4, 9, 1.0)]
)
def test_significance_of_one_bin_is_the_formula_of_li_and_ma(n, m, alpha):
    model = Model([n], [], LinearSignal([1.0]), statistic=OnOff([m], 1 / alpha))
    reference = li_ma(n, m, alpha) if m else np.sqrt(2 * n * np.log((1 + alpha) / alpha))
    assert significance(model).z == pytest.approx(reference if n > alpha * m else 0.0, rel=1e-6)
    assert best_fit(model).poi == pytest.approx(max(0, n - alpha * m), abs=1e-6)


def test_on_off_is_differentiable_everywhere():
    n, m, ratio = (x.ravel() for x in np.meshgrid([0.0, 1.0, 1e4], [0.0, 2.0, 1e6], [0.1, 30.0]))

    def value(s, n, m, ratio):
        return OnOff(m[None], ratio).deviance(n[None], s[None])

    slope, curvature = (jax.jit(jax.vmap(of(value))) for of in (jax.grad, jax.hessian))
    for s in (0 * n, (n + m) / (1 + ratio), -(n + m) / (1 + ratio), -m / (1 + ratio), n / (1 + ratio), n - m / ratio):
        first, second = slope(s, n, m, ratio), curvature(s, n, m, ratio)
        assert np.all(np.isfinite(first))
        assert np.all(np.asarray(second) > -1e-6)


def test_on_off_without_any_event_rises_from_the_physical_edge():
    model = Model([0.0], [], LinearSignal([1.0]), statistic=OnOff([0.0], 3.0))
    assert float(model.chi2(0.0, np.zeros(0))) == 0
    assert float(jax.grad(lambda s: model.chi2(s, jnp.zeros(0)))(0.0)) == 2
    assert best_fit(model).poi == 0
    # Delta chi2 = 2 s.
    assert interval(model, 0.9, "delta-chi2").upper == pytest.approx(2.7055434541 / 2, rel=1e-6)
    signed = Model([0.0], [], LinearSignal([1.0]), statistic=OnOff([0.0], 3.0), poi_lower=-np.inf)
    assert interval(signed, 0.9, "delta-chi2").lower == pytest.approx(-2.7055434541 / 6, rel=1e-6)


@pytest.mark.parametrize("seed", range(24))
def test_signed_on_off_fits_find_the_kink(seed):
    # Few events: chi2 is nearly piecewise linear, with its minimum often where an empty bin has its edge.
    rng = np.random.default_rng(seed)
    signal, n, m, ratio = rng.exponential(1, 6), rng.poisson(0.4, 6), rng.poisson(0.4, 6), 10 ** rng.uniform(-1, 1)
    model = Model(n, [], LinearSignal(signal), statistic=OnOff(m, ratio), poi_lower=-np.inf)
    fit = best_fit(model)

    def chi2(poi):
        return sum(on_off_by_brute_force(*x) for x in zip(n, m, 6 * [ratio], poi * signal, strict=True))

    around = minimize_scalar(chi2, bounds=(fit.poi - 2, fit.poi + 2), options={"xatol": 1e-9})
    assert fit.minimiser == "newton"
    assert fit.chi2 == pytest.approx(min(around.fun, chi2(0.0)), abs=1e-5)


def test_gaussian_fit_is_weighted_least_squares():
    rng = np.random.default_rng(11)
    signal, background, error = rng.normal(size=12), rng.normal(2, 1, 12), rng.uniform(0.3, 2, 12)
    observed = 3.0 * signal + 1.5 * background + error * rng.normal(size=12)
    model = Model(
        observed, [Background("b", background)], LinearSignal(signal), statistic=Gaussian(error), poi_lower=-np.inf
    )
    design = np.stack([signal, background], axis=1) / error[:, None]
    covariance = np.linalg.inv(design.T @ design)
    best = covariance @ design.T @ (observed / error)
    chi2 = np.sum((observed / error - design @ best) ** 2)
    fit = best_fit(model)
    assert [fit.poi, *fit.eta] == pytest.approx(list(best), rel=1e-9)
    assert fit.poi_error == pytest.approx(np.sqrt(covariance[0, 0]), rel=1e-9)
    assert fit.chi2 == pytest.approx(chi2, rel=1e-9)
    assert goodness_of_fit(model, fit).ndof == 10
    found = intervals(model, 0.9, fit=fit)
    assert found["unified"].lower == pytest.approx(best[0] - ndtri(0.95) * fit.poi_error, rel=1e-6)
    assert found["delta-chi2"].upper == pytest.approx(best[0] + ndtri(0.95) * fit.poi_error, rel=1e-6)
    assert found["one-sided"].upper == pytest.approx(best[0] + ndtri(0.9) * fit.poi_error, rel=1e-6)


def test_gaussian_with_negative_data_stops_at_the_boundary():
    model = Model([-1.0, -2.0], [], LinearSignal([1.0, 1.0]), statistic=Gaussian([1.0, 1.0]))
    fit = best_fit(model)
    assert (fit.poi, fit.chi2) == (0.0, 5.0)
    assert significance(model, fit) == (0.0, 0.0, 0.5)
    # Mean -1.5 +- 1/sqrt(2), truncated at zero.
    upper = np.sqrt(1.5**2 + 2.7055434541 / 2) - 1.5
    assert interval(model, 0.9, "delta-chi2").upper == pytest.approx(upper, rel=1e-6)
    assert expected(model, 0.9, "one-sided-boundary").upper == pytest.approx(ndtri(0.9) / np.sqrt(2), rel=1e-6)


@pytest.mark.parametrize("kind", ["gaussian", "on-off"])
@pytest.mark.parametrize("start", [0, 12])
def test_newton_agrees_with_minuit_on_random_models(random_model, kind, start):
    for seed in range(start, start + 12):
        model = random_model(seed, kind=kind)
        ours, minuit = best_fit(model), minuit_fit(model)
        assert ours.minimiser == "newton", seed
        assert ours.chi2 == pytest.approx(minuit.chi2, abs=1e-6), seed
        scale = ours.poi_error if np.isfinite(ours.poi_error) else minuit.poi_error
        assert abs(ours.poi - minuit.poi) < 1e-3 * scale, seed
        poi = ours.poi + scale * np.array([0.5, 3.0])
        scan = profile(model, poi)
        for value, chi2 in zip(poi, scan.chi2, strict=True):
            assert chi2 == pytest.approx(minuit_fit(model, float(value)).chi2, abs=1e-6), seed
        assert np.all(scan.converged)


def test_random_models_cover_the_boundary_and_empty_bins(random_model):
    models = [random_model(seed, kind="on-off") for seed in range(24)]
    assert 3 < sum(best_fit(model).poi == 0 for model in models) < 20
    assert sum(np.any((np.asarray(m.observed) == 0) & (np.asarray(m.statistic.off) == 0)) for m in models) > 4


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_kind_has_all_intervals(random_model, kind, seed):
    model = random_model(seed, kind=kind)
    for found in intervals(model).values():
        assert found.empty or found.lower <= found.best_fit.poi < found.upper
    assert np.isfinite(expected(model).upper)


@pytest.mark.parametrize("kind", KINDS)
def test_asimov_data_set_has_zero_chi2_at_its_truth(random_model, kind):
    model = random_model(5, kind=kind)
    eta = best_fit(model).eta
    made = asimov(model, 0.3 / float(np.max(model.signal.template)), eta)
    assert float(made.chi2(0.3 / float(np.max(model.signal.template)), eta)) == pytest.approx(0, abs=1e-7)
    assert jax.tree.structure(made) == jax.tree.structure(model)


def test_asimov_off_counts_follow_the_background_of_the_data():
    model = Model([12.0, 0.0], [], LinearSignal([2.0, 1.0]), statistic=OnOff([9.0, 0.0], 3.0))
    made = asimov(model, 1.0, [])
    b = float(made.statistic.off[0]) / 3
    # The derivative of the deviance by b vanishes: n / (s + b) + m / b = 1 + ratio.
    assert 12 / (2 + b) + 9 / b == pytest.approx(4, rel=1e-12)
    assert np.allclose(made.observed, [2 + b, 1.0], rtol=1e-12)
    assert float(made.statistic.off[1]) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_other_data_need_no_compilation(random_model, counting_signal, kind):
    signal, calls = counting_signal
    models = []
    for seed in (0, 4):
        model = random_model(seed, kind=kind)
        models.append(
            Model(
                model.observed,
                [Background(f"{b.name} {seed}", b.counts, b.normalisation, b.width) for b in model.backgrounds],
                signal(model.signal.template),
                statistic=model.statistic,
                poi_name=f"poi {seed}",
            )
        )
    intervals(models[0])
    expected(models[0])
    before = calls()
    intervals(models[1])
    expected(models[1])
    assert calls() == before


def test_stages_end_at_the_likelihood_itself():
    for statistic in (Poisson(), Gaussian([1.0]), OnOff([3.0], 2.0)):
        hard, default = (statistic.deviance(jnp.array([4.0]), jnp.array([2.0]), *w) for w in ((WALLS[-1],), ()))
        assert float(hard) == float(default)


@pytest.mark.parametrize(
    ("observed", "statistic", "words"),
    [
        ([1.0, 2.0], OnOff([1.0, -1.0], 2.0), "OFF counts = -1"),
        ([1.0, -2.0], OnOff([1.0, 1.0], 2.0), "ON counts = -2"),
        ([1.0, 2.0], OnOff([1.0, 1.0], 0.0), "ratio of OFF to ON exposure = 0"),
        ([1.0, 2.0], OnOff([1.0, 1.0], [1.0, np.inf]), "ratio of OFF to ON exposure = inf"),
        ([1.0, 2.0], Gaussian([1.0, 0.0]), "errors of the data = 0"),
        ([1.0, np.nan], Gaussian([1.0, 1.0]), "observed numbers = nan"),
    ],
)
def test_numbers_without_meaning_are_refused_by_name(observed, statistic, words):
    with pytest.raises(OutOfRange, match=words):
        check(Model(observed, [], LinearSignal([1.0, 1.0]), statistic=statistic))


@pytest.mark.parametrize(
    ("statistic", "words"),
    [
        (OnOff([1.0], 2.0), "OFF counts of shape"),
        (OnOff([1.0, 1.0], [1.0, 1.0, 1.0]), "ratio of OFF to ON exposure of shape"),
        (Gaussian([1.0]), "errors of the data of shape"),
    ],
)
def test_shapes_that_do_not_agree_are_refused_by_name(statistic, words):
    with pytest.raises(ValueError, match=words):
        check(Model([1.0, 2.0], [], LinearSignal([1.0, 1.0]), statistic=statistic))


def test_only_poisson_bins_need_an_expectation():
    def model(statistic):
        return Model([1.0, 2.0], [], LinearSignal([1.0, 0.0]), statistic=statistic)

    with pytest.raises(ZeroExpectation, match=r"bins \[1\]"):
        check(model(Poisson()))
    for statistic in (Gaussian([1.0, 1.0]), OnOff([0.0, 0.0], 1.0)):
        assert np.isfinite(best_fit(model(statistic)).chi2)


def test_negative_templates_are_for_gaussian_data_only():
    def model(statistic):
        return Model([1.0, 2.0], [Background("b", [1.0, -1.0])], LinearSignal([1.0, 1.0]), statistic=statistic)

    check(model(Gaussian([1.0, 1.0])))
    for statistic in (Poisson(), OnOff([1.0, 1.0], 1.0)):
        with pytest.raises(OutOfRange, match="background 'b'"):
            check(model(statistic))


def test_slopes_of_counts_are_the_derivatives():
    """Beside and beyond the walls too."""
    observed = jnp.array([0.0, 0, 0, 3, 3, 3, 3, 50, 7])
    expected = jnp.array([1.0, -1e-3, 0.5, 2.0, 1e-6, 2.0e-9, -1e-3, 50.0001, 1e5])
    for mine, plain in zip(
        Poisson().slopes(observed, expected), Statistic.slopes(Poisson(), observed, expected), strict=True
    ):
        np.testing.assert_allclose(mine, plain, rtol=1e-6)
