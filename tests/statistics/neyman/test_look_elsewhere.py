"""The look-elsewhere effect against independent trials."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from nudipole.errors import FitError, NudipoleError, OutOfRange
from nudipole.statistics import Background, LinearSignal, Model, check
from nudipole.statistics.neyman.look_elsewhere import global_significance
from nudipole.statistics.toys.draws import Hypothesis, draw, seeded

BINS = 20


def scan(observed):
    """A line that may lie in any one bin, over a known background of 100 events: twenty independent trials."""
    background = Background("known", np.full(BINS, 100.0), "gaussian", 1e-4)
    return [Model(observed, [background], LinearSignal(10.0 * np.eye(BINS)[k])) for k in range(BINS)]


@pytest.mark.long
def test_independent_trials():
    """1 - (1 - p)^20, up to the discreteness of counts of 100."""
    observed = np.full(BINS, 100.0)
    observed[7] = 133.0
    found = global_significance(scan(observed), toys=4000, seed=2)
    assert found.place == 7
    assert found.z_local == pytest.approx(3.14, abs=0.05)  # Poisson: sqrt(2 (133 ln 1.33 - 33))
    trials = 1 - (1 - ndtr(-found.z_local)) ** BINS
    assert found.p_global == pytest.approx(trials, rel=0.35)
    assert found.p_local < found.p_global < 0.05
    assert found.toys == 4000


def test_no_excess():
    found = global_significance(scan(np.full(BINS, 90.0)), toys=1000)
    assert found.q0 == 0
    assert found.p_global > 0.99


def test_wrong_scans():
    with pytest.raises(NudipoleError, match="nothing was scanned"):
        global_significance([])
    other = [scan(np.full(BINS, 100.0))[0], scan(np.full(BINS, 101.0))[1]]
    with pytest.raises(NudipoleError, match="same data"):
        global_significance(other)
    with pytest.raises(OutOfRange):
        global_significance(other[:1], toys=0)


def test_impossible_expectations_are_named():
    """With the values of the parameters that cause them."""
    model = Model([5.0], [Background("b", [4.0], "gaussian", 0.5)], LinearSignal([1.0]), poi_lower=-np.inf)
    with pytest.raises(FitError, match=r"negative.*poi = -10"):
        draw(model, Hypothesis(-10.0, np.zeros(1)), 3, seeded(1))
    with pytest.raises(FitError, match="not finite"):
        draw(model, Hypothesis(np.nan, np.zeros(1)), 3, seeded(1))
    with pytest.raises(OutOfRange, match="number of bins"):
        check(Model([], [], LinearSignal([])))
