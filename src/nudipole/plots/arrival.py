"""Fluxes of sources by energy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from nudipole.plots.style import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION

_COLOURS = (ORANGE, VERMILION, BLUE, GREEN, PURPLE, SKY, "#8c564b", "#7a7a2e", "#5f6b7a", "#000000")
_STYLES = ("-", "--", "-.", ":")
#: Decades of flux that are drawn.
_DECADES = 13.0


class Flux(Protocol):
    """One component."""

    @property
    def label(self) -> str: ...
    @property
    def E(self) -> NDArray[np.float64]: ...
    @property
    def spectrum(self) -> NDArray[np.float64]: ...
    @property
    def lines(self) -> Sequence[tuple[float, float]]: ...


class Fluxes(Protocol):
    """All of them."""

    @property
    def components(self) -> Sequence[Flux]: ...


def fluxes(found: Fluxes, ax: Axes) -> Axes:
    """Draw spectra as curves and lines as stems; each component has a colour and dash of its own.

    Parameters
    ----------
    found : Fluxes
    ax : Axes

    Returns
    -------
    Axes

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from nudipole.plots import figure
    >>> one = SimpleNamespace(label="pp", E=np.array([0.1, 0.4]), spectrum=np.array([1e11, 1e10]), lines=())
    >>> fluxes(SimpleNamespace(components=[one]), figure()[1]).get_xlabel()
    'Neutrino energy [MeV]'
    """
    tops = [float(one.spectrum.max()) for one in found.components if len(one.E)]
    tops += [flux for one in found.components for _, flux in one.lines]
    bottom = max(tops) * 10.0**-_DECADES
    for k, one in enumerate(found.components):
        colour, style = _COLOURS[k % len(_COLOURS)], _STYLES[k // len(_COLOURS) % len(_STYLES)]
        label: str | None = one.label
        if len(one.E):
            there = one.spectrum > 0
            ax.plot(one.E[there], one.spectrum[there], ls=style, color=colour, lw=1.5, label=label)
            label = None
        for E, flux in one.lines:
            ax.plot([E, E], [bottom, flux], ls=style, color=colour, lw=1.1, label=label)
            ax.plot(E, flux, "o", color=colour, ms=3)
            label = None
    ax.set(xscale="log", yscale="log", ylim=(bottom, max(tops) * 5))
    ax.set_xlabel("Neutrino energy [MeV]")
    ax.set_ylabel(r"Flux [cm$^{-2}$ s$^{-1}$ MeV$^{-1}$]; lines [cm$^{-2}$ s$^{-1}$]", fontsize=9)
    entries, fig = len(ax.get_legend_handles_labels()[1]), ax.get_figure(root=True)
    if fig is None or len(fig.axes) > 1:
        ax.legend(fontsize=7)
        return ax
    width, height = fig.get_size_inches()
    columns = 3
    below = 0.16 * -(-entries // columns) + 0.7
    fig.subplots_adjust(left=0.85 / width, bottom=below / height)
    fig.legend(
        loc="lower left", bbox_to_anchor=(0.1 / width, 0.04 / height), ncols=columns, fontsize=7, frameon=False,
        borderaxespad=0.0, labelspacing=0.3,
    )  # fmt: skip
    return ax
