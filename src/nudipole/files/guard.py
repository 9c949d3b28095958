"""What a command may write: nothing that it reads, and nothing in the place of a file that is not its own."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from nudipole.errors import NudipoleError
from nudipole.files.own import origin, remember

_STREAM = re.compile(r"^/(?:dev/(?:fd/|(?P<name>stdout|stderr)$)|proc/self/fd/)(?P<number>\d+)?$")


@dataclass(frozen=True)
class _Output:
    """A file that the command is going to write: as it was named, for which output, and if its own may go."""

    name: str
    output: str
    replaces_own: bool


class Guard:
    """The files of one command.

    Attributes
    ----------
    force : bool
        Whether files that nudipole did not write may be replaced. What the command reads never is.

    Examples
    --------
    >>> guard = Guard()
    >>> guard.reads("data.csv")
    >>> guard.writes("data.csv", "-o")
    Traceback (most recent call last):
        ...
    nudipole.errors.NudipoleError: data.csv: is read by this command and never overwritten: choose another name with -o
    """

    def __init__(self, force: bool = False) -> None:
        self.force = force
        self._read: dict[Path, str] = {}
        self._outputs: dict[Path, _Output] = {}

    def reads(self, path: str | os.PathLike[str]) -> None:
        """The command reads this file or folder.

        Raises
        ------
        NudipoleError
            If it is also to write it.
        """
        real = Path(os.path.realpath(path))
        self._read.setdefault(real, str(path))
        for output in self._outputs:
            self._check_read(output)

    def writes(
        self, path: str | os.PathLike[str], output: str, *, replaces_own: bool = True, continues: bool = False
    ) -> None:
        """The command is going to write this file or folder, for its `output`.

        Parameters
        ----------
        path : path
        output : str
            What it is called, such as ``--csv`` by the command line.
        replaces_own : bool
            Whether a file that nudipole wrote may be replaced without being forced to.
        continues : bool
            Whether the command adds to what is there and replaces nothing.

        Raises
        ------
        NudipoleError
            If another output has the same name, or the file must not be replaced; see `check`.
        """
        if not _may_be_lost(path):
            return
        real = Path(os.path.realpath(path))
        for other, known in self._outputs.items():
            nested = real in other.parents or other in real.parents
            if known.output != output and (nested or _same(real, other)):
                raise NudipoleError(
                    f"{known.output} {known.name} and {output} {path} are in each other's place: "
                    "choose another name for one of them"
                )
        self._outputs[real] = _Output(str(path), output, replaces_own)
        if continues:
            self._check_read(real)
        else:
            self.check(path)

    def check(self, path: str | os.PathLike[str]) -> None:
        """Refuse to write what the command must not replace.

        Raises
        ------
        NudipoleError
            If it is a file that the command reads, or exists without being written by nudipole, or was changed since,
            unless that is forced. An empty file may be replaced: nothing is lost.
        """
        if not _may_be_lost(path):
            return
        real = Path(os.path.realpath(path))
        self._check_read(real)
        if self.force or not real.exists() or (real.is_file() and real.stat().st_size == 0):
            return
        output = self._outputs.get(real)
        found = origin(real)
        if found == "own" and (output is None or output.replaces_own):
            return
        why = {
            "own": "exists",
            "changed": "was changed since nudipole wrote it",
            "unknown": "exists and was not written by nudipole",
        }
        raise NudipoleError(f"{path}: {why[found]}: choose another name{_with(output)}, or replace it with force=True")

    def wrote(self, path: Path, digest: str) -> None:
        """The command has written what has this digest; links in the path are resolved."""
        remember(path, digest)

    def _check_read(self, real: Path) -> None:
        for other, name in self._read.items():
            if _same(real, other) or (other.is_dir() and other in real.parents):
                output = self._outputs.get(real)
                shown = output.name if output else str(real)
                part = "is" if _same(real, other) else f"lies in {name}, which is"
                raise NudipoleError(
                    f"{shown}: {part} read by this command and never overwritten: choose another name{_with(output)}"
                )


_CURRENT: ContextVar[Guard | None] = ContextVar("guard", default=None)


@contextmanager
def guarded(force: bool = False) -> Iterator[Guard]:
    """A command: what it writes by `write_atomically` goes through its guard.

    Parameters
    ----------
    force : bool
        As for `Guard`.

    Yields
    ------
    Guard

    Examples
    --------
    >>> with guarded() as guard:
    ...     current() is guard
    True
    """
    guard = Guard(force)
    token = _CURRENT.set(guard)
    try:
        yield guard
    finally:
        _CURRENT.reset(token)


def current() -> Guard | None:
    """The guard of the command that is at work, if it is one.

    Returns
    -------
    Guard or None
        None outside of `guarded`: a library call writes where it is told to.

    Examples
    --------
    >>> current() is None
    True
    >>> with guarded(force=True):
    ...     current().force
    True
    """
    return _CURRENT.get()


def note_read(path: str | os.PathLike[str]) -> None:
    """Whoever reads a file of the user says so, that no output goes in its place.

    Parameters
    ----------
    path : path
        File or folder.

    Raises
    ------
    NudipoleError
        If an output is to go there.

    Examples
    --------
    >>> with guarded() as guard:
    ...     guard.writes("data.csv", "-o")
    ...     note_read("data.csv")
    Traceback (most recent call last):
        ...
    nudipole.errors.NudipoleError: data.csv: is read by this command and never overwritten: choose another name with -o
    """
    guard = current()
    if guard is not None:
        guard.reads(path)


def _may_be_lost(path: str | os.PathLike[str]) -> bool:
    """Whether there is anything to lose: not in devices and pipes."""
    return stream(path) is None and (not os.path.exists(path) or os.path.isfile(path) or os.path.isdir(path))


def stream(path: str | os.PathLike[str]) -> int | None:
    """Number of the open stream of this process that a path such as /dev/stdout stands for, if it does."""
    found = _STREAM.match(os.path.abspath(path))
    if found is None:
        return None
    return {"stdout": 1, "stderr": 2}.get(found["name"] or "", int(found["number"] or 0))


def _same(one: Path, other: Path) -> bool:
    try:
        return one == other or one.samefile(other)
    except OSError:
        return False


def _with(output: _Output | None) -> str:
    return f" with {output.output}" if output else ""
