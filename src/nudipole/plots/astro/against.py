"""A bound, or a rate, against the assumption that matters most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nudipole.plots.style import BLUE, GREEN, ORANGE, PURPLE, VERMILION, figure

_COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE)
_SOFT = "#5f6b7a"
_GREEK = {
    "mu_B": r"$\mu_B$",
    "g/cm^3": r"g/cm$^3$",
    "eV^-2": r"eV$^{-2}$",
    "1/m": r"m$^{-1}$",
}


class Line(Protocol):
    """One line."""

    @property
    def label(self) -> str: ...
    @property
    def x(self) -> NDArray[np.float64]: ...
    @property
    def y(self) -> NDArray[np.float64]: ...
    @property
    def dashed(self) -> bool: ...


class Curve(Protocol):
    """Lines, names and units of their axes, levels, and what is excluded along x."""

    @property
    def title(self) -> str: ...
    @property
    def x_name(self) -> str: ...
    @property
    def x_unit(self) -> str: ...
    @property
    def y_name(self) -> str: ...
    @property
    def y_unit(self) -> str: ...
    @property
    def lines(self) -> Sequence[Line]: ...
    @property
    def levels(self) -> Sequence[tuple[float, str]]: ...
    @property
    def shaded(self) -> tuple[float, float] | None: ...
    @property
    def references(self) -> Sequence[str]: ...
    @property
    def log_x(self) -> bool: ...
    @property
    def log_y(self) -> bool: ...


def astro_curve(curve: Curve) -> Figure:
    """Draw the lines with their legend below the axes, so that nothing lies on them.

    Parameters
    ----------
    curve : Curve

    Returns
    -------
    Figure

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> line = SimpleNamespace(label="a", x=np.array([1.0, 2.0]), y=np.array([1.0, 3.0]), dashed=False)
    >>> curve = SimpleNamespace(title="t", x_name="mass", x_unit="eV", y_name="moment", y_unit="mu_B", lines=[line],
    ...                         levels=[], shaded=None, references=("Mirizzi:2007",), log_x=False, log_y=True)
    >>> astro_curve(curve).axes[0].get_xlabel()
    'Mass [eV]'
    """
    entries = len(curve.lines) + len(curve.levels) + (curve.shaded is not None)
    rows = -(-entries // 2)
    height = 4.2 + 0.2 * rows + 0.2
    fig, axes = figure(6.4, height)
    fig.subplots_adjust(left=1.05 / 6.4, bottom=(0.85 + 0.2 * rows) / height, top=1 - 0.35 / height)
    for k, line in enumerate(curve.lines):
        style = "--" if line.dashed else "-"
        axes.plot(line.x, line.y, style, color=_COLOURS[k % len(_COLOURS)], lw=1.7, label=line.label)
    for k, (level, label) in enumerate(curve.levels):
        axes.axhline(level, color=_SOFT, ls=(":", "-.")[k % 2], lw=1.2, label=label)
    if curve.shaded is not None:
        axes.axvspan(*curve.shaded, color=_SOFT, alpha=0.18, lw=0, label="excluded" if curve.log_x else "decay blocked")
    if curve.log_x:
        axes.set_xscale("log")
    elif curve.shaded is not None:
        axes.set_xlim(right=curve.shaded[1])
    if curve.log_y:
        axes.set_yscale("log")
    axes.set_xlabel(_named(curve.x_name, curve.x_unit))
    axes.set_ylabel(_named(curve.y_name, curve.y_unit))
    axes.set_title(curve.title, loc="left", fontsize=10)
    axes.tick_params(axis="both", which="both", labelsize=8)
    handles, labels = axes.get_legend_handles_labels()
    fig.legend(handles, labels, loc="lower left", ncols=2, fontsize=8, bbox_to_anchor=(0.1, 0.2 / height))
    fig.text(
        1 - 0.15 / 6.4, 0.06 / height, ", ".join(curve.references), fontsize=7, color=_SOFT, ha="right", va="bottom"
    )
    return fig


def _named(name: str, unit: str) -> str:
    return f"{name[:1].upper()}{name[1:]} [{_GREEK.get(unit, unit)}]"
