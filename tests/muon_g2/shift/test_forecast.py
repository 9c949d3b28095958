"""Forecasts against the statistics formula, published errors and integrals."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from scipy.integrate import quad

from nudipole.errors import NudipoleError
from nudipole.muon_g2.decay import precession
from nudipole.muon_g2.decay import spectrum as decay
from nudipole.muon_g2.shift import conjecture as shift
from nudipole.muon_g2.shift import energy_dependence, forecast

SETS = forecast.data_sets()


def test_data_sets_of_the_question():
    assert list(SETS) == ["e821-2000", "fnal-run-1", "fnal-run-2-3", "fnal-full"]
    assert [len(data.edges) - 1 for data in SETS.values()] == [9, 10, 10, 10]
    assert "to-verify" in " ".join(data.status for data in SETS.values())


@pytest.mark.parametrize("name", SETS)
def test_bins_together_have_the_published_error(name):
    sigma = SETS[name].bin_errors()
    assert np.sum(sigma**-2) ** -0.5 == pytest.approx(SETS[name].sigma, rel=1e-12)


@pytest.mark.parametrize(("name", "low", "high"), [("e821-2000", 0.9, 1.1), ("fnal-run-1", 0.9, 1.15)])
def test_published_errors_are_those_of_the_positrons(name, low, high):
    """Between the formulas of the T and the A method, within 10 %: detectors cost a little, weights gain a little."""
    data = SETS[name]
    assert data.formula("A") * low < data.sigma < data.formula("T") * high


@pytest.mark.parametrize("A", [0.0, 0.2, 0.7, 1.0])
def test_information_of_large_asymmetries(A):
    integral = quad(lambda psi: np.sin(psi) ** 2 / (1 + A * np.cos(psi)), 0, np.pi)[0] / np.pi
    assert float(forecast.kappa(np.array(A))) == pytest.approx(2 * integral, rel=1e-6)


def test_separation_of_narrow_bins_is_an_integral():
    """S = sum [(m - mean)/sigma]^2 with 1/sigma^2 = N (omega tau A)^2 kappa/2."""
    edges = np.linspace(1500, 3000, 301)
    positrons = 1e10
    S = forecast.forecast(forecast.own(positrons, edges)).S
    ends = edges[[0, -1]] / decay.E_max
    number = quad(decay.N, ends[0], 1)[0]  # all above the threshold are counted

    def weight(y):
        A = decay.A(y)
        return decay.N(y) * A**2 * float(forecast.kappa(np.array(A)))

    def m(y):
        return shift.relative_shift(y * decay.E_max)

    zero, one, two = (quad(lambda y, k=k: weight(y) * m(y) ** k, *ends)[0] for k in range(3))
    information = positrons / number * (precession.omega_a() * precession.tau_lab) ** 2 / 2
    assert pytest.approx(information * (two - one**2 / zero), rel=1e-4) == S


def test_separation_grows_with_the_number():
    edges = np.arange(1000.0, 3101.0, 100.0)
    small, large = (forecast.forecast(forecast.own(n, edges)) for n in (1e10, 4e10))
    assert large.separation == pytest.approx(2 * small.separation, rel=1e-12)
    assert small.positrons_for(large.separation) == pytest.approx(4e10, rel=1e-12)


def test_finer_bins_separate_better():
    wide, narrow = (np.arange(1000.0, 3101.0, step) for step in (700.0, 100.0))
    assert forecast.forecast(forecast.own(1e10, narrow)).S > forecast.forecast(forecast.own(1e10, wide)).S


@pytest.mark.parametrize("S", [0.5, 4.0, 20.0])
def test_power_by_pseudo_experiments(S):
    """Delta chi2 of a Gaussian of mean S and variance 4 S against the 95 % point under the constant."""
    delta = np.random.default_rng(3).normal(S, 2 * np.sqrt(S), 100_000)
    p = stats.norm.sf((delta + S) / (2 * np.sqrt(S)))
    assert np.mean(p < 0.05) == pytest.approx(energy_dependence.power(S), abs=0.006)


def test_generated_tables_scatter_by_their_errors():
    data = SETS["fnal-run-1"]
    pulls = np.concatenate(
        [(t.values - 229074.0) / t.errors for t in (forecast.generated(data, 229074.0, seed) for seed in range(100))]
    )
    assert pulls.std() == pytest.approx(1, abs=0.08)
    with_shift = forecast.generated(data, 229074.0, 1, with_shift=True)
    difference = with_shift.values / forecast.generated(data, 229074.0, 1).values - 1
    assert_allclose(difference, energy_dependence.shifts(data.edges[:-1], data.edges[1:]), atol=1e-8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: forecast.data_set("run-9"), "choose from"),
        (lambda: forecast.own(-1.0, np.array([1000.0, 2000.0])), "positrons"),
        (lambda: forecast.own(1e9, np.array([2000.0, 1000.0])), "must rise"),
        (lambda: forecast.own(1e9, np.array([1000.0, 3000.0])), "one bin of energy"),
        (lambda: energy_dependence.power(1.0, 1.5), "between 0 and 1"),
    ],
)
def test_what_cannot_be_forecast(call, message):
    with pytest.raises(NudipoleError, match=message):
        call()
