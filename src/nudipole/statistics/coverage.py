"""How often intervals by toys contain the truth: pseudo-experiments that each have toys of their own."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from nudipole.errors import OutOfRange, UnknownName
from nudipole.statistics.batch import Batch
from nudipole.statistics.construction import METHODS
from nudipole.statistics.data_sets import Toys
from nudipole.statistics.likelihood import Model
from nudipole.statistics.toys import CHUNK, Hypothesis, draw, expected_rows, in_threads, seeded, statistics_of

Numbers = np.ndarray[Any, np.dtype[Any]]


class Coverage(NamedTuple):
    """Fraction of pseudo-experiments whose interval contains the truth.

    Attributes
    ----------
    fraction, error : float
        With its binomial error.
    experiments, toys : int
        Pseudo-experiments, and toys of each under a hypothesis.
    """

    fraction: float
    error: float
    experiments: int
    toys: int


def coverage_by_toys(
    model: Model,
    truth: Hypothesis,
    cl: float = 0.90,
    method: str = "feldman-cousins",
    *,
    experiments: int = 10_000,
    toys: int = 500,
    seed: int = 1,
) -> Coverage:
    r"""Coverage of a construction at one truth.

    Every pseudo-experiment is treated as data: its nuisances are fitted at the true value, toys are drawn there, and
    the truth is inside if more than 1 - CL of them, the pseudo-experiment counted among them, are at least as far from
    it. With the rank among N toys nothing is biased by their number.

    Parameters
    ----------
    model : Model
        Its own data decide nothing but the background under OFF counts.
    truth : Hypothesis
        True parameter of interest and nuisances.
    cl : float
    method : str
        ``feldman-cousins`` or ``cls``.
    experiments, toys : int
    seed : int

    Raises
    ------
    UnknownName, OutOfRange
        No such method; a level outside (0, 1); no experiments or toys.
    """
    if method not in METHODS:
        raise UnknownName("construction by toys", method, METHODS)
    if not 0 < cl < 1:
        raise OutOfRange("cl", cl, 0, 1, inside=True)
    for name, number in (("experiments", experiments), ("toys", toys)):
        if number < 1:
            raise OutOfRange(f"number of {name}", number, 1)
    batch = Batch(model)
    together = max(1, CHUNK // toys)

    def inside(chunk: int) -> Numbers:
        data = draw(model, truth, together, seeded(seed, 0, chunk))
        start = np.concatenate([[truth.poi], truth.eta])
        free = batch.fit(data, start=start)
        held = batch.fit(data, truth.poi, start=free.x)
        t = np.maximum(held.chi2 - free.chi2, 0.0)
        signal = _toys_of(batch, truth.poi, held.x[:, 1:], toys, truth.poi, (seed, 1, chunk))
        if method == "feldman-cousins":
            return _rank(signal[0], t) > 1 - cl
        q = np.where(free.x[:, 0] > truth.poi, 0.0, t)
        null = batch.fit(data, 0.0, start=held.x)
        background = _toys_of(batch, 0.0, null.x[:, 1:], toys, truth.poi, (seed, 2, chunk))
        above, below = (_rank(np.where(poi > truth.poi, 0.0, t), q) for t, poi in (signal, background))
        return np.asarray(above > (1 - cl) * below)

    found = np.concatenate(list(in_threads(inside, range(-(-experiments // together)))))[:experiments]
    fraction = float(found.mean())
    error = float(np.sqrt(max(fraction * (1 - fraction), 1 / len(found)) / len(found)))
    return Coverage(fraction, error, len(found), toys)


def _toys_of(
    batch: Batch, poi: float, eta: Numbers, n: int, tested: float, seed: tuple[int, ...]
) -> tuple[Numbers, Numbers]:
    """t and free best fits (e, n) of n toys of each of the nuisances (e, p)."""
    random, model = seeded(*seed), batch.model
    truths = np.repeat(eta, n, axis=0)
    expected = np.repeat(expected_rows(model, poi, eta), n, axis=0)
    observed, statistic = model.statistic.sample(random, np.asarray(model.observed), expected)
    constrained = np.array(model.constrained, bool)
    measured = np.where(constrained, truths + random.standard_normal(truths.shape), 0.0)
    start = np.concatenate([np.full((len(truths), 1), tested), truths], axis=1)
    t, best, _ = statistics_of(batch, Toys(observed, statistic, measured), tested, start)
    return t.reshape(-1, n), best.reshape(-1, n)


def _rank(values: Numbers, least: Numbers) -> Numbers:
    """Fraction of the values (e, n), the own one counted in, that are at least so large, (e,)."""
    count = np.sum(values >= least[:, None] - 1e-9 * np.maximum(1.0, least[:, None]), axis=1)
    return np.asarray((1 + count) / (values.shape[1] + 1))
