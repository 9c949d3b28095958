"""The global picture: every bound on one property, by where neutrinos come from, ready to be drawn or written."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nudipole import arguments, digits
from nudipole.errors import NudipoleError, UnknownName
from nudipole.io.stamp import stamp
from nudipole.limits.database import Record
from nudipole.limits.ours import ours
from nudipole.limits.selection import select
from nudipole.limits.words import NATURES, PROPERTIES
from nudipole.models.naturalness import general, quadratic

#: Groups of the picture, and sources of the records in each.
GROUPS = {
    "reactors": ("reactor",),
    "the Sun": ("solar",),
    "accelerators": ("accelerator", "stopped-pion", "beam-dump", "radioactive"),
    "colliders, atmosphere": ("collider", "atmospheric"),
    "laboratory, matter": ("laboratory", "matter"),
    "all together": ("global",),
    "stars": ("stars",),
    "supernovae": ("supernova",),
    "early Universe, cosmic": ("early-universe", "cosmic"),
    "theory": ("theory",),
}
PROJECTED, EXPECTED = "projections", "expectations of theory"
#: Properties with values of both signs: drawn as intervals.
SIGNED = ("charge-radius", "anapole")
#: From this relative difference on ours is drawn beside the published number.
_DIFFERS = 0.20
#: Mass [eV] and scale [TeV] of the lines of naturalness.
MASS, SCALE = 1.0, 1.0


@dataclass(frozen=True)
class Bar:
    """One bound of the picture.

    Attributes
    ----------
    record : str
        Id of the record; empty for one that the user gives.
    who : str
    whose : str
        Flavour, mass states or mixture.
    group : str
        Of `GROUPS`, or projections or expectations of theory.
    status : str
        That of the record.
    low, high : float or None
        Accepted values; an open end is None.
    cl : float or None
    year : int
    reference : str
        Key to cite by.
    model_dependent : bool
        Of stars, supernovae and the early Universe.
    ours : float or None
        Our re-derivation where it differs by more than 20 %.
    yours : bool
        Whether it is of a file of the user.

    Examples
    --------
    >>> bar = Bar("", "mine", "e", "reactors", "limit", None, 2e-11, 0.9, 2026, "")
    >>> bar.label
    'mine 2026 (e, 90 %)'
    """

    record: str
    who: str
    whose: str
    group: str
    status: str
    low: float | None
    high: float | None
    cl: float | None
    year: int
    reference: str
    model_dependent: bool = False
    ours: float | None = None
    yours: bool = False

    @property
    def label(self) -> str:
        """Who, when, of what, and at which level; whether it is yours."""
        level = "" if self.cl is None else f", {digits.plain(100 * self.cl, 3)} %"
        return f"{self.who} {self.year} ({self.whose}{level}{', yours' if self.yours else ''})"

    @property
    def strength(self) -> float:
        """What bars are ordered by: the largest absolute value that is accepted."""
        return max((abs(end) for end in (self.low, self.high) if end is not None), default=math.inf)


@dataclass(frozen=True)
class Line:
    """A value of theory across the picture.

    Examples
    --------
    >>> Line("3.2e-19 (m/eV)", 3.2e-19).value
    3.2e-19
    """

    label: str
    value: float


@dataclass(frozen=True, repr=False)
class World:
    """Bounds on one property, in the common unit.

    Attributes
    ----------
    quantity, unit : str
    bars : tuple of Bar
        By group, the strongest first.
    lines : tuple of Line
        Of naturalness and of the minimal Standard Model.
    marks : dict of float
        Values that the user marks.
    left_out : dict of int
        Weaker bounds of each group that are not among the bars.
    without_number : int
        Records without a number in the common unit.

    Examples
    --------
    >>> found = world("millicharge", most=1)
    >>> found.unit, found.bars[0].group
    ('e', 'reactors')
    """

    quantity: str
    unit: str
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    marks: Mapping[str, float] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    without_number: int = 0

    def __repr__(self) -> str:
        return f"World({self.quantity}, {len(self.bars)} bounds of {len(self.groups)} groups)"

    @property
    def signed(self) -> bool:
        """Whether values of both signs are meant."""
        return self.quantity in SIGNED

    @property
    def groups(self) -> dict[str, list[Bar]]:
        """Bars by group."""
        found: dict[str, list[Bar]] = {}
        for bar in self.bars:
            found.setdefault(bar.group, []).append(bar)
        return found

    def plot(self, width: float = 7.2) -> Any:
        """Draw it; `width` in inches, 3.5 for one column.

        Returns
        -------
        Figure
        """
        from nudipole import plots

        return plots.world(self, width=width)

    def history(self, width: float = 7.2) -> Any:
        """Draw bounds against the year.

        Returns
        -------
        Figure
        """
        from nudipole import plots

        return plots.history(self, width=width)

    def to_csv(self) -> str:
        """One row a bar: what is drawn."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        names = ("group", "record", "who", "year", "whose", "status", "low", "high", "unit", "cl", "ours", "reference")
        writer.writerow([*names, "model_dependent", "yours"])
        for bar in self.bars:
            cells = [getattr(bar, name) if name != "unit" else self.unit for name in names]
            writer.writerow(["" if cell is None else cell for cell in cells] + [bar.model_dependent, bar.yours])
        return text.getvalue()

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-world/1``."""
        return {
            **stamp("world"),
            "property": self.quantity,
            "unit": self.unit,
            "bars": [bar.__dict__ for bar in self.bars],
            "lines": [line.__dict__ for line in self.lines],
            "marks": dict(self.marks),
            "left_out": dict(self.left_out),
            "without_number": self.without_number,
        }


def world(
    property: str = "magnetic-moment",  # noqa: A002
    *,
    flavour: str | None = None,
    nature: str | None = None,
    current: bool = True,
    most: int | None = 6,
    marks: Mapping[str, float] | None = None,
    mass: float = MASS,
    scale: float = SCALE,
    own: str | Path | Sequence[str | Path] = (),
) -> World:
    """The bounds on one property, those of a group by their strength.

    Parameters
    ----------
    property : str
        Of `nudipole.limits.words.PROPERTIES`.
    flavour : str, optional
        Of one flavour, pair or mixture.
    nature : {"dirac", "majorana", "either"}, optional
        What holds for these neutrinos: bounds on them alone, and on either.
    current : bool
        Without what other records supersede.
    most : int or None
        Bars of a group, one for each experiment and flavour; all records if None.
    marks : mapping of str to float, optional
        Values to mark, in the common unit.
    mass : float
        Of the lines of naturalness [eV].
    scale : float
        [TeV]
    own : str, Path or sequence of them
        Files with records of yours, which are marked and always among the bars.

    Returns
    -------
    World

    Raises
    ------
    UnknownName, OutOfRange
        For unknown words, and numbers without meaning.
    NudipoleError
        If no bound is left, or none of yours.
    InputError
        For a file that is no sound record.

    References
    ----------
    Giunti:2014ixa; Jana:2022

    Examples
    --------
    >>> found = world(flavour="e", most=1)
    >>> [bar.record for bar in found.bars][:1]
    ['gemma-2012-mu-e']
    """
    if property not in PROPERTIES:
        raise UnknownName("property", property, PROPERTIES)
    mass = arguments.number("mass", mass, low=0.0, unit="eV")
    scale = arguments.number("scale", scale, low=1e-3, unit="TeV")
    if nature is not None and nature not in NATURES:
        raise UnknownName("nature", nature, NATURES)
    chosen = [
        item
        for item in select(property=property, flavour=flavour, current=current, own=own)
        if nature is None or item.bound.quantity.nature in (nature, "either")
    ]
    bars = [bar for item in chosen for bar in _bars(item)]
    if not bars:
        raise NudipoleError(f"no record of a {property} has a number under these conditions: leave one out")
    kept: list[Bar] = []
    left: dict[str, int] = {}
    for group in (*GROUPS, PROJECTED, EXPECTED):
        rows = sorted((bar for bar in bars if bar.group == group), key=lambda bar: (bar.strength, -bar.year))
        first = rows if most is None else _first(rows, group, int(arguments.number("most", most, low=1)))
        kept += first
        if len(rows) > len(first):
            left[group] = len(rows) - len(first)
    return World(
        property,
        PROPERTIES[property],
        tuple(kept),
        _lines(mass, scale) if property == "magnetic-moment" else (),
        {name: arguments.number(name, value) for name, value in (marks or {}).items()},
        left,
        len(chosen) - len({bar.record for bar in bars}),
    )


def _first(rows: Sequence[Bar], group: str, most: int) -> list[Bar]:
    """The strongest of each experiment and flavour, and all claims; of theory the largest of each publication.

    Those of the user are always among them.
    """
    if group == EXPECTED:
        largest = {bar.who: bar for bar in rows}
        return [bar for bar in rows if bar.yours or bar is largest[bar.who]]
    found: dict[tuple[str, str], Bar] = {}
    for bar in rows:
        found.setdefault((bar.who, bar.whose), bar)
    chosen = {bar.record for bar in list(found.values())[:most]}
    return [bar for bar in rows if bar.record in chosen or bar.status == "claim" or bar.yours]


def _bars(item: Record) -> list[Bar]:
    if not item.common:
        return []
    bound = item.bound
    group = next((name for name, sources in GROUPS.items() if bound.source in sources), "theory")
    if bound.status in ("sensitivity", "projection"):
        group = PROJECTED
    elif bound.status == "prediction":
        group = EXPECTED
    whose = bound.quantity.flavour if bound.quantity.mixture is None else f"{bound.quantity.mixture} mixture"
    low, high = item.common[0][0], item.common[-1][1]
    return [
        Bar(
            item.id,
            item.who,
            whose,
            group,
            bound.status,
            low,
            high,
            bound.statistics.cl,
            item.year,
            item.key,
            group in ("stars", "supernovae", "early Universe, cosmic"),
            _ours(item),
            item.yours,
        )
    ]


def _ours(item: Record) -> float | None:
    """Our number of the same end where it differs by more than the least that is drawn."""
    found = [own for own in ours().get(item.id, ()) if own.published and own.unit == PROPERTIES[item.bound.property]]
    differing = [own.ours for own in found if abs(own.ours / own.published - 1) > _DIFFERS]
    return differing[0] if len(found) == 1 and differing else None


def _lines(mass: float, scale: float) -> tuple[Line, ...]:
    """Moments [mu_B] that theory singles out."""
    from nudipole import constants as const
    from nudipole.limits.database import record

    minimal = record("fujikawa-1980-mu").common
    least = 3.2e-19 if not minimal or minimal[0][1] is None else minimal[0][1]
    m, s = digits.plain(mass, 3), digits.plain(scale, 3)
    return (
        Line(f"minimal Dirac, m = {m} eV", least * mass),
        Line(f"natural, one loop: {m} eV, {s} TeV", general(mass * const.eV, scale * 1e6)),
        Line(f"natural, Dirac operators: {m} eV, {s} TeV", quadratic(mass * const.eV, scale * 1e6)),
    )
