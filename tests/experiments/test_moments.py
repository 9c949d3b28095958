"""The likelihood of full matrices of moments."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson

import nudipole as nd
from nudipole.errors import NotANumber, NudipoleError, OutOfRange, ShapeError, UnknownName
from nudipole.experiments.likelihood import likelihood, moments
from nudipole.numerics import jax, jnp
from nudipole.properties import Neutrino

SCALE = 1e-11


@pytest.fixture(scope="module")
def experiment():
    return nd.load("xenonnt-2022")


@pytest.fixture(scope="module")
def matrices():
    random = np.random.default_rng(5)
    return SCALE * (random.normal(size=(50, 3, 3)) + 1j * random.normal(size=(50, 3, 3)))


def test_counts_are_those_of_the_operators(experiment, matrices):
    likelihood = moments(experiment, {"B0": 1.1})
    background = 1.1 * np.asarray(experiment.backgrounds[0].counts)
    for lam in matrices[:5]:
        operators = experiment.parts[0].process.operators(Neutrino("dirac", "flavour", lam))
        signal = np.asarray(experiment.parts[0].response.counts(operators)).sum(axis=0) - experiment.sm_counts.sum(
            axis=0
        )
        np.testing.assert_allclose(likelihood.expected(lam[None])[0], background + signal, rtol=1e-12)


def test_chi2_is_the_poisson_likelihood_of_scipy(experiment, matrices):
    likelihood = moments(experiment)
    expected = np.asarray(likelihood.expected(matrices))
    observed = experiment.observed
    saturated = poisson.logpmf(observed, observed).sum()
    direct = -2 * (poisson.logpmf(observed, expected).sum(axis=1) - saturated)
    np.testing.assert_allclose(likelihood.chi2(matrices), direct, rtol=1e-10)


def test_gradient_is_that_of_finite_differences(experiment, matrices):
    likelihood = moments(experiment)
    values, gradient = likelihood.chi2_and_gradient(matrices)
    np.testing.assert_allclose(values, likelihood.chi2(matrices), rtol=1e-13)
    step = 1e-6 * SCALE
    for direction in (1.0, 1j):
        shift = np.zeros((3, 3), complex)
        shift[1, 2] = direction * step
        up, down = likelihood.chi2(matrices + shift), likelihood.chi2(matrices - shift)
        numeric = (np.asarray(up) - np.asarray(down)) / (2 * step)
        analytic = np.asarray(gradient[:, 1, 2].real if direction == 1.0 else gradient[:, 1, 2].imag)
        np.testing.assert_allclose(numeric, analytic, rtol=1e-5, atol=1e-5 * np.abs(analytic).max())


def test_a_universal_moment_is_the_unit_matrix(experiment):
    likelihood = moments(experiment)
    expected = experiment.spectrum(mu_nu=2e-11).total()
    np.testing.assert_allclose(likelihood.expected(2e-11 * np.eye(3)[None])[0], expected, rtol=1e-12)


def test_one_matrix_and_many(experiment, matrices):
    likelihood = moments(experiment)
    every, gradient = likelihood.chi2_and_gradient(matrices[:3])
    for k in range(3):
        value, slope = likelihood.chi2_and_gradient(matrices[k])
        assert value.shape == ()
        np.testing.assert_allclose(value, every[k], rtol=1e-12)
        np.testing.assert_allclose(slope, gradient[k], rtol=1e-9)
        np.testing.assert_allclose(likelihood.chi2(matrices[k].tolist()), every[k], rtol=1e-12)
        assert likelihood.expected(matrices[k]).shape == experiment.observed.shape


@pytest.mark.parametrize("what", ["chi2", "expected", "chi2_and_gradient"])
@pytest.mark.parametrize(
    ("lam", "error"),
    [
        (np.zeros((1, 2, 2)), ShapeError),
        (np.zeros(3), ShapeError),
        (np.zeros((2, 2, 3, 3)), ShapeError),
        ([["a"] * 3] * 3, NotANumber),
        (np.full((3, 3), np.nan), OutOfRange),
        (np.array([np.zeros((3, 3)), np.diag([0, np.inf, 0])]), OutOfRange),
    ],
)
def test_what_are_no_matrices_of_moments(experiment, what, lam, error):
    with pytest.raises(error, match="lam"):
        getattr(moments(experiment), what)(lam)


def test_traced_matrices_pass(experiment):
    likelihood = moments(experiment)
    lam = SCALE * jnp.eye(3)
    assert float(jax.jit(lambda one: likelihood.chi2(one))(lam)) == pytest.approx(float(likelihood.chi2(lam)))


@pytest.mark.parametrize(
    ("factors", "error"), [({"B00": 1.0}, UnknownName), ({"B0": np.nan}, OutOfRange), ({"B0": "1"}, NotANumber)]
)
def test_factors_of_backgrounds(experiment, factors, error):
    with pytest.raises(error, match="B0"):
        moments(experiment, factors)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"mu_nu": np.nan}, OutOfRange, "mu_nu = nan mu_B must be finite"),
        ({"mu_e": -np.inf}, OutOfRange, "mu_e = -inf mu_B must be finite"),
        ({"q_e": "1e-13"}, NotANumber, "q_e = '1e-13' is no number"),
        ({"lambda_1": 1e-11j}, NotANumber, "lambda_1 = 1e-11j is complex"),
        ({"mu_nu": [1e-11, 2e-11]}, ShapeError, r"mu_nu has shape \(2,\): write one number"),
        ({"mu_nue": 1e-11}, UnknownName, "did you mean 'mu_nu'"),
        ({"mu_nu": 1e-11, "mu_e": 1e-11}, NudipoleError, "beside mu_nu go eps_nu"),
        ({"mu_e": 1e-11, "mu_11": 1e-11}, NudipoleError, "beside mu_e go mu_mu, mu_tau"),
    ],
)
@pytest.mark.parametrize("what", ["signal_counts", "mu_eff", "spectrum"])
def test_parameters_that_are_no_numbers(experiment, what, values, error, message):
    with pytest.raises(error, match=message):
        getattr(experiment, what)(**values)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"cl": 1.0}, OutOfRange),
        ({"cl": 90}, OutOfRange),
        ({"cl": np.nan}, OutOfRange),
        ({"cl": "0.9"}, NotANumber),
        ({"cl": [0.9, 0.95]}, ShapeError),
        ({"parameter": "mu_nue"}, UnknownName),
    ],
)
def test_arguments_of_a_limit(experiment, given, error):
    with pytest.raises(error):
        nd.limit(experiment, **given)


def test_what_is_fitted_is_not_held(experiment):
    with pytest.raises(NudipoleError, match="mu_e is fitted: leave it out"):
        likelihood(experiment, "mu_e", beside={"mu_e": 1e-11})
