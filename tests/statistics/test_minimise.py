"""The Newton minimiser on functions with known minima."""

from __future__ import annotations

import numpy as np

from nudipole.numerics import jax, jnp
from nudipole.statistics.minimise import newton, newton_batch

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
