"""Fits against closed forms and against Minuit."""

from __future__ import annotations

import numpy as np
import pytest

from nudipole.errors import FitError, NudipoleError
from nudipole.numerics import jnp
from nudipole.statistics import Background, LinearSignal, Model, best_fit, minuit_fit, profile


@pytest.mark.parametrize(("observed", "background", "signal"), [(12, 5.0, 0.5), (3, 5.0, 2.0), (0, 1.0, 1.0)])
def test_counting_best_fit(counting, observed, background, signal):
    fit = best_fit(counting(observed, background, signal))
    assert fit.converged
    assert fit.poi == pytest.approx(max(0, (observed - background) / signal), abs=1e-5)
    if observed > background:
        assert fit.poi_error == pytest.approx(np.sqrt(observed) / signal, rel=1e-4)


@pytest.mark.parametrize("start", range(0, 48, 12))
def test_newton_agrees_with_minuit_on_random_models(random_model, start):
    for seed in range(start, start + 12):
        model = random_model(seed)
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
    models = [random_model(seed) for seed in range(48)]
    at_boundary = sum(best_fit(model).poi == 0 for model in models)
    assert 10 < at_boundary < 40
    assert sum(np.any(np.asarray(model.observed) == 0) for model in models) > 10


def test_map_with_two_minima_finds_the_deeper(quadratic):
    linear, square = np.array([-4.0, -3.0, 1.0]), np.array([1.0, 0.6, 0.4])
    background = np.array([30.0, 30.0, 30.0])
    truth = background + 5.0 * linear + 25.0 * square
    signal = quadratic(jnp.asarray(linear), jnp.asarray(square))
    known = Background("known", background, "gaussian", 1e-3)
    fit = best_fit(Model(truth, [known], signal, poi_lower=-np.inf))
    assert fit.poi == pytest.approx(5.0, abs=1e-4)
    assert fit.chi2 == pytest.approx(0, abs=1e-8)


def test_parameter_with_a_sign_stops_where_counts_would_turn_negative():
    # Nothing observed: the likelihood pulls down to zero expected counts and no further.
    model = Model(
        [0.0, 6.0],
        [Background("b", [2.0, 6.0], "gaussian", 1e-6)],
        LinearSignal([1.0, 0.0]),
        poi_lower=-np.inf,
    )
    assert best_fit(model).poi == pytest.approx(-2, abs=1e-5)
    assert best_fit(model).chi2 == pytest.approx(0, abs=1e-6)
    scan = profile(model, [-2.5, -1.0])
    assert scan.chi2[0] == np.inf
    assert scan.chi2[1] == pytest.approx(2, abs=1e-5)


def test_scale_of_the_parameter_does_not_matter(spectrum):
    model = spectrum(seed=4, poi=1.0)
    fit = best_fit(model)
    for unit in (1e-22, 1e15):
        scaled = Model(model.observed, model.backgrounds, LinearSignal(model.signal.template / unit))
        assert best_fit(scaled).poi / unit == pytest.approx(fit.poi, rel=1e-6)


def test_profile_of_many_points_is_independent_of_batches(spectrum):
    model = spectrum()
    poi = np.linspace(0, 4, 150)
    whole = profile(model, poi)
    assert whole.eta.shape == (150, 1)
    assert np.allclose(whole.chi2[100:], profile(model, poi[100:]).chi2, atol=1e-11)


def test_no_background_at_all():
    fit = best_fit(Model([3.0, 5.0], [], LinearSignal([1.0, 1.0])))
    assert fit.poi == pytest.approx(4, rel=1e-7)
    assert fit.eta.shape == (0,)


def test_vanishing_signal_is_an_error():
    with pytest.raises(NudipoleError, match="signal vanishes"):
        best_fit(Model([3.0], [Background("b", [3.0])], LinearSignal([0.0])))


def test_likelihood_that_is_not_a_number_is_an_error(quadratic):
    class Broken(quadratic):
        def __call__(self, poi, eta):
            return jnp.sqrt(poi - jnp.inf) + self.linear

    model = Model([3.0], [Background("b", [3.0])], Broken(jnp.ones(1), jnp.ones(1)))
    with pytest.raises(FitError):
        minuit_fit(model, 1.0)
    with pytest.raises(FitError, match="poi = 1"):
        profile(model, [1.0])
    with pytest.raises(NudipoleError):
        best_fit(model)
