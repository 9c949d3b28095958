"""Cumulative moments against closed forms and quadrature, and the packing of Hermitian matrices."""

import numpy as np
import pytest
from scipy.integrate import quad

from nudipole.numerics import jax, jnp
from nudipole.sources.moments import continuum_above, cumulative, moments_above, pack, trace_form, unpack

NO_LINE = jnp.ones(1), jnp.zeros((1, 9))
ELASTIC = [lambda E: 1.0, lambda E: 1 / E, lambda E: 1 / E**2]
LOGARITHMIC = [lambda E: 1.0, np.log]


def hermitian(rng, *shape):
    X = rng.normal(size=(*shape, 3, 3)) + 1j * rng.normal(size=(*shape, 3, 3))
    return X + X.conj().swapaxes(-1, -2)


@pytest.mark.parametrize("order", [0, 1])
def test_moments_of_polynomials(order):
    """int E^(order - p) dE in closed form, for a spectrum that the nodes represent exactly, and at its ends."""
    E = jnp.array([0.1, 0.15, 0.5, 0.9, 0.9])
    f = jnp.outer(E**order, jnp.arange(1.0, 10.0))
    least = np.array([1e-4, 0.1, 0.13, 0.5, 0.8999999, 0.9, 2.0])
    found = np.asarray(jax.jit(moments_above)(E, f, *NO_LINE, jnp.asarray(least)))
    low = np.clip(least, 0.1, 0.9)
    for p in range(3):
        n = order - p + 1
        exact = np.log(0.9 / low) if n == 0 else (0.9**n - low**n) / n
        np.testing.assert_allclose(found[:, p], np.outer(exact, np.arange(1.0, 10.0)), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("basis", "logarithmic"), [(ELASTIC, False), (LOGARITHMIC, True)], ids=["elastic", "log"])
def test_any_spectrum_with_a_step_and_a_line_against_quadrature(basis, logarithmic):
    """1e-11 of the moment of |b|: 1 MeV, where ln E changes its sign, lies within a piece and below some ends."""
    rng = np.random.default_rng(5)
    E = np.array([0.03, 0.2, 0.7, 0.7, 1.6, 4.0])
    f, line = rng.uniform(0.2, 3, size=(6, 9)), rng.uniform(0.2, 3, size=(2, 9))
    E_line = np.array([0.4, 2.5])
    least = np.array([0.001, 0.03, 0.1, 0.3, 0.7, 1.0, 1.7, 2.5, 3.9, 5.0])
    found = np.asarray(moments_above(*map(jnp.asarray, (E, f, E_line, line, least)), logarithmic=logarithmic))
    assert found.shape == (10, len(basis), 9)
    for t, low in enumerate(least):
        for p, b in enumerate(basis):
            expected = sum(b(e) * row for e, row in zip(E_line, line, strict=True) if e >= low) + np.zeros(9)
            size = np.zeros(9)
            for i in (0, 1, 3, 4):
                start = max(E[i], low)
                if start < E[i + 1]:
                    for x in range(9):

                        def integrand(e, i=i, x=x, b=b):
                            return b(e) * np.interp(e, E[i : i + 2], f[i : i + 2, x])

                        piece = quad(integrand, start, E[i + 1], epsabs=0, epsrel=1e-13)[0]
                        expected[x] += piece
                        size[x] += abs(piece)
            assert np.all(np.abs(found[t, p] - expected) <= 1e-11 * (size + np.abs(expected))), (low, p)


def test_logarithms_where_a_spectrum_begins_at_zero():
    """int_0^1 E ln E = -1/4 and int_0^1 ln E = -1: E ln E vanishes at the node that stands for zero, 1 meV."""
    E = jnp.array([0.0, 0.5, 1.0])
    for f, expected in ((E, -0.25), (jnp.ones(3), -1.0)):
        found = moments_above(E, f[:, None] * jnp.ones(9), *NO_LINE, jnp.array([0.0]), logarithmic=True)
        np.testing.assert_allclose(found[0, 1], expected, rtol=3e-8)


def test_a_line_counts_up_to_and_including_its_threshold():
    E_line = jnp.array([0.25, 0.5])
    line = jnp.stack([jnp.ones(9), 3 * jnp.ones(9)])
    least = jnp.array([0.2, 0.25, np.nextafter(0.25, 1), 0.5, 0.6, np.inf])
    found = np.asarray(jax.jit(moments_above)(jnp.ones(2), jnp.zeros((2, 9)), E_line, line, least))[..., 0]
    expected = [[4, 10, 28], [4, 10, 28], [3, 6, 12], [3, 6, 12], [0, 0, 0], [0, 0, 0]]
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.parametrize("logarithmic", [False, True])
def test_nothing_lies_above_infinity(logarithmic):
    """What a cut on the angle asks for where every energy passes."""
    E, f = jnp.array([0.1, 0.4, 0.9]), jnp.ones((3, 9))
    found = moments_above(E, f, jnp.array([0.3]), jnp.ones((1, 9)), jnp.array([np.inf]), logarithmic=logarithmic)
    assert np.all(np.asarray(found) == 0)


@pytest.mark.parametrize("logarithmic", [False, True])
def test_sums_above_the_nodes_are_those_of_the_cells(logarithmic):
    """What `RecoilRate` keeps: at a node the piece that is left is the whole cell."""
    rng = np.random.default_rng(8)
    E, f = jnp.array([0.2, 0.5, 0.5, 2.0]), jnp.asarray(rng.uniform(size=(4, 9)))
    above = cumulative(E, f, logarithmic)
    assert np.all(np.asarray(above[-1]) == 0)
    for j in (0, 2):
        found = continuum_above(E, f, above, jnp.array([j]), E[j : j + 1], logarithmic)
        np.testing.assert_allclose(found[0], above[j], rtol=1e-13)
    np.testing.assert_array_equal(above[1], above[2])


def test_packing_of_hermitian_matrices():
    matrix = hermitian(np.random.default_rng(1), 5)
    np.testing.assert_allclose(unpack(pack(matrix)), matrix, rtol=1e-15)


def test_traces_of_packed_matrices():
    rng = np.random.default_rng(2)
    rho, operators = hermitian(rng, 4), hermitian(rng, 6)
    found = np.asarray(pack(rho)) @ np.asarray(trace_form(operators)).T
    expected = np.einsum("aij,cji->ac", rho, operators)
    assert np.abs(expected.imag).max() < 1e-14
    np.testing.assert_allclose(found, expected.real, rtol=1e-13, atol=1e-13)
