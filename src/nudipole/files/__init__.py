"""Files: written whole or not at all, and never in the place of what is not ours."""

from nudipole.files.atomic import folder_atomically, write_atomically
from nudipole.files.consolidated import consolidate, is_consolidated
from nudipole.files.guard import Guard, current, guarded, note_read
from nudipole.files.unfinished import remove_unfinished, unfinished

__all__ = [
    "Guard",
    "consolidate",
    "current",
    "folder_atomically",
    "guarded",
    "is_consolidated",
    "note_read",
    "remove_unfinished",
    "unfinished",
    "write_atomically",
]


def __dir__() -> list[str]:
    return __all__
