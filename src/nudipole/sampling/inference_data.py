"""Samples in the form that ArviZ takes, before and after its version 1."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from nudipole.extras import optional
from nudipole.numerics import jax
from nudipole.sampling.posterior import Posterior
from nudipole.version import __version__


def inference_data(posterior: Posterior) -> Any:
    """An `arviz.InferenceData`, or from ArviZ 1 on the `xarray.DataTree` that took its place.

    Groups: posterior, sample_stats, observed_data; the prior, the seed and the versions are attributes of the first.

    Parameters
    ----------
    posterior : Posterior

    Returns
    -------
    arviz.InferenceData or xarray.DataTree

    Raises
    ------
    MissingPackage
        ArviZ is not installed.

    Examples
    --------
    >>> from nudipole.sampling import sample
    >>> from nudipole.statistics import Background, LinearSignal, Model
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> inference_data(sample(model, chains=2, draws=100, warmup=100)).posterior["poi"].shape
    (2, 100)
    """
    model = posterior.model
    data = posterior.to_xarray()
    groups: dict[str, dict[str, Any]] = {
        "posterior": {str(name): column.to_numpy() for name, column in data.items()},
        "sample_stats": {
            "diverging": posterior.diverging,
            "n_steps": posterior.steps,
            "acceptance_rate": posterior.acceptance,
            "lp": posterior.log_density,
        },
        "observed_data": {"observed": np.asarray(model.observed)},
    }
    return built(groups, {"prior": posterior.prior.words, "seed": posterior.seed, "warmup": posterior.warmup})


def built(groups: dict[str, dict[str, Any]], attributes: dict[str, Any]) -> Any:
    """The same of groups of arrays (chain, draw); the attributes are those of the posterior."""
    arviz = _arviz()
    made = arviz.from_dict(groups) if _takes_groups(arviz) else arviz.from_dict(**groups)
    made["posterior"].attrs.update(_made_by() | attributes)
    return made


def _arviz() -> Any:
    # ArviZ 0.23 announces its version 1 whenever it is imported.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\s*ArviZ is undergoing a major refactor", category=FutureWarning)
        return optional("arviz", "samples are handed on through")


def _takes_groups(arviz: Any) -> bool:
    """Whether `from_dict` takes a dictionary of groups, as it does from version 1 on."""
    return int(arviz.__version__.split(".")[0]) >= 1


def _made_by() -> dict[str, Any]:
    return {"inference_library": "numpyro", "creator": f"nudipole {__version__}, jax {jax.__version__}"}
