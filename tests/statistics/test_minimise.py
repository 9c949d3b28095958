"""The Newton minimiser on functions with known minima."""

from __future__ import annotations

import numpy as np
import pytest

from nudipole.numerics import jax, jnp
from nudipole.statistics.minimise import _solved, newton, newton_batch

FREE = np.array([np.inf, np.inf])


def rosenbrock(x):
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


def test_rosenbrock_from_many_starts_at_once():
    starts = jnp.asarray(np.random.default_rng(3).uniform(-3, 3, (50, 2)))
    minima = jax.jit(jax.vmap(lambda x: newton(rosenbrock, x, -FREE, FREE)))(starts)
    assert np.all(minima.converged)
    assert np.allclose(minima.x, 1, atol=1e-7)
    assert np.max(np.asarray(minima.value)) < 1e-14


def test_minimum_on_the_edge_of_the_box():
    minimum = newton(rosenbrock, np.array([-1.0, 2.0]), -FREE, np.array([0.5, np.inf]))
    assert bool(minimum.converged)
    assert np.allclose(minimum.x, [0.5, 0.25], atol=1e-9)


def test_equal_bounds_fix_a_parameter():
    fixed = np.array([-1.5, -np.inf]), np.array([-1.5, np.inf])
    minimum = newton(rosenbrock, np.array([0.0, 0.0]), *fixed)
    assert np.allclose(minimum.x, [-1.5, 2.25], atol=1e-9)


def test_not_convex_functions_go_downhill():
    def wells(x):
        return jnp.sum((x**2 - 1) ** 2) + 0.1 * x[0]

    minimum = newton(wells, np.array([0.02, -0.01]), -FREE, FREE)
    assert bool(minimum.converged)
    assert np.allclose(np.abs(minimum.x), 1, atol=0.03)


def test_scale_of_a_parameter_does_not_matter():
    def scaled(unit):
        return newton(lambda x: rosenbrock(x / unit), unit * jnp.array([-1.0, 2.0]), -FREE, FREE)

    units = jnp.array([1e-20, 1.0, 1e20])
    minima = jax.jit(jax.vmap(scaled))(units)
    assert np.all(minima.converged)
    assert np.allclose(minima.x / units[:, None], 1, atol=1e-7)


def test_unbounded_function_is_flagged():
    minimum = newton(lambda x: -jnp.sum(x), np.zeros(2), -FREE, FREE, max_iterations=30)
    assert not bool(minimum.converged)


def test_not_a_number_is_flagged():
    minimum = newton(lambda x: jnp.sum(jnp.log(x)), -np.ones(2), -FREE, FREE, max_iterations=30)
    assert not bool(minimum.converged)


def test_problems_beyond_end_early():
    """A quartic far above the value given stops on its way; the others are as without it."""
    start, wide = np.array([[3.0], [3.0]]), np.full((2, 1), 1e3)

    def fun(x, offset):
        return offset + jnp.sum(x**4)

    offsets = jnp.array([0.0, 1e4])
    every = newton_batch(fun, start, -wide, wide, data=offsets)
    some = newton_batch(fun, start, -wide, wide, data=offsets, beyond=100.0)
    assert some.value[0] == every.value[0]
    assert some.iterations[1] < every.iterations[1]
    assert some.value[1] >= 1e4 > 100


@pytest.mark.parametrize("size", [1, 2, 5, 8, 9])
def test_steps_of_many_problems_are_those_of_numpy(size):
    """Positive, indefinite and damped Hessians together; factored all at once, large ones by the library."""
    random = np.random.default_rng(size)
    n = 40
    some = random.normal(size=(n, size, size + 2))
    matrix = some @ some.transpose(0, 2, 1)
    # A third are not positive, where there is more than one parameter.
    matrix[::3] -= 2.5 * np.eye(size) * np.linalg.eigvalsh(matrix[::3])[:, :1, None] * (size > 1)
    scale = np.sqrt(np.abs(np.diagonal(matrix, axis1=1, axis2=2)))
    matrix /= scale[:, :, None] * scale[:, None, :]
    g = random.normal(size=(n, size))
    damping = np.where(np.arange(n) % 2, 0.0, 10.0 ** random.integers(-3, 6, n))
    move, decrease = jax.jit(_solved)(matrix, g, damping, np.ones(n, bool))
    curvature, axes = np.linalg.eigh(matrix)
    along = np.einsum("nij,ni->nj", axes, g)
    right = -np.einsum("nij,nj->ni", axes, along / (np.abs(curvature) + damping[:, None]))
    # A solution is as exact as the matrix is well conditioned.
    error = 1e-14 * size * np.abs(curvature).max(axis=1) / np.abs(curvature).min(axis=1)
    assert np.all(np.linalg.norm(move - right, axis=1) <= error * np.linalg.norm(right, axis=1))
    assert np.all(np.abs(decrease - np.sum(along**2 / np.abs(curvature), axis=1) / 2) <= error * decrease)
    assert (curvature.min(axis=1) < 0).sum() == (n + 2) // 3 * (size > 1)


def test_problems_that_are_done_are_not_solved_again():
    matrix, g = np.array([[[1.0, 2.0], [2.0, 1.0]]]), np.ones((1, 2))
    found = [jax.jit(_solved)(matrix, g, np.zeros(1), np.array([active]))[1][0] for active in (True, False)]
    assert found[0] == pytest.approx(1 / 3)
    # Whatever stands there, no eigenvectors were looked for.
    assert found[1] != found[0]
