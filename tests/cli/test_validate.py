"""nudipole validate, and the page about the library."""

from __future__ import annotations

import json

import pytest

import nudipole as nd

PUBLISHED = """
published:
  - parameter: mu_nu
    upper: UPPER mu_B
    cl: 0.9
    construction: of theirs
    reference: {texkey: "Author:2026abc"}
    compare: {errors: [{of: all of it, size: 14 %, reference: invented}]}
"""


def written(own, upper):
    own.write_text(own.read_text() + PUBLISHED.replace("UPPER", upper))


def test_validate(nudipole, own, tmp_path, by_hand):
    written(own, "1.60e-11")
    result = nudipole("validate", "my_experiment.yaml", "--jobs", 1, "--plot", "v.png", "--json", "v.json")
    assert (result.code, result.err) == (0, "")
    row = next(line for line in result.out.splitlines() if "my-experiment" in line)
    for word in ("mu_nu upper, 90 % [mu_B]", "1.60e-11", "14 %", "reproduced"):
        assert word in row
    assert "1 published numbers: 1 reproduced" in result.out
    assert (tmp_path / "v.png").read_bytes().startswith(b"\x89PNG")
    data = json.loads((tmp_path / "v.json").read_text())
    assert (data["schema"], data["derived"], data["classes"]) == ("nudipole-validation/2", True, {"reproduced": 1})
    limit = nd.limit(nd.load(own))
    assert limit.upper == pytest.approx(by_hand(limit), rel=1e-3)
    assert data["rows"][0]["ratio"] == pytest.approx(limit.upper / 1.60e-11, rel=1e-6)  # to the convergence of two fits


def test_not_reproduced(nudipole, own):
    """It is a result, said first; with --strict it is also the exit code."""
    written(own, "1e-13")
    result = nudipole("validate", "my_experiment.yaml", "--markdown", "-")
    assert result.code == 0
    assert result.out.startswith("# Published numbers, derived again\n\n**Not reproduced: my-experiment: mu_nu upper")
    assert nudipole("validate", "my_experiment.yaml", "--strict").code == 1


def test_an_experiment_that_fails_is_a_line(nudipole, own, tmp_path):
    beam = "{kind: mono-energetic, energy: 1 keV, flux: 1e11 1/(cm^2 s)}"
    text = own.read_text().replace("source: {kind: solar}", f"source: {beam}")
    (tmp_path / "below.yaml").write_text(text + PUBLISHED.replace("UPPER", "1e-11"))
    result = nudipole("validate", "my_experiment.yaml", "below.yaml", "--jobs", 1)
    assert result.code == 1
    assert "below.yaml: could not be evaluated: " in result.out or "not derived" in result.out


def test_nothing_to_compare(nudipole, own):
    result = nudipole("validate", "my_experiment.yaml")
    assert result.code == 0
    assert "nothing to compare" in result.out


def test_wrong_uses(fails, own):
    assert "unknown experiment 'nope'" in fails("validate", "nope")
    assert "only one of" in fails("validate", "my_experiment.yaml", "--json", "-", "--markdown", "-")
    assert "there is no folder" in fails("validate", "my_experiment.yaml", "--markdown", "none/v.md")
    assert "there is no folder" in fails("experiments", "--markdown", "none/e.md")


def test_limit_of_several(nudipole, own, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(own.read_text().replace("my-experiment", "other").replace("data.csv", "other.csv"))
    (tmp_path / "other.csv").write_text("observed [1]\n18\n16\n33\n91\n")
    result = nudipole("limit", "my_experiment.yaml", "other.yaml", "--json", "both.json")
    assert (result.code, result.err) == (0, "")
    data = json.loads((tmp_path / "both.json").read_text())
    assert data["experiment"] == "my-experiment + other"
    alone = [item["upper"] for item in data["experiments"]]
    assert len(alone) == 2
    assert data["upper"] < min(alone)
    assert (tmp_path / "my-experiment+other-mu_nu.png").exists()
    names = list(data["best_fit"]["nuisances"])
    assert {"my-experiment/flat", "other/flat"} <= set(names)
    assert sum("flux" in name for name in names) == len({name for name in names if "flux" in name})
    assert not any("/" in name for name in names if "flux" in name)


def test_wrong_combinations(fails, own, tmp_path):
    assert "twice in one combination" in fails("limit", "my_experiment.yaml", "my_experiment.yaml")
    (tmp_path / "copy.yaml").write_text(own.read_text().replace("my-experiment", "copy"))
    found = fails("limit", "my_experiment.yaml", "copy.yaml")
    assert "my-experiment and copy have the same data, 4 equal counts, which would count double: leave out one" in found
    found = fails("limit", "coherent-csi-2021", "coherent-csi-2017")
    assert found.startswith("coherent-csi-2021 and coherent-csi-2017 use the same data, which would count double")
    assert "--variant goes with one" in fails("limit", "my_experiment.yaml", "xenonnt-2022", "--variant", "projection")
