"""Wiggle plots: expected, sampled, kept in files, fitted, and the tables of omega_a that fits give.

Files of tables are read by ``energy_table.read``, those of histograms by ``inputs.read``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.muon_g2.wiggle import energy_table, fit_many, inputs, store
    from nudipole.muon_g2.wiggle.analysis import Analysis, analyse
    from nudipole.muon_g2.wiggle.expected import GEV, MICROSECOND, Cbo, Loss, PileUp, Setup, simulate
    from nudipole.muon_g2.wiggle.fit_model import Window
    from nudipole.muon_g2.wiggle.fits import Fits, fit
    from nudipole.muon_g2.wiggle.methods import Method

__all__ = [
    "GEV",
    "MICROSECOND",
    "Analysis",
    "Cbo",
    "Fits",
    "Loss",
    "Method",
    "PileUp",
    "Setup",
    "Window",
    "analyse",
    "energy_table",
    "fit",
    "fit_many",
    "inputs",
    "simulate",
    "store",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    __all__,
    analysis=(
        "Analysis",
        "analyse",
    ),
    expected=(
        "GEV",
        "MICROSECOND",
        "Cbo",
        "Loss",
        "PileUp",
        "Setup",
        "simulate",
    ),
    fit_model=("Window",),
    fits=(
        "Fits",
        "fit",
    ),
    methods=("Method",),
)
