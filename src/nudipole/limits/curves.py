"""Limits against another quantity: their points, from the CSV file beside the record."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from nudipole import tables
from nudipole.errors import NudipoleError, TableError
from nudipole.limits.record import Curve

if TYPE_CHECKING:
    from nudipole.limits.database import Record

Numbers = np.ndarray[Any, np.dtype[Any]]


def curve(item: Record) -> tuple[Numbers, Numbers]:
    """Points of a curve, as they are published: nothing between them, nothing beyond.

    Parameters
    ----------
    item : Record
        Whose result is a curve.

    Returns
    -------
    x, y : (n,)
        In `x_unit` and `unit` of the result.

    Raises
    ------
    NudipoleError
        If the record is a number, or one of yours, whose table lies beside your file.
    TableError
        If the table is not what the record says.

    Examples
    --------
    >>> from nudipole.limits import record
    >>> x, y = curve(record("magill-2018-d-e-lsnd"))
    >>> len(x) == len(y), bool(np.all(np.diff(x) > 0))
    (True, True)
    """
    result = item.bound.result
    if not isinstance(result, Curve):
        raise NudipoleError(f"{item.id} is a number, {item.written}, and no curve")
    if item.yours:
        raise NudipoleError(f"{item.id} is of a file of yours: its points are in {result.table} beside that")
    text = files("nudipole").joinpath(f"limits/library/{result.table}").read_text(encoding="utf-8")
    return points(text, result)


def points(text: str, result: Curve) -> tuple[Numbers, Numbers]:
    """Points of a CSV text, checked against the record that names it.

    Parameters
    ----------
    text : str
    result : Curve

    Returns
    -------
    x, y : (n,)

    Raises
    ------
    TableError
        If columns or units are others, a cell is no positive number, or a line is not sorted and unique in x.
    """
    table = tables.parse(text, name=result.table)
    (name,) = [column for column in table.columns if column != result.x] if len(table.columns) == 2 else ("",)
    x, y = table.column(result.x, result.x_unit), table.column(name, result.unit)
    for column, values in ((result.x, x), (name, y)):
        wrong = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
        if len(wrong):
            line = table.line(int(wrong[0]))
            raise TableError(f"table {table.name!r}: line {line}: {column} = {values[wrong[0]]:g} must be positive")
    if result.geometry == "line" and (back := np.flatnonzero(np.diff(x) <= 0)).size:
        line = table.line(int(back[0]) + 1)
        raise TableError(f"table {table.name!r}: line {line}: {result.x} must rise; a region is geometry: polygon")
    return x, y
