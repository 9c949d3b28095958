"""Coverage of intervals by toys; the full study is `make coverage`."""

from __future__ import annotations

import numpy as np
import pytest

from nudipole.errors import OutOfRange, UnknownName
from nudipole.statistics import Background, LinearSignal, Model
from nudipole.statistics.coverage import coverage_by_toys
from nudipole.statistics.toys import Hypothesis

x = (np.arange(10) + 0.5) / 10
MODEL = Model(
    np.full(10, 8.0),
    [Background("flat", np.full(10, 6.0), "gaussian", 0.1), Background("falling", 4 * (1 - x), "gaussian", 0.2)],
    LinearSignal(6 * np.exp(-3 * x)),
)


@pytest.mark.parametrize("mu", [0.0, 0.7, 2.0])
def test_feldman_cousins_covers(mu):
    found = coverage_by_toys(MODEL, Hypothesis(mu, np.zeros(2)), experiments=600, toys=200, seed=3)
    assert found.experiments == 600
    assert found.fraction == pytest.approx(0.9, abs=4 * found.error)


def test_cls_over_covers():
    found = coverage_by_toys(MODEL, Hypothesis(0.5, np.zeros(2)), 0.9, "cls", experiments=300, toys=200, seed=3)
    assert found.fraction > 0.93


@pytest.mark.slow
@pytest.mark.parametrize("mu", [0.0, 1.0, 2.5])
def test_feldman_cousins_covers_to_a_per_cent(mu):
    """Nuisances off their nominal values, too."""
    found = coverage_by_toys(MODEL, Hypothesis(mu, np.array([1.0, -1.0])), experiments=4000, toys=250, seed=5)
    assert found.fraction == pytest.approx(0.9, abs=0.01 + 3 * found.error)


@pytest.mark.parametrize(
    ("settings", "error"),
    [({"method": "x"}, UnknownName), ({"cl": 0.0}, OutOfRange), ({"experiments": 0}, OutOfRange)],
)
def test_wrong_settings(settings, error):
    with pytest.raises(error):
        coverage_by_toys(MODEL, Hypothesis(0.0, np.zeros(2)), **settings)
