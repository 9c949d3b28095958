"""Wiggle plots, and what fits of them found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nudipole import digits
from nudipole.plots.style import BLACK, BLUE, GREEN, ORANGE, VERMILION, figure, paper

#: Time is wrapped around at this length, as is usual [us].
_WRAP = 100.0
_LABELS = {"N0": "$N_0$", "tau": r"$\tau$", "A": "$A$", "omega_a": r"$\omega_a$", "phi": r"$\phi$",
           "pileup": "pile-up", "loss": "loss", "A_cbo": r"$A_\mathrm{cbo}$", "tau_cbo": r"$\tau_\mathrm{cbo}$",
           "omega_cbo": r"$\omega_\mathrm{cbo}$", "phi_cbo": r"$\phi_\mathrm{cbo}$"}  # fmt: skip
_METHODS = {"T": BLUE, "A": VERMILION, "ratio": GREEN}
_Array = NDArray[np.float64]
_Which = NDArray[np.bool_]


class WiggleHistogram(Protocol):
    """Counts by bin of energy and of time, and which times there are; edges of energy [GeV] and of time [us]."""

    @property
    def counts(self) -> NDArray[Any]: ...
    @property
    def edges(self) -> tuple[_Array, _Array]: ...
    @property
    def kept(self) -> _Which: ...
    @property
    def simulated(self) -> bool: ...


class Fits(Protocol):
    """Fits of rows of a histogram: which converged, and which of them describe their data."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def converged(self) -> _Which: ...
    @property
    def describes(self) -> _Which: ...
    @property
    def correlation(self) -> _Array: ...


class Analysis(Protocol):
    """Fits by bin of energy and by methods for all of them: omega_a and its error relative to a reference [ppm].

    `expected` are their counts, NaN where there is nothing; `usable` are the bins with a frequency; `frequency` is
    where fits begin [MHz].
    """

    @property
    def histogram(self) -> WiggleHistogram: ...
    @property
    def fits(self) -> Fits: ...
    @property
    def expected(self) -> _Array: ...
    @property
    def usable(self) -> _Which: ...
    @property
    def frequency(self) -> float: ...
    @property
    def by_energy(self) -> tuple[_Array, _Array]: ...
    @property
    def by_method(self) -> Mapping[str, tuple[float, float]]: ...
    def spectrum(self) -> tuple[_Array, _Array]:
        """Frequencies [MHz] and power of the residuals."""
        ...


def wiggle(histogram: WiggleHistogram) -> Figure:
    """Draw all positrons of a histogram against time modulo 100 us.

    Parameters
    ----------
    histogram : WiggleHistogram

    Returns
    -------
    Figure

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> edges = (np.array([1.7, 3.1]), np.linspace(30.0, 230.0, 101))
    >>> kept = np.ones(100, bool)
    >>> histogram = SimpleNamespace(counts=np.full((1, 100), 20), edges=edges, kept=kept, simulated=True)
    >>> wiggle(histogram).axes[0].get_title(loc="left")
    '2000 positrons, 1.7 to 3.1 GeV, simulated'
    """
    fig, axes = figure(7.2, 4.6)
    fig.subplots_adjust(left=1.0 / 7.2)
    _wrapped(axes, histogram)
    low, high = histogram.edges[0][[0, -1]]
    origin = "simulated" if histogram.simulated else "data"
    positrons = digits.number(float(histogram.counts.sum()))
    window = f"{digits.plain(low, 3)} to {digits.plain(high, 3)} GeV"
    axes.set_title(f"{positrons} positrons, {window}, {origin}", loc="left")
    return fig


def _wrapped(
    axes: Axes,
    histogram: WiggleHistogram,
    expected: _Array | None = None,
    rows: slice | _Which = slice(None),
) -> None:
    edges = histogram.edges[1]
    t, counts = (edges[1:] + edges[:-1]) / 2, np.where(histogram.kept, histogram.counts[rows].sum(axis=0), np.nan)
    turn = np.floor(t / _WRAP)
    for k in np.unique(turn):
        part = turn == k
        axes.step(t[part] - k * _WRAP, np.maximum(counts[part], 0.5), where="mid", lw=0.7, color=BLUE)
        if expected is not None:
            axes.plot(t[part] - k * _WRAP, np.maximum(expected[part], 0.5), lw=0.6, color=VERMILION)
    axes.set_yscale("log")
    axes.set(
        xlim=(0, _WRAP),
        xlabel=rf"Time modulo {digits.plain(_WRAP)} $\mu$s",
        ylabel=f"Positrons / {digits.plain(1e3 * (edges[1] - edges[0]), 4)} ns",
    )


def wiggle_fit(analysis: Analysis) -> Figure:
    r"""Draw the wiggle with its fit, omega_a by energy and method, residuals against frequency, correlations.

    Parameters
    ----------
    analysis : Analysis

    Returns
    -------
    Figure
        With four panels.

    Examples
    --------
    >>> from nudipole.muon_g2.wiggle.analysis import analyse
    >>> from nudipole.muon_g2.wiggle.expected import MICROSECOND, Setup
    >>> from nudipole.muon_g2.wiggle.store import simulated
    >>> times = np.arange(30.0, 230.0, 0.15) * MICROSECOND
    >>> setup = Setup(1e6, np.array([1700.0, 3100.0]), times)
    >>> analysis = analyse(simulated(setup, seed=1), methods=["T"])
    >>> [panel.get_xlabel() for panel in wiggle_fit(analysis).axes[:3]]
    ['Time modulo 100 $\\mu$s', 'Positron energy [GeV]', 'Frequency [MHz]']
    """
    fig, axes = paper(2, 2, width=11.5, height=8.2)
    fig.subplots_adjust(left=1.0 / 11.5, wspace=0.22, right=0.95)
    fits = analysis.fits
    fitted = fits.converged & fits.describes
    if np.any(fitted):
        _wrapped(axes[0, 0], analysis.histogram, analysis.expected[fitted].sum(axis=0), fitted)
    else:
        _wrapped(axes[0, 0], analysis.histogram)
    which = "All" if np.all(fitted) else f"{fitted.sum()} of {len(fitted)}"
    title = f"{which} energy bins (blue) and the sum of their fits (red)"
    axes[0, 0].set_title(title if np.any(fitted) else "All energy bins: no fit describes one", loc="left")
    _frequencies(axes[0, 1], analysis)
    frequency, power = analysis.spectrum()
    axes[1, 0].plot(frequency, power, lw=0.6, color=BLACK)
    axes[1, 0].axhline(1.0, color=ORANGE, lw=0.8)
    axes[1, 0].axvline(analysis.frequency, color=VERMILION, lw=0.7, ls=":")
    axes[1, 0].set(
        xlim=(0, frequency[-1]), ylim=(0, None), xlabel="Frequency [MHz]", ylabel="Power of the residuals (noise: 1)"
    )
    axes[1, 0].set_title(r"Residuals of the energy bins, mean ($\omega_a$ dotted)", loc="left")
    if not np.any(analysis.usable):
        axes[1, 1].set_title("Correlations: no energy bin has a frequency", loc="left")
        return fig
    best = int(np.argmin(np.where(analysis.usable, analysis.by_energy[1], np.inf)))
    low, high = analysis.histogram.edges[0][best : best + 2]
    correlation(fits, best, axes[1, 1])
    axes[1, 1].set_title(f"Correlations, {digits.plain(low, 3)} to {digits.plain(high, 3)} GeV", loc="left")
    return fig


def _frequencies(axes: Axes, analysis: Analysis) -> None:
    deviation, error = analysis.by_energy
    ok, edges = analysis.usable, analysis.histogram.edges[0]
    centre, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    axes.errorbar(centre[ok], deviation[ok], error[ok], half[ok], fmt="o", ms=3, lw=1, color=BLACK)
    for k, (method, (value, sigma)) in enumerate(analysis.by_method.items()):
        colour = _METHODS[method]
        axes.axhspan(value - sigma, value + sigma, color=colour, alpha=0.15, lw=0)
        axes.axhline(value, color=colour, lw=1, ls=("-", "--", ":")[k % 3], label=f"{method} method")
    axes.axhline(0, color=BLACK, lw=0.5)
    if np.any(ok):
        # Bins around the zero of the asymmetry have errors that would flatten everything else.
        shown = ok & (error < 4 * np.median(error[ok]))
        low, high = float(np.min((deviation - error)[shown])), float(np.max((deviation + error)[shown]))
        axes.set_ylim(low - 0.1 * (high - low), high + 0.35 * (high - low))
    axes.set(
        xlim=(edges[0], edges[-1]), xlabel="Positron energy [GeV]", ylabel=r"$\omega_a$ relative to reference [ppm]"
    )
    if analysis.by_method:
        axes.legend(loc="upper right", frameon=False)
    missing = "" if np.all(ok) else f", {ok.sum()} of {len(ok)} bins have one"
    axes.set_title(rf"$\omega_a$ by energy{missing}", loc="left")


def correlation(fits: Fits, row: int, axes: Axes) -> Axes:
    """Draw the correlation matrix of one fit.

    Parameters
    ----------
    fits : Fits
    row : int
        Which of the fits.
    axes : Axes

    Returns
    -------
    Axes
        The same.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> fits = SimpleNamespace(names=("A", "phi"), correlation=np.array([[[1.0, 0.2], [0.2, 1.0]]]))
    >>> len(correlation(fits, 0, figure()[1]).texts)
    4
    """
    matrix: Any = fits.correlation[row]
    labels = [_LABELS[name] for name in fits.names]
    image = axes.imshow(matrix, vmin=-1, vmax=1, cmap="RdBu_r", aspect="auto")
    for i in range(len(labels)):
        for j in range(len(labels)):
            dark = abs(matrix[i, j]) > 0.6
            axes.text(
                j,
                i,
                digits.fixed(matrix[i, j], 2),
                ha="center",
                va="center",
                fontsize=7.5,
                color="w" if dark else BLACK,
            )
    axes.set_xticks(range(len(labels)), labels)
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(which="both", length=0)
    axes.figure.colorbar(image, ax=axes, fraction=0.046, pad=0.03)
    return axes
