"""Experiments: YAML files over published data, validated and built, and their likelihoods.

Names are imported on first use: descriptions need no JAX.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.experiments.experiment import Experiment
    from nudipole.experiments.library import available, examples, text
    from nudipole.experiments.loader import load
    from nudipole.experiments.reading import read
    from nudipole.experiments.spectrum import Spectrum

__all__ = [
    "Experiment",
    "Spectrum",
    "available",
    "examples",
    "load",
    "read",
    "text",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    __all__,
    experiment=("Experiment",),
    library=("available", "examples", "text"),
    loader=("load",),
    reading=("read",),
    spectrum=("Spectrum",),
)
