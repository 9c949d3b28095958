"""Coverage of intervals, by toys and by enumeration; the full study is `make coverage`."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import gammaln, xlogy

from nudipole.errors import NudipoleError, OutOfRange, UnknownName
from nudipole.statistics import Background, Gaussian, LinearSignal, Model, OnOff, intervals
from nudipole.statistics.neyman.belt import toy_interval
from nudipole.statistics.neyman.counting import coverage
from nudipole.statistics.neyman.coverage import coverage_by_enumeration, coverage_by_toys
from nudipole.statistics.toys.draws import Hypothesis

x = (np.arange(10) + 0.5) / 10
MODEL = Model(
    np.full(10, 8.0),
    [Background("flat", np.full(10, 6.0), "gaussian", 0.1), Background("falling", 4 * (1 - x), "gaussian", 0.2)],
    LinearSignal(6 * np.exp(-3 * x)),
)


@pytest.mark.parametrize("mu", [0.0, 0.7, 2.0])
def test_feldman_cousins_covers(mu):
    found = coverage_by_toys(MODEL, Hypothesis(mu, np.zeros(2)), experiments=600, toys=200, seed=3)
    assert found.experiments == 600
    assert found.fraction == pytest.approx(0.9, abs=4 * found.error)


def test_cls_over_covers():
    found = coverage_by_toys(MODEL, Hypothesis(0.5, np.zeros(2)), 0.9, "cls", experiments=300, toys=200, seed=3)
    assert found.fraction > 0.93


@pytest.mark.slow
@pytest.mark.parametrize(
    "mu", [pytest.param(0.0, marks=pytest.mark.long), 1.0, pytest.param(2.5, marks=pytest.mark.long)]
)
def test_feldman_cousins_covers_to_a_per_cent(mu):
    """Nuisances off their nominal values, too."""
    found = coverage_by_toys(MODEL, Hypothesis(mu, np.array([1.0, -1.0])), experiments=4000, toys=250, seed=5)
    assert found.fraction == pytest.approx(0.9, abs=0.01 + 3 * found.error)


@pytest.mark.parametrize(
    ("settings", "error"),
    [({"method": "x"}, UnknownName), ({"cl": 0.0}, OutOfRange), ({"experiments": 0}, OutOfRange)],
)
def test_wrong_settings(settings, error):
    with pytest.raises(error):
        coverage_by_toys(MODEL, Hypothesis(0.0, np.zeros(2)), **settings)


def counting(b, *known):
    return Model([b], [Background("b", [b], *known)], LinearSignal([1.0]))


def poisson(n, mean):
    return np.exp(xlogy(n, mean) - mean - gammaln(n + 1))


@pytest.mark.parametrize("b", [0.5, 3.0, 10.0])
@pytest.mark.parametrize("s", [0.0, 2.0, 10.0])
def test_known_background(b, s):
    """The plain construction of counts."""
    found = coverage_by_enumeration(counting(b, "fixed"), Hypothesis(s, np.zeros(0)))
    assert found.exact
    assert found.toys == 0
    assert found.error < 1.1e-4
    assert found.fraction == pytest.approx(coverage(s, b), abs=found.error)


def cls_coverage(s, b):
    """CLs of counts: the sum of the data n with P(<= n|s + b) > 0.1 P(<= n|b)."""
    n = np.arange(100.0)
    below = [np.cumsum(poisson(n, mean)) for mean in (s + b, b)]
    # Where more is counted than expected the truth is above the upper end for no construction.
    inside = (below[0] > 0.1 * below[1]) | (n - b > s)
    return float(poisson(n, s + b)[inside].sum())


@pytest.mark.parametrize(("b", "s"), [(0.5, 3.0), (3.0, 5.0), (10.0, 10.0)])
def test_cls_with_known_background(b, s):
    found = coverage_by_enumeration(counting(b, "fixed"), Hypothesis(s, np.zeros(0)), 0.9, "cls")
    assert found.fraction == pytest.approx(cls_coverage(s, b), abs=found.error)


WIDTH = 0.2


def profiled(n, s, centre, sigma):
    """chi2 at its minimum in the background, measured as centre +- sigma, and where that is."""
    lead = s + sigma**2 - centre
    y = np.maximum((-lead + np.sqrt(lead**2 + 4 * (n * sigma**2 - s * (sigma**2 - centre)))) / 2, 0.0)
    return chi2(n, s, y, centre, sigma), y


def chi2(n, s, y, centre, sigma):
    return 2 * (s + y - n - xlogy(n, np.maximum(s + y, 1e-300)) + xlogy(n, n)) + ((y - centre) / sigma) ** 2


@pytest.mark.parametrize(("n", "s", "centre"), [(0.0, 2.0, 3.0), (7.0, 0.0, 2.0), (4.0, 5.0, 1.0)])
def test_the_background_of_these_tests_is_profiled(n, s, centre):
    least = minimize_scalar(lambda y: chi2(n, s, y, centre, 0.6), bounds=(0, 20), method="bounded").fun
    assert profiled(n, s, centre, 0.6)[0] == pytest.approx(least, abs=1e-8)


def gaussian_p(n, centre, b, s, cls):
    """p-value of data (n, centre), nuisance at its conditional best fit; the auxiliary measurement on a grid."""
    x = np.linspace(-5.5, 5.5, 221)
    weight = np.exp(-(x**2) / 2) / np.exp(-(x**2) / 2).sum()
    sigma, counts = WIDTH * b, np.arange(70.0)[:, None]

    def t(n, centre):
        value = profiled(n, s, centre, sigma)[0] - np.where(n > centre, 0.0, profiled(n, 0.0, centre, sigma)[0])
        return np.where(n - centre > s, 0.0, value) if cls else value

    tails = []
    for tested in (s, 0.0)[: 1 + cls]:
        y = profiled(n, tested, centre, sigma)[1]
        # Equal counts count wholly.
        far = (t(counts, y + sigma * x) >= t(n, centre) - 1e-9) | (counts == n)
        tails.append(np.sum(poisson(counts, tested + y) * weight * far))
    return tails[0] / tails[1] if cls else tails[0]


def gaussian_coverage(s, b, cls):
    """Every count, and auxiliary measurements in 160 cells."""
    x = np.linspace(-4, 4, 161)
    weight = np.exp(-(x**2) / 2)
    weight /= weight.sum()
    inside = 0.0
    for n in range(int(s + b + 5 * np.sqrt(s + b) + 5)):
        accepted = [gaussian_p(float(n), b * (1 + WIDTH * a), b, s, cls) >= 0.1 for a in x]
        inside += poisson(float(n), s + b) * (weight @ accepted)
    return inside


@pytest.mark.parametrize(
    ("b", "s", "method"),
    [
        (0.5, 2.0, "feldman-cousins"),
        pytest.param(3.0, 0.0, "feldman-cousins", marks=pytest.mark.long),
        pytest.param(3.0, 5.0, "cls", marks=pytest.mark.long),
    ],
)
def test_gaussian_background(b, s, method):
    """Cells of 0.05 standard deviations, half of one at every edge of acceptance: 0.002."""
    found = coverage_by_enumeration(counting(b, "gaussian", WIDTH), Hypothesis(s, np.zeros(1)), 0.9, method)
    assert found.error < 1e-3
    assert found.fraction == pytest.approx(gaussian_coverage(s, b, method == "cls"), abs=0.002 + found.error)


def on_off_deviance(n, m, tau, s):
    """The background profiled as the root of its quadratic equation."""
    p = (1 + tau) * s - n - m
    b = (-p + np.sqrt(p**2 + 4 * (1 + tau) * m * s)) / (2 * (1 + tau))
    return 2 * (
        s + b - xlogy(n, np.where(s + b > 0, s + b, 1.0)) + tau * b - xlogy(m, np.where(b > 0, tau * b, 1.0))
    ), b


def on_off_coverage(s, b, tau):
    ons, offs = (grid.ravel() for grid in np.meshgrid(np.arange(40.0), np.arange(30.0), indexing="ij"))
    held, y = on_off_deviance(ons, offs, tau, s)
    t = held - on_off_deviance(ons, offs, tau, np.maximum(ons - offs / tau, 0.0))[0]
    chance = poisson(ons, s + b) * poisson(offs, tau * b)
    likely = chance > 1e-8
    p = [np.sum((poisson(ons, s + y[k]) * poisson(offs, tau * y[k]))[t >= t[k] - 1e-9]) for k in np.flatnonzero(likely)]
    return float(chance[likely] @ (np.array(p) >= 0.1))


@pytest.mark.parametrize(("b", "tau", "s"), [(0.5, 1.0, 2.0), (3.0, 0.2, 0.0), (3.0, 1.0, 5.0)])
def test_on_off(b, tau, s):
    model = Model([s + b], [], LinearSignal([1.0]), statistic=OnOff([tau * b], tau))
    found = coverage_by_enumeration(model, Hypothesis(s, np.zeros(0)))
    assert found.fraction == pytest.approx(on_off_coverage(s, b, tau), abs=found.error + 1e-6)


@pytest.mark.parametrize("construction", ["unified", "cls", "one-sided"])
def test_asymptotic_intervals(construction):
    """The truth is covered by the intervals of the counts."""
    truth, b = 4.0, 3.0
    found = coverage_by_enumeration(
        counting(b, "gaussian", 1e-4), Hypothesis(truth, np.zeros(1)), 0.9, construction, asymptotic=True
    )
    inside = 0.0
    for n in range(30):
        model = Model([float(n)], [Background("b", [b], "gaussian", 1e-4)], LinearSignal([1.0]))
        interval = intervals(model, 0.9, [construction])[construction]
        inside += poisson(float(n), truth + b) * (interval.lower <= truth <= interval.upper)
    assert found.fraction == pytest.approx(inside, abs=2 * found.error)


@pytest.mark.long
def test_data_are_treated_as_an_interval_treats_them():
    """Two bins: the truth is covered where one of the pieces of the interval of the data contains it."""
    known, signal, truth = [Background("b", [0.5, 0.2], "fixed")], LinearSignal([0.6, 0.4]), 1.5
    found = coverage_by_enumeration(Model([1, 1], known, signal), Hypothesis(truth, np.zeros(0)), missing=0.02)
    inside = total = 0.0
    for data in np.ndindex(6, 5):
        chance = np.prod(poisson(np.array(data, float), np.array([1.4, 0.8])))
        if chance > 0.005:
            pieces = toy_interval(Model(np.array(data, float), known, signal)).pieces
            inside += chance * any(low <= truth <= high for low, high in pieces)
            total += chance
    assert total > 0.97
    assert found.fraction == pytest.approx(inside / total, abs=found.error + 1 - total)


@pytest.mark.long
@pytest.mark.slow
def test_two_nuisances():
    """Enumeration along the gradient, against toys."""
    shapes = [Background("a", [0.6, 0.4], "gaussian", 0.3), Background("c", [0.2, 0.5], "gaussian", 0.4)]
    model, truth = Model([1, 1], shapes, LinearSignal([1.0, 0.5])), Hypothesis(1.5, np.zeros(2))
    found = coverage_by_enumeration(model, truth, missing=1e-3)
    by_toys = coverage_by_toys(model, truth, experiments=4000, toys=1000, seed=2)
    assert found.fraction == pytest.approx(by_toys.fraction, abs=4 * by_toys.error + 0.01)


@pytest.mark.parametrize("method", ["feldman-cousins", pytest.param("cls", marks=pytest.mark.long)])
def test_toys_count_equal_counts_wholly(method):
    """As enumeration does, but for the noise of p by 1000 toys."""
    model, truth = counting(3.0, "gaussian", 0.2), Hypothesis(5.0, np.zeros(1))
    enumerated = coverage_by_enumeration(model, truth, 0.9, method)
    drawn = coverage_by_toys(model, truth, 0.9, method, experiments=2000, toys=1000, seed=4)
    assert drawn.fraction == pytest.approx(enumerated.fraction, abs=4 * drawn.error)


def test_asymptotic_intervals_by_toys():
    """The same pseudo-experiments, without toys of their own, cover what enumeration sums."""
    model, truth = counting(3.0, "gaussian", 0.2), Hypothesis(5.0, np.zeros(1))
    enumerated = coverage_by_enumeration(model, truth, 0.9, "unified", asymptotic=True)
    drawn = coverage_by_toys(model, truth, 0.9, "unified", asymptotic=True, experiments=20_000, seed=4)
    assert drawn.toys == 0
    assert not drawn.exact
    assert drawn.fraction == pytest.approx(enumerated.fraction, abs=4 * drawn.error)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"method": "unified"}, UnknownName),
        ({"method": "feldman-cousins", "asymptotic": True}, UnknownName),
        ({"cl": 1.0}, OutOfRange),
        ({"missing": 0.0}, OutOfRange),
    ],
)
def test_wrong_settings_of_enumeration(settings, error):
    with pytest.raises(error):
        coverage_by_enumeration(counting(3.0, "fixed"), Hypothesis(0.0, np.zeros(0)), **settings)


@pytest.mark.parametrize(
    "model",
    [
        Model(np.full(10, 8.0), [Background("b", np.full(10, 8.0), "fixed")], LinearSignal(np.ones(10))),
        Model([1.0], [Background("b", [1.0], "fixed")], LinearSignal([1.0]), statistic=Gaussian([1.0])),
    ],
    ids=["many", "gaussian"],
)
def test_what_cannot_be_enumerated(model):
    with pytest.raises(NudipoleError, match="coverage_by_toys"):
        coverage_by_enumeration(model, Hypothesis(0.0, np.zeros(len(model.nuisances))))
