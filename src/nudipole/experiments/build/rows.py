"""Rows of a table put in the order of the bins by the energies and times that the table itself gives.

Only a table that gives neither is read by position: its rows are the bins in their order.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nudipole import tables
from nudipole.experiments.build.axis import BinnedAxis, Fail, Own, check_units, others, own

Indices = NDArray[np.int64]

#: Two edges are the same within this fraction: what single precision or a change of units leaves of them.
_SAME = 1e-6
#: A rounded edge may lie beside that of its bin by this fraction of the bin, which is that of its counts.
_ROUNDED = 0.01
#: A value within a bin may lie beside its middle by this fraction of it without a word.
_CENTRED = 0.02
#: Bins that a message names.
_NAMED = 3


class Order(NamedTuple):
    """Rows of a table, (b,) for bins with the last axis the fastest, and how they were found."""

    rows: Indices | None
    words: str


def order(
    table: tables.Table, axes: Sequence[BinnedAxis], named: str | None, *, fail: Fail, note: Callable[[str], None]
) -> Order:
    """The row of every bin.

    Parameters
    ----------
    table : Table
    axes : sequence of BinnedAxis
        Of the bins, the slowest first.
    named : str, optional
        Columns of the table that say which bins its rows are; ``"none"``: the rows are the bins in their order,
        whatever the table says.
    fail, note : callable
        The error to raise with a message; what to do with a doubt.

    Raises
    ------
    InputError
        If the rows are not the bins, one for each.
    """
    if named == "none":
        return Order(None, "in the order of its rows (bins: none)")
    found = [given for axis in axes if (given := own(table, axis, named, fail)) is not None]
    check_units(table, fail)
    if named is not None and not any(named in (given.columns[0], given.columns[0][:-4]) for given in found):
        raise fail(f"bins: {named}: {table.name} has no columns {named}_low and {named}_high, or {named}, with a unit")
    said = ", ".join([given.words for given in found] or [" and ".join(others(table, axes))])
    for axis in axes if said else ():
        if axis.number > 1 and axis not in [given.axis for given in found]:
            raise fail(f"{table.name} gives {said} but no {axis.what}: write {axis.example} in its header, too")
    if not found:
        return Order(None, "in the order of its rows")
    places = [_places(given, fail, note) for given in found]
    rows = _rows(found, np.ravel_multi_index(places, [given.axis.number for given in found]), fail)
    if np.any(np.diff(rows) < 0):
        note(f"the rows of {table.name} are not in the order of the bins: each is taken for the bin that it gives")
    return Order(rows, f"by {', '.join(given.words for given in found)}")


def _places(given: Own, fail: Fail, note: Callable[[str], None]) -> Indices:
    """Bin of every row, along one axis."""
    place = _by_edges(given) if len(given.columns) == 2 else _by_centres(given)
    lost = np.flatnonzero(place < 0)
    if len(lost):
        raise fail(_lost(given, place, int(lost[0])))
    if len(given.columns) == 1:
        _off_centre(given, place, note)
    return place


def _by_edges(given: Own) -> Indices:
    """Bins whose edges are those of the rows; -1 where there is none.

    An edge is that of a bin within half of its last digit, but no more than a percent of the bin: rounding says
    nothing about coarser bins, and moves no more of the counts.
    """
    edges, (low, high) = given.axis.edges, given.values
    place = np.abs(edges[:-1, None] - low).argmin(axis=0)
    width = np.diff(edges)[place]
    matches = np.ones(len(low), bool)
    for value, edge, half in zip((low, high), (edges[place], edges[place + 1]), given.halves, strict=True):
        matches &= np.abs(value - edge) <= np.minimum(_SAME * np.abs(edge) + half, _ROUNDED * width)
    return np.where(matches, place, -1)


def _by_centres(given: Own) -> Indices:
    """Bins that contain the rows; -1 for one that lies outside or on an edge, of which it does not say the side."""
    edges, value = given.axis.edges, given.values[0]
    place = np.searchsorted(edges, value, side="right") - 1
    on_edge = np.any(np.abs(edges[:, None] - value) <= _SAME * np.abs(value), axis=0)
    return np.where((place >= 0) & (place < given.axis.number) & ~on_edge, place, -1)


def _off_centre(given: Own, place: Indices, note: Callable[[str], None]) -> None:
    """A value far from the middle of its bin may be a mean, or that of another bin."""
    low, high, value = given.axis.edges[place], given.axis.edges[place + 1], given.values[0]
    off = np.minimum(np.abs(value - (low + high) / 2), np.abs(value - np.sqrt(np.maximum(low * high, 0))))
    beside = np.maximum(off - given.halves[0], 0) / (high - low)
    row = int(beside.argmax())
    if beside[row] > _CENTRED:
        bin_, line = given.bins(int(place[row]), int(place[row])), given.table.line(row)
        words = f"{given.row(row)} (line {line} of {given.table.name}) is taken for the bin {bin_}"
        note(f"{words}, whose middle it is not: edges ({given.axis.example}) would say for certain")


def _lost(given: Own, place: Indices, row: int) -> str:
    """Why the rows are not the bins."""
    axis, table, last = given.axis, given.table, given.axis.number - 1
    span = f"{given.number(given.values.min())} to {given.number(given.values.max())} {given.unit}"
    what = "edges" if len(given.columns) == 2 else "values"
    empty = [k for k in range(axis.number) if k not in place]
    missing = f", and no row has {given.bins(empty[0], empty[0])}" if empty and len(given.columns) == 2 else ""
    why = _overlap(given) or f"line {table.line(row)} has {given.row(row)}, which is {_none(given, row)}{missing}"
    remedy = f"write {axis.key} as in the table, or its rows as the bins"
    verb = "are not those of" if len(given.columns) == 2 else "do not lie in"
    return f"the {what} of {table.name} ({span}) {verb} the bins ({given.bins(0, last)}): {why}; {remedy}"


def _none(given: Own, row: int) -> str:
    """What a row is instead of a bin."""
    value, edges = given.values[0, row], given.axis.edges
    if len(given.columns) == 2:
        return "no bin"
    inside = edges[0] <= value <= edges[-1]
    return "an edge of the bins and says of neither which (write both edges)" if inside else "in no bin"


def _overlap(given: Own) -> str:
    """Two rows that share energies but are not the same, in words; empty if there are none."""
    if len(given.columns) == 1:
        return ""
    low, high = given.values
    by_low = np.lexsort((high, low))
    for one, other in itertools.pairwise(by_low):
        same = low[one] == low[other] and high[one] == high[other]
        if not same and low[other] < high[one] - given.halves[:, other].max():
            first, second = sorted((int(one), int(other)))
            lines = f"lines {given.table.line(first)} and {given.table.line(second)}"
            return f"{lines} overlap, {given.row(first)} and {given.row(second)}"
    return ""


def _rows(found: list[Own], place: Indices, fail: Fail) -> Indices:
    """Row of every bin, of which there must be one."""
    shape, table = [given.axis.number for given in found], found[0].table
    number, first = np.bincount(place, minlength=int(np.prod(shape))), np.argsort(place, kind="stable")

    def named(k: int) -> str:
        return ", ".join(given.bins(int(i), int(i)) for given, i in zip(found, np.unravel_index(k, shape), strict=True))

    for k in np.flatnonzero(number > 1):
        lines = " and ".join(str(table.line(int(row))) for row in np.flatnonzero(place == k)[:2])
        in_time = any(given.axis.what == "time" for given in found)
        hint = "; bins of time are detector.time" if "t_low" in table.columns and not in_time else ""
        raise fail(f"lines {lines} of {table.name} are both {named(int(k))}: each bin has one row{hint}")
    empty = np.flatnonzero(number == 0)
    if len(empty):
        rest = f" and {len(empty) - _NAMED} more" if len(empty) > _NAMED else ""
        bins = "; ".join(named(int(k)) for k in empty[:_NAMED]) + rest
        raise fail(f"{table.name} has no row for {bins}: every bin has one, those below a threshold too")
    return first
