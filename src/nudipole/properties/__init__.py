"""What a neutrino is, electromagnetically: matrices of moments, their rules, what a beam sees of them."""

from nudipole.properties.effective import mean, mu_eff
from nudipole.properties.neutrino import BASES, NATURES, Neutrino, transition_matrix
from nudipole.properties.parametrisations import (
    PARAMETRISATIONS,
    Parameter,
    Parametrisation,
    companions,
    find,
    is_amplitude,
)

__all__ = [
    "BASES",
    "NATURES",
    "PARAMETRISATIONS",
    "Neutrino",
    "Parameter",
    "Parametrisation",
    "companions",
    "find",
    "is_amplitude",
    "mean",
    "mu_eff",
    "transition_matrix",
]
