"""Quantiles of ensembles beside the asymptotic ones, in one pass over the chunks of a store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nudipole.scans.store import open_store
from nudipole.scans.work import FAILED, MISSING, REFITTED, Numbers
from nudipole.statistics.asymptotics import cdf_unified, threshold_unified, threshold_upper

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Fractions at which quantiles are given: 1 sigma, the usual levels, 3 sigma.
LEVELS = (0.6827, 0.90, 0.95, 0.99, 0.9973)
#: Bins of sqrt(t) while counting, up to `_TOP`: a quantile is known to 2e-5 in sqrt(t).
_FINE, _TOP = 1_000_000, 20.0
#: Toys that are read at once.
_AT_ONCE = 1_000_000
#: Bins of the picture and least toys in the last of them.
_BINS, _LEAST = 60, 5


class Quantile(NamedTuple):
    """What a fraction of the toys does not exceed.

    Attributes
    ----------
    level : float
        The fraction.
    t, t_error, t_asymptotic : float
        `t_error` by the number of toys; NaN where the asymptotic one is not known.
    q, q_error, q_asymptotic : float
        Of the one-sided statistic.

    Examples
    --------
    >>> half = Quantile(0.5, t=0.02, t_error=0.01, t_asymptotic=0.0, q=0.02, q_error=0.01, q_asymptotic=0.0)
    >>> half.level
    0.5
    """

    level: float
    t: float
    t_error: float
    t_asymptotic: float
    q: float
    q_error: float
    q_asymptotic: float


@dataclass(frozen=True)
class EnsembleSummary:
    """One ensemble in numbers.

    Attributes
    ----------
    parameter, unit : str
    truth, tested : float
        In `unit`.
    m : float
        Distance of the tested value from the boundary in standard deviations.
    toys, refitted, failed : int
        All that are finished; of these, those that needed the careful minimisers, and those that none could fit.
    quantiles : tuple of Quantile
    edges : (k + 1,)
        Of bins of t.
    density : (k,)
        Fraction of the toys per unit of t.
    counts : (k,)
    asymptotic : (k,) or None
        The same by the asymptotic distribution; None if the tested value is not the truth.

    Examples
    --------
    >>> summary = EnsembleSummary(
    ...     "mu_nu", "mu_B", truth=0.0, tested=0.0, m=0.0, toys=100, refitted=0, failed=0, quantiles=(),
    ...     edges=np.array([0.0, 2.0, 4.0]), density=np.array([0.45, 0.05]), counts=np.array([90.0, 10.0]),
    ...     asymptotic=None,
    ... )
    >>> summary.plot().get_xlabel()
    't'
    """

    parameter: str
    unit: str
    truth: float
    tested: float
    m: float
    toys: int
    refitted: int
    failed: int
    quantiles: tuple[Quantile, ...]
    edges: Numbers
    density: Numbers
    counts: Numbers
    asymptotic: Numbers | None

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw how t is distributed, on `ax` or in a new figure."""
        from nudipole import plots

        return plots.toys(self, ax or plots.figure()[1])

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "truth": self.truth,
            "tested": self.tested,
            "m": self.m,
            "toys": self.toys,
            "refitted": self.refitted,
            "failed": self.failed,
            "quantiles": [quantile._asdict() for quantile in self.quantiles],
        }


def summaries(path: str | Path) -> list[EnsembleSummary]:
    """Of all ensembles of a store; memory does not grow with the number of toys.

    Parameters
    ----------
    path : path

    Returns
    -------
    list of EnsembleSummary
        In the order of the truths.

    Raises
    ------
    InputError
        If it is no store of nudipole.

    Examples
    --------
    >>> from nudipole.scans import Grid, ExperimentText, ensembles, run
    >>> moments = {"mu_nu": Grid((0.0, 1e-11), "mu_B")}
    >>> state = run(ensembles((ExperimentText.read("xenonnt-2022"),), moments, toys=100, seed=1), "toys.zarr")
    >>> [len(summary.quantiles) > 0 for summary in summaries("toys.zarr")]
    [True, True]
    """
    dataset = open_store(path)
    parameter = str(dataset["t"].dims[0])
    found = []
    for point in range(dataset.sizes[parameter]):
        t, q, status = _Counts(), _Counts(), np.zeros(256, int)
        for first in range(0, dataset.sizes["toy"], _AT_ONCE):
            part = dataset.isel({parameter: point, "toy": slice(first, first + _AT_ONCE)})
            flags = part["status"].values
            good = (flags != MISSING) & (flags != FAILED)
            status += np.bincount(flags, minlength=256)
            t.add(part["t"].values[good])
            q.add(part["q"].values[good])
        at = dataset.isel({parameter: point})
        truth, tested, m = (float(at[name].values) for name in (parameter, "tested", "m"))
        edges, counts = t.histogram()
        known = truth == tested
        n = max(t.total, 1)
        found.append(
            EnsembleSummary(
                parameter=parameter,
                unit=dataset[parameter].attrs["units"],
                truth=truth,
                tested=tested,
                m=m,
                toys=int(status.sum() - status[MISSING]),
                refitted=int(status[REFITTED]),
                failed=int(status[FAILED]),
                quantiles=tuple(_quantile(level, t, q, m, known=known) for level in LEVELS) if t.total else (),
                edges=edges,
                density=counts / (n * np.diff(edges)),
                counts=counts,
                asymptotic=np.diff(cdf_unified(edges, m)) / np.diff(edges) if known else None,
            )
        )
    return found


def _quantile(level: float, t: _Counts, q: _Counts, m: float, *, known: bool) -> Quantile:
    asymptotic = (float(threshold_unified(level, m)), float(threshold_upper(level, m))) if known else (np.nan, np.nan)
    return Quantile(level, *t.quantile(level), asymptotic[0], *q.quantile(level), asymptotic[1])


class _Counts:
    """How many values lie in fine bins of their root."""

    def __init__(self) -> None:
        self.bins = np.zeros(_FINE + 1, np.int64)

    @property
    def total(self) -> int:
        return int(self.bins.sum())

    def add(self, values: Numbers) -> None:
        place = np.minimum(np.sqrt(values) * (_FINE / _TOP), _FINE).astype(int)
        self.bins += np.bincount(place, minlength=_FINE + 1)

    def below(self, level: float) -> float:
        """The value of which the fraction `level` lies below."""
        place = int(np.searchsorted(np.cumsum(self.bins), level * self.total))
        # The first bin holds the zeros of fits at the boundary.
        return 0.0 if place == 0 else float(((place + 0.5) * _TOP / _FINE) ** 2)

    def quantile(self, level: float) -> tuple[float, float]:
        """A quantile, and its error by the number of values."""
        spread = np.sqrt(level * (1 - level) / self.total)
        low, high = self.below(max(level - spread, 0.0)), self.below(min(level + spread, 1.0))
        return self.below(level), (high - low) / 2

    def histogram(self) -> tuple[Numbers, Numbers]:
        """Edges and counts of bins of equal width, up to where the values become few."""
        cumulative = np.concatenate([[0], np.cumsum(self.bins)])
        roots = np.arange(_FINE + 2) * _TOP / _FINE
        top = max(self.below(1 - min(_LEAST / max(self.total, 1), 0.5)), 1e-6) if self.total else 1.0
        edges = np.linspace(0.0, top, _BINS + 1)
        # Between fine edges the counts are shared; the first fine bin belongs to zero.
        filled = np.interp(np.sqrt(edges), roots, cumulative)
        filled[0] = 0.0
        return edges, np.diff(filled)
