"""Feldman-Cousins intervals and CLs limits by enumeration: what toys approach, where counts are few."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from nudipole.errors import FitError
from nudipole.statistics.band import BAND
from nudipole.statistics.fit import Fit, profile
from nudipole.statistics.hypotheses import outwards
from nudipole.statistics.likelihood import Model, asimov
from nudipole.statistics.neyman.construction import Point, ToyInterval, last_inside
from nudipole.statistics.neyman.enumeration import Distribution, Enumeration
from nudipole.statistics.neyman.outcomes import Outcomes
from nudipole.statistics.toys.batch import Batch
from nudipole.statistics.toys.draws import Hypothesis

Numbers = np.ndarray[Any, np.dtype[Any]]
Progress = Callable[[str], object]

#: Probability that may be left out, relative to 1 - CL: where outcomes are few; where they are many, at the ends and
#: in a first search.
_ALL, _FINE, _COARSE = 1e-6, 2e-2, 2e-1
#: Outcomes that are few.
_FEW = 10_000
#: Most outcomes of one hypothesis: about a minute in all.
MOST = 400_000
#: Outcomes that all points of the first search may have together; and bounds of the number of points.
_SEARCH = 300_000
_POINTS = (12, 120)
#: Ends are found to this fraction of the width of the likelihood: with all outcomes, with many.
_TOLERANCE = (2e-4, 4e-3)
#: Points of the expected band; probability that it leaves out where outcomes are many, and most outcomes of a point.
_BAND_POINTS, _MANY, _BAND_MOST = 32, 4e-2, 2 * MOST


def exact_interval(
    model: Model, cl: float, method: str, fit: Fit, *, progress: Progress = lambda step: None
) -> ToyInterval | None:
    """Interval by enumeration, or None if there are too many outcomes.

    Parameters
    ----------
    model, cl, method
        As for `nudipole.statistics.neyman.belt.toy_interval`.
    fit : Fit
        The best fit.
    progress : callable
        Called with words on what is being done.

    Returns
    -------
    ToyInterval or None

    Raises
    ------
    FitError
        A fit did not converge, or no end is found.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal, best_fit
    >>> model = Model([3], [Background("known", [2], "fixed")], LinearSignal([1]))
    >>> found = exact_interval(model, 0.90, "feldman-cousins", best_fit(model))
    >>> found.pieces[0][0] == found.lower
    True
    """
    if np.any(model.statistic.scatter() > 0):
        return None
    search = _Search(model, cl, method, fit)
    if not search.affordable():
        return None
    progress(f"enumeration of {search.largest} outcomes")
    pieces = search.pieces(progress)
    if not pieces:
        raise FitError("no accepted value found by enumeration; best fit", {model.poi_name: fit.poi})
    progress("expected band")
    (lower, lower_error), (upper, upper_error) = pieces[0][0], pieces[-1][1]
    points = search.points
    at = [point.poi for point in points]
    return ToyInterval(
        lower,
        upper,
        lower_error,
        upper_error,
        cl,
        method,
        "two" if method == "feldman-cousins" else "one",
        float(np.interp(upper, at, [point.threshold for point in points])),
        search.band(),
        tuple(points),
        fit,
        model.poi_name,
        0,
        0,
        search.enumeration.careful,
        tuple((low[0], high[0]) for low, high in pieces),
        True,
        search.largest,
    )


class _Search:
    """Tested values of one model."""

    def __init__(self, model: Model, cl: float, method: str, fit: Fit) -> None:
        self.model, self.cl, self.fit, self.method = model, cl, fit, method
        self.cls = method == "cls"
        self.enumeration = Enumeration(Batch(model), signed=self.cls)
        first = max(0.0, model.poi_lower)
        self.null = Hypothesis(first, profile(model, [first], eta0=fit.eta).eta[0])
        self.largest, self.missing = 0, _ALL
        self._points: dict[tuple[float, float], Point] = {}

    @property
    def points(self) -> list[Point]:
        """Tested values in order, each with the most outcomes that it was tested with."""
        best: dict[float, Point] = {}
        for (poi, _), point in sorted(self._points.items()):
            if poi not in best or point.toys > best[poi].toys:
                best[poi] = point
        return [best[poi] for poi in sorted(best)]

    def _range(self) -> tuple[float, float, float]:
        """Where Delta chi2 is small enough that a value may be accepted, and the distance of one unit."""
        far = float(ndtri((1 + self.cl) / 2) + 1.5)
        self._outwards = outwards(self.model, self.fit)
        high = float(np.interp(far, *self._outwards))
        edge = self.model.poi_lower
        if self.cls:
            low = max(self.fit.poi, edge)
            return low, high, (high - low) / far
        if np.isfinite(edge):
            return edge, high, (high - self.fit.poi) / far
        low = float(np.interp(far, *outwards(self.model, self.fit, side=-1)))
        return low, high, (high - low) / (2 * far)

    def truth(self, poi: float) -> tuple[Hypothesis, float]:
        """Conditional best fit, and Delta chi2 of the data."""
        scan = profile(self.model, [poi], eta0=self.fit.eta)
        return Hypothesis(poi, scan.eta[0]), max(float(scan.chi2[0]) - self.fit.chi2, 0.0)

    def listed(self, truth: Hypothesis, missing: float, most: int = MOST) -> Outcomes | None:
        """Outcomes of a hypothesis; for CLs those around the tail of low counts, where the data lie."""
        means = self.enumeration.means(truth)
        if self.cls:
            bins = self.model.statistic.rebuilt(np.arange(len(means))[None])[0][0].astype(int)
            seen = float(np.sum(np.asarray(self.model.observed))) + 1
            means = means.copy()
            means[bins] *= min(1.0, seen / max(float(means[bins].sum()), 1e-300))
        return self.enumeration.outcomes(means, missing * (1 - self.cl), most)

    def affordable(self) -> bool:
        """Whether there are few enough outcomes at all values that matter."""
        if self.listed(self.null, _FINE, MOST) is None:
            return False
        self.low, self.high, self.width = self._range()
        likely = self.truth(float(np.interp(float(ndtri((1 + self.cl) / 2)), *self._outwards)))[0]
        ends = (self.null, likely, self.truth(max(self.fit.poi, self.low))[0])
        for missing in (_ALL, _FINE):
            self.missing, most = missing, _FEW if missing == _ALL else MOST
            lists = [self.listed(truth, missing, most) for truth in ends]
            if all(found is not None for found in lists):
                self.largest = max(len(found) for found in lists if found is not None)
                return self._band_affordable()
        return False

    def _band_affordable(self) -> bool:
        """The same without signal and at the end of the expected band, which the data may fall short of by far."""
        likely = self.enumeration.outcomes(self.enumeration.means(self.null), _MANY, MOST)
        return likely is not None and self._every(self._top, _MANY) is not None

    def point(self, poi: float, missing: float) -> Point:
        """p-value of one tested value, from outcomes that leave out `missing` of 1 - CL."""
        key = (float(poi), missing)
        if key not in self._points:
            self._points[key] = self._tested(*key)
        return self._points[key]

    def _tested(self, poi: float, missing: float) -> Point:
        truth, observed = self.truth(poi)
        if not np.isfinite(observed):
            # No nuisances make the expectation physical: excluded whatever was counted.
            return Point(poi, np.inf, 0.0, 0.0, 0.0, 0)
        if self.cls and self.fit.poi > poi:
            return Point(poi, 0.0, 0.0, 1.0, 0.0, 0)
        signal = self._distribution(poi, truth, missing, observed)
        threshold, left, n = _quantile(signal, self.cl), signal.missing, len(signal.t)
        if not self.cls:
            return Point(poi, observed, threshold, signal.at_least(observed), left / 5, n)
        null = self._distribution(poi, self.null, missing, observed)
        ratio = signal.at_least(observed) / null.at_least(observed) if observed > 0 else 1.0
        return Point(poi, observed, max(threshold, 0.0), ratio, ratio * missing * (1 - self.cl), n)

    def _distribution(self, poi: float, truth: Hypothesis, missing: float, near: float) -> Distribution:
        listed = self.listed(truth, missing, 4 * MOST)
        if listed is None:
            raise FitError(f"more than {MOST} outcomes", {self.model.poi_name: poi})
        self.largest = max(self.largest, len(listed))
        return self.enumeration.distribution(poi, truth, listed, near)

    def pieces(self, progress: Progress) -> list[tuple[tuple[float, float], tuple[float, float]]]:
        """All accepted intervals: both ends of each with their errors."""
        few = self.missing == _ALL
        missing = self.missing if few else _COARSE
        grid, accepted = self._searched(missing)
        edge = self.model.poi_lower
        found, start = [], None
        for k, inside in enumerate(accepted):
            before = accepted[k - 1] if k else False
            if inside and not before:
                start = (edge if self.cls or grid[0] <= edge else grid[0], 0.0) if k == 0 else None
                start = start or self._end(grid[k], grid[k - 1], few)
            if before and not inside:
                progress(f"end near {grid[k]:.4g}")
                assert start is not None
                found.append((start, self._end(grid[k - 1], grid[k], few)))
        return found

    def _searched(self, missing: float) -> tuple[list[float], list[bool]]:
        """Tested values, and whether they are accepted; both ends are far outside, or at the boundary."""
        grid = self._grid(missing)
        level, one = 1 - self.cl, np.isfinite(self.model.poi_lower)
        near = int(np.argmin(np.abs(np.array(grid) - self.fit.poi)))
        tested: dict[float, bool] = {}
        for side in (grid[near:], grid[:near][::-1]):
            far = 0
            for poi in side:
                p = self.point(poi, missing).p
                tested[poi] = p >= level
                # A parameter with a sign may have more solutions; beyond the only one nothing is accepted.
                far = far + 1 if one and p < level / 4 else 0
                if far == 2:
                    break
        while tested[max(tested)] and len(tested) < 1000:
            top = max(tested)
            tested[top + 2 * self.width] = self.point(top + 2 * self.width, missing).p >= level
        grid = sorted(tested)
        return grid, [tested[poi] for poi in grid]

    def _grid(self, missing: float) -> list[float]:
        """Values of the first search, equally far apart in the signed root of Delta chi2 and in the value itself."""
        listed = self.listed(self.truth(self.high)[0], missing, 4 * MOST)
        size = max(1, 0 if listed is None else len(listed)) * (2 if self.cls else 1)
        number = int(np.clip(_SEARCH / size, _POINTS[0], _POINTS[1] / (4 if self.cls else 1)))
        fine = np.linspace(self.low, self.high, 512)
        delta = profile(self.model, fine, eta0=self.fit.eta).chi2 - self.fit.chi2
        root = np.sqrt(np.clip(np.nan_to_num(delta, posinf=1e3), 0, 1e3))
        path = np.abs(np.diff(root))
        along = np.concatenate([[0.0], np.cumsum(path / path.sum() + 1 / len(path))])
        return [float(value) for value in np.interp(np.linspace(0, along[-1], number), along, fine)]

    def _end(self, inside: float, outside: float, few: bool) -> tuple[float, float]:
        """Last accepted value, halfway to the first excluded one, and half their distance."""
        if few:
            return self._narrowed(inside, outside, self.missing, _TOLERANCE[0])
        end, _ = self._narrowed(inside, outside, _COARSE, _TOLERANCE[1])
        reach = np.copysign(2 * _TOLERANCE[1] * self.width, outside - inside)
        lowest = self.low if inside > outside else -np.inf
        while True:
            inside, outside = max(end - reach, self.low), max(end + reach, lowest)
            sides = [self.point(value, self.missing).p >= 1 - self.cl for value in (inside, outside)]
            if sides == [True, False] or abs(reach) > self.width:
                return self._narrowed(inside, outside, self.missing, _TOLERANCE[1])
            end, reach = (outside if sides[1] else inside), 2 * reach

    def _narrowed(self, inside: float, outside: float, missing: float, tolerance: float) -> tuple[float, float]:
        """Chords of the normal quantile of p and halves by turns: p may have steps."""
        turn = 0
        while abs(outside - inside) > tolerance * self.width:
            low, high = (self._quantile_of_p(value, missing) for value in (inside, outside))
            wanted = float(ndtri(1 - self.cl))
            share = (low - wanted) / (low - high) if low > high and turn % 3 < 2 else 0.5
            share = float(np.clip(share, 0.0, 1.0))
            # A little beyond the chord, so that both ends of the bracket move.
            share += (0.1 if turn % 3 == 0 else -0.1) * min(share, 1 - share) + 0.0
            middle = inside + float(np.clip(share, 0.02, 0.98)) * (outside - inside)
            if self.point(middle, missing).p >= 1 - self.cl:
                inside = middle
            else:
                outside = middle
            turn += 1
        return (inside + outside) / 2, abs(outside - inside) / 2

    def _quantile_of_p(self, poi: float, missing: float) -> float:
        return float(ndtri(np.clip(self.point(poi, missing).p, 1e-12, 1 - 1e-12)))

    def band(self) -> dict[int, float]:
        """Upper ends of data without signal, as quantiles."""
        ends, share = self._upper_ends()
        order = np.argsort(ends, kind="stable")
        below = np.cumsum(share[order]) / share.sum()
        return {z: float(ends[order][min(np.searchsorted(below, ndtr(z)), len(ends) - 1)]) for z in BAND}

    def _upper_ends(self) -> tuple[Numbers, Numbers]:
        """Upper ends of the outcomes without signal, and their probabilities, on a grid of tested values."""
        means, missing = self.enumeration.means(self.null), 1e-3
        likely = self.enumeration.outcomes(means, missing, _FEW)
        many = likely is None or self._every(self._top, missing) is None
        if many:
            missing = _MANY
            likely = self.enumeration.outcomes(means, missing, MOST)
        assert likely is not None
        grid = self._band_grid(_BAND_POINTS // 4 if many else _BAND_POINTS)
        excess = np.array([self._excess(poi, likely, missing, spread=not many) for poi in grid])
        return last_inside(grid, excess), likely.probability

    @cached_property
    def _top(self) -> Hypothesis:
        """The last tested value of the expected band."""
        return self.truth(float(self._band_grid(2)[-1]))[0]

    def _every(self, hypothesis: Hypothesis, missing: float) -> Outcomes | None:
        """All outcomes of a tested value of the expected band."""
        return self.enumeration.outcomes(self.enumeration.means(hypothesis), missing, _BAND_MOST)

    def _band_grid(self, number: int) -> Numbers:
        """Values up to where data of two standard deviations above no signal are excluded."""
        null = asimov(self.model, self.null.poi, self.null.eta)
        expected = outwards(null, Fit(self.null.poi, self.null.eta, 0.0, 0.0, True))
        top = float(np.interp(float(ndtri(self.cl)) + 3.5, *expected))
        return np.linspace(self.null.poi, top, number)

    def _excess(self, poi: float, likely: Outcomes, missing: float, *, spread: bool) -> Numbers:
        """How far the outcomes lie outside at a tested value: positive where they exclude it."""
        truth, _ = self.truth(poi)
        found = []
        for hypothesis in (truth, self.null)[: 1 + self.cls]:
            every = self._every(hypothesis, missing)
            assert every is not None
            there = self.enumeration.distribution(poi, hypothesis, every, spread=spread)
            # With the auxiliary measurements at the same centre, so that equal counts have equal t.
            t = self.enumeration.distribution(poi, hypothesis, likely, spread=False).t
            found.append(np.where(t > 0, there.of_each(t), 1.0))
        below, level = np.maximum(found[0], 1e-300), 1 - self.cl
        return np.asarray(np.log(level * (found[1] if self.cls else 1.0) / below))


class KnownFits(_Search):
    """One tested value of data whose fits are known already: coverage tests thousands of data sets.

    Parameters
    ----------
    enumeration : Enumeration
        Of the data.
    cl, method
        As for `exact_interval`.
    fit : Fit
        The best fit.
    held, null : Hypothesis
        Conditional best fits: at the tested value, and without signal.
    delta_chi2 : float
        Of the tested value.
    """

    def __init__(
        self,
        enumeration: Enumeration,
        cl: float,
        method: str,
        fit: Fit,
        held: Hypothesis,
        null: Hypothesis,
        delta_chi2: float,
    ) -> None:
        self.model, self.cl, self.fit, self.method = enumeration.model, cl, fit, method
        self.cls, self.enumeration, self.null, self.largest = method == "cls", enumeration, null, 0
        self._held = held, delta_chi2
        self._points = {}

    def truth(self, poi: float) -> tuple[Hypothesis, float]:
        """What is known."""
        return self._held


def _quantile(there: Distribution, cl: float) -> float:
    values, share = there.weighted()
    order = np.argsort(values)
    place = min(int(np.searchsorted(np.cumsum(share[order]), cl)), len(values) - 1)
    return float(values[order][place])
