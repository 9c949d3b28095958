"""Newton's directions for many parameters: matrices of all data sets, one library factorisation each."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Bool, Float

from nudipole.numerics import jax, jnp
from nudipole.statistics.toys.place import Place
from nudipole.statistics.toys.split import Split, triangle

#: Added to a Hessian of unit diagonal: data that say nothing about a parameter leave a pivot of rounding errors.
_RIDGE = 1e-13
#: The corner of the matrix with the gradient: larger than any decrement.
_CORNER = 1e200


def direction(split: Split, at: Place) -> tuple[Float[Array, "q n"], Float[Array, " n"]]:
    """H^-1 g, with the parameters held that a bound keeps; and Newton's decrement, g H^-1 g."""
    # Additive parameters first, then the curved ones.
    order = np.array(split.additive + split.curved, int)
    x, lower, upper = at.x[order], at.lower[order][:, None], at.upper[order][:, None]
    slopes = [split.columns @ at.slope] if split.additive else []
    if split.curved:
        slopes.append(jnp.sum(at.jacobian * at.slope, axis=1))
    gradient = jnp.concatenate(slopes) + at.pull[order]
    out = ((x <= lower) & (gradient >= 0)) | ((x >= upper) & (gradient <= 0))
    gradient = jnp.where(out, 0.0, gradient)

    hessian = _lower(split, at)
    tight = jnp.broadcast_to(at.tight[order], x.shape)
    diagonal = jnp.diagonal(hessian, axis1=1, axis2=2).T + tight
    scale = jnp.where(out | ~(diagonal > 0), 0.0, 1 / jnp.sqrt(jnp.where(diagonal > 0, diagonal, 1.0)))
    # Below the diagonal what is scaled, on it one; the gradient as a further row, which the factorisation solves for.
    scaled = hessian * scale.T[:, :, None] * scale.T[:, None, :]
    scaled = jnp.where(np.eye(len(x), dtype=bool), 1 + _RIDGE, scaled)
    bordered = jnp.concatenate([scaled, (gradient * scale).T[:, None, :]], axis=1)
    bordered = jnp.concatenate([bordered, jnp.full((*bordered.shape[:2], 1), _CORNER)], axis=2)
    # Where a Hessian is not positive the factor is NaN: the next step of those is one of Gauss and Newton.
    move, decrement = jax.lax.map(_solved, (bordered, at.active))
    return (move.T * scale)[np.argsort(order)], decrement


def _solved(problem: tuple[Float[Array, "q1 q1"], Bool[Array, ""]]) -> tuple[Float[Array, " q"], Float[Array, ""]]:
    """The direction and its decrement, of one data set.

    Batched routines of jaxlib wait for threads of the very pool that they run in: two at once, on two processors, wait
    for ever. One after the other costs the same.
    """
    matrix, active = problem

    def solved() -> tuple[Array, Array]:
        factor = jax.lax.linalg.cholesky(matrix, symmetrize_input=False)
        half = factor[-1, :-1]
        move = jax.lax.linalg.triangular_solve(
            factor[:-1, :-1], half[:, None], left_side=True, lower=True, transpose_a=True
        )
        return move[:, 0], jnp.sum(half**2)

    nothing = jnp.zeros(len(matrix) - 1), jnp.zeros(())
    found: tuple[Array, Array] = jax.lax.cond(active, solved, lambda: nothing)
    return found


def _lower(split: Split, at: Place) -> Float[Array, "n q q"]:
    """Hessian of the deviance, right on the diagonal and below it; all of it where `close`, else of Gauss-Newton."""
    n, a, c = at.x.shape[1], len(split.additive), len(split.curved)
    where = np.zeros((a, a), int)
    for place, (i, j) in enumerate(triangle(a)):
        where[i, j] = where[j, i] = place
    upper = (at.weight.T @ split.pairs[where.ravel()].T).reshape(n, a, a)
    if not c:
        return upper
    weighted = at.jacobian * at.weight
    both = jnp.einsum("ibn,jbn->nij", weighted, at.jacobian)
    bend = jnp.moveaxis(split.bend(at.x, at.slope), -1, 0)
    far = np.zeros((c, c), bool)
    # Beside the vertex of a parabola in the parameter of interest its slope says nothing of the curvature.
    far[0, 0] = split.curved[0] == 0 and not split.held
    both = both + jnp.where(at.close[:, None, None], bend, jnp.where(far, jnp.maximum(bend, 0.0), 0.0))
    if not a:
        return both
    mixed = jnp.einsum("ibn,ab->nia", weighted, split.columns)
    rows = jnp.concatenate([upper, jnp.zeros((n, a, c))], axis=2)
    return jnp.concatenate([rows, jnp.concatenate([mixed, both], axis=2)], axis=1)
