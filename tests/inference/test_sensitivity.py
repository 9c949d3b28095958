"""Grids over a description, and the limits along them."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

import nudipole as nd
from nudipole.errors import InputError, NudipoleError
from nudipole.experiments import load
from nudipole.inference.axis import Axis
from nudipole.inference.sensitivity import growing


@pytest.mark.parametrize(
    ("text", "values", "numbers", "unit", "logarithmic"),
    [
        ("a.b=1..3keV", ("1 keV", "2 keV", "3 keV"), (1, 2, 3), "keV", False),
        ("a.b = 0.1..10 keV", ("0.1 keV", "1 keV", "10 keV"), (0.1, 1, 10), "keV", True),
        ("exposure=1..100t*yr", ("1 t yr", "10 t yr", "100 t yr"), (1, 10, 100), "t yr", True),
        ("exposure=1 t yr..100 t yr", ("1 t yr", "10 t yr", "100 t yr"), (1, 10, 100), "t yr", True),
        ("k=0.1..0.3", (0.1, 0.2, 0.3), (0.1, 0.2, 0.3), "", False),
        ("x=-1..1", (-1.0, 0.0, 1.0), (-1, 0, 1), "", False),
        ("x=1e-3..1e1", (1e-3, 0.1, 10.0), (1e-3, 0.1, 10), "", True),
        ("exposure=1,5,20 kg d", ("1 kg d", "5 kg d", "20 kg d"), (1, 5, 20), "kg d", False),
        ("target.element=Ge, Xe", ("Ge", "Xe"), None, "", False),
        ("x=1 eV,2 keV", ("1 eV", "2 keV"), None, "", False),
        ("k=0.1,0.2", (0.1, 0.2), (0.1, 0.2), "", False),
    ],
)
def test_axis(text, values, numbers, unit, logarithmic):
    axis = Axis.parse(text, points=3)
    assert axis.values == values
    assert axis.numbers == (None if numbers is None else pytest.approx(numbers))
    assert (axis.unit, axis.logarithmic) == (unit, logarithmic)


def test_grid_may_be_chosen():
    assert Axis.parse("x=1..100", points=3, grid="linear").values == (1.0, 50.5, 100.0)
    assert Axis.parse("x=1..4", points=3, grid="log").values == (1.0, 2.0, 4.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("threshold", "write threshold=LOW..HIGH UNIT, such as 0.1..3keV"),
        ("=1..2", "LOW..HIGH UNIT, such as"),
        ("x=", "LOW..HIGH UNIT, such as"),
        ("x=3..1", "the second number must be the larger"),
        ("x=1eV..3keV", "one unit after the last number"),
        ("x=1..3 furlong", "is not a unit"),
    ],
)
def test_wrong_axis(text, message):
    with pytest.raises(NudipoleError, match=message):
        Axis.parse(text)


def test_wrong_grid_or_number_of_points():
    with pytest.raises(NudipoleError, match="write a number from 2 to"):
        Axis.parse("x=1..2", points=1)
    with pytest.raises(NudipoleError, match="a logarithmic grid begins above 0"):
        Axis.parse("x=0..2", grid="log")


def test_the_limit_follows_the_exposure(own):
    """Without uncertainties of normalisation an expected limit on mu^2 falls with the root of the exposure."""
    path = own("{log-normal: 5 %}", "{gaussian: 0.001 %}")
    path.write_text(path.read_text().replace("{kind: solar}", "{kind: solar, flux_uncertainty: false}"))
    steps = list(growing(path, [Axis.parse("exposure=100,10000 t yr")], construction="delta-chi2"))
    assert [len(step.limits) for step in steps] == [1, 2]
    first, last = steps[-1].limits
    assert (first / last) ** 2 == pytest.approx(10, rel=0.02)
    path.write_text(path.read_text().replace("exposure: 1 t yr", "exposure: 100 t yr"))
    assert first == pytest.approx(nd.limit(load(path), by=nd.Asymptotic("delta-chi2")).expected_upper, rel=1e-6)


def test_plot(own):
    *_, result = growing(own(), [Axis.parse("exposure=1,4 t yr")])
    axes = result.plot()
    assert list(axes.lines[0].get_xdata()) == [1, 4]
    assert list(axes.lines[0].get_ydata()) == result.limits
    assert axes.get_xlabel() == "exposure [t yr]"


def test_counts_are_scaled_with_the_exposure(own):
    """A background given as counts grows with the exposure as one given as a rate does."""
    rate = own()
    axis = Axis.parse("exposure=1,4 t yr")
    by_rate = list(growing(rate, [axis]))[-1].limits
    by_counts = list(growing(own("rate: 16 events/(t yr keV)", "counts: [16, 16, 32, 80]"), [axis]))[-1].limits
    np.testing.assert_allclose(by_counts, by_rate, rtol=1e-9)


def test_two_axes_failures_and_csv(own):
    axes = [Axis.parse("detector.threshold=1,2,20 keV"), Axis.parse("target.element=Xe,Ar")]
    result = list(growing(own(), axes))[-1]
    assert len(result.limits) == 6
    assert result.limits[4:] == [None, None]
    assert "must lie within the bins" in result.failures["20 keV, Xe"]
    assert result.limits[0] < result.limits[2]
    rows = list(csv.reader(io.StringIO(result.to_csv())))
    assert rows[0] == ["detector.threshold [keV]", "target.element", "mu_nu [mu_B]", "failure"]
    assert rows[1][:2] == ["1.0", "Xe"]
    assert float(rows[1][2]) == pytest.approx(result.limits[0], rel=1e-5)
    assert rows[1][3] == ""
    assert rows[6] == ["20.0", "Ar", "", result.failures["20 keV, Ar"]]
    assert result.to_json()["expected_upper"] == result.limits


def test_a_nuisance_of_what_is_varied_is_left_out():
    axis = Axis.parse("processes.nuclei.quenching.k=0.14,0.18")
    runs = list(growing("example-reactor-ge", [axis], parameter="r2_e"))
    assert runs[-1].left_out == ("quenching-Ge",)
    first, last = runs[-1].limits
    assert first > 1.2 * last  # more light, better limit
    assert runs[-1].lowers[0] < 0 < first
    # Far below zero there is a second solution.
    ends = ",".join(f"r2_e {end} [cm^2]" for end in ("lower", "upper", "lower 2", "upper 2"))
    assert runs[-1].to_csv().splitlines()[0] == f"processes.nuclei.quenching.k [1],{ends}"
    assert [len(others) for others in runs[-1].others] == [1, 1]
    assert runs[-1].others[0][0][1] < runs[-1].lowers[0]
    kept = next(growing("example-reactor-ge", [Axis.parse("detector.threshold=0.16,0.2 keV")]))
    assert kept.left_out == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("detector.treshold=1..2keV", r"detector.treshold: unknown key: did you mean 'threshold'"),
        ("exposure=1..2", r"exposure: a unit is missing"),
        ("detector.threshold=1..2kg", r"detector.threshold: '1 kg' has the wrong unit"),
        ("name.x=1..2", r"name: must be"),
    ],
)
def test_wrong_key_or_value_before_anything_is_computed(own, text, message):
    with pytest.raises(InputError, match=message):
        next(growing(own(), [Axis.parse(text)]))


def test_data_are_replaced_by_the_expectation():
    result = next(growing("xenonnt-2022", [Axis.parse("exposure=1.16,2 t yr")]))
    assert result.limits[0] == pytest.approx(nd.limit(load("xenonnt-2022")).expected_upper, rel=0.02)


def test_what_varies_has_values():
    with pytest.raises(NudipoleError, match="vary = 'exposure' has no values: write"):
        nd.sensitivity("example-reactor-ge", "exposure")
