"""Measurements and predictions of the muon's anomaly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from nudipole.plots.style import BLUE, GREEN, ORANGE, PURPLE, VERMILION, paper

_ROW = 0.24
#: What is subtracted, so that the digits that differ are seen [1e-11].
_OFFSET = 116592000
#: Half the width of the panel for the precise ones, and the largest error that goes in there [1e-11].
_ZOOM, _PRECISE = 290.0, 110.0
_BANDS = (ORANGE, BLUE, GREEN, PURPLE, "#7a8594")
_SOFT = "#5f6b7a"


class Prediction(Protocol):
    """A value of a_mu."""

    @property
    def label(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def error(self) -> float: ...


class Measurement(Prediction, Protocol):
    """The same by a measurement, or by several: `kind`; `status` is how well it is known what was published."""

    @property
    def year(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def status(self) -> str: ...


class Status(Protocol):
    """What is known."""

    @property
    def measurements(self) -> Sequence[Measurement]: ...
    @property
    def drawn(self) -> Sequence[Prediction]: ...


def g2_status(result: Status) -> Figure:
    """Draw a line for every measurement and average, and a band for every prediction, in all and enlarged.

    Parameters
    ----------
    result : Status

    Returns
    -------
    Figure
        With two axes.

    Examples
    --------
    >>> from nudipole.muon_g2.world.status import status
    >>> len(g2_status(status(since=2020)).axes)
    2
    """
    rows = len(result.measurements)
    two_lines = len(result.drawn) > 3
    fig, panels = paper(1, 2, width=9.6, height=1.2 + 0.22 * two_lines + _ROW * rows)
    width, height = fig.get_size_inches()
    fig.subplots_adjust(left=1.75 / width, top=1 - (0.4 + 0.22 * two_lines) / height, bottom=0.6 / height, wspace=0.05)
    wide, narrow = panels[0]
    for axes in (wide, narrow):
        for k, prediction in enumerate(result.drawn):
            value, error = _scaled(prediction.value) - _OFFSET, _scaled(prediction.error)
            axes.axvspan(value - error, value + error, color=_BANDS[k % len(_BANDS)], alpha=0.25, lw=0)
        axes.set_ylim(rows - 0.4, -0.6)
        axes.tick_params(axis="y", which="both", length=0)
        axes.set_xlabel(r"$a_\mu\times10^{11} - 116\,592\,000$")
    _points(result, wide, limit=float("inf"))
    _points(result, narrow, limit=_PRECISE)
    wide.set_yticks(range(rows), [f"{one.label}  {one.year}" for one in result.measurements], fontsize=8.5)
    narrow.set_yticks([])
    ends = [_scaled(one.value) - _OFFSET + sign * _scaled(one.error) for one in result.measurements for sign in (-1, 1)]
    ends += [_scaled(one.value) - _OFFSET + sign * _scaled(one.error) for one in result.drawn for sign in (-1, 1)]
    margin = 0.06 * (max(ends) - min(ends))
    wide.set_xlim(min(ends) - margin, max(ends) + margin)
    narrow.set_xlim(-_ZOOM, _ZOOM)
    handles: list[Line2D | Patch] = [
        Line2D([], [], marker="o", ms=4.5, color=VERMILION, label="measurement"),
        Line2D([], [], marker="s", ms=4.5, color=_SOFT, label="average"),
    ]
    handles += [
        Patch(color=_BANDS[k % len(_BANDS)], alpha=0.35, lw=0, label=prediction.label)
        for k, prediction in enumerate(result.drawn)
    ]
    fig.legend(
        handles=handles,
        ncols=5,
        loc="upper center",
        frameon=False,
        fontsize=8,
        columnspacing=1.2,
    )
    return fig


def _points(result: Status, axes: Axes, *, limit: float) -> None:
    for y, one in enumerate(result.measurements):
        if _scaled(one.error) > limit:
            continue
        measured = one.kind == "measurement"
        axes.errorbar(
            _scaled(one.value) - _OFFSET,
            y,
            xerr=_scaled(one.error),
            fmt="o" if measured else "s",
            ms=4.5,
            lw=1.3,
            capsize=2,
            color=VERMILION if measured else _SOFT,
            mfc="white" if one.status == "to-verify" else None,
        )


def _scaled(value: float) -> float:
    return 1e11 * value
