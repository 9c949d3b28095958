"""nudipole scan"""

from __future__ import annotations

import json

import numpy as np
import pytest

from nudipole import scans

PROFILE = """\
experiments: [my_experiment.yaml]
parameters:
  mu_e: {from: 0 mu_B, to: 5e-11 mu_B, points: 9}
  mu_mu: {from: 0 mu_B, to: 5e-11 mu_B, points: 9}
quantity: delta-chi2
"""
TOYS = """\
experiments: [my_experiment.yaml]
parameters: {mu_nu: {values: [0 mu_B, 1e-11 mu_B, 3e-11 mu_B]}}
toys: 200
seed: 4
"""


def test_profile(nudipole, own, tmp_path):
    (tmp_path / "study.yaml").write_text(PROFILE)
    result = nudipole("scan", "study.yaml", "-o", "s.zarr", "--plot", "s.png", "--json", "s.json")
    assert (result.code, result.err) == (0, "")
    assert "9 x 9 points; least chi2 within their range" in result.out
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")
    data = json.loads((tmp_path / "s.json").read_text())
    assert (data["schema"], data["quantity"]) == ("nudipole-scan/1", "delta-chi2")
    assert list(data["parameters"]) == ["mu_e", "mu_mu"]
    dataset = scans.open_store(tmp_path / "s.zarr")
    assert data["chi2_min"] <= float(dataset["chi2"].min())
    assert np.all(dataset["delta_chi2"] >= 0)


def test_profile_from_standard_input(nudipole, own):
    one = PROFILE.replace("  mu_mu: {from: 0 mu_B, to: 5e-11 mu_B, points: 9}\n", "")
    result = nudipole("scan", "-", "-o", "s.zarr", "--plot", "s.png", stdin=one)
    assert (result.code, result.err) == (0, "")
    assert "9 points" in result.out


def test_toys_on_a_grid(nudipole, own, tmp_path):
    (tmp_path / "study.yaml").write_text(TOYS)
    result = nudipole("scan", "study.yaml", "-o", "s.zarr", "--json", "s.json")
    assert (result.code, result.err) == (0, "")
    assert result.out.count("200 toys at mu_nu") == 3
    data = json.loads((tmp_path / "s.json").read_text())
    assert len(data["ensembles"]) == 3
    assert data["chi2_min"] is None
    assert dict(scans.open_store(tmp_path / "s.zarr").sizes) == {"mu_nu": 3, "toy": 200}


@pytest.mark.parametrize(
    ("old", "new", "arguments", "message"),
    [
        ("0 mu_B, to", "0, to", [], "study.yaml: parameters.mu_e.from: a unit is missing"),
        ("delta-chi2", "chi2", [], "study.yaml: quantity: must be 'delta-chi2'"),
        ("my_experiment.yaml", "nope.yaml", [], "study.yaml: experiments[0]: unknown experiment 'nope.yaml'"),
        ("mu_mu", "r2_e", [], "study.yaml: parameters.r2_e: belongs to another parametrisation"),
        ("", "", ["-o", "s.h5"], "s.h5: the name of a store ends with .zarr"),
        ("", "", ["--plot", "none/s.png"], "there is no folder none"),
        ("", "", ["--scheduler", "8786"], "write tcp://HOST:PORT"),
        (PROFILE[PROFILE.index("parameters") :], TOYS[TOYS.index("parameters") :], ["--plot", "s.png"], "--plot draws"),
    ],
)
def test_wrong_uses(fails, own, tmp_path, old, new, arguments, message):
    (tmp_path / "study.yaml").write_text(PROFILE.replace(old, new) if old else PROFILE)
    output = [] if "-o" in arguments else ["-o", "s.zarr"]
    assert message in fails("scan", "study.yaml", *output, *arguments)
    assert not (tmp_path / "s.zarr").exists()


def test_no_study(fails):
    assert fails("scan", "nope.yaml", "-o", "s.zarr") == "nope.yaml: no such file"
