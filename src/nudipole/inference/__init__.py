"""Questions asked of likelihoods: limits, regions, sensitivities, and how they are made.

Names are imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use

if TYPE_CHECKING:
    from nudipole.inference.antineutrinos import AntineutrinoSearch, AntineutrinoSearches, antineutrino_searches
    from nudipole.inference.axis import Axis
    from nudipole.inference.contour import Contour
    from nudipole.inference.credible import CredibleLimit
    from nudipole.inference.impacts import Impact, Impacts
    from nudipole.inference.methods import METHODS, Asymptotic, Bayesian, CLs, FeldmanCousins, Method
    from nudipole.inference.overview import Overview
    from nudipole.inference.post_fit import PostFit
    from nudipole.inference.result import Limit
    from nudipole.inference.sensitivity import Sensitivity
    from nudipole.inference.spread import Spread

__all__ = [
    "METHODS",
    "AntineutrinoSearch",
    "AntineutrinoSearches",
    "Asymptotic",
    "Axis",
    "Bayesian",
    "CLs",
    "Contour",
    "CredibleLimit",
    "FeldmanCousins",
    "Impact",
    "Impacts",
    "Limit",
    "Method",
    "Overview",
    "PostFit",
    "Sensitivity",
    "Spread",
    "antineutrino_searches",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    __all__,
    antineutrinos=("AntineutrinoSearch", "AntineutrinoSearches", "antineutrino_searches"),
    contour=("Contour",),
    credible=("CredibleLimit",),
    impacts=("Impact", "Impacts"),
    methods=("METHODS", "Asymptotic", "Bayesian", "CLs", "FeldmanCousins", "Method"),
    overview=("Overview",),
    post_fit=("PostFit",),
    result=("Limit",),
    axis=("Axis",),
    sensitivity=("Sensitivity",),
    spread=("Spread",),
)
