"""The profile curve: Delta chi2 against the parameter, with its limits."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes

from nudipole import digits
from nudipole.experiments import Limit
from nudipole.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, YELLOW, symbol, unit

#: Of the experiments of a combination, one by one.
_ALONE = (SKY, GREEN, PURPLE, YELLOW, ORANGE)
_COLOURS = {
    "unified": VERMILION,
    "one-sided": BLUE,
    "delta-chi2": ORANGE,
    "feldman-cousins": PURPLE,
    "cls": PURPLE,
}


def profile(
    limit: Limit, axes: Axes, *, constructions: tuple[str, ...] | None = None, beside: Sequence[Limit] = ()
) -> Axes:
    """Draw the profile likelihood of a limit.

    Parameters
    ----------
    limit : Limit
    axes : Axes
    constructions : tuple of str, optional
        Whose ends to mark; all by default. The chosen one is drawn solid.
    beside : sequence of Limit
        Variants of the experiment whose curves stand beside.
    """
    power = int(np.floor(np.log10(np.max(np.abs(limit.grid)))))
    x = limit.grid / 10.0**power
    for other, colour in zip((*limit.alone, *beside), cycle(_ALONE), strict=False):
        name = other.experiment.variant if beside else other.name
        axes.plot(other.grid / 10.0**power, other.delta_chi2, color=colour, lw=1.1, ls="--", label=name)
    axes.plot(x, limit.delta_chi2, color=BLACK, lw=1.6, label="together" if limit.alone else None)
    names = constructions or tuple(limit.constructions)
    largest = max(abs(limit.constructions[name].upper) for name in names)
    power_of_ends = int(np.floor(np.log10(largest))) if largest > 0 else 0
    top = max(6.0, 1.3 * float(np.nanmax([limit.constructions[name].threshold for name in names])))
    for name in names:
        ends = limit.constructions[name]
        chosen = name == limit.construction
        colour, style, layer = _COLOURS.get(name, PURPLE), "-" if chosen else ":", 4 if chosen else 3
        if not np.isfinite(ends.threshold):
            continue  # a credible limit is no point of the profile
        positions = [ends.upper] + ([ends.lower] if ends.lower else [])
        written = " to ".join(digits.number(end / 10.0**power_of_ends) for end in reversed(positions))
        for i, end in enumerate(positions):
            at = (end**2 if limit.squared else end) / 10.0**power
            text = f"{name}: {written}" if i == 0 else None
            axes.plot([at, at], [0, ends.threshold], color=colour, ls=style, lw=1.4, label=text, zorder=layer)
            axes.plot(at, ends.threshold, "o", color=colour, ms=4, zorder=layer)
    if limit.monte_carlo is not None:
        points = [point for point in limit.monte_carlo.points if point.poi <= limit.grid[-1]]
        tested, thresholds = [point.poi / 10.0**power for point in points], [point.threshold for point in points]
        axes.plot(
            tested, thresholds, ".", ms=4, color=GREEN, zorder=2, label=f"{digits.level(limit.cl, '')} of the toys"
        )
    square = "^2" if limit.squared else ""
    axes.set(
        xlabel=rf"${symbol(limit.parameter)}{square}$ [$10^{{{power}}}\,{unit(limit.unit)}{square}$]",
        ylabel=r"$\Delta\chi^2$",
        xlim=(x[0], x[-1]),
        ylim=(0, top),
    )
    axes.set_title(f"{limit.name}, {digits.level(limit.cl)}", loc="left")
    # Between the arms of a parabola, or above a rising curve.
    title = rf"${symbol(limit.parameter)}$ [$10^{{{power_of_ends}}}\,{unit(limit.unit)}$]"
    axes.legend(loc="best", title=title, alignment="left", frameon=False)
    return axes
