"""Pictures: results -> matplotlib Axes. Nothing is computed here."""

from nudipole.plots.g2_predict import g2_predict
from nudipole.plots.g2_status import g2_status
from nudipole.plots.landscape import landscape
from nudipole.plots.overview import overview
from nudipole.plots.profile import profile
from nudipole.plots.sensitivity import sensitivity
from nudipole.plots.spectrum import spectrum
from nudipole.plots.style import FORMATS, figure, picture_format, save, svg
from nudipole.plots.validation import validation

__all__ = [
    "FORMATS",
    "figure",
    "g2_predict",
    "g2_status",
    "landscape",
    "overview",
    "picture_format",
    "profile",
    "save",
    "sensitivity",
    "spectrum",
    "svg",
    "validation",
]
