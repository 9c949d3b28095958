"""nudipole report"""

from __future__ import annotations

import json


def test_report(nudipole, own, tmp_path):
    result = nudipole("report", "my_experiment.yaml", "nope", "--json", "r.json")
    assert result.code == 1
    assert "nope: failed: unknown experiment 'nope'" in result.out
    assert "report: report/index.html" in result.out
    page = (tmp_path / "report" / "index.html").read_text()
    assert "my-experiment" in page
    assert "could not be evaluated" in page
    data = json.loads((tmp_path / "r.json").read_text())
    assert [limit["variant"] for limit in data["limits"]] == [None, "projection"]
    assert list(data["failures"]) == ["nope"]
