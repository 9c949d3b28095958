"""From the source to the detector: mixing, vacuum oscillations, conversion in the Sun."""

from nudipole.mixing.matter_path import Path
from nudipole.mixing.pmns import Oscillation, counterpart, nufit, nufit_errors
from nudipole.mixing.solar_matter import mass_weights, potential, production_weights, solar_density_matrix
from nudipole.mixing.spin_flavour import Precession, first_order, flavours, full, resolvent
from nudipole.mixing.uncertain import UncertainMixing, uncertain
from nudipole.mixing.vacuum import density_matrix, evolve, pure_flavour
from nudipole.properties import FLAVOURS

__all__ = [
    "FLAVOURS",
    "Oscillation",
    "Path",
    "Precession",
    "UncertainMixing",
    "counterpart",
    "density_matrix",
    "evolve",
    "first_order",
    "flavours",
    "full",
    "mass_weights",
    "nufit",
    "nufit_errors",
    "potential",
    "production_weights",
    "pure_flavour",
    "resolvent",
    "solar_density_matrix",
    "uncertain",
]


def __dir__() -> list[str]:
    return __all__
