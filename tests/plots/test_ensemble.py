"""The picture of an ensemble of toys: its legend is beside what it explains."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from figures import faults
from nudipole import plots


def test_no_line_runs_through_the_legend():
    quantile = SimpleNamespace(level=0.9, t=2.4, t_asymptotic=2.71)
    summary = SimpleNamespace(
        parameter="mu_nu", unit="mu_B", truth=0.0, tested=0.0, m=0.0, toys=100, quantiles=[quantile],
        edges=np.array([0.0, 2.0, 4.0]), counts=np.array([90, 10]), density=np.array([0.45, 0.05]),
        asymptotic=np.array([0.4, 0.1]),
    )  # fmt: skip
    fig, axes = plots.figure()
    plots.toys(summary, axes, name="mine")
    fig.draw_without_rendering()
    (legend,) = fig.legends
    assert len(legend.get_texts()) == 5
    lowest = axes.xaxis.label.get_window_extent().y0
    assert legend.get_window_extent().y1 < lowest
    assert faults(fig) == []
