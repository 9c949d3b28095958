"""What a command may write."""

from __future__ import annotations

import pytest

from nudipole.errors import NudipoleError
from nudipole.files import Guard, current, folder_atomically, guarded, note_read, write_atomically


@pytest.fixture(autouse=True)
def _notes(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


def test_nothing_is_guarded_outside_of_a_command(tmp_path):
    """As from Python, where who writes to a file means it."""
    assert current() is None
    path = tmp_path / "a"
    path.write_text("mine")
    note_read(path)
    write_atomically(path, "new")
    assert path.read_text() == "new"


def test_own_and_others(tmp_path):
    path = tmp_path / "a"
    with guarded():
        write_atomically(path, "one")
        write_atomically(path, "two")
    with guarded():
        write_atomically(path, "three")
    path.write_text("four")
    with guarded(), pytest.raises(NudipoleError, match="was changed since nudipole wrote it"):
        write_atomically(path, "five")
    with guarded(force=True):
        write_atomically(path, "five")
    assert path.read_text() == "five"


@pytest.mark.parametrize("first", ["read", "written"])
def test_read_and_written(tmp_path, first):
    """In either order, and through any name."""
    path, link = tmp_path / "a", tmp_path / "link"
    path.write_text("mine")
    link.symlink_to(path)
    guard = Guard(force=True)
    steps = [lambda: guard.reads(path), lambda: guard.writes(link, "--csv")]
    steps = steps if first == "read" else steps[::-1]
    steps[0]()
    with pytest.raises(NudipoleError, match="is read by this command and never overwritten: choose another name with"):
        steps[1]()


def test_inside_of_a_folder_that_is_read(tmp_path):
    (tmp_path / "a.zarr").mkdir()
    guard = Guard(force=True)
    guard.reads(tmp_path / "a.zarr")
    with pytest.raises(NudipoleError, match="zarr, which is read by this command"):
        guard.writes(tmp_path / "a.zarr" / "new.json", "--json")


def test_a_link_to_nowhere_is_followed(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "later")
    with guarded():
        write_atomically(link, "x")
        write_atomically(link, "y")
    assert (tmp_path / "later").read_text() == "y"


def test_a_link_to_a_file_of_the_user(tmp_path):
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "link").symlink_to("mine")
    with guarded(), pytest.raises(NudipoleError, match="link: exists and was not written by nudipole"):
        write_atomically(tmp_path / "link", "x")
    assert (tmp_path / "mine").read_text() == "mine"


def test_folder(tmp_path):
    """It appears whole, takes the place of the old one, and leaves the old one if it fails."""
    path = tmp_path / "a.zarr"
    for content in ("one", "two"):
        with guarded(), folder_atomically(path) as new:
            new.mkdir()
            (new / "x").write_text(content)
    assert (path / "x").read_text() == "two"

    def fail():
        with guarded(), folder_atomically(path) as new:
            new.mkdir()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert (path / "x").read_text() == "two"
    (path / "x").write_text("mine")
    with guarded(), pytest.raises(NudipoleError, match="changed since"), folder_atomically(path):
        pass
    assert [item.name for item in tmp_path.iterdir()] == ["a.zarr"]
