"""Test statistics of toys beside their asymptotic distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from nudipole import digits
from nudipole.plots.style import BLACK, BLUE, VERMILION, number, symbol, unit

if TYPE_CHECKING:
    from nudipole.scans import EnsembleSummary

#: Level that is marked.
_MARKED = 0.90


def toys(summary: EnsembleSummary, axes: Axes, *, name: str = "") -> Axes:
    """Draw how the two-sided statistic t is distributed over the toys.

    Parameters
    ----------
    summary : EnsembleSummary
    axes : Axes
    name : str
        Of the experiments, for the title.
    """
    edges, density = summary.edges, summary.density
    axes.stairs(density, edges, color=BLUE, lw=1.3, label=f"{summary.toys} toys")
    some = summary.counts > 0
    centres = (edges[1:] + edges[:-1]) / 2
    error = density[some] / np.sqrt(np.maximum(summary.counts[some], 1.0))
    axes.errorbar(centres[some], density[some], error, fmt="none", ecolor=BLUE, elinewidth=0.8)
    if summary.asymptotic is not None:
        label = (
            "asymptotic"
            if np.isinf(summary.m)
            else rf"asymptotic, {digits.number(summary.m, 2)}$\,\sigma$ from the boundary"
        )
        axes.plot(centres, summary.asymptotic, color=BLACK, lw=1.2, label=label)
    for quantile in summary.quantiles:
        if quantile.level == _MARKED:
            axes.axvline(quantile.t, color=BLUE, ls=":", lw=1.1, label=f"90 %: t = {digits.number(quantile.t)}")
            if np.isfinite(quantile.t_asymptotic):
                text = f"90 %, asymptotic: {digits.number(quantile.t_asymptotic)}"
                axes.axvline(quantile.t_asymptotic, color=BLACK, ls=":", lw=1.1, label=text)
    axes.axvline(2.706, color=VERMILION, ls="--", lw=0.9, label=r"90 %, $\chi^2$ with one degree of freedom: 2.71")
    axes.set_yscale("log")
    lowest = density[some].min() if some.any() else 1e-3
    highest = density.max(initial=1e-2)
    axes.set(xlim=(0, edges[-1]), ylim=(lowest / 3, 3 * highest), xlabel="t", ylabel="toys per unit of t, sum 1")
    shown, in_unit = symbol(summary.parameter), unit(summary.unit)
    text = rf"${shown}$ = {number(summary.truth)} ${in_unit}$"
    if summary.tested != summary.truth:
        text += rf", tested at {number(summary.tested)} ${in_unit}$"
    axes.set_title(f"{name}: {text}" if name else text, loc="left", fontsize=9)
    axes.legend(loc="upper right", frameon=False)
    return axes
