"""Fits of many data sets by the damped Newton steps of `minimise`, from several starts: slow, but hard to mislead."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Array, Float

from nudipole.kept import compiled
from nudipole.numerics import jax, jnp
from nudipole.statistics.bins import WALLS, Statistic
from nudipole.statistics.fit import one_at_a_time
from nudipole.statistics.likelihood import Model
from nudipole.statistics.minimise import Minimum, newton_batch
from nudipole.statistics.toys.data_sets import Toys

Numbers = np.ndarray[Any, np.dtype[Any]]

#: Fits of a compiled call, one shape for all.
_ROWS = 256
_MAX_ITERATIONS = 400


def damped(
    model: Model, toys: Toys, starts: Numbers, lower: Numbers, upper: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """Deepest minima of chi2 found from the starts.

    Parameters
    ----------
    model : Model
        Without names.
    toys : Toys
    starts : (n, s, 1 + p)
    lower, upper : (1 + p,)
        Equal where a parameter is held.

    Returns
    -------
    chi2 : (n,)
    x : (n, 1 + p)
    good : (n,) bool
        Whether the deepest of the minima converged.
    """
    n, s, q = starts.shape
    which = np.repeat(np.arange(n), s)
    rows = np.clip(starts.reshape(-1, q), lower, upper)
    parts = []
    for begin in range(0, len(rows), _ROWS):
        mine = np.arange(begin, begin + _ROWS) % len(rows)
        some = toys.taken(which[mine])
        statistic = jax.tree.map(jnp.asarray, some.statistic)
        x0, low, high, data, measured = map(jnp.asarray, (rows[mine], lower, upper, some.observed, some.auxiliary))
        ready: Any = jax.block_until_ready
        with one_at_a_time:
            found = ready(_minima(model, x0, low, high, data, measured, statistic))
        parts.append([np.asarray(part)[: len(rows) - begin] for part in found])
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    x, chi2, converged = (column.reshape(n, s, *column.shape[1:]) for column in columns)
    chi2 = np.where(np.isnan(chi2), np.inf, chi2)
    best = np.argmin(np.where(converged, chi2, chi2 + 1e-9), axis=1)
    each = np.arange(n)
    return chi2[each, best], x[each, best], converged[each, best] & np.isfinite(chi2[each, best])


@compiled
def _minima(
    model: Model,
    x0: Float[Array, "n q"],
    lower: Float[Array, " q"],
    upper: Float[Array, " q"],
    observed: Float[Array, "n b"],
    auxiliary: Float[Array, "n p"],
    statistic: Statistic,
) -> tuple[Float[Array, "n q"], Float[Array, " n"], Float[Array, " n"]]:
    constrained = np.array(model.constrained, bool)

    def chi2(x: Array, wall: Array, own: tuple[Array, Statistic, Array]) -> Array:
        data, statistic, measured = own
        penalty = jnp.sum(jnp.where(constrained, (x[1:] - measured) ** 2, 0.0))
        return statistic.deviance(data, model.expected(x[0], x[1:]), wall) + penalty

    own = (observed, statistic, auxiliary)
    minimum: Minimum = newton_batch(
        chi2,
        x0,
        jnp.broadcast_to(lower, x0.shape),
        jnp.broadcast_to(upper, x0.shape),
        stages=jnp.asarray(WALLS),
        data=own,
        max_iterations=_MAX_ITERATIONS,
    )
    possible = jax.vmap(lambda x, data, statistic: jnp.all(statistic.possible(data, model.expected(x[0], x[1:]))))(
        minimum.x, own[0], statistic
    )
    return minimum.x, jnp.where(possible, minimum.value, jnp.inf), minimum.converged
