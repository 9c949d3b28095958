"""Speed of wiggle fits against a loop over Minuit, in one run. Run with `make bench`.

The loop has what a careful user would give it: Poisson deviance and gradient in NumPy, written out by hand, a start at
the truth, first steps of one standard error. The lowest of three rounds counts on both sides: others may use the
machine.
"""

from __future__ import annotations

import time

import numpy as np

from nudipole.muon_g2.wiggle import expected as wiggle
from nudipole.muon_g2.wiggle.expected import MICROSECOND, Setup
from nudipole.muon_g2.wiggle.fit_many import fit_many
from nudipole.muon_g2.wiggle.fit_model import Window
from nudipole.muon_g2.wiggle.fits import fit
from nudipole.muon_g2.wiggle.minuit import minuit_fit

EXPERIMENTS, BINS = 1000, 20
ENERGIES = np.arange(1100.0, 3101.0, 100.0)
WINDOW = Window((30 + 0.1492 * np.arange(4156)) * MICROSECOND)
SETUP = Setup(1e10, ENERGIES, WINDOW.edges, phase=0.4)


def lowest(run):
    """Seconds and result."""
    seconds = np.inf
    for _ in range(3):
        start = time.perf_counter()
        result = run()
        seconds = min(seconds, time.perf_counter() - start)
    return seconds, result


def test_fits_of_pseudo_experiments():
    """1000 pseudo-experiments x 20 energy bins x 4155 time bins, five parameters each; and 40 of them by Minuit."""
    mean = wiggle.expected(SETUP)
    _, A = wiggle.fractions(ENERGIES)
    random = np.random.default_rng(1)
    fit_many(random.poisson(mean[-1], (200, WINDOW.bins)), WINDOW)  # compiles
    ours = sampling = peer = 0.0
    peers, worst = 0, 0.0
    for k, bin_ in enumerate(mean):
        start = time.perf_counter()
        counts = random.poisson(bin_, (EXPERIMENTS, WINDOW.bins))
        sampling += time.perf_counter() - start
        seconds, found = lowest(lambda counts=counts: fit_many(counts, WINDOW))
        ours += seconds
        assert found.converged.all()
        N0 = bin_.sum() / np.exp(-WINDOW.frame.t / WINDOW.tau).sum()
        truth = np.array([N0, SETUP.tau, abs(A[k]), SETUP.omega_a, 0.4 if A[k] > 0 else 0.4 - np.pi])
        for row in (0, EXPERIMENTS - 1):
            seconds, reference = lowest(lambda one=counts[row], truth=truth: minuit_fit(one, WINDOW, truth))
            peer += seconds
            peers += 1
            difference = abs(found["omega_a"][row] - reference["omega_a"][0]) / reference.error("omega_a")[0]
            worst = max(worst, float(difference))
    fits = EXPERIMENTS * BINS
    ratio = (peer / peers) / (ours / fits)
    print(
        f"\n{fits} fits of five parameters to {WINDOW.bins} bins: {ours:.3g} s, {1e6 * ours / fits:.3g} us each; "
        f"Minuit {1e3 * peer / peers:.3g} ms each, {ratio:.0f} times as long, aim 100; "
        f"largest difference of omega_a {worst:.1g} sigma; sampling the counts took {sampling:.3g} s"
    )


def test_where_the_time_goes():
    """Parts of the fits of 1000 pseudo-experiments of one energy bin."""
    counts = np.random.default_rng(2).poisson(wiggle.expected(SETUP)[12], (EXPERIMENTS, WINDOW.bins))
    fit_many(counts, WINDOW), fit(counts.mean(axis=0)[None], WINDOW)

    def best(run):
        return 1e6 * lowest(run)[0] / EXPERIMENTS

    print(f"\nall of it: {best(lambda: fit_many(counts, WINDOW)):.3g} us a fit")
    print(f"the fit of their mean: {best(lambda: fit(counts.mean(axis=0)[None], WINDOW)):.3g} us")
    print(f"counts to double precision: {best(lambda: counts.astype(np.float64)):.3g} us")
    basis = np.random.default_rng(3).normal(size=(21, WINDOW.bins))
    small = np.ones((EXPERIMENTS, 21))
    one = best(lambda: small @ basis)
    print(f"one matrix product of the size of a step's two: {one:.3g} us, of which there are 5")


def test_simulation(benchmark):
    """1e11 positrons in 21 x 4155 bins: expectation and sampling."""
    setup = Setup(1e11, np.arange(1000.0, 3101.0, 100.0), WINDOW.edges)
    benchmark.pedantic(lambda: wiggle.simulate(setup, 1), rounds=5, iterations=1, warmup_rounds=1)
    print(f"\n1e11 positrons: {1e3 * benchmark.stats['median']:.3g} ms")
