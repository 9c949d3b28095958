"""A folder of entries that are written whole, and of which the oldest go."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from nudipole.files.atomic import replace

#: Bytes of all entries of a folder, beyond which the oldest go; a tenth may be added before they are counted again.
MOST_BYTES = 200_000_000


class Store:
    """Entries in one folder, or in none.

    Parameters
    ----------
    ending : str
        Of the names of files.
    """

    def __init__(self, ending: str) -> None:
        self.ending = ending
        self.folder: Path | None = None
        self._free = 0

    def use(self, folder: str | os.PathLike[str] | None) -> None:
        """Keep entries in `folder` from now on, or none."""
        self.folder, self._free = None, 0
        if folder is None:
            return
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
        except OSError:
            return
        if os.access(folder, os.W_OK):
            self.folder = Path(folder)

    def path(self, name: str) -> Path | None:
        """Where the entry of this name is, or would be."""
        return None if self.folder is None else self.folder / f"{name}{self.ending}"

    def read(self, path: Path) -> bytes | None:
        """What stands there, if it can be read."""
        try:
            return path.read_bytes()
        except OSError:
            return None

    def used(self, path: Path) -> None:
        """The oldest is what was not asked for the longest: this one was, now."""
        with suppress(OSError):
            os.utime(path)

    def write(self, path: Path, raw: bytes) -> None:
        """An entry; nothing where it cannot be written."""
        with suppress(OSError):
            replace(path, raw)
            self._free -= len(raw)
            if self._free < 0:
                self._free = MOST_BYTES // 10
                self._remove_oldest(path.parent)

    def _remove_oldest(self, folder: Path) -> None:
        with os.scandir(folder) as items:
            entries = [(item.stat(), item.path) for item in items if self.ending in item.name]
        total = 0
        for status, path in sorted(entries, key=lambda item: item[0].st_mtime, reverse=True):
            total += status.st_size
            if total > MOST_BYTES:
                Path(path).unlink(missing_ok=True)
