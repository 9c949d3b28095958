"""nudipole plot: pictures of records and of cross sections, their CSV, and one line for what is wrong."""

from __future__ import annotations

import csv
import json

import pytest


@pytest.mark.parametrize(
    ("command", "file", "words"),
    [
        (("limits", "--mark", "mine=2e-11 mu_B"), "limits-magnetic-moment.png", "the Sun"),
        (("history", "--columns", "1"), "history-magnetic-moment.png", "reactors"),
        (("millicharges",), "limits-millicharge.png", "model dependent"),
        (("charge-radii",), "limits-charge-radius.png", "records without a number in the common convention"),
        (("antineutrinos",), "limits-antineutrino-conversion.png", "the Sun"),
        (("fluxes",), "fluxes.png", "pp (solar)"),
        (("cross-sections",), "cross-sections-Xe.png", "above the Standard Model below 2.47 keV"),
    ],
)
def test_pictures(nudipole, tmp_path, command, file, words):
    result = nudipole("plot", *command)
    assert (result.code, result.err) == (0, "")
    assert words in result.out
    assert (tmp_path / file).stat().st_size > 10_000


def test_numbers_beside_the_picture(nudipole):
    found = json.loads(nudipole("plot", "limits", "--flavour", "e", "--most", "0", "--json", "-").out)
    ends = {bar["record"]: bar["high"] for bar in found["bars"]}
    assert ends["gemma-2012-mu-e"] == 2.9e-11
    rows = list(csv.reader(nudipole("plot", "cross-sections", "--target", "Ge", "--csv", "-").out.splitlines()))
    assert rows[0][:2] == ["T [keV]", "nu-e, Standard Model [cm^2/keV]"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("limits", "--property", "mass"), "unknown property 'mass'"),
        (("limits", "--mark", "mine=much"), "--mark mine=much: write a number in mu_B"),
        (("limits", "--mass", "1"), "--mass '1': a unit is missing"),
        (("limits", "--flavour", "4"), "unknown flavour '4'"),
        (("history", "--nature", "weyl"), "unknown nature 'weyl'"),
        (("fluxes", "nowhere"), "unknown experiment 'nowhere'"),
        (("cross-sections", "--energy", "3"), "--energy '3': a unit is missing"),
        (("cross-sections", "--target", "Zz"), "unknown element 'Zz'"),
    ],
)
def test_what_is_wrong(fails, arguments, words):
    assert words in fails("plot", *arguments)
