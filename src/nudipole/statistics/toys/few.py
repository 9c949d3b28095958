"""Newton's directions for few parameters: gradient and Hessian entry by entry, an unrolled Cholesky decomposition."""

from __future__ import annotations

from jaxtyping import Array, Float

from nudipole.numerics import jnp
from nudipole.statistics.toys.place import Place
from nudipole.statistics.toys.split import Split, triangle

#: Parameters up to which it is the faster way. Operations, and so the time to compile them, grow with the cube.
MOST = 8


def direction(split: Split, at: Place) -> tuple[Float[Array, "q n"], Float[Array, " n"]]:
    """H^-1 g, with the parameters held that a bound keeps; and Newton's decrement, g H^-1 g."""
    x, size = at.x, len(at.x)
    gradient, hessian = _equations(split, at)
    out = [
        ((x[k] <= at.lower[k]) & (gradient[k] >= 0)) | ((x[k] >= at.upper[k]) & (gradient[k] <= 0)) for k in range(size)
    ]
    move = _solved(gradient, hessian, out)
    decrement = sum((g * m for g, m in zip(gradient, move, strict=True)), jnp.zeros(x.shape[1]))
    return jnp.stack(move), decrement


def _equations(split: Split, at: Place) -> tuple[list[Array], dict[tuple[int, int], Array]]:
    """Gradient and Hessian; all of it where `close`, else of Gauss and Newton."""
    g, w, size = at.slope, at.weight, len(at.x)
    gradient: list[Array] = [jnp.zeros(())] * size
    hessian = {}
    along, curvature = split.columns @ g, split.pairs @ w
    for i, k in enumerate(split.additive):
        gradient[k] = along[i]
    for (i, j), entry in zip(triangle(len(split.additive)), curvature, strict=True):
        hessian[split.additive[i], split.additive[j]] = entry
    for i, k in enumerate(split.curved):
        weighted = at.jacobian[i] * w
        gradient[k] = jnp.sum(at.jacobian[i] * g, axis=0)
        for j in range(i, len(split.curved)):
            hessian[k, split.curved[j]] = jnp.sum(weighted * at.jacobian[j], axis=0)
        for j, entry in zip(split.additive, split.columns @ weighted, strict=True):
            hessian[min(k, j), max(k, j)] = entry
    bend = split.bend(at.x, g) if split.curved else jnp.zeros((0, 0, at.x.shape[1]))
    for i, k in enumerate(split.curved):
        for j in range(i, len(split.curved)):
            # Beside the vertex of a parabola in the parameter of interest its slope says nothing of the curvature.
            far = jnp.maximum(bend[0, 0], 0.0) if k == split.curved[j] == 0 and not split.held else 0.0
            hessian[k, split.curved[j]] = hessian[k, split.curved[j]] + jnp.where(at.close, bend[i, j], far)
    for k in range(size):
        gradient[k] = gradient[k] + at.pull[k]
        hessian[k, k] = hessian[k, k] + at.tight[k]
    return gradient, hessian


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
