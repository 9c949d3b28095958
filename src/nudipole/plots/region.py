"""Regions of two parameters."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from nudipole import digits
from nudipole.plots.style import BLACK, symbol, unit

#: Width and height of the legend, in axes.
_LEGEND = (0.27, 0.26)
_TINTS = ("#3d6fa5", "#9dbbdb", "#d9e4f0")


class Contour(Protocol):
    """Delta chi2 of two parameters on a grid, first axis x, in units of their own; the best fit is (x, y)."""

    @property
    def name(self) -> str: ...
    @property
    def parameters(self) -> tuple[str, str]: ...
    @property
    def units(self) -> tuple[str, str]: ...
    @property
    def cl(self) -> float: ...
    @property
    def threshold(self) -> float: ...
    @property
    def x(self) -> NDArray[np.float64]: ...
    @property
    def y(self) -> NDArray[np.float64]: ...
    @property
    def delta_chi2(self) -> NDArray[np.float64]: ...
    @property
    def best_fit(self) -> tuple[float, float]: ...
    def level(self, cl: float) -> float:
        """Delta chi2 at the edge of the region of another confidence level."""
        ...


def contour(result: Contour, axes: Axes) -> Axes:
    """Draw the region, with those of 68 % and 95 % (or 99 %) beside it, and the best fit.

    Parameters
    ----------
    result : Contour
    axes : Axes

    Returns
    -------
    Axes
        The same.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from nudipole.plots import figure
    >>> x = np.linspace(-2e-31, 2e-31, 21)
    >>> result = SimpleNamespace(
    ...     name="mine", parameters=("r2_e", "r2_mu"), units=("cm^2", "cm^2"), cl=0.9, threshold=4.61, x=x, y=x,
    ...     delta_chi2=(x[:, None] ** 2 + x**2) / 1e-62, best_fit=(0.0, 0.0), level=lambda cl: -2 * np.log(1 - cl),
    ... )
    >>> contour(result, figure()[1]).get_title(loc="left")
    'mine, two parameters: 68%, 90%, 95% CL'
    """
    levels = sorted({0.68, result.cl, 0.95 if result.cl < 0.95 else 0.99})
    powers = [int(np.floor(np.log10(np.max(np.abs(values))))) for values in (result.x, result.y)]
    x, y = result.x / 10.0 ** powers[0], result.y / 10.0 ** powers[1]
    edges = [0.0, *(result.level(level) for level in levels)]
    axes.contourf(x, y, result.delta_chi2.T, levels=edges, colors=_TINTS[: len(levels)])
    axes.contour(x, y, result.delta_chi2.T, levels=[result.threshold], colors=BLACK, linewidths=1.4)
    best = (result.best_fit[0] / 10.0 ** powers[0], result.best_fit[1] / 10.0 ** powers[1])
    axes.plot(*best, "*", ms=11, color=BLACK, mfc="white", clip_on=False, zorder=5)
    handles = [
        Line2D([], [], marker="s", ls="", ms=9, color=tint, label=digits.level(level))
        for level, tint in zip(levels, _TINTS, strict=False)
    ]
    handles.append(Line2D([], [], marker="*", ls="", ms=10, color=BLACK, mfc="white", label="best fit"))
    labels = [
        rf"${symbol(name)}$ [$10^{{{power}}}\,{unit(what)}$]"
        for name, power, what in zip(result.parameters, powers, result.units, strict=True)
    ]
    axes.set(xlabel=labels[0], ylabel=labels[1], xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    drawn = ", ".join(digits.level(level, "") for level in levels)
    axes.set_title(f"{result.name}, two parameters: {drawn} CL", loc="left")
    place: Any = _free_place(result.delta_chi2 <= edges[-1])
    axes.legend(handles=handles, loc=place, frameon=True, framealpha=0.85, edgecolor="none")
    return axes


def _free_place(inside: NDArray[np.bool_]) -> str:
    """Where a legend covers least of the regions; first axis x."""
    columns, rows = (int(np.ceil(part * n)) for part, n in zip(_LEGEND, inside.shape, strict=True))
    places = {}
    for high, across in (("upper", 1.0), ("lower", 0.0), ("center", 0.5)):
        for side, along in (("right", 1.0), ("left", 0.0), ("center", 0.5)):
            x, y = (
                round(f * (n - size))
                for f, n, size in ((along, inside.shape[0], columns), (across, inside.shape[1], rows))
            )
            name = "center" if high == side else f"{high} {side}"
            places[name] = int(inside[x : x + columns, y : y + rows].sum())
    return min(places, key=lambda name: places[name])
