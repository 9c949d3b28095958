"""Expected bands against closed forms of a Gaussian measurement, and against the limits of fluctuated counts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri
from scipy.stats import poisson

from nudipole.statistics import (
    BAND,
    Background,
    Gaussian,
    LinearSignal,
    Model,
    expected_bands,
    expected_credible,
    interval,
)
from nudipole.statistics.asymptotics import cdf_unified

#: Interpolation between 64 points of the scan.
CLOSE = 2e-3


def test_one_sided_band_of_a_measurement_with_boundary(gaussian):
    """(x - z)^2 = q for z >= 0; x^2 - 2 x z = q below, where the best physical value is the boundary."""
    bands = expected_bands(gaussian(0.0), 0.9, ["one-sided", "delta-chi2"], 3.0)
    for name, q in (("one-sided", ndtri(0.9) ** 2), ("delta-chi2", ndtri(0.95) ** 2)):
        closed = {z: z + np.sqrt(q) if z >= 0 else z + np.sqrt(z**2 + q) for z in BAND}
        assert bands[name].upper == pytest.approx(closed, abs=CLOSE)
        assert bands[name].lower is None


@pytest.mark.parametrize("settings", [{}, {"poi_lower": -np.inf}])
def test_cls_band_is_that_of_cowan_2010js(gaussian, settings):
    """Eq. (89) with the division of CLs: z + Phi^-1(1 - (1 - cl) Phi(z)), with and without a boundary."""
    band = expected_bands(gaussian(0.0, **settings), 0.95, ["cls"], 3.0)["cls"].upper
    closed = {z: z - ndtri(0.05 * ndtr(z)) for z in BAND}
    assert band == pytest.approx(closed, abs=CLOSE)


def test_limit_without_protection_is_expected_at_zero(gaussian):
    """Cowan:2010js: with exact coverage every value is excluded beyond a fluctuation by 1.28 sigma."""
    band = expected_bands(gaussian(0.0), 0.9, ["one-sided-boundary"], 3.0)["one-sided-boundary"].upper
    assert band == pytest.approx({z: max(z + ndtri(0.9), 0.0) for z in BAND}, abs=CLOSE)


@pytest.mark.parametrize("cl", [0.68, 0.9, 0.997])
def test_unified_band(gaussian, cl):
    """The tested value at which the distribution of t-tilde reaches the level, solved for here."""
    band = expected_bands(gaussian(0.0), cl, ["unified"], 3.0)["unified"].upper
    for z in BAND:
        t = lambda x, z=z: x * (x - 2 * z) if z < 0 else (x - z) ** 2  # noqa: E731
        upper = brentq(lambda x, t=t: float(cdf_unified(t(x), x)) - cl, max(z, 0) + 1e-9, 12)
        assert band[z] == pytest.approx(upper, abs=CLOSE)


def test_parameter_with_a_sign(gaussian):
    """Without a boundary both ends follow the fluctuation; so does the limit of an effect that takes counts away."""
    band = expected_bands(gaussian(0.0, poi_lower=-np.inf), 0.9, ["delta-chi2"], 3.0)["delta-chi2"]
    assert band.upper == pytest.approx({z: z + ndtri(0.95) for z in BAND}, abs=CLOSE)
    assert band.lower == pytest.approx({z: z - ndtri(0.95) for z in BAND}, abs=CLOSE)
    falling = Model([0.0], [], LinearSignal([-1.0]), statistic=Gaussian([1.0]), poi_lower=-np.inf)
    found = expected_bands(falling, 0.9, ["delta-chi2"], 3.0)["delta-chi2"]
    assert found.upper == pytest.approx(band.upper, abs=CLOSE)


def test_of_two_solutions_the_one_at_zero(quadratic):
    """Counts 4 x + x^2 with unit error: |4 x + x^2 - z| < 1.645 on the branch of zero, for each z."""
    model = Model([0.0], [], quadratic(np.array([4.0]), np.array([1.0])), statistic=Gaussian([1.0]), poi_lower=-np.inf)
    band = expected_bands(model, 0.9, ["delta-chi2"], 1.0)["delta-chi2"]
    root = {z: np.sqrt(4 + z + ndtri(0.95)) - 2 for z in BAND}
    assert band.upper == pytest.approx(root, abs=CLOSE)
    assert band.lower[0] == pytest.approx(np.sqrt(4 - ndtri(0.95)) - 2, abs=CLOSE)


def test_band_of_counts_is_that_of_fluctuated_counts():
    """The limits of the quantiles of a Poisson distribution of mean 100, but for the next order, z/2 sqrt(100)."""
    known = Background("known", [100.0], "gaussian", 1e-6)
    band = expected_bands(Model([100.0], [known], LinearSignal([1.0])), 0.9, ["one-sided"], 12.0)["one-sided"].upper
    for z in (-2, -1, 1, 2):
        fluctuated = Model([poisson.ppf(ndtr(z), 100)], [known], LinearSignal([1.0]))
        assert band[z] == pytest.approx(interval(fluctuated, 0.9, "one-sided").upper, rel=abs(z) / 20)


def test_credible_band(gaussian):
    """A flat prior on x >= 0: 1 - cl of the truncated normal posterior above the limit."""
    band = expected_credible(gaussian(0.0), 0.9, 3.0, above=1.0, density=np.ones_like).upper
    assert band == pytest.approx({z: z - ndtri(0.1 * ndtr(z)) for z in BAND}, abs=CLOSE)


def test_equal_tailed_band(gaussian):
    null = gaussian(0.0, poi_lower=-np.inf)
    band = expected_credible(null, 0.9, 3.0, above=0.5, density=np.ones_like)
    assert band.upper == pytest.approx({z: z + ndtri(0.95) for z in BAND}, abs=CLOSE)
    assert band.lower == pytest.approx({z: z - ndtri(0.95) for z in BAND}, abs=CLOSE)


def test_a_sign_that_only_the_square_feels(gaussian, quadratic):
    """Without interference the band is the root of that of the square, which has a boundary at zero."""
    square = expected_bands(gaussian(0.0), 0.9, ["delta-chi2"], 3.0)["delta-chi2"].upper
    signed = expected_bands(
        gaussian(0.0, poi_lower=-np.inf, signal=quadratic(np.zeros(1), np.array([1e6]))), 0.9, ["delta-chi2"], 1.5
    )["delta-chi2"]
    for z, end in square.items():
        assert signed.upper[z] == pytest.approx(end**0.5, rel=1e-3)
    assert [signed.lower[z] for z in sorted(signed.lower)] == pytest.approx([-signed.upper[-z] for z in sorted(square)])
