"""The dipole portal: exclusions, fits and decays of heavy neutral leptons; a Python function for each command.

Names are imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.portal.curves import Exclusion, ExclusionCurve, exclusion
    from nudipole.portal.decays import HeavyDecay, decay
    from nudipole.portal.flight import Flight
    from nudipole.portal.records import Plane, PublishedCurve, plane, published
    from nudipole.portal.regions import PortalFit, fit

__all__ = [
    "Exclusion",
    "ExclusionCurve",
    "Flight",
    "HeavyDecay",
    "Plane",
    "PortalFit",
    "PublishedCurve",
    "decay",
    "exclusion",
    "fit",
    "plane",
    "published",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    __all__,
    decays=("HeavyDecay", "decay"),
    flight=("Flight",),
    curves=("Exclusion", "ExclusionCurve", "exclusion"),
    regions=("PortalFit", "fit"),
    records=("Plane", "PublishedCurve", "plane", "published"),
)
