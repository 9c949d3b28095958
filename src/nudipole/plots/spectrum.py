"""Expected components against the data."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy.special import gammaincinv

from nudipole.experiments import Spectrum
from nudipole.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION

_BACKGROUNDS = ("#c9ced6", "#dfe3e8", "#b4bac4", "#e9ecef")
_COMPONENTS = {"pp": VERMILION, "7Be": BLUE, "pep": GREEN, "15O": ORANGE, "13N": PURPLE, "8B": SKY}


def poisson_error(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances to the ends of the central 68.3 % interval of a Poisson mean (Garwood), shape (2, n)."""
    low = np.where(counts > 0, gammaincinv(np.maximum(counts, 1e-9), 0.15866), 0.0)
    high = gammaincinv(counts + 1, 0.84134)
    return np.stack([counts - low, high - counts])


def spectrum(result: Spectrum, axes: Axes, *, components: int = 3) -> Axes:
    """Draw a spectrum: data, stacked backgrounds, the Standard Model's neutrinos and the signal.

    Parameters
    ----------
    result : Spectrum
    axes : Axes
    components : int
        How many of the largest signal components to draw one by one.
    """
    edges = result.bins * 1e3
    floor = np.zeros(len(edges) - 1)
    for colour, (name, counts) in zip(_BACKGROUNDS * 4, result.backgrounds.items(), strict=False):
        axes.stairs(floor + counts, edges, baseline=floor, fill=True, color=colour, label=name, zorder=0)
        floor = floor + counts
    standard_model = np.sum(list(result.standard_model.values()), axis=0)
    inside = any(item.contains_sm_signal for item in result.experiment.backgrounds.values())
    label = "SM neutrinos" + (" (part of the background)" if inside else "")
    axes.stairs(standard_model, edges, color="#5f6b7a", ls="--", lw=1.2, label=label)
    total = np.sum(list(result.signal.values()), axis=0)
    if np.any(total != 0):
        axes.stairs(result.total(), edges, color=BLACK, lw=1.4, label="total expected")
        values = ", ".join(f"{name} = {_number(value)}" for name, value in result.values.items())
        axes.stairs(total, edges, color=VERMILION, lw=1.6, label=f"signal, {values}")
        largest = sorted(result.signal, key=lambda name: -abs(result.signal[name].sum()))[:components]
        for name in largest:
            colour = _COMPONENTS.get(name, PURPLE)
            axes.stairs(result.signal[name], edges, color=colour, lw=1.0, ls=":", label=f"signal, {name}")
    if result.observed is not None:
        centres = (edges[:-1] + edges[1:]) / 2
        errors = poisson_error(result.observed)
        axes.errorbar(
            centres, result.observed, yerr=errors, fmt="o", ms=3.5, lw=1, color=BLACK, capsize=0, label="data"
        )
    widths = np.diff(edges)
    per = f"{widths[0]:.3g} keV" if np.allclose(widths, widths[0]) else "bin"
    top = np.max(result.total()) if result.observed is None else np.max(result.observed + errors[1])
    axes.set(xlabel="Reconstructed energy [keV]", ylabel=f"Counts / {per}", xlim=(edges[0], edges[-1]))
    axes.set_ylim(min(0.0, 1.2 * float(total.min())), 1.35 * float(max(top, np.max(result.total()))))
    axes.set_title(result.experiment.title, loc="left")
    axes.legend(ncols=2, loc="upper left")
    return axes


def _number(value: float) -> str:
    mantissa, _, exponent = f"{value:.3g}".partition("e")
    return rf"${mantissa}\times10^{{{int(exponent)}}}$" if exponent else mantissa
