"""How often intervals contain the truth: by pseudo-experiments with toys of their own, or by enumeration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtr

from nudipole.errors import NudipoleError, OutOfRange, ShapeError, UnknownName
from nudipole.numerics import jax
from nudipole.statistics.asymptotics import CONSTRUCTIONS
from nudipole.statistics.fit import Fit
from nudipole.statistics.likelihood import Model
from nudipole.statistics.neyman.construction import METHODS
from nudipole.statistics.neyman.enumeration import Enumeration, directions
from nudipole.statistics.neyman.exact import KnownFits
from nudipole.statistics.neyman.outcomes import outcomes
from nudipole.statistics.toys.batch import Batch, ToyFits
from nudipole.statistics.toys.data_sets import Toys
from nudipole.statistics.toys.draws import CHUNK, Hypothesis, draw, expected_rows, in_threads, seeded, statistics_of

Numbers = np.ndarray[Any, np.dtype[Any]]

#: Data sets that are tested at most, before auxiliary measurements.
_MOST = 20_000
#: Data sets of a compiled call.
_TOGETHER = 256
#: Auxiliary measurements of the data in standard deviations, and how often a step that accepts one end only is halved.
_NODES = np.linspace(-4, 4, 17)
_HALVES = 5
#: Gradients of t below this are those of auxiliary measurements without effect.
_FLAT = 1e-6


class Coverage(NamedTuple):
    """Fraction of pseudo-experiments whose interval contains the truth.

    Attributes
    ----------
    fraction, error : float
        With its binomial error; by enumeration with the probability of what is left out or undecided.
    experiments, toys : int
        Pseudo-experiments, and toys of each under a hypothesis; by enumeration data sets, and zero.
    exact : bool
        Whether everything that may be observed was enumerated: nothing is random then.

    Examples
    --------
    >>> Coverage(0.93, 0.01, experiments=1000, toys=500).exact
    False
    """

    fraction: float
    error: float
    experiments: int
    toys: int
    exact: bool = False


def coverage_by_toys(
    model: Model,
    truth: Hypothesis,
    cl: float = 0.90,
    method: str = "feldman-cousins",
    *,
    asymptotic: bool = False,
    experiments: int = 10_000,
    toys: int = 500,
    seed: int = 1,
) -> Coverage:
    r"""Coverage of a construction at one truth.

    Every pseudo-experiment is treated as data: its nuisances are fitted at the true value, toys are drawn there, and
    the truth is inside if more than 1 - CL of them, the pseudo-experiment counted among them, are at least as far from
    it. With the rank among N toys nothing is biased by their number. Toys that have the counts of the pseudo-experiment
    count wholly, whatever their auxiliary measurements, as in `toy_interval`.

    Parameters
    ----------
    model : Model
        Its own data decide nothing but the background under OFF counts.
    truth : Hypothesis
        True parameter of interest and nuisances.
    cl : float
    method : str
        ``feldman-cousins`` or ``cls``; a key of `CONSTRUCTIONS` if `asymptotic`.
    asymptotic : bool
        Whether the interval is that of the asymptotic distribution: pseudo-experiments need no toys then.
    experiments, toys : int
    seed : int

    Returns
    -------
    Coverage

    Raises
    ------
    UnknownName, OutOfRange, ShapeError
        No such method; a level outside (0, 1); no experiments or toys; another number of nuisances.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([3], [Background("known", [2], "fixed")], LinearSignal([1]))
    >>> found = coverage_by_toys(model, Hypothesis(1.0, []), method="unified", asymptotic=True, experiments=100)
    >>> 0.8 < found.fraction <= 1.0
    True
    """
    _check(model, truth, cl, method, asymptotic=asymptotic)
    for name, number in (("experiments", experiments), ("toys", toys)):
        if number < 1:
            raise OutOfRange(f"number of {name}", number, 1)
    batch = Batch(model)
    together = CHUNK if asymptotic else max(1, CHUNK // toys)

    def inside(chunk: int) -> Numbers:
        data = draw(model, truth, together, seeded(seed, 0, chunk))
        start = np.concatenate([[truth.poi], truth.eta])
        free = batch.fit(data, start=start)
        held = batch.fit(data, truth.poi, start=free.x)
        if asymptotic:
            return asymptotic_margins(batch, data, held, free, cl, method) >= 0
        t = np.maximum(held.chi2 - free.chi2, 0.0)
        signal = _toys_of(batch, data, truth.poi, held.x[:, 1:], toys, truth.poi, (seed, 1, chunk))
        if method == "feldman-cousins":
            return _rank(signal.t, t, signal.same) > 1 - cl
        q = np.where(free.x[:, 0] > truth.poi, 0.0, t)
        null = batch.fit(data, 0.0, start=held.x)
        background = _toys_of(batch, data, 0.0, null.x[:, 1:], toys, truth.poi, (seed, 2, chunk))
        above, below = (_rank(np.where(own.poi > truth.poi, 0.0, own.t), q, own.same) for own in (signal, background))
        return np.asarray(above > (1 - cl) * below)

    found = np.concatenate(list(in_threads(inside, range(-(-experiments // together)))))[:experiments]
    fraction = float(found.mean())
    error = float(np.sqrt(max(fraction * (1 - fraction), 1 / len(found)) / len(found)))
    return Coverage(fraction, error, len(found), 0 if asymptotic else toys)


def _check(model: Model, truth: Hypothesis, cl: float, method: str, *, asymptotic: bool) -> None:
    if np.shape(truth.eta) != (len(model.nuisances),):
        raise ShapeError(
            "nuisances of the truth", np.shape(truth.eta), f"one number for each of {len(model.nuisances)}"
        )
    known = tuple(CONSTRUCTIONS) if asymptotic else METHODS
    if method not in known:
        raise UnknownName("construction", method, known)
    if not 0 < cl < 1:
        raise OutOfRange("cl", cl, 0, 1, inside=True)


def coverage_by_enumeration(
    model: Model,
    truth: Hypothesis,
    cl: float = 0.90,
    method: str = "feldman-cousins",
    *,
    asymptotic: bool = False,
    missing: float = 1e-4,
) -> Coverage:
    r"""Coverage of a construction at one truth, as a sum over everything that could be observed.

    .. math:: C = \sum_n P(n|\mu, \eta) \int da\;\varphi(a - \eta)\;\Theta\big[p(\mu; n, a) \ge 1 - \mathrm{CL}\big]

    with the true :math:`\mu` and nuisances :math:`\eta`. Every data set (n, a) is treated as `exact_interval` does: its
    p-value is that of the conditional best fit to it. ON and OFF counts are enumerated; auxiliary measurements are
    integrated over along the gradient of t, as in `enumeration`, which is exact for one nuisance.

    Where accepted values are not connected, the truth counts as covered if it is one of them.

    Parameters
    ----------
    model : Model
        Its own data decide nothing but the background under OFF counts: their expectation gives the true one.
    truth : Hypothesis
        True parameter of interest and nuisances.
    cl : float
    method : str
        ``feldman-cousins`` or ``cls``; a key of `CONSTRUCTIONS` if `asymptotic`.
    asymptotic : bool
        Whether the interval is that of the asymptotic distribution, in place of enumeration.
    missing : float
        Probability of data sets that may be left out, and, relative to 1 - CL, of outcomes in the p-value of each.

    Returns
    -------
    Coverage

    Raises
    ------
    UnknownName, OutOfRange, ShapeError
        No such method; a level or a probability outside (0, 1); another number of nuisances.
    NudipoleError
        More data sets than are affordable, or data that are not counts.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([3], [Background("known", [2], "fixed")], LinearSignal([1]))
    >>> found = coverage_by_enumeration(model, Hypothesis(1.0, []))
    >>> found.fraction > 0.9, found.exact
    (True, True)
    """
    _check(model, truth, cl, method, asymptotic=asymptotic)
    if not 0 < missing < 1:
        raise OutOfRange("missing", missing, 0, 1, inside=True)
    batch = Batch(model)
    means = Enumeration(batch, signed=False).means(truth)
    listed = None if np.any(model.statistic.scatter() > 0) else outcomes(means, missing, _MOST)
    if listed is None:
        raise NudipoleError(f"more than {_MOST} data sets to test, or data that are not counts: use coverage_by_toys")
    tests = _Tests(batch, truth, cl, method, asymptotic, missing)
    share, error = _accepted_share(tests, listed.counts, listed.probability)
    kept = listed.probability.sum()
    fraction = float(np.sum(share * listed.probability) / kept)
    return Coverage(fraction, float(np.sum(error * listed.probability) + listed.missing), tests.number, 0, exact=True)


@dataclass
class _Tests:
    """Whether the truth is accepted, data set by data set."""

    batch: Batch
    truth: Hypothesis
    cl: float
    method: str
    asymptotic: bool
    missing: float
    number: int = 0
    #: t of the outcomes that were fitted, by their counts; None where auxiliary measurements matter.
    known: dict[bytes, float] | None = None

    def toys(self, counts: Numbers, auxiliary: Numbers) -> Toys:
        """Data sets of numbers (n, d) and auxiliary measurements (n, p)."""
        constrained = np.array(self.batch.model.constrained, bool)
        return Toys(*self.batch.model.statistic.rebuilt(counts), np.where(constrained, auxiliary, 0.0))

    def margins(self, toys: Toys) -> Numbers:
        """How far inside the truth is, (n,): negative where it is excluded."""
        self.number += len(toys)
        poi = self.truth.poi
        start = np.concatenate([[poi], self.truth.eta])
        held = fitted(self.batch, toys, poi, start)
        free = fitted(self.batch, toys, None, held.x)
        if self.asymptotic:
            return asymptotic_margins(self.batch, toys, held, free, self.cl, self.method)
        null = fitted(self.batch, toys, _none(self.batch), held.x)
        return np.array(list(in_threads(lambda k: self._margin(toys, k, held, free, null), range(len(toys)))))

    def slopes(self, toys: Toys) -> Numbers:
        """Gradients (n, p) of t with respect to the auxiliary measurements."""
        held = fitted(self.batch, toys, self.truth.poi, np.concatenate([[self.truth.poi], self.truth.eta]))
        free = fitted(self.batch, toys, None, held.x)
        constrained = np.array(self.batch.model.constrained, bool)
        return np.where(constrained, free.x[:, 1:] - held.x[:, 1:], 0.0)

    def _margin(self, toys: Toys, k: int, held: ToyFits, free: ToyFits, null: ToyFits) -> float:
        cls = self.method == "cls"
        if cls and free.x[k, 0] > self.truth.poi:
            return self.cl
        model = self.batch.data_set(toys, k)
        fits = KnownFits(
            _Once(self.batch, cls, model, self.known),
            self.cl,
            self.method,
            Fit(float(free.x[k, 0]), free.x[k, 1:], float(free.chi2[k]), 0.0, True),
            Hypothesis(self.truth.poi, held.x[k, 1:]),
            Hypothesis(float(null.x[k, 0]), null.x[k, 1:]),
            max(float(held.chi2[k] - free.chi2[k]), 0.0),
        )
        return fits.point(self.truth.poi, self.missing).p - (1 - self.cl)


class _Once(Enumeration):
    """Where nothing but counts fluctuates, t of an outcome is the same whatever the data: it is fitted once.

    Parameters
    ----------
    batch, signed, model
        As for `Enumeration`.
    known : dict, optional
        Signed t by outcome, at one tested value, for all data sets to share.
    """

    def __init__(self, batch: Batch, signed: bool, model: Model, known: dict[bytes, float] | None) -> None:
        super().__init__(batch, signed=signed, model=model)
        self.known = known

    def _statistic(self, counts: Numbers, measured: Numbers, tested: float, eta: Numbers) -> tuple[Numbers, Numbers]:
        if self.known is None:
            return super()._statistic(counts, measured, tested, eta)
        keys = [row.tobytes() for row in counts]
        new = [k for k, key in enumerate(keys) if key not in self.known]
        if new:
            r, _ = super()._statistic(counts[new], measured[new], tested, eta)
            self.known.update(zip((keys[k] for k in new), map(float, r), strict=True))
        return np.array([self.known[key] for key in keys]), np.zeros(measured.shape)


def fitted(batch: Batch, toys: Toys, poi: float | None, start: Numbers) -> ToyFits:
    """`Batch.fit` in calls of one shape."""
    n = len(toys)
    start = np.broadcast_to(start, (n, start.shape[-1]))
    parts = []
    for first in range(0, n, _TOGETHER):
        rows = np.arange(first, first + _TOGETHER) % n
        parts.append(batch.fit(toys.taken(rows), poi, start=start[rows]))
    return ToyFits(*(np.concatenate(column)[:n] for column in zip(*parts, strict=True)))


def asymptotic_margins(batch: Batch, toys: Toys, held: ToyFits, free: ToyFits, cl: float, construction: str) -> Numbers:
    """Threshold minus Delta chi2 (n,) of the held value: negative where the asymptotic interval excludes it.

    The threshold is that of the Asimov data set without signal of each data set.
    """
    chosen, bounded = CONSTRUCTIONS[construction], bool(np.isfinite(batch.model.poi_lower))
    null = fitted(batch, toys, _none(batch), held.x)
    expected = expected_rows(batch.model, _none(batch), null.x[:, 1:])
    observed, statistic = jax.vmap(lambda own, *data: own.asimov(*data))(toys.statistic, toys.observed, expected)
    background = Toys(np.asarray(observed), statistic, null.x[:, 1:])
    poi = float(held.x[0, 0])
    m = np.sqrt(np.maximum(fitted(batch, background, poi, null.x).chi2, 0.0))
    above = (chosen.sides == "one") & (free.x[:, 0] > poi)
    delta = np.where(above, 0.0, np.maximum(held.chi2 - free.chi2, 0.0))
    return np.asarray(chosen.threshold_at(cl, m, bounded=bounded) - delta)


def _none(batch: Batch) -> float:
    """No signal, or as little as there may be."""
    return max(0.0, batch.model.poi_lower)


def _accepted_share(tests: _Tests, counts: Numbers, probability: Numbers) -> tuple[Numbers, Numbers]:
    """Probability of acceptance of each list of counts (n,), over the auxiliary measurements, and its error."""
    eta, n = np.asarray(tests.truth.eta), len(counts)
    centre = np.broadcast_to(eta, (n, len(eta)))
    slopes = tests.slopes(tests.toys(counts, centre))
    if np.max(np.abs(slopes), initial=0.0) < _FLAT:
        tests.known = {}
        inside = tests.margins(tests.toys(counts, centre))
        return (inside >= 0).astype(float), (np.abs(inside) < tests.missing * (1 - tests.cl)).astype(float)
    along = directions(slopes, slopes, probability)

    def margins(row: Numbers, x: Numbers) -> Numbers:
        return tests.margins(tests.toys(counts[row], centre[row] + x[:, None] * along[row]))

    grid = margins(np.repeat(np.arange(n), len(_NODES)), np.tile(_NODES, n)).reshape(n, -1)
    inside = grid >= 0
    weight = np.diff(ndtr(_NODES))
    share = (inside[:, 1:] & inside[:, :-1]) @ weight
    # Cells that accept one end only are halved.
    row, cell = np.nonzero(inside[:, 1:] != inside[:, :-1])
    low, high, rising = _NODES[cell], _NODES[cell + 1], inside[row, cell + 1]
    for _ in range(_HALVES):
        middle = (low + high) / 2
        above = (margins(row, middle) >= 0) == rising if len(row) else np.zeros(0, bool)
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    edge = ndtr((low + high) / 2)
    part = np.where(rising, ndtr(_NODES[cell + 1]) - edge, edge - ndtr(_NODES[cell]))
    np.add.at(share, row, part)
    error = np.zeros(n)
    np.add.at(error, row, (ndtr(high) - ndtr(low)) / 2)
    return share / weight.sum(), error + (1 - weight.sum())


class _Drawn(NamedTuple):
    """t, free best fits, and which toys have the counts of their data, (e, n) each."""

    t: Numbers
    poi: Numbers
    same: Numbers


def _toys_of(
    batch: Batch, data: Toys, poi: float, eta: Numbers, n: int, tested: float, seed: tuple[int, ...]
) -> _Drawn:
    """Fits of n toys for each of the data sets, drawn with its nuisances (e, p)."""
    random, model = seeded(*seed), batch.model
    truths = np.repeat(eta, n, axis=0)
    expected = np.repeat(expected_rows(model, poi, eta), n, axis=0)
    observed, statistic = model.statistic.sample(random, np.asarray(model.observed), expected)
    constrained = np.array(model.constrained, bool)
    measured = np.where(constrained, truths + random.standard_normal(truths.shape), 0.0)
    start = np.concatenate([np.full((len(truths), 1), tested), truths], axis=1)
    t, best, _ = statistics_of(batch, Toys(observed, statistic, measured), tested, start)
    counts = statistic.measured(observed)
    same = np.all(counts == np.repeat(data.statistic.measured(data.observed), n, axis=0), axis=1)
    return _Drawn(*(values.reshape(-1, n) for values in (t, best, same)))


def _rank(values: Numbers, least: Numbers, same: Numbers) -> Numbers:
    """Fraction of the values (e, n), the own one counted in, that are at least so large, or of equal counts, (e,)."""
    large = values >= least[:, None] - 1e-9 * np.maximum(1.0, least[:, None])
    return np.asarray((1 + np.sum(large | same, axis=1)) / (values.shape[1] + 1))
