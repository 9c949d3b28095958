"""Quenchings that a description gives as a table, and what is doubtful about any of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nudipole import tables, units
from nudipole.detectors import QUENCHINGS, Detector, Quenching
from nudipole.errors import OutOfRange
from nudipole.experiments.build.reader import Reader
from nudipole.experiments.schema.detector import QuenchingTableSpec

#: Columns that hold E_ee/T in place of E_ee.
FACTORS = ("QF", "Q", "factor", "quenching_factor", "quenching")
#: By how much E_ee may exceed T for rounding.
_ROUNDING = 1e-9
#: Recoil energies at which a formula is looked at.
_POINTS = 400
_REASON = "no nucleus gives more than an electron of its energy"


def quenching_table(given: QuenchingTableSpec, reader: Reader, key: str) -> Quenching:
    """Quenching through the points of two lists, or of a table with the columns T and E_ee, or T and a factor.

    E_ee above T is noted. A factor is multiplied by T at the points; in between E_ee is linear.

    Raises
    ------
    InputError
        If a column is missing or does not rise.
    """
    if given.T is not None and given.E_ee is not None:
        unit = units.in_internal(given.unit)
        T, E_ee, where = unit * np.array(given.T), unit * np.array(given.E_ee), "entry {}"
    else:
        table = reader.table(given.table, given.file, key)
        T, E_ee = reader.energies(table, key, "T"), _quenched(table, reader, key)
        where = f"line {{}} of {table.name}"
    above = np.flatnonzero(E_ee > T * (1 + _ROUNDING)) if len(T) == len(E_ee) else np.zeros(0, int)
    if len(above):
        row = int(above[0])
        at = where.format(row + 1 if given.T is not None else table.line(row))
        first = f"E_ee = {_kev(E_ee[row])} above T = {_kev(T[row])} ({at}; {len(above)} of {len(T)} rows)"
        reader.note(key, f"{first}: {_REASON}: are the columns swapped, or is a factor in per cent?")
    return QUENCHINGS["table"](T, E_ee)


def _quenched(table: tables.Table, reader: Reader, key: str) -> NDArray[np.float64]:
    """Column E_ee, or else a factor times T [MeV]."""
    factors = [name for name in FACTORS if name in table.columns]
    if "E_ee" not in table.columns and factors:
        E_ee: NDArray[np.float64] = reader.numbers(table, factors[0], key) * reader.energies(table, key, "T")
        for row in np.flatnonzero(np.diff(E_ee) <= 0):
            line = f"line {table.line(int(row) + 1)} of {table.name}"
            message = f"{factors[0]} T = {_kev(E_ee[row + 1])} after {_kev(E_ee[row])} ({line}) does not rise"
            raise reader.fail(key, f"{message}: E_ee must rise with T")
        reader.columns[key] = f"{factors[0]} of {table.name} times T"
        return E_ee
    if table.units.get("E_ee") == "1":
        message = f"E_ee [1] of {table.name} is no energy: write E_ee [keV], or QF [1] for a factor to multiply T by"
        raise reader.fail(key, message)
    if "E_ee" not in table.columns:
        message = f"{table.name} has no column E_ee: write T [keV],E_ee [keV], or T [keV],QF [1] for a factor"
        raise reader.fail(key, f"{message} (it has {', '.join(table.columns)})")
    return reader.energies(table, key, "E_ee")


def note_formula_above(detector: Detector, reader: Reader, key: str) -> None:
    """Note where a formula gives E_ee above T within the recoils that the detector counts."""
    try:
        low, high = detector.recoil_range()
    except OutOfRange:
        # The fold refuses it and says why.
        return
    kinks = detector.quenching.kinks()
    T = np.geomspace(low, high if np.isfinite(high) else max(low, *kinks, 1.0), _POINTS)
    E_ee = np.asarray(detector.quenching(T))
    above = np.flatnonzero(E_ee > T * (1 + _ROUNDING))
    if len(above):
        first = f"E_ee = {_kev(E_ee[above[0]])} above T = {_kev(T[above[0]])}"
        reader.note(key, f"{first}, within the recoils that are counted: {_REASON}: check coefficients, unit and up_to")


def _kev(energy: float) -> str:
    return f"{units.express(float(energy), 'keV'):.4g} keV"
