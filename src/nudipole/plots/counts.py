"""Expected components against the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle, pairwise
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import NDArray
from scipy.special import gammaincinv

from nudipole import digits
from nudipole.errors import NudipoleError
from nudipole.plots import style
from nudipole.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, number, symbol, unit
from nudipole.units import in_internal

#: Pale tints, which leave the lines in front.
_BACKGROUNDS = ("#c9ced6", "#e3d9c6", "#c3d5d9", "#dcd0dd", "#cfdcc6", "#e9e6d2", "#b4bac4")
_COMPONENTS = {"pp": ORANGE, "7Be": BLUE, "pep": GREEN, "15O": SKY}
_OTHERS = (ORANGE, BLUE, GREEN, SKY, PURPLE)
# A signal below this fraction of everything expected is shown on a logarithmic scale.
_FAINT = 0.05
# So is a spectrum that falls by more than this, down to what part of its height.
_DECADES = 100.0
_LEAST = 1e-5
# Components below this fraction of the signal are not drawn.
_VISIBLE = 0.02
# Unequal bins over more than this ratio have a logarithmic axis; keV serve up to ten times the next unit.
_LOGARITHMIC_FROM = 15.0
_KEV_UP_TO = 3.0
# Height of a row of the legend, in axes.
_ROW = 0.057
_Array = NDArray[np.float64]


class Spectrum(Protocol):
    """Expected counts by bin and component, beside the data.

    Bins have edges of energy [MeV] and, if there are `times` [MeV^-1], of time, or one for each of the `modes` of the
    beam; these are the faster. Components of the
    signal are called "process component" where there are several processes. `light_yield` [MeV^-1] is of energies that
    are counted in photoelectrons; `values` are the parameters of the signal, in `units`.
    """

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def processes(self) -> Sequence[str]: ...
    @property
    def quantity(self) -> str | None: ...
    @property
    def bins(self) -> _Array: ...
    @property
    def light_yield(self) -> float | None: ...
    @property
    def times(self) -> _Array | None: ...
    @property
    def modes(self) -> Sequence[str]: ...
    @property
    def unit_of_time(self) -> str | None: ...
    @property
    def observed(self) -> _Array | None: ...
    @property
    def errors(self) -> _Array | None: ...
    @property
    def backgrounds(self) -> Mapping[str, _Array]: ...
    @property
    def standard_model(self) -> Mapping[str, _Array]: ...
    @property
    def sm_in_background(self) -> bool: ...
    @property
    def signal(self) -> Mapping[str, _Array]: ...
    @property
    def values(self) -> Mapping[str, float]: ...
    @property
    def units(self) -> Mapping[str, str]: ...
    def total(self) -> _Array:
        """All expected counts, the Standard Model's neutrinos counted once."""
        ...

    def over(self, axis: str) -> Spectrum:
        """The same counts summed to bins of ``"energy"`` alone, or of ``"time"`` alone."""
        ...


def poisson_error(counts: _Array) -> _Array:
    """Distances to the ends of the central 68.3 % interval of a Poisson mean (Garwood), shape (2, n)."""
    low = np.where(counts > 0, gammaincinv(np.maximum(counts, 1e-9), 0.15866), 0.0)
    high = gammaincinv(counts + 1, 0.84134)
    return np.stack([counts - low, high - counts])


def spectrum(
    result: Spectrum, axes: Axes, *, components: int = 3, along: str = "energy", before: _Array | None = None
) -> Axes:
    """Draw a spectrum: data, stacked backgrounds, the Standard Model's neutrinos and the signal.

    Parameters
    ----------
    result : Spectrum
    axes : Axes
    components : int
        How many of the largest signal components (or processes) to draw one by one.
    along : {"energy", "time"}
        What the horizontal axis is, where there are bins of both; the other is summed over.
    before : (b,), optional
        All counts that were expected before a fit, in the bins of the picture.

    Returns
    -------
    Axes
        The same.

    Examples
    --------
    >>> import nudipole as nd
    >>> from nudipole.plots import figure
    >>> spectrum(nd.load("xenonnt-2022").spectrum(), figure()[1]).get_ylabel()
    'Counts / keV'
    """
    result = result.over(along)
    edges, unit_of_bins = horizontal(result, along)
    widths = np.diff(edges)
    equal = bool(np.allclose(widths, widths[0])) or result.quantity is not None
    # Bins of different widths are shown as densities, so that their heights compare.
    per = np.ones(len(widths)) if equal else widths
    lowest, high = 0.0, _draw_expected(result, axes, edges, per)
    total = np.sum(list(result.signal.values()), axis=0) / per
    signal = bool(np.any(total != 0))
    if signal:
        _draw_signal(result, axes, edges, per, components)
    if before is not None:
        axes.stairs(before / per, edges, color=BLACK, lw=0.9, ls=(0, (1, 1.5)), label="before the fit")
        high = max(high, float(np.max(before / per)))
    if result.observed is not None:
        centres, errors, observed = (edges[:-1] + edges[1:]) / 2, _errors(result) / per, result.observed / per
        axes.errorbar(centres, observed, yerr=errors, fmt="o", ms=3.5, lw=1, color=BLACK, capsize=0, label="data")
        lowest, high = float(np.min(observed - errors[0])), max(high, float(np.max(observed + errors[1])))
    what = "Reconstructed energy" if along == "energy" else time_label(result)
    several = equal and digits.plain(widths[0], 3) != "1"
    bin_width = f"{digits.plain(widths[0], 3)} {unit_of_bins}" if several else unit_of_bins
    ylabel = result.quantity or ("Counts" if len(widths) == 1 else f"Counts / {bin_width}")
    axes.set(xlabel=f"{what} [{unit_of_bins}]", ylabel=ylabel, xlim=(edges[0], edges[-1]))
    if edges[0] > 0 and edges[-1] > _LOGARITHMIC_FROM * edges[0] and not equal:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(lambda x, _: digits.plain(x, 6))
        axes.xaxis.set_minor_formatter(lambda x, _: "")
    if result.modes:
        _name_modes(result, axes)
    axes.set_title(result.title, loc="left")
    labels = axes.get_legend_handles_labels()[1]
    rows = -(-len(labels) // 2) + sum(label.count("\n") for label in labels)
    share = max(0.3, 1 - _ROW * (rows + 1))
    expected = result.total() / per
    faint = signal and total.min() > 0 and total.max() < _FAINT * high
    if faint or (expected.min() > 0 and expected.max() > _DECADES * expected.min()):
        standard_model = np.sum(list(result.standard_model.values()), axis=0) / per
        shown = [row[row > 0].min(initial=high) for row in (expected, standard_model, total)]
        low = max(0.5 * float(min(shown)), _LEAST * high)
        axes.set_yscale("log")
        axes.set_ylim(low, low * (high / low) ** (1 / share))
    else:
        low = min(0.0, 1.2 * float(total.min()), 1.1 * lowest)
        axes.set_ylim(low, low + (high - low) / share)
    axes.legend(ncols=2, loc="upper left", frameon=False)
    return axes


def horizontal(result: Spectrum, along: str) -> tuple[_Array, str]:
    """Edges of the bins on the axis, and their unit; one place for each mode of a beam."""
    edges, unit_of_bins = _energy_axis(result) if along == "energy" else time_axis(result)
    if result.modes:
        edges = np.arange((len(edges) - 1) * len(result.modes) + 1.0)
    return edges, unit_of_bins


def _name_modes(result: Spectrum, axes: Axes) -> None:
    """One place on the axis for every mode and bin of energy, with their names."""
    edges, name = _energy_axis(result)
    bins = [f"{digits.plain(low, 5)} to {digits.plain(high, 5)} {name}" for low, high in pairwise(edges)]
    several = len(bins) > 1
    names = [f"{mode}\n{bin_}" if several else mode for bin_ in bins for mode in result.modes]
    axes.set_xticks(np.arange(len(names)) + 0.5, names)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("Mode of the beam" + ("" if several else f" (reconstructed energy {bins[0]})"))


def _draw_expected(result: Spectrum, axes: Axes, edges: _Array, per: _Array) -> float:
    """Backgrounds, Standard Model and total; returns how high they reach."""
    floor = np.zeros(len(per))
    for colour, (name, counts) in zip(cycle(_BACKGROUNDS), result.backgrounds.items(), strict=False):
        axes.stairs(floor + counts / per, edges, baseline=floor, fill=True, color=colour, label=name, zorder=0)
        floor = floor + counts / per
    standard_model = np.sum(list(result.standard_model.values()), axis=0) / per
    label = "SM neutrinos" + (" (part of the background)" if result.sm_in_background else "")
    axes.stairs(standard_model, edges, color="#5f6b7a", ls="--", lw=1.2, label=label)
    total = result.total() / per
    if not result.sm_in_background or any(np.any(counts != 0) for counts in result.signal.values()):
        axes.stairs(total, edges, color=BLACK, lw=1.4, label="total expected")
    return max(float(np.max(total)), float(np.max(floor)))


def _draw_signal(result: Spectrum, axes: Axes, edges: _Array, per: _Array, components: int) -> None:
    """The signal, and its largest parts one by one."""
    total = np.sum(list(result.signal.values()), axis=0) / per
    axes.stairs(total, edges, color=VERMILION, lw=1.6, label=_signal_label(result))
    if result.modes or len(result.signal) == 1:  # the bins tell them apart, or there is nothing to
        return
    signals = {name: counts / per for name, counts in _grouped(result).items()}
    size = {name: float(np.abs(counts).sum()) for name, counts in signals.items()}
    for k, name in enumerate(sorted(size, key=lambda name: -size[name])[:components]):
        if size[name] > _VISIBLE * np.abs(total).sum():
            colour = _COMPONENTS.get(name, _OTHERS[k % len(_OTHERS)])
            axes.stairs(signals[name], edges, color=colour, lw=1.2, ls=":", label=f"signal from {name}")


def _errors(result: Spectrum) -> _Array:
    """Error bars (2, n) of the data: those of a description with Gaussian errors, or else Poisson's."""
    assert result.observed is not None
    return poisson_error(result.observed) if result.errors is None else np.stack([result.errors, result.errors])


def _grouped(result: Spectrum) -> Mapping[str, _Array]:
    """Signals to tell apart: by process where there are several, by component of the beam where there is one."""
    if len(result.processes) == 1:
        return result.signal
    return {
        process: np.sum([counts for name, counts in result.signal.items() if name.startswith(f"{process} ")], axis=0)
        for process in result.processes
    }


def _energy_axis(result: Spectrum) -> tuple[_Array, str]:
    """Bin edges in the unit that the description uses, or in one that suits them."""
    if result.light_yield is not None:
        return result.bins * result.light_yield, "PE"
    factor, name = style.energy_scale(float(result.bins[-1]) / _KEV_UP_TO)
    return result.bins / factor, name


def time_axis(result: Spectrum) -> tuple[_Array, str]:
    """Bin edges in the unit that the description uses.

    Raises
    ------
    NudipoleError
        If there are no bins of time.
    """
    if result.times is None or result.unit_of_time is None:
        raise NudipoleError(f"{result.name} has no bins of time: leave out along='time'")
    return result.times / in_internal(result.unit_of_time), result.unit_of_time


def time_label(result: Spectrum) -> str:
    """What the time of the bins is: that of arrival after a pulse, or that of a run."""
    return "Time of the run" if result.unit_of_time in ("d", "yr") else "Arrival time"


def _signal_label(result: Spectrum) -> str:
    """The parameters, one a line, as long as they are few."""
    if not result.values:
        return "signal of the given neutrino"
    if len(result.values) > 3:
        return f"signal of {len(result.values)} parameters"
    parts = []
    for name, value in result.values.items():
        parts.append(rf"${symbol(name)}$ = {number(value)} ${unit(result.units[name])}$")
    return "signal: " + ",\n".join(parts)
