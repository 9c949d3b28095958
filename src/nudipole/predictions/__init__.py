"""What a neutrino's model predicts, and what limits on one beam mean for others.

Names are imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.predictions.beams import mixture, plasmon_moment
    from nudipole.predictions.conversion import ConvertedLimit, MomentLimit, convert
    from nudipole.predictions.effective import (
        EffectiveMoments,
        EffectiveMomentsOfSeveral,
        effective_moments_by_energy,
    )
    from nudipole.predictions.observables import Observables, predict
    from nudipole.predictions.plane import Band, Correlation, Line, bands, correlation
    from nudipole.predictions.scattering import CrossSection, CrossSections, cross_sections
    from nudipole.predictions.sweeps import Sweep, sweep
    from nudipole.sources.mixtures import Mixture, mixtures, names

__all__ = [
    "Band",
    "ConvertedLimit",
    "Correlation",
    "CrossSection",
    "CrossSections",
    "EffectiveMoments",
    "EffectiveMomentsOfSeveral",
    "Line",
    "Mixture",
    "MomentLimit",
    "Observables",
    "Sweep",
    "bands",
    "convert",
    "correlation",
    "cross_sections",
    "effective_moments_by_energy",
    "mixture",
    "mixtures",
    "names",
    "plasmon_moment",
    "predict",
    "sweep",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    __all__,
    beams=("Mixture", "mixture", "mixtures", "names", "plasmon_moment"),
    conversion=("ConvertedLimit", "MomentLimit", "convert"),
    effective=("EffectiveMoments", "EffectiveMomentsOfSeveral", "effective_moments_by_energy"),
    scattering=("CrossSection", "CrossSections", "cross_sections"),
    plane=("Band", "Correlation", "Line", "bands", "correlation"),
    observables=("Observables", "predict"),
    sweeps=("Sweep", "sweep"),
)
