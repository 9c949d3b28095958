"""Numbers for people: digits, noise, signs, levels, errors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nudipole.digits import fixed, level, number, p_value, percent, plain, typed, with_error

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (1.1e-11, 3, "1.10e-11"),
        (-1.2000000000000002e-32, 3, "-1.20e-32"),
        (9.996, 3, "10.0"),
        (0.00099996, 3, "0.00100"),
        (99999.7, 3, "1.00e+05"),
        (0.1 + 0.2, 4, "0.3000"),
        (-0.0, 3, "0"),
        (math.nan, 3, "-"),
        (None, 3, "-"),
        (-math.inf, 3, "-inf"),
        (12, 3, "12"),
        (np.float64(2.5), 2, "2.5"),
        (np.int64(1000000), 3, "1000000"),
    ],
)
def test_number(value: float | None, digits: int, written: str) -> None:
    assert number(value, digits) == written


@given(NUMBERS, st.integers(2, 9))
def test_number_is_right_to_its_digits(value: float, digits: int) -> None:
    assert math.isclose(float(number(value, digits)), value, rel_tol=0.5000001 * 10.0 ** (1 - digits), abs_tol=1e-305)


@given(st.integers(-99_999, 99_999), st.integers(-40, 20))
def test_what_was_typed_comes_back(digits: int, power: int) -> None:
    # 100 * 0.07, 1.2e-32 after a trip through another unit: noise beyond what anybody types.
    value = float(f"{digits}e{power}")
    assert float(plain(value * 1.1 / 1.1)) == float(plain(value)) == value
    assert len(plain(value)) <= 14


@pytest.mark.parametrize(
    ("cl", "written"),
    [
        (0.9, "90% CL"),
        (0.999, "99.9% CL"),
        (0.9999999, "99.99999% CL"),
        (1 - 1e-15, "99.9999999999999% CL"),
        (math.nextafter(1, 0), "99.99999999999999% CL"),
        (0.6827, "68.27% CL"),
        (0.07, "7% CL"),
        (0.1 + 0.2, "30% CL"),
    ],
)
def test_level_is_never_certainty(cl: float, written: str) -> None:
    assert level(cl) == written


@pytest.mark.parametrize(
    ("value", "error", "written"),
    [
        (1.2345, 0.0321, "1.234 +- 0.032"),
        (6.4e-12, 1.23e-13, "(6.40 +- 0.12)e-12"),
        (3e-14, 6e-12, "(0.0 +- 6.0)e-12"),
        (-0.001, 1.5, "0.0 +- 1.5"),
        (-166274.0, 13.2, "-166274 +- 13"),
        (1234.0, 321.0, "(1.23 +- 0.32)e+03"),
        (5.0, 0.0, "5.00 +- 0"),
        (math.nan, 1.0, "- +- 1.00"),
        (5.0, math.nan, "5.00"),
        (0.5, 0.996, "0.5 +- 1.0"),
    ],
)
def test_value_and_error_end_at_the_same_decimal(value: float, error: float, written: str) -> None:
    assert with_error(value, error) == written


def test_small_words() -> None:
    assert [p_value(p) for p in (None, math.nan, 1.0, 0.034, 1e-17)] == ["-", "-", "1.0", "0.034", "< 1e-16"]
    assert [percent(x) for x in (0.07, 0.29, 1e-7, math.nan, 12.0)] == ["7 %", "29 %", "1e-05 %", "-", "1200 %"]
    assert [fixed(x, 2, sign=True) for x in (-0.001, 1.0, math.nan)] == ["+0.00", "+1.00", "-"]


@given(NUMBERS)
def test_energies_of_tables_are_within_their_tolerance(value: float) -> None:
    found = typed(value)
    assert abs(found - value) <= 1e-12 * abs(value)
    assert len(repr(found)) <= len(repr(value)) + 1


def test_noise_of_energies_is_gone() -> None:
    assert repr(typed(9.000000000000002)) == "9.0"
    assert repr(typed(0.1 + 0.2)) == "0.3"
    assert typed(1.00000001234) == 1.00000001234
    assert math.isnan(typed(math.nan))
