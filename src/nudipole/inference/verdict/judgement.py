"""One neutrino against one likelihood: how strong it may be, and whether it is excluded as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, ndtr, ndtri

from nudipole.statistics.blocks import Blocks, Minimum

#: Strengths at which chi2 is looked at for several minima, in units of its error, and their number on either side.
_NEAREST, _FARTHEST_STEP, _TRIED = 0.1, 1e4, 40
#: Steps of a fit at the neutrino itself.
_PATIENCE = 60
#: Strengths beyond are as good as no limit.
_FARTHEST = 1e12


@dataclass(frozen=True)
class Judgement:
    r"""The strength x of a neutrino (squared of moments alone), which is one for the neutrino itself.

    Attributes
    ----------
    best : float
        x at the best fit.
    delta_chi2 : float
        chi2 of the neutrino less that of the best fit.
    over_sm : float
        chi2 of the neutrino less that of the Standard Model: negative where the data prefer the neutrino.
    p : float
        Asymptotic probability of data that fit worse by so much, if the neutrino exists: one-sided of moments,
        :math:`1 - \Phi(\sqrt{\Delta\chi^2})` and 1/2 and more where the data want a stronger one; too large, and
        cautious, where the best strength is at the edge zero; else two-sided.
    upper : float or None
        Largest x that is accepted, of the interval around the best that is not negative; None where none is excluded,
        or all are.
    minimum, standard_model : Minimum
        At the neutrino, and without.
    expected : float or None
        Of a neutrino that is excluded the median of `upper` without signal: above one the data, not the sensitivity,
        exclude it.
    """

    best: float
    delta_chi2: float
    over_sm: float
    p: float
    upper: float | None
    minimum: Minimum
    standard_model: Minimum
    expected: float | None = None


def judged(blocks: Blocks, cl: float, *, limit: bool = True) -> Judgement:
    """Test the strength one.

    Parameters
    ----------
    blocks : Blocks
        Whose parameter of interest is the strength.
    cl : float
        Of the limit on it.
    limit : bool
        Whether to look for the limit, too.

    Returns
    -------
    Judgement

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal, Model
    >>> model = Model([9.0], [Background("flat", [9.0], "fixed")], LinearSignal([6.0]), poi_name="strength^2")
    >>> found = judged(Blocks({"counts": model}), 0.90)
    >>> print(f"p = {found.p:.3f}, strength^2 < {found.upper:.2f}")
    p = 0.047, strength^2 < 0.74
    """
    zero, best, upwards = extremes(blocks)
    # Far beyond what is allowed nuisances are driven to their edges, and it does not matter where they end.
    one = blocks.minimise(_at(zero, 1.0), fixed=blocks.names[:1], most=_PATIENCE)
    best = min(best, one, key=_depth)
    upper = _upper(blocks, best, upwards, threshold(cl, _squared(blocks))) if limit else None
    found = _judged(blocks, zero, best, one, upper)
    if found.p >= 1 - cl or not limit or not _squared(blocks):
        return found
    asimov = blocks.asimov(zero.x)
    least = asimov.minimise(zero.x)
    return replace(found, expected=_upper(asimov, least, least, threshold(cl, True)))


def along(blocks: Blocks, strengths: Sequence[float]) -> list[Judgement]:
    """The same of many strengths x in place of one, without limits: of neutrinos that differ in their size alone."""
    zero, best, _ = extremes(blocks)
    found, last = [], zero
    for x in sorted(strengths):
        last = blocks.minimise(_at(last, x), fixed=blocks.names[:1])
        found.append(last)
    best = min(best, *found, key=_depth)
    by_strength = {float(one.x[0]): _judged(blocks, zero, best, one, None) for one in found}
    return [by_strength[float(x)] for x in strengths]


def extremes(blocks: Blocks) -> tuple[Minimum, Minimum, Minimum]:
    """The minimum without the neutrino, the lowest of all strengths, and of those that are not negative."""
    name = blocks.names[0]
    zero = blocks.minimise(blocks.start({name: 0.0}), fixed=[name])
    curvature = float(zero.hessian[0, 0])
    step = float(np.clip(np.sqrt(2 / curvature), 1e-15, 1e15)) if curvature > 0 else 1.0
    starts = [step] if _squared(blocks) else _valleys(blocks, zero, step)
    tried = [blocks.minimise(_at(zero, x)) for x in starts]
    upwards = [found for found in tried if found.x[0] >= 0]
    return zero, min([*tried, zero], key=_depth), min([*upwards, zero], key=_depth)


def _depth(found: Minimum) -> float:
    return found.chi2


def _valleys(blocks: Blocks, zero: Minimum, step: float) -> list[float]:
    """Strengths of either sign at which chi2, nuisances held, has a local minimum: where cross terms cancel squares."""
    sizes = step * np.geomspace(_NEAREST, _FARTHEST_STEP, _TRIED)
    places = np.concatenate([-sizes[::-1], [0.0], sizes])
    values = np.array([blocks.gradient(_at(zero, float(x)))[0] for x in places])
    inside = np.flatnonzero((values[1:-1] <= values[:-2]) & (values[1:-1] <= values[2:])) + 1
    return [float(places[k]) for k in inside] or [step]


def threshold(cl: float, squared: bool) -> float:
    """Delta chi2 above which a strength is excluded."""
    return float(ndtri(cl) ** 2) if squared else float(ndtri((1 + cl) / 2) ** 2)


def _squared(blocks: Blocks) -> bool:
    return bool(blocks.lower[0] == 0)


def _judged(blocks: Blocks, zero: Minimum, best: Minimum, one: Minimum, upper: float | None) -> Judgement:
    x, strength = float(best.x[0]), float(one.x[0])
    delta = max(one.chi2 - best.chi2, 0.0)
    if not _squared(blocks):
        return Judgement(x, delta, one.chi2 - zero.chi2, float(chdtrc(1, delta)), upper, one, zero)
    p = float(1 - ndtr(np.sqrt(delta))) if x < strength else float(ndtr(np.sqrt(delta)))
    return Judgement(x, delta if x < strength else 0.0, one.chi2 - zero.chi2, p, upper, one, zero)


def _at(start: Minimum, x: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    moved = start.x.copy()
    moved[0] = x
    return moved


def _upper(blocks: Blocks, best: Minimum, start: Minimum, threshold: float) -> float | None:
    """The strength above the start at which the threshold is passed; None if nowhere, or there already."""
    name, last = blocks.names[0], start

    def above(x: float) -> float:
        nonlocal last
        last = blocks.minimise(_at(last, x), fixed=[name])
        return last.chi2 - best.chi2 - threshold

    low = float(start.x[0])
    if start.chi2 - best.chi2 >= threshold:
        return None
    high = max(2 * low, _width(start, threshold))
    while above(high) < 0:
        low, high = high, high + 2 * max(abs(high), 1e-3)
        if high > _FARTHEST:
            return None
    return float(brentq(above, low, high, rtol=1e-4))


def _width(best: Minimum, threshold: float) -> float:
    """About where the threshold is, from the curvature; above the best value."""
    curvature = float(best.hessian[0, 0])
    return float(best.x[0]) + (float(np.sqrt(2 * threshold / curvature)) if curvature > 0 else 1.0)
