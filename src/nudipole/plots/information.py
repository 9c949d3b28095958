"""Expected errors and limits of parameters, by experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nudipole import digits
from nudipole.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    few_log_ticks,
    in_brackets,
    stacked,
    symbol,
)

_COLOURS = (VERMILION, BLUE, GREEN, ORANGE, PURPLE, SKY, BLACK)
#: Shares of the width that names of experiments and the legend take.
_NAMES, _LEGEND = 0.2, 0.24
#: Heights of a row, at least, and of a marker [inch].
_LEAST, _SLOT = 0.5, 0.09
#: Numbers over more than this ratio have a logarithmic axis.
_SPAN = 10.0

Ends = Sequence[tuple[float | None, float]] | None


class Forecast(Protocol):
    """Errors and expected intervals by experiment and parameter; units of the parameters."""

    @property
    def parametrisation(self) -> Sequence[str]: ...
    @property
    def parameters(self) -> Mapping[str, str]: ...
    @property
    def errors(self) -> Mapping[str, Mapping[str, float]]: ...
    @property
    def limits(self) -> Mapping[str, Mapping[str, Ends]]: ...
    @property
    def cl(self) -> float: ...


def forecast(result: Forecast, axes: Axes) -> Axes:
    """Draw errors as dots and expected upper ends as arrows, a row an experiment, a colour a parameter.

    Parameters
    ----------
    result : Forecast
    axes : Axes
        Names take the left of their place, the legend the right; of several units each has a panel, further ones below
        the first.

    Returns
    -------
    Axes
        The same, of the first unit.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from nudipole.plots import figure
    >>> result = SimpleNamespace(
    ...     parametrisation=["flavour-diagonal"], parameters={"mu_e": "mu_B"}, cl=0.9,
    ...     errors={"mine": {"mu_e": 2e-12}}, limits={"mine": {"mu_e": ((None, 3e-11),)}},
    ... )
    >>> forecast(result, figure()[1]).get_xlabel()
    'Error, expected limit [$\\\\mu_B$]'
    """
    names = list(dict.fromkeys([*result.errors, *result.limits]))
    shown = [name for name, of in result.parameters.items() if of != "rad"]
    units = list(dict.fromkeys(result.parameters[name] for name in shown))
    place = axes.get_position()
    left, right = _NAMES * place.width, _LEGEND * place.width
    axes.set_position((place.x0 + left, place.y0, place.width - left - right, place.height))
    most = max(
        (len(_told(result, [name for name in shown if result.parameters[name] == of])) for of in units), default=1
    )
    height = len(names) * max(_LEAST, _SLOT * 2 * (most + 1))
    for of, panel in zip(units, stacked(axes, len(units) or 1, height=height), strict=False):
        _draw(result, names, [name for name in shown if result.parameters[name] == of], panel)
    axes.set_title(f"Forecast of {' + '.join(result.parametrisation)}", loc="left")
    return axes


def _told(result: Forecast, shown: Sequence[str]) -> list[str]:
    """Parameters that an experiment says something of."""
    return [
        name
        for name in shown
        if any(np.isfinite(found.get(name, np.inf)) for found in result.errors.values())
        or any(found.get(name) for found in result.limits.values())
    ]


def _draw(result: Forecast, names: Sequence[str], shown: Sequence[str], axes: Axes) -> None:
    """Parameters of one unit: in each row a line for every error and for every limit."""
    told = _told(result, shown)
    slots = 2 * (len(told) + 1)
    handles = []
    for k, parameter in enumerate(shown):
        colour = _COLOURS[k % len(_COLOURS)]
        handles.append(Line2D([], [], marker="s", ls="", color=colour, label=f"${symbol(parameter)}$"))
        if parameter not in told:
            continue
        for row, name in enumerate(names):
            y = row - 0.5 + (2 * told.index(parameter) + 1.5) / slots
            error = result.errors.get(name, {}).get(parameter, np.inf)
            if 0 < error < np.inf:
                axes.plot(error, y, "o", ms=5, color=colour)
            ends = result.limits.get(name, {}).get(parameter)
            if ends:
                axes.plot(ends[-1][1], y + 1 / slots, "<", ms=5, color=colour, mfc="white")
    if any(np.isfinite(found.get(name, np.inf)) for found in result.errors.values() for name in shown):
        handles.append(Line2D([], [], marker="o", ls="", color=BLACK, label="error"))
    if any(found.get(name) for found in result.limits.values() for name in shown):
        label = f"expected {digits.level(result.cl, '')}"
        handles.append(Line2D([], [], marker="<", ls="", color=BLACK, mfc="white", label=label))
    if axes.lines:
        drawn = np.concatenate([np.asarray(line.get_xdata(), float) for line in axes.lines])
        drawn = drawn[np.isfinite(drawn) & (drawn > 0)]
        if len(drawn) and drawn.max() > _SPAN * drawn.min():
            axes.set_xscale("log")
            few_log_ticks(axes.xaxis)
    of = in_brackets(result.parameters[shown[0]]) if shown else ""
    axes.set(xlabel=f"Error, expected limit{of}", ylim=(len(names) - 0.5, -0.5))
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", which="both", length=0)
    axes.minorticks_on()
    axes.tick_params(axis="y", which="minor", left=False, right=False)
    for row, name in enumerate(names):
        axes.axhline(row - 0.5, color=BLACK, lw=0.4, alpha=0.4)
        limited = any(result.limits.get(name, {}).get(key) for key in shown)
        if not limited and not any(np.isfinite(result.errors.get(name, {}).get(key, np.inf)) for key in shown):
            text = "nothing known with all others free"
            axes.text(0.5, row, text, ha="center", va="center", transform=axes.get_yaxis_transform())
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)
