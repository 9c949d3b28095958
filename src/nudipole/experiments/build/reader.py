"""Tables and files that a description names, and messages that say where in it something is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nudipole import tables, units
from nudipole.errors import InputError, NudipoleError, OutOfRange, UnitError
from nudipole.experiments.build.axis import BinnedAxis
from nudipole.experiments.build.rows import order
from nudipole.experiments.schema.columns import FileColumn, TableColumn
from nudipole.io import text_table
from nudipole.io.beside import Beside
from nudipole.io.text_table.header import known

Given = list[float] | TableColumn | FileColumn


class Column(NamedTuple):
    """Numbers of the bins, and the rows of the table that they are from."""

    numbers: NDArray[np.float64]
    table: tables.Table | None
    rows: NDArray[np.int64] | None
    name: str = ""

    def at(self, k: int) -> str:
        """Where the number of a bin is written."""
        if self.table is None:
            return f"entry {k + 1}"
        return f"line {self.table.line(k if self.rows is None else int(self.rows[k]), self.name)} of {self.table.name}"


class Reader:
    """Reads what one description names; knows what it is called and what lies beside it.

    Attributes
    ----------
    notes : list of str
        Doubts about what was read.
    columns : dict of str
        How the rows of tables were taken for the bins, by key.
    files : dict of str
        What was understood of the files that were read, by name.
    """

    def __init__(self, file: str | Path, beside: Beside | None) -> None:
        self.file, self.beside = file, beside
        self.notes: list[str] = []
        self.columns: dict[str, str] = {}
        self.files: dict[str, str] = {}

    def fail(self, key: str, message: str) -> InputError:
        """The error to raise about `key`."""
        return InputError(self.file, key, message)

    @contextmanager
    def at(self, key: str, unit: str = "keV") -> Iterator[None]:
        """Whatever goes wrong in the block is about `key` of the description, whose numbers are in a `unit`."""
        try:
            yield
        except InputError:
            raise
        except OutOfRange as error:
            raise self.fail(key, str(_in_words_of(error, unit))) from error
        except NudipoleError as error:
            raise self.fail(key, str(error)) from error

    def note(self, key: str, message: str) -> None:
        """Keep a doubt about `key` that whoever reads a result should know."""
        text = f"{key}: {message}"
        if text not in self.notes:
            self.notes.append(text)

    def column(self, given: Given, key: str, axes: Sequence[BinnedAxis]) -> Column:
        """Numbers of the bins along some axes, the last the fastest, from a list or from a column.

        A column is put in the order of the bins by what its table says of them (`nudipole.experiments.build.rows`).
        """
        if isinstance(given, list):
            return Column(np.array(given, float), None, None)
        table = self.table(getattr(given, "table", None), getattr(given, "file", None), key)
        numbers = self.numbers(table, given.column, key)
        found = order(table, axes, given.bins, fail=partial(self.fail, key), note=partial(self.note, key))
        self.columns[key] = f"{given.column} of {table.name} {found.words}"
        return Column(numbers if found.rows is None else numbers[found.rows], table, found.rows, given.column)

    def numbers(self, table: tables.Table, column: str, key: str) -> NDArray[np.float64]:
        """A column without dimension, which may be in per cent."""
        column = known(column, list(table.columns))
        unit = table.units.get(column, "1")
        if unit == "":
            raise self.fail(key, f"a unit is missing: write {column} [1] in the header of {table.name}")
        with self.at(key):
            return table.column(column, unit if unit == "%" else "1") * (0.01 if unit == "%" else 1.0)

    def energies(
        self, table: tables.Table, key: str, column: str = "E", *, unit: Callable[[str], float] = units.in_internal
    ) -> NDArray[np.float64]:
        """A column of energies [MeV] that rise from row to row: the points of a function.

        `unit` knows the value of what is no unit by itself, such as PE.
        """
        column = known(column, list(table.columns))
        if column == "E" and "PE" in table.columns and "E" not in table.columns:
            column = "PE"
        if column not in table.columns and f"{column}_low" in table.columns:
            message = (
                f"{table.name} has bins ({column}_low): a function is linear between points, write a column {column}"
            )
            raise self.fail(key, message)
        written = table.units.get(column, "keV")
        photoelectrons = unit is not units.in_internal and (written == "PE" or (column, written) == ("PE", "1"))
        try:
            like = "keVnr" if column == "T" else "keV"
            factor = unit("PE") if photoelectrons else units.parse(f"1 {written}", like)
        except UnitError as error:
            if re.search("eV_?(nr|ee|r)", written):
                raise self.fail(key, f"{column} of {table.name}: {error}") from error
            message = f"write {column} with its unit, for example {column} [keV], in the header of {table.name}"
            raise self.fail(key, message) from error
        with self.at(key):
            numbers = table.column(column, table.units.get(column, written))
        if len(numbers) < 2:
            message = f"{table.name} has one row: a function needs two points at least, one at each end of its range"
            raise self.fail(key, message)
        self._check_rising(table, column, numbers, key)
        return numbers * factor

    def _check_rising(self, table: tables.Table, column: str, numbers: NDArray[np.float64], key: str) -> None:
        """Points of a function are not put in order: of two at one energy it would not be known which is the first."""
        unit, name = table.units[column], table.name
        for row in np.flatnonzero(~np.isfinite(numbers)):
            raise self.fail(key, f"line {table.line(int(row))} of {name}: {column} = {numbers[row]} is not finite")
        for row in np.flatnonzero(np.diff(numbers) <= 0):
            first, second, (before, here) = table.line(int(row)), table.line(int(row) + 1), numbers[row : row + 2]
            message = f"{column} = {here:.6g} {unit} after {before:.6g} {unit} (line {second} of {name}) does not rise"
            if here == before:
                message = f"{column} = {here:.6g} {unit} twice (lines {first} and {second} of {name})"
            remedy = "sort the rows" if here < before else "a step is two values next to each other"
            raise self.fail(key, f"{message}: {'it must rise with T' if column == 'E_ee' else remedy}")

    def table(self, table: str | None, file: str | None, key: str) -> tables.Table:
        """A reference table of the package, or else a CSV file beside the description."""
        if table is not None:
            with self.at(key):
                return tables.read(table)
        return self.csv(file or "", f"{key}.file")

    def csv(self, file: str, key: str) -> tables.Table:
        """Table of a CSV file that lies beside the description."""
        if self.beside is None:
            raise self.fail(key, "an experiment of the library reads tables, not files")
        with self.at(key):
            table = text_table.table(self.beside.text(file), str(file))
        self.files[str(file)] = table.understood
        return table


def _in_words_of(error: OutOfRange, unit: str) -> OutOfRange:
    """An energy or angle in the unit that a description has in place of the internal one."""
    match error.unit:
        case "MeV":
            return error.in_unit(unit, units.in_internal(unit))
        case "rad":
            return error.in_unit("mrad", 1e-3)
        case _:
            return error
