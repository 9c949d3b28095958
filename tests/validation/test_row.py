"""One published number beside ours: ratio, deviation, verdict."""

from __future__ import annotations

import dataclasses

import pytest

from nudipole.validation import Row, Validation

UPPER = Row(
    experiment="mine",
    variant=None,
    quantity="mu_e upper, 90 %",
    unit="mu_B",
    level="event-level",
    published=2e-11,
    ours=2.3e-11,
    scale=2e-11,
    tolerance=0.2,
    why="because",
)


def changed(**values):
    return dataclasses.replace(UPPER, **values)


def test_a_fraction_of_the_published_value():
    assert UPPER.ratio == pytest.approx(1.15)
    assert UPPER.deviation == pytest.approx(0.15)
    assert UPPER.passed
    assert not changed(tolerance=0.1).passed
    assert not changed(ours=1.5e-11).passed


def test_squares():
    squared = changed(squared=True)
    assert squared.ratio == pytest.approx(1.15**2)
    assert squared.deviation == pytest.approx(1.15**2 - 1)
    assert not squared.passed
    assert changed(squared=True, ours=1e-11, tolerance=3.01).passed
    assert changed(squared=True, ours=1e-11).deviation == pytest.approx(3)


def test_a_fraction_of_the_width():
    """The lower end of (-2, 6): half a unit off is a sixteenth of the width."""
    end = changed(published=-2.0, ours=-2.5, scale=8.0, tolerance=0.07)
    assert end.deviation == pytest.approx(0.0625)
    assert end.passed
    assert changed(published=0.0, ours=0.1, scale=8.0).ratio is None


def test_what_could_not_be_derived_does_not_pass():
    lost = changed(ours=None, error="no such process")
    assert (lost.ratio, lost.deviation, lost.passed) == (None, None, False)
    assert lost.to_json()["error"] == "no such process"


def test_plot():
    """The least telling is drawn last, whatever the order."""
    rows = [changed(level="theory", quantity="last"), UPPER]
    (axes,) = Validation(rows, {}).plot().axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["mine: mu_e upper, 90 %", "mine: last"]
    assert list(axes.lines[0].get_xdata()) == [pytest.approx(1.15)]
