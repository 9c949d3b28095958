r"""What limits to expect without signal: bands of every construction, asymptotically.

The background-only Asimov data set gives Delta chi2 = :math:`s^2(\mu)`. Data without signal whose estimator lies z
standard deviations off differ from it, asymptotically, by a shift of s alone,

.. math:: \tilde t_\mu(z) = (s - z)^2 - (\hat s - z)^2,

where :math:`\hat s` is the value nearest to z that the parameter can make: z itself, unless it lies beyond a boundary,
or beyond the least counts that a parameter makes whose square counts. s has the sign of the change of the expected
counts: a fluctuation is one of counts, whichever way the parameter moves them.

References
----------
Cowan:2010js Secs. 3.7, 4.3 (Eq. (89) where s is proportional to the parameter)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from nudipole.errors import FitError
from nudipole.statistics.asymptotics import CONSTRUCTIONS, threshold_largest
from nudipole.statistics.fit import BATCH, profile
from nudipole.statistics.likelihood import Model
from nudipole.statistics.validation import signal_counts

Numbers = np.ndarray[Any, np.dtype[Any]]

#: Quantiles of the standard normal distribution that an expected band shows.
BAND = (-2, -1, 0, 1, 2)
#: Values of the parameter to which s is interpolated on either side.
_FINE = 8001
_MAX_EXPANSIONS = 40
#: Standard deviations from the peak of a posterior at which nothing is left of it.
_TAIL = 7.0


class Band(NamedTuple):
    """Ends expected without signal, by standard deviations from -2 to 2; 0 is the median.

    Of several intervals it is those of the one nearest to no effect; a fluctuation upwards may split that one in two,
    and it is their outer ends then.

    Attributes
    ----------
    lower : dict of float or None
        None where there is a boundary, which most data sets without signal reach.
    upper : dict of float

    Examples
    --------
    >>> band = Band(None, {-1: 2.1, 0: 3.0, 1: 4.4})
    >>> band.upper[0]
    3.0
    """

    lower: dict[int, float] | None
    upper: dict[int, float]


def expected_bands(null: Model, cl: float, names: Iterable[str], reach: float) -> dict[str, Band]:
    """Bands of the named constructions.

    Parameters
    ----------
    null : Model
        The Asimov data set at poi = 0.
    cl : float
    names : iterable of str
        Keys of `CONSTRUCTIONS`.
    reach : float
        Some value of the parameter of interest of the size of the ends: where to look first.

    Returns
    -------
    dict of Band
        By construction.

    Raises
    ------
    FitError
        If Delta chi2 never reaches the thresholds.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal, asimov
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> bands = expected_bands(asimov(model, 0.0, [0.0]), 0.90, ["one-sided"], reach=1.0)
    >>> print(f"{bands['one-sided'].upper[0]:.2f}")
    1.05
    """
    bounded = null.poi_lower >= 0
    poi, s = _scan(null, reach, max(BAND) + np.sqrt(threshold_largest(cl)))
    bands = {}
    for name in names:
        construction = CONSTRUCTIONS[name]
        threshold = construction.threshold_at(cl, np.abs(s), bounded=bounded)
        lower, upper = {}, {}
        middle = _around_zero(poi, s**2 - threshold)
        for z in BAND:
            t = (s - z) ** 2 - (np.clip(z, np.min(s), np.max(s)) - z) ** 2
            if not bounded and construction.sides == "one":
                t = np.where(s < z, 0.0, t)
            lower[z], upper[z] = _around_zero(poi, t - threshold, *middle)
        bands[name] = Band(None if bounded else _ordered(lower), _ordered(upper))
    return bands


def expected_credible(
    null: Model, cl: float, reach: float, *, above: float, density: Callable[[Numbers], Numbers]
) -> Band:
    """Band of a credible region, for a likelihood that is normal in s.

    Parameters
    ----------
    null, cl, reach
        As for `expected_bands`.
    above : float
        Share of 1 - cl above the upper end: 1 for an upper limit, 1/2 for an equal-tailed interval.
    density : callable
        Prior density of the parameter of interest.

    Returns
    -------
    Band

    Raises
    ------
    FitError
        As for `expected_bands`.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal, asimov
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> band = expected_credible(asimov(model, 0.0, [0.0]), 0.90, 1.0, above=1.0, density=np.ones_like)
    >>> print(f"{band.upper[0]:.2f}")
    1.49
    """
    poi, s = _scan(null, reach, max(BAND) + _TAIL)
    lower, upper = {}, {}
    for z in BAND:
        # In the middle of each step: the density of a prior may be infinite at the edge.
        middle, at = (poi[1:] + poi[:-1]) / 2, (s[1:] + s[:-1]) / 2
        pieces = np.diff(poi) * np.exp(-((at - z) ** 2) / 2) * density(middle)
        below = np.concatenate([[0.0], np.cumsum(pieces)]) / pieces.sum()
        upper[z] = float(np.interp(1 - above * (1 - cl), below, poi))
        lower[z] = float(np.interp((1 - above) * (1 - cl), below, poi))
    return Band(None if null.poi_lower >= 0 else _ordered(lower), _ordered(upper))


def _scan(null: Model, reach: float, most: float) -> tuple[Numbers, Numbers]:
    """Values of the parameter of interest in rising order, and s, so far that |s| exceeds `most` at all ends."""
    bounded = null.poi_lower >= 0
    sides = [_one_side(null, side * abs(reach), most) for side in ((1,) if bounded else (-1, 1))]
    if bounded:
        return sides[0]
    (down, s_down), (up, s_up) = sides
    return np.concatenate([down[:0:-1], up]), np.concatenate([s_down[:0:-1], s_up])


def _one_side(null: Model, reach: float, most: float) -> tuple[Numbers, Numbers]:
    origin = max(null.poi_lower, 0.0)
    for _ in range(_MAX_EXPANSIONS):
        # Denser near zero, where few events make s a root of the parameter.
        poi = np.maximum(origin + reach * np.linspace(0, 1, BATCH) ** 2, null.poi_lower)
        chi2 = profile(null, poi, eta0=np.asarray(null.auxiliary)).chi2
        s = np.sqrt(np.maximum(chi2, 0.0)) * _direction(null, poi)
        if np.abs(s[-1]) > most or (reach < 0 and poi[-1] == null.poi_lower):
            # Where no nuisances make the expectation physical s is infinite: no line leads there.
            fine = origin + reach * np.linspace(0, 1, _FINE) ** 2
            known = np.isfinite(s)
            inside = np.abs(fine - origin) <= np.max(np.abs(poi[known] - origin))
            order = np.argsort(poi[known])
            return fine, np.where(inside, np.interp(fine, poi[known][order], s[known][order]), np.inf)
        reach = 2 * reach
    raise FitError("no limit is expected: Delta chi2 stays below its threshold; last tried", {null.poi_name: reach})


def _direction(null: Model, poi: Numbers) -> Numbers:
    """Whether the signal adds counts (+1) or takes them away (-1), in the unit of their errors."""
    if null.poi_lower >= 0:
        return np.ones(poi.shape)
    counts = np.asarray(signal_counts(null.unnamed(), poi))
    observed = np.asarray(null.observed)
    weight = null.statistic.distance(observed, np.eye(observed.size))
    return np.where((counts - counts[0]) @ weight < 0, -1.0, 1.0)


def _around_zero(poi: Numbers, excess: Numbers, low: float = 0.0, high: float = 0.0) -> tuple[float, float]:
    """Outer ends of the values without excess that reach into [low, high], or else of those nearest to no effect."""
    inside = np.flatnonzero(excess <= 0)
    if not len(inside):  # every physical value is excluded
        return float(poi[0]), float(poi[0])
    pieces = np.split(inside, np.flatnonzero(np.diff(inside) > 1) + 1)
    chosen = [places for places in pieces if poi[places[-1]] >= low and poi[places[0]] <= high]
    chosen = chosen or [min(pieces, key=lambda places: float(np.min(np.abs(poi[places]))))]
    first, last = int(chosen[0][0]), int(chosen[-1][-1])
    return _crossing(poi, excess, first, first - 1), _crossing(poi, excess, last, last + 1)


def _crossing(poi: Numbers, excess: Numbers, inside: int, outside: int) -> float:
    if not 0 <= outside < len(poi) or not np.isfinite(excess[outside]):
        return float(poi[inside])
    share = excess[inside] / (excess[inside] - excess[outside])
    return float(poi[inside] + share * (poi[outside] - poi[inside]))


def _ordered(ends: dict[int, float]) -> dict[int, float]:
    """Ends as quantiles: the parameter may fall where counts rise."""
    return dict(zip(BAND, sorted(ends.values()), strict=True))
