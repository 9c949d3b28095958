"""Bounds of HistFactory's parameters against numbers of pyhf 0.7.6.

Those are the ends at Delta chi2 = 2.7055 and 1.6424 of its likelihood within its bounds, minimised with Minuit
(strategy 2, from several starts), to 1e-6.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import integrate, optimize

from nudipole.errors import FitError, InputError, NudipoleError
from nudipole.histfactory.exported import workspace
from nudipole.histfactory.imported import imported
from nudipole.histfactory.limit import limit
from nudipole.histfactory.schema import validate
from nudipole.sampling.posterior import sample
from nudipole.statistics import Background, LinearSignal, Model, best_fit, intervals, joint, minuit_fit, profile
from nudipole.statistics.likelihood import bounds
from nudipole.statistics.toys.batch import Batch
from nudipole.statistics.toys.data_sets import Toys


def free(name="mu"):
    return {"name": name, "type": "normfactor", "data": None}


def errors(numbers, kind="staterror", name="st"):
    return {"name": name, "type": kind, "data": numbers}


def norm(lo, hi, name="ns"):
    return {"name": name, "type": "normsys", "data": {"lo": lo, "hi": hi}}


def shape(lo, hi, name="hs"):
    return {"name": name, "type": "histosys", "data": {"lo_data": lo, "hi_data": hi}}


LUMI = {"name": "lumi", "type": "lumi", "data": None}


def given(samples, observed, *parameters):
    """A workspace of one channel."""
    channel = {"name": "SR", "samples": [{"name": n, "data": d, "modifiers": m} for n, d, m in samples]}
    return {
        "channels": [channel],
        "observations": [{"name": "SR", "data": observed}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": list(parameters)}}],
        "version": "1.0.0",
    }


def signal(*counts):
    return ("s", list(counts), [free()])


#: Workspace, best fit, upper end at 2.706 and at 1.642.
CASES = {
    "error of the only background": (given([signal(10.0), ("b", [2.0], [errors([2.0])])], [0]), 0, 0.135277, 0.082119),
    "30 %": (given([signal(10.0), ("b", [4.0], [errors([1.2])])], [1]), 0, 0.183648, 0.114731),
    "100 %": (given([signal(10.0), ("b", [4.0], [errors([4.0])])], [1]), 0, 0.331337, 0.250018),
    "200 %": (given([signal(10.0), ("b", [4.0], [errors([8.0])])], [1]), 0, 0.356935, 0.279222),
    "two samples of one error": (
        given(
            [signal(6.0, 3.0), ("a", [2.0, 5.0], [errors([2.0, 3.0])]), ("b", [1.0, 2.0], [errors([1.0, 2.0])])], [0, 3]
        ),
        0,
        0.200170,
        0.121857,
    ),
    "error of the signal": (
        given([("s", [6.0, 3.0], [free(), errors([3.0, 1.0])]), ("a", [2.0, 5.0], [errors([2.0, 4.0])])], [0, 3]),
        0,
        1.224780,
        0.274007,
    ),
    "error of nothing": (
        given([signal(6.0, 3.0), ("a", [0.0, 5.0], [errors([2.0, 4.0])]), ("c", [1.0, 1.0], [])], [0, 3]),
        0,
        0.207907,
        0.126558,
    ),
    "shapesys": (
        given([signal(5.0, 2.0), ("b", [2.0, 4.0], [errors([1.0, 6.0], "shapesys")])], [3, 8]),
        0.215980,
        1.034668,
        0.823559,
    ),
    "norm at its bound": (given([signal(5.0), ("b", [200.0], [norm(0.9, 1.1)])], [40]), 0, 0.407347, 0.247695),
    "shape": (
        given([signal(5.0, 4.0), ("b", [100.0, 80.0], [shape([95.0, 77.0], [106.0, 84.0])])], [30, 35]),
        0,
        0.271082,
        0.164923,
    ),
    "error and norms": (
        given(
            [
                ("s", [5.0, 8.0], [free(), norm(0.8, 1.2, "acc")]),
                ("b", [3.0, 2.0], [errors([3.0, 2.5]), norm(0.7, 1.4)]),
            ],
            [0, 1],
        ),
        0,
        0.202967,
        0.126764,
    ),
    "stated bounds of an error": (
        given([signal(10.0), ("b", [4.0], [errors([2.0])])], [0], {"name": "st", "bounds": [[0.5, 1.5]]}),
        0,
        0.135277,
        0.082119,
    ),
    "lumi": (
        given(
            [("s", [10.0], [free(), LUMI]), ("b", [8.0], [LUMI])],
            [3],
            {"name": "lumi", "auxdata": [1.0], "sigmas": [0.3], "inits": [1.0], "bounds": [[0.8, 1.2]]},
        ),
        0,
        0.282504,
        0.177976,
    ),
    "free factor at ten": (
        given([signal(5.0, 1.0), ("b", [1.0, 3.0], [free("k")])], [20, 45]),
        2.339782,
        4.089794,
        3.670959,
    ),
    "free factor at its bound": (
        given(
            [signal(5.0, 1.0), ("b", [1.0, 3.0], [free("k")])],
            [8, 12],
            {"name": "k", "bounds": [[0, 2.5]], "inits": [1.0]},
        ),
        1.229593,
        2.387500,
        2.100167,
    ),
    "free factor that may be negative": (
        given(
            [signal(8.0, 0.0), ("b", [20.0, 200.0], [free("k")])],
            [31, 230],
            {"name": "k", "bounds": [[-5, 5]], "inits": [1.0]},
        ),
        1.0,
        2.294534,
        1.989518,
    ),
    "signal alone": (
        given(
            [("s", [1000.0], [free(), norm(0.5, 1.5, "n")])],
            [1000],
            {"name": "mu", "bounds": [[-5, 5]], "inits": [1.0]},
        ),
        1.0,
        3.130869,
        2.433249,
    ),
}


def read(data):
    return imported(validate(json.loads(json.dumps(data)), "w.json"), "w.json")


@pytest.mark.parametrize("name", CASES)
def test_limits_are_those_of_pyhf(name):
    data, best, upper, one_sided = CASES[name]
    model = read(data).model
    fit = best_fit(model)
    found = intervals(model, 0.90, ["delta-chi2", "one-sided"], fit=fit)
    assert fit.poi == pytest.approx(best, abs=1e-5)  # chi2 is flat there
    assert found["delta-chi2"].upper == pytest.approx(upper, abs=2e-6)
    assert found["one-sided"].upper == pytest.approx(one_sided, abs=2e-6)
    lowest, highest = bounds(model)
    assert np.all((fit.eta >= lowest) & (fit.eta <= highest))
    careful = minuit_fit(model, 0.5 * upper)
    assert careful.chi2 == pytest.approx(float(profile(model, [0.5 * upper]).chi2[0]), abs=1e-5)


@pytest.mark.parametrize("name", ["100 %", "stated bounds of an error", "free factor at ten"])
def test_bounds_survive_export(name):
    data, *_, one_sided = CASES[name]
    model = read(data).model
    back = read(workspace(model, {"SR": model.observed.size}).workspace).model
    assert np.array(bounds(back)) == pytest.approx(np.array(bounds(model)))
    assert intervals(back, 0.90, ["one-sided"])["one-sided"].upper == pytest.approx(one_sided, rel=1e-5)


@pytest.mark.parametrize("name", ["100 %", "norm at its bound", "free factor at ten"])
def test_bounds_of_many_fits(name):
    data, _, upper, _ = CASES[name]
    model = read(data).model
    observed, auxiliary = np.asarray(model.observed), np.asarray(model.auxiliary)
    toys = Toys(np.tile(observed, (4, 1)), model.statistic, np.tile(auxiliary, (4, 1)))
    fits = Batch(model).fit(toys, upper)
    assert fits.chi2 == pytest.approx(float(profile(model, [upper]).chi2[0]), abs=1e-6)
    lowest, highest = bounds(model)
    assert np.all((fits.x[:, 1:] >= lowest) & (fits.x[:, 1:] <= highest))


@pytest.mark.slow
def test_credible_limit_within_bounds():
    """One bin, no event, background 2 +- 2 above zero: the marginal is exp(-10 mu) whatever the background does."""
    model = read(CASES["error of the only background"][0]).model
    found = sample(model, draws=2000, seed=1)
    samples = np.asarray(found.poi).ravel()
    assert np.quantile(samples, 0.9) == pytest.approx(np.log(10) / 10, rel=0.05)


@pytest.mark.long
def test_credible_limit_by_quadrature():
    """A background within 0.5 to 1.5 of its nominal value: both bounds cut into its Gaussian."""
    data = given([signal(10.0), ("b", [4.0], [errors([4.0])])], [9], {"name": "st", "bounds": [[0.5, 1.5]]})
    samples = np.asarray(sample(read(data).model, draws=2000, seed=2).poi).ravel()

    def density(mu):
        def inner(g):
            n = 10 * mu + 4 * g
            return np.exp(9 * np.log(n) - n - (g - 1) ** 2 / 2 - 9)

        return integrate.quad(inner, 0.5, 1.5)[0]

    whole = integrate.quad(density, 0, 4)[0]
    upper = optimize.brentq(lambda end: integrate.quad(density, 0, end)[0] / whole - 0.9, 0.1, 3)
    assert np.quantile(samples, 0.9) == pytest.approx(upper, rel=0.03)


def test_bounds_of_joint_models():
    models = {"a": read(CASES["100 %"][0]).model, "b": read(CASES["norm at its bound"][0]).model}
    lowest, highest = bounds(joint(models))
    assert lowest == pytest.approx([(1e-10 - 1) / 1, -5])
    assert highest == pytest.approx([9, 5])


def test_numbers_beyond_the_bounds_of_the_parameter_of_interest_are_noted():
    data = given([signal(0.1), ("b", [1.0], [])], [9])
    found = read(data)
    result = limit(found.model, "w", bounds=found.bounds)
    assert "best fit 80" in str(result)
    assert "outside of the bounds 0 to 10 of mu, which hold no fit here" in str(result)
    assert result.to_json()["notes"]


def test_bounds_of_a_shapesys_that_matter():
    """Thirty events over 1 +- 2 want a factor of 24 without signal, beyond ten; the upper end is that of pyhf."""
    samples = [signal(10.0), ("b", [1.0], [errors([2.0], "shapesys", "sh")])]
    found = read(given(samples, [30])).model
    assert found.nuisances == ("sh[0]",)
    assert intervals(found, 0.9, ["delta-chi2"])["delta-chi2"].upper == pytest.approx(3.923724, abs=2e-6)
    # Without bounds that matter the factor is profiled.
    assert read(given(samples, [30], {"name": "sh", "bounds": [[1e-10, 100.0]]})).model.nuisances == ()


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ({"name": "st", "bounds": [[0.5, 1.5], [0, 1]]}, "parameter st: bounds: 2 of them, and 1 are due"),
        ({"name": "st", "inits": [1.0, 1.0]}, "parameter st: inits: 2 of them, and 1 are due"),
        ({"name": "st", "bounds": [[1.5, 0.5]]}, "1.5 to 0.5 do not rise"),
        ({"name": "st", "bounds": [[1.5, 2.5]]}, "leave out 1, where the parameter starts"),
        ({"name": "mu", "bounds": [[0.2, 5]]}, "begin at 0.2"),
        ({"name": "st", "sigmas": [0.2]}, "sigmas other than the usual"),
    ],
)
def test_settings_that_are_refused(parameter, message):
    with pytest.raises(InputError, match=message):
        read(given([signal(10.0), ("b", [4.0], [errors([4.0])])], [9], parameter))


def test_a_norm_that_is_not_positive_is_named():
    with pytest.raises(InputError, match=r"w.json: channel SR, sample b: factor of normsys 'n'"):
        read(given([signal(6.0), ("b", [50.0], [norm(0.0, 1.9, "n")])], [53]))


def test_a_model_that_does_not_describe_the_data_has_no_limit():
    found = read(given([signal(10.0, 10.0), ("b", [100.0, 100.0], [])], [100, 1000]))
    with pytest.raises(FitError, match=r"w: the fit does not describe the data \(chi2 = 854.7 / 1 \(p < 1e-99\)\)"):
        limit(found.model, "w")


def test_no_goodness_of_fit_without_degrees_of_freedom():
    result = limit(read(given([signal(6.0), ("b", [50.0], [])], [53])).model, "w")
    assert result.goodness_of_fit.in_words() == "- (no degrees of freedom)"
    assert np.isnan(result.goodness_of_fit.p_value)


def test_thousands_of_sparse_bins_are_no_misfit():
    """The deviance of one event a bin is 1.15 on average: six standard deviations for 5000 bins, and no misfit."""
    n = np.random.default_rng(3).poisson(1.0, 5000)
    model = Model(n, [Background("b", np.ones(5000))], LinearSignal(np.linspace(0, 1, 5000)))
    quality = limit(model, "w").goodness_of_fit
    assert quality.p_value < 1e-9
    assert quality.describes


def test_a_nuisance_with_an_upper_bound_alone_has_no_posterior():
    model = Model([5.0], [Background("b", [4.0], "gaussian", 0.5)], LinearSignal([1.0]), limits=[[-np.inf], [1.0]])
    with pytest.raises(NudipoleError, match="nuisance 'b' has an upper bound and no lower one"):
        sample(model, draws=100)
