"""Pseudo-experiments: data drawn from a model and fitted in chunks, whose seeds do not depend on who does the work."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Float

from nudipole import digits
from nudipole.errors import FitError
from nudipole.kept import compiled
from nudipole.numerics import AnyArray, jax, jnp
from nudipole.statistics.likelihood import Model
from nudipole.statistics.toys.batch import Batch
from nudipole.statistics.toys.data_sets import Toys

Numbers = np.ndarray[Any, np.dtype[Any]]

#: Toys of a compiled call: what one fits stays in the cache of a processor.
CHUNK = 2000
#: Threads that call compiled kernels, which use one processor each.
THREADS = max(1, min(os.cpu_count() or 1, 8))


class Hypothesis(NamedTuple):
    """Truth from which toys are drawn.

    Attributes
    ----------
    poi : float
    eta : (p,)
        Nuisances.

    Examples
    --------
    >>> Hypothesis(1.0, np.array([0.5])).poi
    1.0
    """

    poi: float
    eta: Numbers


@dataclass(frozen=True)
class Ensemble:
    """Fitted toys of one hypothesis.

    Attributes
    ----------
    truth : Hypothesis
    tested : float
        Where the parameter of interest was held.
    t : (n,)
        chi2 held minus chi2 free, at least zero.
    poi : (n,)
        Free best fit of the parameter of interest.
    careful : int
        Fits that needed the careful minimisers.

    Examples
    --------
    >>> found = Ensemble(Hypothesis(0.0, np.zeros(1)), 1.0, np.array([0.4, 2.0]), np.array([0.6, 1.9]), careful=0)
    >>> found.q.tolist()
    [0.4, 0.0]
    """

    truth: Hypothesis
    tested: float
    t: Numbers
    poi: Numbers
    careful: int

    @property
    def q(self) -> Numbers:
        """One-sided statistic of upper limits: zero where the best fit lies above the tested value."""
        return np.where(self.poi > self.tested, 0.0, self.t)

    def joined(self, other: Ensemble) -> Ensemble:
        """Both, of one and the same hypothesis."""
        return Ensemble(
            self.truth,
            self.tested,
            np.concatenate([self.t, other.t]),
            np.concatenate([self.poi, other.poi]),
            self.careful + other.careful,
        )


def draw(model: Model, truth: Hypothesis, n: int, random: np.random.Generator) -> Toys:
    """Draw `n` data sets: numbers of the bins, and auxiliary measurements of the constrained nuisances.

    Parameters
    ----------
    model : Model
    truth : Hypothesis
    n : int
    random : numpy.random.Generator
        Such as one that is `seeded`.

    Returns
    -------
    Toys

    Raises
    ------
    FitError
        If the expectation is negative or not finite, with the values of the parameters.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> draw(model, Hypothesis(1.0, np.zeros(1)), 1000, seeded(1)).observed.mean(axis=0).round().tolist()
    [12.0, 9.0]
    """
    x = np.concatenate([[truth.poi], truth.eta])
    row = np.asarray(_expected(model.unnamed(), jnp.asarray(x)))
    if not np.all(np.isfinite(row)):
        raise FitError("expected counts are not finite", _named(model, x))
    if not np.all(np.asarray(model.statistic.possible(np.zeros(row.shape), row))):
        raise FitError(
            f"expected counts are negative ({digits.number(float(row.min()))}), nothing can be drawn", _named(model, x)
        )
    expected = np.broadcast_to(row, (n, row.size))
    observed, statistic = model.statistic.sample(random, np.asarray(model.observed), expected)
    constrained = np.array(model.constrained, bool)
    measured = np.where(constrained, truth.eta + random.standard_normal((n, len(truth.eta))), 0.0)
    return Toys(observed, statistic, measured)


def _named(model: Model, x: Numbers) -> dict[str, float]:
    return dict(zip((model.poi_name, *model.nuisances), map(float, x), strict=True))


@compiled
def _expected(model: Model, x: Float[AnyArray, " q"]) -> Float[Array, " b"]:
    return model.expected(x[0], x[1:])


def expected_rows(model: Model, poi: float | Numbers, eta: Numbers) -> Numbers:
    """Expectations (n, b) of the model at nuisances (n, p) and one value of the parameter of interest, or (n,)."""
    x = np.concatenate([np.broadcast_to(np.asarray(poi, float), len(eta))[:, None], eta], axis=1)
    return np.asarray(_rows(model.unnamed(), x))


@compiled
def _rows(model: Model, x: Float[AnyArray, "n q"]) -> Float[Array, "n b"]:
    return jax.vmap(lambda row: model.expected(row[0], row[1:]))(x)


def seeded(*path: int) -> np.random.Generator:
    """Generator of a chunk: the same for the same path of seed, point and chunk, wherever and whenever it is made.

    Parameters
    ----------
    *path : int
        Not negative.

    Returns
    -------
    numpy.random.Generator

    Examples
    --------
    >>> seeded(1, 0).random() == seeded(1, 0).random(), seeded(1, 0).random() == seeded(1, 1).random()
    (True, False)
    """
    return np.random.default_rng(np.random.SeedSequence([number & (2**63 - 1) for number in path]))


def statistics_of(batch: Batch, toys: Toys, tested: float, start: Numbers) -> tuple[Numbers, Numbers, int]:
    """t (n,), free best fits of the parameter of interest (n,), and how many fits needed care."""
    held = batch.fit(toys, tested, start=start)
    free = batch.fit(toys, start=held.x)
    careful = int(held.careful.sum() + free.careful.sum())
    return np.maximum(held.chi2 - free.chi2, 0.0), free.x[:, 0], careful


def chunks(n: int) -> list[int]:
    """Sizes that sum to at least `n`, all equal: one shape, one compilation."""
    return [CHUNK] * -(-n // CHUNK)


def ensemble(
    batch: Batch,
    truth: Hypothesis,
    tested: float,
    n: int,
    *,
    seed: Sequence[int],
    first: int = 0,
) -> Ensemble:
    """Draw and fit toys; `n` is rounded up to whole chunks.

    Parameters
    ----------
    batch : Batch
    truth : Hypothesis
    tested : float
        Value of the parameter of interest to test.
    n : int
    seed : sequence of int
        Chunk k is drawn with the seed (*seed, k).
    first : int
        Number of the first chunk.

    Returns
    -------
    Ensemble

    Raises
    ------
    FitError
        If a fit does not converge.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> from nudipole.statistics.toys import Batch
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> found = ensemble(Batch(model), Hypothesis(0.0, np.zeros(1)), 0.0, 1000, seed=(1,))
    >>> len(found.t), bool(found.t.min() >= 0)
    (2000, True)
    """
    return next(iter(ensembles(batch, [(truth, tested, n, tuple(seed), first)])))


def ensembles(batch: Batch, wanted: Sequence[tuple[Hypothesis, float, int, tuple[int, ...], int]]) -> list[Ensemble]:
    """Several of `ensemble` at once, all chunks spread over the threads.

    Parameters
    ----------
    batch : Batch
    wanted : sequence of (truth, tested, n, seed, first)
        Arguments of `ensemble`.

    Returns
    -------
    list of Ensemble

    Raises
    ------
    FitError
        As for `ensemble`.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> from nudipole.statistics.toys import Batch
    >>> model = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]))
    >>> wanted = [(Hypothesis(poi, np.zeros(1)), poi, 1000, (1, k), 0) for k, poi in enumerate((0.0, 1.0))]
    >>> [found.tested for found in ensembles(Batch(model), wanted)]
    [0.0, 1.0]
    """
    work = [
        (which, truth, tested, (*seed, first + k))
        for which, (truth, tested, n, seed, first) in enumerate(wanted)
        for k in range(len(chunks(n)))
    ]

    def one(item: tuple[int, Hypothesis, float, tuple[int, ...]]) -> tuple[Numbers, Numbers, int]:
        _, truth, tested, seed = item
        toys = draw(batch.model, truth, CHUNK, seeded(*seed))
        return statistics_of(batch, toys, tested, np.concatenate([[tested], truth.eta]))

    results = list(in_threads(one, work))
    found = []
    for which, (truth, tested, *_) in enumerate(wanted):
        parts = [result for (owner, *_), result in zip(work, results, strict=True) if owner == which]
        t, poi, careful = zip(*parts, strict=True)
        found.append(Ensemble(truth, tested, np.concatenate(t), np.concatenate(poi), sum(careful)))
    return found


def in_threads(function: Callable[[Any], Any], work: Sequence[Any]) -> Iterator[Any]:
    """`function` of every item, in order; the first alone, so that it is compiled once."""
    if not work:
        return
    yield function(work[0])
    if THREADS == 1 or len(work) == 2:
        yield from map(function, work[1:])
        return
    with ThreadPoolExecutor(THREADS) as pool:
        yield from pool.map(function, work[1:])
