"""What a Neyman construction gives: tested values, ends, and how they were found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from nudipole.statistics.fit import Fit

Numbers = np.ndarray[Any, np.dtype[Any]]

#: Constructions.
METHODS = ("feldman-cousins", "cls")


class Point(NamedTuple):
    """One tested value.

    Attributes
    ----------
    poi : float
    observed : float
        Test statistic of the data.
    threshold : float
        Which the statistic of a fraction CL of the toys does not exceed.
    p : float
        1 - CL of an interval that would end here: p, or CLs.
    error : float
        Of `p`, by the number of toys, or by outcomes that were left out.
    toys : int
        Or outcomes.

    Examples
    --------
    >>> Point(poi=1.0, observed=0.4, threshold=2.5, p=0.52, error=0.01, toys=2000).p
    0.52
    """

    poi: float
    observed: float
    threshold: float
    p: float
    error: float
    toys: int


@dataclass(frozen=True)
class ToyInterval:
    """Interval by toys or by enumeration, with all that its meaning depends on.

    Attributes
    ----------
    lower, upper : float
        `lower` is `poi_lower` of the model if the interval reaches the boundary or is one-sided.
    lower_error, upper_error : float
        By the number of toys, from one seed to another; 0 of an end at the boundary. Of an exact interval half the
        distance between the last accepted and the first excluded value.
    cl : float
    method : {"feldman-cousins", "cls"}
    sides : {"two", "one"}
    threshold_at_upper : float
    band : dict of float
        Upper ends expected without signal: quantiles -2 ... 2 standard deviations, 0 the median.
    points : tuple of Point
        Everything that was tested, by parameter of interest.
    best_fit : Fit
    poi_name : str
    seed : int
    toys : int
        Drawn in all.
    careful : int
        Fits that needed the careful minimisers.
    pieces : tuple of (float, float)
        All accepted intervals, in order: several where the accepted values are not connected. `lower` and `upper` are
        their outermost ends.
    exact : bool
        Whether every outcome was enumerated: nothing is random then, and `toys` is zero.
    outcomes : int
        Of the largest list of outcomes; 0 with toys.
    precise : bool
        Whether toys were enough for the precision that was asked for.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal, Model
    >>> from nudipole.statistics.neyman import toy_interval
    >>> model = Model([3], [Background("known", [2], "fixed")], LinearSignal([1]))
    >>> found = toy_interval(model, method="cls")
    >>> found.sides, found.toys
    ('one', 0)
    """

    lower: float
    upper: float
    lower_error: float
    upper_error: float
    cl: float
    method: str
    sides: Literal["two", "one"]
    threshold_at_upper: float
    band: dict[int, float]
    points: tuple[Point, ...]
    best_fit: Fit
    poi_name: str
    seed: int
    toys: int
    careful: int
    pieces: tuple[tuple[float, float], ...] = ()
    exact: bool = False
    outcomes: int = 0
    precise: bool = True


def last_inside(grid: Numbers, excess: Numbers) -> Numbers:
    """Where the excess (k, n) along the grid (k,) turns positive for the last time."""
    inside = excess <= 0
    last = len(grid) - 1 - np.argmax(inside[::-1], axis=0)
    after = np.minimum(last + 1, len(grid) - 1)
    columns = np.arange(excess.shape[1])
    low, high = excess[last, columns], excess[after, columns]
    share = np.where(high > low, -low / np.where(high > low, high - low, 1.0), 0.0)
    ends = grid[last] + np.clip(share, 0, 1) * (grid[after] - grid[last])
    return np.asarray(np.where(inside.any(axis=0), ends, grid[0]))
