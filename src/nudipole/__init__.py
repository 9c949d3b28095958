"""nudipole: neutrino electromagnetic properties, from the vertex to a limit.

    >>> import nudipole as nd
    >>> nd.limit("xenonnt-2022", "mu_nu", cl=0.90)  # doctest: +SKIP

The names below are imported on first use, so that ``import nudipole`` itself stays light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole.lazy import on_first_use
from nudipole.moved import find_moved_modules
from nudipole.version import __version__

if TYPE_CHECKING:
    from nudipole import (
        astrophysics,
        constants,
        experiments,
        inference,
        limits,
        mixing,
        models,
        muon_g2,
        plots,
        precession,
        predictions,
        properties,
        sources,
    )
    from nudipole.citation import cite
    from nudipole.errors import NudipoleError
    from nudipole.experiments.before_detector import recoil_spectrum
    from nudipole.experiments.experiment import Experiment
    from nudipole.experiments.library import available
    from nudipole.experiments.loader import load
    from nudipole.experiments.neutrino import neutrino
    from nudipole.inference.contour import contour
    from nudipole.inference.impacts import impacts
    from nudipole.inference.joint.fit import fit
    from nudipole.inference.joint.forecast import forecast
    from nudipole.inference.limit import limit
    from nudipole.inference.methods import Asymptotic, Bayesian, CLs, FeldmanCousins
    from nudipole.inference.post_fit import post_fit
    from nudipole.inference.sensitivity import sensitivity
    from nudipole.inference.verdict.judge import verdict
    from nudipole.inference.verdict.region import region
    from nudipole.predictions.conversion import convert
    from nudipole.predictions.observables import predict
    from nudipole.properties.neutrino import Neutrino

__all__ = [
    "Asymptotic",
    "Bayesian",
    "CLs",
    "Experiment",
    "FeldmanCousins",
    "Neutrino",
    "NudipoleError",
    "__version__",
    "astrophysics",
    "available",
    "cite",
    "constants",
    "contour",
    "convert",
    "experiments",
    "fit",
    "forecast",
    "impacts",
    "inference",
    "limit",
    "limits",
    "load",
    "mixing",
    "models",
    "muon_g2",
    "neutrino",
    "plots",
    "post_fit",
    "precession",
    "predict",
    "predictions",
    "properties",
    "recoil_spectrum",
    "region",
    "sensitivity",
    "sources",
    "verdict",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    __all__,
    **{
        "citation": ("cite",),
        "errors": ("NudipoleError",),
        "experiments.before_detector": ("recoil_spectrum",),
        "experiments.experiment": ("Experiment",),
        "experiments.library": ("available",),
        "experiments.loader": ("load",),
        "experiments.neutrino": ("neutrino",),
        "inference.contour": ("contour",),
        "inference.impacts": ("impacts",),
        "inference.joint.fit": ("fit",),
        "inference.joint.forecast": ("forecast",),
        "inference.limit": ("limit",),
        "inference.methods": ("Asymptotic", "Bayesian", "CLs", "FeldmanCousins"),
        "inference.post_fit": ("post_fit",),
        "inference.sensitivity": ("sensitivity",),
        "inference.verdict.judge": ("verdict",),
        "inference.verdict.region": ("region",),
        "predictions.conversion": ("convert",),
        "predictions.observables": ("predict",),
        "properties.neutrino": ("Neutrino",),
    },
)

find_moved_modules()
