"""A bounded Newton minimiser in JAX for many starts, or many problems, at once; it runs under `jit`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from jaxtyping import Array, Bool, Float, Int

from nudipole.numerics import jax, jnp

# Predicted decrease at which iteration stops, and at which the result counts as converged. Newton steps
# converge quadratically: the last one usually lands many orders below the first number. The third number ends
# a stage that only prepares the next.
_STOP = 1e-16
_ROUNDING = 1e-14
_CONVERGED = 1e-10
# Who predicts less than this and is refused stands on the rounding of the value, a sum over all bins.
_REFUSED = 1e-12
_STAGE = 1e-7
_FLAT = 1e-10
# Pivots of a Hessian of unit diagonal that is positive beyond doubt.
_POSITIVE = 1e-7
# Parameters up to which Hessians of all problems are factored together; operations grow with the cube.
_FEW = 8
_DAMPING_START = 1e-3
# Beside a kink the curvature may be twenty orders below that on the other side.
_DAMPING_MAX = 1e24


class Minimum(NamedTuple):
    """Where a minimisation ended.

    Attributes
    ----------
    x : Float[Array, "p"]
    value : Float[Array, ""]
    gradient : Float[Array, ""]
        Norm of the projected gradient in units of the curvature: the square root of twice the decrease of
        `value` that a Newton step still predicts.
    hessian : Float[Array, "p p"]
    converged : Bool[Array, ""]
    iterations : Int[Array, ""]
    """

    x: Float[Array, " p"]
    value: Float[Array, ""]
    gradient: Float[Array, ""]
    hessian: Float[Array, "p p"]
    converged: Bool[Array, ""]
    iterations: Int[Array, ""]


class _State(NamedTuple):
    x: Float[Array, " p"]
    value: Float[Array, ""]
    gradient: Float[Array, " p"]
    hessian: Float[Array, "p p"]
    trial: Float[Array, " p"]
    damping: Float[Array, ""]
    decrease: Float[Array, ""]
    stage: Int[Array, ""]
    iterations: Int[Array, ""]


def newton(
    fun: Callable[..., Float[Array, ""]],
    x0: Float[Array, " p"],
    lower: Float[Array, " p"],
    upper: Float[Array, " p"],
    *,
    stages: Float[Array, " s"] | None = None,
    max_iterations: int = 200,
) -> Minimum:
    """One minimisation; see `newton_batch`."""
    many = newton_batch(fun, x0[None], lower[None], upper[None], stages=stages, max_iterations=max_iterations)
    return Minimum(*(column[0] for column in many))


def newton_batch(
    fun: Callable[..., Float[Array, ""]],
    x0: Float[Array, "n p"],
    lower: Float[Array, "n p"],
    upper: Float[Array, "n p"],
    *,
    stages: Float[Array, " s"] | None = None,
    data: Any = None,
    max_iterations: int | Int[Array, ""] = 200,
    first_stage: int | Int[Array, ""] = 0,
    beyond: float | Float[Array, ""] = jnp.inf,
) -> Minimum:
    r"""Minimise a smooth function in boxes by damped Newton steps with an active set.

    .. math:: \delta x_F = -\big(|H_{FF}| + \lambda\,\mathrm{diag}|H_{FF}|\big)^{-1} g_F

    on the parameters F that are not held at a bound, then clipped to the box. :math:`|H|` has the absolute
    eigenvalues of the scaled Hessian, so that a step goes downhill also where the function is not convex. The
    damping :math:`\lambda` is zero while the function decreases and grows tenfold after a rejected step.

    A parameter with ``lower == upper`` is fixed: one compiled kernel serves profiles and global fits.

    Parameters
    ----------
    fun : callable (p,) -> scalar
        Twice differentiable almost everywhere. With `stages` it takes a second argument.
    x0, lower, upper : Float[Array, "n p"]
        Starts (clipped to the box) and boxes; bounds may be infinite.
    stages : Float[Array, "s"], optional
        Values of the second argument of `fun`, from an easy problem to the one to solve; each stage starts
        where the one before ended.
    data : pytree, optional
        What differs between the problems, with a leading axis n in every leaf; the last argument of `fun`.
    max_iterations : int
        Over all stages.
    first_stage : int
        Where to begin; stages before are left out.
    beyond : float
        A problem ends where its minimum lies above this value by ten times what a step is expected to gain.

    Returns
    -------
    Minimum
        Every field with a leading axis n.

    References
    ----------
    Levenberg, Quart. Appl. Math. 2 (1944) 164; Bertsekas, SIAM J. Control Optim. 20 (1982) 221
    """

    last_stage = 0 if stages is None else stages.size - 1
    size = x0.shape[-1]

    def derivatives(x: Array, stage: Array, own: tuple[Any, ...]) -> tuple[Array, Array, Array]:
        # Forward over reverse by hand: value, gradient and Hessian from one sweep, compiled once.
        more = own if stages is None else (stages[stage], *own)
        gradient_and_value = jax.value_and_grad(lambda y: fun(y, *more))
        (value, gradient), (_, hessian) = jax.vmap(
            lambda tangent: jax.jvp(gradient_and_value, (x,), (tangent,)), out_axes=((None, None), (0, 0))
        )(jnp.eye(size))
        return value, gradient, hessian

    def scaled(x: Array, gradient: Array, hessian: Array, lower: Array, upper: Array) -> tuple[Array, Array, Array]:
        """Gradient and Hessian of unit diagonal, what is held at zero and one, and the scale."""
        held = ((x <= lower) & (gradient >= 0)) | ((x >= upper) & (gradient <= 0)) | (lower >= upper)
        diagonal = jnp.abs(jnp.diagonal(hessian))
        scale = jnp.where(held | (diagonal == 0), 1.0, jnp.sqrt(diagonal))
        both = held[:, None] | held[None, :]
        matrix = jnp.where(both, jnp.eye(size), hessian / (scale[:, None] * scale[None, :]))
        return jnp.where(held, 0.0, gradient / scale), matrix, scale

    def step(state: _State, active: Array) -> tuple[Array, Array]:
        g, matrix, scale = jax.vmap(scaled)(state.x, state.gradient, state.hessian, lower, upper)
        move, decrease = _solved(matrix, g, state.damping, active)
        return jnp.clip(state.x + jnp.where(g == 0, 0.0, move / scale), lower, upper), decrease

    def judged(state: _State, own: tuple[Any, ...]) -> _State:
        value, gradient, hessian = derivatives(state.trial, state.stage, own)
        sound = jnp.isfinite(value) & jnp.all(jnp.isfinite(gradient)) & jnp.all(jnp.isfinite(hessian))
        noise = 1e-15 * jnp.where(jnp.isfinite(state.value), jnp.abs(state.value), 0.0)
        accept = sound & (value <= state.value + noise)
        x = jnp.where(accept, state.trial, state.x)
        value = jnp.where(accept, value, state.value)
        gradient = jnp.where(accept, gradient, state.gradient)
        hessian = jnp.where(accept, hessian, state.hessian)
        relaxed = jnp.where(state.damping > _DAMPING_START, state.damping / 10, 0.0)
        stiffer = jnp.maximum(10 * state.damping, _DAMPING_START)
        stiffer = jnp.where(sound & (state.decrease < _REFUSED), 10 * _DAMPING_MAX, stiffer)
        damping = jnp.where(accept, relaxed, stiffer)
        return state._replace(x=x, value=value, gradient=gradient, hessian=hessian, damping=damping)

    def onwards(state: _State, trial: Array, decrease: Array) -> _State:
        x, value, gradient, hessian, damping = state.x, state.value, state.gradient, state.hessian, state.damping
        decrease = jnp.where(jnp.isfinite(value), decrease, jnp.inf)
        # The next stage begins with an evaluation at the same point, accepted because the value is forgotten.
        ahead = (state.stage < last_stage) & ((decrease < _STAGE) | (damping > _DAMPING_MAX))
        return _State(
            x,
            jnp.where(ahead, jnp.inf, value),
            gradient,
            hessian,
            jnp.where(ahead, x, trial),
            jnp.where(ahead, 0.0, damping),
            jnp.where(ahead, jnp.inf, decrease),
            state.stage + ahead,
            state.iterations + 1,
        )

    def going(state: _State) -> Bool[Array, " n"]:
        # A decrease below the rounding of the value cannot be seen: steps would be refused at random, for ever.
        size_of_value = jnp.where(jnp.isfinite(state.value), jnp.abs(state.value), 0.0)
        worth = state.decrease > jnp.maximum(_STOP, _ROUNDING * size_of_value)
        far = (state.stage == last_stage) & (state.value > beyond + 10 * state.decrease)
        some: Bool[Array, " n"] = worth & ~far & (state.damping < _DAMPING_MAX) & (state.iterations < max_iterations)
        return some

    def body(state: _State) -> _State:
        # The batch lives inside the loop: vmap of a loop would be traced several times over.
        active = going(state)
        ahead = jax.vmap(judged)(state, () if data is None else (data,))
        ahead = jax.vmap(onwards)(ahead, *step(ahead, active))
        kept = [
            jnp.where(active.reshape(-1, *[1] * (old.ndim - 1)), new, old)
            for old, new in zip(state, ahead, strict=True)
        ]
        return _State(*kept)

    start = jnp.clip(x0, lower, upper)
    n = len(start)
    zero, infinity, none = jnp.zeros(n), jnp.full(n, jnp.inf), jnp.zeros(n, int)
    hessian = jnp.broadcast_to(jnp.eye(size), (n, size, size))
    begun = none + first_stage
    first = _State(start, infinity, jnp.zeros_like(start), hessian, start, zero, infinity, begun, none)
    last = jax.lax.while_loop(lambda state: jnp.any(going(state)), body, first)
    return Minimum(
        last.x,
        last.value,
        jnp.sqrt(2 * last.decrease),
        last.hessian,
        last.decrease < _CONVERGED,
        last.iterations,
    )


def _solved(
    matrix: Float[Array, "n p p"], g: Float[Array, "n p"], damping: Float[Array, " n"], active: Bool[Array, " n"]
) -> tuple[Float[Array, "n p"], Float[Array, " n"]]:
    """Damped steps, and the decreases that full ones predict, for Hessians of unit diagonal."""
    move, decrease, left = jnp.zeros_like(g), jnp.zeros_like(damping), active
    if g.shape[-1] <= _FEW:
        move, decrease, positive = _together(matrix, g, damping)
        left = active & ~positive

    def one(problem: tuple[Array, Array, Array, Array, Array, Array]) -> tuple[Array, Array]:
        matrix, g, damping, left, *known = problem
        found: tuple[Array, Array] = jax.lax.cond(left, lambda: _step(matrix, g, damping), lambda: tuple(known))
        return found

    def each() -> tuple[Array, Array]:
        # One after the other: the batched routines of jaxlib wait for threads of the very pool that they run in, and
        # two calls at once, on two processors, wait for ever.
        found: tuple[Array, Array] = jax.lax.map(one, (matrix, g, damping, left, move, decrease))
        return found

    found: tuple[Array, Array] = jax.lax.cond(jnp.any(left), each, lambda: (move, decrease))
    return found


def _together(
    matrix: Float[Array, "n p p"], g: Float[Array, "n p"], damping: Float[Array, " n"]
) -> tuple[Float[Array, "n p"], Float[Array, " n"], Bool[Array, " n"]]:
    """Steps and decreases by unrolled factorisations, and which matrices are positive, of which alone they are right.

    Each entry is one operation on a vector as long as there are problems: a call of the library for each of so small
    matrices costs many times more.
    """
    rows, sides = jnp.moveaxis(matrix, 0, -1), list(g.T)
    factor, half = _factored(rows, sides, jnp.zeros_like(damping))
    positive = jnp.stack([factor[k, k] for k in range(len(sides))]).min(axis=0) ** 2 > _POSITIVE

    def shorter() -> Array:
        return _backwards(*_factored(rows, sides, damping))

    move: Array = jax.lax.cond(jnp.any(damping > 0), shorter, lambda: _backwards(factor, half))
    return -move.T, sum((part**2 for part in half), jnp.zeros_like(damping)) / 2, positive


def _factored(
    rows: Float[Array, "p p n"], sides: list[Array], damping: Float[Array, " n"]
) -> tuple[dict[tuple[int, int], Array], list[Array]]:
    """Lower triangle L of LL^T = H + damping, and L^-1 g."""
    factor: dict[tuple[int, int], Array] = {}
    half: list[Array] = []
    none = jnp.zeros_like(damping)
    for i, side in enumerate(sides):
        pivot = rows[i, i] + damping - sum((factor[i, k] ** 2 for k in range(i)), none)
        factor[i, i] = jnp.sqrt(jnp.maximum(pivot, 1e-290))
        for j in range(i + 1, len(sides)):
            entry = rows[j, i] - sum((factor[i, k] * factor[j, k] for k in range(i)), none)
            factor[j, i] = entry / factor[i, i]
        half.append((side - sum((factor[i, k] * half[k] for k in range(i)), none)) / factor[i, i])
    return factor, half


def _backwards(factor: dict[tuple[int, int], Array], half: list[Array]) -> Float[Array, "p n"]:
    """L^-T of what is given."""
    move: list[Array] = [jnp.zeros_like(half[0])] * len(half)
    for i in reversed(range(len(half))):
        rest = sum((factor[j, i] * move[j] for j in range(i + 1, len(half))), jnp.zeros_like(half[0]))
        move[i] = (half[i] - rest) / factor[i, i]
    return jnp.stack(move)


def _step(matrix: Float[Array, "p p"], g: Float[Array, " p"], damping: Float[Array, ""]) -> tuple[Array, Array]:
    factor = jax.lax.linalg.cholesky(matrix, symmetrize_input=False)

    def by_factors() -> tuple[Array, Array]:
        half = _triangular(factor, g, transpose=False)

        def shorter() -> Array:
            damped = jax.lax.linalg.cholesky(matrix + damping * jnp.eye(len(g)), symmetrize_input=False)
            return _triangular(damped, _triangular(damped, g, transpose=False), transpose=True)

        move: Array = jax.lax.cond(damping > 0, shorter, lambda: _triangular(factor, half, transpose=True))
        return -move, jnp.sum(half**2) / 2

    def by_axes() -> tuple[Array, Array]:
        curvature, axes = jnp.linalg.eigh(matrix)
        curvature = jnp.maximum(jnp.abs(curvature), _FLAT)
        along = axes.T @ g
        return -(axes @ (along / (curvature + damping))), jnp.sum(along**2 / curvature) / 2

    # Eigenvectors cost twenty times a factorisation, and give the same where the matrix is positive.
    positive = jnp.all(jnp.diagonal(factor) ** 2 > _POSITIVE)
    found: tuple[Array, Array] = jax.lax.cond(positive, by_factors, by_axes)
    return found


def _triangular(factor: Float[Array, "p p"], right: Float[Array, " p"], *, transpose: bool) -> Float[Array, " p"]:
    column: Array = jax.lax.linalg.triangular_solve(
        factor, right[:, None], left_side=True, lower=True, transpose_a=transpose
    )
    return column[:, 0]
