"""Pictures: results -> matplotlib Axes. Nothing is computed here."""

from nudipole.plots.overview import overview
from nudipole.plots.profile import profile
from nudipole.plots.sensitivity import sensitivity
from nudipole.plots.spectrum import spectrum
from nudipole.plots.style import FORMATS, figure, picture_format, save, svg

__all__ = ["FORMATS", "figure", "overview", "picture_format", "profile", "save", "sensitivity", "spectrum", "svg"]
