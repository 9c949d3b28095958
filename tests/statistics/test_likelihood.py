"""Likelihood values against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from nudipole.errors import UnknownName
from nudipole.numerics import jax
from nudipole.statistics import Background, LinearSignal, Model, asimov, best_fit, goodness_of_fit, minuit_fit
from nudipole.statistics.likelihood import nominal


def model_of(observed, background, signal, **settings):
    return Model(observed, [Background("b", background)], LinearSignal(signal), **settings)


def test_chi2_is_the_poisson_deviance_with_penalties():
    observed = np.array([3.0, 0.0, 7.0])
    template, signal = np.array([2.0, 1.0, 4.0]), np.array([1.0, 0.5, 0.25])
    response = np.array([[0.1, 0.2, -0.1]])
    backgrounds = [
        Background("free", template),
        Background("gauss", 2 * template, "gaussian", 0.1),
        Background("log", 3 * template, "log-normal", 0.2),
    ]
    model = Model(
        observed,
        backgrounds,
        LinearSignal(signal, response),
        signal_nuisances=["flux"],
        auxiliary=[9.0, 0.5, 0.0, 0.0],
    )
    eta = np.array([0.7, -0.5, 1.5, 0.3])
    d = 0.7 * template + 0.95 * 2 * template + 1.2**1.5 * 3 * template + 2 * (signal + 0.3 * response[0])
    assert np.allclose(model.expected(2.0, eta), d, rtol=1e-14)
    logs = np.where(observed > 0, observed * np.log(np.where(observed > 0, observed, 1) / d), 0)
    chi2 = 2 * np.sum(d - observed + logs) + (-0.5 - 0.5) ** 2 + 1.5**2 + 0.3**2
    assert float(model.chi2(2.0, eta)) == pytest.approx(chi2, rel=1e-12)
    assert model.nuisances == ("free", "gauss", "log", "flux")


def test_empty_bins_without_expectation_contribute_nothing_and_have_finite_gradients():
    model = model_of([0.0, 4.0], [0.0, 4.0], [0.0, 1.0])
    value, gradient = jax.jit(jax.value_and_grad(lambda eta: model.chi2(0.0, eta)))(np.array([1.0]))
    assert float(value) == 0
    assert np.all(np.isfinite(gradient))


@pytest.mark.parametrize(("poi", "observed"), [(-9.0, [0.0, 4.0]), (-8.0, [1.0, 4.0])])
def test_impossible_expectation_is_infinite(poi, observed):
    model = model_of(observed, [8.0, 8.0], [1.0, 0.0], poi_lower=-np.inf)
    assert float(model.chi2(poi, np.array([1.0]))) == np.inf
    assert np.isfinite(model.objective(poi, np.array([1.0])))


def test_asimov_data_set_has_zero_chi2_at_its_truth():
    model = Model([5.0, 9.0], [Background("b", [4.0, 8.0], "log-normal", 0.3)], LinearSignal([1.0, 2.0]))
    made = asimov(model, 0.4, [0.8])
    assert float(made.chi2(0.4, np.array([0.8]))) == pytest.approx(0, abs=1e-14)
    assert jax.tree.structure(made) == jax.tree.structure(model)


def test_unknown_normalisation_is_named():
    with pytest.raises(UnknownName, match="gaussian"):
        Background("b", [1.0], "gausian", 0.1)


def test_a_fixed_background_has_no_factor():
    """Known exactly: no nuisance, its counts in the expectation and in every copy of the model."""
    fixed = Background("b", [3.0, 1.0], "fixed")
    model = Model([4.0, 2.0], [fixed], LinearSignal([1.0, 0.5]))
    assert (model.nuisances, model.known) == ((), (fixed,))
    assert np.asarray(model.expected(2.0, [])) == pytest.approx([5.0, 2.0])
    for copy in (model.unnamed(), asimov(model, 2.0, [])):
        assert np.asarray(copy.expected(0.0, [])) == pytest.approx([3.0, 1.0])
    # 4/(3 + mu) + 1/(1 + mu/2) = 3/2 at the best fit.
    assert best_fit(model).poi == pytest.approx((np.sqrt(8.0625) - 0.75) / 1.5, rel=1e-6)


def moving(free=()):
    """Two backgrounds, one free and one known exactly, that two nuisances of the signal move."""
    peak, flat = np.array([4.0, 20.0, 9.0, 3.0]), np.array([6.0, 5.0, 4.0, 3.0])
    shifts = np.array([[[0.0, -1.0, 1.0, 0.2], [0.5, 0.5, -1.0, 0.0]], [[0.1, -0.2, 0.1, 0.0], [0.0, 0.0, 0.0, 0.0]]])
    backgrounds = [Background("peak", peak, shifts=shifts), Background("flat", flat, "fixed", shifts=shifts[::-1] / 4)]
    signal = LinearSignal([2.0, 1.0, 0.5, 0.2], np.full((2, 4), 0.1))
    return Model([13.0, 22.0, 16.0, 5.0], backgrounds, signal, signal_nuisances=["a", "b"], unconstrained=free)


@pytest.mark.parametrize(("a", "bent"), [(0.4, 0.16), (-0.4, 0.16), (2.0, 3.0), (-3.0, 5.0)])
def test_nuisances_of_the_signal_move_backgrounds(a, bent):
    """A parabola within one standard deviation and its tangents beyond, times the normalisation; by hand."""
    model, b = moving(), 0.5
    (slope_a, slope_b), (bend_a, _) = np.asarray(model.backgrounds[0].shifts)
    peak = 1.3 * (np.asarray(model.backgrounds[0].counts) + a * slope_a + bent * bend_a + b * slope_b)
    # The other one has slopes and curvatures exchanged, a quarter of them.
    flat = np.asarray(model.known[0].counts) + (a * bend_a + bent * slope_a + b**2 * slope_b) / 4
    signal = 0.7 * (np.array([2.0, 1.0, 0.5, 0.2]) + 0.1 * (a + b))
    for copy in (model, model.unnamed(), asimov(model, 0.7, [1.3, a, b])):
        np.testing.assert_allclose(copy.expected(0.7, [1.3, a, b]), peak + flat + signal, rtol=1e-14)


def test_free_nuisances_of_the_signal_have_no_penalty():
    model, free = moving(), moving(["b"])
    assert (free.constrained, free.unconstrained) == ((False, True, False), ("b",))
    eta = [1.0, 0.5, 0.8]
    assert float(model.chi2(0.1, eta) - free.chi2(0.1, eta)) == pytest.approx(0.8**2, rel=1e-9)
    assert free.unnamed().constrained == free.constrained
    assert nominal(free).tolist() == [1.0, 0.0, 0.0]
    fit, other = best_fit(free), minuit_fit(free)
    assert fit.chi2 == pytest.approx(other.chi2, abs=1e-6)
    assert fit.chi2 < best_fit(model).chi2
    assert goodness_of_fit(free, fit).ndof == goodness_of_fit(model, fit).ndof - 1
