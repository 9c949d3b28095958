"""One neutrino against one likelihood: how strong it may be, and whether it is excluded as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, ndtr, ndtri

from nudipole.statistics.blocks import Blocks, Minimum

#: Strengths, in units of the neutrino's, that fits with a sign start from.
_STARTS = (-1.0, 0.3, 1.0, 2.0)
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
        Probability of data that fit worse by so much, if the neutrino exists: one-sided of moments,
        :math:`1 - \Phi(\sqrt{\Delta\chi^2})` and 1/2 and more where the data want a stronger one; else two-sided.
    upper : float or None
        Largest x that is accepted; None where none is excluded.
    minimum, standard_model : Minimum
        At the neutrino, and without.
    """

    best: float
    delta_chi2: float
    over_sm: float
    p: float
    upper: float | None
    minimum: Minimum
    standard_model: Minimum


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
    p = 0.039, strength^2 < 0.69
    """
    zero, best = extremes(blocks)
    one = blocks.minimise(_at(zero, 1.0), fixed=blocks.names[:1])
    best = min(best, one, key=lambda found: found.chi2)
    upper = _upper(blocks, best, threshold(cl, _squared(blocks))) if limit else None
    return _judged(blocks, zero, best, one, upper)


def along(blocks: Blocks, strengths: Sequence[float]) -> list[Judgement]:
    """The same of many strengths x in place of one, without limits: of neutrinos that differ in their size alone."""
    zero, best = extremes(blocks)
    found, last = [], zero
    for x in sorted(strengths):
        last = blocks.minimise(_at(last, x), fixed=blocks.names[:1])
        found.append(last)
    best = min(best, *found, key=lambda one: one.chi2)
    by_strength = {float(one.x[0]): _judged(blocks, zero, best, one, None) for one in found}
    return [by_strength[float(x)] for x in strengths]


def extremes(blocks: Blocks) -> tuple[Minimum, Minimum]:
    """The minimum without the neutrino, and the lowest of all strengths."""
    name, squared = blocks.names[0], _squared(blocks)
    zero = blocks.minimise(blocks.start({name: 0.0}), fixed=[name])
    starts = [blocks.minimise(_at(zero, x), fixed=[name]) for x in ((1.0,) if squared else _STARTS)]
    return zero, min([blocks.minimise(start.x) for start in starts] + [zero], key=lambda found: found.chi2)


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


def _upper(blocks: Blocks, best: Minimum, threshold: float) -> float | None:
    name, last = blocks.names[0], best

    def above(x: float) -> float:
        nonlocal last
        last = blocks.minimise(_at(last, x), fixed=[name])
        return last.chi2 - best.chi2 - threshold

    low = max(float(best.x[0]), 0.0)
    high = max(2 * low, _width(best, threshold))
    while above(high) < 0:
        low, high = high, 3 * high
        if high > _FARTHEST:
            return None
    return float(brentq(above, low, high, rtol=1e-4))


def _width(best: Minimum, threshold: float) -> float:
    """About where the threshold is, from the curvature; above the best value."""
    curvature = float(best.hessian[0, 0])
    return float(best.x[0]) + (float(np.sqrt(2 * threshold / curvature)) if curvature > 0 else 1.0)
