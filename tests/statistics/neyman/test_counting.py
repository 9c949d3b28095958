"""Feldman-Cousins by enumeration against the tables of the paper."""

from __future__ import annotations

import pytest

from nudipole.errors import OutOfRange
from nudipole.statistics.neyman.counting import coverage, feldman_cousins_counts

#: Feldman:1997qc Table IV, 90 % CL: n0 to intervals for b = 0 and b = 3.
TABLE = {
    0: ((0.00, 2.44), (0.00, 1.08)),
    1: ((0.11, 4.36), (0.00, 1.88)),
    2: ((0.53, 5.91), (0.00, 3.04)),
    3: ((1.10, 7.42), (0.00, 4.42)),
    4: ((1.47, 8.60), (0.00, 5.60)),
    5: ((1.84, 9.99), (0.00, 6.99)),
    6: ((2.21, 11.47), (0.15, 8.47)),
    7: ((3.56, 12.53), (0.89, 9.53)),
    8: ((3.96, 13.99), (1.51, 10.99)),
    9: ((4.36, 15.30), (1.88, 12.30)),
    10: ((5.50, 16.50), (2.63, 13.50)),
}


@pytest.mark.parametrize("n", TABLE)
@pytest.mark.parametrize("b", [0, 3])
def test_tables_of_the_paper(n, b):
    published = TABLE[n][0 if b == 0 else 1]
    assert feldman_cousins_counts(n, float(b), monotone=True) == pytest.approx(published, abs=0.01)


def test_lengthening_makes_one_entry():
    """Without it the construction gives 0.95 where the paper prints 1.08; all others stay."""
    assert feldman_cousins_counts(0, 3.0) == (0.0, 0.95)
    for n in range(1, 11):
        assert feldman_cousins_counts(n, 3.0) == feldman_cousins_counts(n, 3.0, monotone=True)


def test_covers():
    """Never below the level; at b = 0 nothing excludes mu = 0, and at mu = 2 the discreteness gives 98.3 %."""
    for b in (0.0, 0.5, 3.0, 7.3):
        for mu in (0.0, 0.3, 1.0, 2.0, 5.5, 9.0):
            assert coverage(mu, b) >= 0.9 - 1e-12
    assert coverage(0.0, 0.0) == 1.0
    assert coverage(2.0, 0.0) == pytest.approx(0.983, abs=5e-4)


@pytest.mark.parametrize(("n", "b", "cl"), [(-1, 3.0, 0.9), (1, -0.1, 0.9), (1, 3.0, 1.0)])
def test_wrong_numbers(n, b, cl):
    with pytest.raises(OutOfRange):
        feldman_cousins_counts(n, b, cl)
