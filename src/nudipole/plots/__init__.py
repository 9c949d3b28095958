"""Pictures: results -> matplotlib Axes. Nothing is computed here."""

from nudipole.plots.profile import profile
from nudipole.plots.spectrum import spectrum
from nudipole.plots.style import FORMATS, figure, picture_format, save, svg

__all__ = ["FORMATS", "figure", "picture_format", "profile", "save", "spectrum", "svg"]
