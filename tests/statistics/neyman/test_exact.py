"""Constructions by enumeration against closed forms, published tables, and enumeration written down again in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln, xlogy

from nudipole.numerics import jnp
from nudipole.statistics import Background, Gaussian, LinearSignal, Model, OnOff, TemplateSignal, best_fit, joint
from nudipole.statistics.neyman.belt import toy_interval
from nudipole.statistics.neyman.counting import feldman_cousins_counts
from nudipole.statistics.neyman.exact import exact_interval
from nudipole.statistics.neyman.few_counts import asymptotic_is_poor
from nudipole.statistics.neyman.outcomes import outcomes


def counting(n, b, width=None, kind="gaussian"):
    known = Background("b", [b], "fixed") if width is None else Background("b", [b], kind, width)
    return Model([float(n)], [known], LinearSignal([1.0]))


def poisson(n, mean):
    return np.exp(xlogy(n, mean) - mean - gammaln(n + 1))


@pytest.mark.parametrize(("n", "b"), [(0, 0.0), (3, 0.0), (10, 0.0), (0, 3.0), (4, 3.0), (6, 3.0), (10, 3.0)])
def test_feldman_cousins_of_counts(n, b):
    """Feldman:1997qc: the tables, on a grid of 0.005."""
    exact = toy_interval(counting(n, b))
    lower, upper = feldman_cousins_counts(n, b)
    assert exact.exact
    assert exact.toys == 0
    assert exact.lower == pytest.approx(lower, abs=0.006)
    assert exact.upper == pytest.approx(upper, abs=0.006)


@pytest.mark.parametrize("width", [1e-5, 1e-3])
def test_a_nearly_exact_constraint_breaks_no_ties(width):
    """n = 3, b = 3.75: 3.73, as for a background that is known exactly; a mid-p value would be 3.31."""
    _, upper = feldman_cousins_counts(3, 3.75)
    assert toy_interval(counting(3, 3.75, width)).upper == pytest.approx(upper, rel=3e-3)
    assert toy_interval(counting(3, 3.75)).upper == pytest.approx(upper, abs=0.006)


@pytest.mark.parametrize(
    "model",
    [
        counting(0, 3.0),
        counting(0, 3.0, 0.2),
        pytest.param(counting(0, 3.0, 0.5, "log-normal"), marks=pytest.mark.long),
        Model([0.0], [], LinearSignal([1.0]), statistic=OnOff([4.0], 1.0)),
        pytest.param(
            Model([0.0, 0.0], [Background("b", [1.0, 0.5], "gaussian", 0.3)], LinearSignal([0.7, 0.3])),
            marks=pytest.mark.long,
        ),
    ],
    ids=["known", "gaussian", "log-normal", "on-off", "two bins"],
)
def test_cls_without_events(model):
    """exp(-s) = 0.1 whatever the background; the same for every seed."""
    ends = {toy_interval(model, 0.9, "cls", seed=seed).upper for seed in (1, 2)}
    assert len(ends) == 1
    assert ends.pop() == pytest.approx(-np.log(0.1), rel=1e-3)


@pytest.mark.parametrize("method", ["cls", "feldman-cousins"])
def test_two_experiments_of_which_one_has_few_counts(method):
    """Known backgrounds, one common strength: the sum over both counts, and toys of the same model."""
    observed, s, b = np.array([0.0, 92.0]), np.array([1.0, 5.0]), np.array([1.5, 85.0])
    parts = zip("ab", observed, s, b, strict=True)
    model = joint({k: Model([n], [Background("b", [c], "fixed")], LinearSignal([a])) for k, n, a, c in parts})
    assert model.nuisances == ()
    grid = np.stack(np.meshgrid(np.arange(30.0), np.arange(240.0), indexing="ij"), axis=-1).reshape(-1, 2)

    def statistic(mu, n):
        low, high = np.zeros(len(n)), np.full(len(n), 100.0)
        for _ in range(50):
            middle = (low + high) / 2
            rising = np.sum(s * (1 - n / (middle[:, None] * s + b)), axis=1) > 0
            low, high = np.where(rising, low, middle), np.where(rising, middle, high)
        free, held = low[:, None] * s + b, mu * s + b
        t = 2 * np.sum(held - free + xlogy(n, free / held), axis=1)
        return np.where((low > mu) & (method == "cls"), 0.0, t)

    def p(mu):
        outside = statistic(mu, grid) >= statistic(mu, observed[None]) - 1e-7
        shares = [np.sum(np.prod(poisson(grid, truth * s + b), axis=1)[outside]) for truth in (mu, 0.0)]
        return shares[0] / (shares[1] if method == "cls" else 1.0)

    exact = toy_interval(model, 0.9, method)
    assert exact.exact
    assert p(exact.upper * (1 - 1e-3)) > 0.1 > p(exact.upper * (1 + 1e-3))
    toys = toy_interval(model, 0.9, method, precision=0.02, seed=3, enumeration=False)
    assert not toys.exact
    assert toys.upper == pytest.approx(exact.upper, abs=4 * toys.upper_error)


@pytest.mark.long
@pytest.mark.slow
def test_toys_where_the_expected_band_has_too_many_outcomes():
    """Few outcomes at the end, where nothing was counted, do not mean few without signal: exp(-2 mu) = 0.1."""
    known = Model([0.0], [Background("b", [3.0], "gaussian", 0.2)], LinearSignal([1.0]))
    off = Model([0.0, 0.0, 0.0], [], LinearSignal([0.4, 0.3, 0.3]), statistic=OnOff([2.0, 4.0, 4.0], 1.0))
    found = toy_interval(joint({"known": known, "off": off}), 0.9, "cls", seed=2)
    assert not found.exact
    assert found.upper == pytest.approx(np.log(10) / 2, abs=4 * found.upper_error)


@pytest.mark.parametrize("method", ["cls", "feldman-cousins"])
def test_enumeration_has_no_seed(method):
    """Not a bit of spread, and the settings of toys are not used."""
    model = Model([0.0], [], LinearSignal([1.0]), statistic=OnOff([4.0], 1.0))
    found = [toy_interval(model, 0.9, method, seed=seed, toys=100 * seed) for seed in (1, 2, 3)]
    assert all(one.exact and one.toys == 0 for one in found)
    assert len({(one.lower, one.upper, *one.band.values()) for one in found}) == 1


def on_off_deviance(n, m, tau, s):
    """The background profiled as the root of its quadratic equation."""
    p = (1 + tau) * s - n - m
    b = (-p + np.sqrt(p**2 + 4 * (1 + tau) * m * s)) / (2 * (1 + tau))
    return 2 * (
        s + b - xlogy(n, np.where(s + b > 0, s + b, 1.0)) + tau * b - xlogy(m, np.where(b > 0, tau * b, 1.0))
    ), b


def on_off_p(n, m, tau, s):
    """Feldman-Cousins p-value: all outcomes, nuisance at its conditional best fit."""
    _, b = on_off_deviance(float(n), float(m), tau, s)
    ons, offs = np.meshgrid(np.arange(60.0), np.arange(60.0), indexing="ij")

    def t(n, m):
        free = np.maximum(n - m / tau, 0.0)
        return on_off_deviance(n, m, tau, s)[0] - on_off_deviance(n, m, tau, free)[0]

    far = t(ons, offs) >= t(float(n), float(m)) - 1e-9
    return np.sum(poisson(ons, s + b) * poisson(offs, tau * b) * far)


@pytest.mark.parametrize(("n", "m", "tau"), [(5, 3, 1.0), (2, 4, 0.5)])
def test_on_off_against_enumeration(n, m, tau):
    model = Model([float(n)], [], LinearSignal([1.0]), statistic=OnOff([float(m)], tau))
    exact = toy_interval(model)
    assert exact.exact
    grid = np.linspace(0.9 * exact.upper, 1.3 * exact.upper, 81)
    accepted = grid[[on_off_p(n, m, tau, s) >= 0.1 for s in grid]]
    assert exact.upper == pytest.approx(accepted[-1], abs=1.5 * (grid[1] - grid[0]))
    for point in exact.points[3:40:9]:
        assert point.p == pytest.approx(on_off_p(n, m, tau, point.poi), rel=1e-4)


def gaussian_p(n, b, sigma, s):
    """The same for a background b +- sigma: the auxiliary measurement on a fine grid; equal counts count wholly."""
    x = np.linspace(-6, 6, 601)
    weight = np.exp(-(x**2) / 2)
    weight /= weight.sum()

    def chi2(n, s, centre):
        lead = s + sigma**2 - centre
        y = np.maximum((-lead + np.sqrt(lead**2 + 4 * (n * sigma**2 - s * (sigma**2 - centre)))) / 2, 0.0)
        return 2 * (s + y - xlogy(n, np.maximum(s + y, 1e-300))) + ((y - centre) / sigma) ** 2, y

    def t(n, centre):
        free = minimum(n, centre)
        return chi2(n, s, centre)[0] - free

    def minimum(n, centre):
        inside = np.maximum(n - centre, 0.0)
        return np.minimum(chi2(n, inside, centre)[0], chi2(n, 0.0, centre)[0])

    _, y = chi2(float(n), s, b)
    counts = np.arange(60.0)[:, None]
    far = (t(counts, y + sigma * x) >= t(float(n), b) - 1e-9) | (counts == n)
    return np.sum(poisson(counts, s + y) * weight * far)


@pytest.mark.parametrize(("n", "s"), [(0, 0.9), (2, 3.0), (6, 0.5), (6, 8.0)])
def test_gaussian_background_against_enumeration(n, s):
    from nudipole.statistics.neyman.exact import _Search

    model = counting(n, 3.0, 0.2)
    search = _Search(model, 0.9, "feldman-cousins", best_fit(model))
    assert search.affordable()
    assert search.point(s, 1e-6).p == pytest.approx(gaussian_p(n, 3.0, 0.6, s), rel=0.01)


def test_no_event_over_three():
    """3 +- 20 %, written down again: the last accepted value lies at 0.976."""
    exact = toy_interval(counting(0, 3.0, 0.2))
    assert gaussian_p(0, 3.0, 0.6, 0.97) > 0.1 > gaussian_p(0, 3.0, 0.6, 0.98)
    assert exact.upper == pytest.approx(0.976, abs=0.008)


def test_accepted_values_that_are_not_connected():
    """n = 0, b = 3.75, known: the ordering changes at 0.65, as a fine grid of the plain construction shows."""
    exact = toy_interval(counting(0, 3.75))
    assert len(exact.pieces) == 2
    (_, first), (second, last) = exact.pieces
    assert 0.64 < first < second < last
    assert last == pytest.approx(feldman_cousins_counts(0, 3.75)[1], abs=0.006)
    assert exact.lower == 0
    assert exact.upper == last


class Square(TemplateSignal):
    """A parameter with a sign that enters with its square."""

    template: jnp.ndarray

    @property
    def templates(self):
        return self.template[None]

    def amplitudes(self, poi, eta):
        return (poi**2)[None]


def test_both_solutions():
    """n events over b: the square has the interval of the counts, and so two pieces."""
    model = Model([10.0], [Background("b", [3.0], "fixed")], Square(jnp.array([1.0])), poi_lower=-np.inf)
    exact = toy_interval(model)
    lower, upper = np.sqrt(feldman_cousins_counts(10, 3.0))
    assert np.array(exact.pieces) == pytest.approx(np.array([[-upper, -lower], [lower, upper]]), abs=4e-3)


def test_negative_expectations_are_excluded():
    """One event, no background: a negative signal is impossible, not an error."""
    model = Model([1.0], [Background("b", [0.5], "fixed")], LinearSignal([1.0]), poi_lower=-np.inf)
    exact = toy_interval(model)
    assert -0.5 <= exact.lower < 0 < exact.upper


def test_outcomes_hold_the_mass():
    found = outcomes(np.array([2.0, 0.3, 5.0]), 1e-5, 100_000)
    assert found.missing <= 1e-5
    assert found.probability.sum() + found.missing == pytest.approx(1, abs=1e-12)
    assert outcomes(np.full(30, 5.0), 1e-5, 10_000) is None


@pytest.mark.parametrize("means", [[3.0], [0.3, 2.0], [1.0, 4.0, 0.1], [2.0] * 5])
def test_no_list_is_shorter_than_the_bound(means, monkeypatch):
    """Sorted by probability, the fewest outcomes with the wanted mass; many bins are refused without a list."""
    from nudipole.statistics.neyman import outcomes as module

    missing = 1e-3
    bound = module._least_number([module._table(mean, 1e-8) for mean in means], missing)
    every = outcomes(np.array(means), 1e-7, 1_000_000)
    fewest = 1 + int(np.searchsorted(np.cumsum(np.sort(every.probability)[::-1]), 1 - missing))
    assert 0 < bound <= fewest
    monkeypatch.setattr(module, "_above", None)
    assert outcomes(np.full(200, 5.0), missing, 1_000_000) is None


def test_gaussian_data_have_too_many_outcomes():
    model = Model([1.0], [Background("b", [1.0], "fixed")], LinearSignal([1.0]), statistic=Gaussian([1.0]))
    assert exact_interval(model, 0.9, "cls", best_fit(model)) is None


@pytest.mark.parametrize(("b", "few"), [(0.5, True), (3.0, True), (100.0, False)])
def test_few_counts_are_named(b, few):
    model = counting(round(b), b, 0.05)
    assert bool(asymptotic_is_poor(model, best_fit(model))) == few
