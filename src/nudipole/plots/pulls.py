"""Pulls of nuisances, and what each does to a limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from nudipole import digits
from nudipole.plots.style import BLACK, BLUE, ORANGE, paper, symbol

#: Rows that are drawn; the others are counted below.
_MOST = 25
#: Inches of a row, of what is above and below all, and of a letter of their names.
_ROW, _ABOVE, _BELOW, _LETTER = 0.27, 0.68, 0.62, 0.075
#: Letters of the longest name in one line; a longer one has two, of a smaller font.
_LONGEST = 42
_PALE = "#e8ebef"


class Moved(Protocol):
    """Best fit and error of one nuisance: standard deviations, steps, or the factor of a free background."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def background(self) -> bool: ...
    @property
    def value(self) -> float: ...
    @property
    def error(self) -> float: ...
    def doubts(self) -> list[str]:
        """What makes it weaker than it looks."""
        ...


class Impacts(Protocol):
    """Nuisances, and the relative changes of a limit with each held below and above its best fit."""

    @property
    def name(self) -> str: ...
    @property
    def parameter(self) -> str: ...
    @property
    def signed(self) -> bool: ...
    @property
    def cl(self) -> float: ...
    @property
    def rows(self) -> Sequence[Any]: ...
    def changes(self, row: Any) -> tuple[float, float]:
        """Down, up."""
        ...


def impacts(result: Impacts) -> Figure:
    """Draw the pull of each nuisance with its error, and beside it the change of the limit.

    Parameters
    ----------
    result : Impacts

    Returns
    -------
    Figure
        As high as its rows need; the axes are those of the pulls and of the changes.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> row = SimpleNamespace(name="B", kind="constrained", background=True, value=0.3, error=0.9, doubts=lambda: [])
    >>> result = SimpleNamespace(
    ...     name="mine", parameter="mu_nu", signed=False, cl=0.9, rows=[row], changes=lambda row: (0.1, -0.08)
    ... )
    >>> pulls, changes = impacts(result).axes
    >>> [text.get_text() for text in pulls.get_yticklabels()]
    ['B']
    """
    rows = result.rows[:_MOST]
    names = [_in_lines(row.name) for row in rows]
    left = 0.25 + _LETTER * max(len(line) for name in names for line in name.split("\n"))
    width, height = left + 5.4, _ABOVE + _BELOW + _ROW * (len(rows) + 0.6)
    fig, ((pulls, changes),) = paper(1, 2, width=width, height=height)
    fig.subplots_adjust(
        left=left / width, right=1 - 0.15 / width, top=1 - _ABOVE / height, bottom=_BELOW / height, wspace=0.05
    )
    _draw_pulls(pulls, rows, names)
    _draw_changes(changes, result, rows)
    rest = result.rows[_MOST:]
    title = f"{result.name}: {len(result.rows)} nuisances"
    if rest:
        most = float(np.nanmax(np.abs([result.changes(row) for row in rest]), initial=0.0))
        title += f", {len(rest)} not drawn, each below {digits.number(100 * most, 2)} %"
    fig.text(0.08 / width, 1 - 0.12 / height, title, fontsize=9.5, va="top")
    for axes in (pulls, changes):
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.yaxis.set_minor_locator(NullLocator())
        axes.tick_params(axis="y", which="both", length=0)
    return fig


def _draw_pulls(axes: Axes, rows: Sequence[Moved], names: Sequence[str]) -> None:
    """Constrained ones beside the error of their measurement; factors of free backgrounds in numbers."""
    axes.axvspan(-1, 1, color=_PALE, zorder=0, lw=0)
    axes.axvline(0, color=BLACK, lw=0.6, zorder=1)
    reach = 1.4
    for y, row in enumerate(rows):
        if row.kind == "free" and row.background:
            box = {"facecolor": _PALE, "edgecolor": "none", "pad": 1.0}
            axes.text(0, y, _factor(row), ha="center", va="center", fontsize=7.5, zorder=4, bbox=box)
            continue
        face = BLACK if row.kind == "constrained" else "white"
        axes.errorbar(row.value, y, xerr=row.error, fmt="o", ms=4.5, lw=1.1, color=BLACK, mfc=face, zorder=3)
        reach = max(reach, 1.08 * (abs(row.value) + row.error))
    axes.set_xlim(-reach, reach)
    axes.set_yticks(range(len(rows)), names, fontsize=8, linespacing=0.95)
    for label in axes.get_yticklabels():
        label.set_fontsize(7 if "\n" in label.get_text() else 8)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.set_xlabel("pull [standard deviations] (hollow: free, steps)", fontsize=8)


def _draw_changes(axes: Axes, result: Impacts, rows: Sequence[Moved]) -> None:
    both = 100 * np.array([result.changes(row) for row in rows])
    y = np.arange(len(rows))
    for column, colour, hatch, label in ((0, BLUE, "", "one error below"), (1, ORANGE, "////", "one error above")):
        axes.barh(y, both[:, column], 0.62, color=colour, alpha=0.85, label=label, hatch=hatch, edgecolor="white")
    axes.axvline(0, color=BLACK, lw=0.6)
    reach = 1.1 * max(float(np.nanmax(np.abs(both), initial=0.0)), 1e-3)
    axes.set_xlim(-reach, reach)
    axes.set_yticks(range(len(rows)), [""] * len(rows))
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    of = "% of half the width" if result.signed else f"% of ${symbol(result.parameter)}$"
    axes.set_xlabel(f"change of the upper end [{of}]", fontsize=8)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=7.5, columnspacing=1.2, frameon=False)


def _factor(row: Moved) -> str:
    return rf"$\times$ {digits.with_error(row.value, row.error)}".replace("+-", r"$\pm$")


def _in_lines(name: str) -> str:
    """A name in one line or two, divided behind a space, a slash or a dash where there is one; never cut."""
    if len(name) <= _LONGEST:
        return name
    places = [k for k in range(len(name) // 4, 3 * len(name) // 4) if name[k - 1] in " /-_"] or [len(name) // 2]
    k = min(places, key=lambda place: abs(place - len(name) / 2))
    return f"{name[:k].rstrip()}\n{name[k:]}"
