"""Limits of workspaces against pyhf 0.7.6, and by toys and enumeration against the same written down in NumPy."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.special import gammaln, ndtr, xlogy

from nudipole.errors import OutOfRange, UnknownName
from nudipole.histfactory.imported import imported
from nudipole.histfactory.limit import limit
from nudipole.histfactory.schema import validate
from nudipole.inference.methods import METHODS, Asymptotic, CLs


def workspace(observed, signal, background, errors=None):
    """Channels of a background that is known, or measured by OFF counts with these errors."""
    off = [] if errors is None else [{"name": "off", "type": "shapesys", "data": errors}]
    mu = [{"name": "mu", "type": "normfactor", "data": None}]
    samples = [
        {"name": "signal", "data": signal, "modifiers": mu},
        {"name": "background", "data": background, "modifiers": off},
    ]
    return {
        "channels": [{"name": "c", "samples": samples}],
        "observations": [{"name": "c", "data": observed}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }


def model(*counts):
    return imported(validate(workspace(*counts), "w")).model


TWO_BINS = ([50.0, 60.0], [5.0, 10.0], [50.0, 60.0], [5.0, 12.0])
ONE_BIN = ([50.0], [5.0], [50.0], [6.0])


# pyhf 0.7.6: infer.hypotest with its expected set, q-tilde, SLSQP with tolerance 1e-12, root in mu to 1e-5.
@pytest.mark.parametrize(
    ("counts", "cl", "upper", "band"),
    [
        (TWO_BINS, 0.90, 1.7862, [0.9153, 1.2514, 1.7862, 2.5695, 3.5452]),
        (TWO_BINS, 0.95, 2.1236, [1.1476, 1.5361, 2.1236, 2.9415, 3.9299]),
        (ONE_BIN, 0.90, 3.1182, [1.5683, 2.1592, 3.1182, 4.5661, 6.4438]),
        (ONE_BIN, 0.95, 3.7354, [1.9759, 2.6669, 3.7354, 5.2723, 7.2068]),
    ],
)
def test_asymptotic_cls_and_its_band_against_pyhf(counts, cl, upper, band):
    ends = limit(model(*counts), "w", cl=cl, by=Asymptotic("cls")).ends
    assert ends.upper == pytest.approx(upper, rel=2e-4)
    assert list(ends.band.values()) == pytest.approx(band, rel=5e-4)
    assert list(ends.band) == [-2, -1, 0, 1, 2]


class OnOffCounts:
    """Bins of ON and OFF counts with one signal strength: profile likelihoods in NumPy, any number of data sets."""

    def __init__(self, counts):
        observed, signal, background, errors = (np.array(numbers) for numbers in counts)
        self.s, off = signal, (background / errors) ** 2
        self.tau, self.data = off / background, (observed, off)

    def background(self, mu, n, m):
        """The root of a quadratic equation."""
        s = np.asarray(mu)[..., None] * self.s
        p = (1 + self.tau) * s - n - m
        return (-p + np.sqrt(p**2 + 4 * (1 + self.tau) * m * s)) / (2 * (1 + self.tau))

    def deviance(self, mu, n, m):
        b = self.background(mu, n, m)
        on, off = np.asarray(mu)[..., None] * self.s + b, self.tau * b
        return 2 * np.sum(on - xlogy(n, np.maximum(on, 1e-300)) + off - xlogy(m, np.maximum(off, 1e-300)), axis=-1)

    def best(self, n, m):
        """mu >= 0 where the slope of the profile, which is convex, vanishes: by halves."""
        low, high = np.zeros(n.shape[:-1]), np.full(n.shape[:-1], 60.0)
        for _ in range(48):
            mu = (low + high) / 2
            on = mu[..., None] * self.s + self.background(mu, n, m)
            rising = np.sum(self.s * (1 - n / on), axis=-1) > 0
            low, high = np.where(rising, low, mu), np.where(rising, mu, high)
        return (low + high) / 2

    def statistic(self, mu, n, m, method):
        best = self.best(n, m)
        t = np.maximum(self.deviance(mu, n, m) - self.deviance(best, n, m), 0.0)
        return np.where((best > mu) & (method == "cls"), 0.0, t)

    def drawn(self, mu, method, size, seed):
        """Statistic at `mu` of the data, of toys at `mu` and of toys without signal, nuisances at their best fit."""
        random = np.random.default_rng(seed)
        found = [self.statistic(mu, *(x[None] for x in self.data), method)[0]]
        for truth in (mu, 0.0):
            b = self.background(truth, *self.data)
            on, off = (random.poisson(x, (size, len(b))).astype(float) for x in (truth * self.s + b, self.tau * b))
            found.append(self.statistic(mu, on, off, method))
        return found


@pytest.mark.long
@pytest.mark.parametrize(("method", "cl"), [("cls", 0.90), ("cls", 0.95), ("feldman-cousins", 0.90)])
def test_toys_against_independent_toys(method, cl):
    """Two bins: the end, and the probability without signal of an end below those of the band."""
    result = limit(model(*TWO_BINS), "w", cl=cl, by=METHODS[method](seed=5))
    assert (result.method, result.construction, result.monte_carlo.exact) == (method, method, False)
    counts, size = OnOffCounts(TWO_BINS), 100_000
    places, logs, errors = result.ends.upper * np.array([0.97, 1.03]), [], []
    for k, mu in enumerate(places):
        data, signal, null = counts.drawn(mu, method, size, k)
        shares = [np.mean(toys >= data - 1e-9) for toys in (signal, null)[: 1 + (method == "cls")]]
        logs.append(np.log(shares[0] / (shares[1] if method == "cls" else 1.0)))
        errors.append(np.sqrt(sum((1 - p) / (p * size) for p in shares)))
    slope = (logs[1] - logs[0]) / (places[1] - places[0])
    end = places.mean() + (np.log(1 - cl) - np.mean(logs)) / slope
    error = np.hypot(np.hypot(*errors) / 2 / slope, result.monte_carlo.upper_error)
    assert abs(result.ends.upper - end) < 4 * error
    assert error < 0.02 * end
    for z in (-1, 0, 1):
        _, signal, null = counts.drawn(result.ends.band[z], method, 20_000, 10 + z)
        p = [1 - np.searchsorted(np.sort(toys), null - 1e-9) / len(toys) for toys in (signal, null)]
        below = np.mean(p[0] < (1 - cl) * (p[1] if method == "cls" else 1.0))
        # Of 2000 toys.
        assert below == pytest.approx(ndtr(z), abs=4 * np.sqrt(ndtr(z) * ndtr(-z) / 2000))


def test_a_precision_that_is_not_reached_is_said(monkeypatch):
    monkeypatch.setattr("nudipole.statistics.neyman.belt._ROUNDS", 2)
    words = "less precise than asked after all rounds of toys"
    poor = limit(model(*TWO_BINS), "w", by=CLs(toys=100, precision=1e-4))
    assert not poor.monte_carlo.precise
    assert words in str(poor)
    assert any(words in doubt for doubt in poor.to_json()["doubts"])
    good = limit(model(*TWO_BINS), "w", by=CLs(toys=100, precision=0.5))
    assert good.monte_carlo.precise
    assert words not in str(good)


@pytest.mark.parametrize("method", ["cls", "feldman-cousins"])
def test_enumeration_against_a_sum(method):
    """One bin: every pair of ON and OFF counts that is not less probable than 1e-12."""
    result = limit(model(*ONE_BIN), "w", by=METHODS[method]())
    assert result.monte_carlo.exact
    assert result.monte_carlo.toys == 0
    assert result.monte_carlo.outcomes > 1000
    counts = OnOffCounts(ONE_BIN)
    on, off = (axis.ravel()[:, None] for axis in np.meshgrid(np.arange(160.0), np.arange(160.0)))

    def p(mu):
        t, data = counts.statistic(mu, on, off, method), counts.statistic(mu, *(x[None] for x in counts.data), method)
        shares = []
        for truth in (mu, 0.0):
            b = counts.background(truth, *counts.data)
            means = [truth * counts.s + b, counts.tau * b]
            log = sum(xlogy(n, mean) - mean - gammaln(n + 1) for n, mean in zip((on, off), means, strict=True))
            shares.append(np.sum(np.exp(log[:, 0])[t >= data - 1e-7]))
        return shares[0] / (shares[1] if method == "cls" else 1.0)

    # Ends are found to 2e-4 of the width of the likelihood, about the end.
    assert p(result.ends.upper * (1 - 1e-3)) > 0.1 > p(result.ends.upper * (1 + 1e-3))


def test_few_counts_are_enumerated_by_default():
    few = model([0.0, 4.0], [1.0, 2.0], [1.5, 3.0])
    result = limit(few, "w")
    assert (result.method, result.construction) == ("feldman-cousins", "feldman-cousins")
    assert result.monte_carlo.exact
    assert "fewer than 20" in result.few_counts
    assert not any("asymptotic" in doubt for doubt in result.doubts)
    chosen = limit(few, "w", by=Asymptotic("unified"))
    assert (chosen.method, chosen.monte_carlo) == ("asymptotic", None)
    assert f"; asymptotic, and poor at {chosen.few_counts}: see the method feldman-cousins" in str(chosen)
    assert limit(model(*TWO_BINS), "w").few_counts == ""


def test_json_says_what_a_limit_rests_on():
    data = json.loads(json.dumps(limit(model([0.0], [1.0], [3.0]), "w", by=CLs()).to_json()))
    assert data["schema"] == "nudipole-workspace-limit/1"
    assert (data["method"], data["construction"], data["sides"]) == ("cls", "cls", "one")
    # No event over a background that is known: exp(-mu) = 0.1.
    assert data["upper"] == pytest.approx(np.log(10), rel=1e-3)
    assert data["monte_carlo"]["exact"]
    assert data["monte_carlo"]["outcomes"] > 1
    assert {"lower_error", "upper_error", "toys", "seed", "careful", "points", "band"} <= set(data["monte_carlo"])
    assert list(data["expected_band"]) == ["-2", "-1", "0", "+1", "+2"]
    assert data["few_counts"]
    assert isinstance(data["doubts"], list)


def test_wrong_settings_are_named():
    one = model([3.0], [1.0], [3.0])
    with pytest.raises(UnknownName, match="unknown method of a workspace 'bayesian'"):
        limit(one, "w", by=METHODS["bayesian"]())
    with pytest.raises(OutOfRange, match="cl = 1"):
        limit(one, "w", cl=1.5)
