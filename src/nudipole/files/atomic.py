"""Writing files and folders whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nudipole.files.guard import current, stream
from nudipole.files.own import digest, digest_of
from nudipole.files.unfinished import unfinished


def write_atomically(path: str | os.PathLike[str], content: str | bytes) -> Path:
    """Write `content` to `path`: an interrupted run leaves the old file, or none, never half of one.

    A device or pipe such as /dev/null is written to as it is.

    Parameters
    ----------
    path : path
    content : str or bytes
        Text is written in UTF-8.

    Returns
    -------
    Path
        Of the file, with links resolved.

    Raises
    ------
    NudipoleError
        Within a command, if the file is not the command's to replace; see `Guard`.
    OSError
        If it cannot be written.

    Examples
    --------
    >>> path = write_atomically("limit.txt", "mu_nu < 6.4e-12 mu_B")
    >>> path.name, path.read_text()
    ('limit.txt', 'mu_nu < 6.4e-12 mu_B')
    """
    path = Path(path)
    raw = content.encode("utf-8") if isinstance(content, str) else content
    number = stream(path)
    if number is not None:
        _write_stream(number, raw)
        return path
    if path.exists() and not path.is_file():
        path.write_bytes(raw)
        return path
    guard = current()
    if guard is not None:
        guard.check(path)
    path = Path(os.path.realpath(path))  # through a link, not in its place
    replace(path, raw)
    if guard is not None:
        guard.wrote(path, digest_of(raw))
    return path


@contextmanager
def folder_atomically(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A folder to make and fill in the block, which then takes the place of `path`; a block that fails leaves nothing.

    Parameters
    ----------
    path : path
        Of the folder when it is whole.

    Yields
    ------
    Path
        Where to make it.

    Raises
    ------
    NudipoleError, OSError
        As for `write_atomically`.

    Examples
    --------
    >>> with folder_atomically("limits") as new:
    ...     new.mkdir()
    ...     _ = (new / "limit.txt").write_text("mu_nu < 6.4e-12 mu_B")
    >>> [path.name for path in Path("limits").iterdir()]
    ['limit.txt']
    """
    guard = current()
    if guard is not None:
        guard.check(path)
    folder = Path(os.path.realpath(path))
    try:
        part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    try:
        with unfinished(part):
            yield part / "new"
        if folder.exists():
            folder.rename(part / "old")
        (part / "new").rename(folder)
    finally:
        if (part / "old").exists() and not folder.exists():
            (part / "old").rename(folder)
        shutil.rmtree(part, ignore_errors=True)
    if guard is not None:
        guard.wrote(folder, digest(folder))


def replace(path: Path, raw: bytes) -> None:
    """Write `raw` to `path` whole or not at all, past the guard: for files of nudipole's own folders."""
    try:
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    with unfinished(Path(part)):
        try:
            with os.fdopen(handle, "wb") as opened:
                opened.write(raw)
            Path(part).chmod(0o666 & ~_umask())
            Path(part).replace(path)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise


def _write_stream(number: int, raw: bytes) -> None:
    """To an open stream of this process: opened anew by its name, a file behind it would be cut to nothing."""
    sys.stdout.flush()
    with os.fdopen(os.dup(number), "wb") as opened:
        opened.write(raw)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
