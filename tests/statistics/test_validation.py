"""What `check` refuses."""

from __future__ import annotations

import numpy as np
import pytest

from nudipole.errors import OutOfRange, ZeroExpectation
from nudipole.statistics import Background, LinearSignal, Model, check
from nudipole.statistics.validation import poi_scale


def model_of(observed, background, signal, **settings):
    return Model(observed, [Background("b", background)], LinearSignal(signal), **settings)


def test_scale_is_where_the_signal_reaches_the_square_root_of_the_events():
    model = model_of([9.0, 7.0], [8.0, 8.0], [3e20, 2e20])
    assert poi_scale(model) == pytest.approx(1e-20, rel=1e-9)
    assert np.isnan(poi_scale(model_of([9.0], [8.0], [0.0])))


def test_events_in_a_bin_that_nothing_fills_are_refused():
    with pytest.raises(ZeroExpectation, match=r"bins \[1\]"):
        check(model_of([3.0, 1.0, 0.0], [3.0, 0.0, 0.0], [1.0, 0.0, 0.0]))


@pytest.mark.parametrize(
    "model",
    [
        model_of([-1.0], [1.0], [1.0]),
        model_of([1.0], [-1.0], [1.0]),
        model_of([np.nan], [1.0], [1.0]),
        Model([1.0], [Background("b", [1.0], "gaussian")], LinearSignal([1.0])),
    ],
)
def test_numbers_without_meaning_are_refused(model):
    with pytest.raises(OutOfRange):
        check(model)


@pytest.mark.parametrize(
    "model",
    [
        model_of([1.0, 2.0], [1.0], [1.0, 1.0]),
        model_of([1.0, 2.0], [1.0, 1.0], [1.0, 1.0, 1.0]),
        model_of([1.0], [1.0], [1.0], auxiliary=[0.0, 0.0]),
    ],
)
def test_shapes_that_do_not_agree_are_refused(model):
    with pytest.raises((ValueError, TypeError)):
        check(model)
