"""Likelihood values against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from nudipole.errors import UnknownName
from nudipole.numerics import jax
from nudipole.statistics import Background, LinearSignal, Model, asimov, best_fit


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
