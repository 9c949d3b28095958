"""Newton steps of all data sets together, each with a length that it can be trusted for."""

from __future__ import annotations

from jaxtyping import Array, Bool, Float, Int

from nudipole.kept import compiled
from nudipole.numerics import AnyArray, jax, jnp
from nudipole.statistics.bins import Statistic
from nudipole.statistics.toys import few, many
from nudipole.statistics.toys.place import Place
from nudipole.statistics.toys.split import Split

#: Newton's decrement, squared, below which a result counts.
_CONVERGED = 1e-7
#: Below this decrement steps have their full length.
_NEAR = 0.3
#: Below this squared decrement the second derivatives of the expectation count: the minimum is near enough that the
#: curvature is positive with them. Without them steps shrink by a constant factor only.
_CURVED = 1.0


@compiled
def newton(
    split: Split,
    lower: Float[AnyArray, " q"],
    upper: Float[AnyArray, " q"],
    constrained: Bool[AnyArray, " q"],
    observed: Float[AnyArray, "b n"],
    statistic: Statistic,
    auxiliary: Float[AnyArray, "q n"],
    start: Float[AnyArray, "q n"],
    steps: Int[AnyArray, ""],
) -> tuple[Float[Array, "q n"], Float[Array, " n"], Bool[Array, " n"]]:
    """Minima of all data sets, with the data sets along the last axis throughout."""
    observed, auxiliary, start, lower, upper = map(jnp.asarray, (observed, auxiliary, start, lower, upper))
    size = len(start)
    tight = jnp.where(constrained, 2.0, 0.0)[:, None]
    # An exact Hessian squares what is left with each step; that of Gauss and Newton takes a factor off it, and so has
    # to go further before it stops.
    near = 1e-7 if not split.curved else 1e-10

    def slopes(data: Array, own: Statistic, expected: Array) -> tuple[Array, Array]:
        return own.slopes(data, expected)

    all_slopes = jax.vmap(slopes, in_axes=-1, out_axes=-1)
    stiffness = jax.vmap(lambda data, own: own.stiffness(data), in_axes=-1)(observed, statistic)

    direction = few.direction if size <= few.MOST else many.direction

    def step(x: Array, close: Array, active: Array) -> tuple[Array, Array]:
        expected, jacobian = split.expectation(x)
        g, w = all_slopes(observed, statistic, expected)
        at = Place(x, tight * (x - auxiliary), tight, jacobian, g, w, close, active, lower, upper)
        move, decrement = direction(split, at)
        # The decrement of chi2/2 is the length that self-concordance measures.
        length = stiffness * jnp.sqrt(jnp.maximum(decrement, 0.0) / 2)
        scale = jnp.where(length < _NEAR, 1.0, 1 / (1 + length))
        return move * scale, decrement

    def going(state: tuple[Array, Array, Array]) -> Array:
        _, decrement, count = state
        return jnp.any(~(decrement < near)) & (count < steps)

    def advance(state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        x, decrement, count = state
        # What is done stays: its last step was taken with a decrement below the limit.
        active = ~(decrement < near)
        move, new = step(x, decrement < _CURVED, active)
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
