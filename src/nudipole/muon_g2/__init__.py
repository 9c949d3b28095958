"""The muon g-2: what the world has measured and predicts, decay positrons, wiggle plots, the neutrino-induced shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.muon_g2 import decay, shift, wiggle, world

__all__ = [
    "decay",
    "shift",
    "wiggle",
    "world",
]

__getattr__, __dir__ = on_first_use(__name__, __all__)
