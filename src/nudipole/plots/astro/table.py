"""Bounds of the tip of the red-giant branch, by calibration and theory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.figure import Figure

from nudipole.plots.style import BLUE, GREEN, ORANGE, PURPLE, VERMILION, figure

_COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE)
_SOFT = "#5f6b7a"


class Bound(Protocol):
    """A bound with its assumptions."""

    @property
    def value(self) -> float | None: ...
    @property
    def method(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def assumptions(self) -> Mapping[str, Any]: ...
    def level(self) -> str:
        """Its confidence level in words."""
        ...


def astro_table(bounds: Sequence[Bound]) -> Figure:
    """Draw a row for every theory and a mark for every calibration; open marks have no solution, and are those of CLs.

    Parameters
    ----------
    bounds : sequence of Bound

    Returns
    -------
    Figure

    Examples
    --------
    >>> from nudipole.astrophysics import red_giant_table
    >>> len(astro_table(red_giant_table()).axes)
    1
    """
    theories = list(dict.fromkeys(str(one.assumptions["M_I theory"]) for one in bounds))
    observed = list(dict.fromkeys(one.title for one in bounds))
    rows = len(theories)
    height = 1.6 + 0.42 * rows + 0.25
    fig, axes = figure(8.4, height)
    fig.subplots_adjust(left=3.3 / 8.4, right=1 - 0.2 / 8.4, bottom=1.25 / height, top=1 - 0.35 / height)
    for one in bounds:
        if one.value is None:
            continue
        k, row = observed.index(one.title), theories.index(str(one.assumptions["M_I theory"]))
        y = row + (k - (len(observed) - 1) / 2) * 0.13
        face = "white" if one.method == "cls" else _COLOURS[k % len(_COLOURS)]
        axes.plot(one.value * 1e12, y, "os^Dv"[k % 5], color=_COLOURS[k % len(_COLOURS)], mfc=face, ms=6)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks(range(rows), theories, fontsize=8)
    axes.tick_params(axis="y", which="both", length=0)
    for row in np.arange(rows - 1) + 0.5:
        axes.axhline(row, color=_SOFT, lw=0.4)
    axes.set_xlabel(r"Largest moment [$10^{-12}\,\mu_B$]; open: no solution, CLs")
    axes.set_title(f"Tip of the red-giant branch, {bounds[0].level()}", loc="left", fontsize=10)
    handles = [
        axes.plot([], [], "os^Dv"[k % 5], color=_COLOURS[k % len(_COLOURS)], label=name.rpartition(", ")[2])[0]
        for k, name in enumerate(observed)
    ]
    fig.legend(handles=handles, loc="lower left", ncols=5, fontsize=8, bbox_to_anchor=(0.02, 0.22 / height))
    fig.text(1 - 0.2 / 8.4, 0.06 / height, "Capozzi:2020, Viaux:2013, Franz:2023", fontsize=7, color=_SOFT, ha="right")
    return fig
