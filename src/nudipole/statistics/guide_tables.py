r"""Poisson numbers of a few means, many of each: by the inverse of the distribution function, with guide tables.

A uniform number falls into one of `CELLS` equal cells; where the whole cell belongs to one number of counts, that is
the answer. The few other cells are divided by a further uniform number. The distribution is that of Poisson up to the
last digits of its distribution function, in double precision at both ends: for large numbers the survival function is
compared.

References
----------
Chen and Asau, AIIE Trans. 6 (1974) 163
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

Numbers = np.ndarray[Any, np.dtype[Any]]

CELLS = 2048
#: Means up to which there is a table, and data sets from which it is worth the while.
LARGEST, LEAST = 1000.0, 1000
#: Standard deviations around the mean, and more, beyond which nothing is drawn: less than 1e-30 of all.
_FAR, _MORE = 12, 40
#: Means whose tables are kept; each takes 16 kB.
_KEPT = 1024


class Guide(NamedTuple):
    """Tables of one mean.

    Attributes
    ----------
    counts : (CELLS,)
        The number of counts of each cell, -1 where there are several.
    first : int
        The lowest number that is drawn.
    below : (k,)
        Probability of at most `first`, `first` + 1, ...
    above : (k,)
        Probability of more than `first` + k - 1, ... , `first`: ascending.
    """

    counts: Numbers
    first: int
    below: Numbers
    above: Numbers


def poisson(random: np.random.Generator, means: Numbers, n: int) -> Numbers:
    """Numbers (n, b) drawn from Poisson distributions of means (b,).

    Examples
    --------
    >>> poisson(np.random.default_rng(1), np.array([0.5, 20.0]), 10_000).mean(axis=0).round(1).tolist()
    [0.5, 20.0]
    """
    if n < LEAST or not np.all(means <= LARGEST):
        return random.poisson(means, (n, len(means))).astype(float)
    guides = [_guide(float(mean)) for mean in means]
    cells = random.integers(0, CELLS, (len(means), n), dtype=np.uint16)
    drawn = np.empty((len(means), n))
    for guide, cell, row in zip(guides, cells, drawn, strict=True):
        np.take(guide.counts, cell, out=row, mode="clip")
        open_ = np.flatnonzero(row < 0)
        row[open_] = _divided(guide, cell[open_].astype(float), random.random(len(open_)))
    return drawn.T


def _divided(guide: Guide, cell: Numbers, u: Numbers) -> Numbers:
    """Numbers of counts in cells that belong to several, at fractions u of the cells."""
    low = np.searchsorted(guide.below, (cell + u) / CELLS, side="right")
    high = len(guide.above) - np.searchsorted(guide.above, ((CELLS - 1 - cell) + (1 - u)) / CELLS, side="left")
    return np.asarray(guide.first + np.where(cell < CELLS // 2, low, high), float)


@lru_cache(maxsize=_KEPT)
def _guide(mean: float) -> Guide:
    from scipy.special import pdtr, pdtrc

    reach = _FAR * np.sqrt(mean) + _MORE
    first = max(0, int(mean - reach))
    k = np.arange(first, int(mean + reach) + 1)
    below, above = pdtr(k, mean), pdtrc(k, mean)
    # Distances from the nearer end, as `_divided` has them; an edge between cells belongs to the upper one.
    half = np.arange(CELLS // 2 + 1) / CELLS
    low = np.searchsorted(below, half, side="right")
    high = len(k) - np.searchsorted(above[::-1], half[::-1], side="left")
    found, last = np.concatenate([low[:-1], high]), np.concatenate([low[1:], high[1:]])
    counts = np.where(found[:-1] == last, first + found[:-1], -1).astype(float)
    counts.flags.writeable = False
    return Guide(counts, first, below, above[::-1].copy())
