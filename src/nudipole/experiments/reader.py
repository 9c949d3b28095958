"""Tables and files that a description names, and messages that say where in it something is wrong."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nudipole import tables, units
from nudipole.errors import InputError, NudipoleError, OutOfRange, UnitError
from nudipole.experiments.columns import FileColumn, TableColumn

MAX_CSV_BYTES = 5_000_000


class Reader:
    """Reads what one description names; knows what it is called and where its files lie."""

    def __init__(self, file: str | Path, folder: Path | None) -> None:
        self.file, self.folder = file, folder

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

    def column(self, given: list[float] | TableColumn | FileColumn, key: str) -> NDArray[np.float64]:
        """Finite numbers from a list or from a column."""
        if isinstance(given, list):
            return np.array(given, float)
        table = self.table(getattr(given, "table", None), getattr(given, "file", None), key)
        return self.numbers(table, given.column, key)

    def numbers(self, table: tables.Table, column: str, key: str) -> NDArray[np.float64]:
        """A column without dimension."""
        if table.units.get(column) == "":
            raise self.fail(key, f"a unit is missing: write {column} [1] in the header of {table.name}")
        with self.at(key):
            return table.column(column, "1")

    def energies(self, table: tables.Table, key: str, column: str = "E") -> NDArray[np.float64]:
        """A column of energies [MeV]."""
        unit = table.units.get(column, "keV")
        try:
            factor = units.parse(f"1 {unit}", "keV")
        except UnitError as error:
            message = f"write {column} with its unit, for example {column} [keV], in the header of {table.name}"
            raise self.fail(key, message) from error
        with self.at(key):
            return table.column(column, unit) * factor

    def table(self, table: str | None, file: str | None, key: str) -> tables.Table:
        """A reference table of the package, or else a CSV file beside the description."""
        if table is not None:
            with self.at(key):
                return tables.read(table)
        return self.csv(file or "", f"{key}.file")

    def csv(self, file: str, key: str) -> tables.Table:
        """Table of a CSV file in the folder of the description."""
        path = self._inside(file, key)
        try:
            if path.stat().st_size > MAX_CSV_BYTES:
                raise self.fail(key, f"{file} is larger than {MAX_CSV_BYTES // 1_000_000} MB")
            with self.at(key):
                return tables.parse(path.read_text(encoding="utf-8-sig").rstrip(), name=str(file))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise self.fail(key, f"{file} cannot be read: {error}") from error

    def _inside(self, file: str, key: str) -> Path:
        """The path of `file`, which must lie in the folder of the description."""
        if self.folder is None:
            raise self.fail(key, "an experiment of the library reads tables, not files")
        try:
            path = (self.folder / file).resolve()
            if path.is_relative_to(self.folder.resolve()) and path.is_file():
                return path
        except (OSError, ValueError):
            pass
        raise self.fail(key, f"{file[:80]!r} is not a file in the folder of the YAML: put it there and write its name")


def _in_words_of(error: OutOfRange, unit: str) -> OutOfRange:
    """An energy or angle in the unit that a description has in place of the internal one."""
    match error.unit:
        case "MeV":
            return error.in_unit(unit, units.in_internal(unit))
        case "rad":
            return error.in_unit("mrad", 1e-3)
        case _:
            return error
