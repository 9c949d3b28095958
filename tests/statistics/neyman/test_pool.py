"""Shared toys: chi2 between the values at which they are fitted."""

from __future__ import annotations

import numpy as np

from nudipole.statistics import Background, LinearSignal, Model
from nudipole.statistics.neyman.pool import Pool
from nudipole.statistics.toys.batch import Batch
from nudipole.statistics.toys.draws import Hypothesis


def pool_of(nodes):
    background = Background("b", [3.0, 5.0, 8.0], "gaussian", 0.2)
    model = Model([4.0, 6.0, 8.0], [background], LinearSignal([4.0, 2.0, 1.0]))
    pool, truth = Pool(Batch(model), 1), Hypothesis(1.0, np.zeros(1))
    pool.add(pool.component(truth), 1000, 0)
    pool.nodes = nodes
    return pool, truth


def test_chi2_is_interpolated_between_nodes():
    """Direct fits: dt/dmu is 3.3 standard deviations at 90 %, so that 1e-3 moves an end by 3e-4 of one."""
    pool, truth = pool_of([0.6, 0.8, 1.0, 1.2])
    near, _ = pool_of([])
    one, other = (some.sample(0.87, truth, [0]).t for some in (pool, near))
    np.testing.assert_allclose(one, other, atol=1e-3)


def test_nodes_far_apart_are_not_trusted():
    """The check refuses what is not smooth: those toys are fitted."""
    pool, truth = pool_of([-0.2, 0.4, 8.0, 30.0])
    near, _ = pool_of([])
    one, other = (some.sample(0.87, truth, [0]).t for some in (pool, near))
    np.testing.assert_allclose(one, other, atol=1e-2)
