"""Modes of a beam line: components by mode, one common error of the flux, each in bins of its own."""

import numpy as np
import pytest

from nudipole.errors import NudipoleError
from nudipole.mixing import nufit
from nudipole.sources import Histogram, Modes

NEUTRINOS = {"nu_mu": [2.0, 1.0], "antinu_mu": [0.1, 0.0]}
ANTINEUTRINOS = {"antinu_mu": [3.0]}


def modes(error=0.1, other=0.1, **settings):
    first = Histogram.steps([0.0, 10.0, 20.0], NEUTRINOS, relative_error=error)
    second = Histogram.steps([5.0, 15.0], ANTINEUTRINOS, relative_error=other, **settings)
    return Modes.of({"neutrinos": first, "antineutrinos": second})


def test_components_are_those_of_every_mode():
    beam = modes().beam()
    assert beam.components == ("neutrinos-nu_mu", "neutrinos-antinu_mu", "antineutrinos-antinu_mu")
    assert beam.antineutrino == (False, True, True)
    assert beam.flavours == ("mu", "mu", "mu")
    np.testing.assert_allclose(beam.flux(), [30, 1, 30])


def test_each_is_measured_in_its_own_bins():
    np.testing.assert_array_equal(modes().shares(), [[1, 0], [1, 0], [0, 1]])


def test_the_error_is_common():
    np.testing.assert_allclose(modes().beam().covariance, 0.01)
    with pytest.raises(NudipoleError, match="must be the same in all"):
        modes(other=0.2)
    with pytest.raises(NudipoleError, match="must be the same in all"):
        modes(baseline=1.0, oscillation=nufit("nufit-6.0-no"))


def test_one_beam_for_each_name():
    with pytest.raises(NudipoleError, match="one beam for each name, and one at least"):
        Modes((), ())
    with pytest.raises(NudipoleError, match="one beam for each name, and one at least"):
        Modes(("neutrinos", "antineutrinos"), modes().beams[:1])
