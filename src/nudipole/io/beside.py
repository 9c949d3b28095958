"""What lies beside a description: the CSV files that it names, in a folder or handed over as texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from nudipole.errors import NudipoleError
from nudipole.files import note_read

MAX_CSV_BYTES = 5_000_000


class Beside(Protocol):
    """Files that a description may name."""

    def text(self, name: str) -> str:
        """Text of one of them.

        Raises
        ------
        NudipoleError
            If there is no such file, or it cannot be read; with the remedy.
        """


@dataclass(frozen=True)
class Folder:
    """The files of a folder and of those within it.

    Attributes
    ----------
    path : Path
    """

    path: Path

    def text(self, name: str) -> str:
        """Text of a file, which must lie inside."""
        path = self._inside(name)
        try:
            if path.stat().st_size > MAX_CSV_BYTES:
                raise NudipoleError(f"{name} is larger than {MAX_CSV_BYTES // 1_000_000} MB")
            return path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise NudipoleError(f"{name} cannot be read: {error}") from error

    def _inside(self, name: str) -> Path:
        try:
            path = (self.path / name).resolve()
            if path.is_relative_to(self.path.resolve()) and path.is_file():
                note_read(path)
                return path
        except (OSError, ValueError):
            pass
        raise NudipoleError(_absent(name))


@dataclass(frozen=True)
class Texts:
    """Files that are only texts, by name.

    Attributes
    ----------
    files : mapping of str to str
    """

    files: Mapping[str, str]

    def text(self, name: str) -> str:
        """Text of a file."""
        if name not in self.files:
            raise NudipoleError(_absent(name))
        return self.files[name]


@dataclass(frozen=True)
class Besides:
    """Texts by name, and what lies beside them.

    Attributes
    ----------
    texts : Texts
    rest : Beside or None
    """

    texts: Texts
    rest: Beside | None

    def text(self, name: str) -> str:
        """Text of a file."""
        return self.texts.text(name) if name in self.texts.files or self.rest is None else self.rest.text(name)


def _absent(name: str) -> str:
    return f"{name[:80]!r} is not a file in the folder of the YAML: put it there and write its name"
