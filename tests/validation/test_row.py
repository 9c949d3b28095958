"""One published number beside ours: deviation, combined error, class."""

from __future__ import annotations

import dataclasses

import pytest

from nudipole.validation import CLASSES, Row, Uncertainty, Validation

UPPER = Row(
    experiment="mine",
    variant=None,
    key="mine/limit-mu_e",
    quantity="mu_e upper, 90 %",
    unit="mu_B",
    level="event-level",
    published=2e-11,
    ours=2.3e-11,
    scale=2e-11,
    errors=(Uncertainty("flux", 0.06, "Author:2026abc"), Uncertainty("rounding", 0.08, "one digit")),
)


def changed(**values):
    return dataclasses.replace(UPPER, **values)


def error(size, *, assumed=False):
    return (Uncertainty("all of it", size, "invented", assumed=assumed),)


def test_errors_in_quadrature():
    assert UPPER.ratio == pytest.approx(1.15)
    assert UPPER.deviation == pytest.approx(0.15)
    assert UPPER.combined == pytest.approx(0.10)
    assert UPPER.pull == pytest.approx(1.5)
    assert UPPER.verdict == "reproduced"


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ({"errors": error(0.0749)}, "not reproduced"),
        ({"errors": error(0.0751)}, "reproduced"),
        ({"errors": error(0.0751, assumed=True)}, "consistent"),
        ({"errors": error(0.15)}, "reproduced"),
        ({"errors": error(0.151)}, "consistent"),
        ({"errors": error(0.50)}, "consistent"),
        ({"errors": error(0.51)}, "not testable"),
        ({"errors": error(0.51), "released": True}, "not reproduced"),
        ({"errors": error(0.20), "ours": 1e-11}, "not reproduced"),
        ({"level": "conversion"}, "consistent"),
        ({"unknown": "the spectrum"}, "not testable"),
        ({"unknown": "the spectrum", "released": True}, "not reproduced"),
        ({"tuned": "the efficiency"}, "tuned"),
        ({"errors": ()}, "not testable"),
        ({"ours": None, "error": "no such process"}, "not derived"),
        # Half of the error is assumed in the quadratic sense only from 0.0707 of 0.1 on.
        ({"errors": (*error(0.0701, assumed=True), *error(0.0713))}, "reproduced"),
        ({"errors": (*error(0.0713, assumed=True), *error(0.0701))}, "consistent"),
    ],
)
def test_classes(values, verdict):
    assert verdict in CLASSES
    assert changed(**values).verdict == verdict


def test_a_fraction_of_the_width():
    """The lower end of (-2, 6): half a unit off is a sixteenth of the width."""
    end = changed(published=-2.0, ours=-2.5, scale=8.0, of_width=True)
    assert end.deviation == pytest.approx(-0.0625)
    assert end.pull == pytest.approx(-0.625)
    assert changed(published=0.0, ours=0.1, scale=8.0).ratio is None


def test_what_could_not_be_derived_says_why():
    lost = changed(ours=None, error="no such process")
    assert (lost.ratio, lost.deviation, lost.pull) == (None, None, None)
    assert lost.to_json()["error"] == "no such process"
    assert not Validation([lost], {}).derived
    assert Validation([UPPER], {}).derived


def test_plot():
    """What is not reproduced is drawn first, whatever the order; far off is an arrow at the edge."""
    rows = [UPPER, changed(quantity="first", ours=9e-11)]
    (axes,) = Validation(rows, {}).plot().axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["mine: first", "mine: mu_e upper, 90 %"]
    points = [line for line in axes.lines if len(line.get_xdata()) == 1]
    assert [line.get_marker() for line in points] == [">", "o"]
    assert list(points[1].get_xdata()) == [pytest.approx(1.5)]
