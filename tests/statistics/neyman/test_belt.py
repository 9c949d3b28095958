"""Constructions by toys against enumeration, closed forms and their own bookkeeping."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr, ndtri, pdtr

from nudipole.errors import OutOfRange, UnknownName
from nudipole.numerics import jnp
from nudipole.statistics import Background, LinearSignal, Model, TemplateSignal, interval, joint
from nudipole.statistics.neyman.belt import belt, toy_interval
from nudipole.statistics.neyman.counting import feldman_cousins_counts
from nudipole.statistics.toys.batch import Batch
from nudipole.statistics.toys.draws import CHUNK, Hypothesis, draw, ensemble, seeded


class Counts(TemplateSignal):
    """Signal over a background that is known exactly: with any uncertainty of it equal counts would be no ties."""

    background: float

    @property
    def templates(self):
        return jnp.array([[self.background], [1.0]])

    def amplitudes(self, poi, eta):
        return jnp.stack([jnp.ones_like(poi), poi])


def counting(n, b):
    return Model([float(n)], [], Counts(b))


@pytest.mark.parametrize(("n", "b"), [(6, 3.0), (10, 3.0), (8, 0.5)])
def test_feldman_cousins_of_counts(n, b):
    """Toys against enumeration, which differ by the steps of p: half a count in the mean at most."""
    found = toy_interval(counting(n, b), toys=4000, seed=2, enumeration=False)
    lower, upper = feldman_cousins_counts(n, b)
    assert found.lower == pytest.approx(lower, abs=0.25)
    assert found.upper == pytest.approx(upper, abs=0.25)


def test_feldman_cousins_far_from_the_boundary(gaussian):
    """Of a normal distribution: x +- 1.645, to the error that is stated."""
    found = toy_interval(gaussian(5.0), toys=4000, seed=3)
    z = float(ndtri(0.95))
    assert found.upper == pytest.approx(5 + z, abs=5 * found.upper_error)
    assert found.lower == pytest.approx(5 - z, abs=5 * found.lower_error)
    assert 0 < found.upper_error < 0.1
    assert found.sides == "two"


def test_expected_band(gaussian):
    """Unified upper ends of normal data without signal: the median is that of x = 0, 1.64."""
    found = toy_interval(gaussian(0.0), toys=4000, seed=4)
    assert found.band[0] == pytest.approx(interval(gaussian(0.0)).upper, abs=0.08)
    assert found.band[1] == pytest.approx(interval(gaussian(1.0)).upper, abs=0.1)
    assert list(found.band.values()) == sorted(found.band.values())


def test_cls_of_a_normal_distribution(gaussian):
    """mu = x + z(1 - (1 - cl) Phi(x)): Read:2002hq; here x = -1."""
    found = toy_interval(gaussian(-1.0), 0.90, "cls", toys=8000, seed=5)
    exact = -1 + ndtri(1 - 0.1 * ndtr(-1.0))
    assert found.upper == pytest.approx(exact, abs=5 * found.upper_error + 0.03)
    assert found.sides == "one"
    assert found.lower == 0


@pytest.mark.long
def test_cls_of_counts():
    """No event: the limit is -ln(1 - cl), whatever the background."""
    found = toy_interval(counting(0, 3.0), 0.90, "cls", toys=20000, seed=6, enumeration=False)
    # P(n <= 0 | mu + b) / P(n <= 0 | b)
    assert found.upper == pytest.approx(-np.log(0.1), abs=0.12)
    assert pdtr(0, found.upper + 3) / pdtr(0, 3) == pytest.approx(0.1, abs=0.012)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("method", [pytest.param("cls", marks=pytest.mark.long), "feldman-cousins"])
def test_stated_errors(method):
    """No event over 3 +- 20 %: pulls against enumeration; ten seeds at three standard deviations."""
    model = Model([0.0], [Background("b", [3.0], "gaussian", 0.2)], LinearSignal([1.0]))
    exact = toy_interval(model, 0.9, method)
    found = [toy_interval(model, 0.9, method, seed=seed, enumeration=False) for seed in range(10)]
    pulls = np.array([(one.upper - exact.upper) / one.upper_error for one in found])
    assert exact.exact
    assert abs(pulls.mean()) < 0.4 + 3 / np.sqrt(10)
    assert 0.3 < pulls.std(ddof=1) < 1.7 * 1.3


def test_threshold_far_from_the_boundary(gaussian):
    points = belt(gaussian(5.0), [4.0, 5.0], toys=20000, seed=7)
    for point in points:
        assert point.threshold == pytest.approx(2.706, abs=0.1)
        assert point.toys == 20000


def test_seeds(gaussian):
    """The same toys whatever else is done; others with another seed."""
    model = gaussian(1.0)
    batch = Batch(model)
    truth = Hypothesis(1.0, np.zeros(1))
    one = ensemble(batch, truth, 1.0, 2 * CHUNK, seed=(7, 1))
    again = ensemble(batch, truth, 1.0, 2 * CHUNK, seed=(7, 1))
    second = ensemble(batch, truth, 1.0, CHUNK, seed=(7, 1), first=1)
    np.testing.assert_array_equal(one.t, again.t)
    np.testing.assert_array_equal(one.t[CHUNK:], second.t)
    other = ensemble(batch, truth, 1.0, CHUNK, seed=(8, 1))
    assert not np.array_equal(one.t[:CHUNK], other.t)


@pytest.mark.parametrize("kind", ["poisson", "gaussian", "on-off"])
def test_drawn_data_scatter_as_they_should(random_model, kind):
    model = random_model(4, kind=kind)
    eta = np.where(np.array(model.constrained, bool), 0.0, 1.0)
    toys = draw(model, Hypothesis(0.0, eta), 20000, seeded(1))
    expected = np.asarray(model.expected(0.0, eta))
    if kind == "on-off":
        on, _ = model.statistic._profiled(np.asarray(model.observed), model.statistic.off, expected)
        expected = np.asarray(on)
    scatter = np.asarray(model.statistic.error) if kind == "gaussian" else np.sqrt(expected)
    np.testing.assert_allclose(toys.observed.mean(axis=0), expected, atol=5 * np.max(scatter) / np.sqrt(20000) + 1e-12)
    np.testing.assert_allclose(toys.observed.std(axis=0), scatter, rtol=0.06, atol=0.02)
    constrained = np.array(model.constrained, bool)
    assert np.all(toys.auxiliary[:, ~constrained] == 0)
    if constrained.any():
        np.testing.assert_allclose(toys.auxiliary[:, constrained].std(axis=0), 1, atol=0.05)


def test_joint_models_are_drawn_and_fitted(random_model):
    model = joint({"A": random_model(1, kind="gaussian"), "B": random_model(1, kind="on-off")})
    eta = np.where(np.array(model.constrained, bool), 0.0, 1.0)
    toys = draw(model, Hypothesis(0.0, eta), 30, seeded(2))
    fits = Batch(model).fit(toys, 0.0)
    assert np.all(np.isfinite(fits.chi2))


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"cl": 1.0}, OutOfRange),
        ({"method": "bootstrap"}, UnknownName),
        ({"toys": 0}, OutOfRange),
        ({"precision": 0.0}, OutOfRange),
    ],
)
def test_wrong_settings(gaussian, settings, error):
    with pytest.raises(error):
        toy_interval(gaussian(0.0), **settings)
