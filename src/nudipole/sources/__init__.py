"""Neutrino sources. A new source: write one file, add one line here, and its keys to `experiments.schema.source`."""

from typing import Any

from nudipole.sources.beam import Beam
from nudipole.sources.histogram import Histogram
from nudipole.sources.modes import Modes
from nudipole.sources.pion_decay import PionDecayAtRest
from nudipole.sources.pulse import Pulse, Pulsed, TimeEfficiency
from nudipole.sources.radioactive import MonoEnergetic, RadioactiveSource
from nudipole.sources.reactor import Reactor
from nudipole.sources.solar import Solar

SOURCES: dict[str, Any] = {
    "histogram": Histogram,
    "mono-energetic": MonoEnergetic,
    "pion-decay-at-rest": PionDecayAtRest,
    "radioactive": RadioactiveSource,
    "reactor": Reactor,
    "solar": Solar,
}

__all__ = [
    "SOURCES",
    "Beam",
    "Histogram",
    "Modes",
    "MonoEnergetic",
    "PionDecayAtRest",
    "Pulse",
    "Pulsed",
    "RadioactiveSource",
    "Reactor",
    "Solar",
    "TimeEfficiency",
]


def __dir__() -> list[str]:
    return __all__
