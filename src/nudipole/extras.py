"""Packages that only part of nudipole needs: imported where they are used, by the extra that brings them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from nudipole.errors import MissingPackage

#: Extras by package, as in pyproject.toml.
EXTRAS = {"arviz": "bayesian", "numpyro": "bayesian", "distributed": "cluster", "uproot": "root"}


def optional(module: str, what: str) -> Any:
    """A module of an optional package.

    Parameters
    ----------
    module : str
        Its full name, ``numpyro.infer.hmc``.
    what : str
        What needs it, with the verb: "posteriors are sampled by".

    Returns
    -------
    module

    Raises
    ------
    MissingPackage
        If it is not installed, with the extra that brings it.
    """
    package = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != package:
            raise
        raise MissingPackage(what, package, EXTRAS[package]) from error
