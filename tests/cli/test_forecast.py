"""nudipole forecast"""

from __future__ import annotations

import json

SMALL = ("conus-plus", "--parametrisation", "flavour-diagonal", "--free", "mu_e")


def test_forecast(nudipole, tmp_path):
    result = nudipole("forecast", *SMALL, "--at", "mu_e=6e-10", "--json", "f.json", "--csv", "f.csv")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("flavour-diagonal: conus-plus\n\nmu_e [mu_B], truth 6.00e-10\n")
    assert max(map(len, result.out.splitlines())) <= 80
    assert (tmp_path / "conus-plus-forecast-flavour-diagonal.png").read_bytes().startswith(b"\x89PNG")
    data = json.loads((tmp_path / "f.json").read_text())
    assert data["schema"] == "nudipole-forecast/1"
    assert 0 < data["errors"]["together"]["mu_e"] < 1e-9
    assert (tmp_path / "f.csv").read_text().startswith("experiment,parameter,unit,truth,")


def test_without_a_truth(nudipole):
    result = nudipole("forecast", *SMALL, "--no-plot", "--no-limits")
    assert result.code == 0
    assert "conus-plus  unknown" in result.out
    assert "quadratic" in result.out


def test_wrong_uses(fails):
    assert "forecast: EXPERIMENT... is missing" in fails("forecast")
    assert "--at 'mu_e': write NAME=VALUE" in fails("forecast", *SMALL, "--at", "mu_e")
    assert "unknown parameter of the fit 'mu_mu'" in fails("forecast", *SMALL, "--at", "mu_mu=1e-11")
    assert "unknown --mixing 'free'" in fails("forecast", *SMALL, "--mixing", "free")
