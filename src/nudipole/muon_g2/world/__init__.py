"""The anomaly a_mu: measurements, predictions, and how a frequency ratio becomes one.

Names are imported at once: a module that is called as what it defines would hide it from an import on first use.
"""

from nudipole.muon_g2.world.anomaly import LAMBDAS, SETS, Anomaly, Conversion, K, a_mu, conversions
from nudipole.muon_g2.world.electron import ElectronAnomaly, electron_anomaly
from nudipole.muon_g2.world.measurements import (
    COMBINATIONS,
    MeasuredConstant,
    Measurement,
    combined,
    constant,
    measurement,
    measurements,
)
from nudipole.muon_g2.world.predictions import Difference, Prediction, Term, g_s, prediction, predictions, projected
from nudipole.muon_g2.world.status import Projection, Status, status

__all__ = [
    "COMBINATIONS",
    "LAMBDAS",
    "SETS",
    "Anomaly",
    "Conversion",
    "Difference",
    "ElectronAnomaly",
    "K",
    "MeasuredConstant",
    "Measurement",
    "Prediction",
    "Projection",
    "Status",
    "Term",
    "a_mu",
    "combined",
    "constant",
    "conversions",
    "electron_anomaly",
    "g_s",
    "measurement",
    "measurements",
    "prediction",
    "predictions",
    "projected",
    "status",
]


def __dir__() -> list[str]:
    return __all__
