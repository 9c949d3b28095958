"""Spins of neutrinos in magnetic fields: precession in the Sun, in galaxies and supernovae.

Every conversion is a record with its method, error and doubts. Names are imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.precession.activity import Cycle, cycle
    from nudipole.precession.conversion import Conversion
    from nudipole.precession.evolution import METHODS, precession
    from nudipole.precession.fields import SHAPES, Field, field
    from nudipole.precession.media import BIRTHS, MODELS, Medium, births, densities, medium, sun

_HOMES = {
    "activity": ("Cycle", "cycle"),
    "conversion": ("Conversion",),
    "evolution": ("METHODS", "precession"),
    "fields": ("SHAPES", "Field", "field"),
    "media": ("BIRTHS", "MODELS", "Medium", "births", "densities", "medium", "sun"),
}

__all__ = [
    "BIRTHS",
    "METHODS",
    "MODELS",
    "SHAPES",
    "Conversion",
    "Cycle",
    "Field",
    "Medium",
    "births",
    "cycle",
    "densities",
    "field",
    "medium",
    "precession",
    "sun",
]

__getattr__, __dir__ = on_first_use(__name__, __all__, **_HOMES)
