"""Neutrino sources. A new source: write one file, add one line here."""

from nudipole.sources.beam import Beam
from nudipole.sources.solar import Solar

SOURCES = {"solar": Solar}

__all__ = ["SOURCES", "Beam", "Solar"]
