"""Targets: what the neutrino hits."""

from nudipole.targets.electrons import Atom, ManyBodyFactor, atom

__all__ = ["Atom", "ManyBodyFactor", "atom"]
