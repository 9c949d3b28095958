"""nudipole test"""

from __future__ import annotations

import json

import pytest


def test_verdict(nudipole, tmp_path):
    result = nudipole(
        "test",
        "su2h",
        "xenonnt-2022",
        "lampf",
        "--set",
        "f=0.014",
        "--html",
        "v.html",
        "--csv",
        "v.csv",
        "--json",
        "v.json",
    )
    assert result.code == 0
    for word in ("verdict      ", "stars        ", "xenonnt-2022", "all together", "beyond sensitivity", "red-giants"):
        assert word in result.out
    assert max(map(len, result.out.splitlines()[5:11])) <= 110
    assert (tmp_path / "su2h-test.png").stat().st_size > 20000
    page = (tmp_path / "v.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "<script" not in page
    assert "src=" not in page
    assert json.loads((tmp_path / "v.json").read_text())["joint"]["name"] == "all together"
    assert (tmp_path / "v.csv").read_text().startswith("name,kind,mu_eff [mu_B]")


def test_file_and_region(nudipole, tmp_path):
    (tmp_path / "n.yaml").write_text("nature: majorana\nbasis: mass\nLambda: [3e-9 mu_B, 0, 0]\n")
    result = nudipole("test", "n.yaml", "lampf", "--no-plot")
    assert result.code == 0
    assert "excluded at 90% CL by experiments" in result.out
    swept = nudipole("test", "su2h", "lampf", "--vary", "f=1e-2..10", "--vary", "f_prime=0.1..2", "--points", 5)
    assert swept.code == 0
    assert "of 25 points are excluded" in swept.out
    assert (tmp_path / "su2h-f-f_prime-test.png").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("test", "su3h"), "unknown model 'su3h'"),
        (("test", "su2h", "--set", "f"), "write NAME=VALUE"),
        (("test", "su2h", "lamp"), "unknown experiment 'lamp'"),
        (("test", "su2h", "lampf", "--vary", "f=1..2", "--set", "f=1"), "varied and held"),
        (("test", "su2h", "lampf", "--points", 5), "write --vary"),
        (("test", "su2h", "lampf", "--vary", "f=1..2", "--vary", "m_h=1..2TeV", "--vary", "f_prime=1..2"), "3 ranges"),
        (("test", "su2h", "lampf", "--published", "gemma"), "unknown"),
        (("test", "su2h", "lampf", "--drop", "xenonnt-2022"), "to drop"),
        (("test", "su2h", "coherent-csi-2017", "coherent-csi-2021"), "use the same data"),
        (("test", "su2h", "lampf", "--cl", 90), "write a fraction"),
        (("test", "n.yaml", "lampf", "--vary", "f=1..2"), "name a model"),
        (("test", "su2h", "lampf", "--published", "xenonnt-2022-mu-solar"), "no form of the moments"),
    ],
)
def test_wrong(arguments, words, fails):
    assert words in fails(*arguments)
