"""How far data sets separate the two hypotheses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from nudipole import digits
from nudipole.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION

_COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY)


class DataSet(Protocol):
    """A data set, and its published relative error; None where that is from the number of positrons."""

    @property
    def label(self) -> str: ...
    @property
    def sigma(self) -> float | None: ...


class Forecast(Protocol):
    """Relative errors by bin of energy, and the expected separation in standard deviations."""

    @property
    def data(self) -> DataSet: ...
    @property
    def curve(self) -> str: ...
    @property
    def sigma(self) -> NDArray[np.float64]: ...
    @property
    def separation(self) -> float: ...


def forecast(results: Sequence[Forecast], axes: Axes) -> Axes:
    r"""Draw separation against statistical error, a line for each curve; both axes are logarithmic.

    Parameters
    ----------
    results : sequence of Forecast
    axes : Axes

    Returns
    -------
    Axes
        The same.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from nudipole.plots import figure
    >>> data = SimpleNamespace(label="E821", sigma=0.5)
    >>> result = SimpleNamespace(data=data, curve="fit", sigma=np.array([2.0, 2.0]), separation=1.5)
    >>> forecast([result], figure()[1]).get_ylabel()
    'Expected separation [$\\sigma$]'
    """
    for k, curve in enumerate(dict.fromkeys(result.curve for result in results)):
        some = [result for result in results if result.curve == curve]
        error = np.array([_total(result) for result in some])
        z = np.array([result.separation for result in some])
        axes.plot(error, z, "os^v"[k % 4], color=_COLOURS[k], ms=6, label=f"curve: {curve}")
        if k == 0:
            for result, x, y in zip(some, error, z, strict=True):
                # Measurements at the left of their points, what is planned at the right.
                axes.annotate(
                    result.data.label,
                    (x, y),
                    xytext=(-6, 5) if result.data.sigma else (7, -9),
                    textcoords="offset points",
                    fontsize=9,
                    color=BLACK,
                    ha="right" if result.data.sigma else "left",
                )
    for level, style in ((1, ":"), (3, "--"), (5, "-")):
        axes.axhline(level, color=BLACK, lw=0.7, ls=style)
        axes.text(0.01, level * 1.03, rf"{level}$\sigma$", transform=axes.get_yaxis_transform(), fontsize=8.5)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_formatter(lambda x, _: digits.plain(x, 6))
    axes.xaxis.set_minor_formatter(lambda x, _: digits.plain(x, 6) if f"{x:.0e}"[0] in "25" else "")
    axes.yaxis.set_major_formatter(lambda y, _: digits.plain(y, 6))
    axes.yaxis.set_minor_formatter(lambda y, _: "")
    axes.invert_xaxis()
    axes.margins(x=0.2, y=0.15)
    axes.set(xlabel=r"Statistical error of $\omega_a$ [ppm]", ylabel=r"Expected separation [$\sigma$]")
    axes.legend(loc="lower right", frameon=False)
    axes.set_title("Energy-dependent against constant anomaly", loc="left")
    return axes


def _total(result: Forecast) -> float:
    """Error of all bins together [ppm]."""
    return 1e6 / math.sqrt(float(np.sum(result.sigma**-2.0)))
