"""nudipole ... --explain"""

from __future__ import annotations

import json

import pytest

from nudipole.cli.explain import WORDS, explained

ONE_BIN = {
    "channels": [
        {
            "name": "c",
            "samples": [
                {"name": "s", "data": [5.0], "modifiers": [{"name": "mu", "type": "normfactor", "data": None}]},
                {"name": "b", "data": [50.0], "modifiers": []},
            ],
        }
    ],
    "observations": [{"name": "c", "data": [50]}],
    "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
    "version": "1.0.0",
}


def test_words_of_a_result_are_explained_below_it(nudipole, tmp_path):
    (tmp_path / "w.json").write_text(json.dumps(ONE_BIN))
    plain = nudipole("import", "pyhf", "w.json", "--construction", "cls")
    result = nudipole("import", "pyhf", "w.json", "--construction", "cls", "--explain")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(plain.out)
    below = result.out.removeprefix(plain.out)
    assert [line.split()[0] for line in below.splitlines() if line and line[0] != " "] == [
        *("unified", "delta-chi2", "one-sided", "cls", "Asimov")
    ]


def test_three_lines_each_and_what_the_result_says(nudipole):
    assert all(len(word.lines) + bool(word.here) <= 3 for word in WORDS)
    lines = explained("mu_eff      < 6.81e-12 mu_B for the beam\nrho_ee = 0.542, rho_mumu = 0.221, rho_tautau = 0.237")
    assert lines[2].strip() == "Here: rho_ee = 0.542, rho_mumu = 0.221, rho_tautau = 0.237."
    assert lines[5].strip() == "Here: < 6.81e-12 mu_B for the beam."


@pytest.mark.parametrize("option", ["--json", "--csv"])
def test_no_text_to_explain(fails, option):
    assert f"--explain has no effect beside {option} -" in fails("limit", "gemma-2012", option, "-", "--explain")


def test_nothing_to_explain(nudipole):
    assert "none of these words stands above: unified" in nudipole("cite", "gemma-2012", "--explain").out
