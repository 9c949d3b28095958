"""The examples that ship, through every command that a user would try on them."""

from __future__ import annotations

import json

import pytest

from nudipole.experiments import examples

#: A key of each description that a user would vary, and the signal that it changes.
VARIED = {
    "example-accelerator-angle": ("process.angle.E_theta2=0.5,5 MeV", "mu_mu"),
    "example-cr51-scintillator": ("source.distance=3,6 m", "mu_e"),
    "example-reactor-ge": ("detector.threshold=0.2..1keV", "q_e"),
    "example-sns-csi": ("detector.threshold=0.6,0.9 keV", "r2_mu"),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        name if name in ("example-sns-csi", "example-reactor-ge") else pytest.param(name, marks=pytest.mark.long)
        for name in examples()
    ],
)
def test_every_command(nudipole, tmp_path, name):
    vary, parameter = VARIED[name]
    checked = nudipole("check", name)
    assert checked.code == 0, checked.err
    assert (tmp_path / f"{name}-check.png").stat().st_size > 50_000
    limit = json.loads(nudipole("limit", name, "--json", "-", "--parameter", parameter).out)
    assert limit["upper"] > 0
    spectrum = json.loads(nudipole("spectrum", name, "--mu-nu", "1e-10", "--json", "-").out)
    columns = spectrum["columns"]
    assert sum(sum(column) for key, column in columns.items() if key.startswith("signal ")) > 0
    arguments = ("--vary", vary, "--points", "2", "--json", "-", "--parameter", parameter)
    curve = json.loads(nudipole("sensitivity", name, *arguments).out)
    assert len(curve["expected_upper"]) == 2
    assert all(value > 0 for value in curve["expected_upper"])
    assert curve["expected_upper"][0] != curve["expected_upper"][1]
