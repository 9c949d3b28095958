"""What is varied of a description: ranges and lists of values, as people write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from nudipole import digits, units
from nudipole.errors import ArgumentError, UnitError, UnknownName

#: A grid over more than this ratio is logarithmic unless one asks.
_LOGARITHMIC_FROM = 8.0
MAX_POINTS = 200
#: Spacings of a range.
GRIDS = ("auto", "log", "linear")
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"^\s*({_NUMBER})\s*([^\d\s.][^.]*?)?\s*\.\.\s*({_NUMBER})\s*(.*?)\s*$")


class Axis(NamedTuple):
    """A number of the description that is varied.

    Attributes
    ----------
    key : str
        Path in the description, such as ``detector.threshold``.
    values : tuple
        What is written there, point by point: text with a unit, numbers or words.
    numbers : tuple of float or None
        The same as numbers for a plot; None for words.
    unit : str
    logarithmic : bool
        Spacing, for the plot.

    Examples
    --------
    >>> Axis.of("detector.threshold", "0.5..2 keV", points=3).values
    ('0.5 keV', '1.25 keV', '2 keV')
    """

    key: str
    values: tuple[Any, ...]
    numbers: tuple[float, ...] | None
    unit: str
    logarithmic: bool

    @classmethod
    def parse(cls, text: str, *, points: int = 9, grid: str = "auto") -> Axis:
        """An axis from ``KEY=LOW..HIGH UNIT`` or ``KEY=VALUE,VALUE,...``.

        Parameters
        ----------
        text : str
            For example ``detector.threshold=0.1..3keV`` or ``target.element=Ge,Xe``.
        points : int
            Of a range.
        grid : {"auto", "log", "linear"}
            Spacing of a range; ``"auto"`` is logarithmic over a factor 8 and more.

        Raises
        ------
        NudipoleError
            If the text is neither, with an example.

        Examples
        --------
        >>> Axis.parse("exposure=1..100 t yr", points=3).values
        ('1 t yr', '10 t yr', '100 t yr')
        """
        key, equals, given = text.partition("=")
        key = key.strip()
        if not (equals and key and given.strip()):
            name = key or "detector.threshold"
            raise ArgumentError("vary", text, f"write {name}=LOW..HIGH UNIT, such as 0.1..3keV, or {name}=VALUE,VALUE")
        if grid not in GRIDS:
            raise UnknownName("grid", grid, GRIDS)
        if not 2 <= points <= MAX_POINTS:
            raise ArgumentError("points", points, f"write a number from 2 to {MAX_POINTS}")
        match = _RANGE.match(given)
        if match is None:
            return cls._of_list(key, given)
        low, unit_low, high, unit = float(match[1]), match[2] or "", float(match[3]), match[4].replace("*", " ")
        if unit_low and unit_low != unit:
            raise ArgumentError("vary", text, "one unit after the last number, for example 0.1..3keV")
        if not low < high:
            raise ArgumentError("vary", text, "the second number must be the larger")
        if unit:
            try:
                units.in_internal(unit)
            except UnitError as error:
                raise ArgumentError("vary", text, f"{error}") from error
        logarithmic = grid == "log" or (grid == "auto" and low > 0 and high / low >= _LOGARITHMIC_FROM)
        if logarithmic and not low > 0:
            raise ArgumentError("vary", text, "a logarithmic grid begins above 0")
        numbers = np.geomspace(low, high, points) if logarithmic else np.linspace(low, high, points)
        rounded = tuple(float(f"{number:.4g}") for number in numbers)
        values = tuple(f"{digits.plain(number)} {unit}" for number in rounded) if unit else tuple(map(_whole, rounded))
        return cls(key, values, rounded, unit, logarithmic)

    @classmethod
    def of(cls, key: str, given: str | Sequence[Any], *, points: int = 9, grid: str = "auto") -> Axis:
        """An axis from a key and a range, or values as they would be written in the description.

        Parameters
        ----------
        key : str
        given : str or sequence
            A range or list as of `parse`, or the values themselves.
        points, grid
            As of `parse`.

        Examples
        --------
        >>> Axis.of("target.element", ["Ge", "Xe"]).values, Axis.of("exposure", "1..100 t yr", points=3).numbers
        (('Ge', 'Xe'), (1.0, 10.0, 100.0))
        """
        if not isinstance(given, str):
            given = ",".join(str(value) for value in given)
        return cls.parse(f"{key}={given}", points=points, grid=grid)

    @classmethod
    def _of_list(cls, key: str, given: str) -> Axis:
        items = [item.strip() for item in given.split(",")]
        parsed = [re.match(rf"^({_NUMBER})\s*(.*)$", item) for item in items]
        if not all(parsed):
            return cls(key, tuple(items), None, "", False)
        numbers = tuple(float(match[1]) for match in parsed if match)
        # A unit after the last number is meant for all of them.
        last = (parsed[-1][2] if parsed[-1] else "").replace("*", " ")
        given_units = [(match[2].replace("*", " ") if match else "") or last for match in parsed]
        values = tuple(
            f"{digits.plain(n, 17)} {u}" if u else _whole(n) for n, u in zip(numbers, given_units, strict=True)
        )
        same = len(set(given_units)) == 1
        return cls(key, values, numbers if same else None, given_units[0] if same else "", False)

    def change(self, value: Any) -> dict[str, Any]:
        """The change of a description that writes `value` there."""
        made: Any = value
        for name in reversed(self.key.split(".")):
            made = {name: made}
        change: dict[str, Any] = made
        return change


def _whole(number: float) -> float:
    """A number as it would be typed: 1, not 1.0."""
    return int(number) if number.is_integer() and abs(number) < 1e15 else number
