"""The neutrino-induced shift of a_mu: what it predicts, and how data tell it from a constant.

Functions are called after what they return, and their modules say of what: ``conjecture.mu_nu``, ``forecast.own``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nudipole import moved
from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.muon_g2.shift import (
        averages,
        conjecture,
        energy_dependence,
        entanglement,
        equations,
        figure2,
        forecast,
        moments,
        predicted,
    )

__all__ = [
    "averages",
    "conjecture",
    "energy_dependence",
    "entanglement",
    "equations",
    "figure2",
    "forecast",
    "moments",
    "predicted",
]

_shown, __dir__ = on_first_use(__name__, __all__)


def __getattr__(name: str) -> Any:
    return _shown(name) if name in __all__ else moved.attribute(__name__, name)
