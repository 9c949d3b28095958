"""Confidence intervals from the profile likelihood, by the constructions of `asymptotics`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from nudipole import digits
from nudipole.errors import FitError, OutOfRange, UnknownName
from nudipole.statistics.asymptotics import CONSTRUCTIONS, threshold_two_sided
from nudipole.statistics.fit import BATCH, Fit, best_fit, profile
from nudipole.statistics.likelihood import Model, asimov
from nudipole.statistics.validation import poi_scale

Numbers = np.ndarray[Any, np.dtype[Any]]

# Ends of intervals are found to this fraction of their distance from the best fit or the boundary.
_PRECISION = 1e-7
_MAX_EXPANSIONS = 60
# A scan point this far below the best fit [chi2] means that the best fit was only a local minimum.
_DEEPER = 1e-6


@dataclass(frozen=True)
class Interval:
    """Interval of the parameter of interest, with all that its meaning depends on.

    Attributes
    ----------
    lower, upper : float
        `lower` is `poi_lower` of the model if the interval reaches the boundary or is one-sided.
    cl : float
    construction : str
        Key of `CONSTRUCTIONS`.
    sides : {"two", "one"}
    threshold_at_upper : float
        Delta chi2 that `upper` was found at.
    best_fit : Fit
    poi_name : str
    """

    lower: float
    upper: float
    cl: float
    construction: str
    sides: Literal["two", "one"]
    threshold_at_upper: float
    best_fit: Fit
    poi_name: str

    @property
    def empty(self) -> bool:
        """Whether all physical values are excluded ("one-sided-boundary" after a deep downward fluctuation)."""
        return not self.upper > self.lower


def interval(model: Model, cl: float = 0.90, construction: str = "unified") -> Interval:
    """Confidence interval of the parameter of interest.

    Parameters
    ----------
    model : Model
    cl : float
        Confidence level, between 0 and 1.
    construction : str
        Key of `CONSTRUCTIONS`:

        ``unified``
            Two-sided, threshold from the asymptotic distribution with boundary (the analytic counterpart of
            Feldman-Cousins).
        ``delta-chi2``
            Two-sided, Delta chi2 = 2.71 (at 90 %) above the best physical fit.
        ``one-sided``
            Upper limit, q-tilde = 1.64 (at 90 %). Over-covers near the boundary, and so never excludes far
            below the sensitivity.
        ``one-sided-boundary``
            Upper limit with the asymptotic distribution of q-tilde at the boundary: exact coverage, but no
            protection against downward fluctuations, which may exclude every physical value (upper = lower =
            boundary).

        Without a boundary (``poi_lower = -inf``) two-sided and one-sided ones each coincide. If the region is
        not connected, its hull within the scanned range is returned.

    Raises
    ------
    OutOfRange
        `cl` outside (0, 1).
    UnknownName
        No such construction.
    FitError
        A fit did not converge, or Delta chi2 never reaches the threshold.

    References
    ----------
    Cowan:2010js; Feldman:1997qc
    """
    return intervals(model, cl, [construction])[construction]


def intervals(
    model: Model, cl: float = 0.90, constructions: Iterable[str] | None = None, *, fit: Fit | None = None
) -> dict[str, Interval]:
    """Intervals of all (or the named) constructions, sharing fits, Asimov data set and scans.

    Parameters
    ----------
    model, cl
        As for `interval`.
    constructions : iterable of str, optional
        Keys of `CONSTRUCTIONS`; all if None.
    fit : Fit, optional
        The best fit, if there is one already.
    """
    if not 0 < cl < 1:
        raise OutOfRange("cl", cl, 0, 1, inside=True)
    names = list(CONSTRUCTIONS if constructions is None else constructions)
    for name in names:
        if name not in CONSTRUCTIONS:
            raise UnknownName("construction", name, CONSTRUCTIONS)
    likelihood = _Likelihood(model, cl, best_fit(model) if fit is None else fit, names)
    two_sided = [name for name in names if CONSTRUCTIONS[name].sides == "two"]
    brackets = [*_outwards(likelihood, names, +1), *_downwards(likelihood, two_sided)]
    ends = _refine(likelihood, brackets)
    if likelihood.deeper is not None:
        deeper = best_fit(model, poi0=likelihood.deeper)
        if deeper.chi2 < likelihood.fit.chi2 - _DEEPER / 2:
            return intervals(model, cl, names, fit=deeper)
    # The last call of the profile: thresholds at the upper ends.
    uppers = np.array([ends[name, +1] for name in names])
    m = likelihood.m(uppers)
    found = {}
    for k, name in enumerate(names):
        construction = CONSTRUCTIONS[name]
        threshold = float(construction.threshold(cl, m[k : k + 1])[0])
        lower = ends.get((name, -1), model.poi_lower)
        found[name] = Interval(
            lower, ends[name, +1], cl, name, construction.sides, threshold, likelihood.fit, model.poi_name
        )
    return found


def expected(model: Model, cl: float = 0.90, construction: str = "unified") -> Interval:
    """Median expected interval if there is no signal; its `upper` is the median expected upper limit.

    The interval of the Asimov data set at poi = 0 (or the edge of the physical region above it), with the
    nuisances at their best fit to the data under that hypothesis.

    References
    ----------
    Cowan:2010js Sec. 4
    """
    null = max(0.0, model.poi_lower)
    return interval(asimov(model, null, profile(model, [null]).eta[0]), cl, construction)


class _Likelihood:
    """Delta chi2 of the data and of the background-only Asimov data set, on the same points."""

    def __init__(self, model: Model, cl: float, fit: Fit, names: list[str]) -> None:
        self.model, self.cl, self.fit = model, cl, fit
        self.scale = fit.poi_error if 0 < fit.poi_error < np.inf else poi_scale(model)
        self.deeper: float | None = None
        self._least = -_DEEPER
        self._asimov: Model | None = None
        self._eta = fit.eta
        if np.isfinite(model.poi_lower) and any(CONSTRUCTIONS[name].boundary for name in names):
            self._eta = profile(model, [model.poi_lower], eta0=fit.eta).eta[0]
            self._asimov = asimov(model, model.poi_lower, self._eta)

    def delta_chi2(self, poi: Numbers) -> Numbers:
        delta = profile(self.model, poi, eta0=self.fit.eta).chi2 - self.fit.chi2
        if np.min(delta) < self._least:
            self._least, self.deeper = float(np.min(delta)), float(poi[np.argmin(delta)])
        return np.asarray(np.maximum(delta, 0.0))

    def m(self, poi: Numbers) -> Numbers:
        if self._asimov is None:
            return np.full(poi.shape, np.inf)
        return np.asarray(np.sqrt(np.maximum(profile(self._asimov, poi, eta0=self._eta).chi2, 0.0)))

    def excess(self, poi: Numbers) -> dict[str, Numbers]:
        """Delta chi2 minus threshold for every construction; positive where the value is excluded."""
        delta, m = self.delta_chi2(poi), self.m(poi)
        return {name: delta - c.threshold(self.cl, m) for name, c in CONSTRUCTIONS.items()}


@dataclass(frozen=True)
class _Bracket:
    """One end of one interval lies between `inside` and `outside`."""

    name: str
    side: Literal[-1, 1]
    inside: float
    outside: float
    solved: bool = False


def _outwards(likelihood: _Likelihood, names: list[str], side: Literal[-1, 1]) -> list[_Bracket]:
    """Brackets found on a scan from the best fit to ever larger distances."""
    fit, model = likelihood.fit, likelihood.model
    reach = 2 * likelihood.scale * (1 + np.sqrt(threshold_two_sided(likelihood.cl)))
    missing, brackets = list(names), []
    start = 0.0
    for _ in range(_MAX_EXPANSIONS):
        poi = fit.poi + side * np.linspace(start, reach, BATCH)
        excess = likelihood.excess(poi)
        for name in list(missing):
            inside = np.flatnonzero(~(excess[name] > 0))
            last = int(inside[-1]) if len(inside) else 0
            if last < BATCH - 1:
                brackets.append(_Bracket(name, side, float(poi[last]), float(poi[last + 1])))
                missing.remove(name)
        if not missing:
            return brackets
        start, reach = float(abs(poi[-1] - fit.poi)), 4 * reach
        if not np.isfinite(reach):
            break
    raise FitError(
        f"no {'upper' if side > 0 else 'lower'} limit at {digits.level(likelihood.cl)} ({', '.join(missing)}): "
        "Delta chi2 stays below its threshold; last tried",
        {model.poi_name: float(poi[-1])},
    )


def _downwards(likelihood: _Likelihood, names: list[str]) -> list[_Bracket]:
    """Brackets of the lower ends: between the boundary and the best fit, if there is a boundary."""
    if not names:
        return []
    edge, best = likelihood.model.poi_lower, likelihood.fit.poi
    if not np.isfinite(edge):
        return _outwards(likelihood, names, -1)
    if best <= edge:
        return [_Bracket(name, -1, edge, edge, solved=True) for name in names]
    poi = np.linspace(edge, best, BATCH)
    excess = likelihood.excess(poi)
    brackets = []
    for name in names:
        first = int(np.flatnonzero(~(excess[name] > 0))[0])
        outside = edge if first == 0 else float(poi[first - 1])
        brackets.append(_Bracket(name, -1, float(poi[first]), outside, solved=first == 0))
    return brackets


def _refine(likelihood: _Likelihood, brackets: list[_Bracket]) -> dict[tuple[str, int], float]:
    """Narrow all brackets together, a batch of points per round shared among them."""
    brackets = list(brackets)
    share = BATCH // len(brackets)
    inner = np.arange(1, share + 1) / (share + 1)
    while True:
        open_ = [k for k, bracket in enumerate(brackets) if not _narrow(bracket, likelihood)]
        if not open_:
            break
        grids = [b.inside + (b.outside - b.inside) * inner for b in brackets]
        excess = likelihood.excess(np.concatenate(grids))
        for k in open_:
            bracket = brackets[k]
            outside = excess[bracket.name][k * share : (k + 1) * share] > 0
            grid = np.concatenate([[bracket.inside], grids[k], [bracket.outside]])
            last = int(np.flatnonzero(np.concatenate([[True], ~outside]))[-1])
            brackets[k] = replace(bracket, inside=float(grid[last]), outside=float(grid[last + 1]))
    return {(b.name, b.side): _end(b, likelihood) for b in brackets}


def _narrow(bracket: _Bracket, likelihood: _Likelihood) -> bool:
    best, edge = likelihood.fit.poi, likelihood.model.poi_lower
    near = best if np.isinf(edge) else edge
    distance = max(abs(bracket.outside - best), abs(bracket.outside - near), likelihood.scale)
    return bracket.solved or abs(bracket.outside - bracket.inside) <= _PRECISION * distance


def _end(bracket: _Bracket, likelihood: _Likelihood) -> float:
    edge = likelihood.model.poi_lower
    end = (bracket.inside + bracket.outside) / 2
    # Every physical value is excluded: the bracket shrank onto the boundary.
    empty = bracket.side > 0 and end - edge < 10 * _PRECISION * likelihood.scale
    return edge if empty else bracket.outside if bracket.solved else end
