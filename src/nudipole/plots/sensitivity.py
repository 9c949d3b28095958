"""Projected limits against what was varied."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from nudipole.errors import NudipoleError
from nudipole.experiments.sensitivity import Sensitivity
from nudipole.plots.style import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, symbol, unit

_COLOURS = (VERMILION, BLUE, ORANGE, GREEN, PURPLE, SKY)


def sensitivity(result: Sensitivity, axes: Axes) -> Axes:
    """Draw the median expected limit: along the first axis, one curve for each value of the second.

    Raises
    ------
    NudipoleError
        If more than two numbers were varied.
    """
    if len(result.axes) > 2:
        raise NudipoleError("a picture has room for two varied numbers: write --csv for more, or --no-plot")
    first = result.axes[0]
    others = result.axes[1].values if len(result.axes) == 2 else (None,)
    flat = np.full(len(first.values) * len(others), np.nan)
    flat[: len(result.limits)] = [np.nan if limit is None else limit for limit in result.limits]
    limits = flat.reshape(len(first.values), len(others))
    for k, value in enumerate(others):
        label = None if value is None else str(value)
        colour = _COLOURS[k % len(_COLOURS)]
        if first.numbers is None:
            axes.plot(range(len(first.values)), limits[:, k], "o", color=colour, label=label)
        else:
            axes.plot(first.numbers, limits[:, k], "-o", color=colour, ms=3.5, lw=1.6, label=label)
    if first.numbers is None:
        axes.set_xticks(range(len(first.values)), [str(value) for value in first.values], minor=False)
        axes.tick_params(axis="x", which="minor", bottom=False, top=False)
    if first.logarithmic:
        axes.set_xscale("log")
    power = int(np.floor(np.log10(np.nanmax(np.abs(limits))))) if np.isfinite(limits).any() else 0
    axes.set_xlabel(f"{first.key} [{first.unit}]" if first.unit else first.key)
    axes.yaxis.set_major_formatter(lambda y, _: f"{y / 10.0**power:.3g}")
    axes.yaxis.set_minor_formatter(lambda y, _: "")
    axes.set_ylabel(rf"Expected upper limit on ${symbol(result.parameter)}$ [$10^{{{power}}}\,{unit(result.unit)}$]")
    if np.nanmin(limits) > 0 and np.nanmax(limits) > 5 * np.nanmin(limits):
        axes.set_yscale("log")
    axes.set_title(f"{result.experiment}, {100 * result.cl:g}% CL, {result.construction}", loc="left")
    if len(result.axes) == 2:
        axes.legend(title=result.axes[1].key, alignment="left", frameon=False)
    return axes
