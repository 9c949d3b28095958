"""Tip of the red-giant branch against the reference sheet: mu to 0.01e-12 mu_B."""

from __future__ import annotations

import math

import pytest
from scipy.stats import norm

from nudipole import Neutrino
from nudipole.astrophysics import red_giants
from nudipole.astrophysics.red_giant_inputs import calibrations, theories, theory_of
from nudipole.astrophysics.red_giants import brightening, cls_moment, core_growth, moment_at
from nudipole.errors import ArgumentError, OutOfRange, UnknownName

#: For k = 1.645 and 1.96, of NGC 4258, omega Centauri, F20, Y19; None: no solution.
TABLE = {
    "M_I=-4.00,sigma=0.04": [(1.475, 1.630), (0.922, 1.080), (1.527, 1.664), (0.864, 1.018)],
    "M_I=-4.03,sigma=0.06": [(1.417, 1.603), (0.866, 1.061), (1.486, 1.657), (0.815, 1.008)],
    "M_I=-4.04,sigma=0.08": [(1.532, 1.753), (1.000, 1.226), (1.613, 1.823), (0.958, 1.181)],
    "M_I=-4.09,sigma=0.05": [(0.873, 1.058), (None, 0.343), (0.941, 1.106), (None, 0.164)],
}
NAMES = ("ngc4258", "omega-cen", "lmc-f20", "lmc-y19")


@pytest.mark.parametrize("theory", TABLE)
def test_table_of_the_sheet(theory):
    for name, row in zip(NAMES, TABLE[theory], strict=True):
        for k, expected in zip((1.645, 1.96), row, strict=True):
            found = moment_at(calibrations()[name], theory_of(theory), k)
            assert (found is None) == (expected is None)
            assert found is None or found == pytest.approx(expected, abs=0.001)


def test_formulas_of_the_sheet():
    mu = (1, 1.2, 1.5, 3, 4.5)
    assert [brightening(x) for x in mu] == pytest.approx([-0.07516, -0.10140, -0.14233, -0.34238, -0.51307], abs=6e-6)
    assert [core_growth(x) for x in mu] == pytest.approx([0.006105, 0.008464, 0.012262, 0.031973, 0.049674], abs=6e-7)
    assert brightening(3) == pytest.approx(-0.33, abs=0.02)  # Lu et al., MESA: the luminosity of the tip rises by 35 %
    assert [brightening(x, "mesa") for x in (0.5, 2, 5)] == pytest.approx([-0.011, -0.168, -0.461], abs=1e-9)


def test_published_bounds_need_their_own_theory():
    """1.5 (NGC 4258) and 1.2 (omega Centauri) at k = 1.96 with an error of 0.04: -4.018 and -3.984."""
    for name, mu, M_0 in (("ngc4258", 1.5, -4.018), ("omega-cen", 1.2, -3.984)):
        found = moment_at(calibrations()[name], theory_of(f"M_I={M_0},sigma=0.04"), 1.96)
        assert found == pytest.approx(mu, abs=0.01)
    m5, viaux = calibrations()["m5"], theories()["viaux-2013"]
    assert [moment_at(m5, viaux, k) for k in (1, 1.645, 1.96)] == pytest.approx([2.594, 3.41, 3.86], abs=0.005)
    assert moment_at(calibrations()["ngc4258"], theory_of("capozzi-like"), 1.645, "mesa") == pytest.approx(
        1.72, abs=0.005
    )


def test_sides_are_the_quantiles():
    one = red_giants.red_giant_bound("ngc4258", "capozzi-like")
    two = red_giants.red_giant_bound("ngc4258", "capozzi-like", sides="two")
    assert one.value == pytest.approx(1.475e-12, abs=1e-15)
    assert two.value == pytest.approx(1.630e-12, abs=1e-15)
    assert one.numbers["k"].value == pytest.approx(1.645, abs=2e-4)
    assert two.numbers["k"].value == pytest.approx(1.96, abs=1e-4)
    assert (one.sides, one.cl, one.method) == ("one", 0.95, "stellar-evolution")


def test_no_solution_is_said_and_has_a_value():
    found = red_giants.red_giant_bound("omega-cen", "mesa")
    assert found.method == "cls"
    assert "no solution: theory is 1.84 errors brighter" in found.doubts[0]
    assert found.numbers["without CLs"].value == "no solution"
    assert found.value > 0


def test_cls_is_a_ratio_of_tails():
    observed, theory = calibrations()["omega-cen"], theory_of("mesa")
    mu = cls_moment(observed, theory, 0.05)
    total = math.hypot(observed.error, theory.error)
    faint = observed.M_I - theory.M_I
    assert norm.sf((faint - brightening(mu)) / total) / norm.sf(faint / total) == pytest.approx(0.05, rel=1e-9)
    # Where theory is much fainter than the data the two agree.
    assert cls_moment(observed, theory_of("M_I=-3.6,sigma=0.04"), 0.05) == pytest.approx(
        moment_at(observed, theory_of("M_I=-3.6,sigma=0.04"), norm.isf(0.05)), rel=1e-6
    )


def test_tracks_that_end_bound_nothing():
    found = red_giants.red_giant_bound("m5", "M_I=-3.5,sigma=0.5", cl=0.9999, slope="mesa")
    assert (found.kind, found.value) == ("none", None)
    assert "range of the tracks" in found.reason
    far = red_giants.red_giant_bound("m5", "viaux-2013", cl=0.999)
    assert "extrapolated" in far.doubts[0]


def test_a_neutrino_is_judged():
    dirac = Neutrino.dirac(basis="mass", magnetic=[[0, 2e-12, 0], [2e-12, 0, 0], [0, 0, 0]])
    majorana = Neutrino.majorana(basis="mass", Lambda=[0, 0, 2e-12])
    by_dirac, by_majorana = (red_giants.red_giant_bound(neutrino=one) for one in (dirac, majorana))
    assert by_dirac.moment == pytest.approx(math.sqrt(2) * by_majorana.moment, rel=1e-12, abs=0)
    assert by_majorana.moment == pytest.approx(2e-12, rel=1e-12, abs=0)
    assert (by_dirac.verdict, by_majorana.strength) == ("excluded", pytest.approx(by_dirac.value / 2e-12))


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"calibration": "ngc"}, UnknownName, "did you mean 'ngc4258'"),
        ({"theory": "messa"}, UnknownName, "did you mean 'mesa'"),
        ({"theory": "M_I=-4.0"}, ArgumentError, "write M_I=MAGNITUDE,sigma=ERROR"),
        ({"theory": "M_I=-4.0,sigma=-1"}, ArgumentError, "must lie between 0 and 10 mag"),
        ({"theory": "M_I=x,sigma=1"}, ArgumentError, "write a number, such as -4.03"),
        ({"sides": "both"}, UnknownName, "choose from one, two"),
        ({"slope": "steep"}, UnknownName, "choose from formula, mesa"),
        ({"cl": 95}, OutOfRange, "cl"),
    ],
)
def test_bad_input(settings, error, words):
    with pytest.raises(error, match=words):
        red_giants.red_giant_bound(**settings)


def test_every_pair_of_the_table():
    table = red_giants.red_giant_table()
    assert len(table) == 25
    assert all(one.value is not None for one in table)
