"""Statistics of binned counts: likelihood, fits, intervals. Knows arrays, not neutrinos."""

from nudipole.statistics.asymptotics import CONSTRUCTIONS, Construction
from nudipole.statistics.band import BAND, Band, expected_bands, expected_credible
from nudipole.statistics.bins import STATISTICS, Gaussian, OnOff, Poisson, Statistic
from nudipole.statistics.fit import Fit, Profile, best_fit, minuit_fit, profile
from nudipole.statistics.hypotheses import (
    Curve,
    GoodnessOfFit,
    Significance,
    curve,
    described,
    goodness_of_fit,
    significance,
)
from nudipole.statistics.intervals import Interval, expected, interval, intervals
from nudipole.statistics.joint import Joint, JointSignal, joint
from nudipole.statistics.likelihood import NORMALISATIONS, Background, LinearSignal, Model, TemplateSignal, asimov
from nudipole.statistics.minimise import Minimum, newton, newton_batch
from nudipole.statistics.validation import check

__all__ = [
    "BAND",
    "CONSTRUCTIONS",
    "NORMALISATIONS",
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
    "JointSignal",
    "LinearSignal",
    "Minimum",
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
    "expected",
    "expected_bands",
    "expected_credible",
    "goodness_of_fit",
    "interval",
    "intervals",
    "joint",
    "minuit_fit",
    "newton",
    "newton_batch",
    "profile",
    "significance",
]
