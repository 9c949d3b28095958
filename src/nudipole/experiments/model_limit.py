"""The limit of any model: what that of an experiment and that of a workspace have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nudipole.errors import NudipoleError, UnknownName
from nudipole.experiments.limit import SHOWN, Ends, MonteCarlo
from nudipole.statistics import (
    CONSTRUCTIONS,
    Band,
    Fit,
    GoodnessOfFit,
    Interval,
    Model,
    asimov,
    best_fit,
    described,
    expected_bands,
    intervals,
    profile,
)
from nudipole.statistics.construction import METHODS as BY_TOYS
from nudipole.statistics.construction import ToyInterval
from nudipole.statistics.exact import exact_interval
from nudipole.statistics.few_counts import asymptotic_is_poor
from nudipole.statistics.neyman import toy_interval

#: How a limit is found that needs no prior.
METHODS = ("asymptotic", *BY_TOYS)


@dataclass(frozen=True)
class Toys:
    """Settings of constructions by toys.

    Attributes
    ----------
    at_least : int
        At every tested value.
    precision : float
        Relative error of an end (of the square, for a moment) until which toys are added.
    seed : int
    progress : callable
        Called with words on what is being done.
    enumeration : bool
        Whether every outcome is enumerated in place of toys, where that takes some ten seconds at most.
    """

    at_least: int = 2000
    precision: float = 0.01
    seed: int = 1
    progress: Callable[[str], object] = lambda step: None
    enumeration: bool = True


@dataclass(frozen=True)
class ModelLimit:
    """Intervals of one model by several constructions, and which of them is the limit.

    Attributes
    ----------
    fit : Fit
    goodness_of_fit : GoodnessOfFit
    intervals : dict of Interval
        The asymptotic ones of the data, in the parameter of interest.
    constructions : dict of Ends
        As they are shown, with expected bands; the one by toys or enumeration among them, if there is one.
    construction, method : str
        The limit is `constructions[construction]`; `method` of `METHODS`, or what was given.
    few_counts : str
        Why asymptotic constructions are not to be trusted here; empty where they are.
    monte_carlo : MonteCarlo or None
        Of a construction by toys or enumeration.
    """

    fit: Fit
    goodness_of_fit: GoodnessOfFit
    intervals: dict[str, Interval]
    constructions: dict[str, Ends]
    construction: str
    method: str
    few_counts: str
    monte_carlo: MonteCarlo | None


def model_limit(
    model: Model,
    name: str,
    *,
    cl: float,
    construction: str | None = None,
    method: str = "asymptotic",
    toys: Toys | None = None,
    in_unit: Callable[[float], float] = float,
    per_poi: float = 1.0,
) -> ModelLimit:
    """Limit or interval on the parameter of interest.

    Parameters
    ----------
    model : Model
    name : str
        Of what the model describes, for messages.
    cl : float
        Confidence level in (0, 1).
    construction, method, toys
        As for `nudipole.experiments.fitting.limit`; `construction` and `method` as `check_method` wants them.
    in_unit : callable
        From the parameter of interest to the parameter that is shown.
    per_poi : float
        Unit of the tested values.

    Raises
    ------
    ZeroExpectation, FitError
        As for `nudipole.statistics.intervals`; also if the model does not describe the data.
    """
    fit = best_fit(model)
    quality = described(model, fit, name)
    names = list(dict.fromkeys([*SHOWN, construction or "unified"]))
    found = intervals(model, cl, names, fit=fit)
    null = asimov(model, 0.0, profile(model, [0.0]).eta[0])
    shown = asymptotic_ends(found, intervals(null, cl, names), null, in_unit)
    few = asymptotic_is_poor(model, fit, cl, end=found["delta-chi2"].upper)
    counted = _neyman(model, cl, method, fit, toys or Toys(), by_default=bool(few) and construction is None)
    chosen, monte_carlo = construction or "unified", None
    if counted is not None:
        chosen = method = counted.method
        shown[chosen], monte_carlo = _in_unit_of(counted, in_unit, per_poi)
    return ModelLimit(fit, quality, found, shown, chosen, method, few, monte_carlo)


def check_method(
    construction: str | None, method: str, methods: Sequence[str] = METHODS, **settings: tuple[object, bool]
) -> None:
    """Refuse names that are not known, and settings of another method.

    Parameters
    ----------
    construction : str or None
        Of `nudipole.statistics.CONSTRUCTIONS`, if one is asked for.
    method : str
        Of `methods`.
    **settings
        By name what was given, or None, and whether it belongs to the method.

    Raises
    ------
    UnknownName, NudipoleError
    """
    if method not in methods:
        raise UnknownName("method", method, methods)
    if construction is not None and construction not in CONSTRUCTIONS:
        raise UnknownName("construction", construction, CONSTRUCTIONS)
    asymptotic = {f"construction {construction!r}": (construction, method == "asymptotic")}
    for what, (value, fits) in (asymptotic | settings).items():
        if value is not None and not fits:
            raise NudipoleError(f"{what} says nothing about method {method!r}: leave it out")


def asymptotic_ends(
    found: Mapping[str, Interval],
    expected: Mapping[str, Interval],
    null: Model,
    in_unit: Callable[[float], float] = float,
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


def _neyman(model: Model, cl: float, method: str, fit: Fit, toys: Toys, *, by_default: bool) -> ToyInterval | None:
    """The construction by toys or enumeration that is asked for, or due by default where it can be enumerated."""
    if by_default and method == "asymptotic":
        return exact_interval(model, cl, "feldman-cousins", fit, progress=toys.progress)
    if method not in BY_TOYS:
        return None
    return toy_interval(
        model,
        cl,
        method,
        toys=toys.at_least,
        precision=toys.precision,
        seed=toys.seed,
        fit=fit,
        enumeration=toys.enumeration,
        progress=toys.progress,
    )


def _in_unit_of(found: ToyInterval, in_unit: Callable[[float], float], per_poi: float) -> tuple[Ends, MonteCarlo]:
    """Ends of a construction by toys or enumeration in the parameter's unit, and what they rest on."""

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
        points=tuple(point._replace(poi=point.poi * per_poi) for point in found.points),
        exact=found.exact,
        outcomes=found.outcomes,
    )
