"""Toys of more nuisances than are unrolled."""

import equinox as eqx
import numpy as np
import pytest

from nudipole.numerics import jnp
from nudipole.statistics import Background, LinearSignal, Model, best_fit, profile
from nudipole.statistics.toys import Batch, Hypothesis, draw, draws, ensemble, few, many, seeded
from nudipole.statistics.toys.batch import rows_in_cache
from nudipole.statistics.toys.place import Place


def model(nuisances, bins=20):
    random = np.random.default_rng(1)
    kinds = ["log-normal" if k % 4 == 1 else "gaussian" for k in range(nuisances)]
    backgrounds = [
        Background(f"b{k}", 60 / nuisances * random.gamma(3, 1, bins), kind, 0.1 + 0.02 * k)
        for k, kind in enumerate(kinds)
    ]
    total = sum(np.asarray(b.counts) for b in backgrounds)
    return Model(total, backgrounds, LinearSignal(30 * np.exp(-np.arange(bins) / 5)))


@pytest.fixture(scope="module")
def twelve():
    counts = model(12)
    return counts, Batch(counts), Hypothesis(1.0, np.zeros(12))


def test_fits_are_those_of_the_careful_minimiser(twelve):
    counts, batch, truth = twelve
    toys = draw(counts, truth, 300, seeded(3))
    start = np.array([1.0, *np.zeros(12)])
    held, free = batch.fit(toys, 1.0, start=start), batch.fit(toys, start=start)
    assert not held.careful.any()
    assert not free.careful.any()
    for k in range(4):
        one = batch.data_set(toys, k)
        assert held.chi2[k] == pytest.approx(profile(one, [1.0]).chi2[0], abs=1e-10)
        assert free.chi2[k] == pytest.approx(best_fit(one).chi2, abs=1e-10)


def test_threads_end_and_change_nothing(twelve, monkeypatch):
    """Batched factorisations of two threads at once would wait for each other for ever."""
    _, batch, truth = twelve
    found = []
    for threads in (1, 2, 8):
        monkeypatch.setattr(draws, "THREADS", threads)
        found.append(ensemble(batch, truth, 1.0, 3 * draws.CHUNK, seed=(5,)).t)
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def test_both_directions_agree():
    counts, random = model(4), np.random.default_rng(2)
    batch, n = Batch(counts), 7
    split = batch._split(None)
    x = random.normal(size=(5, n)) * 0.3
    x[0, :2], tight = 0.0, np.array([[0.0], *[[2.0]] * 4])
    expected, jacobian = eqx.filter_jit(lambda y: split.expectation(y))(jnp.asarray(x))
    data = random.poisson(np.asarray(expected)).astype(float)
    close = jnp.asarray(random.random(n) > 0.5)
    place = Place(
        jnp.asarray(x), jnp.asarray(tight * x), jnp.asarray(tight), jacobian, 2 * (1 - data / expected),
        2 * data / expected**2, close, jnp.ones(n, bool), jnp.asarray(batch._lower), jnp.asarray(batch._upper),
    )  # fmt: skip
    both = (eqx.filter_jit(way)(split, place) for way in (few.direction, many.direction))
    for one, other in zip(*both, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_blocks_are_fractions_of_a_chunk():
    for bins, parameters in ((30, 4), (300, 4), (1000, 4), (30, 31), (1000, 101), (10**6, 101)):
        rows = rows_in_cache(bins, parameters)
        assert rows >= 1
        assert -draws.CHUNK % rows < -(-draws.CHUNK // rows)
        assert rows * bins <= 61_000 or parameters > few.MOST or rows == 1
    assert rows_in_cache(30, 4) == draws.CHUNK > rows_in_cache(300, 4) > rows_in_cache(1000, 4)
