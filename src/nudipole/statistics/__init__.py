"""Statistics of binned counts: likelihood, fits, intervals. Knows arrays, not neutrinos."""

from nudipole.statistics.asymptotics import CONSTRUCTIONS, Construction
from nudipole.statistics.fit import Fit, Profile, best_fit, minuit_fit, profile
from nudipole.statistics.hypotheses import (
    Curve,
    GoodnessOfFit,
    Significance,
    curve,
    goodness_of_fit,
    significance,
)
from nudipole.statistics.intervals import Interval, expected, interval, intervals
from nudipole.statistics.likelihood import NORMALISATIONS, Background, LinearSignal, Model, asimov
from nudipole.statistics.minimise import Minimum, newton, newton_batch
from nudipole.statistics.validation import check

__all__ = [
    "CONSTRUCTIONS",
    "NORMALISATIONS",
    "Background",
    "Construction",
    "Curve",
    "Fit",
    "GoodnessOfFit",
    "Interval",
    "LinearSignal",
    "Minimum",
    "Model",
    "Profile",
    "Significance",
    "asimov",
    "best_fit",
    "check",
    "curve",
    "expected",
    "goodness_of_fit",
    "interval",
    "intervals",
    "minuit_fit",
    "newton",
    "newton_batch",
    "profile",
    "significance",
]
