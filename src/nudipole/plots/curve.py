"""The profile curve: Delta chi2 against the parameter, with its limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle, product
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from nudipole import digits
from nudipole.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, symbol, unit

#: Of the experiments of a combination, one by one.
_ALONE = (SKY, GREEN, PURPLE, "#7a8594", ORANGE)
_DASHES: tuple[Any, ...] = ("--", "-.", (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5, 1, 1.5)))
#: So many names fit beside curves; more stand at the right of the axes, which take so many inches.
_BESIDE, _RIGHT = 8, 2.3
#: A curve that stays below this part of the height is said to be flat.
_FLAT = 0.02
#: Curves that differ by less than this part of the height are the same.
_SAME = 0.003
#: Height of the expected band, a fraction of that of the axes.
_BAND = 0.06
_COLOURS = {
    "unified": VERMILION,
    "one-sided": BLUE,
    "delta-chi2": ORANGE,
    "feldman-cousins": PURPLE,
    "cls": PURPLE,
}


class Ends(Protocol):
    """Accepted values of a parameter, Delta chi2 at their ends, and the expected ends by standard deviations."""

    @property
    def intervals(self) -> Sequence[tuple[float | None, float]]: ...
    @property
    def threshold(self) -> float: ...
    @property
    def band(self) -> Mapping[int, float]: ...
    @property
    def lower_band(self) -> Mapping[int, float] | None: ...


class Point(Protocol):
    """Delta chi2 that a fraction of toys does not exceed, at a tested value of what the grid is of."""

    @property
    def poi(self) -> float: ...
    @property
    def threshold(self) -> float: ...


class MonteCarlo(Protocol):
    """What was tested by toys."""

    @property
    def points(self) -> Sequence[Point]: ...


class NamedCurve(Protocol):
    """Delta chi2 at values of a parameter, or of its square."""

    @property
    def name(self) -> str: ...
    @property
    def variant(self) -> str | None: ...
    @property
    def grid(self) -> NDArray[np.float64]: ...
    @property
    def delta_chi2(self) -> NDArray[np.float64]: ...


class Limit(NamedCurve, Protocol):
    """A curve with its ends, of the `construction` that was chosen and of others; `squared` if the grid is."""

    @property
    def parameter(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def squared(self) -> bool: ...
    @property
    def cl(self) -> float: ...
    @property
    def construction(self) -> str: ...
    @property
    def constructions(self) -> Mapping[str, Ends]: ...
    @property
    def ends(self) -> Ends: ...
    @property
    def monte_carlo(self) -> MonteCarlo | None: ...
    @property
    def alone(self) -> Sequence[NamedCurve]: ...


def profile(
    limit: Limit, axes: Axes, *, constructions: tuple[str, ...] | None = None, beside: Sequence[NamedCurve] = ()
) -> Axes:
    r"""Draw the profile likelihood of a limit.

    Parameters
    ----------
    limit : Limit
    axes : Axes
    constructions : tuple of str, optional
        Whose ends to mark; all by default. The chosen one is drawn solid.
    beside : sequence of NamedCurve
        Variants of the experiment whose curves stand beside.

    Returns
    -------
    Axes
        The same.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from nudipole.plots import figure
    >>> grid = np.linspace(0.0, 4e-12, 9)
    >>> band = {-2: 1.3e-12, -1: 1.7e-12, 0: 2.5e-12, 1: 3.2e-12, 2: 3.8e-12}
    >>> ends = SimpleNamespace(intervals=[(None, 2e-12)], threshold=2.71, band=band, lower_band=None)
    >>> limit = SimpleNamespace(
    ...     name="mine", variant=None, parameter="mu_nu", unit="mu_B", squared=True, cl=0.9, construction="one-sided",
    ...     grid=grid, delta_chi2=2.71 * (grid / 2e-12) ** 4, constructions={"one-sided": ends}, ends=ends,
    ...     monte_carlo=None, alone=[],
    ... )
    >>> profile(limit, figure()[1]).get_xlabel()
    '$\\mu_{\\nu }^2$ [$10^{-12}\\,\\mu_B^2$]'
    """
    power = int(np.floor(np.log10(np.max(np.abs(limit.grid)))))
    x = limit.grid / 10.0**power
    names = constructions or tuple(limit.constructions)
    top = max(6.0, 1.3 * float(np.nanmax([limit.constructions[name].threshold for name in names])))
    for other, (dash, colour) in zip((*limit.alone, *beside), cycle(product(_DASHES, _ALONE)), strict=False):
        name = str(other.variant if beside else other.name)
        said = _said_of(other, limit, top)
        axes.plot(other.grid / 10.0**power, other.delta_chi2, color=colour, lw=1.2, ls=dash, label=name + said)
    axes.plot(x, limit.delta_chi2, color=BLACK, lw=1.6, label="together" if limit.alone else None)
    largest = max(abs(end) for name in names for ends in limit.constructions[name].intervals for end in ends if end)
    power_of_ends = int(np.floor(np.log10(largest))) if largest > 0 else 0
    for name in names:
        ends = limit.constructions[name]
        chosen = name == limit.construction
        colour, style, layer = _COLOURS.get(name, PURPLE), "-" if chosen else ":", 4 if chosen else 3
        if not np.isfinite(ends.threshold):
            continue  # a credible limit is no point of the profile
        positions = [end for interval in ends.intervals for end in interval if end]
        written = ", ".join(
            " to ".join(digits.number(end / 10.0**power_of_ends) for end in interval if end)
            for interval in ends.intervals
        )
        for i, end in enumerate(positions):
            at = (end**2 if limit.squared else end) / 10.0**power
            text = f"{name}: {written}" if i == 0 else None
            axes.plot([at, at], [0, ends.threshold], color=colour, ls=style, lw=1.4, label=text, zorder=layer)
            axes.plot(at, ends.threshold, "o", color=colour, ms=4, zorder=layer)
    _expected(limit, axes, 10.0**power)
    if limit.monte_carlo is not None:
        points = [point for point in limit.monte_carlo.points if point.poi <= limit.grid[-1]]
        tested, thresholds = [point.poi / 10.0**power for point in points], [point.threshold for point in points]
        axes.plot(
            tested, thresholds, ".", ms=4, color=GREEN, zorder=2, label=f"{digits.level(limit.cl, '')} of the toys"
        )
    square = "^2" if limit.squared else ""
    axes.set(
        xlabel=f"{_raised(symbol(limit.parameter), square)} [{_scaled(power, limit.unit, square)}]",
        ylabel=r"$\Delta\chi^2$",
        xlim=(x[0], x[-1]),
        ylim=(0, top),
    )
    axes.set_title(f"{limit.name}, {digits.level(limit.cl)}", loc="left")
    # Between the arms of a parabola, or above a rising curve.
    title = rf"${symbol(limit.parameter)}$ [{_scaled(power_of_ends, limit.unit)}]"
    several = any(len(limit.constructions[name].intervals) > 1 for name in names)
    look: Any = {"title": title, "alignment": "left", "edgecolor": "none", "framealpha": 0.9}
    fig = axes.get_figure(root=True)
    if len(axes.get_legend_handles_labels()[1]) > _BESIDE and fig is not None and len(fig.axes) == 1:
        left, bottom, width, height = axes.get_position().bounds
        inches = fig.get_size_inches()
        wider = inches[0] + _RIGHT
        fig.set_size_inches(wider, inches[1])
        axes.set_position((left * inches[0] / wider, bottom, width * inches[0] / wider, height))
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, **look)
    else:
        axes.legend(loc="best", frameon=several, **look)
    return axes


def _said_of(other: NamedCurve, limit: Limit, top: float) -> str:
    """Why a curve is not seen: it is flat where the axes are, or the same as another."""
    drawn = (limit.grid >= other.grid[0]) & (limit.grid <= other.grid[-1])
    if not np.any(drawn):
        return ""
    there = np.interp(limit.grid[drawn], other.grid, other.delta_chi2)
    if np.max(there) < _FLAT * top:
        return " (flat here)"
    both = np.minimum([there, limit.delta_chi2[drawn]], top)
    return " (the same)" if np.max(np.abs(both[0] - both[1])) < _SAME * top else ""


def _expected(limit: Limit, axes: Axes, unit_of_x: float) -> None:
    """Where the chosen ends are expected without signal: one and two standard deviations, and the median."""
    label: str | None = r"expected, $\pm 1\sigma$, $\pm 2\sigma$"
    for band in filter(None, (limit.ends.band, limit.ends.lower_band)):
        at = {z: (end**2 if limit.squared else end) / unit_of_x for z, end in band.items()}
        axes.axvspan(at[-2], at[2], ymax=_BAND, color=GREEN, alpha=0.18, lw=0, zorder=0)
        axes.axvspan(at[-1], at[1], ymax=_BAND, color=GREEN, alpha=0.35, lw=0, zorder=0)
        within = axes.get_xaxis_transform()
        axes.plot([at[0], at[0]], [0, _BAND], color=GREEN, lw=1.4, transform=within, zorder=1, label=label)
        label = None


def _raised(formula: str, square: str) -> str:
    """A formula to the power of `square`, in parentheses where it has a power of its own."""
    return f"$({formula}){square}$" if square and "^" in formula else f"${formula}{square}$"


def _scaled(power: int, of: str, square: str = "") -> str:
    """A power of ten and a unit as a label has them, the unit to the power of `square`; 1 where both are one."""
    ten = f"10^{{{power}}}" if power else ""
    if of == "1":
        return f"${ten or '1'}$"
    name = _raised(unit(of), square)[1:-1]
    return rf"${ten}\,{name}$" if ten else f"${name}$"
