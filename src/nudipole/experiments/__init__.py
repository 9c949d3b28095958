"""Experiments: YAML files over published data, validated, built and fitted."""

from nudipole.experiments.build import build
from nudipole.experiments.experiment import Experiment, Spectrum
from nudipole.experiments.limit import Limit
from nudipole.experiments.loader import available, load, read, text

__all__ = ["Experiment", "Limit", "Spectrum", "available", "build", "load", "read", "text"]
