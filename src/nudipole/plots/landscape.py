"""Limits of many experiments on one axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from nudipole import digits
from nudipole.experiments.schema.published import PublishedLimit
from nudipole.inference.result import Limit
from nudipole.plots.style import BLUE, ORANGE, VERMILION, figure, symbol, unit

_ROW = 0.25
#: From this ratio of largest and smallest on, powers of ten are labels enough.
_WIDE = 30.0
_SOFT = "#5f6b7a"


def landscape(limits: Sequence[Limit]) -> Figure:
    """Draw upper limits and intervals on one moment, ours beside those published on the same parameter.

    Parameters
    ----------
    limits : sequence of Limit
        On one and the same parameter, the moment of a beam each; the strongest first.
    """
    ordered = sorted(limits, key=lambda limit: limit.upper)
    fig, axes = figure(8.6, 1.45 + _ROW * max(len(ordered), 1))
    width, height = fig.get_size_inches()
    fig.subplots_adjust(left=1.9 / width, top=1 - 0.55 / height, bottom=0.6 / height)
    for y, limit in enumerate(ordered):
        given = any(experiment.given_data is not None for experiment in limit.experiments)
        if limit.lower:
            axes.plot([limit.lower, limit.upper], [y, y], color=VERMILION, lw=2.2, solid_capstyle="butt")
        else:
            axes.annotate(
                "",
                xy=(limit.upper / 1.9, y),
                xytext=(limit.upper, y),
                arrowprops={"arrowstyle": "->", "color": VERMILION if given else ORANGE, "lw": 1.4, "shrinkA": 0},
            )
        colour = VERMILION if given else ORANGE
        axes.plot(limit.upper, y, "|", ms=11, mew=2.2, color=colour)
        axes.plot(limit.expected_upper, y, "o", ms=4.5, mfc="white", color=_SOFT, zorder=1)
        for value in _published(limit):
            axes.plot(value, y, "d", ms=5, color=BLUE, zorder=3)
    axes.set_yticks(range(len(ordered)), [limit.name for limit in ordered], fontsize=9)
    axes.tick_params(axis="y", which="both", length=0)
    values = [value for limit in ordered for value in (limit.upper, limit.expected_upper, *_published(limit))]
    low, high = (min(values, default=1e-12), max(values, default=1e-9))
    axes.set(xscale="log", ylim=(len(ordered) - 0.4, -0.6), xlim=(low / 3, high * 2))
    if high / low > _WIDE:
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="x", which="major", color="#e3e7ec", lw=0.7)
    axes.set_axisbelow(True)
    if ordered:
        what = unit(ordered[0].unit)
        level = digits.level(ordered[0].cl)
        axes.set_xlabel(
            rf"upper limit on ${symbol(ordered[0].parameter)}$ of the experiment's beam [${what}$], {level}"
        )
    handles = [
        Line2D([], [], marker="|", ls="", ms=10, mew=2.2, color=VERMILION, label="ours, from published data"),
        Line2D([], [], marker="|", ls="", ms=10, mew=2.2, color=ORANGE, label="ours, projection"),
        Line2D([], [], marker="o", ls="", ms=4.5, mfc="white", color=_SOFT, label="ours, median expected"),
        Line2D([], [], marker="d", ls="", ms=5, color=BLUE, label="published"),
    ]
    axes.legend(handles=handles, ncols=4, loc="lower left", bbox_to_anchor=(-0.25, 1.0), frameon=False, fontsize=8.5)
    return fig


def _published(limit: Limit) -> list[float]:
    """Published values on the parameter, or on the moment of the one flavour that the beam has nearly all of."""
    experiment = limit.experiment
    flavours = np.real(np.diag(experiment.dipole_rho))
    same = {limit.parameter}
    if limit.parameter == "mu_nu":
        same |= {f"mu_{name}" for name, share in zip(("e", "mu", "tau"), flavours, strict=True) if share > 0.95}
    found = [item for item in experiment.spec.published if isinstance(item, PublishedLimit) and item.parameter in same]
    return [value for item in found for value in ([item.upper] if item.upper is not None else item.interval or [])]
