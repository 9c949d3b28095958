r"""Neyman constructions with toys: Feldman-Cousins intervals and CLs limits, nuisances profiled.

At every tested value :math:`\mu` toys are drawn with the nuisances at their conditional best fit to the data, and their
auxiliary measurements too (profile construction). What fraction of them is at least as far from :math:`\mu` as the
data,

.. math:: p(\mu) = P\big(t_\mu \ge t_\mu^\mathrm{obs}\,|\,\mu, \hat{\hat\eta}(\mu)\big), \qquad
          \mathrm{CL_s}(\mu) = \frac{P(q_\mu \ge q_\mu^\mathrm{obs}|\mu)}{P(q_\mu \ge q_\mu^\mathrm{obs}|0)},

falls through 1 - CL at the ends. A first belt of points over the whole range finds them and gives the spread that is
expected without signal. Points around each end then carry most of the toys: the normal quantile of p is a smooth
function of :math:`\mu`, close to a straight line, so that a parabola through them all gives the end with an error, and
the error decides whether more toys are drawn.

References
----------
Feldman:1997qc; Read:2002hq; Cowan:2010js
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy.special import chdtrc, ndtr, ndtri

from nudipole import digits
from nudipole.errors import FitError, OutOfRange, UnknownName
from nudipole.statistics.band import BAND
from nudipole.statistics.batch import Batch
from nudipole.statistics.fit import Fit, best_fit, profile
from nudipole.statistics.intervals import intervals
from nudipole.statistics.likelihood import Model, asimov
from nudipole.statistics.toys import CHUNK, Ensemble, Hypothesis, draw, ensembles, in_threads, seeded
from nudipole.statistics.validation import check

Numbers = np.ndarray[Any, np.dtype[Any]]
Progress = Callable[[str], object]

#: Constructions by toys.
METHODS = ("feldman-cousins", "cls")
#: Points of the belt, and around an end.
_BELT, _AROUND = 24, 7
#: Half the range around an end in which the points lie, in standard deviations of the parameter of interest.
_REACH = 0.6
#: Rounds in which toys are added until the error is small enough.
_ROUNDS = 6
#: p-value of the parabola below which it is no description: counts so few that p has steps.
_ROUGH = 1e-2


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
        Of `p`, by the number of toys.
    toys : int
    """

    poi: float
    observed: float
    threshold: float
    p: float
    error: float
    toys: int


@dataclass(frozen=True)
class ToyInterval:
    """Interval by toys, with all that its meaning depends on.

    Attributes
    ----------
    lower, upper : float
        `lower` is `poi_lower` of the model if the interval reaches the boundary or is one-sided.
    lower_error, upper_error : float
        By the number of toys; 0 of an end at the boundary.
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


def toy_interval(
    model: Model,
    cl: float = 0.90,
    method: str = "feldman-cousins",
    *,
    toys: int = 2000,
    precision: float = 0.01,
    seed: int = 1,
    fit: Fit | None = None,
    progress: Progress = lambda step: None,
) -> ToyInterval:
    """Interval of the parameter of interest by toys.

    Parameters
    ----------
    model : Model
    cl : float
        Confidence level, between 0 and 1.
    method : str
        ``feldman-cousins``: two-sided, ordering by the likelihood ratio, exact coverage but for the profiled nuisances.
        ``cls``: upper limit, protected against downward fluctuations, over-covers.
    toys : int
        At least so many at every point.
    precision : float
        Toys are added until the error of an end is below this fraction of its distance from zero or from the other end.
    seed : int
    fit : Fit, optional
        The best fit, if there is one already.
    progress : callable
        Called with words on what is being done.

    Raises
    ------
    OutOfRange
        `cl` outside (0, 1), no toys, a precision that is not positive.
    UnknownName
        No such method.
    FitError
        A fit did not converge, or no end is found.
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
    search = _Search(model, cl, method, toys, seed, fit)
    progress("belt")
    search.belt()
    ends: dict[int, tuple[float, float]] = {}
    for side in (-1, 1) if method == "feldman-cousins" else (1,):
        bracket = search.bracket(side)
        if bracket is not None:
            ends[side] = search.refined(side, bracket, precision, progress)
    if 1 not in ends:
        raise FitError("no upper end found by toys; last tried", {model.poi_name: search.points[-1].poi})
    progress("expected band")
    lower, lower_error = ends.get(-1, (model.poi_lower, 0.0))
    upper, upper_error = ends[1]
    return ToyInterval(
        lower,
        upper,
        lower_error,
        upper_error,
        cl,
        method,
        "two" if method == "feldman-cousins" else "one",
        float(np.interp(upper, *search.thresholds())),
        search.band(),
        tuple(search.points),
        fit,
        model.poi_name,
        seed,
        search.drawn,
        search.careful,
    )


@dataclass
class _Search:
    """Tested points and what they cost."""

    model: Model
    cl: float
    method: str
    toys: int
    seed: int
    fit: Fit
    drawn: int = 0
    careful: int = 0
    _tested: dict[float, tuple[Ensemble, Ensemble | None]] = field(default_factory=dict)
    _observed: dict[float, float] = field(default_factory=dict)
    _first: dict[tuple[float, int], int] = field(default_factory=dict)
    _truths: dict[float, Hypothesis] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.batch = Batch(self.model)
        self.sigma, self.guess = self._scale()
        self.null = Hypothesis(0.0, profile(self.model, [max(0.0, self.model.poi_lower)]).eta[0])

    def _scale(self) -> tuple[float, tuple[float, float]]:
        """Width of the asymptotic interval in standard deviations, and its ends."""
        name = "unified" if self.method == "feldman-cousins" else "one-sided"
        found = intervals(self.model, self.cl, [name], fit=self.fit)[name]
        z = float(ndtri((1 + self.cl) / 2))
        lower = found.lower if np.isfinite(found.lower) else self.fit.poi - (found.upper - self.fit.poi)
        near = max(self.fit.poi, self.model.poi_lower) if np.isfinite(self.model.poi_lower) else self.fit.poi
        return max(found.upper - near, found.upper / 10, 1e-300) / z, (lower, found.upper)

    def _expected_sigma(self) -> float:
        """Standard deviation of the parameter of interest without signal."""
        null = asimov(self.model, self.null.poi, self.null.eta)
        found = intervals(null, self.cl, ["delta-chi2"])["delta-chi2"]
        return (found.upper - self.null.poi) / float(ndtri((1 + self.cl) / 2))

    @property
    def points(self) -> list[Point]:
        """All tested points by parameter of interest."""
        return [self._point(poi) for poi in sorted(self._tested)]

    def thresholds(self) -> tuple[Numbers, Numbers]:
        """Parameter of interest and threshold of the tested points."""
        points = self.points
        return np.array([p.poi for p in points]), np.array([p.threshold for p in points])

    def belt(self) -> None:
        """Test points over the whole range, and beyond until the data are excluded at its upper end."""
        low, high = self.guess
        edge = self.model.poi_lower
        expected = self._expected_sigma() * (2.5 + float(ndtri((1 + self.cl) / 2)))
        top = max(high + self.sigma, (edge if np.isfinite(edge) else 0.0) + expected)
        bottom = edge if np.isfinite(edge) else min(low - self.sigma, -expected)
        self.test(np.linspace(bottom, top, _BELT), self.toys)
        for _ in range(8):
            last = self.points[-1]
            if last.p < (1 - self.cl) / 3:
                return
            self.test(last.poi + self.sigma * np.array([1.0, 2.0, 4.0]), self.toys)

    def test(self, poi: Numbers, n: int) -> None:
        """Draw and fit `n` more toys at each of the values."""
        values = [float(value) for value in poi]
        unknown = [value for value in values if value not in self._observed]
        if unknown:
            scan = profile(self.model, unknown, eta0=self.fit.eta)
            for value, chi2, eta in zip(unknown, scan.chi2, scan.eta, strict=True):
                self._observed[value] = max(float(chi2) - self.fit.chi2, 0.0)
                self._truths[value] = Hypothesis(value, eta)
        wanted, keys = [], []
        for value in values:
            for kind, truth in enumerate((self._truths[value], self.null)[: 1 + (self.method == "cls")]):
                key = (value, kind)
                begun = self._first.get(key, 0)
                wanted.append((truth, value, n, (self.seed, _number(value), kind), begun))
                keys.append(key)
                self._first[key] = begun - (-n // CHUNK)
        for (value, kind), found in zip(keys, ensembles(self.batch, wanted), strict=True):
            both = list(self._tested.get(value, (None, None)))
            before = both[kind]
            both[kind] = found if before is None else before.joined(found)
            self._tested[value] = (both[0], both[1])  # type: ignore[assignment]
            self.drawn += len(found.t)
            self.careful += found.careful

    def _point(self, poi: float) -> Point:
        signal, null = self._tested[poi]
        observed = self._observed[poi]
        if null is None:
            p, error = _fraction(signal.t, observed)
            return Point(poi, observed, _quantile(signal.t, self.cl), p, error, len(signal.t))
        q = 0.0 if self.fit.poi > poi else observed
        above, above_error = _fraction(signal.q, q)
        below, below_error = _fraction(null.q, q)
        ratio = above / below
        error = ratio * np.hypot(above_error / above, below_error / below)
        return Point(poi, q, _quantile(signal.q, self.cl), ratio, float(error), len(signal.t))

    def bracket(self, side: int) -> tuple[float, float] | None:
        """The last accepted and the first excluded value outwards; None if the interval reaches the boundary."""
        points = self.points[:: 1 if side > 0 else -1]
        accepted = [k for k, point in enumerate(points) if point.p >= 1 - self.cl]
        if not accepted:
            nearest = min(points, key=lambda point: abs(point.poi - self.fit.poi))
            accepted = [points.index(nearest)]
        last = accepted[-1]
        if last == len(points) - 1:
            return None
        return points[last].poi, points[last + 1].poi

    def refined(
        self, side: int, bracket: tuple[float, float], precision: float, progress: Progress
    ) -> tuple[float, float]:
        """An end and its error."""
        name = "upper" if side > 0 else "lower"
        centre, error = (bracket[0] + bracket[1]) / 2, abs(bracket[1] - bracket[0])
        n = self.toys
        edge = self.model.poi_lower
        for turn in range(_ROUNDS):
            progress(f"{name} end, round {turn + 1}: {digits.with_error(centre, error)}")
            reach = max(min(_REACH * self.sigma, 4 * error), 0.2 * self.sigma) if turn else _REACH * self.sigma
            grid = centre + reach * np.linspace(-1, 1, _AROUND)
            grid = grid[grid > edge] if np.isfinite(edge) else grid
            self.test(np.array([_rounded(value, self.sigma) for value in grid]), n)
            found = self._crossing(centre, reach * 1.5)
            if found is None:
                return self._narrowed(side, bracket, precision, n)
            centre, error = found
            if np.isfinite(edge) and centre <= edge:
                return edge, error
            target = precision * max(abs(centre), self.sigma)
            if error <= target:
                break
            n = int(min(max(self.toys, len(grid) * n * ((error / target) ** 2 - 1) / len(grid)), 50 * self.toys))
        return centre, error

    def _narrowed(self, side: int, bracket: tuple[float, float], precision: float, n: int) -> tuple[float, float]:
        """The end where p falls in steps: between the last accepted and the first excluded of ever closer values."""
        for _ in range(_ROUNDS):
            inside, outside = self.bracket(side) or bracket
            width = abs(outside - inside)
            if width / 2 <= precision * max(abs(inside), self.sigma):
                break
            self.test(np.linspace(inside, outside, _AROUND + 2)[1:-1], 2 * n)
        return (inside + outside) / 2, width / 2

    def _crossing(self, centre: float, reach: float) -> tuple[float, float] | None:
        """Where a parabola through the normal quantiles of p crosses that of 1 - CL; None if it is no description."""
        near = [p for p in self.points if abs(p.poi - centre) <= reach and 0 < p.p < 1]
        if len(near) < 4:
            return None
        x = (np.array([p.poi for p in near]) - centre) / reach
        p = np.array([point.p for point in near])
        # Two-sided p of a normal distribution: z = (mu - best)/sigma.
        z = -ndtri(p / 2)
        density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        error = np.array([point.error for point in near]) / (2 * density)
        weighted = np.vander(x, 3) / error[:, None]
        covariance = np.linalg.pinv(weighted.T @ weighted)
        coefficients = covariance @ weighted.T @ (z / error)
        residual = float(np.sum((weighted @ coefficients - z / error) ** 2))
        if chdtrc(len(near) - 3, residual) < _ROUGH:
            return None
        roots = np.roots(coefficients - np.array([0.0, 0.0, -ndtri((1 - self.cl) / 2)]))
        real = roots[np.abs(roots.imag) < 1e-9].real
        if not len(real):
            return None
        root = float(real[np.argmin(np.abs(real))])
        row = np.array([root**2, root, 1.0])
        slope = 2 * coefficients[0] * root + coefficients[1]
        if abs(root) > 1.5 or slope == 0:
            return None
        return centre + reach * root, float(reach * np.sqrt(row @ covariance @ row) / abs(slope))

    def _excess(self, grid: Numbers, t: Numbers, best: Numbers) -> Numbers:
        """How far data sets (k, n) lie outside at the points of the grid: positive where they are excluded."""
        if self.method == "feldman-cousins":
            limits = np.array([_quantile(self._tested[float(value)][0].t, self.cl) for value in grid])
            return np.asarray(t - limits[:, None])
        excess = np.empty_like(t)
        for k, value in enumerate(grid):
            signal, null = self._tested[float(value)]
            assert null is not None
            q = np.where(best > value, 0.0, t[k])
            excess[k] = np.log((1 - self.cl) * _at_least(null.q, q) / _at_least(signal.q, q))
        return excess

    def band(self) -> dict[int, float]:
        """Upper ends of data sets without signal, as quantiles."""
        poi = np.array(sorted(self._tested))
        grid = poi[:: max(1, len(poi) // _BELT)]
        n = max(self.toys, CHUNK)

        def one(chunk: int) -> Numbers:
            toys = draw(self.model, self.null, CHUNK, seeded(self.seed, 2**40, chunk))
            free = self.batch.fit(toys, start=np.concatenate([[max(self.null.poi, 0.0)], self.null.eta]))
            t = np.empty((len(grid), CHUNK))
            start = free.x
            for k, value in enumerate(grid):
                held = self.batch.fit(toys, float(value), start=start)
                t[k] = np.maximum(held.chi2 - free.chi2, 0.0)
                start = held.x
            return _last_inside(grid, self._excess(grid, t, free.x[:, 0]))

        self.drawn += n
        ends = np.concatenate(list(in_threads(one, range(-(-n // CHUNK)))))
        return {z: float(np.quantile(ends, ndtr(z))) for z in BAND}


def _last_inside(grid: Numbers, excess: Numbers) -> Numbers:
    """Where the excess (k, n) along the grid (k,) turns positive for the last time."""
    inside = excess <= 0
    last = len(grid) - 1 - np.argmax(inside[::-1], axis=0)
    after = np.minimum(last + 1, len(grid) - 1)
    columns = np.arange(excess.shape[1])
    low, high = excess[last, columns], excess[after, columns]
    share = np.where(high > low, -low / np.where(high > low, high - low, 1.0), 0.0)
    ends = grid[last] + np.clip(share, 0, 1) * (grid[after] - grid[last])
    return np.asarray(np.where(inside.any(axis=0), ends, grid[0]))


def _at_least(values: Numbers, least: Numbers) -> Numbers:
    """Fraction of the values that are at least so large, for many."""
    ordered = np.sort(values)
    return np.asarray((1 + len(ordered) - np.searchsorted(ordered, least - 1e-9, side="left")) / (len(ordered) + 1))


def _fraction(values: Numbers, least: float) -> tuple[float, float]:
    """Fraction at or above a value, with its binomial error; the data count as one more toy."""
    n = len(values)
    # Equal values of two fits differ by rounding.
    p = (1 + int(np.sum(values >= least - 1e-9 * max(1.0, least)))) / (n + 1)
    return p, float(np.sqrt(max(p * (1 - p), 1 / n) / n))


def _quantile(values: Numbers, cl: float) -> float:
    return float(np.quantile(values, cl, method="higher"))


def _rounded(value: float, sigma: float) -> float:
    """A value with few digits, so that rounds of toys share points."""
    step = sigma / 200
    return float(round(value / step) * step)


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
    search = _Search(model, cl, "feldman-cousins", toys, seed, best_fit(model))
    search.test(np.asarray(poi, float), toys)
    return tuple(search.points)
