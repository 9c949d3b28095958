"""From the source to the detector: mixing, vacuum oscillations, conversion in the Sun."""

from nudipole.mixing.pmns import Oscillation, counterpart, nufit, nufit_errors
from nudipole.mixing.solar_matter import mass_weights, potential, production_weights, solar_density_matrix
from nudipole.mixing.vacuum import density_matrix, evolve, pure_flavour
from nudipole.properties import FLAVOURS

__all__ = [
    "FLAVOURS",
    "Oscillation",
    "counterpart",
    "density_matrix",
    "evolve",
    "mass_weights",
    "nufit",
    "nufit_errors",
    "potential",
    "production_weights",
    "pure_flavour",
    "solar_density_matrix",
]


def __dir__() -> list[str]:
    return __all__
