"""Reference tables: the only opener of what lies under ``data/tables``.

A table is a folder ``data/tables/<name>/`` with ``table.csv`` (a header with units, then numbers) and
``meta.toml`` (title, texkey, where in the paper, how obtained, licence, sha256).
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import numpy as np
from numpy.typing import NDArray

from nudipole.errors import TableError, UnknownName


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

    Examples
    --------
    >>> read("solar-spectrum-pp").column("E", "MeV")[:2]
    array([0.     , 0.00504])
    """

    name: str
    meta: Meta | None
    units: dict[str, str]
    columns: dict[str, tuple[str, ...]]

    def column(self, name: str, unit: str) -> NDArray[np.float64]:
        """Numbers of a column, whose header must state `unit` (``"1"`` for pure numbers)."""
        cells = self._cells(name)
        if self.units[name] != unit:
            raise TableError(f"table {self.name!r}: column {name!r} is in {self.units[name]!r}, not in {unit!r}")
        try:
            return np.array([float(cell) for cell in cells])
        except ValueError as error:
            raise TableError(f"table {self.name!r}: column {name!r}: {error}") from error

    def line(self, row: int) -> int:
        """Line of the CSV text that holds a row, both counted as people do: the header is line 1, the first row 0."""
        return row + 2

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
