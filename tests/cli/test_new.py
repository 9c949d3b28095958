"""nudipole new: a file that the other commands take as it stands."""

from __future__ import annotations

import pytest

from nudipole.cli import new
from nudipole.experiments.starting import starting_file
from nudipole.experiments.starting.detectors import DETECTORS
from nudipole.experiments.starting.frame import PROCESSES
from nudipole.experiments.starting.sources import ALIASES, SOURCES


def test_completion_knows_what_there_is():
    assert set(new.SOURCES) == {*SOURCES, *ALIASES}
    assert set(new.TARGETS) == set(DETECTORS)
    assert set(new.PROCESSES) == {*PROCESSES, "both"}
    assert new._completion(new.SOURCES)("r") == ["reactor", "radioactive"]


def test_standard_output(nudipole):
    result = nudipole("new", "--source", "reactor", "--target", "Ge", "--process", "cevns", "--name", "mine")
    assert (result.code, result.err) == (0, "")
    assert result.out == starting_file("reactor", "Ge", "cevns", "mine")


def test_what_check_reads(nudipole, tmp_path):
    text = nudipole("new", "-s", "solar", "-t", "Xe").out
    result = nudipole("check", "-", "--no-plot", stdin=text)
    assert (result.code, result.err) == (0, "")
    assert "my-solar-xe: Xe underground, solar neutrinos" in result.out


def test_file(nudipole, fails, tmp_path):
    arguments = ["new", "--source", "accelerator", "--target", "C9H12", "-o", "beam.yaml"]
    result = nudipole(*arguments)
    assert (result.code, result.out) == (0, "file: beam.yaml\nnext: nudipole check beam.yaml\n")
    path = tmp_path / "beam.yaml"
    assert "nudipole check beam.yaml" in path.read_text()
    assert fails(*arguments) == "beam.yaml: exists: choose another name with --output, or replace it with --force"
    path.write_text("mine")
    assert "was changed since nudipole wrote it" in fails(*arguments)
    assert path.read_text() == "mine"
    assert nudipole(*arguments, "--force").code == 0
    assert "name: my-accelerator-c9h12" in path.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--source", "raector", "--target", "Ge"], "unknown source 'raector': did you mean 'reactor'? choose from"),
        (
            ["--source", "reactor", "--target", "Gee"],
            "target 'Gee' is no chemical formula: 'Gee' is no element: did you mean 'Ge'? write symbols",
        ),
        (
            ["--source", "solar", "--target", "Ge", "--process", "x"],
            "unknown process 'x': choose from both, cevns",
        ),
        (["--source", "solar", "--target", "Ge", "--name", "a b"], "starting file: name: must be one word of letters"),
        (["--source", "solar", "--target", "Ge", "-o", "nowhere/x.yaml"], "nowhere/x.yaml: there is no folder nowhere"),
        (["--source", "solar", "--target", "Ge", "-o", "."], ".: is a folder: write the name of a file in it"),
    ],
)
def test_wrong(fails, arguments, message):
    assert fails("new", *arguments).startswith(message)


def test_required(nudipole):
    assert nudipole("new").code == 2
    assert "nudipole new [OPTIONS]" in nudipole("new", "-h").out
