"""Files appear whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from nudipole.files import write_atomically


def test_write_and_overwrite(tmp_path):
    path = tmp_path / "a.txt"
    assert write_atomically(path, "µ") == path
    assert path.read_bytes() == "µ".encode()
    write_atomically(str(path), b"\x00\xff")
    assert path.read_bytes() == b"\x00\xff"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_follow_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        path = write_atomically(tmp_path / "a", "x")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(old)


def test_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = write_atomically(tmp_path / "a", "old")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        write_atomically(tmp_path / "nowhere" / "a", "x")
    assert caught.value.filename == str(tmp_path / "nowhere" / "a")


def test_folder(tmp_path):
    with pytest.raises(IsADirectoryError):
        write_atomically(tmp_path, "x")


def test_link_is_followed(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    write_atomically(link, "x")
    assert link.is_symlink()
    assert target.read_text() == "x"


def test_pipe_stays_a_pipe(tmp_path):
    """As /dev/null must stay what it is."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_atomically(path, "x")
        assert os.read(reader, 10) == b"x"
        assert stat.S_ISFIFO(path.stat().st_mode)
    finally:
        os.close(reader)
