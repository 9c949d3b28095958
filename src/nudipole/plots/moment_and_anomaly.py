"""The neutrino's moment against the muon's anomaly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from nudipole.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, VERMILION, symbol

_BANDS = (ORANGE, BLUE, GREEN)
_LINES = {"laboratory": VERMILION, "stars": PURPLE}


class Band(Protocol):
    """A measured difference, with the error of one standard deviation."""

    @property
    def year(self) -> int: ...
    @property
    def value(self) -> float: ...
    @property
    def error(self) -> float: ...


class Line(Protocol):
    """An upper limit on the moment [mu_B], of the laboratory or of stars."""

    @property
    def label(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def limit(self) -> float: ...


class Correlation(Protocol):
    """Points (mu [mu_B], delta_a_mu) along a curve, or of a cloud."""

    @property
    def model(self) -> str: ...
    @property
    def varied(self) -> Sequence[str]: ...
    @property
    def is_cloud(self) -> bool: ...
    @property
    def mu(self) -> NDArray[np.float64]: ...
    @property
    def delta_a_mu(self) -> NDArray[np.float64]: ...
    @property
    def bands(self) -> Sequence[Band]: ...
    @property
    def lines(self) -> Sequence[Line]: ...


def correlation(result: Correlation, axes: Axes) -> Axes:
    """Draw what a model predicts of both, bands of one and two standard deviations, and limits on the moment.

    Parameters
    ----------
    result : Correlation
    axes : Axes

    Returns
    -------
    Axes
        The same; the moment is on a logarithmic axis.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from nudipole.plots import figure
    >>> band = SimpleNamespace(year=2025, value=38e-11, error=63e-11)
    >>> result = SimpleNamespace(model="mine", varied=("f",), is_cloud=False, bands=[band], lines=[],
    ...                          mu=np.array([1e-12, 1e-11]), delta_a_mu=np.array([0.0, 1e-9]))
    >>> correlation(result, figure()[1]).get_xscale()
    'log'
    """
    for band, colour in zip(result.bands, _BANDS, strict=False):
        for sigmas, alpha in ((2, 0.13), (1, 0.22)):
            low, high = (1e11 * (band.value + sign * sigmas * band.error) for sign in (-1, 1))
            label = f"measured - predicted, {band.year}" if sigmas == 1 else None
            axes.axhspan(low, high, color=colour, alpha=alpha, lw=0, label=label)
    seen = result.mu > 0
    mu, shift = result.mu[seen], 1e11 * result.delta_a_mu[seen]
    names = ", ".join(f"${symbol(name)}$" for name in result.varied)
    if result.is_cloud:
        axes.plot(mu, shift, ".", ms=2.5, color=BLACK, alpha=0.5, label=f"{result.model}, {names} drawn")
    else:
        axes.plot(mu, shift, "-", color=BLACK, lw=1.8, label=f"{result.model} along {names}")
    for line, style in zip(result.lines, ("-", "--", ":", "-.") * len(result.lines), strict=False):
        axes.axvline(line.limit, color=_LINES.get(line.kind, BLACK), ls=style, lw=1.3, label=line.label)
    axes.set_xscale("log")
    ends = [*mu, *(line.limit for line in result.lines)]
    if len(ends):
        low = max(min(ends) / 2, max(ends) / 1e5)
        axes.set_xlim(low, 2 * max(ends))
    bands = [1e11 * (band.value + sign * 2.3 * band.error) for band in result.bands for sign in (-1, 1)]
    shown = np.clip(shift, -1000, 1000) if len(shift) else np.zeros(1)
    axes.set_ylim(min([*bands, float(shown.min())]), max([*bands, 1.05 * float(shown.max())]))
    axes.set(xlabel=r"$\mu_\nu$ of plasmon decay [$\mu_B$]", ylabel=r"$\Delta a_\mu\times10^{11}$")
    axes.set_title(f"{result.model}: moment and anomaly", loc="left")
    axes.legend(loc="upper left", fontsize=7.5, frameon=True, framealpha=0.85, edgecolor="none")
    return axes
