"""simulate, fit, test and forecast: the chain of files, and what goes wrong in one line."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from nudipole.muon_g2.wiggle import store

SMALL = ("g2", "simulate", "-n", "1e8", "--energy-bins", "1.6..3.1GeV/0.5", "--time-bins", "30..200us/0.1492")


def test_from_simulation_to_test(nudipole, tmp_path):
    made = nudipole(*SMALL, "--shift", "--seed", "3", "--json", "made.json", "-o", "w.zarr")
    assert made.code == 0, made.err
    assert "picture: w.png" in made.out
    truth = json.loads((tmp_path / "made.json").read_text())
    assert truth["truth"]["seed"] == 3
    assert truth["positrons"] == sum(truth["counts_by_energy"]) == int(store.read("w.zarr").counts.sum())
    fitted = nudipole("g2", "fit", "w.zarr", "--csv", "omega.csv", "--json", "fit.json", "--parameters", "all.csv")
    assert fitted.code == 0, fitted.err
    assert "T method" in fitted.out
    assert "ratio method" in fitted.out
    record = json.loads((tmp_path / "fit.json").read_text())
    assert record["schema"] == "nudipole-g2-fit/1"
    assert [m["method"] for m in record["methods"]] == ["T", "A", "ratio"]
    assert len(record["energy_bins"]) == 3
    for one in (*record["energy_bins"], *record["methods"]):
        assert abs(one["deviation [ppm]"]) < 5 * one["error [ppm]"] + 5
        assert one["p_value"] > 1e-4
    tested = nudipole("g2", "test", "omega.csv", "--json", "-")
    result = json.loads(tested.out)
    assert result["ndof"] == 2
    assert "GENERATED" in result["note"]
    assert result["delta_chi2"] == pytest.approx(result["constant"]["chi2"] - result["model"]["chi2"])
    assert {"w.png", "w-fit.png", "omega.csv", "all.csv"} <= {path.name for path in tmp_path.iterdir()}
    rows = np.loadtxt(tmp_path / "all.csv", delimiter=",", skiprows=1, usecols=range(14))
    assert rows.shape == (3, 14)
    assert all(line.endswith(",ok") for line in (tmp_path / "all.csv").read_text().splitlines()[1:])


def test_the_same_seed_gives_the_same_file(nudipole):
    for name in ("a", "b"):
        assert nudipole(*SMALL, "--no-plot", "-o", f"{name}.zarr").code == 0
    assert np.array_equal(store.read("a.zarr").counts, store.read("b.zarr").counts)


def test_terms_and_window(nudipole):
    assert (
        nudipole(*SMALL, "--pileup", "0.02", "--loss", "0.01", "--cbo", "0.01", "--no-plot", "-o", "w.zarr").code == 0
    )
    fitted = nudipole(
        "g2", "fit", "w.zarr", "--terms", "pileup,loss,cbo", "--start", "40us", "--stop", "180 us", "--methods", "T",
        "--json", "-",
    )  # fmt: skip
    assert fitted.code == 0, fitted.err
    record = json.loads(fitted.out)
    assert record["time_window [us]"] == pytest.approx([40, 180], abs=0.15)
    assert {"pileup [1]", "loss [1]", "A_cbo [1]"} <= set(record["energy_bins"][0]["values"])


def test_the_example(nudipole, tmp_path):
    result = nudipole("g2", "test", "example")
    assert result.code == 0
    assert "GENERATED pseudo-data, not measured" in result.out
    assert "cannot decide" in result.out
    assert (tmp_path / "example-test.png").is_file()
    paper = json.loads(nudipole("g2", "test", "example", "--curve", "paper", "--json", "-").out)
    assert paper["columns"]["shift [ppm]"][-1] == pytest.approx(0, abs=1e-6)


def test_forecast(nudipole, tmp_path):
    result = nudipole("g2", "forecast", "--positrons", "1e11", "--json", "f.json")
    assert result.code == 0
    assert re.search(r"Fermilab Run-1 to 6 +fit", result.out)
    assert "to-verify" in result.out
    records = json.loads((tmp_path / "f.json").read_text())["forecasts"]
    assert len(records) == 10
    separations = [record["separation [sigma]"] for record in records[:4]]
    assert separations == sorted(separations)
    assert (tmp_path / "g2-forecast-positrons-100000000000.png").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("simulate", "-n", "-1"), "positrons = -1"),
        (("simulate", "-n", "nan"), "positrons"),
        (("simulate", "-n", "1e30"), "must lie in"),
        (("simulate", "--energy-bins", "1..3"), "--energy-bins '1..3': write LOW..HIGH UNIT/WIDTH"),
        (("simulate", "--energy-bins", "1..9GeV/1"), "every bin must begin within"),
        (("simulate", "--time-bins", "30..31us/0.5"), "more than ten"),
        (("simulate", "--time-bins", "30..650us/1e-6"), "too many|at most"),
        (("simulate", "--polarisation", "2"), "polarisation"),
        (("simulate", "--phase", "inf"), "--phase"),
        (("simulate", "--pileup", "0.9"), "pile-up fraction"),
        (("simulate", "-o", "wiggle.h5"), r"must end with \.zarr"),
        (("simulate", "-o", "nowhere/wiggle.zarr"), "no folder nowhere"),
        (("simulate", "--plot", "w.gif"), "picture ending"),
        (("fit", "absent.zarr"), "there is no such folder"),
        (("fit", "w.zarr", "--methods", "Q"), "unknown method 'Q'"),
        (("fit", "w.zarr", "--statistic", "gauss"), "unknown statistic"),
        (("fit", "w.zarr", "--terms", "gain"), "unknown term"),
        (("fit", "w.zarr", "--threshold", "5 GeV"), "threshold"),
        (("fit", "w.zarr", "--threshold", "2.9 GeV"), "lower it"),
        (("fit", "w.zarr", "--threshold", "2"), "unit is missing"),
        (("fit", "w.zarr", "--start", "300us"), "holds 0 bins"),
        (("fit", "w.zarr", "--mask", "300..310us"), "leaves out nothing"),
        (("fit", "w.zarr", "--mask", "310..300us"), "the lower one"),
        (("fit", "w.zarr", "--mask", "30..199.5us"), "bins of time are left"),
        (("fit", "w.zarr", "--energies", "0.1..0.2GeV"), "has no bin between"),
        (("fit", "w.zarr", "--axes", "time us"), "ROOT files only"),
        (("fit", "absent.csv", "--energies", "1..2GeV"), "absent.csv"),
        (("fit", "absent.root"), "there is no such file|pip install"),
        (("fit", "w.zarr", "--start", "3 GeV"), "wrong unit"),
        (("fit", "w.zarr", "--json", "-", "--csv", "-"), "only one of"),
        (("fit", "w.zarr", "--parameters", "-"), "--parameters"),
        (("test", "absent.csv"), "absent.csv"),
        (("test", "w.zarr"), "w.zarr"),
        (("test", "example", "--curve", "mine"), "unknown curve"),
        (("test", "example", "--plot", "x.bmp"), "picture ending"),
        (("forecast", "--curves", "mine"), "unknown curve"),
        (("forecast", "--curves", ","), "--curves"),
        (("forecast", "--positrons", "0"), "positrons"),
        (("forecast", "--positrons", "1e9", "--energy-bins", "3..1GeV/1"), "--energy-bins"),
    ],
)
def test_one_line_for_what_is_wrong(arguments, message, nudipole, fails):
    if "w.zarr" in arguments:
        assert nudipole(*SMALL, "--no-plot", "-o", "w.zarr").code == 0
    assert re.search(message, fails("g2", *arguments))


def test_empty_bins_are_named(nudipole, fails):
    assert nudipole("g2", "simulate", "-n", "1000", "--energy-bins", "2..3.1GeV/0.1", "--no-plot").code == 0
    assert re.search(r"the energy bin .* GeV has \d+ positrons: a fit needs 100", fails("g2", "fit", "wiggle.zarr"))


def test_help_is_light(nudipole):
    for command in ("simulate", "fit", "test", "forecast"):
        assert f"nudipole g2 {command} [OPTIONS]" in nudipole("g2", command, "-h").out
