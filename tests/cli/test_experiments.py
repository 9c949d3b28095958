"""nudipole experiments, nudipole show"""

from __future__ import annotations

import json
import re

import pytest

from nudipole.cli.shared import all_names, library_names
from nudipole.experiments import available, examples


def test_list(nudipole):
    result = nudipole("experiments")
    lines = result.out.splitlines()
    assert [line.split()[0] for line in lines] == [*available(), *examples()]
    assert all(re.search(r" \[([A-Za-z-]+:[0-9]+[a-z]*|arXiv:[0-9.]+)\]$", line) for line in lines[: len(available())])
    assert all("  Example, " in line for line in lines[len(available()) :])


def test_json(nudipole):
    rows = json.loads(nudipole("experiments", "--json").out)
    assert [row["name"] for row in rows if not row["example"]] == available()
    assert "free-electrons" in rows[len(available()) - 1]["variants"]


@pytest.mark.parametrize("command", [("show",), ("experiments", "show")])
def test_show_can_be_started_from(nudipole, command, tmp_path):
    text = nudipole(*command, "xenonnt-2022").out
    assert text.startswith("name: xenonnt-2022\n")
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    assert nudipole("show", path).out == text


def test_show_unknown(fails):
    assert "did you mean 'xenonnt-2022'" in fails("show", "xenonnt")


def test_completion():
    assert library_names() == available()
    assert library_names("xenonn") == ["xenonnt-2022"]
    assert library_names("zzz") == []
    assert all_names("example-r") == ["example-reactor-bolometer", "example-reactor-ge", "example-reactor-ibd"]


@pytest.mark.parametrize("command", ["limit", "show", "spectrum", "report", "check", "sensitivity"])
def test_completion_in_the_shell(nudipole, monkeypatch, command):
    monkeypatch.setenv("_NUDIPOLE_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", f"nudipole {command} xenonn")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert nudipole().out.split() == ["xenonnt-2022"]
