"""Which files nudipole wrote itself: a note for each, of where it is and what was in it.

The notes lie in a folder of the user, one small file each, so that runs at the same time do not meet. A file that was
changed since, or copied to another place, is the user's. Where notes cannot be kept, pictures, pages and JSON are known
by what is written in them.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Literal

Origin = Literal["own", "changed", "unknown"]

#: Of the oldest notes a part goes when there are more: a note is 64 bytes.
_MOST_NOTES = 10_000
#: How a file begins, and what stands in it if nudipole wrote it.
_MARKS = {
    b"\x89PNG": b"Software\0nudipole",
    b"%PDF": b"/Creator (nudipole)",
    b"<?xml": b">nudipole<",
    b'{\n  "schema": "nudipole-': b"",
    b"<!doctype html>": b'<meta name="generator" content="nudipole',
}
#: Where marks are looked for, at both ends of a file [bytes].
_HEAD, _TAIL = 4096, 65536


def digest_of(raw: bytes) -> str:
    """SHA-256 of the content of a file."""
    return hashlib.sha256(raw).hexdigest()


def digest(path: Path) -> str:
    """SHA-256 of a file, or of the names and contents of all files of a folder."""
    if not path.is_dir():
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    whole = hashlib.sha256()
    for file in sorted(item for item in path.rglob("*") if item.is_file()):
        whole.update(f"{file.relative_to(path)}\0{digest(file)}\n".encode())
    return whole.hexdigest()


def origin(path: Path) -> Origin:
    """Who wrote what is at `path`, which exists; its links are resolved."""
    try:
        note = _note(path)
        if note.is_file():
            return "own" if note.read_text() == digest(path) else "changed"
        kept = note.parent.is_dir() and os.access(note.parent, os.W_OK)
        if not kept and _marked(path):
            return "own"
    except OSError:
        pass  # what cannot be read is not ours
    return "unknown"


def remember(path: Path, content: str) -> None:
    """Note that nudipole wrote what has this digest at `path`; where notes cannot be kept, nothing is."""
    try:
        note = _note(path)
        note.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=note.parent, prefix=".")
        with os.fdopen(handle, "w") as stream:
            stream.write(content)
        Path(part).replace(note)
        _forget_oldest(note.parent)
    except OSError:
        pass


def _note(path: Path) -> Path:
    from platformdirs import user_state_path

    return user_state_path("nudipole") / "written" / digest_of(os.fsencode(path))


def _forget_oldest(folder: Path) -> None:
    with os.scandir(folder) as entries:
        notes = [(entry.stat().st_mtime, entry.path) for entry in entries] if _many(folder) else []
    for _, note in sorted(notes)[: len(notes) // 2]:
        Path(note).unlink(missing_ok=True)


def _many(folder: Path) -> bool:
    return sum(1 for _ in os.scandir(folder)) > _MOST_NOTES


def _marked(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        stream.seek(max(0, path.stat().st_size - _TAIL))
        ends = head + stream.read()
    return any(head.lower().startswith(begin.lower()) and mark in ends for begin, mark in _MARKS.items())
