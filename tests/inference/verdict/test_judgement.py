"""The test of a strength against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, norm

from nudipole.inference.verdict.judgement import along, judged
from nudipole.statistics import Background, Gaussian, LinearSignal, Model
from nudipole.statistics.blocks import Blocks


def _gaussian(value, *, squared=True):
    """One number with unit error, two of it a unit of strength."""
    return Blocks(
        {
            "one": Model(
                [value],
                [],
                LinearSignal([2.0]),
                statistic=Gaussian([1.0]),
                poi_name="x",
                poi_lower=0.0 if squared else -np.inf,
            )
        }
    )


@pytest.mark.parametrize("value", [-1.0, 0.0, 0.7, 3.5])
def test_gaussian(value):
    found = judged(_gaussian(value), 0.90)
    best = max(value / 2, 0.0)
    floor = (value - 2 * best) ** 2
    delta = (2 - value) ** 2 - floor if best < 1 else 0.0
    assert found.best == pytest.approx(best, abs=1e-6)
    assert found.delta_chi2 == pytest.approx(delta, abs=1e-6)
    assert found.over_sm == pytest.approx((2 - value) ** 2 - value**2, abs=1e-6)
    p = norm.sf(np.sqrt(delta)) if best < 1 else norm.cdf(np.sqrt((2 - value) ** 2 - floor))
    assert found.p == pytest.approx(p, abs=1e-6)
    assert found.upper == pytest.approx((value + np.sqrt(norm.ppf(0.9) ** 2 + floor)) / 2, rel=1e-4)


@pytest.mark.parametrize("value", [-3.0, 0.5, 4.0])
def test_sign(value):
    """A strength with a sign is tested on both sides."""
    found = judged(_gaussian(value, squared=False), 0.90)
    assert found.p == pytest.approx(chi2.sf((2 - value) ** 2, 1), abs=1e-6)
    upper = (value + np.sqrt(chi2.isf(0.1, 1))) / 2
    assert found.upper == (None if upper < 0 else pytest.approx(upper, abs=1e-3))


def test_counts():
    model = Model([9.0], [Background("flat", [9.0], "fixed")], LinearSignal([6.0]), poi_name="x")
    found = judged(Blocks({"counts": model}), 0.90)
    delta = 2 * (6 - 9 * np.log(15 / 9))
    assert found.delta_chi2 == pytest.approx(delta, rel=1e-6)
    assert found.p == pytest.approx(norm.sf(np.sqrt(delta)), rel=1e-5)


def test_expected_of_what_is_excluded():
    """Far below expectation the data exclude more than the experiment is sensitive to."""
    model = Model([2.0], [Background("flat", [9.0], "fixed")], LinearSignal([3.0]), poi_name="x")
    found = judged(Blocks({"counts": model}), 0.90)
    assert found.p < 0.1
    x = np.linspace(0.5, 3, 200001)
    asimov = 2 * (3 * x - 9 * np.log((9 + 3 * x) / 9))
    assert found.expected == pytest.approx(float(np.interp(norm.ppf(0.9) ** 2, asimov, x)), rel=1e-3)
    assert found.expected > 1


def test_along():
    blocks = _gaussian(0.7)
    for x, found in zip((0.5, 1.0, 3.0), along(blocks, [0.5, 1.0, 3.0]), strict=True):
        assert found.delta_chi2 == pytest.approx((2 * x - 0.7) ** 2 if x > 0.35 else 0.0, abs=1e-6)
