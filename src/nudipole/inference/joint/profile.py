"""Profile likelihood of one parameter among many, followed from the minimum outwards; all its solutions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from nudipole.parallel import in_threads
from nudipole.statistics.blocks import Blocks, Minimum

Numbers = NDArray[np.float64]

#: Points of a curve between its ends, and how far beyond the threshold it goes.
_POINTS, _BEYOND = 20, 1.6
#: Steps outwards before a parameter counts as unbounded; each is this much longer than the one before.
_MOST_STEPS, _LONGER = 36, 1.5
#: Values that differ by less, in units of the parameter's size or relatively, are of one minimum.
_APART = 1e-2
#: A minimum lower than the best one by this is another best one.
_LOWER = 1e-5
#: Ends are found to this, in units of the parameter's size and relatively.
_PRECISE = 1e-6
#: Random starts at the ends of a curve and at every fifth of its points.
_RANDOM = 3
#: Minima of other curves that such points start from.
_NEAR = 3


class DeeperMinimum(Exception):
    """A profile came below the minimum that it started from."""

    def __init__(self, minimum: Minimum) -> None:
        super().__init__("a deeper minimum")
        self.minimum = minimum


@dataclass(frozen=True)
class Curve:
    """Delta chi2 of one parameter, all others at their best.

    Attributes
    ----------
    values : (n,)
        Of the parameter, in units of its size.
    delta_chi2 : (n,)
    intervals : tuple of (float or None, float)
        Accepted values; a lower end is None where the parameter reaches the edge of its range.
    unbounded : bool
        Whether values however large are accepted.
    at_end : (p,) or None
        All parameters of the fit at the upper end of the last interval.
    converged : bool
        Whether the fits at all ends converged: else these ends are too near.
    """

    values: Numbers
    delta_chi2: Numbers
    intervals: tuple[tuple[float | None, float], ...]
    unbounded: bool = False
    at_end: Numbers | None = None
    converged: bool = True


@dataclass
class Profiler:
    """Profiles of a joint likelihood.

    Attributes
    ----------
    blocks : Blocks
    best : Minimum
    names : sequence of str
        Parameters that are no nuisances.
    edges : dict of (float, float)
        Least and greatest values of parameters with an edge: zero of a modulus.
    threshold : float
        Delta chi2 at the ends of intervals.
    mirrored : sequence of str
        Parameters that may all change their sign together and nothing else changes.
    others : sequence of Minimum
        Other local minima, to start from.
    seed : int
    known : list of Minimum
        Of all curves so far: where to start when another parameter is followed.
    """

    blocks: Blocks
    best: Minimum
    names: Sequence[str]
    edges: dict[str, tuple[float, float]]
    threshold: float
    mirrored: Sequence[str] = ()
    others: Sequence[Minimum] = ()
    seed: int = 1
    random: np.random.Generator = field(init=False)
    known: list[Minimum] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)

    def curve(self, name: str, *, alone: bool = False, step: Callable[[str], object] = lambda words: None) -> Curve:
        """The curve and intervals of one parameter.

        Parameters
        ----------
        name : str
        alone : bool
            All other parameters that are no nuisances at zero, in place of at their best.
        step : callable
            Called with words on what is being done.

        Raises
        ------
        DeeperMinimum
            If a deeper minimum is found than the best one.
        """
        return Tracing(self, name, alone, step).curve()

    def random_start(self) -> Numbers:
        """Nuisances of the best fit, parameters at random on the scale of what is allowed."""
        x = self.best.x.copy()
        size = 2.0 * max(1.0, float(np.max(np.abs(x[self.blocks.places(self.names)]))))
        x[self.blocks.places(self.names)] = self.random.uniform(-size, size, len(self.names))
        return np.clip(x, self.blocks.lower, self.blocks.upper)


class Tracing:
    """One parameter, from the best value outwards."""

    points, random = _POINTS, _RANDOM

    def __init__(self, profiler: Profiler, name: str, alone: bool, step: Callable[[str], object]) -> None:
        self.profiler, self.blocks, self.name, self.step = profiler, profiler.blocks, name, step
        self.place = int(self.blocks.places([name])[0])
        rest = [other for other in profiler.names if other != name] if alone else []
        self.fixed, self.alone = (name, *rest), alone
        self.zeroed = self.blocks.places(rest)
        self.low, self.high = profiler.edges.get(name, (-np.inf, np.inf))
        self.grows = set(profiler.edges) if name in profiler.edges else set()
        # Random numbers of its own: a curve that is taken from an earlier run changes no other.
        profiler.random = np.random.default_rng([profiler.seed, self.place, int(alone)])
        self.seen: dict[float, Minimum] = {}
        # Values at other local minima: their solutions belong to the curve.
        self.solutions: list[float] = []
        self.minimum = self._lowest() if alone else self._mirrored(profiler.best)

    def _lowest(self) -> Minimum:
        """The best value with all others at zero, of starts from both sides."""
        starts = (self.profiler.best.x, *(other.x for other in self.profiler.others))
        moved = [
            self._placed(x, np.clip(sign * max(abs(x[self.place]), 1.0), self.low, self.high))
            for sign in (1.0, -1.0)
            for x in starts
        ]
        tried = in_threads(lambda x: self.blocks.minimise(x, fixed=self.fixed[1:]), moved)
        lowest = min(tried, key=lambda found: found.chi2)
        for value, chi2 in ((self._value(found.x), found.chi2) for found in tried if found.converged):
            known = (self._value(lowest.x), *self.solutions)
            apart = all(abs(value - other) > _APART * max(1.0, abs(other)) for other in known)
            if apart and chi2 < lowest.chi2 + self.profiler.threshold and self.low <= value <= self.high:
                self.solutions.append(value)
        return lowest

    def _mirrored(self, found: Minimum) -> Minimum:
        """The same where the parameter is not below its edge."""
        value = float(found.x[self.place])
        return found._replace(x=self._placed(found.x, -value)) if value < self.low else found

    def _placed(self, x: Numbers, value: float) -> Numbers:
        moved = x.copy()
        if self.name in self.profiler.mirrored and moved[self.place] * value < 0:
            moved[self.blocks.places(self.profiler.mirrored)] *= -1
        moved[self.zeroed] = 0.0
        moved[self.place] = value
        return moved

    def _minimised(self, x: Numbers, value: float) -> Minimum:
        """The minimum at a value that a start leads to."""
        return self.blocks.minimise(self._placed(x, value), fixed=self.fixed)

    def _value(self, x: Numbers) -> float:
        """The value at a minimum."""
        return float(x[self.place])

    def at(self, value: float, *, careful: bool = False) -> float:
        """Delta chi2 at a value, started from the two nearest that are known, and at random where `careful`."""
        if value in self.seen and not careful:
            return self.seen[value].chi2 - self.minimum.chi2
        nearest = sorted(self.seen, key=lambda known: abs(known - value))[:2]
        starts = [self.seen[known].x for known in nearest] or [self.minimum.x]
        if not self.alone:
            starts += [self._grown(self.seen[known].x, known, value) for known in nearest[:1]]
        if careful and not self.alone:
            starts += [other.x for other in self.profiler.others]
            starts += [self.profiler.random_start() for _ in range(self.random)]
            starts += self._near(value)
        tried = in_threads(lambda x: self._minimised(x, value), starts)
        found = min([*tried, *([self.seen[value]] if value in self.seen else [])], key=lambda one: one.chi2)
        if found.chi2 < self.minimum.chi2 - _LOWER:
            if not self.alone:
                raise DeeperMinimum(self.profiler.blocks.minimise(found.x))
            self.minimum = found
        self.seen[value] = found
        if not self.alone:
            self.profiler.known.append(found)
        return found.chi2 - self.minimum.chi2

    def _grown(self, x: Numbers, known: float, value: float) -> Numbers:
        """All parameters grown with this one: where they cancel each other, they go on to do so."""
        places = [place for place in self.blocks.places(self.profiler.names) if self.blocks.names[place] in self.grows]
        grown = x.copy()
        grown[places] *= value / known if known else 1.0
        return grown

    def _near(self, value: float) -> list[Numbers]:
        """Minima of other curves that lie low and near a value."""
        scale = self.profiler.threshold / max(abs(value), 0.1) ** 2
        others = [one for one in self.profiler.known if np.isfinite(one.chi2)]
        far = sorted(others, key=lambda one: one.chi2 + 10 * scale * (abs(self._value(one.x)) - abs(value)) ** 2)
        return [one.x for one in far[:_NEAR]]

    def _outwards(self, direction: float, value: float) -> tuple[float, bool]:
        """The value outside of one at which the threshold is passed well, and whether there is none."""
        limit = self.high if direction > 0 else self.low
        stride = self._stride()
        for _ in range(_MOST_STEPS):
            if value == limit:
                return value, False
            value = float(np.clip(value + direction * stride, self.low, self.high))
            self.step(f"{self.name} at {value:.3g}")
            enough = _BEYOND * self.profiler.threshold
            if self.at(value) > enough and self.at(value, careful=True) > enough:
                return value, False
            stride *= _LONGER
        return value, True

    def _stride(self) -> float:
        """About half a standard deviation, from the curvature."""
        free = [k for k in range(len(self.minimum.x)) if k not in set(self.zeroed)]
        block = self.minimum.hessian[np.ix_(free, free)]
        scale = np.sqrt(np.maximum(np.abs(np.diag(block)), 1e-12))
        inverse = np.linalg.pinv(block / np.outer(scale, scale), rcond=1e-10, hermitian=True)
        k = free.index(self.place)
        variance = 2 * inverse[k, k] / scale[k] ** 2
        return float(np.clip(np.sqrt(variance) / 2, 0.05, 3.0)) if variance > 0 else 0.3

    def curve(self) -> Curve:
        self.seen[self._value(self.minimum.x)] = self.minimum
        here = self._value(self.minimum.x)
        high, unbounded = self._outwards(1.0, here)
        low, below = self._outwards(-1.0, here)
        # The solution of another minimum ends beyond it.
        others = self.solutions if self.alone else [self._value(self._mirrored(o).x) for o in self.profiler.others]
        for value in others:
            self.at(value, careful=True)
        if not unbounded and max(others, default=high) > high:
            high, unbounded = self._outwards(1.0, max(others))
        if not below and min(others, default=low) < low:
            low, below = self._outwards(-1.0, min(others))
        # Far out there is nothing to see where nothing limits.
        between = () if unbounded or below else np.linspace(low, high, self.points)
        for k, value in enumerate(between):
            self.step(f"{self.name}, point {k + 1} of {self.points}")
            self.at(float(value), careful=k % 5 == 0)
        values = np.array(sorted(self.seen))
        for value in (*values, *values[::-1]):  # once more with neighbours known on both sides
            self._again(float(value))
        delta = np.array([self.seen[value].chi2 for value in values]) - self.minimum.chi2
        intervals = self._intervals(values, delta)
        end = self.seen.get(intervals[-1][1])
        at_end = None if end is None or unbounded else end.x
        ends = [self.seen[value] for interval in intervals for value in interval if value in self.seen]
        converged = all(found.converged for found in ends)
        return Curve(values, np.maximum(delta, 0.0), intervals, unbounded or below, at_end, converged)

    def _again(self, value: float) -> None:
        """Start from a neighbour that came out lower by more than its distance explains."""
        nearest = sorted((known for known in self.seen if known != value), key=lambda known: abs(known - value))[:1]
        for known in nearest:
            if self.seen[known].chi2 < self.seen[value].chi2 - 0.05:
                found = self._minimised(self.seen[known].x, value)
                if found.chi2 < self.seen[value].chi2:
                    self.seen[value] = found

    def _intervals(self, values: Numbers, delta: Numbers) -> tuple[tuple[float | None, float], ...]:
        threshold = self.profiler.threshold
        inside = delta <= threshold
        found: list[tuple[float | None, float]] = []
        start: float | None = None
        for k, (value, within) in enumerate(zip(values, inside, strict=True)):
            if within and (k == 0 or not inside[k - 1]):
                start = None if k == 0 else self._crossing(values[k - 1], value)
                if k == 0 and value > self.low:
                    start = float(value)
            if within and (k == len(values) - 1 or not inside[k + 1]):
                end = float(value) if k == len(values) - 1 else self._crossing(value, values[k + 1])
                found.append((start, end))
        return tuple(found)

    def _crossing(self, left: float, right: float) -> float:
        self.step(f"end of {self.name}")
        threshold = self.profiler.threshold

        def above(value: float) -> float:
            return self.at(value) - threshold

        tolerance = _PRECISE * max(1.0, abs(left), abs(right))
        end = float(brentq(above, float(left), float(right), xtol=tolerance, rtol=1e-8))
        above(end)
        return end
