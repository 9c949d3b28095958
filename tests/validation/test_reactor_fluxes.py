"""Total antineutrino fluxes that reactor experiments quote, against both spectra."""

from __future__ import annotations

import pytest

from nudipole import units
from nudipole.sources.reactor import Reactor

# Thermal power [GW], distance [m], fission fractions, quoted flux and flux computed in the sheet of the reactor
# source with 205.3 MeV and 7.2 antineutrinos a fission [cm^-2 s^-1], ratio of Huber-Mueller to the quoted one there.
SITES = {
    "GEMMA": (3.0, 13.9, "pwr", 2.7e13, 2.70e13, 0.948),
    "TEXONO": (2.9, 28.0, "texono", 6.4e12, 6.44e12, 0.948),
    "CONUS": (3.9, 17.1, "conus", 2.3e13, 2.32e13, 0.946),
    "CONUS+": (3.6, 20.7, "pwr", 1.45e13, 1.46e13, 0.955),
    "Dresden-II": (2.96, 10.39, "pwr", 4.8e13, 4.78e13, 0.942),
}


def flux(site, spectrum, fractions=None):
    power, distance, own, *_ = SITES[site]
    place = units.parse(f"{power} GW", "W"), units.parse(f"{distance} m", "m")
    beam = Reactor.named(*place, fractions or own, spectrum).beam()
    return units.express(float(beam.flux().sum()), "1/cm^2/s")


@pytest.mark.parametrize("site", SITES)
def test_flux_quoted_by_the_experiment(site):
    """Within 2 % with the summation spectrum; 4 to 6 % low with Huber-Mueller above and Vogel-Engel below 2 MeV."""
    _, _, _, quoted, computed, ratio = SITES[site]
    summation, huber_mueller = (flux(site, spectrum) for spectrum in ("summation", "huber-mueller"))
    print(
        f"{site:10} quoted {quoted:.3g}  summation {summation:.3g} ({summation / quoted:.3f})"
        f"  Huber-Mueller {huber_mueller:.3g} ({huber_mueller / quoted:.3f})"
    )
    assert summation == pytest.approx(quoted, rel=0.02)
    assert 0.94 < huber_mueller / quoted < 0.96
    assert huber_mueller / quoted == pytest.approx(ratio, abs=1.5e-3)
    # The sheet takes 205.3 MeV and 7.2 antineutrinos for every fuel; 0.5 % covers rounding and the typical fuel.
    assert flux(site, "summation", "pwr") == pytest.approx(computed, rel=5e-3)


def test_fission_alone_falls_short_of_GEMMA():
    """Without captures on 238U 2.25e13 (reactor sheet, section 7)."""
    place = units.parse("3 GW", "W"), units.parse("13.9 m", "m")
    beam = Reactor.named(*place, captures=0).beam()
    assert units.express(float(beam.flux().sum()), "1/cm^2/s") == pytest.approx(2.25e13, rel=5e-3)
