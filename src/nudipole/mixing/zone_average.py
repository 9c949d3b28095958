r"""Averages over the zones of a source, of what depends on the product of energy and density alone.

.. math:: \bar f(E) = \sum_z w_z\,f(\ln E + \ln n_z)

A smooth function f is evaluated once on a uniform grid of its logarithm. On a grid of ln E with the same step all
energies have the same place between two nodes of f for each zone, so that the average on that grid is a few products of
shifted rows; then it is interpolated in ln E. Both interpolations are Lagrange's on six nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from nudipole.kept import compiled
from nudipole.numerics import AnyArray, jax, jnp

Numbers = np.ndarray[Any, np.dtype[Any]]

#: Step of the grids. A function with a pole at a distance r in the complex plane is off by about 4 (h / r)^6.
STEP = 0.03
#: Lengths of grids are multiples of this, so that few shapes are compiled.
_ROUND = 64
_NODES = 6


@compiled
def _averaged(
    function: Callable[..., AnyArray],
    arguments: Any,
    E: AnyArray,
    n: AnyArray,
    shares: AnyArray,
    first: AnyArray,
    lowest: AnyArray,
    *,
    rows: int,
    shifts: int,
) -> AnyArray:
    margin = _NODES // 2 - 1
    grid = jnp.exp(first + lowest + STEP * (jnp.arange(rows + shifts + 2 * _NODES) - 2 * margin))
    table = jnp.moveaxis(function(arguments, grid), -1, 0)

    def of_zone(n: AnyArray) -> AnyArray:
        shift, weights = _place(jnp.log(n) - lowest)
        row = jax.lax.dynamic_slice(table, (0, shift), (len(table), rows + 2 * _NODES - 1))
        around = jnp.stack([row[:, j : j + rows + _NODES] for j in range(_NODES)])
        return jnp.tensordot(weights, around, axes=1)

    zones = jax.lax.map(of_zone, n)
    averages = jnp.einsum("...z,zkm->...km", shares, zones)
    index, weights = _place(jnp.log(E) - first)
    around = index[..., None] + jnp.arange(_NODES)
    nodes = jnp.take_along_axis(averages, around.reshape(*around.shape[:-2], 1, -1), axis=-1)
    values = nodes.reshape(*nodes.shape[:-1], *around.shape[-2:])
    return jnp.einsum("...knj,j...n->...nk", values, weights)


def _place(distance: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Node below, and the weights (6, ...) of the six nodes around it, of which it is the third."""
    index = jnp.floor(distance / STEP).astype(int)
    t = distance / STEP - index + (_NODES // 2 - 1)
    weights = []
    for j in range(_NODES):
        others = [m for m in range(_NODES) if m != j]
        scale = float(np.prod([j - m for m in others]))
        product = jnp.ones_like(t)
        for m in others:
            product = product * (t - m)
        weights.append(product / scale)
    return index, jnp.stack(weights)


def averaged(
    function: Callable[..., AnyArray],
    arguments: Any,
    E: Float[Numbers, "*s n"],
    n: Float[Numbers, " z"],
    shares: Float[Numbers, "*s z"],
    least: float,
) -> Float[AnyArray, "*s n k"]:
    """Averages over zones.

    Parameters
    ----------
    function : callable (arguments, x (m,)) -> (m, k)
        Smooth in ln x; the same object each time, as it is compiled.
    arguments : pytree
    E : Float[Array, "*s n"]
    n : Float[Array, "z"]
    shares : Float[Array, "*s z"]
        Weights of the zones.
    least : float
        Product of E and n below which the function does not change any more.

    Returns
    -------
    Float[Array, "*s n k"]

    Examples
    --------
    >>> def root(power, x):
    ...     return x[:, None] ** power
    >>> found = averaged(root, 0.5, np.array([4.0]), np.array([1.0, 9.0]), np.array([0.5, 0.5]), 1e-3)
    >>> print(f"{found[0, 0]:.7f}")
    4.0000000
    """
    top, dense = float(E.max()), float(n.max())
    E, n = np.maximum(E, min(least / dense, top)), np.maximum(n, min(least / top, dense))
    first, lowest = float(np.log(E.min())), float(np.log(n.min()))
    rows, shifts = (
        _ROUND * -(-(int((np.log(high) - low) / STEP) + 2) // _ROUND) for high, low in ((top, first), (dense, lowest))
    )
    found: AnyArray = _averaged(
        function,
        arguments,
        *map(np.asarray, (E, n, shares, first, lowest)),
        rows=rows,
        shifts=shifts,
    )
    return found
