"""Which files are nudipole's own: what it wrote there, and nobody changed since."""

from __future__ import annotations

import os

import pytest

from nudipole.files import own
from nudipole.plots import figure, save


@pytest.fixture(autouse=True)
def notes(tmp_path_factory, monkeypatch):
    """The folder of the notes."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder / "nudipole" / "written"


def test_written_changed_copied(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("1\n")
    assert own.origin(path) == "unknown"
    own.remember(path, own.digest(path))
    assert own.origin(path) == "own"
    path.write_text("2\n")
    assert own.origin(path) == "changed"
    path.write_text("1\n")
    assert own.origin(path) == "own"
    copy = tmp_path / "b.csv"
    copy.write_text("1\n")
    assert own.origin(copy) == "unknown"


def test_folders(tmp_path):
    folder = tmp_path / "a.zarr"
    (folder / "x").mkdir(parents=True)
    (folder / "x" / "0").write_bytes(b"\1")
    own.remember(folder, own.digest(folder))
    assert own.origin(folder) == "own"
    (folder / "x" / "1").write_bytes(b"\1")
    assert own.origin(folder) == "changed"


def test_digest_of_a_folder_knows_names(tmp_path):
    for name, file in (("a", "x"), ("b", "y")):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text("same")
    assert own.digest(tmp_path / "a") != own.digest(tmp_path / "b")


@pytest.mark.parametrize("name", ["a.png", "a.pdf", "a.svg"])
def test_marks_count_where_there_are_no_notes(tmp_path, notes, monkeypatch, name):
    """A picture that another program drew has no mark; with notes, marks do not count: pictures may be copied."""
    path = save(figure()[0], tmp_path / name)
    assert own.origin(path) == "own"
    figure()[0].savefig(tmp_path / f"other{path.suffix}")
    assert own.origin(tmp_path / f"other{path.suffix}") == "unknown"
    own.remember(tmp_path / "anything", "")
    assert own.origin(path) == "unknown"


def test_marks_of_text(tmp_path):
    texts = {
        "a.json": ('{\n  "schema": "nudipole-limit/1",\n  "x": 1\n}\n', "own"),
        "b.json": ('{"schema": "other"}', "unknown"),
        "a.html": ('<!DOCTYPE html>\n<html>\n<meta name="generator" content="nudipole 0.1.0">', "own"),
        "b.html": ("<!DOCTYPE html>\n<html>nudipole", "unknown"),
        "a.csv": ("E [keV],counts [1]\n", "unknown"),
    }
    for name, (text, whose) in texts.items():
        (tmp_path / name).write_text(text)
        assert own.origin(tmp_path / name) == whose, name


def test_a_home_that_cannot_be_written(tmp_path, monkeypatch):
    """Nothing fails; pictures are known by their marks."""
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
    path = tmp_path / "a.csv"
    path.write_text("1\n")
    own.remember(path, own.digest(path))
    assert own.origin(path) == "unknown"
    assert own.origin(save(figure()[0], tmp_path / "a.png")) == "own"


def test_notes_are_bounded(tmp_path, notes, monkeypatch):
    monkeypatch.setattr(own, "_MOST_NOTES", 10)
    for k in range(11):
        path = tmp_path / f"{k}"
        path.write_text("x")
        own.remember(path, own.digest(path))
        if k < 10:
            for note in notes.iterdir():
                os.utime(note, ns=(note.stat().st_atime_ns, note.stat().st_mtime_ns - 10**9))
    assert len(list(notes.iterdir())) == 6
    assert own.origin(tmp_path / "10") == "own"
    assert own.origin(tmp_path / "0") == "unknown"
