"""Fits of all parameters of a neutrino to many experiments at once, by `nudipole.fit` and `nudipole.forecast`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.inference.joint.forecast_result import Forecast
    from nudipole.inference.joint.kept import Kept
    from nudipole.inference.joint.result import JointFit, Row
    from nudipole.inference.joint.sampled import JointPosterior
    from nudipole.inference.joint.which import constraint, with_data

__all__ = ["Forecast", "JointFit", "JointPosterior", "Kept", "Row", "constraint", "with_data"]

__getattr__, __dir__ = on_first_use(
    __name__,
    __all__,
    forecast_result=("Forecast",),
    kept=("Kept",),
    result=("JointFit", "Row"),
    sampled=("JointPosterior",),
    which=("constraint", "with_data"),
)
