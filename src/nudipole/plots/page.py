"""What a description means, on one page: flux, recoils, response, expected counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nudipole.plots.counts import Spectrum, spectrum, time_axis, time_label
from nudipole.plots.style import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, energy_scale, number, paper, symbol, unit

_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION)
_Array = NDArray[np.float64]


class Overview(Protocol):
    """What arrives, recoils and is counted, by component of the beam or by process; energies in MeV.

    Flux (E, dphi/dE) [1/(cm^2 s MeV)] and lines (E, phi) [1/(cm^2 s)]; recoils [1/MeV] of the Standard Model and of a
    signal with `parameter` at `value`, at the energies T.
    """

    @property
    def components(self) -> Sequence[str]: ...
    @property
    def flux(self) -> Mapping[str, tuple[_Array, _Array]]: ...
    @property
    def lines(self) -> Mapping[str, Sequence[tuple[float, float]]]: ...
    @property
    def flux_total(self) -> float: ...
    @property
    def parameter(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def T(self) -> _Array: ...
    @property
    def recoils(self) -> Mapping[str, Mapping[str, _Array]]: ...
    @property
    def response(self) -> Mapping[str, _Array]: ...
    @property
    def spectrum(self) -> Spectrum: ...


def overview(result: Overview) -> Figure:
    r"""Draw an overview: four panels, and two more where there are bins of time.

    Parameters
    ----------
    result : Overview

    Returns
    -------
    Figure

    Examples
    --------
    >>> import nudipole as nd
    >>> from nudipole.inference import overview as of
    >>> fig = overview(of.overview(nd.load("xenonnt-2022")))
    >>> [panel.get_xlabel() for panel in fig.axes[2:]]
    ['Recoil energy $T$ [keV]', 'Reconstructed energy [keV]']
    """
    timed = result.spectrum.times is not None
    fig, panels = paper(2, 3 if timed else 2, width=17.5 if timed else 12.0, height=9.0)
    _flux(result, panels[0, 0])
    _recoils(result, panels[0, 1])
    _response(result, panels[1, 0])
    spectrum(result.spectrum, panels[1, 1])
    panels[1, 1].set_title("Expectation" if result.spectrum.quantity else "Expected counts", loc="left")
    if timed:
        spectrum(result.spectrum, panels[1, 2], along="time")
        panels[1, 2].set_title("Expected counts in time", loc="left")
        _timing(result, panels[0, 2])
    return fig


def _timing(result: Overview, axes: Axes) -> None:
    """How the neutrinos of each component that are counted spread over the bins of time."""
    spectrum = result.spectrum.over("time")
    edges, unit_of_time = time_axis(spectrum)
    total = dict.fromkeys(result.components, np.zeros(len(edges) - 1))
    for name, counts in spectrum.standard_model.items():
        total[name.split(" ")[-1]] = total[name.split(" ")[-1]] + counts
    for k, (component, counts) in enumerate(total.items()):
        density = counts / counts.sum() / np.diff(edges)
        axes.stairs(density, edges, color=_COLOURS[k % len(_COLOURS)], lw=1.6, label=component)
    axes.set_xlabel(f"{time_label(spectrum)} [{unit_of_time}]")
    axes.set_ylabel(f"Share of the counts / {unit_of_time}")
    axes.set_title("Arrival of the neutrinos that are counted", loc="left")
    axes.legend(frameon=False)


def _flux(result: Overview, axes: Axes) -> None:
    highest = max(float(E[-1]) for E, _ in result.flux.values()) if result.flux else 0.0
    highest = max([highest, *(E for lines in result.lines.values() for E, _ in lines)])
    factor, name = energy_scale(highest)
    top, levels = 0.0, []
    for k, component in enumerate(result.components):
        colour, style = _COLOURS[k % len(_COLOURS)], "-" if k < len(_COLOURS) else "--"
        if component in result.flux:
            E, dphi_dE = result.flux[component]
            axes.plot(E / factor, dphi_dE * factor, color=colour, ls=style, lw=1.4, label=component)
            top = max(top, float(dphi_dE.max() * factor))
            levels.append(float(np.median(dphi_dE[dphi_dE > 0])) * factor)
        for i, (E_line, phi) in enumerate(result.lines.get(component, [])):
            label = f"{component} (line)" if i == 0 and component not in result.flux else None
            axes.plot([E_line / factor] * 2, [0, phi], color=colour, ls=style, lw=1.8, label=label)
            top = max(top, phi)
            levels.append(phi)
    axes.set_yscale("log")
    axes.set_ylim(max(1e-6 * top, 0.05 * min(levels)), 3 * top)
    axes.set_xlabel(rf"Neutrino energy $E_\nu$ [{name}]")
    lines = " or [cm$^{-2}$ s$^{-1}$] of lines" if result.lines else ""
    axes.set_ylabel(rf"Flux [cm$^{{-2}}$ s$^{{-1}}$ {name}$^{{-1}}$]{lines}")
    axes.set_title(f"Flux at the target: {number(result.flux_total)} cm$^{{-2}}$ s$^{{-1}}$", loc="left")
    axes.legend(frameon=False, ncols=2 if len(result.components) > 4 else 1)


def _recoils(result: Overview, axes: Axes) -> None:
    factor, name = energy_scale(float(result.T[-1]))
    shown = []
    for k, (process, channels) in enumerate(result.recoils.items()):
        for style, (channel, rate) in zip(("-", ":", "--"), channels.items(), strict=False):
            axes.plot(
                result.T / factor, rate * factor, color=_COLOURS[k], ls=style, lw=1.5, label=f"{process}, {channel}"
            )
            shown.append(rate[rate > 0] * factor)
    axes.set_xscale("log")
    axes.set_yscale("log")
    values = np.concatenate(shown)
    axes.set_ylim(max(values.max() * 1e-9, 0.5 * np.quantile(values, 0.05)), 3 * values.max())
    size = number(result.value)
    what = unit(result.unit)
    axes.set_xlabel(f"Recoil energy $T$ [{name}]")
    quantity = result.spectrum.quantity
    axes.set_ylabel(f"{quantity} / {name}" if quantity else f"Recoils in the exposure / {name}")
    axes.set_title(rf"Recoils before the detector; ${symbol(result.parameter)}$ = {size} ${what}$", loc="left")
    axes.legend(frameon=False)


def _response(result: Overview, axes: Axes) -> None:
    factor, name = energy_scale(float(result.T[-1]))
    for k, (process, probability) in enumerate(result.response.items()):
        axes.plot(result.T / factor, probability, color=_COLOURS[k], lw=1.6, label=process)
    axes.set_xscale("log")
    axes.set_ylim(0, 1.05)
    axes.set_xlabel(f"Recoil energy $T$ [{name}]")
    axes.set_ylabel("Probability to be counted in any bin")
    axes.set_title("Response of the detector", loc="left")
    axes.legend(frameon=False, loc="best")
