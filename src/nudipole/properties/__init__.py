"""What a neutrino is, electromagnetically: matrices of moments, their rules, what a beam sees of them.

Names are imported on first use: parameters need no JAX.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use
from nudipole.properties.parameters import (
    FLAVOURS,
    GROUPS,
    PARAMETERS,
    STRENGTH,
    Parameter,
    companions,
    find,
    strength,
)

if TYPE_CHECKING:
    from nudipole.properties.effective import mean, mu_eff, plasmon_moment
    from nudipole.properties.heavy import (
        DIPOLE_CONVENTIONS,
        DipoleConvention,
        decay_length,
        decayed,
        dipole_in_common,
        heavy_lifetime,
        heavy_width,
    )
    from nudipole.properties.neutrino import BASES, NATURES, Neutrino, transition_matrix
    from nudipole.properties.parametrisations import PARAMETRISATIONS, Parametrisation, neutrino_of, neutrinos_of, owner
    from nudipole.properties.vertex import (
        FormFactors,
        conserves_cp,
        dipole_of_moment,
        form_factors,
        modern_charge_radius,
        moment_of_dipole,
        radiative_widths,
    )

__all__ = [
    "BASES",
    "DIPOLE_CONVENTIONS",
    "FLAVOURS",
    "GROUPS",
    "NATURES",
    "PARAMETERS",
    "PARAMETRISATIONS",
    "STRENGTH",
    "DipoleConvention",
    "FormFactors",
    "Neutrino",
    "Parameter",
    "Parametrisation",
    "companions",
    "conserves_cp",
    "decay_length",
    "decayed",
    "dipole_in_common",
    "dipole_of_moment",
    "find",
    "form_factors",
    "heavy_lifetime",
    "heavy_width",
    "mean",
    "modern_charge_radius",
    "moment_of_dipole",
    "mu_eff",
    "neutrino_of",
    "neutrinos_of",
    "owner",
    "plasmon_moment",
    "radiative_widths",
    "strength",
    "transition_matrix",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    __all__,
    effective=("mean", "mu_eff", "plasmon_moment"),
    heavy=(
        "DIPOLE_CONVENTIONS",
        "DipoleConvention",
        "decay_length",
        "decayed",
        "dipole_in_common",
        "heavy_lifetime",
        "heavy_width",
    ),
    neutrino=("BASES", "NATURES", "Neutrino", "transition_matrix"),
    vertex=(
        "FormFactors",
        "conserves_cp",
        "dipole_of_moment",
        "form_factors",
        "modern_charge_radius",
        "moment_of_dipole",
        "radiative_widths",
    ),
    parametrisations=("PARAMETRISATIONS", "Parametrisation", "neutrino_of", "neutrinos_of", "owner"),
)
