"""Expected errors and limits of parameters, by experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nudipole import digits
from nudipole.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, few_log_ticks, symbol, unit

_COLOURS = (VERMILION, BLUE, GREEN, ORANGE, PURPLE, SKY, BLACK)
#: Shares of the width that names of experiments and the legend take.
_NAMES, _LEGEND = 0.2, 0.24
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
        Names take the left of their place, the legend the right.

    Returns
    -------
    Axes
        The same.

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
    handles = []
    for k, parameter in enumerate(shown):
        colour = _COLOURS[k % len(_COLOURS)]
        handles.append(Line2D([], [], marker="s", ls="", color=colour, label=f"${symbol(parameter)}$"))
        for row, name in enumerate(names):
            y = row + 0.6 * ((k + 0.5) / len(shown) - 0.5)
            error = result.errors.get(name, {}).get(parameter, np.inf)
            if 0 < error < np.inf:
                axes.plot(error, y, "o", ms=5, color=colour)
            ends = result.limits.get(name, {}).get(parameter)
            if ends:
                axes.plot(ends[-1][1], y, "<", ms=6, color=colour, mfc="white")
    if any(np.isfinite(error) for found in result.errors.values() for error in found.values()):
        handles.append(Line2D([], [], marker="o", ls="", color=BLACK, label="error"))
    if result.limits:
        label = f"expected {digits.level(result.cl, '')}"
        handles.append(Line2D([], [], marker="<", ls="", color=BLACK, mfc="white", label=label))
    units = dict.fromkeys(unit(of) for name, of in result.parameters.items() if name in shown)
    if axes.lines:
        drawn = np.concatenate([np.asarray(line.get_xdata(), float) for line in axes.lines])
        drawn = drawn[np.isfinite(drawn) & (drawn > 0)]
        if len(drawn) and drawn.max() > _SPAN * drawn.min():
            axes.set_xscale("log")
            few_log_ticks(axes.xaxis)
    axes.set(xlabel=f"Error, expected limit [{', '.join(f'${of}$' for of in units)}]", ylim=(len(names) - 0.5, -0.5))
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", which="both", length=0)
    axes.minorticks_on()
    axes.tick_params(axis="y", which="minor", left=False, right=False)
    for row, name in enumerate(names):
        axes.axhline(row - 0.5, color=BLACK, lw=0.4, alpha=0.4)
        limited = any(ends for ends in result.limits.get(name, {}).values())
        if not limited and not any(np.isfinite(result.errors.get(name, {}).get(key, np.inf)) for key in shown):
            text = "nothing known with all others free"
            axes.text(0.5, row, text, ha="center", va="center", transform=axes.get_yaxis_transform())
    axes.set_title(f"Forecast of {' + '.join(result.parametrisation)}", loc="left")
    place = axes.get_position()
    left, right = _NAMES * place.width, _LEGEND * place.width
    axes.set_position((place.x0 + left, place.y0, place.width - left - right, place.height))
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)
    return axes
