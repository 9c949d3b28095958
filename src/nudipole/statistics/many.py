"""Fits and intervals of many models at once, such as those of a grid of masses: a step is one of all that are alike.

The likelihood and the constructions are those of `fit` and `accepted`; what does not come out here is asked of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray

from nudipole.errors import OutOfRange, UnknownName
from nudipole.kept import compiled
from nudipole.numerics import jax, jnp
from nudipole.statistics import accepted
from nudipole.statistics.accepted import Interval
from nudipole.statistics.asymptotics import CONSTRUCTIONS, threshold_two_sided
from nudipole.statistics.bins import WALLS
from nudipole.statistics.fit import Fit, best_fit, error_of_poi, one_at_a_time, profile, starting_nuisances
from nudipole.statistics.likelihood import Model, bounds
from nudipole.statistics.minimise import Minimum, newton_batch
from nudipole.statistics.validation import poi_scale

Numbers = NDArray[np.float64]
Which = NDArray[np.intp]

#: Fits of a compiled call, and starts of a best fit.
_ROWS, _STARTS = 128, 8
#: Values of the parameter of interest that are fitted before it is asked whether the next are worth it.
_COLUMNS = 6
_MAX_ITERATIONS = 1000
#: Two fits whose chi2 differ by less are the same minimum; one that lies deeper than the best fit refutes it.
_SAME, _DEEPER = 1e-8, 1e-6
#: Ends are found to this fraction of their distance from the edge.
_PRECISION = 1e-7
_MAX_EXPANSIONS, _MAX_ROUNDS = 30, 60


class _Fits(NamedTuple):
    """Rows of fits: parameters, chi2 (+inf where impossible), whether that is to be trusted, and the Hessian."""

    x: Numbers
    chi2: Numbers
    good: NDArray[np.bool_]
    hessian: Numbers


class _Alike:
    """Models of one structure.

    Attributes
    ----------
    leaves : list of (n, ...)
        Their arrays.
    lower, upper : (n, 1 + p)
    """

    def __init__(self, models: Sequence[Model]) -> None:
        flat = [jax.tree.flatten(model.unnamed()) for model in models]
        columns = zip(*(leaves for leaves, _ in flat), strict=True)
        self.structure = flat[0][1]
        self.leaves = [np.stack([np.asarray(leaf) for leaf in column]) for column in columns]
        edges = [bounds(model) for model in models]
        self.lower = np.array([[m.poi_lower, *low] for m, (low, _) in zip(models, edges, strict=True)])
        self.upper = np.array([[np.inf, *high] for _, high in edges])

    def fit(self, which: Which, x0: Numbers, *, at: Numbers | None = None, beyond: float = np.inf) -> _Fits:
        """Minima of the models `which` (r,) from starts (r, 1 + p); with the parameter of interest held at `at`.

        Those whose chi2 lies above `beyond` need not converge.
        """
        lower, upper = self.lower[which], self.upper[which]
        if at is not None:
            x0, lower, upper = (np.concatenate([at[:, None], rows[:, 1:]], axis=1) for rows in (x0, lower, upper))
        ready: Any = jax.block_until_ready
        parts = []
        for begin in range(0, len(which), _ROWS):
            rows = np.minimum(np.arange(begin, begin + _ROWS), len(which) - 1)
            own = [leaf[which[rows]] for leaf in self.leaves]
            with one_at_a_time:
                found = ready(_minimised(self.structure, own, x0[rows], lower[rows], upper[rows], np.float64(beyond)))
            parts.append([np.asarray(part)[: len(which) - begin] for part in found])
        columns = (np.concatenate(part) for part in zip(*parts, strict=True))
        x, value, physical, converged, hessian, iterations, gradient = columns
        chi2 = np.where(physical & ~np.isnan(value), value, np.inf)
        # Where the expectation is impossible the wall is too steep for the test of convergence.
        stalled = ~physical & np.isfinite(value) & (iterations < _MAX_ITERATIONS) & (at is not None)
        # Far from the minimum the decrease that a step predicts is a guess: ten times as much.
        far = chi2 > beyond + 10 * (gradient**2 / 2)
        return _Fits(x, chi2, converged | stalled | far, hessian)

    def asimov(self, x: Numbers) -> _Alike:
        """The same models with data equal to expectation at `x` (n, 1 + p)."""
        made = object.__new__(_Alike)
        made.structure, made.lower, made.upper = self.structure, self.lower, self.upper
        made.leaves = [np.asarray(leaf) for leaf in _asimov(self.structure, self.leaves, x)]
        return made


def best_fits(models: Sequence[Model]) -> list[Fit]:
    """Best fits, as `fit.best_fit` finds them.

    Parameters
    ----------
    models : sequence of Model

    Returns
    -------
    list of Fit
    """
    found: dict[int, Fit | None] = {}
    for places, alike in _groups(models):
        found.update(zip(places, _best(alike, [models[k] for k in places]), strict=True))
    return [found[k] or best_fit(model) for k, model in enumerate(models)]


def profiles(models: Sequence[Model], poi: Numbers, fits: Sequence[Fit], *, beyond: float = np.inf) -> Numbers:
    """chi2 (n, k) with nuisances profiled, at the same values of the parameter of interest of every model.

    Parameters
    ----------
    models : sequence of Model
    poi : (k,)
        Rising.
    fits : sequence of Fit
        The best fits, whose nuisances are the start.
    beyond : float
        Once chi2 is above it, beyond the best fit, it stays as it is: only that it is above has a meaning.
    """
    chi2 = np.empty((len(models), len(poi)))
    for places, alike in _groups(models):
        some = [fits[k] for k in places]
        starts = np.array([[0.0, *fit.eta] for fit in some])
        best, open_ = np.array([fit.poi for fit in some]), np.arange(len(places))
        for begin in range(0, len(poi), _COLUMNS):
            at = poi[begin : begin + _COLUMNS]
            which = np.repeat(open_, len(at))
            made = alike.fit(which, starts[which], at=np.tile(at, len(open_)), beyond=beyond)
            found, good = made.chi2.reshape(-1, len(at)), made.good.reshape(-1, len(at))
            # Away from the best fit chi2 rises: it does not come back.
            above = np.logical_or.accumulate(good & (found > beyond) & (at > best[open_, None]), axis=1)
            for row, column in np.argwhere(~good & ~above).tolist():
                model, fit = models[places[open_[row]]], some[open_[row]]
                found[row, column] = profile(model, at[column : column + 1], eta0=fit.eta, beyond=beyond).chi2[0]
            found[above] = np.maximum(found[above], beyond)
            chi2[np.ix_([places[k] for k in open_], range(begin, begin + len(at)))] = found
            for row in np.flatnonzero(above[:, -1]).tolist():
                chi2[places[open_[row]], begin + len(at) :] = found[row, -1]
            open_ = open_[~above[:, -1]]
            if not len(open_):
                break
    return chi2


def interval_of_each(models: Sequence[Model], cl: float, construction: str, fits: Sequence[Fit]) -> list[Interval]:
    """Intervals, as `accepted.interval` finds them, all ends narrowed together.

    Parameters
    ----------
    models : sequence of Model
    cl : float
    construction : str
    fits : sequence of Fit
        The best fits.

    Returns
    -------
    list of Interval

    Raises
    ------
    OutOfRange, UnknownName, FitError
        As for `accepted.interval`.
    """
    if not 0 < cl < 1:
        raise OutOfRange("cl", cl, 0, 1, inside=True)
    if construction not in CONSTRUCTIONS:
        raise UnknownName("construction", construction, CONSTRUCTIONS)
    found: dict[int, Interval | None] = {}
    for places, alike in _groups(models):
        # With a sign there may be several pieces.
        if np.all(np.isfinite(alike.lower[:, 0])):
            ends = _Ends(alike, [fits[k] for k in places], [models[k] for k in places], cl, construction)
            found.update(zip(places, ends.intervals(models[places[0]].poi_name), strict=True))
    return [
        found.get(k) or accepted.intervals(model, cl, [construction], fit=fit)[construction]
        for k, (model, fit) in enumerate(zip(models, fits, strict=True))
    ]


class _Ends:
    """The ends of the intervals of models with a boundary, in whose direction chi2 is convex."""

    def __init__(
        self, alike: _Alike, fits: Sequence[Fit], models: Sequence[Model], cl: float, construction: str
    ) -> None:
        self.alike, self.fits, self.cl, self.name = alike, fits, cl, construction
        self.construction = CONSTRUCTIONS[construction]
        self.best = np.array([[fit.poi, *fit.eta] for fit in fits])
        self.chi2 = np.array([fit.chi2 for fit in fits])
        self.edge = alike.lower[:, 0]
        pairs = [(fit.poi_error, model) for fit, model in zip(fits, models, strict=True)]
        self.scale = np.array([error if 0 < error < np.inf else poi_scale(model) for error, model in pairs])
        self.sound = np.full(len(fits), True)
        self._asimov: _Alike | None = None
        self._null = self.best
        if self.construction.boundary:
            nothing = alike.fit(np.arange(len(fits)), self.best, at=np.maximum(self.edge, 0.0))
            self.sound &= nothing.good
            self._null, self._asimov = nothing.x, alike.asimov(nothing.x)

    def excess(self, which: Which, poi: Numbers) -> Numbers:
        """Root of Delta chi2 less that of its threshold, of the models `which`: positive where a value is excluded."""
        made = self.alike.fit(which, self.best[which], at=poi)
        delta = made.chi2 - self.chi2[which]
        self._trust(which, made.good & ~(delta < -_DEEPER))
        return np.asarray(np.sqrt(np.maximum(delta, 0.0)) - np.sqrt(self.threshold(which, poi)))

    def threshold(self, which: Which, poi: Numbers) -> Numbers:
        """Thresholds of Delta chi2."""
        m = np.full(len(which), np.inf)
        if self._asimov is not None:
            made = self._asimov.fit(which, self._null[which], at=poi)
            self._trust(which, made.good)
            m = np.sqrt(np.maximum(made.chi2, 0.0))
        return self.construction.threshold_at(self.cl, m, bounded=True)

    def _trust(self, which: Which, good: NDArray[np.bool_]) -> None:
        self.sound[which[~good]] = False

    def intervals(self, poi_name: str) -> list[Interval | None]:
        """Of every model; None where a fit did not do what it should."""
        upper, lower = self._upper(), self._lower()
        # All is excluded: the bracket shrank onto the boundary.
        upper = np.where(upper - self.edge < 10 * _PRECISION * self.scale, self.edge, upper)
        threshold = self.threshold(np.arange(len(upper)), upper)
        rows = zip(lower.tolist(), upper.tolist(), threshold.tolist(), self.fits, self.sound, strict=True)
        sides = self.construction.sides
        return [
            Interval(((low, high),), self.cl, self.name, sides, at, fit, poi_name) if sound else None
            for low, high, at, fit, sound in rows
        ]

    def _upper(self) -> Numbers:
        every = np.arange(len(self.fits))
        inside, reach = self.best[:, 0].copy(), 2 * self.scale * (1 + np.sqrt(threshold_two_sided(self.cl)))
        outside, beyond = inside + reach, np.zeros(len(every))
        below, open_ = self.excess(every, inside), every
        for _ in range(_MAX_EXPANSIONS):
            beyond[open_] = found = self.excess(open_, outside[open_])
            still = ~(found > 0)
            open_ = open_[still]
            if not len(open_):
                break
            inside[open_], below[open_] = outside[open_], found[still]
            reach[open_] *= 4
            outside[open_] = self.best[open_, 0] + reach[open_]
        self.sound[open_] = False
        return self._root(every, inside, outside, below, beyond)

    def _lower(self) -> Numbers:
        lower = self.edge.copy()
        which = np.flatnonzero(self.best[:, 0] > self.edge)
        if self.construction.sides == "one" or not len(which):
            return lower
        beyond = self.excess(which, self.edge[which])
        which, beyond = which[beyond > 0], beyond[beyond > 0]
        if len(which):
            best = self.best[which, 0]
            lower[which] = self._root(which, best, self.edge[which], self.excess(which, best), beyond)
        return lower

    def _root(self, which: Which, inside: Numbers, outside: Numbers, below: Numbers, beyond: Numbers) -> Numbers:
        """Where the excess changes its sign: false position, in which an end that stays counts half (Illinois)."""
        inside, outside, low, high = inside.copy(), outside.copy(), np.minimum(below, 0.0), beyond.copy()
        least = _PRECISION * np.maximum(np.abs(outside - self.edge[which]), self.scale[which])
        last = np.zeros(len(which), dtype=int)
        for turn in range(_MAX_ROUNDS):
            open_ = np.flatnonzero((np.abs(outside - inside) > least) & self.sound[which])
            if not len(open_):
                break
            a, b, f_a, f_b = inside[open_], outside[open_], low[open_], high[open_]
            finite = np.isfinite(f_b)
            share = np.where(finite, f_a / np.where(finite, f_a - f_b, 1.0), 0.5)
            # Every fourth step halves; the others keep off the ends, so that both close in.
            margin = np.minimum(0.4 * least[open_] / np.abs(b - a), 0.5)
            share = np.full(len(a), 0.5) if turn % 4 == 3 else np.clip(share, margin, 1 - margin)
            middle = a + share * (b - a)
            found = self.excess(which[open_], middle)
            out = found > 0
            side = np.where(out, 1, -1)
            again = last[open_] == side
            inside[open_], outside[open_] = np.where(out, a, middle), np.where(out, middle, b)
            low[open_] = np.where(out, np.where(again, f_a / 2, f_a), found)
            high[open_] = np.where(out, found, np.where(again, f_b / 2, f_b))
            last[open_] = side
        self.sound[which[np.abs(outside - inside) > least]] = False
        return (inside + outside) / 2


def _groups(models: Sequence[Model]) -> list[tuple[list[int], _Alike]]:
    """Places of models of one structure and size, and these."""
    groups: dict[Any, list[int]] = {}
    for k, model in enumerate(models):
        leaves, structure = jax.tree.flatten(model.unnamed())
        shapes = tuple((np.shape(leaf), np.asarray(leaf).dtype.str) for leaf in leaves)
        groups.setdefault((structure, shapes), []).append(k)
    return [(places, _Alike([models[k] for k in places])) for places in groups.values()]


def _best(alike: _Alike, models: Sequence[Model]) -> list[Fit | None]:
    """Best fits from a few starts each; None where there is a doubt."""
    n, edge = len(models), alike.lower[:, 0]
    scale = np.array([poi_scale(model) for model in models])
    if not np.all(np.isfinite(scale)) or not np.all(np.isfinite(edge)):
        return [None] * n
    reach = np.concatenate([[0.0], np.geomspace(1e-2, 30.0, _STARTS - 1)])
    eta = np.array([starting_nuisances(model) for model in models])
    which = np.repeat(np.arange(n), _STARTS)
    poi = (edge[:, None] + scale[:, None] * reach).ravel()
    made = alike.fit(which, np.concatenate([poi[:, None], eta[which]], axis=1))
    found: list[Fit | None] = []
    for k in range(n):
        x, chi2, good, hessian = (part[k * _STARTS : (k + 1) * _STARTS] for part in made)
        good = good & np.isfinite(chi2)
        least = float(np.min(np.where(good, chi2, np.inf)))
        # Of minima that are equally deep, the one nearest to no effect.
        one = int(np.argmin(np.where(good & (chi2 <= least + _SAME), np.abs(x[:, 0]), np.inf)))
        if not good[one] or float(np.min(chi2)) < least - _SAME:
            found.append(None)
            continue
        error = error_of_poi(hessian[one], x[one], alike.lower[k], alike.upper[k])
        minimum = (float(x[one, 0]), float(chi2[one]))
        found.append(Fit(minimum[0], x[one, 1:], minimum[1], error, True, minima=(minimum,)))
    return found


@compiled
def _minimised(
    structure: Any,
    leaves: list[Any],
    x0: Float[Array, "r q"],
    lower: Float[Array, "r q"],
    upper: Float[Array, "r q"],
    beyond: Float[Array, ""],
) -> tuple[Array, ...]:
    def chi2(x: Array, wall: Array, own: list[Array]) -> Array:
        model: Model = jax.tree.unflatten(structure, own)
        return model.objective(x[0], x[1:], wall)

    def physical(x: Array, own: list[Array]) -> Array:
        model: Model = jax.tree.unflatten(structure, own)
        return model.physical(model.expected(x[0], x[1:]))

    found: Minimum = newton_batch(
        chi2,
        x0,
        lower,
        upper,
        stages=jnp.asarray(WALLS),
        data=leaves,
        max_iterations=_MAX_ITERATIONS,
        beyond=jnp.asarray(beyond),
    )
    possible = jax.vmap(physical)(found.x, leaves)
    return found.x, found.value, possible, found.converged, found.hessian, found.iterations, found.gradient


@compiled
def _asimov(structure: Any, leaves: list[Any], x: Float[Array, "n q"]) -> list[Any]:
    def one(own: list[Array], x: Array) -> list[Any]:
        model: Model = jax.tree.unflatten(structure, own)
        observed, statistic = model.statistic.asimov(model.observed, model.expected(x[0], x[1:]))
        made = eqx.tree_at(lambda m: (m.observed, m.statistic, m.auxiliary), model, (observed, statistic, x[1:]))
        return jax.tree.leaves(made)

    return jax.vmap(one)(leaves, x)
