"""Detectors: from a recoil to the bins that are counted."""

from nudipole.detectors.added import Added
from nudipole.detectors.efficiency import Efficiency
from nudipole.detectors.efficiency_functions import FUNCTIONS
from nudipole.detectors.quenching import (
    QUENCHINGS,
    Birks,
    ConstantFactor,
    Lindhard,
    Polynomial,
    Quenching,
    Tabulated,
    Unquenched,
)
from nudipole.detectors.resolution import (
    RESOLUTIONS,
    ConstantWidth,
    Exact,
    Fano,
    GammaPhotoelectrons,
    Resolution,
    Sqrt,
    SqrtLinear,
)
from nudipole.detectors.response import Detector

__all__ = [
    "FUNCTIONS",
    "QUENCHINGS",
    "RESOLUTIONS",
    "Added",
    "Birks",
    "ConstantFactor",
    "ConstantWidth",
    "Detector",
    "Efficiency",
    "Exact",
    "Fano",
    "GammaPhotoelectrons",
    "Lindhard",
    "Polynomial",
    "Quenching",
    "Resolution",
    "Sqrt",
    "SqrtLinear",
    "Tabulated",
    "Unquenched",
]


def __dir__() -> list[str]:
    return __all__
