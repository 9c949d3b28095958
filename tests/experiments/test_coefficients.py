"""Coefficients of the powers of a parameter, against counts at single values of it."""

from __future__ import annotations

import numpy as np
import pytest

import nudipole as nd
from nudipole.experiments.experiment import total
from nudipole.experiments.likelihood import likelihood
from nudipole.models import find, neutrinos_of


def counted(experiment, **parameters):
    """Counts of all bins, from the folded responses."""
    return np.asarray(total(experiment.counted(experiment.parts, neutrinos_of([parameters])))[0].sum(axis=0))


@pytest.mark.parametrize("value", [1e-13, 2.05e-8, -6.13e-7, 1e-4])
@pytest.mark.parametrize(
    ("name", "variant", "parameter"),
    [
        # One size of it, 1e-13 e, adds 1e-12 of the counts of the weak charge.
        ("coherent-csi-2021", "nuclei-only", "q_mu"),
        ("conus-plus", None, "q_e"),
        # And 1e4 of them.
        ("gemma-2012", None, "q_e"),
    ],
)
def test_square_of_a_millicharge_is_not_lost_in_rounding(name, variant, parameter, value):
    experiment = nd.load(name, variant=variant)
    model = likelihood(experiment, parameter)
    eta, poi = np.zeros(len(model.nuisances)), value / find(parameter).size
    change = np.asarray(model.expected(poi, eta)) - np.asarray(model.expected(0.0, eta))
    direct, without = counted(experiment, **{parameter: value}), counted(experiment)
    # Of two sums, one of which holds the backgrounds; of bins beside those with the largest squares.
    rounding = 4e-14 * (np.abs(direct) + np.asarray(model.expected(0.0, eta)))
    assert np.all(np.abs(change - (direct - without)) <= rounding)
