"""Pictures: results -> matplotlib Axes. Nothing is computed here."""

from nudipole.plots.contour import contour
from nudipole.plots.g2_predict import g2_predict
from nudipole.plots.g2_status import g2_status
from nudipole.plots.landscape import landscape
from nudipole.plots.overview import overview
from nudipole.plots.posterior import corner, marginal, trace
from nudipole.plots.profile import profile
from nudipole.plots.scan import scan
from nudipole.plots.sensitivity import sensitivity
from nudipole.plots.spectrum import spectrum
from nudipole.plots.style import FORMATS, figure, picture_format, rendered, save, svg
from nudipole.plots.toys import toys
from nudipole.plots.validation import validation

__all__ = [
    "FORMATS",
    "contour",
    "corner",
    "figure",
    "g2_predict",
    "g2_status",
    "landscape",
    "marginal",
    "overview",
    "picture_format",
    "profile",
    "rendered",
    "save",
    "scan",
    "sensitivity",
    "spectrum",
    "svg",
    "toys",
    "trace",
    "validation",
]
