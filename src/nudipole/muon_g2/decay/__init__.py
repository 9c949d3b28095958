"""Muons in the ring: how their spins precess, the positrons of their decays, and what these tell of omega_a.

Functions are called after what they return, and their modules say of what: ``spectrum.A``, ``boost.asymmetry``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.muon_g2.decay import (
        boost,
        figure_of_merit,
        monte_carlo,
        precession,
        response,
        spectrum,
        spin_correlation,
        statistical_error,
    )

__all__ = [
    "boost",
    "figure_of_merit",
    "monte_carlo",
    "precession",
    "response",
    "spectrum",
    "spin_correlation",
    "statistical_error",
]

__getattr__, __dir__ = on_first_use(__name__, __all__)
