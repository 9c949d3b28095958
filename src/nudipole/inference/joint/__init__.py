"""Fits of all parameters of a neutrino to many experiments at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.inference.joint.fit import fit
    from nudipole.inference.joint.result import JointFit, Row
    from nudipole.inference.joint.which import constraint, with_data

__all__ = ["JointFit", "Row", "constraint", "fit", "with_data"]

__getattr__, __dir__ = on_first_use(
    __name__, __all__, fit=("fit",), result=("JointFit", "Row"), which=("constraint", "with_data")
)
