"""Named functions: their tables against the formulas."""

import math

import numpy as np
import pytest
from scipy.special import erf

from nudipole.detectors import FUNCTIONS, Efficiency
from nudipole.errors import OutOfRange, UnknownName

# COHERENT CsI 2021 in photoelectrons: efficiency, and arrival time in microseconds.
COHERENT = {"plateau": 1.32045, "slope": 0.285979, "midpoint": 10.8646, "offset": -0.333322}
ARRIVAL = {"plateau": 1.0, "start": 0.52, "rate": 0.0494}
CASES = {
    "logistic-COHERENT": (0, 200, COHERENT),
    "logistic-falling": (0, 6, {"plateau": 1.0, "slope": -50.0, "midpoint": 0.3}),
    "logistic-sharp": (0, 6, {"plateau": 1.0, "slope": 5e7, "midpoint": 0.3}),
    "logistic-above-one": (0, 60, {"plateau": 1.5, "slope": 0.3, "midpoint": 10.0}),
    "erf": (0, 6, {"plateau": 0.9, "midpoint": 1.0, "width": 0.1}),
    "erf-cut-by-the-range": (1.1, 1.2, {"plateau": 0.9, "midpoint": 1.0, "width": 0.1}),
    "step": (0, 6, {"plateau": 0.7, "threshold": 1.3}),
    "step-below-the-range": (2, 6, {"plateau": 0.7, "threshold": 1.3}),
    "step-above-the-range": (0, 1, {"plateau": 0.7, "threshold": 1.3}),
    "decay-COHERENT": (0, 6, ARRIVAL),
    "decay-fast": (0, 6, {"plateau": 1.4, "start": 0.52, "rate": 30.0}),
}


def formula(name, x, p):
    if name == "logistic":
        with np.errstate(over="ignore"):
            value = p["plateau"] / (1 + np.exp(-p["slope"] * (x - p["midpoint"]))) + p.get("offset", 0.0)
    elif name == "erf":
        value = p["plateau"] * (1 + erf((x - p["midpoint"]) / (math.sqrt(2) * p["width"]))) / 2
    elif name == "step":
        value = np.where(x >= p["threshold"], p["plateau"], 0)
    else:
        value = np.where(x < p["start"], p["plateau"], p["plateau"] * np.exp(-p["rate"] * (x - p["start"])))
    return np.clip(value, 0, 1)


def test_every_function_has_a_case():
    assert {case.split("-")[0] for case in CASES} == set(FUNCTIONS)


@pytest.mark.parametrize("tolerance", [2e-5, 1e-3])
@pytest.mark.parametrize("case", CASES)
def test_table_is_the_function_to_its_tolerance(case, tolerance):
    """On a grid that is dense everywhere and denser where the function turns; at most 400 nodes."""
    low, high, parameters = CASES[case]
    name = case.split("-")[0]
    found = Efficiency.function(name, low, high, tolerance=tolerance, **parameters)
    turn = parameters.get("midpoint", parameters.get("start", parameters.get("threshold")))
    scale = 10 / abs(parameters["slope"]) if "slope" in parameters else 1.0
    x = np.concatenate([np.linspace(low, high, 100_001), turn + scale * np.linspace(-1, 1, 20_001)])
    x = x[(x >= low) & (x <= high)]
    np.testing.assert_allclose(found(x), formula(name, x, parameters), rtol=0, atol=1.0001 * tolerance)
    assert len(found.E) <= 400
    assert found.E[-1] == high


def test_COHERENT_efficiency_vanishes_below_7_photoelectrons():
    found = Efficiency.function("logistic", 0, 200, **COHERENT)
    zero = COHERENT["midpoint"] - math.log(COHERENT["plateau"] / -COHERENT["offset"] - 1) / COHERENT["slope"]
    assert zero == pytest.approx(7.07, abs=0.005)
    assert np.abs(found.E - zero).min() < 1e-13 * zero
    np.testing.assert_allclose(found(np.array([0.0, 5.0, 0.9999 * zero])), 0, atol=1e-15)
    assert found(np.array([0.15 + zero]))[0] > 1e-3
    assert found(np.array([200.0]))[0] == pytest.approx(0.987, abs=5e-4)


def test_kinks_are_nodes():
    assert 0.52 in Efficiency.function("decay", 0, 6, **ARRIVAL).E
    np.testing.assert_array_equal(Efficiency.function("step", 0, 6, plateau=0.7, threshold=1.3).E, [1.3, 6])


def test_which_energy():
    assert Efficiency.function("step", 0, 6, of="true", plateau=0.7, threshold=1.3).of == "true"


@pytest.mark.parametrize(
    ("name", "parameters", "error", "message"),
    [
        ("sigmoid", {}, UnknownName, "decay, erf, logistic, step"),
        ("step", {"plateau": 1.0, "treshold": 1.0}, UnknownName, "did you mean 'threshold'"),
        ("step", {"plateau": 1.0}, OutOfRange, "parameters of step: threshold missing; their number = 1 must be 2"),
        ("step", {"plateau": math.nan, "threshold": 1.0}, OutOfRange, "plateau of step = nan"),
        ("erf", {"plateau": 1.0, "midpoint": 1.0, "width": 0.0}, OutOfRange, "width of erf = 0"),
        ("decay", {"plateau": 1.0, "start": 1.0, "rate": -1.0}, OutOfRange, "rate of decay = -1"),
        ("step", {"plateau": 1.0, "threshold": 1.0, "tolerance": 0.0}, OutOfRange, "tolerance"),
    ],
)
def test_what_is_no_function(name, parameters, error, message):
    with pytest.raises(error, match=message):
        Efficiency.function(name, 0, 6, **parameters)


def test_empty_range():
    with pytest.raises(OutOfRange, match="lower end of an efficiency function = 2"):
        Efficiency.function("step", 2, 1, plateau=1.0, threshold=0.0)
