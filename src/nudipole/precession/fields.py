r"""Transverse magnetic fields along a radius: named shapes of the Sun, tables of one's own, twists and random fields.

A shape is piecewise smooth in x = r/R. Its edges are stated: ends of cells lie on them, and no step of an integral goes
across one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path as File
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import ArgumentError, InputError, NudipoleError, TableError, UnknownName
from nudipole.io import beside
from nudipole.tables import parse

Numbers = NDArray[np.float64]

#: Units of fields [G].
UNITS = {"nG": 1e-9, "uG": 1e-6, "mG": 1e-3, "G": 1.0, "kG": 1e3, "MG": 1e6, "GG": 1e9, "mT": 10.0, "T": 1e4, "kT": 1e7}
_FIELD = re.compile(r"^\s*(-?\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)\s*([A-Za-z]*)\s*$")
#: Where the triangle of the convective zone begins, has its peak and ends.
_CONVECTIVE = (0.7, 0.85, 1.0)
_CORE = 0.3
#: The table of the sheet of reference numbers: a field that fills the Sun.
_EVERYWHERE = ((0.0, 0.1, 0.25, 0.5, 0.7, 1.0), (1.0, 0.8, 0.5, 0.2, 0.3, 0.0))


def strength(argument: str, given: Any) -> float:
    """A field [G] from a number, or a text with a unit such as 10kG.

    Raises
    ------
    ArgumentError
        Without a unit, with an unknown one, or if it is negative or not finite.

    Examples
    --------
    >>> strength("field", "10kG"), strength("field", "1e-4 T")
    (10000.0, 1.0)
    """
    remedy = "write a field with its unit, such as 10kG"
    if isinstance(given, str):
        match = _FIELD.match(given) if len(given) < 40 else None
        if match is None:
            raise ArgumentError(argument, given[:40], remedy)
        if not match[2]:
            raise ArgumentError(argument, given, f"a unit is missing: {remedy}")
        if match[2] not in UNITS:
            raise ArgumentError(argument, given, f"has the wrong unit: {remedy}")
        value = float(match[1]) * UNITS[match[2]]
    elif isinstance(given, bool) or not isinstance(given, int | float | np.number):
        raise ArgumentError(argument, str(given)[:40], remedy)
    else:
        value = float(given)
    if not (math.isfinite(value) and value >= 0):
        raise ArgumentError(argument, given, "must be 0 or more, and finite: only its size counts")
    return value


@dataclass(frozen=True, repr=False)
class Field:
    """A field along the radius.

    Attributes
    ----------
    name : str
    B0 : float
        Value of the shape's one [G].
    shape : callable
        Of x = r/R.
    edges : tuple of float
        Where the shape or its slope jumps, and its ends; cells end there.
    jumps : tuple of float
        Those where the field itself jumps.
    twist : float
        Turns of its direction from x = 0 to 1.
    words : str
        The shape in a formula.

    Examples
    --------
    >>> mine = field("core:10kG")
    >>> mine.B0, mine.edges, float(mine.at(np.array([0.15]))[0].real)
    (10000.0, (0.0, 0.3), 5625.0)
    """

    name: str
    B0: float
    shape: Callable[[Numbers], Numbers]
    edges: tuple[float, ...]
    jumps: tuple[float, ...] = ()
    twist: float = 0.0
    words: str = ""

    def __repr__(self) -> str:
        return f"Field({self})"

    def __str__(self) -> str:
        turned = f", {digits.plain(self.twist)} turns" if self.twist else ""
        return f"{self.name}, B0 = {digits.plain(self.B0)} G{turned}: B/B0 = {self.words}"

    def at(self, x: Any) -> NDArray[np.complex128]:
        """Field [G], complex where it twists."""
        x = np.asarray(x, float)
        return np.asarray(self.B0 * self.shape(x) * np.exp(2j * np.pi * self.twist * x))

    def scaled(self, B0: float) -> Field:
        """The same shape with another value."""
        return replace(self, B0=strength("B0", B0))

    @property
    def last(self) -> float:
        """Beyond it there is none."""
        return self.edges[-1]


def _core(x: Numbers) -> Numbers:
    return np.where(x < _CORE, (1 - (x / _CORE) ** 2) ** 2, 0.0)


def _named(name: str, B0: float, peak: float | None) -> Field:
    low, middle, high = _CONVECTIVE
    if peak is not None:
        if name != "convective":
            own = {"core": "ends at 0.3", "shell": "ends at 0.3", "wood-saxon": "falls with exp(10 (x - 1))"}
            shape = f"which {own[name]} and has no parameter" if name in own else "a table with none"
            raise NudipoleError(f"a peak is of the convective zone's triangle; the field is {name}, {shape}")
        if not low < peak < high:
            raise ArgumentError("peak", peak, f"must lie between {low} and {high} of the radius")
        middle = peak
    if name == "core":
        return Field(name, B0, _core, (0.0, _CORE), words="(1 - (x/0.3)^2)^2 for x < 0.3")
    if name == "convective":
        return Field(
            name,
            B0,
            lambda x: np.interp(x, (low, middle, high), (0.0, 1.0, 0.0), left=0.0, right=0.0),
            (low, middle, high),
            words=f"a triangle from {low:g} to {high:g} with its peak at {middle:g}",
        )
    if name == "wood-saxon":
        words = "1/(1 + exp(10 (x - 1))), cut at the surface, where it is 1/2"
        return Field(name, B0, lambda x: 1 / (1 + np.exp(10 * (x - 1))), (0.0, 1.0), (1.0,), words=words)
    if name == "shell":
        return Field(name, B0, lambda x: np.where(x <= _CORE, 1.0, 0.0), (0.0, _CORE), (_CORE,), words="1 for x < 0.3")
    radii, values = _EVERYWHERE
    words = "linear through " + ", ".join(f"({x:g}, {y:g})" for x, y in zip(radii, values, strict=True))
    return Field(name, B0, lambda x: np.interp(x, radii, values), radii, words=words)


#: Shapes by name, and what else they are called.
SHAPES = ("core", "convective", "wood-saxon", "shell", "table")
_ALIASES = {"cz": "convective", "convective-zone": "convective", "ws": "wood-saxon"}


def field(
    given: str | Field | File,
    *,
    peak: float | None = None,
    twist: float = 0.0,
    correlation: float | None = None,
    seed: int | None = None,
) -> Field:
    """A field by its name and value, or from a table.

    Parameters
    ----------
    given : str, Path or Field
        SHAPE:VALUE with a shape of `SHAPES`, such as core:10kG; or a CSV file with columns ``r [R_sun]`` and ``B [G]``
        (or kG, MG, T), linear in between, with ``phi [rad]`` if it twists.
    peak : float, optional
        Of the triangle of the convective zone.
    twist : float
        Turns of its direction from the centre to the surface.
    correlation : float, optional
        Make it random: its value is multiplied by a normal number of unit variance, anew for each stretch of this
        length [R_sun].
    seed : int, optional
        Of the random field.

    Returns
    -------
    Field

    Raises
    ------
    UnknownName, ArgumentError, NudipoleError, InputError
        For an unknown shape, a value without a unit, a table with gaps, radii out of order or beyond the surface.

    References
    ----------
    Akhmedov:2002mf; Miranda:2003yh (random fields)

    Examples
    --------
    >>> field("convective:50kG", peak=0.8)
    Field(convective, B0 = 50000 G: B/B0 = a triangle from 0.7 to 1 with its peak at 0.8)
    """
    if isinstance(given, Field):
        found = given
    elif isinstance(given, File) or given.endswith(".csv"):
        if peak is not None:
            raise NudipoleError("a peak is of the convective zone's triangle, not of a table")
        found = _from_csv(given)
    else:
        name, colon, value = (part.strip() for part in given.partition(":"))
        name = _ALIASES.get(name, name)
        if name not in SHAPES:
            raise UnknownName("shape of a field", name, SHAPES)
        if not colon or not value:
            raise ArgumentError("field", given, f"write its value, too, such as {name}:10kG")
        found = _named(name, strength("field", value), peak)
    if not math.isfinite(twist):
        raise ArgumentError("twist", twist, "must be finite")
    found = replace(found, twist=float(twist)) if twist else found
    if correlation is not None:
        return _random(found, correlation, seed)
    if seed is not None:
        raise NudipoleError("a seed is of a random field: give its correlation length, too")
    return found


def _random(of: Field, correlation: float, seed: int | None) -> Field:
    if not (math.isfinite(correlation) and 1e-3 <= correlation <= 1):
        raise ArgumentError("correlation", correlation, "must lie within 0.001 and 1 of the radius")
    if seed is None:
        raise NudipoleError("a random field needs a seed, so that it can be made again")
    ends = np.unique(np.concatenate([np.arange(0, 1 + correlation, correlation).clip(0, 1), of.edges]))
    ends = ends[(ends >= of.edges[0]) & (ends <= of.last)]
    grid = np.arange(0, 1 + correlation, correlation)
    factors = np.random.default_rng(seed).standard_normal(len(grid))
    inside = tuple(float(x) for x in grid if of.edges[0] < x < of.last)

    def shape(x: Numbers) -> Numbers:
        stretch = np.clip(np.searchsorted(grid, x, side="right") - 1, 0, len(factors) - 1)
        return np.asarray(of.shape(x) * factors[stretch])

    return replace(
        of,
        name=f"random {of.name}",
        shape=shape,
        edges=tuple(float(x) for x in ends),
        jumps=tuple(sorted({*of.jumps, *inside})),
        words=f"{of.words}, times a normal number anew for every {correlation:g} (seed {seed})",
    )


def _from_csv(path: str | File) -> Field:
    path = File(path)
    try:
        text = beside.Folder(path.parent).text(path.name) if path.is_file() else None
    except NudipoleError as error:
        raise InputError(str(path)[:200], "", str(error)) from None
    if text is None:
        raise InputError(str(path)[:200], "", "no such file")
    return of_text(text, path)


def of_text(text: str, name: str | File) -> Field:
    """A field from the text of a table.

    Parameters
    ----------
    text : str
        As of the file that `field` reads.
    name : str or Path
        What to call it.

    Returns
    -------
    Field

    Raises
    ------
    InputError
        As of `field`.

    Examples
    --------
    >>> of_text("r [R_sun],B [kG]\\n0,10\\n1,0", "mine.csv").B0
    10000.0
    """
    path = File(name)
    table = _table(text, path, ("r", "B"), ("phi",))
    if table.units["r"] not in ("R_sun", "1"):
        raise InputError(path, "r", f"is in {table.units['r'] or 'no unit'}: write r [R_sun]")
    if table.units["B"] not in UNITS:
        raise InputError(path, "B", f"is in {table.units['B'] or 'no unit'}: write B [G], B [kG] or B [MG]")
    r, B = _column(table, path, "r"), _column(table, path, "B") * UNITS[table.units["B"]]
    _increasing(r, path, "r", table.line)
    if r[0] < 0 or r[-1] > 1:
        row = 0 if r[0] < 0 else int(np.argmax(r > 1))
        raise InputError(path, f"line {table.line(row)}", f"r = {r[row]:g} R_sun lies outside of the Sun, 0 to 1")
    phi = np.zeros(len(r))
    if "phi" in table.columns:
        if table.units["phi"] != "rad":
            raise InputError(path, "phi", f"is in {table.units['phi'] or 'no unit'}: write phi [rad]")
        phi = _column(table, path, "phi")
    B0 = float(np.abs(B).max())
    if not B0 > 0:
        raise InputError(path, "B", "is zero everywhere")
    jumps = tuple(float(x) for x, b in ((r[0], B[0]), (r[-1], B[-1])) if b != 0 and x > 0)
    value = B / B0

    def shape(x: Numbers) -> Any:
        size = np.interp(x, r, value, left=0.0, right=0.0)
        return size * np.exp(1j * np.interp(x, r, phi)) if phi.any() else size

    words = f"linear through {len(r)} radii from {r[0]:g} to {r[-1]:g} of {path.name}"
    return Field(path.stem, B0, shape, tuple(float(x) for x in r), jumps, words=words)


def _table(text: str, path: File, needed: tuple[str, ...], allowed: tuple[str, ...] = ()) -> Any:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    try:
        table = parse("\n".join(lines), name=path.name)
    except TableError as error:
        raise InputError(path, "", str(error)) from None
    for name in needed:
        if name not in table.columns:
            raise InputError(path, "", f"a column {name} is missing: the header is {', '.join(needed)} with units")
    for name in table.columns:
        if name not in (*needed, *allowed):
            raise InputError(path, name[:40], f"is no column that is known: {', '.join((*needed, *allowed))}")
    if len(table.columns[needed[0]]) < 2:
        raise InputError(path, "", "at least two rows are needed")
    return table


def _column(table: Any, path: File, name: str) -> Numbers:
    cells = table.columns[name]
    values = np.empty(len(cells))
    for row, cell in enumerate(cells):
        try:
            values[row] = float(cell)
        except ValueError:
            what = "is empty: fill the gap" if not cell.strip() else f"{cell[:20]!r} is no number"
            raise InputError(path, f"line {table.line(row)}, {name}", what) from None
        if not math.isfinite(values[row]):
            raise InputError(path, f"line {table.line(row)}, {name}", f"{cell[:20]} is not a finite number: a gap?")
    return values


def _increasing(r: Numbers, path: File, name: str, line: Callable[[int], int]) -> None:
    steps = np.diff(r)
    if np.any(steps <= 0):
        row = int(np.argmax(steps <= 0)) + 1
        raise InputError(path, f"line {line(row)}", f"{name} = {r[row]:g} after {r[row - 1]:g}: sort it, once each")
