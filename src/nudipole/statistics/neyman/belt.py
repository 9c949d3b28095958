r"""Neyman constructions with toys: Feldman-Cousins intervals and CLs limits, nuisances profiled.

At every tested value :math:`\mu` toys are drawn with the nuisances at their conditional best fit to the data, and their
auxiliary measurements too (profile construction). What fraction of them is at least as far from :math:`\mu` as the
data,

.. math:: p(\mu) = P\big(t_\mu \ge t_\mu^\mathrm{obs}\,|\,\mu, \hat{\hat\eta}(\mu)\big), \qquad
          \mathrm{CL_s}(\mu) = \frac{P(q_\mu \ge q_\mu^\mathrm{obs}|\mu)}{P(q_\mu \ge q_\mu^\mathrm{obs}|0)},

falls through 1 - CL at the ends. Where outcomes are few they are enumerated (`exact`). Otherwise toys of many values of
:math:`\mu` are weighted to serve all values nearby (`pool`), so that p is a smooth function of :math:`\mu` for a given
set of toys, and for CLs toys of low counts reach into the tails. A first belt over the whole range finds the ends and
gives the spread that is expected without signal; more toys are then drawn around each end. The error of an end,
that of p there divided by its slope, decides whether more toys are needed.

Toys that have the counts of the data are at least as far from :math:`\mu` as the data, whatever their auxiliary
measurements, as with enumeration.

References
----------
Feldman:1997qc; Read:2002hq; Cowan:2010js
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from nudipole import digits
from nudipole.errors import FitError, OutOfRange, UnknownName
from nudipole.statistics.band import BAND
from nudipole.statistics.fit import Fit, best_fit, profile
from nudipole.statistics.hypotheses import outwards
from nudipole.statistics.likelihood import Model, asimov
from nudipole.statistics.neyman.construction import METHODS, Point, ToyInterval, last_inside
from nudipole.statistics.neyman.exact import exact_interval
from nudipole.statistics.neyman.pool import Pool, WeightedSample
from nudipole.statistics.toys.batch import Batch
from nudipole.statistics.toys.draws import CHUNK, Hypothesis, draw, ensembles, in_threads, seeded
from nudipole.statistics.validation import check

Numbers = np.ndarray[Any, np.dtype[Any]]
Progress = Callable[[str], object]

#: Points of the belt, and for CLs, which needs no values below zero nor far above the end; values around an end that
#: toys are drawn for, and at which p is evaluated.
_BELT, _BELT_OF_CLS, _AROUND, _LOCAL = 24, 13, 5, 5
#: How many points of the belt away toys are used.
_NEIGHBOURS = 3.01
#: Values at which the range of the belt is looked for, over seven decades.
_OUTWARDS = 64
#: Rounds in which toys are added until the error is small enough.
_ROUNDS = 10


def toy_interval(
    model: Model,
    cl: float = 0.90,
    method: str = "feldman-cousins",
    *,
    toys: int = 2000,
    precision: float = 0.01,
    seed: int = 1,
    fit: Fit | None = None,
    enumeration: bool = True,
    progress: Progress = lambda step: None,
) -> ToyInterval:
    """Interval of the parameter of interest by enumeration where outcomes are few enough, else by toys.

    Parameters
    ----------
    model : Model
    cl : float
        Confidence level, between 0 and 1.
    method : str
        ``feldman-cousins``: two-sided, ordering by the likelihood ratio, exact coverage but for the profiled nuisances.
        ``cls``: upper limit, protected against downward fluctuations, over-covers.
    toys : int
        At least so many serve every tested value, those of the values around it counted.
    precision : float
        Toys are added until the error of an end is below this fraction of its distance from zero or from the other end.
    seed : int
    fit : Fit, optional
        The best fit, if there is one already.
    enumeration : bool
        Whether outcomes are enumerated where that takes about a minute at most: nothing is random then, and `toys`,
        `precision` and `seed` are not used.
    progress : callable
        Called with words on what is being done.

    Returns
    -------
    ToyInterval

    Raises
    ------
    OutOfRange
        `cl` outside (0, 1), no toys, a precision that is not positive.
    UnknownName
        No such method.
    FitError
        A fit did not converge, or no end is found.

    Examples
    --------
    Three events over two that are known are few enough to enumerate:

    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([3], [Background("known", [2], "fixed")], LinearSignal([1]))
    >>> found = toy_interval(model)
    >>> print(f"[{found.lower:.1f}, {found.upper:.1f}], exact: {found.exact}")
    [0.0, 5.4], exact: True
    """
    if not 0 < cl < 1:
        raise OutOfRange("cl", cl, 0, 1, inside=True)
    if method not in METHODS:
        raise UnknownName("construction by toys", method, METHODS)
    if toys < 1:
        raise OutOfRange("number of toys", toys, 1)
    if not precision > 0:
        raise OutOfRange("precision", precision, 0, inside=True)
    check(model)
    fit = best_fit(model) if fit is None else fit
    exact = exact_interval(model, cl, method, fit, progress=progress) if enumeration else None
    if exact is not None:
        return exact
    search = _Search(model, cl, method, toys, seed, fit)
    progress("belt")
    search.belt()
    progress("expected band")
    # From the toys of the belt, before there are more of them around the ends.
    band = search.band()
    pieces = search.pieces(precision, progress)
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
        band,
        tuple(points),
        fit,
        model.poi_name,
        seed,
        len(search.pool),
        search.pool.careful,
        tuple((low[0], high[0]) for low, high in pieces),
        precise=search.precise,
    )


class _Search:
    """Tested values, and the toys that they share."""

    def __init__(self, model: Model, cl: float, method: str, toys: int, seed: int, fit: Fit) -> None:
        self.model, self.cl, self.cls, self.toys, self.seed, self.fit = model, cl, method == "cls", toys, seed, fit
        self.pool = Pool(Batch(model), seed)
        first = max(0.0, model.poi_lower)
        self.null = Hypothesis(first, profile(model, [first], eta0=fit.eta).eta[0])
        self.sigma, self.low, self.high = self._scale()
        self.reach = self.sigma
        #: Whether the errors of all ends are as small as asked.
        self.precise = True
        self._core: list[int] = []
        self._truths: dict[float, tuple[Hypothesis, float]] = {}
        self._points: dict[float, Point] = {}

    def _scale(self) -> tuple[float, float, float]:
        """Standard deviation of the parameter of interest, roughly, and the range that the belt begins with."""
        z = float(ndtri((1 + self.cl) / 2))
        upwards, at = outwards(self.model, self.fit, points=_OUTWARDS)
        top = float(np.interp(z + 1.5, upwards, at))
        sigma = (float(np.interp(z, upwards, at)) - self.fit.poi) / z
        null, eta = asimov(self.model, self.null.poi, self.null.eta), self.null.eta
        without = Fit(self.null.poi, eta, 0.0, 0.0, True)
        top = max(top, float(np.interp(z + 2.0, *outwards(null, without, points=_OUTWARDS))))
        if self.cls:
            # CLs is one there, whatever the data are.
            return sigma, self.null.poi, max(top, self.null.poi + sigma)
        if np.isfinite(self.model.poi_lower):
            return sigma, self.model.poi_lower, top
        downwards = [
            float(np.interp(z + 1.5, *outwards(data, fit, side=-1, points=_OUTWARDS)))
            for data, fit in ((self.model, self.fit), (null, without))
        ]
        return sigma, min(downwards), top

    @property
    def points(self) -> list[Point]:
        """All tested points by parameter of interest."""
        return [self._points[poi] for poi in sorted(self._points)]

    def truth(self, poi: float) -> tuple[Hypothesis, float]:
        """Conditional best fit, and Delta chi2 of the data."""
        if poi not in self._truths:
            self._find_truths([poi])
        return self._truths[poi]

    def _find_truths(self, values: Iterable[float]) -> None:
        """Of many values at once: fits come in batches."""
        new = [poi for poi in map(float, values) if poi not in self._truths]
        scan = profile(self.model, new, eta0=self.fit.eta) if new else None
        for k, poi in enumerate(new):
            assert scan is not None
            self._truths[poi] = Hypothesis(poi, scan.eta[k]), max(float(scan.chi2[k]) - self.fit.chi2, 0.0)

    def belt(self) -> None:
        """Toys over the whole range, and beyond until the data are excluded at its upper end."""
        grid = np.linspace(self.low, self.high, _BELT_OF_CLS if self.cls else _BELT)
        self.reach = _NEIGHBOURS * float(grid[1] - grid[0])
        share = max(-(-self.toys // 4), 250)
        self._find_truths(grid)
        if self.cls:
            self._core = self._add_core(share)
        for poi in grid:
            self._add(float(poi), share)
        for poi in grid:
            self.test(float(poi))
        self.pool.nodes = [point.poi for point in self.points if np.isfinite(point.observed)]
        for _ in range(12):
            last = self.points[-1]
            if last.p < (1 - self.cl) / 3:
                return
            step = max(float(grid[1] - grid[0]), self.sigma / 2)
            for poi in last.poi + step * np.arange(1, 5):
                self._add(float(poi), share)
            for poi in last.poi + step * np.arange(1, 5):
                self.test(float(poi))
        raise FitError("no upper end found by toys; last tried", {self.model.poi_name: self.points[-1].poi})

    def _add(self, poi: float, n: int) -> None:
        """Toys of a tested value, unless it makes the expectation negative."""
        truth, delta = self.truth(poi)
        if np.isfinite(delta):
            self.pool.add(self.pool.component(truth), n, _number(poi))

    def _add_core(self, n: int) -> list[int]:
        """Toys without signal, and of as few counts as the data have, for the tail of the null hypothesis."""
        null = self.pool.component(self.null)
        along = self.pool.component(self.truth(self.null.poi + self.sigma)[0]).means - null.means
        width = np.where(self.pool.scatter > 0, self.pool.scatter**2, np.maximum(null.means, 1e-9))
        size = float(np.sum(along**2 / width))
        share = float(np.sum(along * (self.pool.measured - null.means) / width)) / size if size > 0 else 0.0
        known = [null]
        for part in (0.5, 1.0) if share < 0 else ():
            shifted = null.means + part * share * along
            floor = np.where(self.pool.scatter > 0, -np.inf, 0.05 * null.means)
            known.append(null._replace(means=np.maximum(shifted, floor)))
        for k, component in enumerate(known):
            # Those without signal make the expected band, too.
            self.pool.add(component, 2 * n if k else max(4 * n, CHUNK), k)
        return list(range(len(known)))

    def _samples(self, poi: float, around: float | None = None) -> list[WeightedSample]:
        """Of the hypotheses of a tested value, from toys of what lies near it, or near another value."""
        truth, _ = self.truth(poi)
        which = sorted({*self._core, *self.pool.near(poi if around is None else around, self.reach)})
        return [self.pool.sample(poi, one, which) for one in (truth, self.null)[: 1 + self.cls]]

    def test(self, poi: float) -> None:
        """p-value of a tested value, from the toys that there are."""
        _, observed = self.truth(poi)
        if not np.isfinite(observed):
            self._points[poi] = Point(poi, np.inf, 0.0, 0.0, 0.0, 0)
            return
        samples = self._samples(poi)
        p, error = self._p(poi, samples)
        t = np.where(samples[0].poi > poi, 0.0, samples[0].t) if self.cls else samples[0].t
        threshold = _quantile(t, samples[0].weight, self.cl)
        shown = 0.0 if self.cls and self.fit.poi > poi else observed
        self._points[poi] = Point(poi, shown, threshold, p, error, len(t))

    def _p(self, poi: float, samples: list[WeightedSample]) -> tuple[float, float]:
        """p, or CLs where there are two hypotheses, and its error by the number of toys."""
        _, observed = self.truth(poi)
        parts = []
        for sample in samples:
            if self.cls:
                q = np.where(sample.poi > poi, 0.0, sample.t)
                least = 0.0 if self.fit.poi > poi else observed
            else:
                q, least = sample.t, observed
            # Equal values of two fits differ by rounding; equal counts are tied whatever the auxiliary measurements.
            tail = sample.weight * ((q >= least - 1e-7 * max(1.0, least)) | sample.same)
            total = sample.weight.sum()
            p = max(float(tail.sum() / total), 1e-300)
            # What each toy adds to the logarithm of p.
            parts.append((p, (tail / p - sample.weight) / total))
        ratio, added = parts[0]
        if self.cls:
            ratio, added = ratio / parts[1][0], added - parts[1][1]
        return ratio, ratio * _spread(added, samples[0].component)

    def pieces(self, precision: float, progress: Progress) -> list[tuple[tuple[float, float], tuple[float, float]]]:
        """All accepted intervals: both ends of each with their errors."""
        points, level = self.points, 1 - self.cl
        accepted = [point.p >= level for point in points]
        if not any(accepted):
            accepted[int(np.argmax([point.p for point in points]))] = True
        found, start = [], (self.model.poi_lower, 0.0)
        for k, inside in enumerate(accepted):
            before = accepted[k - 1] if k else inside and not np.isfinite(self.model.poi_lower)
            if inside and k and not before and not self.cls:
                start = self._refined(points[k].poi, points[k - 1].poi, precision, progress)
            # CLs is an upper limit: only the last end counts.
            if before and not inside and k and not (self.cls and any(accepted[k:])):
                found.append((start, self._refined(points[k - 1].poi, points[k].poi, precision, progress)))
        return found

    def _refined(self, inside: float, outside: float, precision: float, progress: Progress) -> tuple[float, float]:
        """An end and its error: toys around it until the error is small enough."""
        n, width = 0, abs(outside - inside)
        low, high = sorted((inside, outside))
        edge = self.model.poi_lower
        centre, error = (low + high) / 2, width
        for turn in range(_ROUNDS):
            side = "upper" if outside > inside else "lower"
            progress(f"{side} end, round {turn + 1}: {digits.with_error(centre, error)}")
            around = np.linspace(max(low - width / 2, edge), high + width / 2, _AROUND if n else 0)
            self._find_truths(around)
            for poi in around:
                self._add(float(poi), n)
            if self.cls and n:
                for k in self._core:
                    self.pool.add(self.pool.components[k], 2 * n, k)
            centre, error, coarse = self._crossing(low, high, rising=outside < inside)
            if not low <= centre <= high:
                # p has a step beside the values that were tested.
                low, high, n = max(2 * low - high, edge), 2 * high - low, 0
                continue
            target = precision * max(abs(centre), self.sigma)
            if error <= target and not coarse:
                break
            if error > target:
                # Those near the end are the ones that count.
                used = self.pool.size([*self._core, *self.pool.near((low + high) / 2, self.reach)])
                more = used * ((error / target) ** 2 - 1) / _AROUND
                n = int(np.clip(1.2 * more, self.toys / 4, 10 * self.toys))
            else:
                n = 0
            low, high = max(centre - 3 * error, edge), centre + 3 * error
        else:
            self.precise = False
        return float(np.clip(centre, low, high)), error

    def _crossing(self, low: float, high: float, *, rising: bool) -> tuple[float, float, bool]:
        """Where p of the toys falls through 1 - CL, its error, and whether the values tested are far apart for it."""
        grid = np.linspace(low, high, _LOCAL)
        self._find_truths(grid)
        tested = [self._p(float(poi), self._samples(float(poi), (low + high) / 2)) for poi in grid]
        p, spread = (np.array(column) for column in zip(*tested, strict=True))
        for poi in grid:
            self.test(float(poi))
        centre = _place(grid, p, 1 - self.cl, rising=rising)
        # In the logarithm of p, along the whole grid: single toys are steps.
        inside = p > 1e-12
        slope = np.polyfit(grid[inside], np.log(p[inside]), 1)[0] if inside.sum() > 1 else 0.0
        error = float(
            np.interp(np.clip(centre, low, high), grid, spread / np.maximum(p, 1e-12)) / max(abs(slope), 1e-300)
        )
        return centre, min(error, high - low), bool(grid[1] - grid[0] > 2 * error)

    def band(self) -> dict[int, float]:
        """Upper ends of data sets without signal, as quantiles."""
        poi = np.array([point.poi for point in self.points if np.isfinite(point.observed)])
        ends = self._ends_of_the_pool(poi) if self.cls else self._ends_of_new_toys(poi)
        return {z: float(np.quantile(ends, ndtr(z))) for z in BAND}

    def _ends_of_the_pool(self, grid: Numbers) -> Numbers:
        """CLs limits of the toys without signal, which are fitted at every tested value anyway."""
        excess = []
        for value in grid:
            samples = self._samples(float(value))
            mine = samples[1].component == self._core[0]
            q = np.where(samples[1].poi > value, 0.0, samples[1].t)[mine]
            signal, null = (_Tail(sample, float(value), signed=True).at_least(q) for sample in samples)
            excess.append(np.log((1 - self.cl) * null / signal))
        return last_inside(grid, np.array(excess))

    def _ends_of_new_toys(self, grid: Numbers) -> Numbers:
        """Upper ends of toys without signal, each of them fitted at every value of the grid."""
        tables = [_Tail(self._samples(float(value))[0], float(value), signed=False) for value in grid]

        def one(chunk: int) -> Numbers:
            toys = draw(self.model, self.null, CHUNK, seeded(self.seed, 2**40, chunk))
            batch = self.pool.batch
            free = batch.fit(toys, start=np.concatenate([[max(self.null.poi, 0.0)], self.null.eta]))
            excess, start = np.empty((len(grid), CHUNK)), free.x
            for k, value in enumerate(grid):
                held = batch.fit(toys, float(value), start=start)
                t, start = np.maximum(held.chi2 - free.chi2, 0.0), held.x
                excess[k] = np.log((1 - self.cl) / tables[k].at_least(t))
            return last_inside(grid, excess)

        return np.concatenate(list(in_threads(one, range(-(-max(self.toys, CHUNK) // CHUNK)))))


class _Tail:
    """Probabilities of a weighted sample above many values."""

    def __init__(self, sample: WeightedSample, tested: float, *, signed: bool) -> None:
        values = np.where(sample.poi > tested, 0.0, sample.t) if signed else sample.t
        order = np.argsort(values)
        self.values = values[order]
        self.above = np.append(np.cumsum(sample.weight[order][::-1])[::-1], 0.0) / sample.weight.sum()

    def at_least(self, least: Numbers) -> Numbers:
        """Never zero: a data set counts as one toy."""
        places = np.searchsorted(self.values, least - 1e-9, side="left")
        return np.asarray(np.maximum(self.above[places], 1 / (len(self.values) + 1)))


def _spread(added: Numbers, component: Numbers) -> float:
    """Standard deviation of a sum over toys, of which each component has a given number."""
    names, which = np.unique(component, return_inverse=True)
    counts = np.bincount(which, minlength=len(names))
    means = np.bincount(which, added, minlength=len(names)) / counts
    return float(np.sqrt(np.sum((added - means[which]) ** 2)))


def _place(grid: Numbers, p: Numbers, level: float, *, rising: bool) -> float:
    """Outermost place where p along the grid crosses a level, between neighbours along a straight line of ndtri(p).

    Infinite where it does not.
    """
    z = ndtri(np.clip(p, 1e-9, 1 - 1e-9)) - float(ndtri(level))
    if rising:
        return -_place(-grid[::-1], p[::-1], level, rising=False)
    inside = np.flatnonzero(z >= 0)
    k = int(inside[-1]) if len(inside) else 0
    if len(inside) == 0 or k == len(grid) - 1:
        return float(np.inf if len(inside) else -np.inf)
    return float(grid[k] + (grid[k + 1] - grid[k]) * z[k] / (z[k] - z[k + 1]))


def _quantile(values: Numbers, weight: Numbers, cl: float) -> float:
    order = np.argsort(values)
    below = np.cumsum(weight[order])
    return float(values[order][min(np.searchsorted(below, cl * below[-1]), len(values) - 1)])


def _number(value: float) -> int:
    """The bits of a float as an integer, for seeds."""
    return int(np.float64(value).view(np.uint64)) & (2**63 - 1)


def belt(
    model: Model, poi: Sequence[float], cl: float = 0.90, *, toys: int = 10_000, seed: int = 1
) -> tuple[Point, ...]:
    """Neyman belt at given values of the parameter of interest (Feldman-Cousins).

    Parameters
    ----------
    model : Model
    poi : sequence of float
    cl : float
    toys : int
        At every value.
    seed : int
    """
    fit, batch = best_fit(model), Batch(model)
    scan = profile(model, np.asarray(poi, float), eta0=fit.eta)
    truths = [Hypothesis(float(value), eta) for value, eta in zip(scan.poi, scan.eta, strict=True)]
    wanted = [(truth, truth.poi, toys, (seed, _number(truth.poi), 0), 0) for truth in truths]
    points = []
    for truth, chi2, found in zip(truths, scan.chi2, ensembles(batch, wanted), strict=True):
        observed = max(float(chi2) - fit.chi2, 0.0)
        n = len(found.t)
        p = (1 + int(np.sum(found.t >= observed - 1e-9 * max(1.0, observed)))) / (n + 1)
        threshold = float(np.quantile(found.t, cl, method="higher"))
        points.append(Point(truth.poi, observed, threshold, p, float(np.sqrt(max(p * (1 - p), 1 / n) / n)), n))
    return tuple(points)
