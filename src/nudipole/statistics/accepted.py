"""Confidence intervals from the profile likelihood, by the constructions of `asymptotics`."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from nudipole import digits
from nudipole.errors import FitError, OutOfRange, UnknownName
from nudipole.statistics.asymptotics import CONSTRUCTIONS, Construction, threshold_largest, threshold_two_sided
from nudipole.statistics.fit import BATCH, Fit, best_fit, profile
from nudipole.statistics.likelihood import Model, asimov
from nudipole.statistics.validation import poi_scale

Numbers = np.ndarray[Any, np.dtype[Any]]

# Ends of intervals are found to this fraction of their distance from the best fit or the boundary.
_PRECISION = 1e-7
_MAX_EXPANSIONS = 60
# Distance of the closest point to a guess, as a part of a bracket.
_CLOSEST = 1e-8
# How often a reach is shortened at most.
_NEARER = 4
# A scan point this far below the best fit [chi2] means that the best fit was only a local minimum.
_DEEPER = 1e-6


@dataclass(frozen=True)
class Interval:
    """Interval of the parameter of interest, with all that its meaning depends on.

    Attributes
    ----------
    pieces : tuple of (lower, upper)
        The intervals that make up the accepted values, in rising order: several where counts are not linear in the
        parameter. The first begins at `poi_lower` of the model if it reaches the boundary or is one-sided.
    cl : float
    construction : str
        Key of `CONSTRUCTIONS`.
    sides : {"two", "one"}
    threshold_at_upper : float
        Delta chi2 that `upper` was found at.
    best_fit : Fit
    poi_name : str

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> found = interval(model, construction="one-sided")
    >>> found.sides, found.lower, len(found.pieces)
    ('one', 0.0, 1)
    """

    pieces: tuple[tuple[float, float], ...]
    cl: float
    construction: str
    sides: Literal["two", "one"]
    threshold_at_upper: float
    best_fit: Fit
    poi_name: str

    @property
    def lower(self) -> float:
        """Lower end of the first piece."""
        return self.pieces[0][0]

    @property
    def upper(self) -> float:
        """Upper end of the last piece."""
        return self.pieces[-1][1]

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
        ``cls``
            Upper limit where the p-value with signal, divided by the probability of so much without, falls to 1 - cl:
            never excludes what the data could not tell from no signal; over-covers.
        ``one-sided-boundary``
            Upper limit with the asymptotic distribution of q-tilde at the boundary: exact coverage, but no
            protection against downward fluctuations, which may exclude every physical value (upper = lower =
            boundary).

        Without a boundary (``poi_lower < 0``; a finite one only ends the scan) two-sided and one-sided ones each
        coincide. A region that is not connected comes in pieces, one around every local minimum of chi2 that is deep
        enough.

    Returns
    -------
    Interval

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

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> found = interval(model)
    >>> print(f"[{found.lower:.2f}, {found.upper:.2f}]")
    [0.00, 2.44]
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

    Returns
    -------
    dict of Interval
        By construction.

    Raises
    ------
    OutOfRange, UnknownName, FitError
        As for `interval`.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> found = intervals(model, constructions=["one-sided", "cls"])
    >>> {name: round(each.upper, 2) for name, each in found.items()}
    {'one-sided': 2.06, 'cls': 2.16}
    """
    if not 0 < cl < 1:
        raise OutOfRange("cl", cl, 0, 1, inside=True)
    names = list(CONSTRUCTIONS if constructions is None else constructions)
    for name in names:
        if name not in CONSTRUCTIONS:
            raise UnknownName("construction", name, CONSTRUCTIONS)
    likelihood = _Likelihood(model, cl, best_fit(model) if fit is None else fit, names)
    brackets = _everywhere(likelihood, names) if likelihood.signed else _from_boundary(likelihood, names)
    ends = _refine(likelihood, brackets)
    if likelihood.deeper is not None:
        deeper = best_fit(model, poi0=likelihood.deeper)
        if deeper.chi2 < likelihood.fit.chi2 - _DEEPER / 2:
            return intervals(model, cl, names, fit=deeper)
    pieces = {name: _pieces(name, brackets, ends, model.poi_lower) for name in names}
    # The last call of the profile: thresholds at the upper ends.
    m = likelihood.m(np.array([pieces[name][-1][1] for name in names]))
    found = {}
    for k, name in enumerate(names):
        construction = CONSTRUCTIONS[name]
        threshold = float(likelihood.threshold(construction, m[k : k + 1])[0])
        found[name] = Interval(pieces[name], cl, name, construction.sides, threshold, likelihood.fit, model.poi_name)
    return found


def _pieces(name: str, brackets: list[_Bracket], ends: list[float], edge: float) -> tuple[tuple[float, float], ...]:
    """Lower and upper ends of a construction in pairs; without a lower one the first piece begins at the edge."""
    found = [(end, bracket.side) for bracket, end in zip(brackets, ends, strict=True) if bracket.name == name]
    lower, upper = (sorted(end for end, side in found if side == wanted) for wanted in (-1, 1))
    return tuple(zip([edge] * (len(upper) - len(lower)) + lower, upper, strict=True))


def expected(model: Model, cl: float = 0.90, construction: str = "unified") -> Interval:
    """Median expected interval if there is no signal; its `upper` is the median expected upper limit.

    The interval of the Asimov data set at poi = 0 (or the edge of the physical region above it), with the
    nuisances at their best fit to the data under that hypothesis.

    Parameters
    ----------
    model, cl, construction
        As for `interval`.

    Returns
    -------
    Interval

    Raises
    ------
    OutOfRange, UnknownName, FitError
        As for `interval`.

    References
    ----------
    Cowan:2010js Sec. 4

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> print(f"{expected(model).upper:.2f}")
    1.40
    """
    null = max(0.0, model.poi_lower)
    return interval(asimov(model, null, profile(model, [null]).eta[0]), cl, construction)


class _Likelihood:
    """Delta chi2 of the data and of the background-only Asimov data set, on the same points."""

    def __init__(self, model: Model, cl: float, fit: Fit, names: list[str]) -> None:
        self.model, self.cl, self.fit = model, cl, fit
        self.signed = model.poi_lower < 0
        self.names = names
        self.scale = fit.poi_error if 0 < fit.poi_error < np.inf else poi_scale(model)
        self.deeper: float | None = None
        self._least = -_DEEPER
        self._asimov: Model | None = None
        self._eta = fit.eta
        chosen = [CONSTRUCTIONS[name] for name in names]
        if any(c.unbounded is not None if self.signed else c.boundary for c in chosen):
            null = max(model.poi_lower, 0.0)
            self._eta = profile(model, [null], eta0=fit.eta).eta[0]
            self._asimov = asimov(model, null, self._eta)

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
        # An upper limit excludes no value below the best fit.
        above = np.where(poi < self.fit.poi, 0.0, delta) if self.signed else delta
        chosen = {name: CONSTRUCTIONS[name] for name in self.names}
        return {name: (delta if c.sides == "two" else above) - self.threshold(c, m) for name, c in chosen.items()}

    def threshold(self, construction: Construction, m: Numbers) -> Numbers:
        """Thresholds of a construction at distances m."""
        return construction.threshold_at(self.cl, m, bounded=not self.signed)


@dataclass(frozen=True)
class _Bracket:
    """One end of one interval lies between `inside` and `outside`, near a guess if there is one."""

    name: str
    side: Literal[-1, 1]
    inside: float
    outside: float
    solved: bool = False
    guess: float | None = None


def _from_boundary(likelihood: _Likelihood, names: list[str]) -> list[_Bracket]:
    """Brackets of one interval above a boundary, in whose direction chi2 is convex."""
    two_sided = [name for name in names if CONSTRUCTIONS[name].sides == "two"]
    return [*_outwards(likelihood, names), *_downwards(likelihood, two_sided)]


def _outwards(likelihood: _Likelihood, names: list[str]) -> list[_Bracket]:
    """Brackets of upper ends, found on a scan from the best fit to ever larger distances."""
    missing, brackets = list(names), []
    for poi, excess in _expanding(likelihood, likelihood.fit.poi, +1):
        for name in list(missing):
            inside = np.flatnonzero(~(excess[name] > 0))
            last = int(inside[-1]) if len(inside) else 0
            if last < BATCH - 1:
                ends = float(poi[last]), float(poi[last + 1])
                brackets.append(_Bracket(name, +1, *ends, guess=_guess(poi, excess[name], last)))
                missing.remove(name)
        if not missing:
            return brackets
    raise _endless(likelihood, missing, +1, float(poi[-1]))


def _expanding(
    likelihood: _Likelihood, start: float, side: Literal[-1, 1]
) -> Iterator[tuple[Numbers, dict[str, Numbers]]]:
    """Batches of points outwards from `start` with their excess, each reaching four times as far as the one before."""
    near, reach = 0.0, 2 * likelihood.scale * (1 + np.sqrt(threshold_two_sided(likelihood.cl)))
    edge, nearer = likelihood.model.poi_lower, _NEARER
    for _ in range(_MAX_EXPANSIONS):
        poi = np.maximum(start + side * np.linspace(near, reach, BATCH), edge)
        try:
            excess = likelihood.excess(poi)
        except FitError:
            # Where the likelihood is flat at its minimum the first reach is far too long, to where no fit succeeds.
            if not nearer:
                raise
            reach, nearer = near + (reach - near) / 16, nearer - 1
            continue
        yield poi, excess
        near, reach = float(abs(poi[-1] - start)), 4 * reach
        if not np.isfinite(reach) or (side < 0 and poi[-1] == edge):
            return


def _endless(likelihood: _Likelihood, names: list[str], side: int, last: float) -> FitError:
    return FitError(
        f"no {'upper' if side > 0 else 'lower'} limit at {digits.level(likelihood.cl)} ({', '.join(names)}): "
        "Delta chi2 stays below its threshold; last tried",
        {likelihood.model.poi_name: last},
    )


def _downwards(likelihood: _Likelihood, names: list[str]) -> list[_Bracket]:
    """Brackets of the lower ends: between the boundary and the best fit."""
    if not names:
        return []
    edge, best = likelihood.model.poi_lower, likelihood.fit.poi
    if best <= edge:
        return [_Bracket(name, -1, edge, edge, solved=True) for name in names]
    poi = np.linspace(edge, best, BATCH)
    excess = likelihood.excess(poi)
    brackets = []
    for name in names:
        first = int(np.flatnonzero(~(excess[name] > 0))[0])
        outside = edge if first == 0 else float(poi[first - 1])
        guess = None if first == 0 else _guess(poi, excess[name], first - 1)
        brackets.append(_Bracket(name, -1, float(poi[first]), outside, solved=first == 0, guess=guess))
    return brackets


def _everywhere(likelihood: _Likelihood, names: list[str]) -> list[_Bracket]:
    """Brackets of all ends of a parameter with a sign.

    Every interval contains a local minimum of chi2. So it suffices to scan between those that are known, and outwards
    from the first and the last until all is excluded.
    """
    fit = likelihood.fit
    deep = fit.chi2 + threshold_largest(likelihood.cl) + _DEEPER
    known = sorted({fit.poi, *(poi for poi, chi2 in fit.minima if chi2 <= deep)})
    scans = [np.linspace(low, high, BATCH) for low, high in itertools.pairwise(known)]
    values = [likelihood.excess(poi) for poi in scans]
    outwards: tuple[tuple[Literal[-1, 1], float], ...] = ((-1, known[0]), (+1, known[-1]))
    for side, start in outwards:
        ending = [name for name in names if side > 0 or CONSTRUCTIONS[name].sides == "two"]
        for poi, excess in _expanding(likelihood, start, side) if ending else ():
            scans.append(poi)
            values.append(excess)
            open_ = [name for name in ending if not values[-1][name][-1] > 0]
            if not open_:
                break
        else:
            if ending and not (side < 0 and np.isfinite(likelihood.model.poi_lower)):
                raise _endless(likelihood, open_, side, float(poi[-1]))
    poi, order = np.unique(np.concatenate(scans), return_index=True)
    brackets = []
    for name in names:
        excess_here = np.concatenate([value[name] for value in values])[order]
        outside = excess_here > 0
        if not outside[0] and poi[0] == likelihood.model.poi_lower:
            brackets.append(_Bracket(name, -1, float(poi[0]), float(poi[0]), solved=True))
        for k in np.flatnonzero(outside[1:] != outside[:-1]):
            low, high, guess = float(poi[k]), float(poi[k + 1]), _guess(poi, excess_here, int(k))
            side, inside, beyond = (-1, high, low) if outside[k] else (+1, low, high)
            brackets.append(_Bracket(name, side, inside, beyond, guess=guess))
    return brackets


def _refine(likelihood: _Likelihood, brackets: list[_Bracket]) -> list[float]:
    """The ends in all brackets, narrowed together, a batch of points per round shared among them."""
    brackets = list(brackets)
    share = max(BATCH // len(brackets), 4)
    while True:
        open_ = [k for k, bracket in enumerate(brackets) if not _narrow(bracket, likelihood)]
        if not open_:
            break
        grids = [_inner(bracket, share) for bracket in brackets]
        excess = likelihood.excess(np.concatenate(grids))
        for k in open_:
            bracket = brackets[k]
            outside = excess[bracket.name][k * share : (k + 1) * share] > 0
            grid = np.concatenate([[bracket.inside], grids[k], [bracket.outside]])
            last = int(np.flatnonzero(np.concatenate([[True], ~outside]))[-1])
            guess = _guess(grids[k], excess[bracket.name][k * share : (k + 1) * share], last - 1)
            brackets[k] = replace(bracket, inside=float(grid[last]), outside=float(grid[last + 1]), guess=guess)
    return [_end(bracket, likelihood) for bracket in brackets]


def _inner(bracket: _Bracket, share: int) -> Numbers:
    """Points from inside to outside: close about the guess, ever wider apart away from it, or evenly spaced."""
    evenly = np.arange(1, share + 1) / (share + 1)
    width = bracket.outside - bracket.inside
    if bracket.guess is not None:
        at = (bracket.guess - bracket.inside) / width
        apart = np.geomspace(1.0, _CLOSEST, share // 2)
        points = np.concatenate([at * (1 - apart), [at][: share % 2], (at + (1 - at) * apart)[::-1]])
        # The outermost of both sides are the ends.
        points = points[(points > 0) & (points < 1)]
        more = evenly[: share - len(points)]
        evenly = np.sort(np.concatenate([points, more]))
    return bracket.inside + width * evenly


def _guess(poi: Numbers, excess: Numbers, last: int) -> float | None:
    """Where the excess vanishes between two points, by a cubic through four, if that is between them."""
    near = slice(max(last - 1, 0), last + 3)
    x, f = poi[near], excess[near]
    if last < 0 or last + 1 >= len(poi) or not np.all(np.isfinite(f)) or len(np.unique(f)) < len(f):
        return None
    # Lagrange's polynomial for the place as a function of the excess, at zero.
    weights = [np.prod([f[j] / (f[j] - f[i]) for j in range(len(f)) if j != i]) for i in range(len(f))]
    place = float(np.dot(weights, x))
    low, high = sorted((poi[last], poi[last + 1]))
    return place if low < place < high else None


def _narrow(bracket: _Bracket, likelihood: _Likelihood) -> bool:
    best, edge = likelihood.fit.poi, likelihood.model.poi_lower
    near = best if likelihood.signed else edge
    distance = max(abs(bracket.outside - best), abs(bracket.outside - near), likelihood.scale)
    return bracket.solved or abs(bracket.outside - bracket.inside) <= _PRECISION * distance


def _end(bracket: _Bracket, likelihood: _Likelihood) -> float:
    edge = likelihood.model.poi_lower
    end = (bracket.inside + bracket.outside) / 2
    # Every physical value is excluded: the bracket shrank onto the boundary.
    empty = not likelihood.signed and bracket.side > 0 and end - edge < 10 * _PRECISION * likelihood.scale
    return edge if empty else bracket.outside if bracket.solved else end
