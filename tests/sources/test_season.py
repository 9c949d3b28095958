"""The distance of the Sun: closed forms of Kepler's ellipse, and the equation of the centre integrated."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from nudipole import constants as const
from nudipole.sources.season import inverse_square

E = const.earth_eccentricity


def at(day):
    """(a/r)^2 by Kepler's equation, solved otherwise."""
    M = const.earth_mean_anomaly + 2 * np.pi * day / const.anomalistic_year
    x = brentq(lambda x: x - E * np.sin(x) - M, M - 0.1, M + 0.1, xtol=1e-14)
    return (1 - E * np.cos(x)) ** -2


def test_a_year_is_the_closed_form_wherever_it_begins():
    for first in (-4000.0, 0.0, 123.4, 8000.0):
        (mean,) = inverse_square(np.array([first, first + const.anomalistic_year]))
        assert mean == pytest.approx(1 / np.sqrt(1 - E**2), rel=1e-12)
    assert mean == pytest.approx(1 + E**2 / 2, abs=1e-7)


def test_periods_are_integrals_of_the_inverse_square():
    edges = np.array([8100.0, 8110.0, 8190.0, 8400.0, 8500.0, 9700.0])
    for low, high, mean in zip(edges[:-1], edges[1:], inverse_square(edges), strict=True):
        expected = quad(at, low, high, epsabs=1e-10, epsrel=1e-11, limit=200)[0] / (high - low)
        assert mean == pytest.approx(expected, rel=1e-10)


def test_peak_to_peak_and_the_days_of_both():
    """6.7 % from the beginning of January to that of July (Borexino:2013zhu and every almanac)."""
    days = np.arange(7670.5, 7670.5 + 367)  # from 2021 January 1, 0 h
    flux = inverse_square(days)
    assert (flux.max() - flux.min()) / flux.mean() == pytest.approx(0.067, abs=3e-4)
    assert (flux.max() / flux.min()) == pytest.approx(((1 + E) / (1 - E)) ** 2, rel=1e-5)
    assert abs(int(flux.argmax()) - 3) <= 2  # January 4 +- 2
    assert abs(int(flux.argmin()) - 185) <= 2  # July 5 +- 2
