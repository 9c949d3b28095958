"""Test statistics of toys beside their asymptotic distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from nudipole import digits
from nudipole.plots.style import BLACK, BLUE, VERMILION, legend_below, number, symbol, unit

#: Level that is marked.
_MARKED = 0.90
_Array = NDArray[np.float64]


class Quantile(Protocol):
    """What a fraction of the toys does not exceed, and the asymptotic value, NaN where it is not known."""

    @property
    def level(self) -> float: ...
    @property
    def t(self) -> float: ...
    @property
    def t_asymptotic(self) -> float: ...


#: Nearer to the boundary than this [sigma] is at it.
_AT = 1e-6


class EnsembleSummary(Protocol):
    """A histogram of t: edges of its bins, counts, fraction per unit of t, and the asymptotic one, where it is known.

    `m` is the distance of the tested value from the boundary in standard deviations.
    """

    @property
    def parameter(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def truth(self) -> float: ...
    @property
    def tested(self) -> float: ...
    @property
    def m(self) -> float: ...
    @property
    def toys(self) -> int: ...
    @property
    def quantiles(self) -> Sequence[Quantile]: ...
    @property
    def edges(self) -> _Array: ...
    @property
    def counts(self) -> _Array: ...
    @property
    def density(self) -> _Array: ...
    @property
    def asymptotic(self) -> _Array | None: ...


def toys(summary: EnsembleSummary, axes: Axes, *, name: str = "") -> Axes:
    """Draw how the two-sided statistic t is distributed over the toys.

    Parameters
    ----------
    summary : EnsembleSummary
    axes : Axes
    name : str
        Of the experiments, for the title.

    Returns
    -------
    Axes
        The same.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from nudipole.plots import figure
    >>> summary = SimpleNamespace(
    ...     parameter="mu_nu", unit="mu_B", truth=0.0, tested=0.0, m=0.0, toys=100, quantiles=[],
    ...     edges=np.array([0.0, 2.0, 4.0]), counts=np.array([90, 10]), density=np.array([0.45, 0.05]), asymptotic=None,
    ... )
    >>> toys(summary, figure()[1]).get_legend_handles_labels()[1][0]
    '100 toys'
    """
    edges, density = summary.edges, summary.density
    axes.stairs(density, edges, color=BLUE, lw=1.3, label=f"{summary.toys} toys")
    some = summary.counts > 0
    centres = (edges[1:] + edges[:-1]) / 2
    error = density[some] / np.sqrt(np.maximum(summary.counts[some], 1.0))
    axes.errorbar(centres[some], density[some], error, fmt="none", ecolor=BLUE, elinewidth=0.8)
    if summary.asymptotic is not None:
        away = rf"{digits.number(summary.m, 2)}$\,\sigma$ from" if summary.m > _AT else "at"
        label = "asymptotic" if np.isinf(summary.m) else f"asymptotic, {away} the boundary"
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
    legend_below(axes, fontsize=8, column=3.1)
    return axes
