"""The profile curve: Delta chi2 against the parameter, with its limits."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from nudipole.experiments import Limit
from nudipole.plots.style import BLACK, BLUE, ORANGE, PURPLE, VERMILION

_COLOURS = {"unified": VERMILION, "one-sided": BLUE, "delta-chi2": ORANGE}


def profile(limit: Limit, axes: Axes, *, constructions: tuple[str, ...] | None = None) -> Axes:
    """Draw the profile likelihood of a limit.

    Parameters
    ----------
    limit : Limit
    axes : Axes
    constructions : tuple of str, optional
        Whose ends to mark; all by default. The chosen one is drawn solid.
    """
    power = int(np.floor(np.log10(np.max(np.abs(limit.grid)))))
    x = limit.grid / 10.0**power
    axes.plot(x, limit.delta_chi2, color=BLACK, lw=1.6)
    top = 6.0
    for name in constructions or tuple(limit.constructions):
        ends = limit.constructions[name]
        colour, style = _COLOURS.get(name, PURPLE), "-" if name == limit.construction else ":"
        positions = [ends.upper] + ([ends.lower] if ends.lower else [])
        for i, end in enumerate(positions):
            at = (end**2 if limit.squared else end) / 10.0**power
            text = f"{name}: {ends.upper:.3g} {limit.unit}" if i == 0 else None
            axes.plot([at, at], [0, ends.threshold], color=colour, ls=style, lw=1.4, label=text)
            axes.plot(at, ends.threshold, "o", color=colour, ms=4)
    square, unit = ("^2", rf"{_unit(limit.unit)}^2") if limit.squared else ("", _unit(limit.unit))
    name = _symbol(limit.parameter)
    axes.set(
        xlabel=rf"${name}{square}$ [$10^{{{power}}}\,{unit}$]",
        ylabel=r"$\Delta\chi^2$",
        xlim=(x[0], x[-1]),
        ylim=(0, top),
    )
    variant = f" ({limit.experiment.variant})" if limit.experiment.variant else ""
    axes.set_title(f"{limit.experiment.name}{variant}, {limit.cl:.0%} CL", loc="left")
    axes.legend(loc="upper left", title="construction: upper end")
    return axes


def _symbol(parameter: str) -> str:
    """LaTeX of a parameter name such as mu_nu or lambda_1."""
    head, _, tail = parameter.partition("_")
    greek = {"mu": r"\mu", "lambda": r"\lambda", "r2": r"\langle r^2\rangle", "q": "q"}
    index = tail.replace("tau", r"\tau ").replace("mu", r"\mu ").replace("nu", r"\nu ")
    return rf"{greek.get(head, head)}_{{{index}}}"


def _unit(unit: str) -> str:
    return {"mu_B": r"\mu_B", "cm^2": r"\mathrm{cm}^2", "e": "e"}.get(unit, rf"\mathrm{{{unit}}}")
