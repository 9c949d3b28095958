r"""Asymptotic distributions of test statistics with a physical boundary, and the constructions they give.

A new construction: write its threshold, add one line to `CONSTRUCTIONS`.

Throughout ``m`` is :math:`\mu/\sigma`, the distance of the tested value from the boundary in standard
deviations of its estimator, which the background-only Asimov data set gives as :math:`\sqrt{t_{\mu,A}}`. Far
from the boundary, or without one, ``m = inf``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri

Numbers = np.ndarray[Any, np.dtype[Any]]

#: A threshold that no finite statistic reaches.
_NEVER = float(np.finfo(float).max)


def cdf_unified(t: Numbers | float, m: Numbers | float) -> Numbers:
    r"""Distribution of the two-sided statistic with boundary, given the tested value.

    .. math:: F(\tilde t_\mu|\mu) = \Phi(\sqrt{\tilde t_\mu}) +
        \begin{cases} \Phi(\sqrt{\tilde t_\mu}) - 1 & \tilde t_\mu \le m^2 \\
        \Phi\big((\tilde t_\mu + m^2) / 2m\big) - 1 & \tilde t_\mu > m^2 \end{cases}

    References
    ----------
    Cowan:2010js Eqs. (40)-(43) with mu' = mu
    """
    t, m = np.broadcast_arrays(np.asarray(t, dtype=float), np.asarray(m, dtype=float))
    root = np.sqrt(t)
    return np.asarray(ndtr(root) + ndtr(np.where(root <= m, root, _beyond(t, m))) - 1)


def cdf_one_sided(q: Numbers | float, m: Numbers | float) -> Numbers:
    r"""Distribution of the upper-limit statistic with boundary, given the tested value.

    .. math:: F(\tilde q_\mu|\mu) = \begin{cases} \Phi(\sqrt{\tilde q_\mu}) & \tilde q_\mu \le m^2 \\
        \Phi\big((\tilde q_\mu + m^2) / 2m\big) & \tilde q_\mu > m^2 \end{cases}

    References
    ----------
    Cowan:2010js Eqs. (64)-(66) with mu' = mu
    """
    q, m = np.broadcast_arrays(np.asarray(q, dtype=float), np.asarray(m, dtype=float))
    root = np.sqrt(q)
    return np.asarray(ndtr(np.where(root <= m, root, _beyond(q, m))))


def threshold_two_sided(cl: float) -> float:
    """Quantile of chi2 with one degree of freedom; 2.706 at 90 %."""
    return float(ndtri((1 + cl) / 2) ** 2)


def threshold_one_sided(cl: float) -> float:
    """Square of the one-sided normal quantile, 1.642 at 90 %; 0 for cl <= 1/2."""
    return float(max(ndtri(cl), 0.0) ** 2)


def threshold_unified(cl: float, m: Numbers | float) -> Numbers:
    """Quantile of `cdf_unified`: from 1.64 at the boundary to 2.71 from m = 1.64 on (at 90 %)."""
    m = np.asarray(m, dtype=float)
    low, high = np.zeros(m.shape), np.full(m.shape, threshold_two_sided(cl))
    for _ in range(60):
        middle = (low + high) / 2
        below = cdf_unified(middle, m) < cl
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(m >= ndtri((1 + cl) / 2), threshold_two_sided(cl), (low + high) / 2)


def threshold_upper(cl: float, m: Numbers | float) -> Numbers:
    r"""Quantile of `cdf_one_sided`: :math:`z^2` for :math:`m \ge z = \Phi^{-1}(cl)`, else 2mz - m^2."""
    m = np.asarray(m, dtype=float)
    z = ndtri(cl)
    near = np.minimum(m, max(z, 0.0))
    return np.asarray(np.maximum(2 * near * z - near**2, 0.0))


def threshold_largest(cl: float) -> float:
    """No construction with a boundary has a larger one: that of `threshold_cls` at it, or the two-sided one."""
    return float(max(threshold_two_sided(cl), -2 * np.log1p(-cl)))


def cls(q: Numbers | float, m: Numbers | float, *, boundary: bool = True) -> Numbers:
    r"""Ratio of the probabilities of a larger statistic with signal and without it.

    .. math:: \mathrm{CL_s} = \frac{1 - F(\tilde q_\mu|\mu)}{1 - F(\tilde q_\mu|0)}, \qquad
        F(\tilde q_\mu|0) = \begin{cases} \Phi(\sqrt{\tilde q_\mu} - m) & \tilde q_\mu \le m^2 \\
        \Phi\big((\tilde q_\mu - m^2) / 2m\big) & \tilde q_\mu > m^2 \end{cases}

    Without a boundary the first of both holds everywhere.

    References
    ----------
    Read:2002hq; Cowan:2010js Eqs. (64)-(67) with mu' = mu and mu' = 0
    """
    q, m = np.broadcast_arrays(np.asarray(q, dtype=float), np.asarray(m, dtype=float))
    root, finite = np.sqrt(q), np.where((m > 0) & np.isfinite(m), m, 1.0)
    near = (root <= m) | (not boundary)
    signal = np.where(near, root, _beyond(q, m))
    null = np.where(near, root - np.where(np.isfinite(m), m, np.inf), (q - finite**2) / (2 * finite))
    return np.asarray(np.where(m > 0, np.exp(log_ndtr(-signal) - log_ndtr(-null)), 1.0))


def threshold_cls(cl: float, m: Numbers | float, *, boundary: bool = True) -> Numbers:
    """Where `cls` falls to 1 - cl: from -2 ln(1 - cl) at the boundary down to the one-sided threshold far from it.

    Without a boundary it rises near m = 0 as (ln(1 - cl)/m)^2.
    """
    m = np.asarray(m, dtype=float)
    least = np.where(m > 0, np.minimum(m, 1.0), 1.0)
    most = -2 * np.log1p(-cl) + 1.0 if boundary else (2 - np.log1p(-cl) / least) ** 2
    low, high = np.zeros(m.shape), np.broadcast_to(most, m.shape)
    for _ in range(80):
        middle = (low + high) / 2
        above = cls(middle, m, boundary=boundary) > 1 - cl
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.where(m > 0, (low + high) / 2, _NEVER)


def _beyond(t: Numbers, m: Numbers) -> Numbers:
    positive = m > 0
    finite = np.where(positive & np.isfinite(m), m, 1.0)
    return np.where(positive, (t + finite**2) / (2 * finite), np.inf)


@dataclass(frozen=True)
class Construction:
    """How an interval follows from Delta chi2: inside is where Delta chi2 <= threshold(cl, m).

    Attributes
    ----------
    sides : {"two", "one"}
        A one-sided construction gives an upper limit only.
    threshold : callable (cl, m) -> threshold
        `m` (n,) is the distance from the boundary in standard deviations (see above).
    boundary : bool
        Whether the threshold depends on m, so that the background-only Asimov data set is needed.
    reference : str
    unbounded : callable (cl, m) -> threshold, optional
        Without a boundary, m being the distance from no effect; ``threshold`` at infinite m unless given.

    Examples
    --------
    >>> construction = CONSTRUCTIONS["delta-chi2"]
    >>> print(f"{construction.threshold(0.90, np.array([0.0]))[0]:.2f}")
    2.71
    """

    sides: Literal["two", "one"]
    threshold: Callable[[float, Numbers], Numbers]
    boundary: bool
    reference: str
    unbounded: Callable[[float, Numbers], Numbers] | None = None

    def threshold_at(self, cl: float, m: Numbers, *, bounded: bool) -> Numbers:
        """Thresholds at distances m from a boundary, or from no effect where there is none."""
        if bounded:
            return self.threshold(cl, m)
        return self.threshold(cl, np.full(m.shape, np.inf)) if self.unbounded is None else self.unbounded(cl, m)


def _fixed(threshold: Callable[[float], float]) -> Callable[[float, Numbers], Numbers]:
    return lambda cl, m: np.full(np.shape(m), threshold(cl))


CONSTRUCTIONS: dict[str, Construction] = {
    "unified": Construction("two", threshold_unified, True, "Cowan:2010js Eqs. (11), (40)-(43)"),
    "delta-chi2": Construction("two", _fixed(threshold_two_sided), False, "Wilks:1938dza"),
    "one-sided": Construction("one", _fixed(threshold_one_sided), False, "Cowan:2010js Eq. (16), Wilks:1938dza"),
    "one-sided-boundary": Construction("one", threshold_upper, True, "Cowan:2010js Eqs. (16), (62)-(66)"),
    "cls": Construction(
        "one", threshold_cls, True, "Read:2002hq; Cowan:2010js Eqs. (64)-(67)", partial(threshold_cls, boundary=False)
    ),
}
