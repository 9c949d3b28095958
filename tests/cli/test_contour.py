"""nudipole contour"""

from __future__ import annotations

import json


def test_contour(nudipole, own, tmp_path):
    result = nudipole("contour", "my_experiment.yaml", "mu_e", "mu_mu", "--points", 5, "--json", "c.json")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("my-experiment: 90% region of mu_e and mu_mu (Delta chi2 = 4.61)")
    assert (tmp_path / "my-experiment-mu_e-mu_mu.png").read_bytes().startswith(b"\x89PNG")
    data = json.loads((tmp_path / "c.json").read_text())
    assert data["schema"] == "nudipole-contour/1"
    assert len(data["delta_chi2"]) == len(data["x"]) == 5
    assert data["extent"][0][0] == 0


def test_wrong_uses(fails, own):
    assert "name an experiment and two parameters" in fails("contour", "mu_e", "mu_mu")
    assert "unknown experiment 'nope'" in fails("contour", "nope", "mu_e", "mu_mu")
    assert "unknown parameter 'mu_x'" in fails("contour", "my_experiment.yaml", "mu_e", "mu_x")
    assert "different parametrisations" in fails("contour", "my_experiment.yaml", "mu_e", "mu_11")
