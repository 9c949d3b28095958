"""Toys per second against peers in one run. Run with `make bench`.

The peers: a loop over Minuit with NumPy and its gradient; and, where NUDIPOLE_PYHF_PYTHON names the Python of an
environment that has pyhf (0.7.6, which wants numpy < 2.4), pyhf with its numpy and jax back ends on the same model;
BLAS threads are one.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from iminuit import Minuit

import nudipole as nd
from nudipole.experiments.likelihood import likelihood
from nudipole.statistics import Background, LinearSignal, Model
from nudipole.statistics.neyman.belt import belt
from nudipole.statistics.toys.batch import Batch
from nudipole.statistics.toys.draws import CHUNK, THREADS, Hypothesis, draw, ensemble, seeded

TOYS = 40 * CHUNK


def thirty_bins() -> Model:
    """One falling signal of 20 events; backgrounds flat 300, line 60, continuum 150, known to 5, 10 and 20 %."""
    x = (np.arange(30) + 0.5) / 30
    shapes = {"flat": np.ones(30), "line": np.exp(-0.5 * ((x - 0.5) / 0.05) ** 2), "continuum": np.exp(-x)}
    sizes = {"flat": (300, 0.05), "line": (60, 0.1), "continuum": (150, 0.2)}
    backgrounds = [
        Background(name, sizes[name][0] * shape / shape.sum(), "gaussian", sizes[name][1])
        for name, shape in shapes.items()
    ]
    falling = np.exp(-3 * x)
    total = sum(np.asarray(b.counts) for b in backgrounds)
    return Model(total, backgrounds, LinearSignal(20 * falling / falling.sum()))


def sixty_bins() -> Model:
    """Ten nuisances, three of them not linear."""
    random = np.random.default_rng(1)
    backgrounds = []
    for k in range(10):
        shape = random.gamma(3, 1, 60)
        kind = "log-normal" if k < 3 else "gaussian"
        backgrounds.append(Background(f"b{k}", 60 * shape / shape.sum() * (1 + k), kind, 0.05 + 0.02 * k))
    signal = np.exp(-np.arange(60) / 15)
    total = sum(np.asarray(b.counts) for b in backgrounds)
    return Model(total, backgrounds, LinearSignal(40 * signal / signal.sum()))


def ours(model: Model) -> float:
    """Toys per second: drawn, and fitted twice."""
    batch, truth = Batch(model), Hypothesis(1.0, np.zeros(len(model.nuisances)))
    ensemble(batch, truth, 1.0, CHUNK, seed=(0,))
    best = np.inf
    for repeat in range(3):
        start = time.perf_counter()
        ensemble(batch, truth, 1.0, TOYS, seed=(1, repeat))
        best = min(best, time.perf_counter() - start)
    return TOYS / best


def by_minuit(model: Model, toys: int) -> float:
    """The same by a loop over Minuit, likelihood and gradient in NumPy."""
    signal = np.asarray(model.signal.template)
    counts = np.array([np.asarray(b.counts) for b in model.backgrounds])
    widths = np.array([float(b.width) for b in model.backgrounds])
    bent = np.array([b.normalisation == "log-normal" for b in model.backgrounds])

    def fit(data, auxiliary, held):
        def factors(eta):
            return np.where(bent, (1 + widths) ** eta, 1 + widths * eta)

        def chi2(x):
            n = np.maximum(x[0] * signal + factors(x[1:]) @ counts, 1e-300)
            return 2 * np.sum(n - data * np.log(n)) + np.sum((x[1:] - auxiliary) ** 2)

        def gradient(x):
            f = factors(x[1:])
            n = np.maximum(x[0] * signal + f @ counts, 1e-300)
            slope = 2 * (1 - data / n)
            change = np.where(bent, f * np.log1p(widths), widths)
            return np.concatenate([[signal @ slope], change * (counts @ slope) + 2 * (x[1:] - auxiliary)])

        minuit = Minuit(chi2, np.array([1.0, *auxiliary]), grad=gradient)
        minuit.errordef, minuit.strategy = 1, 0
        minuit.limits[0] = (0, None)
        minuit.errors = [0.3] + [1.0] * len(auxiliary)
        minuit.fixed[0] = held
        minuit.migrad()
        return minuit.fval

    data = draw(model, Hypothesis(1.0, np.zeros(len(widths))), toys, seeded(2))
    start = time.process_time()
    for k in range(toys):
        fit(data.observed[k], data.auxiliary[k], True)
        fit(data.observed[k], data.auxiliary[k], False)
    return toys / (time.process_time() - start)


def pyhf_rates() -> dict[str, float]:
    """Toys per second of pyhf by back end; nothing where it is not installed."""
    python = os.environ.get("NUDIPOLE_PYHF_PYTHON")
    if not python:
        return {}
    script = Path(__file__).with_name("pyhf_peer.py")
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run([python, str(script)], capture_output=True, text=True, check=True, env={**os.environ, **one})
    return json.loads(done.stdout.splitlines()[-1])


def test_toys_of_thirty_bins():
    rate, loop = ours(thirty_bins()), by_minuit(thirty_bins(), 1500)
    print(f"\n30 bins, 3 nuisances: {rate:.0f} toys/s on {THREADS} threads, drawn and fitted twice")
    print(f"Minuit, NumPy with gradient: {loop:.0f} toys/s, ratio {rate / loop:.0f}")
    peers = pyhf_rates()
    for name, target in (("numpy", 3000), ("jax", 1000)):
        if name in peers:
            print(f"pyhf {name}: {peers[name]:.0f} toys/s, ratio {rate / peers[name]:.0f} (aim {target})")
    if not peers:
        print("pyhf: not measured, NUDIPOLE_PYHF_PYTHON names no Python")


def test_toys_of_sixty_bins():
    rate, loop = ours(sixty_bins()), by_minuit(sixty_bins(), 300)
    print(f"\n60 bins, 10 nuisances, 3 of them not linear: {rate:.0f} toys/s")
    print(f"Minuit, NumPy with gradient: {loop:.0f} toys/s, ratio {rate / loop:.0f} (aim 25)")


def test_what_limits_toys():
    """Drawing, the held fit, the free fit of one chunk, one thread."""
    model = thirty_bins()
    batch, truth = Batch(model), Hypothesis(1.0, np.zeros(3))
    start = np.array([1.0, 0, 0, 0])
    toys = draw(model, truth, CHUNK, seeded(1))
    held = batch.fit(toys, 1.0, start=start)
    batch.fit(toys, start=held.x)

    def best(run):
        times = []
        for _ in range(30):
            begun = time.perf_counter()
            run()
            times.append(time.perf_counter() - begun)
        return min(times)

    parts = {
        "drawn": best(lambda: draw(model, truth, CHUNK, seeded(1))),
        "held fit": best(lambda: batch.fit(toys, 1.0, start=start)),
        "free fit": best(lambda: batch.fit(toys, start=held.x)),
    }
    print("\n" + ", ".join(f"{name} {1e6 * seconds / CHUNK:.2f} us a toy" for name, seconds in parts.items()))


@pytest.fixture(scope="module")
def xenonnt():
    return nd.load("xenonnt-2022")


def test_feldman_cousins_of_xenonnt(xenonnt):
    """30 points x 10^4 toys, drawn and fitted twice."""
    model = likelihood(xenonnt)
    points = np.linspace(0.02, 2, 30)
    belt(model, points[:2], toys=CHUNK)
    start = time.perf_counter()
    belt(model, points, toys=10_000)
    seconds = time.perf_counter() - start
    print(f"\nFeldman-Cousins belt of xenonnt-2022, 30 x 10^4 toys: {seconds:.2f} s, target 5 s")
