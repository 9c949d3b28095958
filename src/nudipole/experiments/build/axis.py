"""What a table says about its rows: the bins of energy or of time that they are.

A table says which bin a row is by the edges of the bin (E_low and E_high) or by an energy within it (E), each with its
unit; times likewise (t_low and t_high, or t).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from nudipole import tables, units
from nudipole.errors import InputError, NudipoleError, UnitError

Numbers = NDArray[np.float64]
Fail = Callable[[str], InputError]

_LIKE = {"energy": "keV", "time": "s"}
#: Columns that may hold an energy or time within the bin; with _low and _high they are its edges.
_NAMES = {"energy": ("E", "E_ee", "T", "PE", "energy"), "time": ("t", "time")}
_EXAMPLES = {"energy": "E_low [keV],E_high [keV]", "time": "t_low [us],t_high [us]"}
#: Columns that count the rows.
_COUNTERS = ("", "bin", "bins", "row", "index", "number", "i", "n", "#", "no", "no.")


@dataclass(frozen=True)
class BinnedAxis:
    """Bins of energy or time.

    Attributes
    ----------
    what : {"energy", "time"}
    key : str
        Of the description.
    edges : (n+1,)
        [MeV] or [MeV^-1]
    unit : callable
        Internal value of a unit of such bins.
    """

    what: str
    key: str
    edges: Numbers
    unit: Callable[[str], float]

    @property
    def number(self) -> int:
        """Of the bins."""
        return len(self.edges) - 1

    @property
    def example(self) -> str:
        """Edges of its bins in the header of a table."""
        return _EXAMPLES[self.what]

    def unit_of(self, table: tables.Table, column: str) -> str | None:
        """Unit of a column of energies (photoelectrons are) or times; None for a column of anything else."""
        unit = table.units[column]
        if any(_is_named(column, what) for what in _NAMES if what != self.what):
            return None
        if self.what == "energy" and (unit == "PE" or (unit == "1" and column in ("PE", "PE_low", "PE_high"))):
            return "PE"
        try:
            units.parse(f"1 {unit}", _LIKE[self.what])
        except UnitError:
            return None
        return unit

    def named(self, column: str) -> bool:
        """Whether a column is called as those of this axis are."""
        return _is_named(column, self.what)

    def centres(self) -> tuple[str, ...]:
        """Names of what lies within a bin."""
        return _NAMES[self.what]


def _is_named(column: str, what: str) -> bool:
    return column.removesuffix("_low").removesuffix("_high") in _NAMES[what]


@dataclass(frozen=True)
class Own:
    """Energies or times that a table gives: edges of bins, or one value within each.

    Attributes
    ----------
    axis : BinnedAxis
    table : Table
    columns : tuple of str
        Two edges, or one.
    unit : str
        Of the first column.
    values, halves : (1 or 2, row)
        [MeV] or [MeV^-1]; what half of the last digit that is written is worth.
    """

    axis: BinnedAxis
    table: tables.Table
    columns: tuple[str, ...]
    unit: str
    values: Numbers
    halves: Numbers

    @property
    def words(self) -> str:
        """The columns."""
        return " and ".join(self.columns)

    def number(self, value: float) -> str:
        """An energy or time in the unit of the table."""
        return f"{value / self.axis.unit(self.unit):.6g}"

    def row(self, row: int) -> str:
        """What a row says."""
        ends = [self.number(value) for value in self.values[:, row]]
        return f"{' to '.join(ends)} {self.unit}" if len(ends) == 2 else f"{self.columns[0]} = {ends[0]} {self.unit}"

    def bins(self, first: int, last: int) -> str:
        """Range of some bins."""
        low, high = self.axis.edges[first], self.axis.edges[last + 1]
        return f"{self.number(low)} to {self.number(high)} {self.unit}"


def own(table: tables.Table, axis: BinnedAxis, named: str | None, fail: Fail) -> Own | None:
    """What a table says about the bins of an axis; None if nothing.

    Parameters
    ----------
    table : Table
    axis : BinnedAxis
    named : str, optional
        The columns to take: of this name with _low and _high, or of this name.
    fail : callable
        The error to raise with a message.

    Raises
    ------
    InputError
        If it says it twice, or by columns whose names or units are not understood.
    """
    for column in filter(axis.named, table.columns):
        if table.units[column] not in ("", "1") and axis.unit_of(table, column) is None:
            unit, like = table.units[column][:20], _LIKE[axis.what]
            raise fail(
                f"{column} of {table.name} is in {unit!r}: write a unit of {axis.what}, for example {column} [{like}]"
            )
    measured = [column for column in table.columns if axis.unit_of(table, column) is not None]
    edges = [
        name for column in measured if (name := column.removesuffix("_low")) != column and f"{name}_high" in measured
    ]
    candidates = edges or [name for name in axis.centres() if name in measured]
    if named in (*edges, *measured):
        candidates = [str(named)]
    if len(candidates) > 1 and named is None:
        choice = " or ".join(f"bins: {name}" for name in candidates)
        raise fail(f"{table.name} gives the {axis.what} twice: write beside column which one {axis.key} is, {choice}")
    if len(candidates) == 1:
        name = candidates[0]
        return _read(table, axis, (f"{name}_low", f"{name}_high") if name in edges else (name,), fail)
    if not candidates:
        _check_unread(table, axis, measured, fail)
    return None


def _check_unread(table: tables.Table, axis: BinnedAxis, measured: list[str], fail: Fail) -> None:
    """A column that may say which bins the rows are, but in other words, is not passed over."""
    if axis.what == "time":
        measured = [column for column in measured if axis.named(column)]
    if not measured:
        return
    column, name = measured[0], measured[0].removesuffix("_low").removesuffix("_high")
    remedy = f"write {axis.example} for the edges of the bins, or {axis.centres()[0]} for what lies within each"
    if name != column:
        remedy = f"{name}_low and {name}_high go together"
    unit = table.units[column]
    raise fail(f"{column} [{unit}] of {table.name}: {remedy} (bins: none beside column reads the rows in their order)")


def check_units(table: tables.Table, fail: Fail) -> None:
    """Numbers without a unit might be energies.

    Raises
    ------
    InputError
        For a column of numbers without a unit, unless it counts the rows.
    """
    for column, cells in table.columns.items():
        if table.units[column] == "" and column.lower() not in _COUNTERS and _are_numbers(cells):
            like = "us" if _is_named(column, "time") else "keV"
            write = f"{column} [{like}], or {column} [1] for a pure number,"
            raise fail(f"a unit is missing: write for example {write} in the header of {table.name}")
        if table.units[column] == "1" and column in ("E", "E_low", "E_high", "t_low", "t_high"):
            like = "keV" if column[0] == "E" else "us"
            raise fail(f"{column} [1] of {table.name} is no pure number: write its unit, for example {column} [{like}]")


def others(table: tables.Table, axes: Sequence[BinnedAxis]) -> tuple[str, ...]:
    """Columns that say something about bins of another kind than those of some axes."""
    kinds = [what for what in _NAMES if what not in [axis.what for axis in axes]]
    units_given = [column for column in table.columns if table.units[column] != ""]
    return tuple(column for column in units_given if any(_is_named(column, what) for what in kinds))


def _are_numbers(cells: tuple[str, ...]) -> bool:
    try:
        return [float(cell) for cell in cells] != []
    except ValueError:
        return False


def _read(table: tables.Table, axis: BinnedAxis, columns: tuple[str, ...], fail: Fail) -> Own:
    values, halves, unit = [], [], ""
    for column in reversed(columns):
        unit = axis.unit_of(table, column) or ""
        try:
            numbers, scale = table.column(column, table.units[column]), axis.unit(unit)
        except InputError:
            raise
        except NudipoleError as error:
            raise fail(str(error)) from error
        for row in np.flatnonzero(~np.isfinite(numbers)):
            raise fail(f"line {table.line(int(row))} of {table.name}: {column} = {numbers[row]} is not finite")
        values.append(numbers * scale)
        halves.append([scale * _half_digit(cell) for cell in table.words(column)])
    found = Own(axis, table, columns, unit, np.array(values[::-1]), np.array(halves[::-1]))
    if len(columns) == 2:
        for row in np.flatnonzero(found.values[0] >= found.values[1]):
            low, high = (found.number(value) for value in found.values[:, row])
            words = f"{columns[0]} = {low} must lie below {columns[1]} = {high} {unit}"
            raise fail(f"line {table.line(int(row))} of {table.name}: {words}")
    return found


def _half_digit(cell: str) -> float:
    """Half of the last digit that is written: 0.005 for 1.50."""
    exponent = Decimal(cell.strip()).as_tuple().exponent
    assert isinstance(exponent, int)  # finite, which was checked
    return float(0.5 * 10.0**exponent)
