"""Experiments: YAML files over published data, validated, built and fitted."""

from nudipole.experiments.build import build
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.likelihood import at, likelihood
from nudipole.experiments.limit import Limit
from nudipole.experiments.loader import available, examples, load, read, text
from nudipole.experiments.spectrum import Spectrum

__all__ = [
    "Experiment",
    "Limit",
    "Spectrum",
    "at",
    "available",
    "build",
    "examples",
    "likelihood",
    "load",
    "read",
    "text",
]
