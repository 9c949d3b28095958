"""Free shapes of backgrounds in a likelihood: what the coefficients of their polynomials add, which is linear."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nudipole.experiments.experiment import Experiment
from nudipole.statistics import Background

#: What the coefficients add to all backgrounds together.
SHAPES = "shapes"


def shape_names(experiment: Experiment) -> tuple[str, ...]:
    """Nuisances that are coefficients of the shape of a background, in units of its template."""
    slopes = experiment.polynomials.items()
    return tuple(f"{name} degree {k + 1}" for name, rows in slopes for k in range(len(rows)))


def shapes(experiment: Experiment, before: int) -> list[Background]:
    """A background of nothing that the coefficients move, the last of the nuisances, which follow others."""
    if not experiment.polynomials:
        return []
    rows = np.concatenate(list(experiment.polynomials.values()))
    shifts = np.zeros((2, before + len(rows), rows.shape[1]))
    shifts[0, before:] = rows
    return [Background(SHAPES, np.zeros(rows.shape[1]), "fixed", shifts=shifts)]


def shaped(experiment: Experiment, name: str, coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
    """What coefficients, in the order of `shape_names`, add to a background, (b,)."""
    first = 0
    for of, rows in experiment.polynomials.items():
        if of == name:
            added: NDArray[np.float64] = coefficients[first : first + len(rows)] @ rows
            return added
        first += len(rows)
    return np.zeros(1)
