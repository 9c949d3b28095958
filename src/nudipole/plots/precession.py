"""Conversion in a magnetic field by energy."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nudipole.plots.style import figure, paper

_SYMBOLS = {"e": r"\nu_e", "mu": r"\nu_\mu", "tau": r"\nu_\tau"}
_PARTNERS = {
    **{f"nubar_{name}": "$" + symbol.replace(r"\nu", r"\bar\nu") + "$" for name, symbol in _SYMBOLS.items()},
    **{f"nuR_{k}": rf"$\nu_{{R{k}}}$" for k in (1, 2, 3)},
}
#: From this ratio of the largest to the least probability on the axis is logarithmic.
_SPAN = 50.0


class Converted(Protocol):
    """Energies [MeV] and probabilities of partners, (f, e, 3), by their names."""

    @property
    def E(self) -> NDArray[np.float64]: ...
    @property
    def partners(self) -> NDArray[np.float64]: ...
    @property
    def names(self) -> tuple[str, str, str]: ...
    @property
    def born(self) -> tuple[str, ...]: ...
    @property
    def field(self) -> str: ...


def conversion(result: Converted) -> Figure:
    """Draw the probabilities of the three partners of neutrinos born with the first flavour.

    Parameters
    ----------
    result : Converted

    Returns
    -------
    Figure

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> P, names = np.full((1, 2, 3), 1e-10), ("nubar_e", "nubar_mu", "nubar_tau")
    >>> drawn = conversion(SimpleNamespace(E=np.array([1.0, 2.0]), partners=P, names=names, born=("e",), field="core"))
    >>> drawn.axes[0].get_xlabel()
    'Energy [MeV]'
    """
    fig, axes = figure(6.8, 4.6)
    fig.subplots_adjust(left=0.95 / 6.8)
    born, P = result.born[0], result.partners[0]
    for name, row in zip(result.names, P.T, strict=True):
        axes.plot(result.E, row, "o-" if len(result.E) < 8 else "-", label=_PARTNERS[name], markersize=4)
    if P.max() > _SPAN * P.min() and P.max() > 0:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    if result.E.max() > 100 * result.E.min():
        axes.set_xscale("log")
    partner = r"\bar\nu" if result.names[0].startswith("nubar") else r"\nu_R"
    axes.set_xlabel("Energy [MeV]")
    axes.set_ylabel(rf"Probability of ${_SYMBOLS[born]} \to {partner}$")
    axes.set_title(f"Precession, field: {result.field}", loc="left", fontsize=10)
    axes.legend(frameon=False)
    return fig


class Along(Protocol):
    """Means along a cycle of activity, (t,)."""

    @property
    def years(self) -> NDArray[np.float64]: ...
    @property
    def field(self) -> NDArray[np.float64]: ...
    @property
    def survival(self) -> NDArray[np.float64]: ...
    @property
    def converted(self) -> NDArray[np.float64]: ...


def solar_cycle(result: Along) -> Figure:
    """Draw field, electron neutrinos and what is converted along a cycle of the Sun's activity.

    Parameters
    ----------
    result : Along

    Returns
    -------
    Figure

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> t, one = np.linspace(0, 11, 11), np.ones(11)
    >>> drawn = solar_cycle(SimpleNamespace(years=t, field=np.sin(np.pi * t / 11), survival=one, converted=1e-3 * one))
    >>> [axes.get_ylabel() for axes in drawn.axes][::2]
    ['$B/B_0$', 'P(converted)']
    """
    fig, stacked = paper(3, 1, width=6.8, height=6.0)
    fig.subplots_adjust(left=0.95 / 6.8)
    first, names = stacked[:, 0], ("$B/B_0$", r"P($\nu_e$)", "P(converted)")
    for axes, row, name in zip(first, (result.field, result.survival, result.converted), names, strict=True):
        axes.plot(result.years, row, "o-", markersize=4)
        axes.set_ylabel(name)
        axes.set_ylim(0, 1.15 * row.max() if row.max() > 0 else 1)
    first[-1].set_xlabel("Time after the minimum of activity [yr]")
    return fig
