"""Projected limits against what was varied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import NudipoleError
from nudipole.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, symbol, unit

_COLOURS = (VERMILION, BLUE, ORANGE, GREEN, PURPLE, SKY)


class Axis(Protocol):
    """A key of a description, what was written there, and the same as numbers, if it is any."""

    @property
    def key(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def values(self) -> Sequence[Any]: ...
    @property
    def numbers(self) -> Sequence[float] | None: ...
    @property
    def logarithmic(self) -> bool: ...


class Sensitivity(Protocol):
    """Ends of expected intervals over the product of the axes, the last the fastest; further intervals as `others`."""

    @property
    def experiment(self) -> str: ...
    @property
    def parameter(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def construction(self) -> str: ...
    @property
    def cl(self) -> float: ...
    @property
    def axes(self) -> Sequence[Axis]: ...
    @property
    def limits(self) -> Sequence[float | None]: ...
    @property
    def lowers(self) -> Sequence[float | None]: ...
    @property
    def others(self) -> Sequence[Sequence[tuple[float, float]]]: ...


def sensitivity(result: Sensitivity, axes: Axes) -> Axes:
    """Draw the median expected limit: along the first axis, one curve for each value of the second.

    Parameters
    ----------
    result : Sensitivity
    axes : Axes

    Returns
    -------
    Axes
        The same.

    Raises
    ------
    NudipoleError
        If more than two numbers were varied.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from nudipole.plots import figure
    >>> axis = SimpleNamespace(key="exposure", unit="t yr", values=["1", "4"], numbers=[1.0, 4.0], logarithmic=True)
    >>> result = SimpleNamespace(
    ...     experiment="mine", parameter="mu_nu", unit="mu_B", construction="unified", cl=0.9, axes=[axis],
    ...     limits=[8e-12, 5e-12], lowers=[None, None], others=[],
    ... )
    >>> sensitivity(result, figure()[1]).get_xlabel()
    'exposure [t yr]'
    """
    if len(result.axes) > 2:
        raise NudipoleError("a picture has room for two varied numbers: more are in the table")
    first = result.axes[0]
    others = result.axes[1].values if len(result.axes) == 2 else (None,)
    shape = (len(first.values), len(others))
    limits, lowers = (_grid(ends, shape) for ends in (result.limits, result.lowers))
    signed = bool(np.any(lowers[np.isfinite(lowers)] != 0))
    for k, value in enumerate(others):
        label = None if value is None else str(value)
        colour = _COLOURS[k % len(_COLOURS)]
        if first.numbers is None:
            axes.plot(range(len(first.values)), limits[:, k], "o", color=colour, label=label)
            if signed:
                axes.plot(range(len(first.values)), lowers[:, k], "o", color=colour)
        else:
            axes.plot(first.numbers, limits[:, k], "-o", color=colour, ms=3.5, lw=1.6, label=label)
            if signed:
                axes.plot(first.numbers, lowers[:, k], "-o", color=colour, ms=3.5, lw=1.6)
    _other_solutions(result, axes, shape)
    if first.numbers is None:
        axes.set_xticks(range(len(first.values)), [str(value) for value in first.values], minor=False)
        axes.tick_params(axis="x", which="minor", bottom=False, top=False)
    if first.logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(lambda x, _: digits.plain(x, 6))
        axes.xaxis.set_minor_formatter(lambda x, _: "")
    axes.set_xlabel(f"{first.key} [{first.unit}]" if first.unit else first.key)
    ends = np.abs(np.concatenate([limits, lowers])) if signed else limits
    power = int(np.floor(np.log10(np.nanmax(ends)))) if np.isfinite(ends).any() else 0
    if signed:
        axes.axhline(0, color=BLACK, lw=0.6)
    elif np.nanmin(limits) > 0 and np.nanmax(limits) > 3 * np.nanmin(limits):
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    # After the scale, which brings formatters of its own.
    axes.yaxis.set_major_formatter(lambda y, _: digits.plain(y / 10.0**power, 3))
    axes.yaxis.set_minor_formatter(lambda y, _: "")
    what = "Expected interval of" if signed else "Expected upper limit on"
    axes.set_ylabel(rf"{what} ${symbol(result.parameter)}$ [$10^{{{power}}}\,{unit(result.unit)}$]")
    axes.set_title(f"{result.experiment}, {digits.level(result.cl)}, {result.construction}", loc="left")
    if len(result.axes) == 2:
        axes.legend(title=result.axes[1].key, alignment="left", frameon=False)
    return axes


def _other_solutions(result: Sensitivity, axes: Axes, shape: tuple[int, int]) -> None:
    """Further intervals of each point, as bars in the colour of its curve."""
    numbers = result.axes[0].numbers or range(shape[0])
    for point, intervals in enumerate(result.others):
        x, colour = numbers[point // shape[1]], _COLOURS[point % shape[1] % len(_COLOURS)]
        for interval in intervals:
            axes.plot([x, x], interval, color=colour, lw=3, alpha=0.4, solid_capstyle="butt")


def _grid(ends: Sequence[float | None], shape: tuple[int, int]) -> NDArray[np.float64]:
    """Ends at the points of a grid, NaN where there are none yet."""
    flat = np.full(shape[0] * shape[1], np.nan)
    flat[: len(ends)] = [np.nan if end is None else end for end in ends]
    return flat.reshape(shape)
