"""Many data sets of one model, as toys are drawn and fitted."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from nudipole.numerics import jax
from nudipole.statistics.bins import Statistic

Numbers = np.ndarray[Any, np.dtype[Any]]


class Toys(NamedTuple):
    """Data sets of one model.

    Attributes
    ----------
    observed : (n, b)
    statistic : Statistic
        With data of its own (OFF counts), if any, along a first axis of length n in every leaf.
    auxiliary : (n, p)
        Measured values of the nuisances.

    Examples
    --------
    >>> from nudipole.statistics import Poisson
    >>> toys = Toys(np.array([[12, 7], [9, 8]]), Poisson(), np.zeros((2, 1)))
    >>> toys.taken(np.array([1])).observed.tolist()
    [[9, 8]]
    """

    observed: Numbers
    statistic: Statistic
    auxiliary: Numbers

    def __len__(self) -> int:
        return len(self.observed)

    def taken(self, which: Numbers | slice) -> Toys:
        """Some of them."""
        statistic = jax.tree.map(lambda leaf: np.asarray(leaf)[which], self.statistic)
        return Toys(self.observed[which], statistic, self.auxiliary[which])
