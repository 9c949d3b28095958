"""Experiments: YAML files over published data, validated, built and fitted."""

from nudipole.experiments.build import build
from nudipole.experiments.combination import joint_model
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.limit import Limit
from nudipole.experiments.loader import available, examples, load, read, text
from nudipole.experiments.spectrum import Spectrum

__all__ = [
    "Experiment",
    "Limit",
    "Spectrum",
    "available",
    "build",
    "examples",
    "joint_model",
    "load",
    "read",
    "text",
]
