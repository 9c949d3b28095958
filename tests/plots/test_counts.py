"""Spectra: data above everything, the legend above the data."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson

from nudipole import plots
from nudipole.experiments import load
from nudipole.plots.counts import poisson_error


def drawn(result):
    fig, axes = plots.figure(7.2, 4.8)
    plots.spectrum(result, axes)
    fig.draw_without_rendering()
    return fig, axes, [text.get_text() for text in axes.get_legend().get_texts()]


def test_poisson_error_is_the_central_interval():
    """Garwood: each tail holds 15.87 %."""
    counts = np.array([0.0, 1, 5, 100])
    low, high = poisson_error(counts)
    tail = 0.15866
    np.testing.assert_allclose(poisson.cdf(counts, counts + high), tail, rtol=1e-3)
    np.testing.assert_allclose(1 - poisson.cdf(counts[1:] - 1, (counts - low)[1:]), tail, rtol=1e-3)
    assert low[0] == 0


def test_with_signal(experiment):
    _, axes, labels = drawn(experiment.spectrum(mu_nu=2e-11))
    assert {"B0", "data", "total expected", "SM neutrinos (part of the background)", "signal from pp"} <= set(labels)
    assert r"signal: $\mu_{\nu }$ = $2\times10^{-11}$ $\mu_B$" in labels
    assert "signal from 8B" not in labels
    assert axes.get_xlim() == (1, 30)
    assert axes.get_ylabel() == "Counts / keV"


def test_standard_model_inside_the_background(experiment):
    _, _, labels = drawn(experiment.spectrum())
    assert sorted(labels) == ["B0", "SM neutrinos (part of the background)", "data"]


def test_standard_model_beside_the_background(own):
    _, axes, labels = drawn(own.spectrum())
    assert labels == ["flat", "falling", "SM neutrinos", "total expected"]
    assert axes.get_ylabel() == "Counts / keV"  # bins of different width


def test_negative_signal_is_visible(experiment):
    _, axes, _ = drawn(experiment.spectrum(r2_e=-3e-31))
    assert axes.get_ylim()[0] < 0


def test_negative_data_are_visible():
    """An excess over a background may be below zero, and so may its errors."""
    excess = load("conus-plus")
    _, axes, _ = drawn(excess.spectrum())
    low = float(np.min(excess.observed - np.asarray(excess.statistic.error)))
    assert low < -10
    assert axes.get_ylim()[0] < low


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"mu_nu": 2e-11},
        {"mu_nu": 1e-9},
        {"mu_e": 3e-11, "mu_mu": 2e-11, "mu_tau": 1.2345e-11},
        {"r2_e": -3e-31},
        {f"r2_{k}": 1.234e-31 for k in ("e", "mu", "tau", "emu", "etau", "mutau")},
    ],
)
@pytest.mark.parametrize("which", ["experiment", "own"])
def test_legend_stays_inside_and_above(which, values, request):
    result = request.getfixturevalue(which).spectrum(**values)
    _, axes, _ = drawn(result)
    legend, frame = axes.get_legend().get_window_extent(), axes.get_window_extent()
    assert legend.x0 >= frame.x0
    assert legend.x1 <= frame.x1
    widths = np.diff(result.bins) * 1e3
    per = 1.0 if np.allclose(widths, widths[0]) else widths
    high = np.max(result.total() / per)
    if result.observed is not None:
        high = max(high, np.max((result.observed + poisson_error(result.observed)[1]) / per))
    assert axes.transData.transform((2, high))[1] < legend.y0
    assert not axes.get_legend().get_frame_on()
