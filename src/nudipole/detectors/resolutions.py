"""Resolutions by kind, as descriptions name them. A new kind: write one class, add one line here."""

from __future__ import annotations

from nudipole.detectors.matrix import Matrix
from nudipole.detectors.resolution import (
    ConstantWidth,
    Exact,
    Fano,
    GammaPhotoelectrons,
    Resolution,
    Sqrt,
    SqrtLinear,
)
from nudipole.detectors.skewed import Skewed
from nudipole.detectors.widths import PolynomialWidth, Quadrature, TabulatedWidth

RESOLUTIONS: dict[str, type[Resolution]] = {
    "none": Exact,
    "constant": ConstantWidth,
    "sqrt": Sqrt,
    "sqrt-linear": SqrtLinear,
    "quadrature": Quadrature,
    "fano": Fano,
    "gamma": GammaPhotoelectrons,
    "polynomial": PolynomialWidth,
    "table": TabulatedWidth,
    "skewed": Skewed,
    "matrix": Matrix,
}
