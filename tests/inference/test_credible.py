"""Credible limits of experiments, in the unit of the parameter."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nudipole.errors import NudipoleError, OutOfRange, UnknownName
from nudipole.experiments.likelihood import likelihood
from nudipole.inference.credible import PRIORS, credible
from nudipole.statistics import profile


@pytest.fixture(scope="module")
def flat(xenonnt):
    return credible([xenonnt])


def profiled(model, prior, cl=0.9):
    """Quantile of prior times profile likelihood: the posterior, where marginalisation is not far from profiling."""
    r = np.linspace(0, 2.2, 2000) if prior != "log" else np.linspace(np.log(1e-4), np.log(5), 2000)
    poi = {"flat-mu2": r, "flat-mu": r**2, "log": np.exp(r)}[prior]
    density = np.exp(-profile(model, poi).chi2 / 2 + 11)
    cdf = np.cumsum(density) / density.sum()
    edge = np.interp(cl, cdf, poi)
    return 1e-11 * np.sqrt(edge)


@pytest.mark.long
def test_priors_of_a_moment(xenonnt, flat):
    """Within 2 % of the profile likelihood times the prior: one free background and small flux errors."""
    model = likelihood(xenonnt)
    others = {
        "flat-mu": credible([xenonnt], prior="flat-mu", expected=False),
        "log": credible([xenonnt], prior="log", cut=1e-13, expected=False),
    }
    for prior, limit in ({"flat-mu2": flat} | others).items():
        assert limit.upper == pytest.approx(profiled(model, prior), rel=0.02)
        assert limit.lower is None
        assert limit.warnings() == []
        assert limit.upper_error < 0.02 * limit.upper
    assert others["log"].prior == "flat in ln(mu_nu), mu_nu > 1e-13 mu_B"
    assert others["log"].upper < others["flat-mu"].upper < flat.upper
    assert others["log"].samples.min() >= 1e-13
    assert others["flat-mu"].expected_upper is None


def test_record(flat):
    assert str(flat).startswith("xenonnt-2022: mu_nu < (8.")
    assert "mu_B at 90% credibility (upper, prior flat in mu_nu^2)" in str(flat)
    assert flat.expected_upper > flat.upper
    assert set(flat.regions) == {"upper", "equal-tailed", "hpd"}
    assert flat.regions["hpd"].upper - flat.regions["hpd"].lower <= np.ptp(flat.regions["equal-tailed"][:2])
    words = flat.in_words()
    assert words["credible"].startswith("upper (8.696 +- 0.044)e-12 mu_B; equal-tailed (1.")
    # Of a moment an equal-tailed interval never reaches 0, and the shortest leaves it out by the Jacobian alone.
    assert "mu_B (never reaches 0); hpd (" in words["credible"]
    assert "excludes 0 by the Jacobian of the moment, not by the data" in words["credible"]
    assert flat.to_json()["regions"]["hpd"]["excludes_zero_by_jacobian"] is True
    assert list(flat.band) == [-2, -1, 0, 1, 2]
    assert flat.band[0] == flat.expected_upper
    assert "R-hat 1.00" in words["mixing"]
    assert "divergences 0" in words["mixing"]
    assert "seed 1" in words["sampling"]
    data = json.loads(json.dumps(flat.to_json()))
    assert (data["prior"], data["method"], data["kind"]) == ("flat in mu_nu^2", "bayesian", "upper")
    assert data["sampling"]["diagnostics"]["B0"]["rhat"] < 1.01
    assert flat.samples.shape == (4, 5000)
    assert flat.nuisances["B0"].mean() == pytest.approx(1, abs=0.05)


def test_plot(flat):
    axes = flat.plot()
    assert axes.lines[0].get_xdata()[0] == pytest.approx(flat.upper * 1e12)
    assert axes.get_xlabel() == r"$\mu_{\nu }$ [$10^{-12}\,\mu_B$]"


@pytest.mark.long
def test_parameter_with_a_sign(xenonnt):
    limit = credible([xenonnt], "r2_e", expected=False)
    assert limit.kind == "equal-tailed"
    assert limit.lower < 0 < limit.upper
    assert limit.lower_error > 0
    assert limit.prior == "flat in r2_e"
    assert limit.rhat < 1.01


def test_warnings(flat):
    from dataclasses import replace

    stuck = replace(flat.posterior, poi=np.sort(flat.posterior.poi.ravel()).reshape(4, -1))
    stuck = replace(stuck, diverging=np.ones_like(flat.posterior.diverging))
    words = " ".join(replace(flat, posterior=stuck).warnings())
    assert "the chains disagree" in words
    assert "effective samples" in words
    assert "20000 of 20000 trajectories diverged" in words


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"prior": "jeffreys"}, UnknownName, "flat-mu2"),
        ({"prior": "log"}, NudipoleError, "needs a lower cut, for example 1e-13 mu_B"),
        ({"prior": "flat-mu", "cut": 1e-13}, NudipoleError, "has no lower cut"),
        ({"prior": "log", "cut": -1.0}, OutOfRange, "lower cut"),
        ({"parameter": "r2_e", "prior": "log"}, NudipoleError, "r2_e has a sign"),
        ({"parameter": "r2_e", "cut": 1.0}, NudipoleError, "no lower cut"),
        ({"cl": 90}, OutOfRange, "credibility"),
        ({"kind": "central"}, UnknownName, "equal-tailed"),
        ({"draws": 5}, OutOfRange, "draws"),
    ],
)
def test_wrong_requests(xenonnt, settings, error, words):
    with pytest.raises(error, match=words):
        credible([xenonnt], **settings)
    assert list(PRIORS) == ["flat-mu2", "flat-mu", "log"]
