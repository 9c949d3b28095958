"""The command, run inside this process."""

from __future__ import annotations

import io
import sys
from typing import NamedTuple

import pytest

from figures import faults
from nudipole.cli import main
from nudipole.plots import style


class Result(NamedTuple):
    """What a run of the command leaves."""

    code: int
    out: str
    err: str


class _Stdin(NamedTuple):
    buffer: io.BytesIO


@pytest.fixture(scope="session", autouse=True)
def _cache(pytestconfig, tmp_path_factory):
    """Compiled kernels go where those of all tests are, notes of what was written to a folder of this run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(pytestconfig.rootpath / ".cache"))
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture
def nudipole(monkeypatch, capsys, tmp_path):
    """Run ``nudipole ARGUMENTS...`` in an empty folder; of every picture that it draws the texts can be read."""
    monkeypatch.chdir(tmp_path)
    drawn, rendered = [], style.rendered

    def looked_at(fig, kind):
        content = rendered(fig, kind)
        drawn.extend(faults(fig))
        return content

    monkeypatch.setattr(style, "rendered", looked_at)
    monkeypatch.delenv("NUDIPOLE_TRACEBACK", raising=False)

    def run(*arguments, stdin=""):
        monkeypatch.setattr(sys, "argv", ["nudipole", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", _Stdin(io.BytesIO(stdin.encode())))
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        captured = capsys.readouterr()
        assert not drawn
        return Result(code, captured.out, captured.err)

    return run


@pytest.fixture
def fails(nudipole):
    """Run the command; it must end with code 2 and one line that begins with its name. Returns the line."""

    def run(*arguments, stdin=""):
        result = nudipole(*arguments, stdin=stdin)
        assert result.code == 2
        assert result.out == ""
        assert result.err.startswith("nudipole: ")
        assert result.err.count("\n") == 1
        assert len(result.err) < 1500
        return result.err.removeprefix("nudipole: ").rstrip("\n")

    return run


OWN = """\
name: my-experiment
title: a xenon detector of one tonne
reference: [{texkey: "Author:2026abc"}]
notes: invented
source: {kind: solar}
target: {element: Xe}
process: {kind: nu-e}
exposure: 1 t yr
detector:
  bins: {edges: [1, 2, 3, 5, 10], unit: keV}
  resolution: {kind: sqrt-linear, a: 0.3 keV^0.5, b: 0.004}
  efficiency: {of: reconstructed, file: efficiency.csv}
data: {file: data.csv, column: observed}
backgrounds:
  flat: {rate: 16 events/(t yr keV), normalisation: {log-normal: 5 %}}
variants:
  projection: {note: without data, set: {data: asimov}}
"""


@pytest.fixture
def own(tmp_path):
    """my_experiment.yaml with its CSV files, in the folder where the command runs."""
    (tmp_path / "efficiency.csv").write_text("E [keV],efficiency [1]\n0,0\n1,0.5\n30,0.9\n")
    (tmp_path / "data.csv").write_text("observed [1]\n18\n16\n33\n92\n")
    path = tmp_path / "my_experiment.yaml"
    path.write_text(OWN)
    return path
