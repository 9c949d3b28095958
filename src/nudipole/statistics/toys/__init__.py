"""Pseudo-experiments: drawn, and fitted thousands at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.statistics.toys.batch import Batch, ToyFits
    from nudipole.statistics.toys.data_sets import Toys
    from nudipole.statistics.toys.draws import Ensemble, Hypothesis, draw, ensemble, ensembles, seeded

__all__ = [
    "Batch",
    "Ensemble",
    "Hypothesis",
    "ToyFits",
    "Toys",
    "draw",
    "ensemble",
    "ensembles",
    "seeded",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    __all__,
    batch=(
        "Batch",
        "ToyFits",
    ),
    data_sets=("Toys",),
    draws=(
        "Ensemble",
        "Hypothesis",
        "draw",
        "ensemble",
        "ensembles",
        "seeded",
    ),
)
