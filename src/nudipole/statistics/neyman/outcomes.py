"""All results that an experiment with few counts can have, with their probabilities."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.special import gammaln, xlogy

Numbers = np.ndarray[Any, np.dtype[Any]]

#: Mean of a number that is not enumerated: asymptotic distributions hold to a per mille.
_LARGE = 1e6
#: How much smaller the least probability of an outcome gets until the wanted mass is there.
_FINER = 8.0
#: Instead of a count that says nothing, so that one outcome stands for many.
ANY = -1.0


class Outcomes(NamedTuple):
    """Counts and their probabilities.

    Attributes
    ----------
    counts : (n, d)
        `ANY` of a number that may be anything.
    probability : (n,)
    missing : float
        Probability of all outcomes that were left out.
    """

    counts: Numbers
    probability: Numbers
    missing: float

    def __len__(self) -> int:
        return len(self.counts)


def probabilities(counts: Numbers, means: Numbers) -> Numbers:
    """Of counts (n, d) whose means are (d,), (n,): independent Poisson numbers."""
    known = counts != ANY
    numbers = np.where(known, counts, 0.0)
    logarithm = xlogy(numbers, means) - means - gammaln(numbers + 1)
    return np.asarray(np.exp(np.where(known, logarithm, 0.0).sum(axis=1)))


def outcomes(means: Numbers, missing: float, most: int, silent: Numbers | None = None) -> Outcomes | None:
    """The fewest outcomes that leave out no more than a given probability.

    Parameters
    ----------
    means : (d,)
        Expectations of independent Poisson numbers.
    missing : float
        Probability that may be left out.
    most : int
        Outcomes that are affordable.
    silent : (d,) int, optional
        For each number the earlier one at whose zero it may be anything; -1 if none.

    Returns
    -------
    Outcomes or None
        None if there would be more than `most`.

    Examples
    --------
    >>> found = outcomes(np.array([0.1, 0.2]), 1e-3, 1000)
    >>> len(found), found.missing < 1e-3
    (9, True)
    """
    silent = np.full(len(means), -1) if silent is None else silent
    if np.max(means, initial=0.0) > _LARGE:
        return None
    tables = [_table(float(mean), missing / len(means) / 10) for mean in means]
    if _least_number([table for table, before in zip(tables, silent, strict=True) if before < 0], missing) > most:
        return None
    least = missing
    while True:
        counts = _above(tables, silent, np.log(least), most)
        if counts is None:
            return None
        probability = probabilities(counts, np.asarray(means, float))
        left = float(1 - probability.sum())
        if left <= missing:
            return Outcomes(counts, probability, max(left, 0.0))
        least /= _FINER


def _least_number(tables: list[Numbers], missing: float) -> float:
    """Fewer outcomes than this leave out more than `missing`, whatever they are.

    By Cantelli's inequality the logarithm of the probability of an outcome lies above its mean, minus the entropy, by
    more than two standard deviations with a probability of 1/5 at most: what remains of the mass that is wanted is made
    of outcomes that are less likely than that.
    """
    entropy = variance = 0.0
    for table in tables:
        mean = float(np.exp(table) @ np.where(np.isfinite(table), table, 0.0))
        entropy -= mean
        variance += float(np.exp(table) @ np.where(np.isfinite(table), table - mean, 0.0) ** 2)
    return max(0.8 - missing, 0.0) * float(np.exp(min(entropy - 2 * np.sqrt(variance), 700.0)))


def _table(mean: float, tail: float) -> Numbers:
    """Logarithms of the probabilities of 0, 1, ..., until what follows is less than `tail`."""
    most = int(mean + 10 * np.sqrt(mean + 1) - 2 * np.log(tail))
    n = np.arange(most + 1)
    return np.asarray(xlogy(n, mean) - mean - gammaln(n + 1))


def _above(tables: list[Numbers], silent: Numbers, least: float, most: int) -> Numbers | None:
    """Counts (n, d) whose probability is not below exp(least), built up number by number."""
    # The rest of a list of numbers has at most the probability of its likeliest values.
    best = [table.max() if before < 0 else 0.0 for table, before in zip(tables, silent, strict=True)]
    rest = np.append(np.cumsum(best[::-1])[::-1][1:], 0.0)
    counts, logarithm = np.zeros((1, 0)), np.zeros(1)
    for table, before, limit in zip(tables, silent, least - rest, strict=True):
        idle = counts[:, before] == 0 if before >= 0 else np.zeros(len(counts), bool)
        both = logarithm[~idle, None] + table[None]
        row, number = np.nonzero(both >= limit)
        if len(row) > most:
            return None
        some = np.concatenate([counts[~idle][row], number[:, None]], axis=1)
        rest_of_them = np.concatenate([counts[idle], np.full((int(idle.sum()), 1), ANY)], axis=1)
        counts = np.concatenate([some, rest_of_them])
        logarithm = np.concatenate([both[row, number], logarithm[idle]])
    return counts
