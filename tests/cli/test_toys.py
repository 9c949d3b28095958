"""nudipole toys"""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from nudipole import scans


def test_toys(nudipole, own, tmp_path):
    command = ("toys", "my_experiment.yaml", "--n", "2e3", "--at", "mu_nu=2e-11", "-o", "t.zarr")
    result = nudipole(*command, "--json", "t.json")
    assert (result.code, result.err) == (0, "")
    assert "2000 toys at mu_nu = 2.000e-11 mu_B" in result.out
    row = next(line for line in result.out.splitlines() if line.strip().startswith("90 %"))
    t, error, asymptotic = map(float, re.findall(r"\d+\.\d+", row)[:3])
    # Many events: the toys follow the asymptotic distribution to a few per cent.
    assert t == pytest.approx(asymptotic, abs=4 * error + 0.05 * asymptotic)
    assert (tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")
    data = json.loads((tmp_path / "t.json").read_text())
    assert (data["schema"], data["seed"], data["unit"]) == ("nudipole-toys/1", 1, "mu_B")
    assert data["ensembles"][0]["toys"] == 2000
    assert data["ensembles"][0]["quantiles"][1]["t"] == pytest.approx(t, abs=6e-4)
    dataset = scans.open_store(tmp_path / "t.zarr")
    assert dict(dataset.sizes) == {"mu_nu": 1, "toy": 2000}
    # Again: nothing is left to do, and the same is printed.
    again = nudipole(*command)
    assert again.code == 0
    assert again.out.splitlines()[:7] == result.out.splitlines()[:7]


def test_background_only(nudipole, own, tmp_path):
    result = nudipole(
        "toys", "my_experiment.yaml", "--n", 500, "--at", "mu_nu=0", "--at", "mu_nu=1e-11 mu_B", "--tested",
        "mu_nu=4e-11", "--seed", 3, "-o", "t.zarr", "--json", "-",
    )  # fmt: skip
    assert (result.code, result.err) == (0, "")
    data = json.loads(result.out)
    assert [item["truth"] for item in data["ensembles"]] == [0.0, 1e-11]
    assert {item["tested"] for item in data["ensembles"]} == {4e-11}
    assert all(q["t_asymptotic"] is None for item in data["ensembles"] for q in item["quantiles"])
    assert not list(tmp_path.glob("*.png"))
    # The closer the truth to what is tested, the smaller t.
    far, near = (item["quantiles"][0]["t"] for item in data["ensembles"])
    assert near < far


def test_seed_and_variant(nudipole, own, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        arguments = ["--n", 200, "--at", "mu_nu=0", "--variant", "projection", "--no-plot", "--seed", seed]
        assert nudipole("toys", "my_experiment.yaml", *arguments, "-o", f"{name}.zarr").code == 0
    a, b, c = (scans.open_store(tmp_path / f"{name}.zarr")["best_fit"].values for name in "abc")
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--at", "mu_nu", "-o", "t.zarr"], "--at 'mu_nu': write for example mu_nu=6e-12"),
        (["--at", "mu_x=1", "-o", "t.zarr"], "--at mu_x=1: unknown parameter 'mu_x'"),
        (["--at", "mu_nu=1 keV", "-o", "t.zarr"], "has the wrong unit: a quantity such as '1e-11 mu_B' is due"),
        (["--at", "mu_nu=-1e-11", "-o", "t.zarr"], "write no negative value"),
        (["--at", "phi_1=1", "-o", "t.zarr"], "alone changes no rate"),
        (["--at", "mu_nu=0", "--at", "mu_e=0", "-o", "t.zarr"], "--at mu_e: the truths are of one parameter"),
        (["--at", "mu_nu=0", "--tested", "mu_e=0", "-o", "t.zarr"], "the truth is of mu_nu, test the same"),
        (["--at", "mu_nu=0", "--n", "0", "-o", "t.zarr"], "--n 0: write a whole number from 1"),
        (["--at", "mu_nu=0", "--n", "1.5", "-o", "t.zarr"], "--n 1.5: write a whole number"),
        (["--at", "mu_nu=0", "--n", "x", "-o", "t.zarr"], "--n x: write a whole number"),
        (["--at", "mu_nu=0", "-o", "t.nc"], "t.nc: the name of a store ends with .zarr"),
        (["--at", "mu_nu=0", "-o", "none/t.zarr"], "there is no folder none"),
        (["--at", "mu_nu=0", "-o", "there.zarr"], "there.zarr: is there already and no store of nudipole"),
        (["--at", "mu_nu=0", "-o", "t.zarr", "--scheduler", "localhost"], "write tcp://HOST:PORT"),
        (["--at", "mu_nu=0", "-o", "t.zarr", "--plot", "x.jpg"], "unknown picture ending"),
    ],
)
def test_wrong_uses(fails, own, tmp_path, arguments, message):
    (tmp_path / "there.zarr").write_text("")
    assert message in fails("toys", "my_experiment.yaml", *arguments)
    assert not (tmp_path / "t.zarr").exists()


def test_continued_with_something_else(nudipole, fails, own):
    command = ("toys", "my_experiment.yaml", "--n", "200", "--at", "mu_nu=0", "--no-plot", "-o", "t.zarr")
    assert nudipole(*command).code == 0
    assert "t.zarr: was begun with seed 1, not 2: repeat it as it was begun" in fails(*command, "--seed", 2)
    own.write_text(own.read_text().replace("1 t yr", "2 t yr"))
    assert "t.zarr: was begun with another my-experiment.yaml" in fails(*command)


def test_interrupted(nudipole, own, monkeypatch):
    def stop(text, numbers):
        yield from scans.Threads(1)(text, numbers[:1])
        raise KeyboardInterrupt

    command = ("toys", "my_experiment.yaml", "--n", "3e4", "--at", "mu_nu=0", "--no-plot", "-o", "t.zarr")
    with monkeypatch.context() as patch:
        patch.setattr(scans, "executor", lambda *_: stop)
        result = nudipole(*command)
    assert result.code == 130
    assert re.match(
        r"nudipole: interrupted: 10000 of 30000 toys are in t.zarr; the same command continues\n", result.err
    )
    assert "30000 toys" in nudipole(*command).out
