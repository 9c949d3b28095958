"""The likelihood of full matrices of moments."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson

import nudipole as nd
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
    likelihood = experiment.moment_likelihood({"B0": 1.1})
    background = 1.1 * np.asarray(experiment.backgrounds[0].counts)
    for lam in matrices[:5]:
        operators = experiment.parts[0].process.operators(Neutrino("dirac", "flavour", lam))
        signal = np.asarray(experiment.parts[0].response.counts(operators)).sum(axis=0) - experiment.sm_counts.sum(
            axis=0
        )
        np.testing.assert_allclose(likelihood.expected(lam[None])[0], background + signal, rtol=1e-12)


def test_chi2_is_the_poisson_likelihood_of_scipy(experiment, matrices):
    likelihood = experiment.moment_likelihood()
    expected = np.asarray(likelihood.expected(matrices))
    observed = experiment.observed
    saturated = poisson.logpmf(observed, observed).sum()
    direct = -2 * (poisson.logpmf(observed, expected).sum(axis=1) - saturated)
    np.testing.assert_allclose(likelihood.chi2(matrices), direct, rtol=1e-10)


def test_gradient_is_that_of_finite_differences(experiment, matrices):
    likelihood = experiment.moment_likelihood()
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
    likelihood = experiment.moment_likelihood()
    expected = experiment.spectrum(mu_nu=2e-11).total()
    np.testing.assert_allclose(likelihood.expected(2e-11 * np.eye(3)[None])[0], expected, rtol=1e-12)
