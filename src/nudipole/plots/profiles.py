"""Profiles of many parameters of one fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from nudipole import digits
from nudipole.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, in_brackets, stacked, symbol

_COLOURS = (VERMILION, BLUE, GREEN, ORANGE, PURPLE, SKY, BLACK)
#: Highest point of the picture, in units of the threshold.
_TOP = 1.6
#: Share of the width that curves keep beside the legend.
_KEPT = 0.74


class Curve(Protocol):
    """Delta chi2 at values of a parameter, in units of its size."""

    @property
    def values(self) -> NDArray[np.float64]: ...
    @property
    def delta_chi2(self) -> NDArray[np.float64]: ...


class Row(Protocol):
    """A parameter with its size [unit], and its curves with all others at their best and at zero."""

    @property
    def name(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def size(self) -> float: ...
    @property
    def profile(self) -> Curve | None: ...
    @property
    def alone(self) -> Curve | None: ...


class JointFit(Protocol):
    """Parameters of a fit, with Delta chi2 at the ends of their intervals."""

    @property
    def title(self) -> str: ...
    @property
    def rows(self) -> Sequence[Row]: ...
    @property
    def cl(self) -> float: ...
    @property
    def threshold(self) -> float: ...


def joint(result: JointFit, axes: Axes) -> Axes:
    """Draw the profiles of all parameters: solid with the others at their best, dashed with the others at zero.

    Parameters
    ----------
    result : JointFit
    axes : Axes
        Legends take the right of their place; of several units each has a panel, further ones below the first.

    Returns
    -------
    Axes
        The same, of the first unit.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from nudipole.plots import figure
    >>> x = np.linspace(0.0, 4.0, 9)
    >>> curve = SimpleNamespace(values=x, delta_chi2=x**2 / 4)
    >>> row = SimpleNamespace(name="mu_e", unit="mu_B", size=1e-11, profile=curve, alone=None)
    >>> result = SimpleNamespace(title="mine", rows=[row], cl=0.9, threshold=2.71)
    >>> joint(result, figure()[1]).get_xlabel()
    'Parameters [$10^{-11}\\\\,\\\\mu_B$]'
    """
    place = axes.get_position()
    axes.set_position((place.x0, place.y0, _KEPT * place.width, place.height))
    kinds = list(dict.fromkeys((row.unit, row.size) for row in result.rows))
    for kind, panel in zip(kinds, stacked(axes, len(kinds)), strict=True):
        rows = [row for row in result.rows if (row.unit, row.size) == kind]
        _draw(result, rows, panel, styles=panel is axes)
    axes.set_title(f"{result.title}, {digits.level(result.cl)}", loc="left")
    return axes


def _draw(result: JointFit, rows: Sequence[Row], axes: Axes, *, styles: bool) -> None:
    """Profiles of parameters of one unit, and beside them which they are, and what `styles` mean."""
    colours = {row.name: _COLOURS[k % len(_COLOURS)] for k, row in enumerate(rows)}
    for row in rows:
        for curve, style, width in ((row.profile, "-", 1.7), (row.alone, "--", 1.2)):
            if curve is not None:
                axes.plot(curve.values, curve.delta_chi2, ls=style, lw=width, color=colours[row.name])
    axes.axhline(result.threshold, color=BLACK, lw=0.8, ls=":")
    power = round(np.log10(rows[0].size))
    axes.set(
        xlabel=f"Parameters{in_brackets(rows[0].unit, f'10^{{{power}}}' if power else '')}",
        ylabel=r"$\Delta\chi^2$", ylim=(0, _TOP * result.threshold), xlim=_range(result, rows),
    )  # fmt: skip
    handles = [Line2D([], [], color=colours[row.name], lw=1.7, label=f"${_symbol(row.name)}$") for row in rows]
    if styles:
        handles.append(Line2D([], [], color=BLACK, lw=1.7, label="others profiled"))
        if any(row.alone is not None for row in result.rows):
            handles.append(Line2D([], [], color=BLACK, lw=1.2, ls="--", label="others zero"))
        label = rf"$\Delta\chi^2 = {digits.fixed(result.threshold, 2)}$"
        handles.append(Line2D([], [], color=BLACK, lw=0.8, ls=":", label=label))
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)


def _symbol(name: str) -> str:
    """LaTeX of a parameter, or of the norm of a vector of them."""
    return rf"|\{name[1:-1]}|" if name.startswith("|") else symbol(name)


def _range(result: JointFit, rows: Sequence[Row]) -> tuple[float, float]:
    """Values where a curve is within the picture."""
    curves = [curve for row in rows for curve in (row.profile, row.alone) if curve is not None]
    # One that nothing limits goes on far beyond the others.
    curves = [curve for curve in curves if np.max(curve.delta_chi2) > result.threshold] or curves
    seen = [curve.values[curve.delta_chi2 < _TOP * result.threshold] for curve in curves]
    values = np.concatenate([*seen, np.zeros(1)])
    low, high = float(values.min()), float(values.max())
    room = 0.05 * (high - low) or 1.0
    return (low - room if low < 0 else 0.0), high + room
