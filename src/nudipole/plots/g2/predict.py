"""The neutrino-induced shift against the positron's energy, and its averages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nudipole.plots.style import BLACK, BLUE, GREEN, ORANGE, SKY, VERMILION, paper

_ROW = 0.235
_COLOURS = (BLUE, GREEN, VERMILION)
_BANDS = (ORANGE, SKY)


class Labelled(Protocol):
    """A measurement or a prediction."""

    @property
    def label(self) -> str: ...


class Difference(Protocol):
    """Measurement minus prediction, and its error."""

    @property
    def measurement(self) -> Labelled: ...
    @property
    def prediction(self) -> Labelled: ...
    @property
    def ppm(self) -> tuple[float, float]: ...


class Explained(Protocol):
    """What the shift is to explain."""

    @property
    def difference(self) -> Difference: ...


class Average(Protocol):
    """An average over a window [MeV]: of a curve, with its spread, in the group "paper", or of what fits would see."""

    @property
    def name(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def mean(self) -> float: ...
    @property
    def spread(self) -> float | None: ...


class Predicted(Protocol):
    """Relative shift and weighted curves at the energies E [MeV], averages, and the printed one with its spread.

    `bands` are errors of the curves that have some.
    """

    @property
    def E(self) -> NDArray[np.float64]: ...
    @property
    def relative(self) -> NDArray[np.float64]: ...
    @property
    def curves(self) -> Mapping[str, NDArray[np.float64]]: ...
    @property
    def bands(self) -> Mapping[str, NDArray[np.float64]]: ...
    @property
    def averages(self) -> Sequence[Average]: ...
    @property
    def explained(self) -> Sequence[Explained]: ...
    @property
    def printed_average(self) -> tuple[float, float]: ...


def g2_predict(result: Predicted) -> Figure:
    """Draw the shift and the weighted curves on the left, every average beside the measured differences on the right.

    Parameters
    ----------
    result : Predicted

    Returns
    -------
    Figure
        With two axes.

    Examples
    --------
    >>> from nudipole.muon_g2.shift.predicted import predicted
    >>> len(g2_predict(predicted()).axes)
    2
    """
    rows = len(result.averages) + 1
    fig, panels = paper(1, 2, width=11.5, height=max(4.2, 1.5 + _ROW * rows))
    width, height = fig.get_size_inches()
    fig.subplots_adjust(right=1 - 0.2 / width, top=1 - 0.6 / height, bottom=0.62 / height, wspace=0.9)
    left, right = panels[0]
    _curves(result, left)
    _averages(result, right)
    return fig


def _curves(result: Predicted, axes: Axes) -> None:
    E = result.E / 1e3
    axes.plot(E, 1e6 * result.relative, "--", color=BLACK, lw=1.4, label=r"$\delta a_\mu/a_\mu$, Eq. (7)")
    for k, (name, values) in enumerate(result.curves.items()):
        axes.plot(E, 1e6 * values, color=_COLOURS[k % len(_COLOURS)], lw=1.6, label=f"weighted, {name}")
        if name in result.bands:
            low, high = (1e6 * (values + sign * result.bands[name]) for sign in (-1, 1))
            axes.fill_between(E, low, high, color=_COLOURS[k % len(_COLOURS)], alpha=0.25, lw=0)
    axes.axhline(0, color=BLACK, lw=0.6)
    axes.set(xlim=(E[0], E[-1]), xlabel=r"positron energy [GeV]", ylabel="shift of the anomaly [ppm]")
    axes.legend(fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)


def _averages(result: Predicted, axes: Axes) -> None:
    for one, colour in zip(result.explained, _BANDS, strict=True):
        mean, error = one.difference.ppm
        label = f"{one.difference.measurement.label} - {one.difference.prediction.label}"
        axes.axvspan(mean - error, mean + error, color=colour, alpha=0.3, lw=0, label=label)
    rows = [("as printed", *result.printed_average, BLACK)]
    for average in result.averages:
        window = f"{average.low / 1e3:.1f}-{average.high / 1e3:.1f} GeV"
        colour = BLUE if average.group == "paper" else VERMILION
        rows.append((f"{average.name}, {window}", average.mean, average.spread or 0.0, colour))
    for y, (_, mean, spread, colour) in enumerate(rows):
        axes.plot([1e6 * (mean - spread), 1e6 * (mean + spread)], [y, y], color=colour, lw=5, alpha=0.3)
        axes.plot(1e6 * mean, y, "o", ms=5, color=colour)
    axes.set_yticks(range(len(rows)), [row[0] for row in rows], fontsize=8)
    axes.tick_params(axis="y", which="both", length=0)
    axes.set(ylim=(len(rows) - 0.4, -0.6), xlabel="average shift [ppm] (bar: spread of the curve)")
    axes.legend(fontsize=8, loc="lower center", bbox_to_anchor=(0.3, 1.0), ncols=2, frameon=False)
