"""Targets: what the neutrino hits."""

from nudipole.targets.electrons import Atom, ManyBodyFactor, atom
from nudipole.targets.form_factors import FORM_FACTORS
from nudipole.targets.nuclei import Nucleus, isotopes, nucleus
from nudipole.targets.photoabsorption import Photoabsorption, photoabsorption

__all__ = [
    "FORM_FACTORS",
    "Atom",
    "ManyBodyFactor",
    "Nucleus",
    "Photoabsorption",
    "atom",
    "isotopes",
    "nucleus",
    "photoabsorption",
]


def __dir__() -> list[str]:
    return __all__
