"""Pictures of the muon g-2.

Names are imported at once: a module that is called as what it defines would hide it from an import on first use.
"""

from nudipole.plots.g2.forecast import forecast
from nudipole.plots.g2.predict import g2_predict
from nudipole.plots.g2.spin import spin_and_positron
from nudipole.plots.g2.status import g2_status
from nudipole.plots.g2.test import energy_test
from nudipole.plots.g2.wiggle import correlation, wiggle, wiggle_fit

__all__ = [
    "correlation",
    "energy_test",
    "forecast",
    "g2_predict",
    "g2_status",
    "spin_and_positron",
    "wiggle",
    "wiggle_fit",
]


def __dir__() -> list[str]:
    return __all__
