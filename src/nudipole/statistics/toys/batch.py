r"""Fits of one model to thousands of data sets at once: the engine behind toys.

All data sets share templates and parameters; they differ in observed numbers and auxiliary measurements. The
expectation is split once into what is additive and what is not,

.. math:: n(x) = f(x_C) + \sum_{i \in A} x_i\,T_i,

so that the columns :math:`T_i` of the additive parameters A are constants, and only the curved ones C (a flux that
multiplies the signal, a quenching) are differentiated at each step. A step is one of Newton's, with the curvature of
the data and the Jacobian of the expectation (Gauss-Newton while the minimum is far; near it the second derivatives of
the expectation are added for the curved parameters),

.. math:: H = \sum_b w_b\,J_b J_b^T + 2\,\mathrm{diag}(\text{constrained}), \qquad
          w_b = \partial^2 D_b/\partial n_b^2,

solved for all data sets together by an unrolled Cholesky decomposition; parameters at a bound that the gradient pushes
outwards are held. The length of a step follows from Newton's decrement alone (self-concordance of the Poisson
likelihood), so that no logarithm is taken before the end (`split`, `newton`). The decrement that is left is a
convergence flag of each data set; those that raise it are fitted again with the careful minimisers of `fit`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from nudipole.numerics import jax, jnp
from nudipole.statistics.fit import best_fit, profile
from nudipole.statistics.likelihood import Model, asimov, bounds, nominal
from nudipole.statistics.toys import few
from nudipole.statistics.toys.damped import damped
from nudipole.statistics.toys.data_sets import Toys
from nudipole.statistics.toys.newton import newton
from nudipole.statistics.toys.split import Split, second_derivatives, split_at
from nudipole.statistics.validation import poi_scale

Numbers = np.ndarray[Any, np.dtype[Any]]

#: Newton steps of all data sets together, and further ones of those that need more; then they are fitted with care.
_FEW, _STEPS = 7, 20
#: Slow data sets that are fitted together.
_SLOW = 256
#: Data sets fitted at once, at most; and the numbers of each array of a step that stay in the cache of a processor, for
#: few parameters and for many, whose matrices are factored one after the other.
_MOST, _NUMBERS, _MATRICES = 2000, 40_000, 250_000
#: Bins of few parameters that need no smaller blocks.
_SMALL_BINS = 60
#: Held values whose splits are kept.
_SPLITS = 256
#: Steps away from a start, in scales of the signal, at which other minima are looked for.
_LADDER = np.geomspace(1e-3, 1e2, 48)
#: chi2 of expected data above which a minimum is no candidate.
_FAR = 400.0
#: Points at which second derivatives are looked for.
_PROBES = 3


class ToyFits(NamedTuple):
    """Minima of chi2, one a data set.

    Attributes
    ----------
    chi2 : (n,)
    x : (n, 1 + p)
        The parameter of interest and the nuisances.
    careful : (n,) bool
        Which were fitted again by the careful minimisers.

    Examples
    --------
    >>> ToyFits(np.array([1.2]), np.array([[0.9, -0.1]]), np.array([False])).x.shape
    (1, 2)
    """

    chi2: Numbers
    x: Numbers
    careful: Numbers


class Batch:
    """Fits of one model to many data sets.

    Parameters
    ----------
    model : Model
        Its own data are not used.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> from nudipole.statistics.toys import Hypothesis, draw, seeded
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> toys = draw(model, Hypothesis(1.0, np.zeros(1)), 5, seeded(1))
    >>> Batch(model).fit(toys).x.shape
    (5, 2)
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._unnamed = model.unnamed()
        eta_lower, eta_upper = bounds(model)
        self._lower = np.concatenate([[model.poi_lower], eta_lower])
        self._upper = np.concatenate([[np.inf], eta_upper])
        self._constrained = np.array([False, *model.constrained])
        # Inside and outside of one standard deviation, where responses are continued by other functions.
        random = np.random.default_rng(0)
        probes = random.normal(size=(_PROBES, len(self._lower))) * np.array([[0.5], [1.5], [3.0]])
        probes = np.clip(np.where(self._lower >= 0, np.abs(probes), probes), self._lower, self._upper)
        self._mixed = np.asarray(second_derivatives(self._unnamed, jnp.asarray(probes)))
        self._splits: dict[float | None, Split] = {}
        #: Whether the parameter of interest may explain the same counts with both signs.
        self._folded = bool(self._mixed[0, 0]) and not np.isfinite(model.poi_lower)
        self._scale = poi_scale(model)
        self._minima: dict[float, list[Numbers]] = {}

    def fit(self, toys: Toys, poi: ArrayLike | None = None, *, start: Numbers | None = None) -> ToyFits:
        """Minimise chi2 of every data set.

        Parameters
        ----------
        toys : Toys
        poi : float, optional
            Where the parameter of interest is held; fitted if None.
        start : (1 + p,) or (n, 1 + p), optional
            Where to start; the auxiliary measurements unless given.

        Raises
        ------
        FitError
            Of a data set that no minimiser can fit, with the values of the parameters.
        """
        n = len(toys)
        if start is None:
            first = max(self.model.poi_lower, 0.0) if poi is None else poi
            constrained = np.array(self.model.constrained, bool)
            start = np.concatenate(
                [np.full((n, 1), first), np.where(constrained, toys.auxiliary, nominal(self.model))], axis=1
            )
        start = np.broadcast_to(np.asarray(start, float), (n, len(self._lower)))
        fits = self._fast(toys, poi, start)
        if poi is None and self._folded:
            for other in self._basins(start[0]):
                # The data pull the nuisances alike in all of them.
                near = np.where(np.isfinite(fits.x), fits.x, start)
                near[:, 0] = other[0]
                fits = _deeper(fits, self._fast(toys, None, near))
        return self._with_care(toys, fits, None if poi is None else float(np.asarray(poi)), start)

    def _fast(self, toys: Toys, poi: ArrayLike | None, start: Numbers) -> ToyFits:
        """Newton steps from one start each; what did not converge is marked."""
        fits = self._steps(toys, poi, start, _FEW)
        slow = np.flatnonzero(fits.careful)
        if len(slow):
            # Padded to one shape: a few slow ones shall not make all others wait.
            few_rows = min(len(toys), _SLOW, self._rows(poi))
            size = few_rows if len(slow) <= few_rows else len(toys)
            rows = np.resize(slow, size)
            sound = np.where(np.isfinite(fits.x), fits.x, start)[rows]
            again = self._steps(toys.taken(rows), poi, sound, _STEPS)
            for one, other in zip(fits, again, strict=True):
                one[slow] = other[: len(slow)]
        return fits

    def _steps(self, toys: Toys, poi: ArrayLike | None, start: Numbers, steps: int) -> ToyFits:
        """As many data sets at once as stay in the cache of a processor."""
        n, rows = len(toys), self._rows(poi)
        if n <= rows:
            return self._block(toys, poi, start, steps)
        parts = []
        for first in range(0, n, rows):
            # All blocks have one shape: the last one begins anew with the first data sets.
            mine = slice(first, first + rows) if first + rows <= n else np.arange(first, first + rows) % n
            parts.append(self._block(toys.taken(mine), poi, start[mine], steps))
        return ToyFits(*(np.concatenate(column)[:n] for column in zip(*parts, strict=True)))

    def _rows(self, poi: ArrayLike | None) -> int:
        """Each curved parameter has an array of its own."""
        bins = len(np.asarray(self.model.observed)) * (1 + len(self._split(poi).curved))
        return rows_in_cache(bins, len(self._lower))

    def _block(self, toys: Toys, poi: ArrayLike | None, start: Numbers, steps: int) -> ToyFits:
        n = len(toys)
        held = poi is not None
        first = 1 if held else 0
        lower, upper = self._lower[first:], self._upper[first:]
        # As they are: a call converts arrays of NumPy faster than they are converted one by one.
        arrays: Any = (
            lower,
            upper,
            self._constrained[first:],
            np.ascontiguousarray(toys.observed.T),
            jax.tree.map(lambda leaf: np.ascontiguousarray(np.moveaxis(np.asarray(leaf), 0, -1)), toys.statistic),
            np.concatenate([np.zeros((n, 1 - first)), toys.auxiliary], axis=1).T,
            np.clip(start[:, first:], lower, upper).T,
            np.asarray(steps),
        )
        x, chi2, done = newton(self._split(poi), *arrays)
        found = np.asarray(x).T
        if held:
            found = np.concatenate([np.full((n, 1), float(np.asarray(poi))), found], axis=1)
        return ToyFits(np.array(chi2), np.array(found), ~np.asarray(done))

    def data_set(self, toys: Toys, k: int) -> Model:
        """The model with one of the data sets."""
        statistic = jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf)[k]), toys.statistic)
        return self.model.having(toys.observed[k], statistic, toys.auxiliary[k])

    def _basins(self, near: Numbers) -> list[Numbers]:
        """Starts in the other minima that data have which look as expected at `near`, (1 + p,) each.

        A parameter with a sign enters with its square: a positive and a negative value may explain the same counts.
        """
        key = float(f"{near[0]:.2e}")
        if key not in self._minima:
            data = asimov(self.model, key, near[1:])
            poi = key + self._scale * np.concatenate([-_LADDER[::-1], [0.0], _LADDER])
            chi2 = np.pad(profile(data, poi, eta0=near[1:], beyond=_FAR).chi2, 1, constant_values=np.inf)
            chi2 = np.where(np.isnan(chi2), np.inf, chi2)
            low = (chi2[1:-1] < chi2[:-2]) & (chi2[1:-1] <= chi2[2:]) & (poi != key)
            self._minima[key] = [np.concatenate([[value], near[1:]]) for value in poi[low]]
        return self._minima[key]

    def _with_care(self, toys: Toys, fits: ToyFits, poi: float | None, start: Numbers) -> ToyFits:
        """Undone fits again: damped steps from several starts, and each by itself where these fail too."""
        undone = np.flatnonzero(fits.careful)
        if not len(undone):
            return fits
        some = toys.taken(undone)
        starts = [start[undone], np.where(np.isfinite(fits.x), fits.x, start)[undone]]
        if poi is None:
            away = np.array([-10.0, -1.0, -0.1, 0.1, 1.0, 10.0] if self._folded else [1.0, 10.0])
            others = start[0, 0] + self._scale * away
            for value in others[others > self.model.poi_lower] if np.isfinite(self._scale) else []:
                starts.append(np.concatenate([np.full((len(undone), 1), value), start[undone, 1:]], axis=1))
        first = 0 if poi is None else 1
        lower, upper = self._lower.copy(), self._upper.copy()
        lower[:first] = upper[:first] = 0.0 if poi is None else poi
        chi2, x, good = damped(self._unnamed, some, np.stack(starts, axis=1), lower, upper)
        fits.chi2[undone], fits.x[undone], fits.careful[undone] = chi2, x, ~good
        for k in undone[~good]:
            fits.chi2[k], fits.x[k] = _careful(self.data_set(toys, int(k)), poi)
        return fits

    def _split(self, poi: ArrayLike | None) -> Split:
        """The split at a held value (or none), made once: it costs as much as the fit of a thousand data sets."""
        key = None if poi is None else float(np.asarray(poi))
        if key not in self._splits:
            if len(self._splits) >= _SPLITS:
                self._splits.pop(next(iter(self._splits)), None)
            self._splits[key] = split_at(self._unnamed, self._mixed, poi)
        return self._splits[key]


def rows_in_cache(bins: int, parameters: int) -> int:
    """How many data sets are fitted at once: what a step needs of them stays in the cache of a processor.

    A fraction of `_MOST`, rounded up: chunks of as many leave next to no rest.
    """
    if parameters <= few.MOST:
        room = _NUMBERS // bins
        # A call costs as much as the steps of a thousand small data sets.
        room = _MOST if bins <= _SMALL_BINS else room
    else:
        room = _MATRICES // (bins + parameters**2)
    blocks = -(-_MOST // min(max(room, 1), _MOST))
    return -(-_MOST // blocks)


def _deeper(one: ToyFits, other: ToyFits) -> ToyFits:
    """The deeper minimum of each data set; undone where the one that did not converge might be deeper."""
    better = np.where(np.isnan(other.chi2), np.inf, other.chi2) < np.where(np.isnan(one.chi2), np.inf, one.chi2)
    return ToyFits(
        np.where(better, other.chi2, one.chi2),
        np.where(better[:, None], other.x, one.x),
        np.where(better, other.careful, one.careful),
    )


def _careful(model: Model, poi: float | None) -> tuple[float, Numbers]:
    """The same by the minimisers of `fit`."""
    if poi is not None:
        found = profile(model, [poi])
        return float(found.chi2[0]), np.concatenate([[poi], found.eta[0]])
    fit = best_fit(model)
    return fit.chi2, np.concatenate([[fit.poi], fit.eta])
