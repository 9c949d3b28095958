"""What is being written and not whole yet: whoever ends the process at once removes it first."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_UNFINISHED: set[Path] = set()


@contextmanager
def unfinished(path: Path) -> Iterator[None]:
    """A block in which `path`, a file or a folder, is not whole.

    Parameters
    ----------
    path : Path
        File or folder.

    Yields
    ------
    None

    Examples
    --------
    >>> part = Path("limits.part")
    >>> with unfinished(part):
    ...     _ = part.write_text("half of a file")
    ...     remove_unfinished()
    >>> part.exists()
    False
    """
    _UNFINISHED.add(path)
    try:
        yield
    finally:
        _UNFINISHED.discard(path)


def remove_unfinished() -> None:
    """Remove all that is not whole; what cannot be removed stays.

    Examples
    --------
    >>> part = Path("limits.part")
    >>> with unfinished(part):
    ...     remove_unfinished()  # nothing is there yet, which is no error
    """
    for path in list(_UNFINISHED):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
