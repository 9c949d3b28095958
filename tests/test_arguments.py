"""What callers hand in is checked by name; what JAX traces passes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nudipole import arguments
from nudipole.errors import NotANumber, OutOfRange, ShapeError
from nudipole.numerics import jax, jnp


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2.0), np.int64(2), np.array(2.0), jnp.asarray(2.0)])
def test_one_number_of_any_type(value):
    found = arguments.number("x", value)
    assert found == 2.0
    assert type(found) is float


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ("2e-11", NotANumber, "x = '2e-11' is no number: write one, without quotes and unit"),
        (None, NotANumber, "x = None is no number"),
        (True, NotANumber, "x = True is no number"),
        (np.bool_(True), NotANumber, "is no number"),
        (1 + 0j, NotANumber, "is complex: write a real number"),
        (np.complex128(1), NotANumber, "is complex"),
        (np.array(1j), NotANumber, "is complex"),
        ([1.0, 2.0], ShapeError, r"x has shape \(2,\): write one number"),
        (np.ones((1, 1)), ShapeError, r"x has shape \(1, 1\)"),
        ({}, NotANumber, "is no number"),
        (math.nan, OutOfRange, "x = nan eV must be finite"),
        (np.float64("-inf"), OutOfRange, "x = -inf eV must be finite"),
    ],
)
def test_what_is_not_one_number(value, error, message):
    with pytest.raises(error, match=message):
        arguments.number("x", value, unit="eV")


@pytest.mark.parametrize("cl", [0, 1, -0.1, 90, math.nan, math.inf])
def test_a_level_lies_between_0_and_1(cl):
    with pytest.raises(OutOfRange, match=r"must lie in \(0, 1\)"):
        arguments.level(cl)
    assert arguments.level(0.9) == 0.9


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (np.eye(2), ShapeError),
        (np.zeros(3), ShapeError),
        (np.zeros((3, 3, 2)), ShapeError),
        (np.zeros((2, 2, 3, 3)), ShapeError),
        (1.0, ShapeError),
        ("matrix", NotANumber),
        ([[1, 2], [3]], NotANumber),
        (np.full((3, 3), np.nan), OutOfRange),
        (np.full((2, 3, 3), 1j * np.inf), OutOfRange),
    ],
)
def test_what_is_no_matrix(value, error):
    with pytest.raises(error):
        arguments.matrices("lam", value)


def test_the_entry_that_is_not_finite_is_named():
    lam = np.zeros((2, 3, 3), complex)
    lam[1, 0, 2] = complex(0, math.inf)
    with pytest.raises(OutOfRange, match=r"lam\[1, 0, 2\] = inf must be finite"):
        arguments.matrices("lam", lam)


def test_what_is_traced_passes_but_for_its_shape():
    @jax.jit
    def trace(x):
        return arguments.number("x", x) + jnp.trace(arguments.matrices("lam", x * jnp.eye(3)))

    assert float(trace(2.0)) == 8.0
    with pytest.raises(ShapeError):
        jax.jit(lambda x: arguments.matrices("lam", x))(jnp.eye(2))
