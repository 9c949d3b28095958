"""Names and units of columns: as they are written, in a second row, and under the names that this program uses."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nudipole import units
from nudipole.errors import UnitError
from nudipole.io.text_table.cells import is_number

#: Names that are read as another one, unless that one is there: of any case, with _, -, . or blanks between words.
ALIASES = {
    "E": ("energy", "e_rec", "e_reco", "reconstructed energy", "e_vis", "visible energy"),
    "E_low": ("e_lo", "e_min", "e_from", "energy_low", "energy_min", "low energy", "elow", "emin"),
    "E_high": ("e_hi", "e_max", "e_to", "e_up", "energy_high", "energy_max", "high energy", "ehigh", "emax"),
    "E_ee": ("eee", "electron equivalent energy"),
    "T": ("t_nr", "e_nr", "enr", "nuclear recoil energy", "recoil energy", "t_recoil"),
    "t": ("time",),
    "t_low": ("t_min", "t_from", "time_low", "time_min"),
    "t_high": ("t_max", "t_to", "time_high", "time_max"),
    "PE": ("photoelectrons", "npe", "n_pe"),
    "efficiency": ("eff", "acceptance", "detection efficiency", "epsilon", "ε"),
}
_KNOWN = {alias: name for name, aliases in ALIASES.items() for alias in aliases}
#: What stands for a pure number in place of a unit.
PURE = ("1", "-", "--", "none", "dimensionless", "counts", "count", "events", "cts", "counts/bin", "events/bin")
_BRACKETS = re.compile(r"(.*?)\s*\[([^\]]*)\]")
_PARENTHESES = re.compile(r"(.*?)\s*\((.*)\)")


def name_and_unit(cell: str) -> tuple[str, str]:
    """A name, and the unit in brackets or after a comma; empty where there is none.

    >>> name_and_unit("E [keV]"), name_and_unit("rate (1/(t yr keV))"), name_and_unit("efficiency, %")
    (('E', 'keV'), ('rate', '1/(t yr keV)'), ('efficiency', '%'))
    """
    cell = " ".join(cell.split())
    match = _BRACKETS.fullmatch(cell)
    if match:
        return match[1], pure(match[2].strip()) if match[2].strip() else "1"
    match = _PARENTHESES.fullmatch(cell)
    if match and match[1] and is_unit(match[2]):
        return match[1], pure(match[2].strip())
    name, comma, unit = cell.rpartition(",")
    if comma and name.strip() and is_unit(unit):
        return name.strip(), pure(unit.strip())
    return cell, ""


def pure(unit: str) -> str:
    """``1`` for what stands for a pure number, else the unit."""
    return "1" if unit.casefold() in PURE else unit


def is_unit(text: str) -> bool:
    """Whether a word is a unit, or stands for a pure number."""
    text = text.strip()
    if text.casefold() in PURE or text == "PE":
        return True
    if not text or is_number(text):
        return False
    try:
        units.in_internal(text)
    except UnitError:
        return False
    return True


def units_of_row(cells: Sequence[str]) -> list[str] | None:
    """Units where a row below the header is one of units, else None."""
    bare = [re.sub(r"^\[(.*)\]$|^\((.*)\)$", lambda m: m[1] if m[1] is not None else m[2], cell) for cell in cells]
    if not any(is_unit(cell) and not is_number(cell) and cell not in ("-", "--") for cell in bare):
        return None
    if not all(is_unit(cell) or not cell for cell in bare):
        return None
    return [pure(cell) for cell in bare]


def known(name: str, present: Sequence[str]) -> str:
    """The name that this program uses for what a column is called, unless another column has it.

    >>> known("Energy", ["Energy", "eff"]), known("E_min", ["E_min"]), known("t", ["t"])
    ('E', 'E_low', 't')
    """
    folded = re.sub(r"[\s_.-]+", " ", name.casefold()).strip()
    for alias, meant in _KNOWN.items():
        if folded == re.sub(r"[\s_.-]+", " ", alias) and meant not in present:
            return meant
    return name
