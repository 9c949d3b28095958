"""nudipole: neutrino electromagnetic properties, from the vertex to a limit.

    >>> import nudipole as nd
    >>> nd.limit(nd.load("xenonnt-2022"), "mu_nu", cl=0.90)  # doctest: +SKIP

The names below are imported on first use, so that ``import nudipole`` itself stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nudipole.version import __version__

if TYPE_CHECKING:
    from nudipole import constants, mixing, plots, properties, sources
    from nudipole.errors import NudipoleError
    from nudipole.experiments import Experiment, available, load
    from nudipole.inference.limit import limit
    from nudipole.inference.methods import Asymptotic, Bayesian, CLs, FeldmanCousins

_LAZY = {
    "load": "nudipole.experiments",
    "available": "nudipole.experiments",
    "limit": "nudipole.inference.limit",
    "Asymptotic": "nudipole.inference.methods",
    "Bayesian": "nudipole.inference.methods",
    "CLs": "nudipole.inference.methods",
    "FeldmanCousins": "nudipole.inference.methods",
    "Experiment": "nudipole.experiments",
    "NudipoleError": "nudipole.errors",
}
_MODULES = ("constants", "mixing", "plots", "properties", "sources")

__all__ = [
    "Asymptotic",
    "Bayesian",
    "CLs",
    "Experiment",
    "FeldmanCousins",
    "NudipoleError",
    "__version__",
    "available",
    "constants",
    "limit",
    "load",
    "mixing",
    "plots",
    "properties",
    "sources",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    if name in _MODULES:
        return import_module(f"nudipole.{name}")
    raise AttributeError(f"module 'nudipole' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
