"""The world's limits on electromagnetic properties of neutrinos, each with its reference, as it was published."""

from nudipole.limits.curves import curve
from nudipole.limits.database import Record, record, records
from nudipole.limits.formats import FORMATS, bibtex, written
from nudipole.limits.ours import Ours, ours
from nudipole.limits.picture import Bar, World, world
from nudipole.limits.record import Bound, Publication, validate
from nudipole.limits.selection import Limits, select

__all__ = [
    "FORMATS",
    "Bar",
    "Bound",
    "Limits",
    "Ours",
    "Publication",
    "Record",
    "World",
    "bibtex",
    "curve",
    "ours",
    "record",
    "records",
    "select",
    "validate",
    "world",
    "written",
]


def __dir__() -> list[str]:
    return __all__
