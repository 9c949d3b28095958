"""Whether counts are too few for asymptotic distributions of the test statistic."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri

from nudipole.statistics.fit import Fit, profile
from nudipole.statistics.hypotheses import outwards
from nudipole.statistics.likelihood import Model
from nudipole.statistics.toys.draws import expected_rows

Numbers = np.ndarray[Any, np.dtype[Any]]

#: Expected counts below which asymptotic ends may be off by more than a twentieth of the signal. Upper ends of one bin
#: with a background that is known exactly, unified against Feldman-Cousins by enumeration, with observed counts from
#: -1.6 to 1.6 standard deviations: up to 38, 26, 18, 5.5, 3.2, 1.9 and 1.5 per cent too low for backgrounds of 0.3, 1,
#: 3, 10, 30, 100 and 300 events.
FEW = 20.0
#: Share of the information that the bins carry which are counted.
_SHARE = 0.9


def counts_that_matter(model: Model, fit: Fit, cl: float = 0.90, *, end: float | None = None) -> float:
    """Expected counts at the upper end in the bins that carry nine tenths of the information on the parameter.

    Parameters
    ----------
    model : Model
    fit : Fit
        The best fit.
    cl : float
    end : float, optional
        The upper end by a fixed threshold, if it is known.

    Returns
    -------
    float
        Infinite where bins with Gaussian errors carry them.

    Raises
    ------
    FitError
        If a fit does not converge.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal, best_fit
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> print(f"{counts_that_matter(model, best_fit(model)):.0f}")
    17
    """
    if end is None:
        end = float(np.interp(float(ndtri((1 + cl) / 2)), *outwards(model, fit)))
    first = max(0.0, model.poi_lower)
    poi = np.array([first, end])
    eta = profile(model, poi, eta0=fit.eta).eta
    statistic, observed = model.statistic, np.asarray(model.observed)
    none, some = statistic.means(observed, expected_rows(model, poi, eta))
    scatter = np.broadcast_to(statistic.scatter(), some.shape)
    variance = np.where(scatter > 0, scatter**2, np.maximum(some, 1e-300))
    information = (some - none) ** 2 / variance
    order = np.argsort(-information)
    number = 1 + int(np.searchsorted(np.cumsum(information[order]), _SHARE * information.sum()))
    counted = order[:number]
    return float("inf") if np.any(scatter[counted] > 0) else float(some[counted].sum())


def asymptotic_is_poor(model: Model, fit: Fit, cl: float = 0.90, *, end: float | None = None) -> str:
    """Why asymptotic ends are not to be trusted, in words; empty where they are.

    Parameters
    ----------
    model, fit, cl, end
        As for `counts_that_matter`.

    Returns
    -------
    str

    Raises
    ------
    FitError
        As for `counts_that_matter`.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal, best_fit
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> asymptotic_is_poor(model, best_fit(model))
    '17 expected counts in the bins that matter, fewer than 20'
    """
    counts = counts_that_matter(model, fit, cl, end=end)
    if counts >= FEW:
        return ""
    return f"{counts:.2g} expected counts in the bins that matter, fewer than {FEW:g}"
