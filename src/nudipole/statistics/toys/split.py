r"""Expected counts as constant columns of the additive parameters, and a curved remainder.

.. math:: n(x) = f(x_C) + \sum_{i \in A} x_i\,T_i
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Array, Bool, Float
from numpy.typing import ArrayLike

from nudipole.kept import compiled
from nudipole.numerics import jax, jnp
from nudipole.statistics.likelihood import Background, Model, TemplateSignal

Numbers = np.ndarray[Any, np.dtype[Any]]


class Split(eqx.Module):
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
        Products of columns i <= j, in the order of `triangle`.
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

    def expectation(self, x: Float[Array, "q n"]) -> tuple[Float[Array, "b n"], Float[Array, "c b n"]]:
        """Expected counts, and their derivatives with respect to the curved parameters."""
        added = self.base[:, None] + self.columns.T @ x[np.array(self.additive, int)]
        if not self.curved:
            return added, jnp.zeros((0, *added.shape))
        curved = x[np.array(self.curved, int)]
        if self.templates is None:
            # Any map from parameters to counts, one data set at a time.
            values, slopes = jax.vmap(
                lambda y: (self._counts(y), jax.jacfwd(self._counts)(y)), in_axes=-1, out_axes=-1
            )(curved)
            return added + values, jnp.moveaxis(slopes, 1, 0)
        down = self.templates.T
        values = added + down @ self._amplitudes(curved)
        units = jnp.eye(len(self.curved))[:, :, None] * jnp.ones_like(curved)
        slopes = jax.vmap(lambda unit: down @ jax.jvp(self._amplitudes, (curved,), (unit,))[1])
        return values, slopes(units)

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


@compiled
def second_derivatives(model: Model, x: Float[Array, "k q"]) -> Bool[Array, "q q"]:
    """Which pairs of parameters the expectation is not additive in, at any of the points."""
    hessians = jax.vmap(jax.hessian(lambda y: model.expected(y[0], y[1:])))(x)
    return jnp.any(hessians != 0, axis=(0, 1))


@compiled
def _linear(model: Model, x: Float[Array, " q"]) -> tuple[Float[Array, " b"], Float[Array, "q b"]]:
    """Expectation and its derivatives."""
    return model.expected(x[0], x[1:]), jax.jacfwd(lambda y: model.expected(y[0], y[1:]))(x).T


def _amplitudes(model: Model, poi: Float[Array, "*n"], eta: Float[Array, "p *n"]) -> Float[Array, "m *n"]:
    """Factors of `_templates`: those of the signal, and of backgrounds that are not linear in the nuisances."""
    assert isinstance(model.signal, TemplateSignal)
    moves = eta[len(model.backgrounds) :]
    factors = [model.backgrounds[k].amplitudes(eta[k], moves) for k in _bent(model)]
    known = [background.amplitudes(jnp.ones_like(poi), moves) for background in _moving(model)]
    return jnp.concatenate([model.signal.amplitudes(poi, moves), *factors, *known])


def _templates(model: Model) -> Numbers:
    assert isinstance(model.signal, TemplateSignal)
    bent = [np.asarray(model.backgrounds[k].templates) for k in _bent(model)]
    known = [np.asarray(background.templates) for background in _moving(model)]
    return np.concatenate([np.asarray(model.signal.templates), *bent, *known])


def _bent(model: Model) -> list[int]:
    """Fitted backgrounds that are not linear in the nuisances, or that several move."""
    return [k for k, b in enumerate(model.backgrounds) if b.normalisation == "log-normal" or b.shifts is not None]


def _moving(model: Model) -> list[Background]:
    """Backgrounds without a nuisance of their own that those of the signal move."""
    return [background for background in model.known if background.shifts is not None]


def triangle(size: int) -> list[tuple[int, int]]:
    """Pairs i <= j, in the order of `Split.pairs`."""
    return [(i, j) for i in range(size) for j in range(i, size)]


def split_at(model: Model, mixed: Numbers, poi: ArrayLike | None) -> Split:
    """The split with the parameter of interest held at a value, or fitted.

    Parameters
    ----------
    model : Model
        Without names.
    mixed : (1 + p, 1 + p) bool
        Which pairs of parameters the expectation is not additive in, see `second_derivatives`.
    poi : float, optional
    """
    held = poi is not None
    first = 1 if held else 0
    pairs_mixed = mixed[first:, first:]
    curved = tuple(int(i) for i in np.flatnonzero(pairs_mixed.any(axis=0)))
    additive = tuple(i for i in range(len(pairs_mixed)) if i not in curved)
    x = np.zeros(len(mixed))
    x[0] = 0.0 if poi is None else float(np.asarray(poi))
    base, slopes = (np.asarray(part) for part in _linear(model, jnp.asarray(x)))
    columns = slopes[first:][np.array(additive, int)]
    pairs = np.array([columns[i] * columns[j] for i, j in triangle(len(additive))])
    templates, rows = None, np.zeros(0, int)
    if curved and isinstance(model.signal, TemplateSignal):
        every = _templates(model)
        rows = np.flatnonzero(np.any(every != 0, axis=1))
        templates = jnp.asarray(every[rows])
        at_zero = np.asarray(_amplitudes(model, jnp.asarray(x[0]), jnp.asarray(x[1:])))
        base = base - at_zero[rows] @ every[rows]
    return Split(
        model,
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
