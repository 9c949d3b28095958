"""Whether a model is sound, and on which scale its signal lives."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Array, Float

from nudipole.errors import OutOfRange, ZeroExpectation
from nudipole.kept import compiled
from nudipole.numerics import AnyArray, jax, jnp
from nudipole.statistics.likelihood import Model

Numbers = np.ndarray[Any, np.dtype[Any]]

#: Relative size of a curvature that differences of counts cannot tell from zero.
_ROUNDING = 1e-12


@compiled
def signal_counts(model: Model, poi: Float[AnyArray, " n"]) -> Float[Array, "n b"]:
    """Signal counts per bin at several values of the parameter of interest, signal nuisances at zero."""
    eta = jnp.zeros(len(model.signal_nuisances))
    return jax.vmap(lambda value: model.signal(value, eta))(poi)


def check(model: Model) -> Model:
    """Return `model` if it is sound, else say by name what is wrong.

    Parameters
    ----------
    model : Model

    Returns
    -------
    Model
        The same.

    Raises
    ------
    OutOfRange
        Observed or template counts negative (unless Gaussian) or not finite, an error or a ratio of exposures
        that is not positive, a constrained normalisation without a width.
    ValueError
        Shapes that do not agree.
    ZeroExpectation
        Events in a bin where all backgrounds and the signal vanish (unless the bin has OFF counts or errors).

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> check(Model([-1], [Background("flat", [8])], LinearSignal([1])))
    Traceback (most recent call last):
        ...
    nudipole.errors.OutOfRange: observed counts = -1 must be at least 0
    """
    observed = np.asarray(model.observed)
    if observed.size == 0:
        raise OutOfRange("number of bins", 0, 1)
    templates = {f"counts of background {b.name!r}": np.asarray(b.counts) for b in model.components}
    model.statistic.check(observed, templates)
    for background in model.backgrounds:
        if background.normalisation in ("gaussian", "log-normal") and not 0 < float(background.width) < np.inf:
            raise OutOfRange(f"width of background {background.name!r}", float(background.width), 0, inside=True)
    if model.auxiliary.shape != (len(model.nuisances),):
        raise ValueError(f"{len(model.nuisances)} nuisances, auxiliary of shape {model.auxiliary.shape}")
    if model.limits.shape != (2, len(model.nuisances)):
        raise ValueError(f"{len(model.nuisances)} nuisances, limits of shape {model.limits.shape}")
    ladder = np.asarray(signal_counts(model.unnamed(), _poi_ladder(model)))
    with np.errstate(over="ignore"):
        signal = np.nan_to_num(np.abs(ladder)).sum(axis=0)
    if signal.shape != observed.shape:
        raise ValueError(f"signal of shape {signal.shape}, observed counts of shape {observed.shape}")
    filled = np.any([signal > 0, *(template != 0 for template in templates.values())], axis=0)
    empty = ~filled & ~np.asarray(model.statistic.possible(observed, np.zeros(observed.shape)))
    if np.any(empty):
        raise ZeroExpectation(int(i) for i in np.flatnonzero(empty))
    return model


def poi_scale(model: Model) -> float:
    """Distance of the parameter of interest from its edge at which the signal stands out of the scatter of the data.

    For counts: at which it reaches sqrt(events) + 1.

    A scale for scans of any map from parameter to counts, linear or not; NaN if the signal vanishes
    everywhere.
    """
    steps = _poi_ladder(model)[1:] - _origin(model)
    signal = np.asarray(signal_counts(model.unnamed(), _poi_ladder(model)))
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.nan_to_num(model.statistic.distance(np.asarray(model.observed), signal[1:] - signal[0]), nan=np.inf)
    if not np.any(total > 0):
        return float("nan")
    above = int(np.argmax(total >= 1)) if np.any(total >= 1) else len(total) - 1
    if above == 0 or total[above - 1] <= 0 or not np.isfinite(total[above]):
        return float(steps[above])
    rate = np.log(total[above] / total[above - 1])
    if rate <= 0:
        return float(steps[above])
    fraction = np.log(1 / total[above - 1]) / rate
    return float(steps[above - 1] * (steps[above] / steps[above - 1]) ** fraction)


def turned(model: Model, step: float) -> Numbers:
    """Values other than zero at which the counts of a bin, or of all, are those at zero again, if they are quadratic.

    Parameters
    ----------
    model : Model
        Of a parameter with a sign.
    step : float
        Where the counts are looked at, on both sides of zero.
    """
    zero, plus, minus = np.asarray(signal_counts(model.unnamed(), np.array([0.0, step, -step])))
    weight = model.statistic.distance(np.asarray(model.observed), np.eye(zero.size))
    linear, square = (plus - minus) / (2 * step), (plus + minus - 2 * zero) / (2 * step**2)
    linear, square = (np.append(part, part @ weight) for part in (linear, square))
    # Less than rounding is no square.
    curved = np.abs(square) * step > _ROUNDING * np.abs(linear)
    return np.asarray(-linear[curved] / square[curved])


def _origin(model: Model) -> float:
    return model.poi_lower if np.isfinite(model.poi_lower) else 0.0


def _poi_ladder(model: Model) -> Numbers:
    return _origin(model) + np.concatenate([[0.0], 10.0 ** np.arange(-31, 32)])
