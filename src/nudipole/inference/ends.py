"""Ends of intervals as they are shown, in the unit of the parameter, and what they rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nudipole.digits import number
from nudipole.inference.methods import Asymptotic
from nudipole.properties import Parameter
from nudipole.statistics import Band, Interval, Model, expected_bands
from nudipole.statistics.neyman.construction import Point, ToyInterval

#: Said of a limit that excludes what the experiment is hardly sensitive to.
SURPRISE = "of expectation, by a fluctuation of the data"


@dataclass(frozen=True)
class Ends:
    """Ends of one construction in the parameter's unit.

    Attributes
    ----------
    intervals : tuple of (lower, upper)
        The accepted values in rising order: several intervals where the data have several solutions. `lower` is 0 where
        the first reaches the boundary; None where a one-sided construction has no lower end.
    expected_upper : float
        Median upper end without signal (Asimov): of several intervals, of the one nearest to no effect.
    threshold : float
        Delta chi2 at the upper end.
    sides : {"two", "one"}
    band : dict of float
        Upper ends expected without signal, by standard deviations from -2 to 2: asymptotic, or by toys where the ends
        are; empty where it is not known.
    lower_band : dict of float or None
        The same of the lower end of a parameter with a sign.
    """

    intervals: tuple[tuple[float | None, float], ...]
    expected_upper: float
    threshold: float
    sides: str
    band: dict[int, float]
    lower_band: dict[int, float] | None = None

    @property
    def lower(self) -> float | None:
        """Lower end of the first interval."""
        return self.intervals[0][0]

    @property
    def upper(self) -> float:
        """Upper end of the last interval."""
        return self.intervals[-1][1]

    @property
    def nearest(self) -> tuple[float | None, float]:
        """The interval nearest to no effect."""
        return min(self.intervals, key=lambda ends: max(-np.inf if ends[0] is None else ends[0], -ends[1], 0.0))

    def words(self, name: str, digits: int = 3) -> str:
        """The accepted values of a parameter of this name."""

        def one(lower: float | None, upper: float) -> str:
            low = f"{number(lower, digits)} < " if lower else ""
            return f"{low}{name} < {number(upper, digits)}"

        return " or ".join(one(*ends) for ends in self.intervals)

    @property
    def surprises(self) -> list[str]:
        """Which ends exclude more than those at the edge of one standard deviation of the expected band would."""
        found = []
        lower, upper = self.nearest
        if self.lower_band and lower is not None and lower > self.lower_band[1]:
            found.append("lower end above the +1 sigma edge")
        if self.band and upper < self.band[-1]:
            found.append("upper end below the -1 sigma edge")
        return found

    def constrained(self) -> Ends:
        """The same with an upper end not below the -1 sigma edge: a power-constrained limit.

        References
        ----------
        Cowan:2011an
        """
        return replace(self, intervals=((self.lower, max(self.upper, self.band[-1])),))

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        bands = {"expected_band": plain_band(self.band), "expected_lower_band": plain_band(self.lower_band)}
        rest = {key: value for key, value in vars(self).items() if key not in ("band", "lower_band", "intervals")}
        ends = {"lower": self.lower, "upper": self.upper, "intervals": [list(ends) for ends in self.intervals]}
        return ends | rest | bands | {"beyond_expected_band": self.surprises}


def plain_band(band: dict[int, float] | None) -> dict[str, float] | None:
    return {f"{z:+d}" if z else "0": value for z, value in band.items()} if band else None


@dataclass(frozen=True)
class MonteCarlo:
    """What a limit by toys rests on, in the parameter's unit.

    Attributes
    ----------
    toys, seed, careful : int
        Drawn in all; their seed; fits that needed the careful minimisers.
    lower_error, upper_error : float
        Errors of the ends by the number of toys.
    band : dict of float
        Upper ends expected without signal, by standard deviations from -2 to 2.
    points : tuple of Point
        Tested values (of the square, for a moment) with thresholds and p-values.
    exact : bool
        Whether every outcome was enumerated: nothing is random then.
    outcomes : int
        Of the largest enumeration.
    precise : bool
        Whether toys were enough for the precision that was asked for.
    """

    toys: int
    seed: int
    careful: int
    lower_error: float
    upper_error: float
    band: dict[int, float]
    points: tuple[Point, ...]
    exact: bool = False
    outcomes: int = 0
    precise: bool = True

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        rest = {key: value for key, value in vars(self).items() if key not in ("band", "points")}
        return rest | {"band": plain_band(self.band), "points": [point._asdict() for point in self.points]}


def asymptotic_ends(
    found: Mapping[str, Interval],
    expected: Mapping[str, Interval],
    null: Model,
    in_unit: Callable[[float], float],
) -> dict[str, Ends]:
    """Intervals of the data and of the background-only Asimov data set, as they are shown, with expected bands.

    Parameters
    ----------
    found, expected : mapping of str to Interval
    null : Model
        The Asimov data set.
    in_unit : callable
        From the parameter of interest to the parameter.
    """
    reach = max(abs(end) for item in expected.values() for end in nearest(item.pieces) if np.isfinite(end))
    cl = next(iter(found.values())).cl
    bands = expected_bands(null, cl, found, reach)
    ends = {}
    for key, item in found.items():
        upper, lower = band_in_unit(bands[key], in_unit)
        two = item.sides == "two"
        # The median is that of the fits, not of the scan.
        least, median = (in_unit(end) for end in nearest(expected[key].pieces))
        ends[key] = Ends(
            intervals=in_pieces(item.pieces, in_unit, open_below=not two),
            expected_upper=median,
            threshold=item.threshold_at_upper,
            sides=item.sides,
            band=upper | {0: median},
            lower_band=lower | {0: least} if two and lower is not None else None,
        )
    return ends


def in_pieces(
    pieces: Sequence[tuple[float, float]], in_unit: Callable[[float], float] = float, *, open_below: bool = False
) -> tuple[tuple[float | None, float], ...]:
    """Intervals in the unit of the parameter; one that is open below has no lower end."""
    found: list[tuple[float | None, float]] = [(in_unit(low), in_unit(high)) for low, high in pieces]
    if open_below:
        found[0] = (None, found[0][1])
    return tuple(found)


def nearest(intervals: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Of several intervals the one that is nearest to no effect."""
    return min(intervals, key=lambda ends: max(ends[0], -ends[1], 0.0))


def band_in_unit(band: Band, in_unit: Callable[[float], float]) -> tuple[dict[int, float], dict[int, float] | None]:
    """Upper and lower ends of a band in the unit of the parameter."""
    upper = {z: in_unit(end) for z, end in band.upper.items()}
    return upper, None if band.lower is None else {z: in_unit(end) for z, end in band.lower.items()}


def toy_ends(found: ToyInterval, quantity: Parameter) -> tuple[Ends, MonteCarlo]:
    """Ends of a construction by toys or enumeration in the parameter's unit, and what they rest on."""

    in_unit = quantity.value

    def error(end: float, width: float) -> float:
        return (in_unit(end + width) - in_unit(end - width)) / 2 if width > 0 else 0.0

    two = found.sides == "two"
    band = {z: in_unit(value) for z, value in found.band.items()}
    ends = Ends(
        intervals=in_pieces(found.pieces or [(found.lower, found.upper)], in_unit, open_below=not two),
        expected_upper=band[0],
        threshold=found.threshold_at_upper,
        sides=found.sides,
        band=band,
    )
    return ends, MonteCarlo(
        toys=found.toys,
        seed=found.seed,
        careful=found.careful,
        lower_error=error(found.lower, found.lower_error),
        upper_error=error(found.upper, found.upper_error),
        band=band,
        points=tuple(point._replace(poi=quantity.power(point.poi)) for point in found.points),
        exact=found.exact,
        outcomes=found.outcomes,
        precise=found.precise,
    )


def doubts(
    ends: Ends,
    method: str,
    few_counts: str,
    monte_carlo: MonteCarlo | None,
    *,
    raised_from: float | None = None,
) -> list[str]:
    """What makes the ends of any model weaker, or stronger, than they look.

    Parameters
    ----------
    ends : Ends
    method : str
        The name of a method.
    few_counts : str
        Why asymptotic constructions are not to be trusted; empty where they are.
    monte_carlo : MonteCarlo or None
        Of a construction by toys.
    raised_from : float, optional
        The upper end of the data, where a power constraint has raised it.
    """
    found = []
    if few_counts and method == Asymptotic.name:
        found.append(f"asymptotic, and poor at {few_counts}: see the method feldman-cousins")
    if monte_carlo is not None and not monte_carlo.precise:
        found.append("less precise than asked after all rounds of toys: see its error, or ask for more toys")
    if len(ends.intervals) > 1:
        found.append(f"{len(ends.intervals)} separate intervals")
    if raised_from is not None:
        return [*found, f"raised to the -1 sigma edge of expectation, from {number(raised_from)} of the data"]
    return [*found, *(f"{surprise} {SURPRISE}" for surprise in ends.surprises)]


def sided(construction: str, sides: str) -> str:
    """A construction and how many ends it has, said once.

    >>> sided("unified", "two"), sided("one-sided-boundary", "one")
    ('unified, two-sided', 'one-sided-boundary')
    """
    return construction if construction.startswith(f"{sides}-sided") else f"{construction}, {sides}-sided"
