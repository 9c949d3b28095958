"""Ours over published, a line for each number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import cycle
from typing import Protocol

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from nudipole import digits
from nudipole.plots.style import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, figure

#: Of the levels in their order.
_COLOURS = (BLUE, SKY, ORANGE, PURPLE, GREEN, "#7a8594", "#3a4250")
_ROW = 0.19
#: Ratios beyond are drawn at the edge, as arrows.
_LOW, _HIGH = 0.2, 5.0


class Row(Protocol):
    """A number, published and ours, None where there is none; `scale` is what the tolerance is a fraction of."""

    @property
    def experiment(self) -> str: ...
    @property
    def variant(self) -> str | None: ...
    @property
    def quantity(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def published(self) -> float: ...
    @property
    def ours(self) -> float | None: ...
    @property
    def scale(self) -> float: ...
    @property
    def squared(self) -> bool: ...
    @property
    def tolerance(self) -> float: ...
    @property
    def passed(self) -> bool: ...


def validation(rows: Sequence[Row], levels: Iterable[str]) -> Figure:
    """Draw ours over published on a logarithmic scale, with the tolerance as a bar, grouped by what ours rests on.

    Ends of intervals are compared by their distance in widths of the interval: what is drawn for them is one plus
    that. The square is drawn where squares are compared.

    Parameters
    ----------
    rows : sequence of Row
    levels : iterable of str
        What ours may rest on; rows are in this order.

    Returns
    -------
    Figure

    Examples
    --------
    >>> from nudipole.validation import LEVELS, theory
    >>> len(validation(theory(), LEVELS).axes)
    1
    """
    colours = dict(zip(levels, cycle(_COLOURS), strict=False))
    ordered = [row for level in colours for row in rows if row.level == level and row.ours is not None]
    fig, axes = figure(8.6, 1.3 + _ROW * max(len(ordered), 1))
    width, height = fig.get_size_inches()
    fig.subplots_adjust(left=4.3 / width, top=1 - 0.62 / height, bottom=0.55 / height)
    for y, row in enumerate(ordered):
        _draw(row, y, axes, colours[row.level])
    axes.axvline(1.0, color="#1c2430", lw=0.8, zorder=0)
    axes.set_xscale("log")
    ticks = (0.2, 0.5, 1.0, 2.0, 5.0)
    axes.set_xticks(ticks, [digits.plain(tick, 6) for tick in ticks])
    axes.xaxis.set_minor_formatter(lambda x, _: "")
    axes.set(
        xlim=(_LOW, _HIGH),
        ylim=(len(ordered) - 0.4, -0.6),
        xlabel="ours / published (squares where squares are compared)",
    )
    axes.set_yticks(range(len(ordered)), [_label(row) for row in ordered], fontsize=7.5)
    axes.tick_params(axis="y", which="both", length=0)
    shown = dict.fromkeys(row.level for row in ordered)
    handles: list[Artist] = [
        Line2D([], [], marker="o", ls="", ms=4, color=colours[level], label=level) for level in shown
    ]
    handles.append(Patch(color="#dfe3e8", label="tolerance"))
    axes.legend(handles=handles, ncols=4, loc="lower left", bbox_to_anchor=(-0.6, 1.0), frameon=False, fontsize=8)
    return fig


def _draw(row: Row, y: int, axes: Axes, of_level: str) -> None:
    assert row.ours is not None
    if row.squared:
        at, low = (row.ours / row.published) ** 2, 1 / (1 + row.tolerance)
    else:
        at, low = 1 + (row.ours - row.published) / row.scale, 1 - row.tolerance
    low, high = max(low, _LOW), min(1 + row.tolerance, _HIGH)
    axes.barh(y, high - low, left=low, height=0.72, color="#dfe3e8", zorder=0)
    marker = ">" if at > _HIGH else "<" if at < _LOW else "o"
    colour = of_level if row.passed else VERMILION
    face = colour if row.passed else "white"
    where = float(np.clip(at, _LOW * 1.03, _HIGH / 1.03))
    axes.plot(where, y, marker, ms=4.5, color=colour, mfc=face, zorder=3)


def _label(row: Row) -> str:
    variant = f" ({row.variant})" if row.variant else ""
    return f"{row.experiment}{variant}: {row.quantity}"
