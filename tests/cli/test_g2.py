"""nudipole g2 status and predict."""

from __future__ import annotations

import json

import numpy as np
import pytest


def test_status(nudipole, tmp_path):
    result = nudipole("g2", "status")
    assert (result.code, result.err) == (0, "")
    row = next(line for line in result.out.splitlines() if line.startswith("World 2025 "))
    assert "116592071.5" in row
    assert "+0.6 sd" in row
    for word in ("CERN mu-", "38(63)", "g_s = 2.0023318", "HVP LO", "E821 mu+", "picture: g2-status.png"):
        assert word in result.out
    assert (tmp_path / "g2-status.png").read_bytes().startswith(b"\x89PNG")


def test_status_with_new_physics(nudipole, tmp_path):
    result = nudipole("g2", "status", "--since", 2021, "--term", "Z'=2.5e-9+-0.4e-9", "--json", "-")
    assert result.code == 2  # a quote is no part of a name
    result = nudipole("g2", "status", "--since", 2021, "--term", "leptoquark=2.5e-9+-0.4e-9", "--json", "-")
    assert (result.code, result.err) == (0, "")
    data = json.loads(result.out)
    assert data["predictions"][-1]["added"][0]["name"] == "leptoquark"
    assert data["measurements"][-1]["differences"][0]["sigma"] == pytest.approx(0.2, abs=0.05)
    assert not (tmp_path / "g2-status.png").exists()
    nudipole("g2", "status", "--term", "leptoquark=2.5e-9", "--plot", "own.svg")
    assert "leptoquark" in (tmp_path / "own.svg").read_text()


def test_status_of_2016(nudipole):
    """3.6 and 2.4 standard deviations; Lawe's projections are 5 and 7 to 8, which halved errors overshoot."""
    found = json.loads(nudipole("g2", "status", "--as-of", 2016, "--project", "--json", "-").out)
    assert found["measurements"][-1]["name"] == "e821"
    assert [round(one["sigma"], 1) for one in found["measurements"][-1]["differences"]] == [3.6, 2.4]
    sigma = [next(iter(one["significances"].values())) for one in found["projections"]]
    # 287 and 195 over the errors 63/4 and 49, 54, whole and halved.
    assert sigma == pytest.approx([3.60, 5.58, 9.86, 2.35, 3.47, 6.24], abs=0.02)
    for prediction in found["predictions"]:
        if len(parts := prediction["parts"]) == 5:
            assert prediction["value"] == pytest.approx(sum(part["value"] for part in parts), abs=1e-11)
    low, high = found["precision_needed"]["SM 2011 (e+e-)"]
    for factor, wanted in ((low, 7), (high, 8)):
        assert 287 / np.hypot(63 / 4, 49 / factor) == pytest.approx(wanted, abs=0.01)
    assert found["electron"]["figures"] == [9, 11]
    assert found["electron"]["sigma"] == pytest.approx(-1.05 / np.hypot(0.28, 0.77), abs=0.01)
    text = nudipole("g2", "status", "--as-of", 2016, "--project", "--no-plot").out
    assert "printed 7-8" in text
    assert "World" not in text


def test_predict(nudipole, tmp_path):
    result = nudipole("g2", "predict", "--csv", "curve.csv")
    assert (result.code, result.err) == (0, "")
    verdicts = "reproduced: 26; reproduced with the paper's rounding: 4; not reproduced: 9"
    words = ("6.997e-09", "3.203e-19", "0.349", "0.547", "0.625", "not an error", "picture: g2-predict.png")
    for word in (*words, verdicts, "A ~ E - 1 GeV, 1.93 +- 0.68", "6.97/8"):
        assert word in result.out
    assert len((tmp_path / "curve.csv").read_text().splitlines()) > 100
    assert (tmp_path / "g2-predict.png").read_bytes().startswith(b"\x89PNG")


def test_predict_with_a_measured_asymmetry(nudipole, tmp_path):
    """That of a straight line from 1 GeV is the first row of the averages, whatever its slope."""
    (tmp_path / "measured.csv").write_text("E [GeV],A [1]\n1.0,0\n2.7,0.5\n")
    result = nudipole("g2", "predict", "--asymmetry", "measured.csv", "--json", "-", "--no-plot")
    data = json.loads(result.out)
    assert data["averages"][0]["name"] == "A as given"
    assert data["averages"][0]["mean"] == pytest.approx(1.926e-6, abs=1e-9)
    assert data["averages"][0]["mean"] == pytest.approx(data["averages"][1]["mean"], rel=1e-12)
    piped = nudipole("g2", "predict", "--asymmetry", "-", "--no-plot", stdin="E [GeV],A [1]\n1.0,0\n2.7,0.5\n")
    assert "A as given" in piped.out


def test_windows(nudipole):
    for text in ("1.7..3.1GeV", "1700..3100 MeV", "1700 MeV .. 3.1 GeV"):
        result = nudipole("g2", "predict", "--window", text, "--no-plot")
        assert (result.code, result.err) == (0, "")
        assert "1.7 - 3.1" in result.out


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("status", "--since", 2030), "the last measurement is of 2025"),
        (("status", "--term", "lq"), "leptoquark=2.5e-9"),
        (("status", "--term", "lq=251"), "a_mu is 1.17e-3 in all"),
        (("status", "--term", "lq=1e-9+-x"), "write a name and a pure number"),
        (("status", "--term", "a=1e-9", "--term", "a=2e-9"), "name of its own"),
        (("status", "--as-of", 1950), "before 2001"),
        (("status", "--as-of", 2016, "--since", 2010), "the last measurement is of 2009"),
        (("status", "--plot", "a.gif"), "picture ending"),
        (("status", "--json", "none/a.json"), "there is no folder"),
        (("predict", "--window", "1..2"), "for example 1.0..2.7GeV"),
        (("predict", "--window", "1..2 kg"), "wrong unit"),
        (("predict", "--window", "2.7..1GeV"), "the lower one"),
        (("predict", "--window", "1..9GeV"), "high end"),
        (("predict", "--window", "0.1..0.4GeV"), "mean asymmetry"),
        (("predict", "--coefficient", "old"), "choose from modern, printed"),
        (("predict", "--m-nu", "0.1"), "unit is missing"),
        (("predict", "--m-nu", "-1 eV"), "m_nu"),
        (("predict", "--f", "2"), "f = 2 must lie in"),
        (("predict", "--neutrino", "su2h"), "Majorana neutrinos have none"),
        (("predict", "--set", "f=1"), "write --neutrino MODEL"),
        (("predict", "--spin-plot", "a.txt"), "picture ending"),
        (("predict", "--asymmetry", "none.csv"), "none.csv"),
        (("predict", "--json", "-", "--csv", "-"), "only one of"),
    ],
)
def test_wrong_uses(fails, arguments, word):
    assert word in fails("g2", *arguments)


def test_an_asymmetry_that_ends_within_the_window(fails, tmp_path):
    (tmp_path / "a.csv").write_text("E [GeV],A [1]\n1.2,0.1\n2.6,0.5\n")
    words = "given from 1.2 to 2.6 GeV, the window is"
    assert f"{words} 1 to 2.7 GeV: add rows" in fails("g2", "predict", "--asymmetry", "a.csv")
    assert words in fails("g2", "predict", "--asymmetry", "a.csv", "--window", "1.2..2.7GeV")


def test_an_asymmetry_that_is_none(fails, tmp_path):
    (tmp_path / "a.csv").write_text("E [GeV],A [1]\n1,0\n2,3\n")
    assert "asymmetry = 3" in fails("g2", "predict", "--asymmetry", "a.csv")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00")
    assert "not a text file" in fails("g2", "predict", "--asymmetry", "b.csv")
    (tmp_path / "c.csv").write_text("E,A\n1,0\n2,0.3\n")
    assert "write E [GeV]" in fails("g2", "predict", "--asymmetry", "c.csv")
