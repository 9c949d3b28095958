"""nudipole fit"""

from __future__ import annotations

import json

import pytest

SMALL = ("conus-plus", "--parametrisation", "flavour-diagonal", "--free", "mu_e", "--starts", 2)


def test_fit(nudipole, tmp_path):
    result = nudipole("fit", *SMALL, "--published", "texono-2007-mu-e", "--json", "fit.json", "--csv", "fit.csv")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0] == "flavour-diagonal: 1 experiment and 1 published limit"
    assert lines[1] == "90% CL, two-sided, Delta chi2 = 2.71"
    assert lines[3].split("  ")[0] == "parameter"
    assert lines[4].startswith("mu_e [mu_B]")
    assert max(map(len, lines)) <= 80
    assert "published limit     texono-2007-mu-e: TEXONO 2007: " in result.out
    assert (tmp_path / "conus-plus-fit-flavour-diagonal.png").read_bytes().startswith(b"\x89PNG")
    data = json.loads((tmp_path / "fit.json").read_text())
    assert data["schema"] == "nudipole-fit/1"
    assert data["parameters"]["mu_e"]["profile"]["intervals"][0][1] == pytest.approx(7.4e-11, rel=0.05)
    assert (tmp_path / "fit.csv").read_text().startswith("parameter,unit,others,value")


def test_several_parametrisations_and_held_parameters(nudipole):
    arguments = ("--parametrisation", "charge-radius", "--free", "r2_e", "--set", "mu_mu=2e-11 mu_B", "--no-plot")
    result = nudipole("fit", *SMALL, *arguments)
    assert result.code == 0
    assert "r2_e [cm^2]" in result.out
    assert "held                mu_mu = 2.00e-11" in result.out


def test_the_other_ordering(nudipole):
    result = nudipole("fit", *SMALL, "--ordering", "inverted", "--no-plot", "--no-alone")
    assert "mixing              nufit-6.0-io" in result.out


def test_resume(nudipole, tmp_path):
    first = nudipole("fit", *SMALL, "--resume", "curves", "--no-plot")
    kept = sorted(path.name.partition("-")[2] for path in (tmp_path / "curves").iterdir())
    assert kept == ["0-mu_e.json", "minima.json"]
    assert nudipole("fit", *SMALL, "--resume", "curves", "--no-plot").out == first.out


def test_wrong_uses(fails, tmp_path):
    assert "unknown experiment 'nope'" in fails("fit", "nope")
    assert "unknown parametrisation 'majoran': did you mean 'majorana'" in fails("fit", "--parametrisation", "majoran")
    assert "unknown --ordering 'up': choose from inverted, normal" in fails("fit", "lampf", "--ordering", "up")
    assert "unknown --phases 'free'" in fails("fit", "lampf", "--phases", "free")
    assert "--set phi_2=1.5 mm: '1.5 mm' has the wrong unit" in fails("fit", "lampf", "--set", "phi_2=1.5 mm")
    assert "--set 'phi_2': write NAME=VALUE" in fails("fit", "lampf", "--set", "phi_2")
    assert "leave out one" in fails("fit", "gemma-2012", "--published", "gemma-2012-mu-e")
    both = fails("fit", "lampf", "--published", "gemma-2012-mu-e", "--no-published")
    assert both == "--published and --no-published: leave out one of them"
    (tmp_path / "file").write_text("mine")
    assert "file: is a file: name a folder" in fails("fit", *SMALL, "--resume", "file")
    assert "--cl 90: write a fraction" in fails("fit", "lampf", "--cl", "90")


def test_a_missing_exponent_is_found_out(fails):
    assert "far beyond what experiments see" in fails("fit", "lampf", "--set", "lambda_1=1")
    assert "far beyond what experiments see" in fails("forecast", "lampf", "--at", "lambda_1=3")
