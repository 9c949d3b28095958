"""Newton steps of all data sets together: gradient and Hessian entry by entry, an unrolled Cholesky decomposition."""

from __future__ import annotations

import equinox as eqx
from jaxtyping import Array, Bool, Float, Int

from nudipole.numerics import jax, jnp
from nudipole.statistics.bins import Statistic
from nudipole.statistics.toys.split import Split, triangle

#: Newton's decrement, squared, below which a result counts.
_CONVERGED = 1e-7
#: Below this decrement steps have their full length.
_NEAR = 0.3
#: Below this squared decrement the second derivatives of the expectation count: the minimum is near enough that the
#: curvature is positive with them. Without them steps shrink by a constant factor only.
_CURVED = 1.0


@eqx.filter_jit
def newton(
    split: Split,
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
        for (i, j), entry in zip(triangle(len(split.additive)), curvature, strict=True):
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
