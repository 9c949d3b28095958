"""Expected components against the data."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy.special import gammaincinv

from nudipole.experiments import Spectrum
from nudipole.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, number, symbol, unit
from nudipole.properties import find

_BACKGROUNDS = ("#c9ced6", "#dfe3e8", "#b4bac4", "#e9ecef")
_COMPONENTS = {"pp": ORANGE, "7Be": BLUE, "pep": GREEN, "15O": SKY}
_OTHERS = (ORANGE, BLUE, GREEN, SKY, PURPLE)
# A signal below this fraction of everything expected is shown on a logarithmic scale.
_FAINT = 0.05
# Components below this fraction of the signal are not drawn.
_VISIBLE = 0.02
# Height of a row of the legend, in axes.
_ROW = 0.057


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
    signal = bool(np.any(total != 0))
    if signal or not inside:
        axes.stairs(result.total(), edges, color=BLACK, lw=1.4, label="total expected")
    if signal:
        axes.stairs(total, edges, color=VERMILION, lw=1.6, label=_signal_label(result.values))
        size = {name: float(np.abs(counts).sum()) for name, counts in result.signal.items()}
        for k, name in enumerate(sorted(size, key=lambda name: -size[name])[:components]):
            if size[name] > _VISIBLE * np.abs(total).sum():
                colour = _COMPONENTS.get(name, _OTHERS[k % len(_OTHERS)])
                axes.stairs(result.signal[name], edges, color=colour, lw=1.2, ls=":", label=f"signal from {name}")
    if result.observed is not None:
        centres = (edges[:-1] + edges[1:]) / 2
        errors = poisson_error(result.observed)
        axes.errorbar(
            centres, result.observed, yerr=errors, fmt="o", ms=3.5, lw=1, color=BLACK, capsize=0, label="data"
        )
    widths = np.diff(edges)
    per = f"{widths[0]:.3g} keV" if np.allclose(widths, widths[0]) else "bin"
    axes.set(xlabel="Reconstructed energy [keV]", ylabel=f"Counts / {per}", xlim=(edges[0], edges[-1]))
    axes.set_title(result.experiment.title, loc="left")
    labels = axes.get_legend_handles_labels()[1]
    rows = -(-len(labels) // 2) + sum(label.count("\n") for label in labels)
    high = max(float(np.max(result.total())), float(np.max(floor)))
    if result.observed is not None:
        high = max(high, float(np.max(result.observed + errors[1])))
    share = max(0.3, 1 - _ROW * (rows + 1))
    if signal and total.min() > 0 and total.max() < _FAINT * high:
        low = 0.5 * min(float(total.min()), float(standard_model[standard_model > 0].min(initial=high)))
        axes.set_yscale("log")
        axes.set_ylim(low, low * (high / low) ** (1 / share))
    else:
        low = min(0.0, 1.2 * float(total.min()))
        axes.set_ylim(low, low + (high - low) / share)
    axes.legend(ncols=2, loc="upper left", frameon=False)
    return axes


def _signal_label(values: dict[str, float]) -> str:
    """The parameters, one a line, as long as they are few."""
    if len(values) > 3:
        return f"signal of {len(values)} parameters"
    parts = []
    for name, value in values.items():
        _, parametrisation = find(name)
        parts.append(rf"${symbol(name)}$ = {number(value)} ${unit(parametrisation.parameters[name].unit)}$")
    return "signal: " + ",\n".join(parts)
