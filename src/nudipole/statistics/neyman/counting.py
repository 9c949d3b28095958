r"""Feldman-Cousins intervals of a counting experiment with known background, by enumeration.

.. math:: n \sim \mathrm{Poisson}(\mu + b), \qquad R(n, \mu) = \frac{P(n|\mu)}{P(n|\hat\mu)}, \quad
          \hat\mu = \max(0, n - b)

At every :math:`\mu` of a grid the counts with the largest R are accepted until their probability reaches the confidence
level; the interval for an observed count is the hull of all :math:`\mu` that accept it. Nothing is random: this is what
toys are to agree with.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import gammaln, pdtr

from nudipole.errors import OutOfRange

Numbers = np.ndarray[Any, np.dtype[Any]]

#: Step of the grid in mu.
STEP = 0.005


def feldman_cousins_counts(
    observed: int, background: float, cl: float = 0.90, *, monotone: bool = False, step: float = STEP
) -> tuple[float, float]:
    """Interval of the mean of a signal over a known background.

    Parameters
    ----------
    observed : int
        Events.
    background : float
        Expected events without signal.
    cl : float
        Confidence level, between 0 and 1.
    monotone : bool
        Lengthen the interval so that its upper end does not rise with a smaller background, as the tables of the paper
        do: the upper end is the largest of all backgrounds from this one on.
    step : float
        Of the grid in the mean.

    Returns
    -------
    lower, upper : float
        On the grid.

    Raises
    ------
    OutOfRange
        If counts or background are negative, or the level is outside (0, 1).

    References
    ----------
    Feldman:1997qc Sec. IV, Tables IV and V

    Examples
    --------
    >>> feldman_cousins_counts(0, 3.0)
    (0.0, 0.95)
    >>> feldman_cousins_counts(0, 3.0, monotone=True)
    (0.0, 1.075)
    """
    if observed < 0:
        raise OutOfRange("observed counts", observed, 0)
    if not 0 <= background < np.inf:
        raise OutOfRange("expected background", background, 0)
    if not 0 < cl < 1:
        raise OutOfRange("cl", cl, 0, 1, inside=True)
    lower, upper = _interval(observed, background, cl, step)
    return (lower, _lengthened(upper, observed, background, cl, step)) if monotone else (lower, upper)


def _lengthened(upper: float, observed: int, background: float, cl: float, step: float) -> float:
    """The largest upper end of this and all larger backgrounds: it is a saw whose teeth are one count apart."""
    ahead = step * np.arange(1, int(np.ceil(0.5 / step)) + 1)
    for other in np.arange(background + step, background + 1.5, step):
        low, high = accepted(upper + ahead, float(other), cl)
        inside = np.flatnonzero((low <= observed) & (observed <= high))
        if len(inside):
            upper = round(float(upper + ahead[inside[-1]]), 10)
    return upper


def accepted(mu: Numbers, background: float, cl: float = 0.90) -> tuple[Numbers, Numbers]:
    """Smallest and largest count that is accepted at each mean, (m,) both.

    Parameters
    ----------
    mu : (m,)
    background, cl : float
        As for `feldman_cousins_counts`.

    Returns
    -------
    tuple of (m,)

    Examples
    --------
    >>> low, high = accepted(np.array([0.0, 5.0]), 3.0)
    >>> low.tolist(), high.tolist()
    ([0, 4], [5, 13])
    """
    mu = np.atleast_1d(np.asarray(mu, float))
    most = int(np.ceil(mu.max() + background + 12 * np.sqrt(mu.max() + background + 1) + 20))
    n = np.arange(most + 1)
    total = mu[:, None] + background
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithm = np.where(total > 0, n * np.log(np.where(total > 0, total, 1.0)) - total - gammaln(n + 1), 0.0)
        logarithm = np.where((total == 0) & (n > 0), -np.inf, logarithm)
        best = np.maximum(n, background)
        at_best = np.where(best > 0, n * np.log(np.where(best > 0, best, 1.0)) - best - gammaln(n + 1), 0.0)
        ratio = logarithm - at_best
    probability = np.exp(logarithm)
    # Of equal ratios the larger count first: the larger probability of the two for backgrounds of whole counts.
    order = np.argsort(-ratio, axis=1, kind="stable")
    summed = np.cumsum(np.take_along_axis(probability, order, axis=1), axis=1)
    number = 1 + np.argmax(summed >= cl * (1 - 1e-12), axis=1)
    inside = np.zeros_like(ratio, dtype=bool)
    np.put_along_axis(inside, order, np.arange(most + 1) < number[:, None], axis=1)
    return np.argmax(inside, axis=1), most - np.argmax(inside[:, ::-1], axis=1)


def coverage(mu: float, background: float, cl: float = 0.90) -> float:
    """Probability that the interval contains the true mean: never below the level, as counts are whole mostly above.

    Parameters
    ----------
    mu : float
        True mean of the signal.
    background, cl : float
        As for `feldman_cousins_counts`.

    Returns
    -------
    float

    Examples
    --------
    >>> print(f"{coverage(2.0, 3.0):.3f}")
    0.928
    """
    low, high = accepted(np.array([mu]), background, cl)
    mean = mu + background
    below = pdtr(low[0] - 1, mean) if low[0] > 0 else 0.0
    return float(pdtr(high[0], mean) - below)


def _interval(observed: int, background: float, cl: float, step: float) -> tuple[float, float]:
    top = observed + 5 * np.sqrt(observed + 1) + 8
    mu = step * np.arange(int(np.ceil(top / step)) + 1)
    low, high = accepted(mu, background, cl)
    inside = np.flatnonzero((low <= observed) & (observed <= high))
    if not len(inside):
        return 0.0, 0.0
    return round(float(mu[inside[0]]), 10), round(float(mu[inside[-1]]), 10)
