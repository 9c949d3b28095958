r"""Neyman constructions without toys: the p-value as a sum over everything that could have been counted.

.. math:: p(\mu) = \sum_{n}\,P\big(n\,|\,\mu, \hat{\hat\eta}(\mu)\big)
          \int\! da\;\varphi(a - \hat{\hat\eta})\;\Theta\big[t_\mu(n, a) \ge t_\mu^\mathrm{obs}\big]

with the nuisances at their conditional best fit to the data, as toys have them. The counts n (ON and OFF counts too)
are enumerated until what is left out is negligible. The auxiliary measurements a are continuous; the signed root of t
is close to linear in them, because one parameter is tested, so that only the direction in which t changes matters: the
integral is done along the gradient, which costs nothing,

.. math:: \frac{\partial t}{\partial a_k} = 2(\hat\eta_k - \hat{\hat\eta}_k),

with a Hermite polynomial through nodes, and the other directions are left at their centre.

Outcomes with equal t count wholly, as they do where a background is known exactly. An auxiliary measurement would
break such ties, however precise it is, and turn p into a mid-p value: without a limit of zero error, and shorter than
the construction without nuisances. So the outcomes that equal the data in t where the auxiliary measurements are at
their centre, the observed counts first of all, count wholly whatever the auxiliary measurements are.

References
----------
Feldman:1997qc; Read:2002hq; Cowan:2010js
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import ndtr

from nudipole.statistics.likelihood import Model
from nudipole.statistics.neyman.outcomes import ANY, Outcomes, outcomes, probabilities
from nudipole.statistics.toys.batch import Batch
from nudipole.statistics.toys.data_sets import Toys
from nudipole.statistics.toys.draws import CHUNK, Hypothesis, expected_rows, in_threads

Numbers = np.ndarray[Any, np.dtype[Any]]

#: Auxiliary measurements along the gradient, in standard deviations, and cells into which the nodes are divided.
_NODES = np.linspace(-5, 5, 11)
_CELLS = 10
#: Relative difference below which two t are one value: two fits each.
_TIE = 1e-7
#: Outcomes are decided without nodes if the signed root of t would have to change so many times faster than it does.
_SAFE = (1.5, 0.005)
#: Outcomes of a call where there are few.
_SMALL = 256
#: Fraction of the outcomes, the least probable ones, that stand for those that are left out.
_RAREST = 0.2
#: Probability of outcomes that get no nodes because they hardly matter.
_RARE = 1e-6


@dataclass(frozen=True)
class Distribution:
    """Statistic of every outcome of one hypothesis.

    Attributes
    ----------
    t : (n,)
        With the auxiliary measurements at their centre.
    probability : (n,)
    edges : (k, c + 1)
        Statistic at the edges of cells of the auxiliary measurements, of the outcomes `spread`.
    spread : (k,) int
    share : (c,)
        Probability of the cells.
    whole : (n,) bool
        Which outcomes equal the data.
    missing : float
        Probability of what is not among the outcomes, to be counted as they are.
    """

    t: Numbers
    probability: Numbers
    edges: Numbers
    spread: Numbers
    share: Numbers
    whole: Numbers
    missing: float

    def at_least(self, least: float) -> float:
        """Probability of a statistic that is at least so large; outcomes that equal the data count wholly."""
        bound = least - _TIE * max(1.0, least)
        above = (self.t >= bound).astype(float)
        low, high = np.minimum(self.edges[:, :-1], self.edges[:, 1:]), np.maximum(self.edges[:, :-1], self.edges[:, 1:])
        width = np.where(high > low, high - low, 1.0)
        part = np.where(high > low, np.clip((high - bound) / width, 0, 1), low >= bound)
        above[self.spread] = part @ self.share
        above = np.where(self.whole, 1.0, above)
        # What is left out is like the least probable outcomes that are not.
        rarest = self.probability <= np.quantile(self.probability, _RAREST)
        return float(np.sum(above * self.probability) + self.missing * above[rarest].mean())

    def of_each(self, least: Numbers) -> Numbers:
        """`at_least` of many values, each of which is that of data: outcomes that equal them count wholly."""
        if len(self.spread):
            ties = (np.abs(self.t - value) <= _TIE * max(1.0, abs(value)) for value in least)
            pairs = zip(least, ties, strict=True)
            return np.array([replace(self, whole=tie).at_least(float(value)) for value, tie in pairs])
        order = np.argsort(self.t)
        above = np.append(np.cumsum(self.probability[order][::-1])[::-1], 0.0)
        bound = least - _TIE * np.maximum(1.0, np.abs(least))
        return np.asarray(np.maximum(above[np.searchsorted(self.t[order], bound)], 1e-300))

    def weighted(self) -> tuple[Numbers, Numbers]:
        """Values of the statistic and their probabilities."""
        centre = np.ones(len(self.t), bool)
        centre[self.spread] = False
        middle = (self.edges[:, :-1] + self.edges[:, 1:]) / 2
        cells = self.probability[self.spread][:, None] * self.share
        return np.concatenate([self.t[centre], middle.ravel()]), np.concatenate(
            [self.probability[centre], cells.ravel()]
        )


class Enumeration:
    """Distributions of the test statistic of one model, outcome by outcome.

    Parameters
    ----------
    batch : Batch
        Of the model, whose data are the observed ones.
    signed : bool
        Whether the statistic is that of upper limits: t if the best fit lies below the tested value, else -t, which
        counts as zero.
    model : Model, optional
        The same with other data, which are the observed ones then.
    """

    def __init__(self, batch: Batch, *, signed: bool, model: Model | None = None) -> None:
        self.batch, self.model, self.signed = batch, batch.model if model is None else model, signed
        self.constrained = np.array(self.model.constrained, bool)
        self.measured = np.asarray(self.model.statistic.measured(np.asarray(self.model.observed)))
        self.fits = self.careful = 0

    def means(self, truth: Hypothesis) -> Numbers:
        """Expectation (d,) of everything that is counted."""
        expected = expected_rows(self.model, truth.poi, np.asarray(truth.eta)[None])
        return np.asarray(self.model.statistic.means(np.asarray(self.model.observed), expected)[0])

    def outcomes(self, means: Numbers, missing: float, most: int) -> Outcomes | None:
        """What may be counted; see `outcomes`."""
        silent = self.model.statistic.silent(len(np.asarray(self.model.observed)))
        # A signal with a sign may make the expectation negative.
        return outcomes(means, missing, most, silent if np.isfinite(self.model.poi_lower) else None)

    def distribution(
        self, tested: float, truth: Hypothesis, found: Outcomes, near: float | None = None, *, spread: bool = True
    ) -> Distribution:
        """Statistic of all outcomes under a hypothesis.

        Parameters
        ----------
        tested : float
            Value of the parameter of interest that the statistic tests.
        truth : Hypothesis
        found : Outcomes
            To be looked at, whatever hypothesis they come from.
        near : float, optional
            The value that matters: outcomes far from it get no nodes.
        spread : bool
            Whether auxiliary measurements fluctuate.
        """
        probability = probabilities(found.counts, self.means(truth))
        # Outcomes of another hypothesis are those that matter, and not to be filled up.
        missing = found.missing if abs(probability.sum() + found.missing - 1) < 1e-6 else 0.0
        centre = np.where(self.constrained, truth.eta, 0.0)
        counts = np.concatenate([found.counts, self.measured[None]])
        r, slope = self._statistic(counts, np.broadcast_to(centre, (len(counts), len(centre))), tested, truth.eta)
        t = r if self.signed else np.abs(r)
        tie = np.abs(t[:-1] - t[-1]) <= _TIE * max(1.0, abs(t[-1]))
        whole = tie if near is not None else np.zeros(len(found), bool)
        r, slope, t = r[:-1], slope[:-1], t[:-1]
        chosen = np.zeros(0, int)
        if spread and self.constrained.any():
            chosen = np.flatnonzero(~whole & _undecided(r, slope, probability, near, signed=self.signed))
        edges, share = self._along(found.counts[chosen], r, slope, probability, chosen, tested, truth, centre)
        return Distribution(t, probability, edges if self.signed else np.abs(edges), chosen, share, whole, missing)

    def _along(
        self,
        counts: Numbers,
        r: Numbers,
        slope: Numbers,
        probability: Numbers,
        chosen: Numbers,
        tested: float,
        truth: Hypothesis,
        centre: Numbers,
    ) -> tuple[Numbers, Numbers]:
        """Signed t at the edges of the cells, with the auxiliary measurements along its gradient."""
        fine = np.linspace(_NODES[0], _NODES[-1], _CELLS * (len(_NODES) - 1) + 1)
        share = np.diff(ndtr(fine))
        share /= share.sum()
        if not len(chosen):
            return np.zeros((0, len(fine))), share
        direction = directions(slope[chosen], slope, probability)
        measured = centre + _NODES[:, None] * direction[:, None]
        rows = np.repeat(counts, len(_NODES), axis=0)
        values, slopes = self._statistic(rows, measured.reshape(len(rows), -1), tested, truth.eta)
        along = np.sum(slopes.reshape(measured.shape) * direction[:, None], axis=2)
        return _hermite(_NODES, values.reshape(len(chosen), -1), along, _CELLS), share

    def _statistic(self, counts: Numbers, measured: Numbers, tested: float, eta: Numbers) -> tuple[Numbers, Numbers]:
        """Signed t (n,), and its gradient (n, p) with respect to the auxiliary measurements."""
        start = np.concatenate([[tested], eta])

        size = CHUNK if len(counts) > 4 * _SMALL else _SMALL

        def chunk(first: int) -> tuple[Numbers, Numbers, int]:
            # All chunks have one shape: the last one begins anew with the first rows.
            rows = np.arange(first, first + size) % len(counts)
            toys = Toys(*self.model.statistic.rebuilt(np.where(counts == ANY, 0.0, counts)[rows]), measured[rows])
            held = self.batch.fit(toys, tested, start=start)
            free = self.batch.fit(toys, start=held.x)
            sign = np.where(free.x[:, 0] > tested, -1.0, 1.0)
            t = np.maximum(held.chi2 - free.chi2, 0.0)
            slope = 2 * sign[:, None] * np.where(self.constrained, free.x[:, 1:] - held.x[:, 1:], 0.0)
            return sign * t, slope, int(held.careful.sum() + free.careful.sum())

        r, slope, careful = zip(*in_threads(chunk, range(0, len(counts), size)), strict=True)
        self.fits += 2 * len(counts)
        self.careful += sum(careful)
        return np.concatenate(r)[: len(counts)], np.concatenate(slope)[: len(counts)]


def _undecided(r: Numbers, slope: Numbers, probability: Numbers, near: float | None, *, signed: bool) -> Numbers:
    """Which outcomes fall on either side of a value as the auxiliary measurements fluctuate."""
    order = np.argsort(probability)
    rare = np.zeros(len(r), bool)
    rare[order[np.cumsum(probability[order]) < _RARE * probability.sum()]] = True
    if near is None:
        return ~rare
    root = np.sqrt(np.abs(r))
    # The root is the better variable, but beside t = 0 its slope is not that of t over twice itself.
    rate = np.linalg.norm(slope, axis=1) / (2 * np.maximum(root, 0.3))
    place = np.copysign(root, r) if signed else root
    return np.asarray(~rare & (np.abs(place - np.sqrt(max(near, 0.0))) < _NODES[-1] * (_SAFE[0] * rate + _SAFE[1])))


def directions(slope: Numbers, every: Numbers, probability: Numbers) -> Numbers:
    """Unit vectors along the gradients (n, p); along that of most outcomes where it vanishes."""
    _, axes = np.linalg.eigh((every * probability[:, None]).T @ every)
    length = np.linalg.norm(slope, axis=1)[:, None]
    return np.where(length > 1e-6, slope / np.where(length > 1e-6, length, 1.0), axes[:, -1])


def _hermite(nodes: Numbers, values: Numbers, slopes: Numbers, cells: int) -> Numbers:
    """Cubic polynomials through values and slopes (n, k) at equidistant nodes, at (k - 1) * cells + 1 points."""
    step = nodes[1] - nodes[0]
    x = np.arange(cells) / cells
    low, high = values[:, :-1, None], values[:, 1:, None]
    from_low, from_high = step * slopes[:, :-1, None], step * slopes[:, 1:, None]
    inside = (
        (1 + 2 * x) * (1 - x) ** 2 * low
        + x * (1 - x) ** 2 * from_low
        + x**2 * (3 - 2 * x) * high
        + x**2 * (x - 1) * from_high
    )
    return np.concatenate([inside.reshape(len(values), -1), values[:, -1:]], axis=1)
