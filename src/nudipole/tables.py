"""Reference tables: the only opener of what lies under ``data/tables``.

A table is a folder ``data/tables/<name>/`` with ``table.csv`` (a header with units, then numbers) and
``meta.toml`` (title, texkey, where in the paper, how obtained, licence, sha256).
"""

from __future__ import annotations

import csv
import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import numpy as np
from numpy.typing import NDArray

from nudipole.errors import TableError, UnknownName

#: A number in ASCII digits, with a decimal point. What is not finite is refused by whoever computes with it.
_NUMBER = re.compile(r"\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|nan|inf(?:inity)?)\s*", re.ASCII | re.IGNORECASE)


def _no_number(cell: str) -> str:
    """What is wrong with a cell, and what to write."""
    if not cell.strip():
        return "the cell is empty: write a number, or leave the row out"
    if re.fullmatch(r"\s*[+-]?[\d.]*,\d*\s*", cell):
        remedy = "write a decimal point, or separate all cells by semicolons"
    elif re.fullmatch(r"\s*[+-]?\d{1,3}([ ,_'\u00a0]\d{3})+(\.\d*)?\s*", cell):
        remedy = "write thousands without a mark between them"
    else:
        remedy = "write one, with a decimal point"
    return f"{cell.strip()[:30]!r} is no number: {remedy}"


@dataclass(frozen=True)
class Meta:
    """Where a table comes from.

    Attributes
    ----------
    title : str
    texkey : tuple of str
        INSPIRE keys, or other keys, of ``data/sources.bib``.
    where : str
        Figure, table or file of the publication.
    obtained : str
        How the numbers got here: typed, thinned, averaged, ...
    licence : str
    sha256 : str
        Of ``table.csv``.
    """

    title: str
    texkey: tuple[str, ...]
    where: str
    obtained: str
    licence: str
    sha256: str


@dataclass(frozen=True)
class Table:
    """Columns of one table, by name; numbers are in the unit of the header.

    Attributes
    ----------
    name : str
    meta : Meta or None
    units, columns : dict
        By name: the unit, ``1`` for pure numbers and empty for none; the cells.
    lines : tuple of int
        Line of the text that holds each row, where they do not follow the header one by one.
    understood : str
        What was taken for what, of a text that leaves a choice.
    lines_of : mapping of str to tuple of int
        `lines` of the columns that stand further below, where a text has a table in several parts.

    Examples
    --------
    >>> read("solar-spectrum-pp").column("E", "MeV")[:2]
    array([0.     , 0.00504])
    """

    name: str
    meta: Meta | None
    units: dict[str, str]
    columns: dict[str, tuple[str, ...]]
    lines: tuple[int, ...] = ()
    understood: str = ""
    lines_of: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def column(self, name: str, unit: str) -> NDArray[np.float64]:
        """Numbers of a column, whose header must state `unit` (``"1"`` for pure numbers)."""
        cells = self._cells(name)
        if self.units[name] != unit:
            raise TableError(f"table {self.name!r}: column {name!r} is in {self.units[name]!r}, not in {unit!r}")
        for row, cell in enumerate(cells):
            if _NUMBER.fullmatch(cell) is None:
                raise TableError(
                    f"table {self.name!r}: line {self.line(row, name)}, column {name!r}: {_no_number(cell)}"
                )
        return np.array([float(cell) for cell in cells])

    def line(self, row: int, column: str = "") -> int:
        """Line of the CSV text that holds a row, as people count: the header is line 1 unless comments precede it."""
        lines = self.lines_of.get(column, self.lines)
        return lines[row] if lines else row + 2

    def words(self, name: str) -> tuple[str, ...]:
        """Cells of a column of words."""
        return self._cells(name)

    def _cells(self, name: str) -> tuple[str, ...]:
        if name not in self.columns:
            raise UnknownName(f"column of table {self.name!r}", name, self.columns)
        return self.columns[name]


def _root() -> Traversable:
    return files("nudipole").joinpath("data/tables")


def available() -> list[str]:
    """Names of all tables."""
    return sorted(entry.name for entry in _root().iterdir() if entry.is_dir())


def sha256(name: str) -> str:
    """Hash of the table's numbers as they are on disk."""
    return hashlib.sha256(_root().joinpath(name, "table.csv").read_bytes()).hexdigest()


@cache
def read(name: str) -> Table:
    """The table called `name`.

    Raises
    ------
    UnknownName
        If there is no such table.
    TableError
        If its rows are ragged or its meta.toml incomplete.
    """
    if name not in available():
        raise UnknownName("table", str(name)[:80], available())
    folder = _root().joinpath(name)
    try:
        entries = tomllib.loads(folder.joinpath("meta.toml").read_text(encoding="utf-8"))
        meta = Meta(**{**entries, "texkey": tuple(entries["texkey"])})
    except (TypeError, KeyError, tomllib.TOMLDecodeError) as error:
        raise TableError(f"table {name!r}: meta.toml must have exactly {list(Meta.__annotations__)}") from error
    if not isinstance(entries["texkey"], list):
        raise TableError(f"table {name!r}: texkey in meta.toml must be a list")
    return parse(folder.joinpath("table.csv").read_text(encoding="utf-8"), name=name, meta=meta)


def parse(text: str, *, name: str, meta: Meta | None = None) -> Table:
    """Table from CSV text whose header cells read ``E [keV]`` (``efficiency [1]`` for pure numbers).

    Raises
    ------
    TableError
        If it is empty or its rows are ragged.
    """
    header, *rows = list(csv.reader(text.splitlines())) or [[]]
    if not header or not rows:
        raise TableError(f"table {name!r}: a header and at least one row are needed")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise TableError(f"table {name!r}: line {number} has {len(row)} cells, the header {len(header)}")
    names = [head.strip().split(" [")[0] for head in header]
    if len(set(names)) < len(names):
        raise TableError(f"table {name!r}: two columns have the same name")
    units = {key: head.strip().partition(" [")[2].rstrip("]") for key, head in zip(names, header, strict=True)}
    return Table(name, meta, units, {key: tuple(row[i] for row in rows) for i, key in enumerate(names)})
