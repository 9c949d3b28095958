"""Mistakes end with code 2 and one line: where, what, and what to write instead."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("exposure:", "exposur:", "my_experiment.yaml: exposur: unknown key: did you mean 'exposure'?"),
        ("1 t yr", "1", "my_experiment.yaml: exposure: a unit is missing: write for example '1.16 t yr'"),
        ("1 t yr", "-1 t yr", "my_experiment.yaml: exposure: must be positive"),
        ("[1, 2, 3, 5, 10]", "[1, 3, 2, 5, 10]", "my_experiment.yaml: detector.bins.edges: must increase"),
        ("element: Xe", "element: Xx", "my_experiment.yaml: target.element: 'Xx' is not an element"),
        ("data.csv", "../data.csv", "my_experiment.yaml: data.file: '../data.csv' is not a file in the folder"),
        ("data.csv", "missing.csv", "my_experiment.yaml: data.file: 'missing.csv' is not a file in the folder"),
        ("{kind: solar}", "&a {kind: solar}", "my_experiment.yaml: line 5: anchors and aliases are not allowed"),
        ("invented", "!!str x", "my_experiment.yaml: line 4: tags are not allowed"),
        (
            "notes:",
            "title:",
            "my_experiment.yaml: line 4: not valid YAML: while constructing a mapping",
        ),
    ],
)
def test_file(fails, own, old, new, message):
    own.write_text(own.read_text().replace(old, new, 1))
    for command in ("limit", "spectrum"):
        assert fails(command, "my_experiment.yaml").startswith(message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["limit", "nope"], "unknown experiment 'nope': choose from bnl-e734, borexino-2017,"),
        (["limit", "nope.yaml"], "nope.yaml: no such file"),
        (["limit", "."], ".: is a folder: name a YAML file in it"),
        (["limit", "x" * 5000], "File name too long"),
        (["limit", "xenonnt-2022", "--cl", "1"], "--cl 1: write a fraction between 0 and 1"),
        (["limit", "xenonnt-2022", "--cl", "0"], "--cl 0: write a fraction"),
        (["limit", "xenonnt-2022", "--cl", "90"], "--cl 90: write a fraction"),
        (["limit", "xenonnt-2022", "--cl", "nan"], "--cl nan: write a fraction"),
        (["report", "--cl", "90"], "--cl 90: write a fraction"),
        (["limit", "xenonnt-2022", "-o", "x.jpg"], "unknown picture ending '.jpg': did you mean '.png'?"),
        (["limit", "xenonnt-2022", "-o", "nowhere/x.png"], "nowhere/x.png: there is no folder nowhere"),
        (["limit", "xenonnt-2022", "--json", "nowhere/x.json"], "nowhere/x.json: there is no folder nowhere"),
        (["limit", "xenonnt-2022", "--json", "."], ".: is a folder: write the name of a file in it"),
        (["limit", "xenonnt-2022", "--json", "-", "--csv", "-"], "only one of the outputs"),
        (["limit", "xenonnt-2022", "--variant", "tritium"], "unknown variant of xenonnt-2022 'tritium'"),
        (["limit", "xenonnt-2022", "--construction", "fc"], "unknown construction 'fc': choose from cls, delta-chi2"),
        (["limit", "xenonnt-2022", "--parameter", "mu"], "unknown parameter 'mu'"),
        (["limit", "xenonnt-2022", "--parameter", "phi_1"], "phi_1 alone changes no rate"),
        (["report", "-o", "."], ".: is a folder"),
        (
            ["antineutrinos", "--field", "core:10kG"],
            "--field 'core:10kG': a moment times the field is limited, whatever",
        ),
        (
            ["antineutrinos", "--field", "cz", "--field", "convective"],
            "--field 'convective': is given twice: leave out",
        ),
        (["antineutrinos", "--field", "bore"], "--field 'bore': unknown shape of a field 'bore': did you mean 'core'?"),
    ],
)
def test_command_line(fails, arguments, message):
    assert message in fails(*arguments)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_unwritable_folder(fails, own, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    assert "locked/x.json: Permission denied" in fails("spectrum", own, "--no-plot", "--json", "locked/x.json")


def test_unwritable_file_system(fails, own):
    assert fails("spectrum", own, "--no-plot", "--json", "/proc/x.json").startswith("/proc/x.json: ")


@pytest.mark.parametrize("arguments", [["limit"], ["limit", "--cl", "x", "y"], ["nope"], ["limit", "x", "--nope"]])
def test_usage(nudipole, arguments):
    result = nudipole(*arguments)
    assert (result.code, result.out) == (2, "")
    assert "Traceback" not in result.err


def test_traceback_on_request(nudipole, monkeypatch):
    monkeypatch.setenv("NUDIPOLE_TRACEBACK", "1")
    monkeypatch.setattr(sys, "argv", ["nudipole", "show", "nope"])
    from nudipole.cli import main
    from nudipole.errors import UnknownName

    with pytest.raises(UnknownName):
        main()


def test_reader_that_stops_early():
    """``nudipole show ... | head -c 1``: no traceback."""
    command = f"{sys.executable} -c 'from nudipole.cli import main; main()' show xenonnt-2022 | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
