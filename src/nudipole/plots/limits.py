"""Limits of many experiments on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from nudipole import digits
from nudipole.plots.style import BLUE, ORANGE, VERMILION, figure, symbol, unit

_ROW = 0.25
#: From this ratio of largest and smallest on, powers of ten are labels enough.
_WIDE = 30.0
_SOFT = "#5f6b7a"


class Limit(Protocol):
    """Ends of an interval on a moment in its unit; `projected` without data."""

    @property
    def name(self) -> str: ...
    @property
    def parameter(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def cl(self) -> float: ...
    @property
    def lower(self) -> float | None: ...
    @property
    def upper(self) -> float: ...
    @property
    def expected_upper(self) -> float: ...
    @property
    def projected(self) -> bool: ...
    def published_values(self) -> list[float]:
        """Ends that were published on the same moment."""
        ...


def landscape(limits: Sequence[Limit]) -> Figure:
    """Draw upper limits and intervals on one moment, ours beside those published on the same parameter.

    Parameters
    ----------
    limits : sequence of Limit
        On one and the same parameter, the moment of a beam each; the strongest first.

    Returns
    -------
    Figure

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> mine = SimpleNamespace(
    ...     name="mine", parameter="mu_nu", unit="mu_B", cl=0.9, lower=None, upper=5e-12, expected_upper=7e-12,
    ...     projected=False, published_values=lambda: [6e-12],
    ... )
    >>> [label.get_text() for label in landscape([mine]).axes[0].get_yticklabels()]
    ['mine']
    """
    ordered = sorted(limits, key=lambda limit: limit.upper)
    fig, axes = figure(8.6, 1.45 + _ROW * max(len(ordered), 1))
    width, height = fig.get_size_inches()
    fig.subplots_adjust(left=1.9 / width, top=1 - 0.55 / height, bottom=0.6 / height)
    for y, limit in enumerate(ordered):
        colour = ORANGE if limit.projected else VERMILION
        if limit.lower:
            axes.plot([limit.lower, limit.upper], [y, y], color=VERMILION, lw=2.2, solid_capstyle="butt")
        else:
            axes.annotate(
                "",
                xy=(limit.upper / 1.9, y),
                xytext=(limit.upper, y),
                arrowprops={"arrowstyle": "->", "color": colour, "lw": 1.4, "shrinkA": 0},
            )
        axes.plot(limit.upper, y, "|", ms=11, mew=2.2, color=colour)
        axes.plot(limit.expected_upper, y, "o", ms=4.5, mfc="white", color=_SOFT, zorder=1)
        for value in limit.published_values():
            axes.plot(value, y, "d", ms=5, color=BLUE, zorder=3)
    axes.set_yticks(range(len(ordered)), [limit.name for limit in ordered], fontsize=9)
    axes.tick_params(axis="y", which="both", length=0)
    values = [end for limit in ordered for end in (limit.upper, limit.expected_upper, *limit.published_values())]
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
