"""Detectors: from a recoil to the bins that are counted."""

from nudipole.detectors.efficiency import Efficiency
from nudipole.detectors.resolution import RESOLUTIONS, Constant, Exact, Resolution, Sqrt, SqrtLinear
from nudipole.detectors.response import Detector

__all__ = ["RESOLUTIONS", "Constant", "Detector", "Efficiency", "Exact", "Resolution", "Sqrt", "SqrtLinear"]
