"""nudipole spectrum"""

from __future__ import annotations

import csv
import io
import json

import pytest


def test_spectrum(nudipole, tmp_path):
    result = nudipole("spectrum", "xenonnt-2022", "--mu-nu", "2e-11")
    assert (result.code, result.err) == (0, "")
    assert "observed 433, expected " in result.out
    assert (tmp_path / "xenonnt-2022-spectrum.png").read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "xenonnt-2022-spectrum.csv").read_text())))
    assert len(rows) == 29
    assert sum(float(row["signal pp [1]"]) for row in rows) > 50


def test_standard_model_alone(nudipole, own):
    result = nudipole("spectrum", own, "--csv", "-", "--no-plot")
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert [float(row["observed [1]"]) for row in rows] == [18, 16, 33, 92]
    assert all(float(row["signal pp [1]"]) == 0 for row in rows)
    parts = ("background flat [1]", *(name for name in rows[0] if name.startswith("SM ")))
    for row in rows:
        assert float(row["expected [1]"]) == pytest.approx(sum(float(row[name]) for name in parts), rel=1e-6)


def test_projection_has_no_data(nudipole, own, tmp_path):
    result = nudipole("spectrum", own, "--variant", "projection", "--set", "lambda_1=1e-11", "--set", "phi_1=1")
    assert result.code == 0
    assert "observed" not in result.out
    assert "observed" not in (tmp_path / "my-experiment-projection-spectrum.csv").read_text()
    assert (tmp_path / "my-experiment-projection-spectrum.png").exists()


def test_json(nudipole, own):
    data = json.loads(nudipole("spectrum", own, "--mu-nu", "1e-11", "--json", "-").out)
    assert data["schema"] == "nudipole-spectrum/1"
    assert data["parameters"] == {"mu_nu": 1e-11}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--mu-nu", "nan"], "--mu-nu nan: write a finite number"),
        (["--mu-nu", "inf"], "--mu-nu inf: write a finite number"),
        (["--set", "mu_e"], "--set mu_e: write NAME=VALUE"),
        (["--set", "mu_e="], "--set mu_e=: write NAME=VALUE"),
        (["--set", "mu_e=2e-11 kg"], "--set mu_e '2e-11 kg': '2e-11 kg' has the wrong unit"),
        (["--mu-nu", "2e-11 kg"], "--mu-nu '2e-11 kg': '2e-11 kg' has the wrong unit"),
        (["--set", "mu_e=1e-11", "--set", "mu_e=2e-11"], "mu_e is given twice"),
        (["--mu-nu", "1e-11", "--set", "mu_nu=2e-11"], "mu_nu is given twice"),
        (["--set", "mu_x=1e-11"], "unknown parameter 'mu_x'"),
        (["--set", "=1"], "--set =1: write NAME=VALUE"),
        (["--set", "mu_e=1e-11", "--set", "mu_11=1e-11"], "mu_11"),
        (["--mu-nu", "1e200"], "mu_nu = 1e+200: too large to compute with"),
        (["-o", "x.jpg"], "unknown picture ending '.jpg'"),
        (["-o", "x"], "unknown picture ending 'x'"),
        (["--csv", "nowhere/x.csv"], "there is no folder nowhere"),
    ],
)
def test_wrong(fails, own, arguments, message):
    assert message in fails("spectrum", own, *arguments)


@pytest.mark.parametrize(
    ("words", "parameters"),
    [
        (["--mu-nu", "2e-11 mu_B"], {"mu_nu": 2e-11}),
        (["--set", "mu_e=2e-11mu_B", "--set", "mu_tau=1e-11"], {"mu_e": 2e-11, "mu_tau": 1e-11}),
    ],
)
def test_a_unit_may_stand_behind_a_number(words, parameters):
    from nudipole.cli.spectrum import _parameters

    moment = words[1] if words[0] == "--mu-nu" else None
    assert _parameters(moment, [] if moment else words[1::2]) == pytest.approx(parameters)
