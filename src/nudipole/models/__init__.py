"""Models of neutrino moments: from a Lagrangian's parameters to matrices, and to what else they predict.

Names are imported on first use: models are listed without JAX.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.models.lookup import companions, find, known, neutrino_of, neutrinos_of, owner
    from nudipole.models.model import KINDS, Model
    from nudipole.models.parameter import ModelParameter
    from nudipole.models.registry import MODELS

__all__ = [
    "KINDS",
    "MODELS",
    "Model",
    "ModelParameter",
    "companions",
    "find",
    "known",
    "neutrino_of",
    "neutrinos_of",
    "owner",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    __all__,
    lookup=("companions", "find", "known", "neutrino_of", "neutrinos_of", "owner"),
    model=("KINDS", "Model"),
    parameter=("ModelParameter",),
    registry=("MODELS",),
)
