"""Spectra draw themselves."""

from __future__ import annotations

import pytest

from nudipole.errors import NudipoleError
from nudipole.experiments import load


def test_plot():
    spectrum = load("example-sns-csi").spectrum(mu_nu=1e-9)
    assert spectrum.units == {"mu_nu": "mu_B"}
    energy, time = (spectrum.plot(along=along) for along in ("energy", "time"))
    assert energy.get_xlabel().startswith("Reconstructed energy")
    assert time.get_xlabel() == f"Arrival time [{spectrum.unit_of_time}]"
    assert spectrum.plot(time) is time


def test_without_time(own):
    with pytest.raises(NudipoleError, match="my-experiment has no bins of time"):
        load(own()).spectrum().plot(along="time")
