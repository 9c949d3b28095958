"""nudipole report"""

from __future__ import annotations

import json

import pytest


@pytest.mark.slow
def test_report(nudipole, own, tmp_path):
    text = (tmp_path / "my_experiment.yaml").read_text()
    beam = "source: {kind: mono-energetic, energy: 1 keV, flux: 1e11 1/(cm^2 s)}"
    lines = [beam if line.startswith("source:") else line for line in text.splitlines()]
    (tmp_path / "below.yaml").write_text("\n".join(lines), encoding="utf-8")
    result = nudipole("report", "my_experiment.yaml", "below.yaml", "--json", "r.json", "--jobs", 1)
    assert result.code == 1
    assert "below.yaml: failed: " in result.out
    assert "report: report/index.html" in result.out
    page = (tmp_path / "report" / "index.html").read_text()
    assert "my-experiment" in page
    assert "could not be evaluated" in page
    data = json.loads((tmp_path / "r.json").read_text())
    assert [limit["variant"] for limit in data["limits"]] == [None, "projection"]
    assert list(data["failures"]) == ["below.yaml"]


def test_wrong_names_come_first(nudipole, own, tmp_path):
    result = nudipole("report", "my_experiment.yaml", "nope")
    assert result.code == 2
    assert "unknown experiment 'nope'" in result.err
    assert not (tmp_path / "report" / "index.html").exists()


@pytest.mark.slow
def test_neutrino(nudipole, own, tmp_path):
    """Its verdict is in the page and in JSON; a file that is wrong ends it before anything is computed."""
    (tmp_path / "n.yaml").write_text("nature: dirac\nbasis: flavour\nmu: [[3e-9 mu_B, 0, 0], [0, 0, 0], [0, 0, 0]]\n")
    result = nudipole("report", "lampf", "--neutrino", "n.yaml", "--output", "r.html", "--json", "r.json", "--jobs", 1)
    assert result.code == 0
    assert "excluded at 90% CL" in result.out
    assert '<section id="verdict">' in (tmp_path / "r.html").read_text()
    assert json.loads((tmp_path / "r.json").read_text())["verdict"]["excluded"]
    wrong = nudipole("report", "lampf", "--neutrino", "nope.yaml", "--output", "other.html")
    assert wrong.code == 2
    assert len(wrong.err.splitlines()) == 1
    assert not (tmp_path / "other.html").exists()
