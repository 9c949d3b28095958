"""Quantities with units, parsed at the edges (YAML, command line, tables) into numbers in MeV with hbar = c = 1."""

from nudipole.units.quantity import express, in_internal, parse

__all__ = ["express", "in_internal", "parse"]


def __dir__() -> list[str]:
    return __all__
