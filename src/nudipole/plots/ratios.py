"""Ours less published in combined errors, a line for each number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nudipole.plots.style import BLUE, GREEN, ORANGE, PURPLE, VERMILION, figure

#: Of the classes in their order.
_COLOURS = (VERMILION, GREEN, BLUE, "#7a8594", PURPLE, ORANGE)
_ROW = 0.19
#: Beyond, numbers are drawn at the edge, as arrows; within, they agree.
_EDGE, _WITHIN = 6.0, 2.0


class Row(Protocol):
    """A number, published and ours; `pull` is their difference in combined errors, None where none are known."""

    @property
    def experiment(self) -> str: ...
    @property
    def variant(self) -> str | None: ...
    @property
    def quantity(self) -> str: ...
    @property
    def texkey(self) -> str: ...
    @property
    def of_width(self) -> bool: ...
    @property
    def ratio(self) -> float | None: ...
    @property
    def pull(self) -> float | None: ...


def validation(classes: Mapping[str, Sequence[Row]]) -> Figure:
    """Draw how far ours is off, in combined errors, grouped by class; at the right ours over published.

    Parameters
    ----------
    classes : mapping of sequences of rows
        By the name of the class, in the order of the figure.

    Returns
    -------
    Figure

    Examples
    --------
    >>> from nudipole.validation import Validation, theory
    >>> len(validation(Validation(theory(), {}).by_class()).axes)
    1
    """
    lines = sum(1.6 + len(rows) for rows in classes.values()) or 1.0
    fig, axes = figure(8.6, 0.95 + _ROW * lines)
    width, height = fig.get_size_inches()
    fig.subplots_adjust(left=4.3 / width, right=1 - 0.6 / width, top=1 - 0.32 / height, bottom=0.55 / height)
    axes.axvspan(-_WITHIN, _WITHIN, color="#eef1f4", zorder=0)
    axes.axvline(0.0, color="#1c2430", lw=0.8, zorder=0)
    places, y = [], 0.0
    labels = _named([row for rows in classes.values() for row in rows])
    for (name, rows), colour in zip(classes.items(), cycle(_COLOURS), strict=False):
        y += 0.9
        axes.text(-_EDGE, y, f"{name}, {len(rows)}", color=colour, fontsize=8.5, weight="bold", va="center")
        y += 0.7
        for row in rows:
            _draw(row, y, axes, colour)
            places.append(y)
            y += 1
    axes.text(_EDGE * 1.04, -0.1, "ratio", fontsize=7.5, va="center")
    axes.set(xlim=(-_EDGE, _EDGE), ylim=(lines - 0.3, -0.6), xlabel="(ours - published) / combined error")
    axes.set_xticks(range(-6, 7, 2))
    axes.set_yticks(places, labels, fontsize=7.5)
    axes.tick_params(axis="y", which="both", length=0)
    return fig


def _draw(row: Row, y: float, axes: Axes, colour: str) -> None:
    if row.pull is None:
        axes.text(0, y, "no error is known", fontsize=6.5, ha="center", va="center", color=colour)
    else:
        marker = ">" if row.pull > _EDGE else "<" if row.pull < -_EDGE else "o"
        where = float(np.clip(row.pull, -0.97 * _EDGE, 0.97 * _EDGE))
        axes.plot(where, y, marker, ms=4.5, color=colour, zorder=3)
    if row.ratio is not None:
        axes.text(_EDGE * 1.04, y, f"{row.ratio:.2f}", fontsize=7, va="center", color="#3a4250")


def _label(row: Row) -> str:
    variant = f" ({row.variant})" if row.variant else ""
    return f"{row.experiment}{variant}: {row.quantity}{', of the width' if row.of_width else ''}"


def _named(rows: Sequence[Row]) -> list[str]:
    """Labels; numbers that look alike are told apart by their publication."""
    labels = [_label(row) for row in rows]
    alike = {label for label in labels if labels.count(label) > 1}
    return [f"{label} [{row.texkey}]" if label in alike else label for label, row in zip(labels, rows, strict=True)]
