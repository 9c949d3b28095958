"""Measurements, averages, predictions and their differences against what was printed."""

import math

import pytest

from nudipole import bibliography
from nudipole.errors import NudipoleError, OutOfRange, UnknownName
from nudipole.muon_g2.world.measurements import COMBINATIONS, combined, constant, measurement, measurements
from nudipole.muon_g2.world.predictions import Difference, Term, g_s, prediction, predictions, projected
from nudipole.muon_g2.world.status import status

UNIT = 1e-11


@pytest.mark.parametrize("name", measurements())
def test_measurement(name):
    one = measurement(name)
    assert 1979 <= one.year <= 2025
    assert one.value == pytest.approx(1.16592e-3, rel=2e-5)
    assert 0 < one.error < 2e-8
    assert one.kind in ("measurement", "average")
    assert one.status in ("published", "secondary", "to-verify")
    bibliography.entry(one.texkey)
    if one.stat is not None and one.syst is not None:
        # Printed totals contain constants, too, and rounding: up to 2 %.
        assert math.hypot(one.stat, one.syst) == pytest.approx(one.error, rel=0.02)


def test_measurements_are_in_the_order_of_their_years():
    years = [one.year for one in measurements().values()]
    assert years == sorted(years)


def test_relative_errors_as_printed():
    """0.54, 0.46, 0.21, 0.20 (0.21 from rounded numbers), 0.19 ppm, 127 and 124 ppb."""
    printed = {
        "e821": 0.54,
        "fnal-run1": 0.46,
        "fnal-run23": 0.21,
        "world-2023": 0.19,
        "fnal": 0.127,
        "world-2025": 0.124,
    }
    for name, ppm in printed.items():
        assert measurement(name).ppm == pytest.approx(ppm, abs=0.005 if ppm > 0.15 else 5e-4)


@pytest.mark.parametrize("name", COMBINATIONS)
def test_published_averages_come_out(name):
    """To the digits printed: 1, but 10 for E821 of 2004 (whose parts are printed to 10), 0.1 for 2025."""
    ours, published = combined(COMBINATIONS[name]), measurement(name)
    digit = {"e821-published": 10, "world-2025": 0.1}.get(name, 1)
    assert ours.value == pytest.approx(published.value, rel=0, abs=0.51 * digit * UNIT)
    assert ours.error == pytest.approx(published.error, rel=0.02)  # of two digits


def test_average_of_independent_values_by_hand():
    ours = combined(["cern-1979-plus", "cern-1979-minus"])
    weights = [1 / 1100**2, 1 / 1200**2]
    by_hand = (weights[0] * 116591000 + weights[1] * 116593600) / sum(weights)
    assert ours.value / UNIT == pytest.approx(by_hand, rel=1e-12)
    assert ours.error / UNIT == pytest.approx(sum(weights) ** -0.5, rel=1e-12)
    assert (ours.particle, ours.kind) == ("mu+-", "combination")


def test_correlation_of_the_systematic_errors_matters():
    """Independent, Run-1 and Run-2/3 would average to 22.7; published is 24."""
    ours = combined(["fnal-run1", "fnal-run23"]).error
    assert ours > (1 / 54**2 + 1 / 25**2) ** -0.5 * UNIT * 1.03


def test_combining_twice_is_refused():
    with pytest.raises(NudipoleError, match="once"):
        combined(["e821", "e821"])


@pytest.mark.parametrize(
    ("name", "reference", "value", "error"),
    [
        ("e821", "wp2020", 279, 76),
        ("world-2021", "wp2020", 251, 59),
        ("world-2023", "wp2025", 26, 66),
        ("world-2025", "wp2025", 38, 63),
        ("fnal-run1", "wp2020", 230, 69),
        ("world-2023", "wp2020", 249, 48),
    ],
)
def test_differences_as_printed(name, reference, value, error):
    """To one in the last digit, as differences of rounded numbers are."""
    difference = Difference(measurement(name), prediction(reference))
    assert difference.value == pytest.approx(value * UNIT, rel=0, abs=0.51 * UNIT)
    assert difference.error == pytest.approx(error * UNIT, rel=0, abs=UNIT)
    assert difference.sigma == pytest.approx(difference.value / difference.error)


def test_the_tension_of_2021_was_4_2_sigma_and_is_gone():
    then = Difference(measurement("world-2021"), prediction("wp2020"))
    now = Difference(measurement("world-2025"), prediction("wp2025"))
    assert then.sigma == pytest.approx(4.2, abs=0.05)
    assert now.sigma == pytest.approx(0.6, abs=0.05)
    assert then.ppm == pytest.approx((2.153, 0.506), abs=0.005)
    assert now.ppm == pytest.approx((0.326, 0.540), abs=0.007)


def test_parts_of_the_white_paper_add_up_to_its_total():
    """116591809.6, and the errors of the parts to 43 with the two of light-by-light added linearly."""
    total = prediction("wp2020")
    assert sum(part.value for part in total.parts) == pytest.approx(total.value, rel=0, abs=0.5 * UNIT)
    assert math.hypot(*(part.error for part in total.parts)) == pytest.approx(total.error, rel=0.02)
    lattice = prediction("wp2025").parts
    assert [part.name for part in lattice] == ["HVP LO"]
    assert lattice[0].error / lattice[0].value == pytest.approx(0.009, abs=5e-4)  # "about 0.9 %"
    for one in predictions().values():
        bibliography.entry(one.texkey)


def test_new_physics_is_a_named_term():
    new = prediction("wp2025").plus(Term("one", 100e-11, 30e-11), Term("two", -50e-11))
    assert new.value == pytest.approx(prediction("wp2025").value + 50e-11, rel=1e-15)
    assert new.error == pytest.approx(math.hypot(62e-11, 30e-11))
    assert new.label == "White paper 2025 + one + two"
    assert prediction("wp2025").added == ()
    with pytest.raises(NudipoleError, match="name of its own"):
        new.plus(Term("one", 1e-11))
    with pytest.raises(OutOfRange):
        Term("broken", math.nan)
    with pytest.raises(OutOfRange):
        Term("broken", 1e-9, -1e-10)


def test_g_factor_of_the_spin():
    assert g_s(measurement("world-2025").value) == pytest.approx(2.002331841430, abs=1e-12)


def test_projected_significance():
    assert projected(251e-11, [41e-11, 43e-11]) == pytest.approx(4.2, abs=0.05)
    with pytest.raises(OutOfRange):
        projected(1e-9, [])


def test_constants():
    assert constant("lambda", "codata-2018").value == 3.183345142
    with pytest.raises(UnknownName, match="constant"):
        constant("lambda", "codata")
    with pytest.raises(UnknownName, match="did you mean 'fnal'"):
        measurement("fnl")
    with pytest.raises(UnknownName, match="did you mean 'wp2025'"):
        prediction("wp202")


def test_status():
    everything = status()
    assert len(everything.measurements) == len(measurements())
    recent = status(since=2021, terms=[Term("x", 1e-9)])
    assert min(one.year for one in recent.measurements) == 2021
    assert [one.label for one in recent.references] == ["White paper 2020 + x", "White paper 2025 + x"]
    data = recent.to_json()
    assert data["schema"] == "nudipole-g2-status/1"
    assert data["measurements"][-1]["differences"][1]["sigma"] == pytest.approx((38.5 - 100) / 63.7, abs=0.01)
    with pytest.raises(NudipoleError, match="last measurement is of 2025"):
        status(since=2030)


def test_plot():
    everything = status()
    wide, narrow = everything.plot().axes
    assert len(wide.get_yticks()) == len(everything.measurements)
    assert len(wide.patches) == len(narrow.patches) == len(everything.drawn) == 2
