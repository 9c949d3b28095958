"""What is usual in simulations and fits of wiggle plots; energies in MeV, times in MeV^-1."""

from __future__ import annotations

from nudipole import constants as const

_MICROSECOND = 1e-6 * const.second

#: Positrons expected in a simulation.
POSITRONS = 1e10
#: Bins as people write them: 30 us is where fits of the experiments begin, 149.2 ns one turn of the muons.
ENERGY_BINS, TIME_BINS = "1.0..3.1GeV/0.1", "30..650us/0.1492"
#: Energies above which positrons are counted: alike, and weighted with A.
THRESHOLD_T, THRESHOLD_A = 1700.0, 1000.0
#: Time over which muons are lost.
LOSS_TIME: float = 100 * _MICROSECOND
#: Lifetime and angular frequency of the betatron oscillation, about those of the Fermilab ring.
CBO_TIME: float = 150 * _MICROSECOND
CBO_OMEGA: float = 2.3 / _MICROSECOND
