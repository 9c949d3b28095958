"""From a description to an experiment that is ready to fit."""

from __future__ import annotations

from pathlib import Path

from nudipole.experiments.build.experiment import build
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.reading import read


def load(name: str | Path, variant: str | None = None) -> Experiment:
    """The experiment called `name`, ready to fit.

    Parameters
    ----------
    name : str or Path
        A name of `available()`, the path of a YAML file, or ``"-"`` for standard input.
    variant : str, optional
        One of the variants that the file describes.

    Examples
    --------
    >>> load("xenonnt-2022").observed[:4].tolist()
    [4.0, 11.0, 14.0, 12.0]
    """
    spec, file, beside = read(name, variant)
    return build(spec, file=file, beside=beside, variant=variant)
