"""Whether a model is sound, and on which scale its signal lives."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float

from nudipole.errors import OutOfRange, ZeroExpectation
from nudipole.numerics import AnyArray, jax, jnp
from nudipole.statistics.likelihood import Model

Numbers = np.ndarray[Any, np.dtype[Any]]


@eqx.filter_jit
def signal_counts(model: Model, poi: Float[AnyArray, " n"]) -> Float[Array, "n b"]:
    """Signal counts per bin at several values of the parameter of interest, signal nuisances at zero."""
    eta = jnp.zeros(len(model.signal_nuisances))
    return jax.vmap(lambda value: model.signal(value, eta))(poi)


def check(model: Model) -> Model:
    """Return `model` if it is sound, else say by name what is wrong.

    Raises
    ------
    OutOfRange
        Observed or template counts negative or not finite, a constrained normalisation without a width.
    ValueError
        Shapes that do not agree.
    ZeroExpectation
        Events in a bin where all backgrounds and the signal vanish.
    """
    observed = np.asarray(model.observed)
    _counts("observed counts", observed, observed.shape)
    reach = np.zeros(observed.shape)
    for background in model.backgrounds:
        template = np.asarray(background.counts)
        _counts(f"counts of background {background.name!r}", template, observed.shape)
        if background.constrained and not 0 < float(background.width) < np.inf:
            raise OutOfRange(f"width of background {background.name!r}", float(background.width), 0)
        reach = reach + template
    if model.auxiliary.shape != (len(model.nuisances),):
        raise ValueError(f"{len(model.nuisances)} nuisances, auxiliary of shape {model.auxiliary.shape}")
    ladder = np.asarray(signal_counts(model.unnamed(), _poi_ladder(model)))
    with np.errstate(over="ignore"):
        signal = np.nan_to_num(np.abs(ladder)).sum(axis=0)
    if signal.shape != observed.shape:
        raise ValueError(f"signal of shape {signal.shape}, observed counts of shape {observed.shape}")
    empty = (observed > 0) & (reach == 0) & ~(signal > 0)
    if np.any(empty):
        raise ZeroExpectation(int(i) for i in np.flatnonzero(empty))
    return model


def poi_scale(model: Model) -> float:
    """Distance of the parameter of interest from its edge at which the signal reaches sqrt(events) + 1.

    A scale for scans of any map from parameter to counts, linear or not; NaN if the signal vanishes
    everywhere.
    """
    steps = _poi_ladder(model)[1:] - _origin(model)
    signal = np.abs(np.asarray(signal_counts(model.unnamed(), _poi_ladder(model))))
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.nan_to_num(np.abs(signal[1:] - signal[0]).sum(axis=1), nan=np.inf)
    target = np.sqrt(float(np.sum(np.asarray(model.observed)))) + 1
    if not np.any(total > 0):
        return float("nan")
    above = int(np.argmax(total >= target)) if np.any(total >= target) else len(total) - 1
    if above == 0 or total[above - 1] <= 0 or not np.isfinite(total[above]):
        return float(steps[above])
    rate = np.log(total[above] / total[above - 1])
    if rate <= 0:
        return float(steps[above])
    fraction = np.log(target / total[above - 1]) / rate
    return float(steps[above - 1] * (steps[above] / steps[above - 1]) ** fraction)


def _origin(model: Model) -> float:
    return model.poi_lower if np.isfinite(model.poi_lower) else 0.0


def _poi_ladder(model: Model) -> Numbers:
    return _origin(model) + np.concatenate([[0.0], 10.0 ** np.arange(-31, 32)])


def _counts(name: str, counts: Numbers, shape: tuple[int, ...]) -> None:
    if counts.shape != shape or counts.ndim != 1:
        raise ValueError(f"{name} of shape {counts.shape}, expected one number per bin ({shape})")
    bad = ~(np.isfinite(counts) & (counts >= 0))
    if np.any(bad):
        raise OutOfRange(name, float(counts[bad][0]), 0)
