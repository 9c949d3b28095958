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


def test_energies_in_csv_have_no_noise():
    """In bins of 25 keV from 350 keV on, of which some are not a float of MeV times 1e3."""
    experiment = load("example-cr51-scintillator")
    edges = (1e3 * experiment.bins).tolist()
    assert 350.00000000000006 in edges
    rows = [line.split(",") for line in experiment.spectrum().to_csv().splitlines()[1:]]
    written = [rows[0][0], *(row[1] for row in rows)]
    assert "350.0" in written
    assert max(map(len, written)) <= 6
    assert [float(edge) for edge in written] == pytest.approx(edges, rel=1e-12)
