"""Statistics of binned counts: likelihood, fits, intervals. Knows arrays, not neutrinos.

Names are imported on first use: what only needs the names of constructions needs no JAX.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.statistics.accepted import Interval, expected, interval, intervals
    from nudipole.statistics.asymptotics import CONSTRUCTIONS, Construction
    from nudipole.statistics.band import BAND, Band, expected_bands, expected_credible
    from nudipole.statistics.bins import STATISTICS, Gaussian, OnOff, Poisson, Statistic
    from nudipole.statistics.combination import Joint, joint
    from nudipole.statistics.fit import Fit, Profile, best_fit, errors_of_nuisances, minuit_fit, profile
    from nudipole.statistics.hypotheses import (
        Curve,
        GoodnessOfFit,
        Significance,
        curve,
        described,
        goodness_of_fit,
        significance,
    )
    from nudipole.statistics.likelihood import Background, LinearSignal, Model, TemplateSignal, asimov
    from nudipole.statistics.validation import check

__all__ = [
    "BAND",
    "CONSTRUCTIONS",
    "STATISTICS",
    "Background",
    "Band",
    "Construction",
    "Curve",
    "Fit",
    "Gaussian",
    "GoodnessOfFit",
    "Interval",
    "Joint",
    "LinearSignal",
    "Model",
    "OnOff",
    "Poisson",
    "Profile",
    "Significance",
    "Statistic",
    "TemplateSignal",
    "asimov",
    "best_fit",
    "check",
    "curve",
    "described",
    "errors_of_nuisances",
    "expected",
    "expected_bands",
    "expected_credible",
    "goodness_of_fit",
    "interval",
    "intervals",
    "joint",
    "minuit_fit",
    "profile",
    "significance",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    __all__,
    asymptotics=(
        "CONSTRUCTIONS",
        "Construction",
    ),
    band=(
        "BAND",
        "Band",
        "expected_bands",
        "expected_credible",
    ),
    bins=(
        "STATISTICS",
        "Gaussian",
        "OnOff",
        "Poisson",
        "Statistic",
    ),
    fit=(
        "Fit",
        "Profile",
        "best_fit",
        "errors_of_nuisances",
        "minuit_fit",
        "profile",
    ),
    hypotheses=(
        "Curve",
        "GoodnessOfFit",
        "Significance",
        "curve",
        "described",
        "goodness_of_fit",
        "significance",
    ),
    accepted=(
        "Interval",
        "expected",
        "interval",
        "intervals",
    ),
    combination=(
        "Joint",
        "joint",
    ),
    likelihood=(
        "Background",
        "LinearSignal",
        "Model",
        "TemplateSignal",
        "asimov",
    ),
    validation=("check",),
)
