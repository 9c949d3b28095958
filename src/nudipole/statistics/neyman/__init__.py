"""Neyman constructions: by enumeration of all outcomes, else by toys; their coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.statistics.neyman import counting
    from nudipole.statistics.neyman.belt import toy_interval
    from nudipole.statistics.neyman.construction import METHODS, Point, ToyInterval
    from nudipole.statistics.neyman.coverage import Coverage, coverage_by_enumeration, coverage_by_toys
    from nudipole.statistics.neyman.exact import exact_interval
    from nudipole.statistics.neyman.few_counts import asymptotic_is_poor, counts_that_matter
    from nudipole.statistics.neyman.look_elsewhere import GlobalSignificance, global_significance

__all__ = [
    "METHODS",
    "Coverage",
    "GlobalSignificance",
    "Point",
    "ToyInterval",
    "asymptotic_is_poor",
    "counting",
    "counts_that_matter",
    "coverage_by_enumeration",
    "coverage_by_toys",
    "exact_interval",
    "global_significance",
    "toy_interval",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    __all__,
    belt=("toy_interval",),
    construction=(
        "METHODS",
        "Point",
        "ToyInterval",
    ),
    coverage=(
        "Coverage",
        "coverage_by_enumeration",
        "coverage_by_toys",
    ),
    exact=("exact_interval",),
    few_counts=(
        "asymptotic_is_poor",
        "counts_that_matter",
    ),
    look_elsewhere=(
        "GlobalSignificance",
        "global_significance",
    ),
)
