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
likelihood), so that no logarithm is taken before the end. The decrement that is left is a convergence flag of each data
set; those that raise it are fitted again with the careful minimisers of `fit`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import equinox as eqx
import numpy as np
from jaxtyping import Array, Bool, Float, Int
from numpy.typing import ArrayLike

from nudipole.numerics import jax, jnp
from nudipole.statistics.bins import Statistic
from nudipole.statistics.fit import best_fit, profile
from nudipole.statistics.likelihood import Model, TemplateSignal, asimov, bounds
from nudipole.statistics.toys.damped import damped
from nudipole.statistics.toys.data_sets import Toys
from nudipole.statistics.validation import poi_scale

Numbers = np.ndarray[Any, np.dtype[Any]]

#: Newton steps of all data sets together, and further ones of those that need more; then they are fitted with care.
_FEW, _STEPS = 7, 20
#: Slow data sets that are fitted together.
_SLOW = 256
#: Newton's decrement, squared, below which a result counts.
_CONVERGED = 1e-7
#: Below this decrement steps have their full length.
_NEAR = 0.3
#: Below this squared decrement the second derivatives of the expectation count: the minimum is near enough that the
#: curvature is positive with them. Without them steps shrink by a constant factor only.
_CURVED = 1.0
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


class _Split(eqx.Module):
    """Expected counts as constant columns and a curved remainder; x = (poi, nuisances), or nuisances alone.

    Attributes
    ----------
    model : Model
        Without names.
    poi : Float[Array, ""]
        Where the parameter of interest is held, if it is.
    columns : Float[Array, "a b"]
        Change of the expectation per unit of the additive parameters.
    pairs : Float[Array, "a*(a+1)/2 b"]
        Products of columns i <= j, in the order of `_triangle`.
    base : Float[Array, "b"]
        The remainder, where nothing is curved.
    templates : Float[Array, "t b"]
        Those rows of the templates of `_amplitudes` that are not zero; none if the signal is no `TemplateSignal`.
    held : bool
    additive, curved, rows : tuple of int
        Places in x; and which of all templates `templates` are.
    """

    model: Model
    poi: Float[Array, ""]
    columns: Float[Array, "a b"]
    pairs: Float[Array, "m b"]
    base: Float[Array, " b"]
    templates: Float[Array, "t b"] | None
    held: bool = eqx.field(static=True)
    additive: tuple[int, ...] = eqx.field(static=True)
    curved: tuple[int, ...] = eqx.field(static=True)
    rows: tuple[int, ...] = eqx.field(static=True)

    def expectation(self, x: Float[Array, "q n"]) -> tuple[Float[Array, "b n"], list[Float[Array, "b n"]]]:
        """Expected counts, and their derivatives with respect to the curved parameters."""
        added = self.base[:, None] + self.columns.T @ x[np.array(self.additive, int)]
        if not self.curved:
            return added, []
        curved = x[np.array(self.curved, int)]
        if self.templates is None:
            # Any map from parameters to counts, one data set at a time.
            values, slopes = jax.vmap(
                lambda y: (self._counts(y), jax.jacfwd(self._counts)(y)), in_axes=-1, out_axes=-1
            )(curved)
            return added + values, [slopes[:, k] for k in range(len(self.curved))]
        down = self.templates.T
        values = added + down @ self._amplitudes(curved)
        units = jnp.eye(len(self.curved))[:, :, None] * jnp.ones_like(curved)
        return values, [down @ jax.jvp(self._amplitudes, (curved,), (unit,))[1] for unit in units]

    def bend(self, x: Float[Array, "q n"], slopes: Float[Array, "b n"]) -> Float[Array, "c c n"]:
        """Second derivatives of the expectation with respect to the curved parameters, summed with `slopes`."""
        curved = x[np.array(self.curved, int)]
        weight = slopes if self.templates is None else self.templates @ slopes
        gradient = jax.grad(lambda y: jnp.sum(weight * self._values(y)))
        units = jnp.eye(len(self.curved))[:, :, None] * jnp.ones_like(curved)
        second: Array = jax.vmap(lambda unit: jax.jvp(gradient, (curved,), (unit,))[1])(units)
        return second

    def _values(self, curved: Float[Array, "c n"]) -> Array:
        """Amplitudes, or counts where there are no templates."""
        if self.templates is not None:
            return self._amplitudes(curved)
        counts: Array = jax.vmap(self._counts, in_axes=-1, out_axes=-1)(curved)
        return counts

    def _full(self, curved: Float[Array, "c *n"]) -> tuple[Float[Array, "*n"], Float[Array, "p *n"]]:
        """Parameter of interest and nuisances, the additive ones at zero."""
        x = [jnp.zeros_like(curved[0])] * (len(self.additive) + len(self.curved))
        for k, values in zip(self.curved, curved, strict=True):
            x[k] = values
        whole = ([jnp.broadcast_to(self.poi, curved[0].shape)] if self.held else []) + x
        rest = whole[1:]
        return whole[0], jnp.stack(rest) if rest else jnp.zeros((0, *whole[0].shape))

    def _counts(self, curved: Float[Array, " c"]) -> Float[Array, " b"]:
        return self.model.expected(*self._full(curved)) - self.base

    def _amplitudes(self, curved: Float[Array, "c n"]) -> Float[Array, "t n"]:
        return _amplitudes(self.model, *self._full(curved))[np.array(self.rows, int)]


@eqx.filter_jit
def _second_derivatives(model: Model, x: Float[Array, "k q"]) -> Bool[Array, "q q"]:
    """Which pairs of parameters the expectation is not additive in, at any of the points."""
    hessians = jax.vmap(jax.hessian(lambda y: model.expected(y[0], y[1:])))(x)
    return jnp.any(hessians != 0, axis=(0, 1))


@eqx.filter_jit
def _linear(model: Model, x: Float[Array, " q"]) -> tuple[Float[Array, " b"], Float[Array, "q b"]]:
    """Expectation and its derivatives."""
    return model.expected(x[0], x[1:]), jax.jacfwd(lambda y: model.expected(y[0], y[1:]))(x).T


def _amplitudes(model: Model, poi: Float[Array, "*n"], eta: Float[Array, "p *n"]) -> Float[Array, "m *n"]:
    """Factors of `_templates`: those of the signal, and of backgrounds that are not linear in their nuisance."""
    assert isinstance(model.signal, TemplateSignal)
    split = len(model.backgrounds)
    factors = [model.backgrounds[k].factor(eta[k])[None] for k in _bent(model)]
    return jnp.concatenate([model.signal.amplitudes(poi, eta[split:]), *factors])


def _templates(model: Model) -> Numbers:
    assert isinstance(model.signal, TemplateSignal)
    bent = [np.asarray(model.backgrounds[k].counts)[None] for k in _bent(model)]
    return np.concatenate([np.asarray(model.signal.templates), *bent])


def _bent(model: Model) -> list[int]:
    return [k for k, background in enumerate(model.backgrounds) if background.normalisation == "log-normal"]


def _triangle(size: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(size) for j in range(i, size)]


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
        self._mixed = np.asarray(_second_derivatives(self._unnamed, jnp.asarray(probes)))
        self._splits: dict[float | None, _Split] = {}
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
            start = np.concatenate(
                [np.full((n, 1), first), np.where(np.array(self.model.constrained, bool), toys.auxiliary, 1.0)], axis=1
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
            size = min(len(toys), _SLOW) if len(slow) <= _SLOW else len(toys)
            rows = np.resize(slow, size)
            sound = np.where(np.isfinite(fits.x), fits.x, start)[rows]
            again = self._steps(toys.taken(rows), poi, sound, _STEPS)
            for one, other in zip(fits, again, strict=True):
                one[slow] = other[: len(slow)]
        return fits

    def _steps(self, toys: Toys, poi: ArrayLike | None, start: Numbers, steps: int) -> ToyFits:
        n = len(toys)
        held = poi is not None
        first = 1 if held else 0
        lower, upper = self._lower[first:], self._upper[first:]
        x, chi2, done = _newton(
            self._split(poi),
            jnp.asarray(lower),
            jnp.asarray(upper),
            jnp.asarray(self._constrained[first:]),
            jnp.asarray(np.ascontiguousarray(toys.observed.T)),
            jax.tree.map(
                lambda leaf: jnp.asarray(np.ascontiguousarray(np.moveaxis(np.asarray(leaf), 0, -1))), toys.statistic
            ),
            jnp.asarray(np.concatenate([np.zeros((n, 1 - first)), toys.auxiliary], axis=1).T),
            jnp.asarray(np.clip(start[:, first:], lower, upper).T),
            jnp.asarray(steps),
        )
        found = np.asarray(x).T
        if held:
            found = np.concatenate([np.full((n, 1), float(np.asarray(poi))), found], axis=1)
        return ToyFits(np.array(chi2), np.array(found), ~np.asarray(done))

    def data_set(self, toys: Toys, k: int) -> Model:
        """The model with one of the data sets."""
        model = self.model
        return Model(
            toys.observed[k],
            model.components,
            model.signal,
            statistic=jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf)[k]), toys.statistic),
            signal_nuisances=model.signal_nuisances,
            poi_name=model.poi_name,
            poi_lower=model.poi_lower,
            auxiliary=toys.auxiliary[k],
            limits=model.limits,
        )

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

    def _split(self, poi: ArrayLike | None) -> _Split:
        """The split at a held value (or none), made once: it costs as much as the fit of a thousand data sets."""
        key = None if poi is None else float(np.asarray(poi))
        if key not in self._splits:
            if len(self._splits) >= _SPLITS:
                self._splits.pop(next(iter(self._splits)), None)
            self._splits[key] = self._new_split(poi)
        return self._splits[key]

    def _new_split(self, poi: ArrayLike | None) -> _Split:
        held = poi is not None
        first = 1 if held else 0
        mixed = self._mixed[first:, first:]
        curved = tuple(int(i) for i in np.flatnonzero(mixed.any(axis=0)))
        additive = tuple(i for i in range(len(mixed)) if i not in curved)
        x = np.zeros(len(self._lower))
        x[0] = 0.0 if poi is None else float(np.asarray(poi))
        base, slopes = (np.asarray(part) for part in _linear(self._unnamed, jnp.asarray(x)))
        columns = slopes[first:][np.array(additive, int)]
        pairs = np.array([columns[i] * columns[j] for i, j in _triangle(len(additive))])
        templates, rows = None, np.zeros(0, int)
        if curved and isinstance(self.model.signal, TemplateSignal):
            every = _templates(self._unnamed)
            rows = np.flatnonzero(np.any(every != 0, axis=1))
            templates = jnp.asarray(every[rows])
            at_zero = np.asarray(_amplitudes(self._unnamed, jnp.asarray(x[0]), jnp.asarray(x[1:])))
            base = base - at_zero[rows] @ every[rows]
        return _Split(
            self._unnamed,
            jnp.asarray(x[0]),
            jnp.asarray(columns),
            jnp.asarray(pairs.reshape(-1, len(base))),
            jnp.asarray(base),
            templates,
            held,
            additive,
            curved,
            tuple(rows.tolist()),
        )


@eqx.filter_jit
def _newton(
    split: _Split,
    lower: Float[Array, " q"],
    upper: Float[Array, " q"],
    constrained: Bool[Array, " q"],
    observed: Float[Array, "b n"],
    statistic: Statistic,
    auxiliary: Float[Array, "q n"],
    start: Float[Array, "q n"],
    steps: Int[Array, ""],
) -> tuple[Float[Array, "q n"], Float[Array, " n"], Bool[Array, " n"]]:
    """Minima of all data sets, with the data sets along the last axis throughout."""
    size = len(start)
    tight = jnp.where(constrained, 2.0, 0.0)[:, None]
    # An exact Hessian squares what is left with each step; that of Gauss and Newton takes a factor off it, and so has
    # to go further before it stops.
    near = 1e-7 if not split.curved else 1e-10

    def slopes(data: Array, own: Statistic, expected: Array) -> tuple[Array, Array]:
        return own.slopes(data, expected)

    all_slopes = jax.vmap(slopes, in_axes=-1, out_axes=-1)
    stiffness = jax.vmap(lambda data, own: own.stiffness(data), in_axes=-1)(observed, statistic)

    def equations(x: Array, close: Array) -> tuple[list[Array], dict[tuple[int, int], Array]]:
        """Gradient and Hessian, entry by entry; all of it where `close`, else of Gauss and Newton."""
        expected, jacobian = split.expectation(x)
        g, w = all_slopes(observed, statistic, expected)
        gradient: list[Array] = [jnp.zeros(())] * size
        hessian = {}
        along, curvature = split.columns @ g, split.pairs @ w
        for i, k in enumerate(split.additive):
            gradient[k] = along[i]
        for (i, j), entry in zip(_triangle(len(split.additive)), curvature, strict=True):
            hessian[split.additive[i], split.additive[j]] = entry
        for i, k in enumerate(split.curved):
            weighted = jacobian[i] * w
            gradient[k] = jnp.sum(jacobian[i] * g, axis=0)
            for j in range(i, len(split.curved)):
                hessian[k, split.curved[j]] = jnp.sum(weighted * jacobian[j], axis=0)
            for j, entry in zip(split.additive, split.columns @ weighted, strict=True):
                hessian[min(k, j), max(k, j)] = entry
        pull = tight * (x - auxiliary)
        bend = split.bend(x, g) if split.curved else jnp.zeros((0, 0, x.shape[1]))
        for i, k in enumerate(split.curved):
            for j in range(i, len(split.curved)):
                # Beside the vertex of a parabola in the parameter of interest its slope says nothing of the curvature.
                far = jnp.maximum(bend[0, 0], 0.0) if k == split.curved[j] == 0 and not split.held else 0.0
                hessian[k, split.curved[j]] = hessian[k, split.curved[j]] + jnp.where(close, bend[i, j], far)
        for k in range(size):
            gradient[k] = gradient[k] + pull[k]
            hessian[k, k] = hessian[k, k] + tight[k]
        return gradient, hessian

    def step(x: Array, close: Array) -> tuple[Array, Array]:
        gradient, hessian = equations(x, close)
        out = [
            ((x[k] <= lower[k]) & (gradient[k] >= 0)) | ((x[k] >= upper[k]) & (gradient[k] <= 0)) for k in range(size)
        ]
        move = _solved(gradient, hessian, out)
        decrement = sum((g * m for g, m in zip(gradient, move, strict=True)), jnp.zeros(x.shape[1]))
        # The decrement of chi2/2 is the length that self-concordance measures.
        length = stiffness * jnp.sqrt(jnp.maximum(decrement, 0.0) / 2)
        scale = jnp.where(length < _NEAR, 1.0, 1 / (1 + length))
        return jnp.stack(move) * scale, decrement

    def going(state: tuple[Array, Array, Array]) -> Array:
        _, decrement, count = state
        return jnp.any(~(decrement < near)) & (count < steps)

    def advance(state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        x, decrement, count = state
        move, new = step(x, decrement < _CURVED)
        # What is done stays: its last step was taken with a decrement below the limit.
        active = ~(decrement < near)
        ahead = jnp.clip(x - move, lower[:, None], upper[:, None])
        sound = jnp.all(jnp.isfinite(ahead), axis=0)
        return jnp.where(active & sound, ahead, x), jnp.where(active, new, decrement), count + 1

    x, decrement = start, jnp.zeros(start.shape[1])
    # Nobody waits long for a straggler: `steps` bounds the loop, and the caller takes up by themselves who is not done.
    if size > 0:
        unknown = jnp.full(start.shape[1], jnp.inf)
        x, decrement, _ = jax.lax.while_loop(going, advance, (start, unknown, jnp.zeros((), int)))
    expected, _ = split.expectation(x)
    deviance = jax.vmap(lambda data, own, m: own.deviance(data, m), in_axes=-1, out_axes=-1)(
        observed, statistic, expected
    )
    possible = jax.vmap(lambda data, own, m: jnp.all(own.possible(data, m)), in_axes=-1, out_axes=-1)(
        observed, statistic, expected
    )
    chi2 = deviance + jnp.sum(jnp.where(constrained[:, None], (x - auxiliary) ** 2, 0.0), axis=0)
    return x, chi2, (decrement < _CONVERGED) & possible & jnp.isfinite(chi2)


def _solved(gradient: list[Array], hessian: dict[tuple[int, int], Array], out: list[Array]) -> list[Array]:
    """Solve H m = g by an unrolled Cholesky decomposition, entries along the toys; m = 0 where `out`."""
    # A batched routine would factor one small matrix after the other; unrolled, each entry is one operation on a vector
    # as long as there are toys.
    size = len(gradient)
    factor: dict[tuple[int, int], Array] = {}
    inverse: list[Array] = []
    half: list[Array] = []
    for i in range(size):
        diagonal = jnp.where(out[i], 1.0, hessian[i, i])
        pivot = diagonal - sum((factor[i, k] ** 2 for k in range(i)), jnp.zeros(()))
        # Data that say nothing about a parameter leave a pivot of rounding errors.
        pivot = jnp.maximum(pivot, 1e-14 * diagonal + 1e-290)
        inverse.append(1 / jnp.sqrt(pivot))
        for j in range(i + 1, size):
            entry = jnp.where(out[i] | out[j], 0.0, hessian[i, j])
            factor[j, i] = (entry - sum((factor[i, k] * factor[j, k] for k in range(i)), jnp.zeros(()))) * inverse[i]
        along = jnp.where(out[i], 0.0, gradient[i])
        half.append((along - sum((factor[i, k] * half[k] for k in range(i)), jnp.zeros(()))) * inverse[i])
    move: list[Array] = [jnp.zeros(())] * size
    for i in reversed(range(size)):
        rest = sum((factor[j, i] * move[j] for j in range(i + 1, size)), jnp.zeros(()))
        move[i] = (half[i] - rest) * inverse[i]
    return move


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
