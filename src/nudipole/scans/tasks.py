"""A task: one chunk of what a description asks for. Nothing else enters, so that anyone may do it, in any order."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from threading import Lock

from nudipole.scans.description import Description
from nudipole.scans.ensembles import Ensembles
from nudipole.scans.machine import machine
from nudipole.scans.profiles import Profiles
from nudipole.scans.work import Result, Work

#: What computes a quantity.
WORKS: dict[str, Callable[[Description], Work]] = {"toys": Ensembles, "delta-chi2": Profiles}


def compute(text: str, number: int) -> Result:
    """The chunk `number` of the description `text`."""
    work = built(text)
    return Result(work.compute(number), machine(), work.digest)


_BUILDING = Lock()


def built(text: str) -> Work:
    """The work that a description asks for, folded once in a process."""
    with _BUILDING:
        return _built(text)


@lru_cache(maxsize=2)
def _built(text: str) -> Work:
    description = Description.from_text(text)
    return WORKS[description.quantity](description)
