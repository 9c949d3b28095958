"""Models for the tests of the statistics."""

from __future__ import annotations

import equinox as eqx
import numpy as np
import pytest

from nudipole.numerics import jax
from nudipole.statistics import Background, Gaussian, LinearSignal, Model, OnOff, Poisson

NORMALISATIONS = (
    ("free",),
    ("gaussian", "free"),
    ("log-normal", "gaussian"),
    ("free", "log-normal", "gaussian"),
)


class QuadraticSignal(eqx.Module):
    """Interference and square of a parameter with a sign."""

    linear: jax.Array
    square: jax.Array

    def __call__(self, poi, eta):
        return poi * self.linear + poi**2 * self.square


def make_random(seed, bins=8, kind="poisson", **settings):
    """Random spectra, scales and nuisances; some bins empty, many fits at the boundary."""
    rng = np.random.default_rng(seed)
    scale = 10 ** rng.uniform(-1, 2)
    backgrounds, truth = [], np.zeros(bins)
    for k, normalisation in enumerate(NORMALISATIONS[seed % 4]):
        template = scale * rng.dirichlet(2 * np.ones(bins)) * bins * (rng.random(bins) > 0.2)
        backgrounds.append(Background(f"b{k}", template, normalisation, rng.uniform(0.05, 0.5)))
        truth += template
    unit = 10 ** rng.uniform(-3, 3)
    signal = rng.exponential(1, bins) * np.sqrt(scale)
    response = signal * np.array([[0.1], [0.05]]) * rng.normal(size=(2, bins)) if seed % 2 else None
    observed, statistic = DRAWS[kind](rng, truth + max(0, rng.normal(0.3, 1)) * signal, scale)
    return Model(
        observed,
        backgrounds,
        LinearSignal(signal / unit, None if response is None else response / unit),
        statistic=statistic,
        signal_nuisances=("norm", "shape") if seed % 2 else (),
        **settings,
    )


def draw_poisson(rng, truth, scale):
    return rng.poisson(truth), Poisson()


def draw_gaussian(rng, truth, scale):
    error = np.sqrt(scale) * rng.uniform(0.5, 2, len(truth))
    return truth + error * rng.normal(size=len(truth)), Gaussian(error)


def draw_on_off(rng, truth, scale):
    """A third of the bins without background of their own."""
    background = scale * rng.exponential(1, len(truth)) * (rng.random(len(truth)) > 0.3)
    ratio = 10 ** rng.uniform(-1, 2) * rng.uniform(0.5, 2, len(truth))
    return rng.poisson(truth + background), OnOff(rng.poisson(ratio * background), ratio)


DRAWS = {"poisson": draw_poisson, "gaussian": draw_gaussian, "on-off": draw_on_off}


def make_counting(observed, background, signal=1.0, **settings):
    """One bin whose background is known to a millionth."""
    known = Background("known", [background], "gaussian", 1e-6)
    return Model([observed], [known], LinearSignal([signal]), **settings)


def make_gaussian(x, **settings):
    """A Gaussian measurement `x` with unit resolution: very many events on a known background."""
    width, events = 1e6, 1e12
    known = Background("known", [events], "gaussian", 1e-10)
    return Model([events + x * width], [known], LinearSignal([width]), **settings)


def make_spectrum(seed=1, poi=0.0):
    """29 bins, a falling signal on a flat background of free normalisation."""
    background, signal = np.linspace(30, 20, 29), np.geomspace(5, 0.1, 29)
    observed = np.random.default_rng(seed).poisson(background + poi * signal)
    return Model(observed, [Background("flat", background)], LinearSignal(signal))


@pytest.fixture
def random_model():
    return make_random


@pytest.fixture
def counting():
    return make_counting


@pytest.fixture
def gaussian():
    return make_gaussian


@pytest.fixture
def spectrum():
    return make_spectrum


@pytest.fixture
def quadratic():
    return QuadraticSignal


class CountingSignal(LinearSignal):
    """Counts how often Python calls it: once a compilation."""

    def __call__(self, poi, eta):
        CALLS.append(None)
        return super().__call__(poi, eta)


CALLS = []


@pytest.fixture
def counting_signal():
    """A signal, and a function that tells how often it was called so far."""
    return CountingSignal, lambda: len(CALLS)
