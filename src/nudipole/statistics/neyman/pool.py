r"""Weighted toys: data sets drawn around several hypotheses, each of which serves all hypotheses nearby.

A toy x that was drawn from one of the components :math:`P_k`, of which there are :math:`N_k` toys, has under a
hypothesis P the weight of multiple importance sampling,

.. math:: w(x) = \frac{P(x)}{\sum_k (N_k/N)\,P_k(x)}, \qquad p = \frac{1}{N}\sum_x w(x)\,\Theta[t(x) \ge t^\mathrm{obs}]

which is bounded by :math:`N/N_k` if P is one of the components. The same toys serve all tested values, so that p is a
smooth function of them up to the steps of single toys; components in the tail of low counts reach probabilities that
no number of plain toys would.

References
----------
Veach, Guibas, SIGGRAPH 95 (1995) 419
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.special import logsumexp, xlogy

from nudipole.errors import FitError
from nudipole.statistics.toys.batch import Batch
from nudipole.statistics.toys.data_sets import Toys
from nudipole.statistics.toys.draws import CHUNK, Hypothesis, expected_rows, in_threads, seeded

Numbers = np.ndarray[Any, np.dtype[Any]]

#: Bins above which fewer toys are fitted together.
_MANY_BINS = 100
#: Difference of a cubic polynomial and a parabola in chi2 up to which toys are not fitted between `Pool.nodes`: the
#: cubic one is nearer by far.
_SMOOTH = 1e-2
#: Tested values whose nuisances are kept as starts for the values beside them.
_PATHS = 8


class MixtureComponent(NamedTuple):
    """What toys are drawn from.

    Attributes
    ----------
    poi : float
        Tested values nearby use its toys.
    means : (d,)
        Of all measured numbers.
    eta : (p,)
        Nuisances: centre of the auxiliary measurements, and where fits start.
    """

    poi: float
    means: Numbers
    eta: Numbers


class WeightedSample(NamedTuple):
    """Weighted statistic of one hypothesis.

    Attributes
    ----------
    t : (n,)
        chi2 held minus chi2 free, at least zero.
    poi : (n,)
        Free best fit of the parameter of interest.
    weight : (n,)
        Of mean one, but for the chance of the toys.
    same : (n,) bool
        Which toys have the counts of the data.
    component : (n,) int
    """

    t: Numbers
    poi: Numbers
    weight: Numbers
    same: Numbers
    component: Numbers


class Pool:
    """Toys of several components, fitted once without and for every tested value with a held parameter of interest.

    With the parameter of interest held chi2 is a smooth function of it, toy by toy: between values that are `nodes` it
    is interpolated, and fitted only where that is not good enough.

    Parameters
    ----------
    batch : Batch
        Of the model, whose data are the observed ones.
    seed : int
    """

    def __init__(self, batch: Batch, seed: int) -> None:
        self.batch, self.model, self.seed = batch, batch.model, seed
        self.constrained = np.array(self.model.constrained, bool)
        self.scatter = np.asarray(self.model.statistic.scatter())
        self.components: list[MixtureComponent] = []
        self.careful = 0
        self.nodes: list[float] = []
        self._numbers = np.zeros((0, len(self.measured)))
        self._auxiliary = np.zeros((0, len(self.constrained)))
        self._which = np.zeros(0, int)
        self._free, self._best = np.zeros(0), np.zeros((0, 1 + len(self.constrained)))
        self._held: dict[float, Numbers] = {}
        self._paths: dict[float, Numbers] = {}
        self._densities: dict[int, Numbers] = {}

    @property
    def measured(self) -> Numbers:
        """The data (d,)."""
        return np.asarray(self.model.statistic.measured(np.asarray(self.model.observed)))

    def __len__(self) -> int:
        return len(self._which)

    def size(self, which: Sequence[int]) -> int:
        """Toys of some components."""
        return int(np.sum(np.isin(self._which, which)))

    def component(self, truth: Hypothesis, poi: float | None = None) -> MixtureComponent:
        """Of a hypothesis, for tested values near its own parameter of interest, or near another one."""
        expected = expected_rows(self.model, truth.poi, np.asarray(truth.eta)[None])
        if not np.all(np.asarray(self.model.statistic.possible(np.zeros(expected[0].shape), expected[0]))):
            raise FitError("expected counts are negative, nothing can be drawn", {self.model.poi_name: truth.poi})
        means = np.asarray(self.model.statistic.means(np.asarray(self.model.observed), expected)[0])
        return MixtureComponent(truth.poi if poi is None else poi, means, np.asarray(truth.eta))

    def add(self, component: MixtureComponent, n: int, number: int) -> None:
        """Draw and fit `n` toys; `number` tells the components apart in the seed."""
        which = next((k for k, one in enumerate(self.components) if _equal(one, component)), len(self.components))
        if which == len(self.components):
            self.components.append(component)
        random = seeded(self.seed, number, int(np.sum(self._which == which)))
        counts = random.poisson(np.maximum(component.means, 0.0), (n, len(component.means))).astype(float)
        if np.any(self.scatter > 0):
            scattered = random.normal(component.means, self.scatter, counts.shape)
            counts = np.where(self.scatter > 0, scattered, counts)
        auxiliary = np.where(self.constrained, component.eta + random.standard_normal((n, len(self.constrained))), 0.0)
        first = len(self)
        self._numbers = np.concatenate([self._numbers, counts])
        self._auxiliary = np.concatenate([self._auxiliary, auxiliary])
        self._which = np.concatenate([self._which, np.full(n, which)])
        start = np.concatenate([[component.poi], component.eta])
        chi2, x = self._fitted(np.arange(first, len(self)), None, np.broadcast_to(start, (n, len(start))))
        self._free, self._best = np.append(self._free, chi2), np.concatenate([self._best, x])

    def sample(self, tested: float, truth: Hypothesis, which: Sequence[int]) -> WeightedSample:
        """Statistic of the toys of some components for a tested value, with their weights under a hypothesis."""
        rows = np.flatnonzero(np.isin(self._which, which))
        target = self.component(truth)
        counts = np.array([np.sum(self._which == k) for k in which])
        mixture = logsumexp([self._density_of(k)[rows] for k in which], axis=0, b=(counts / counts.sum())[:, None])
        weight = np.exp(self._log_density(rows, target) - mixture)
        t = np.maximum(self._held_at(tested, rows) - self._free[rows], 0.0)
        return WeightedSample(t, self._best[rows, 0], weight, self._same(rows), self._which[rows])

    def _held_at(self, tested: float, rows: Numbers) -> Numbers:
        """chi2 of some toys with the parameter of interest held."""
        held = self._held.setdefault(tested, np.zeros(0))
        if len(held) < len(self):
            held = self._held[tested] = np.append(held, np.full(len(self) - len(held), np.nan))
        missing = rows[np.isnan(held[rows])]
        around = self._around(tested) if len(missing) else []
        if around:
            values = np.array([self._held_at(node, missing) for node in around])
            cubic, parabola = (_weights(around[k:], tested) @ values[k:] for k in (0, 1))
            smooth = np.abs(cubic - parabola) < _SMOOTH
            held[missing[smooth]] = cubic[smooth]
            missing = missing[~smooth]
        if len(missing):
            held[missing], x = self._fitted(missing, tested, self._starts(tested, missing))
            self._keep(tested, missing, x)
        return held[rows]

    def _starts(self, tested: float, rows: Numbers) -> Numbers:
        """Where fits with the parameter of interest held begin (n, 1 + p).

        Along the line through the free fit and the nearest held one, no farther from that than it is from the free fit:
        a few steps of Newton's are saved.
        """
        starts = self._best[rows].copy()
        for node in sorted(self._paths, key=lambda value: -abs(value - tested)):
            kept = self._paths[node]
            mine = rows[rows < len(kept)]
            mine = mine[np.isfinite(kept[mine, 0])]
            places = np.searchsorted(rows, mine)
            free = self._best[mine]
            apart = node - free[:, :1]
            step = (tested - node) / np.where(apart == 0, np.inf, apart)
            starts[places, 1:] = kept[mine] + np.clip(step, -1, 1) * (kept[mine] - free[:, 1:])
        return starts

    def _keep(self, tested: float, rows: Numbers, x: Numbers) -> None:
        """Nuisances of held fits, for the fits at values beside this one."""
        if not len(self.constrained):
            return
        kept = self._paths.pop(tested, np.zeros((0, len(self.constrained)), np.float32))
        # Of single precision: they are starts.
        missing = np.full((len(self) - len(kept), len(self.constrained)), np.nan, np.float32)
        self._paths[tested] = kept = np.concatenate([kept, missing])
        kept[rows] = x[:, 1:]
        if len(self._paths) > _PATHS:
            self._paths.pop(next(iter(self._paths)))

    def _around(self, tested: float) -> list[float]:
        """Four nodes, the farthest first, where there are two on either side."""
        below = sorted(node for node in self.nodes if node < tested)[-2:]
        above = sorted(node for node in self.nodes if node > tested)[:2]
        if tested in self.nodes or len(below) + len(above) < 4:
            return []
        return sorted(below + above, key=lambda node: -abs(node - tested))

    def near(self, poi: float, reach: float) -> list[int]:
        """Components whose tested values lie within a distance."""
        return [k for k, one in enumerate(self.components) if abs(one.poi - poi) <= reach]

    def _same(self, rows: Numbers) -> Numbers:
        """Which toys have the counts of the data: counts that say nothing may differ."""
        if np.any(self.scatter > 0):
            return np.zeros(len(rows), bool)
        equal = self._numbers[rows] == self.measured
        silent = self.model.statistic.silent(len(np.asarray(self.model.observed)))
        idle = (silent >= 0) & (self.measured[silent] == 0) & np.isfinite(self.model.poi_lower)
        return np.asarray(np.all(equal | idle, axis=1))

    def _density_of(self, which: int) -> Numbers:
        """Logarithms of the density of one of the components, of all toys."""
        known = self._densities.get(which, np.zeros(0))
        if len(known) < len(self):
            new = self._log_density(np.arange(len(known), len(self)), self.components[which])
            known = self._densities[which] = np.append(known, new)
        return known

    def _log_density(self, rows: Numbers, component: MixtureComponent) -> Numbers:
        """Logarithms of the density (n,) of toys, up to what is common to all components."""
        x, a = self._numbers[rows], self._auxiliary[rows]
        _, means, eta = component
        if np.any(self.scatter > 0):
            width = np.where(self.scatter > 0, self.scatter, 1.0)
            counts = xlogy(x * (self.scatter == 0), np.where(self.scatter == 0, means, 1.0)) - means
            found = np.where(self.scatter > 0, -(((x - means) / width) ** 2) / 2, counts).sum(axis=1)
        else:
            with np.errstate(divide="ignore"):
                logarithm = np.where(means > 0, np.log(np.where(means > 0, means, 1.0)), -1e6)
            found = x @ logarithm - means.sum()
        return np.asarray(found - ((a - eta) ** 2 * self.constrained).sum(axis=1) / 2)

    def _fitted(self, rows: Numbers, poi: float | None, start: Numbers) -> tuple[Numbers, Numbers]:
        """chi2 and parameters of some toys (n,), from starts (n, 1 + p)."""

        # What is fitted together shall stay in the cache of a processor.
        size = CHUNK if self._numbers.shape[1] <= _MANY_BINS else CHUNK // 5

        def chunk(first: int) -> tuple[Numbers, Numbers, int]:
            places = np.arange(first, first + size) % len(rows)
            mine = rows[places]
            toys = Toys(*self.model.statistic.rebuilt(self._numbers[mine]), self._auxiliary[mine])
            fits = self.batch.fit(toys, poi, start=start[places])
            return fits.chi2, fits.x, int(fits.careful.sum())

        chi2, x, careful = zip(*in_threads(chunk, range(0, len(rows), size)), strict=True)
        self.careful += sum(careful)
        return np.concatenate(chi2)[: len(rows)], np.concatenate(x)[: len(rows)]


def _weights(nodes: Sequence[float], x: float) -> Numbers:
    """Of the values at the nodes (k,), in the polynomial through them at x (Lagrange)."""
    places = np.asarray(nodes)
    others = ~np.eye(len(places), dtype=bool)
    steps = np.where(others, places[:, None] - places, 1.0)
    return np.asarray(np.prod(np.where(others, x - places, 1.0) / steps, axis=1))


def _equal(one: MixtureComponent, other: MixtureComponent) -> bool:
    return one.poi == other.poi and np.array_equal(one.means, other.means) and np.array_equal(one.eta, other.eta)
