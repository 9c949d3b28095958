"""Posteriors by sampling: priors, whitened coordinates, diagnostics, credible regions.

Names are imported at once: a module that is called as what it defines would hide it from an import on first use.
"""

from nudipole.sampling.inference_data import inference_data
from nudipole.sampling.marginal import marginal_deviance
from nudipole.sampling.posterior import KINDS, Credible, Diagnostic, Posterior, credible, diagnose, sample, shortest
from nudipole.sampling.prior import PRIORS, Prior, prior

__all__ = [
    "KINDS",
    "PRIORS",
    "Credible",
    "Diagnostic",
    "Posterior",
    "Prior",
    "credible",
    "diagnose",
    "inference_data",
    "marginal_deviance",
    "prior",
    "sample",
    "shortest",
]


def __dir__() -> list[str]:
    return __all__
