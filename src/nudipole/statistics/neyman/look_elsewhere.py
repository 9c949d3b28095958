"""Significance of the largest excess where a second parameter was scanned: the look-elsewhere effect, by toys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from nudipole.errors import NudipoleError, OutOfRange
from nudipole.statistics.fit import profile
from nudipole.statistics.hypotheses import significance
from nudipole.statistics.likelihood import Model
from nudipole.statistics.toys.batch import Batch
from nudipole.statistics.toys.draws import CHUNK, Hypothesis, draw, in_threads, seeded

Numbers = np.ndarray[Any, np.dtype[Any]]


class GlobalSignificance(NamedTuple):
    """The largest excess of a scan.

    Attributes
    ----------
    place : int
        Which of the models has it.
    q0, z_local, p_local : float
        Discovery statistic there, as if nothing had been scanned.
    p_global, error : float
        Fraction of toys without signal whose largest excess is at least so large, the data counted in; its error.
    z_global : float
        Standard deviations of p_global.
    toys : int

    Examples
    --------
    >>> found = GlobalSignificance(
    ...     place=3, q0=9.0, z_local=3.0, p_local=0.0013, p_global=0.02, error=0.003, z_global=2.05, toys=2000
    ... )
    >>> found.z_global < found.z_local
    True
    """

    place: int
    q0: float
    z_local: float
    p_local: float
    p_global: float
    error: float
    z_global: float
    toys: int


def global_significance(models: Sequence[Model], *, toys: int = 2000, seed: int = 1) -> GlobalSignificance:
    """Significance of the largest excess over all values of a scanned parameter.

    Parameters
    ----------
    models : sequence of Model
        One for each value of the scanned parameter: the same data and backgrounds, another signal.
    toys : int
        Without signal, nuisances at their fit to the data; rounded up to whole chunks.
    seed : int

    Returns
    -------
    GlobalSignificance

    Raises
    ------
    NudipoleError
        If there are no models, or their data or nuisances differ.
    OutOfRange
        No toys.
    FitError
        A fit did not converge.

    References
    ----------
    Cowan:2010js Eq. (12) for q0

    Examples
    --------
    An excess in the first of two bins, either of which may have a signal:

    >>> from nudipole.statistics import Background, LinearSignal
    >>> background = Background("flat", [8, 8], "gaussian", 0.1)
    >>> models = [Model([16, 7], [background], LinearSignal(signal)) for signal in ([1, 0], [0, 1])]
    >>> found = global_significance(models)
    >>> found.place, found.z_global < found.z_local
    (0, True)
    """
    if not models:
        raise NudipoleError("nothing was scanned: give at least one model")
    if toys < 1:
        raise OutOfRange("number of toys", toys, 1)
    first = models[0]
    for model in models[1:]:
        same = np.array_equal(np.asarray(model.observed), np.asarray(first.observed))
        if not same or model.nuisances != first.nuisances:
            raise NudipoleError("the models of a scan must have the same data and nuisances")
    found = [significance(model) for model in models]
    place = int(np.argmax([item.q0 for item in found]))
    null = Hypothesis(0.0, profile(first, [0.0]).eta[0])
    batches = [Batch(model) for model in models]
    start = np.concatenate([[0.0], null.eta])

    def largest(chunk: int) -> Numbers:
        data = draw(first, null, CHUNK, seeded(seed, chunk))
        held = batches[0].fit(data, 0.0, start=start)
        most = np.zeros(CHUNK)
        for batch in batches:
            free = batch.fit(data, start=held.x)
            q0 = np.where(free.x[:, 0] > 0, np.maximum(held.chi2 - free.chi2, 0.0), 0.0)
            most = np.maximum(most, q0)
        return most

    maxima = np.concatenate(list(in_threads(largest, range(-(-toys // CHUNK)))))[:toys]
    q0 = found[place].q0
    p = (1 + int(np.sum(maxima >= q0 - 1e-9))) / (len(maxima) + 1)
    error = float(np.sqrt(max(p * (1 - p), 1 / len(maxima)) / len(maxima)))
    z = float(np.sqrt(q0))
    return GlobalSignificance(place, q0, z, float(ndtr(-z)), p, error, float(-ndtri(p)), len(maxima))
