"""What is computed chunk by chunk, whatever it is: variables, chunks, results."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from nudipole.experiments import Experiment
from nudipole.numerics import jax
from nudipole.scans.chunks import Chunks
from nudipole.scans.description import Description
from nudipole.statistics import Model

Numbers = np.ndarray[Any, np.dtype[Any]]

#: What a fit came to, of a toy or of a point.
CONVERGED, REFITTED, FAILED, MISSING = 0, 1, 2, 255
STATUS = {
    "long_name": "how the fits ended",
    "flag_values": [CONVERGED, REFITTED, FAILED, MISSING],
    "flag_meanings": "converged refitted failed missing",
}


class Variable(NamedTuple):
    """An array of results.

    Attributes
    ----------
    dtype : str
    missing : float or int
        What is there before it is computed.
    attributes : dict
        Meaning and unit.
    """

    dtype: str
    missing: float
    attributes: dict[str, Any]


class Work(ABC):
    """What is computed, chunk by chunk; a subclass says what.

    Attributes
    ----------
    description : Description
    experiments : list of Experiment
    chunks : Chunks
    dimensions : tuple of str
        Of the variables: the parameters, then what else there is.
    variables : dict of Variable
    """

    chunks: Chunks
    dimensions: tuple[str, ...]
    variables: dict[str, Variable]

    def __init__(self, description: Description) -> None:
        self.description = description
        self.experiments: list[Experiment] = [source.experiment() for source in description.experiments]

    @abstractmethod
    def compute(self, number: int) -> dict[str, Numbers]:
        """Variables of a chunk."""

    def coordinates(self) -> dict[str, tuple[Numbers, dict[str, Any]]]:
        """More numbers on the grid, with their attributes."""
        return {}

    def record(self) -> dict[str, Any]:
        """What must be the same to go on: the description, and how the work is cut."""
        return self.description.record() | {"chunk": list(self.chunks.block)}

    @abstractmethod
    def inputs(self) -> Iterable[Model]:
        """Models that everything is computed from."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the numbers that go into the fits: equal ones give equal results."""
        made = hashlib.sha256()
        for leaf in jax.tree.leaves(list(self.inputs())):
            made.update(np.ascontiguousarray(np.asarray(leaf)).tobytes())
        return made.hexdigest()


class Result(NamedTuple):
    """A finished chunk.

    Attributes
    ----------
    arrays : dict of ndarray
        The variables.
    machine : dict of str
        That computed it.
    digest : str
        Of what it was computed from.
    """

    arrays: dict[str, Numbers]
    machine: dict[str, str]
    digest: str
