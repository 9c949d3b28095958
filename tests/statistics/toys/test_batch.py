"""Batched fits against Minuit with a likelihood of its own, in NumPy, and against the careful minimisers."""

from __future__ import annotations

import numpy as np
import pytest
from iminuit import Minuit

from nudipole.statistics import (
    Background,
    Gaussian,
    LinearSignal,
    Model,
    OnOff,
    Poisson,
    best_fit,
    joint,
    minuit_fit,
    profile,
)
from nudipole.statistics.toys.batch import Batch
from nudipole.statistics.toys.data_sets import Toys
from nudipole.statistics.toys.draws import Hypothesis, draw, seeded

BINS = 12


def random_case(seed):
    """Templates, normalisations and one data set; many with empty bins, many whose best fit is at the boundary."""
    random = np.random.default_rng(seed)
    level = 10 ** random.uniform(-0.5, 2)
    signal = random.gamma(0.7, 1, BINS) * np.exp(-3 * np.arange(BINS) / BINS) * level
    free, known = (level * random.gamma(2, 0.5, BINS) + 1e-3 for _ in range(2))
    widths = random.uniform(0.02, 0.3, 2)
    shift = 0.1 * signal * random.normal(size=BINS)
    truth = random.choice([0.0, 0.0, 0.5, 2.0])
    observed = random.poisson(free + known + truth * signal).astype(float)
    auxiliary = np.array([0.0, random.normal(), random.normal()])
    return signal, shift, free, known, widths, observed, auxiliary


def model_of(case):
    signal, shift, free, known, widths, observed, auxiliary = case
    return Model(
        observed,
        [Background("free", free), Background("known", known, "gaussian", widths[0])],
        LinearSignal(signal, [shift]),
        signal_nuisances=["shift"],
        auxiliary=auxiliary,
    )


def minuit(case, poi=None):
    """Minimum of the same likelihood, written down again."""
    signal, shift, free, known, widths, observed, auxiliary = case

    def expected(x):
        return x[0] * (signal + x[3] * shift) + x[1] * free + (1 + widths[0] * x[2]) * known

    def chi2(x):
        n = expected(x)
        if np.any(n <= 0):
            return 1e9 + 1e9 * float(np.sum(np.minimum(n, 0) ** 2))
        logarithm = np.where(observed > 0, observed * np.log(np.where(observed > 0, observed, 1) / n), 0.0)
        return float(2 * np.sum(n - observed + logarithm) + np.sum((x[2:] - auxiliary[1:]) ** 2))

    def gradient(x):
        slope = 2 * (1 - observed / expected(x))
        columns = np.stack([signal + x[3] * shift, free, widths[0] * known, x[0] * shift])
        return columns @ slope + np.concatenate([[0, 0], 2 * (x[2:] - auxiliary[1:])])

    best = None
    for first in (0.1, 1.0, 3.0) if poi is None else (poi,):
        found = Minuit(chi2, np.array([first, 1.0, 0.0, 0.0]), grad=gradient)
        found.limits = [(0, None), (0, None), (-1 / widths[0], None), (None, None)]
        found.errordef, found.strategy, found.tol = 1, 2, 1e-6
        found.errors = [0.1, 0.1, 0.5, 0.5]
        if poi is not None:
            found.fixed["x0"] = True
        found.migrad(ncall=5000)
        # Minuit stops short of a bound by its own transformation: polish by walking along it.
        if best is None or found.fval < best.fval:
            best = found
    return best


def compared(seed):
    case = random_case(seed)
    model = model_of(case)
    batch = Batch(model)
    toys = Toys(case[5][None], Poisson(), case[6][None])
    held, free = batch.fit(toys, 1.0), batch.fit(toys)
    return case, held, free


def differences(seeds):
    """Largest differences in q and, in standard deviations, in the best fit."""
    worst_q, worst_x, empty, bounded = 0.0, 0.0, 0, 0
    for seed in seeds:
        case, held, free = compared(seed)
        theirs_free, theirs_held = minuit(case), minuit(case, 1.0)
        ours = float(held.chi2[0] - free.chi2[0])
        theirs = theirs_held.fval - theirs_free.fval
        # Where Minuit ended higher it is Minuit that stopped short.
        assert free.chi2[0] <= theirs_free.fval + 1e-6, seed
        assert held.chi2[0] <= theirs_held.fval + 1e-6, seed
        short = max(theirs_free.fval - free.chi2[0], theirs_held.fval - held.chi2[0])
        if short < 5e-7:
            worst_q = max(worst_q, abs(ours - theirs))
            sigma = theirs_free.errors[0]
            if free.x[0, 0] > 1e-9:
                worst_x = max(worst_x, abs(free.x[0, 0] - theirs_free.values[0]) / sigma)
        empty += bool(np.any(case[5] == 0))
        bounded += bool(free.x[0, 0] == 0)
    return worst_q, worst_x, empty, bounded


def test_agrees_with_minuit_on_random_models():
    worst_q, worst_x, empty, bounded = differences(range(60))
    assert worst_q < 1e-6
    assert worst_x < 1e-3
    assert empty > 5
    assert bounded > 10


@pytest.mark.slow
def test_agrees_with_minuit_on_a_thousand_random_models():
    worst_q, worst_x, empty, bounded = differences(range(1000))
    assert worst_q < 1e-6
    assert worst_x < 1e-3
    assert empty > 100
    assert bounded > 200


def thirty_bins(signal=20.0):
    """The model of 30 bins with three constrained backgrounds that speed is measured with."""
    x = (np.arange(30) + 0.5) / 30
    shapes = {"flat": np.ones(30), "line": np.exp(-0.5 * ((x - 0.5) / 0.05) ** 2), "continuum": np.exp(-x)}
    sizes = {"flat": (300, 0.05), "line": (60, 0.1), "continuum": (150, 0.2)}
    falling = np.exp(-3 * x)
    backgrounds = [
        Background(name, sizes[name][0] * shape / shape.sum(), "gaussian", sizes[name][1])
        for name, shape in shapes.items()
    ]
    total = sum(np.asarray(b.counts) for b in backgrounds)
    return Model(np.round(total), backgrounds, LinearSignal(signal * falling / falling.sum()))


KINDS = {
    "linear": thirty_bins(),
    "log-normal": Model(
        [12.0, 9.0, 4.0],
        [Background("b", [10.0, 8.0, 3.0], "log-normal", 0.3)],
        LinearSignal([3.0, 1.0, 0.2], [[0.3, 0.1, 0.0]]),
        signal_nuisances=["s"],
    ),
    "gaussian": Model(
        [1.0, 2.0], [Background("b", [1.0, 1.0])], LinearSignal([1.0, 0.2]), statistic=Gaussian([0.3, 0.4]),
        poi_lower=-np.inf,
    ),
    "on-off": Model([14.0, 9.0], [], LinearSignal([3.0, 1.0]), statistic=OnOff([25.0, 30.0], 3.0)),
}  # fmt: skip
KINDS["joint"] = joint({"A": KINDS["log-normal"], "B": KINDS["on-off"]})


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.long) if k % 2 else kind for k, kind in enumerate(KINDS)]
)
def test_agrees_with_the_careful_minimisers(kind):
    model = KINDS[kind]
    batch = Batch(model)
    eta = np.where(np.array(model.constrained, bool), 0.0, 1.0)
    toys = draw(model, Hypothesis(0.5, eta), 40, seeded(3))
    held, free = batch.fit(toys, 0.7), batch.fit(toys)
    assert held.careful.sum() + free.careful.sum() <= 4
    for k in range(8):
        one = batch.data_set(toys, k)
        fit, at = best_fit(one), profile(one, [0.7])
        assert free.chi2[k] == pytest.approx(fit.chi2, abs=1e-6)
        assert held.chi2[k] == pytest.approx(at.chi2[0], abs=1e-6)
        if 0 < fit.poi_error < 10:
            assert free.x[k, 0] == pytest.approx(fit.poi, abs=1e-3 * fit.poi_error)


def test_additive_parameters_are_told_from_curved_ones():
    linear = Batch(KINDS["linear"])
    assert linear._split(None).curved == ()
    bent = Batch(KINDS["log-normal"])
    assert bent._split(None).curved == (0, 1, 2)
    assert bent._split(1.0).curved == (0,)


def test_any_map_from_parameters_to_counts():
    """A signal that is no sum of templates is differentiated one data set at a time."""
    import equinox as eqx

    class Root(eqx.Module):
        def __call__(self, poi, eta):
            from nudipole.numerics import jnp

            return jnp.stack([4.0, 1.0]) * jnp.sqrt(poi + 1e-2) * (1 + 0.1 * eta[0])

    model = Model([9.0, 6.0], [Background("b", [5.0, 5.0])], Root(), signal_nuisances=["s"])
    toys = draw(model, Hypothesis(1.0, np.array([1.0, 0.0])), 20, seeded(5))
    fits = Batch(model).fit(toys)
    for k in range(5):
        assert fits.chi2[k] == pytest.approx(best_fit(Batch(model).data_set(toys, k)).chi2, abs=1e-6)


@pytest.mark.parametrize("poi", [None, 0.5])
def test_backgrounds_that_free_nuisances_move(poi):
    """A peak of unknown position on a known slope, drawn and fitted, against the careful minimiser."""
    x = np.arange(BINS)
    peak = 400 * np.exp(-0.5 * ((x - 5) / 1.5) ** 2)
    moved = [400 * np.exp(-0.5 * ((x - 5 - d) / 1.5) ** 2) for d in (0.1, -0.1)]
    shifts = np.array([[(moved[0] - moved[1]) / 2], [(moved[0] + moved[1]) / 2 - peak]])
    backgrounds = [
        Background("peak", peak, shifts=shifts),
        Background("slope", 90.0 - 5 * x, "gaussian", 0.1),
        Background("known", np.full(BINS, 20.0), "fixed", shifts=shifts / 50),
    ]
    signal = LinearSignal(40 * np.exp(-x / 3), np.zeros((1, BINS)))
    model = Model(np.full(BINS, 50.0), backgrounds, signal, signal_nuisances=["position"], unconstrained=["position"])
    toys = draw(model, Hypothesis(0.5, np.array([1.0, 0.0, 0.3])), 12, seeded(3, 0, 0))
    batch = Batch(model)
    fits = batch.fit(toys, poi)
    for k in range(12):
        data = batch.data_set(toys, k)
        assert data.constrained == model.constrained
        careful = minuit_fit(data, poi)
        assert fits.chi2[k] == pytest.approx(careful.chi2, abs=1e-4)
