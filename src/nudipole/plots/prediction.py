"""What a model predicts along one of its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from nudipole.plots.style import BLACK, COLOURS, symbol, unit


class Sweep(Protocol):
    """Columns along a parameter; effective moments are called "mu_eff BEAM" [mu_B]."""

    @property
    def name(self) -> str: ...
    @property
    def parameter(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def values(self) -> NDArray[np.float64]: ...
    @property
    def logarithmic(self) -> bool: ...
    def columns(self) -> Sequence[str]:
        """Their names."""
        ...

    def column(self, name: str) -> NDArray[np.float64]:
        """Values of one."""
        ...


def sweep(result: Sweep, axes: Axes) -> Axes:
    """Draw effective moments along the parameter, and the shift of the muon's anomaly where there is one.

    Parameters
    ----------
    result : Sweep
    axes : Axes

    Returns
    -------
    Axes
        The same; the anomaly is on a second axis at the right.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from nudipole.plots import figure
    >>> columns = {"mu_eff reactor": np.array([1e-12, 2e-12])}
    >>> result = SimpleNamespace(name="mine", parameter="f", unit="1", values=np.array([0.1, 0.2]), logarithmic=False,
    ...                          columns=lambda: list(columns), column=columns.get)
    >>> sweep(result, figure()[1]).get_title(loc="left")
    'mine'
    """
    beams = [name for name in result.columns() if name.startswith("mu_eff ")]
    drawn = []
    for name, colour in zip(beams, COLOURS * (len(beams) // len(COLOURS) + 1), strict=False):
        values = result.column(name)
        drawn.append(values)
        style = "--" if name.startswith("mu_eff solar") else "-"
        axes.plot(result.values, values, style, color=colour, lw=1.6, label=name.removeprefix("mu_eff "))
    positive = np.concatenate(drawn)
    positive = positive[np.isfinite(positive) & (positive > 0)]
    if len(positive) and positive.max() > 30 * positive.min():
        axes.set_yscale("log")
    if result.logarithmic:
        axes.set_xscale("log")
    what = unit(result.unit)
    axes.set_xlabel(f"${symbol(result.parameter)}$" + (f" [${what}$]" if what else ""))
    axes.set_ylabel(r"$\mu_\mathrm{eff}$ [$\mu_B$]")
    axes.set_title(result.name, loc="left")
    if "delta_a_mu" in result.columns():
        right = axes.twinx()
        right.plot(result.values, 1e11 * result.column("delta_a_mu"), ":", color=BLACK, lw=1.6)
        right.set_ylabel(r"$\Delta a_\mu\times10^{11}$ (dotted)")
        low, high = right.get_ylim()
        room = 0.1 * max(abs(low), abs(high))  # a shift that hardly moves looks flat
        right.set_ylim(low - room, high + room)
        right.ticklabel_format(axis="y", useOffset=False)
        axes.figure.subplots_adjust(right=0.86)
    axes.legend(loc="best", fontsize=8, frameon=True, framealpha=0.85, edgecolor="none")
    return axes
