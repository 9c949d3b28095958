"""Detectors: from a recoil to the bins that are counted."""

from nudipole.detectors.added import Added
from nudipole.detectors.efficiency import Efficiency
from nudipole.detectors.efficiency_functions import FUNCTIONS
from nudipole.detectors.matrix import Matrix
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
    ConstantWidth,
    Exact,
    Fano,
    GammaPhotoelectrons,
    Resolution,
    Sqrt,
    SqrtLinear,
)
from nudipole.detectors.resolutions import RESOLUTIONS
from nudipole.detectors.response import Detector
from nudipole.detectors.skewed import Skewed
from nudipole.detectors.widths import PolynomialWidth, Quadrature, TabulatedWidth

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
    "Matrix",
    "Polynomial",
    "PolynomialWidth",
    "Quadrature",
    "Quenching",
    "Resolution",
    "Skewed",
    "Sqrt",
    "SqrtLinear",
    "Tabulated",
    "TabulatedWidth",
    "Unquenched",
]


def __dir__() -> list[str]:
    return __all__
