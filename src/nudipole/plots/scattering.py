"""Cross sections: what the weak interaction has, and what magnetic moments add."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from nudipole import digits
from nudipole.plots.style import BLACK, BLUE, COLOURS, VERMILION, energy_scale

#: Decades below the largest value that are drawn.
_DECADES = 12
_DASHES = ("-", "--", "-.", ":")
#: How far the least of the rates is followed down.
_FALLEN = 1e-3
#: Of curves beyond the number of colours.
_MARKERS = ("", "o", "s", "^")


class Curve(Protocol):
    """One process of one moment, or of the Standard Model."""

    @property
    def process(self) -> str: ...
    @property
    def moment(self) -> float | None: ...
    @property
    def T(self) -> NDArray[np.float64]: ...
    @property
    def value(self) -> NDArray[np.float64]: ...


class Curves(Protocol):
    """All of one neutrino on one target."""

    @property
    def title(self) -> str: ...
    @property
    def curves(self) -> Sequence[Curve]: ...


def cross_sections(found: Curves, ax: Axes) -> Axes:
    """Draw cross sections against the recoil energy: processes by colour, moments by dashes, the weak ones thick.

    Parameters
    ----------
    found : Curves
    ax : Axes

    Returns
    -------
    Axes

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from nudipole.plots import figure
    >>> T = np.array([1e-3, 1e-2])
    >>> curve = SimpleNamespace(process="nu-e", moment=None, T=T, value=np.array([1e-46, 1e-46]))
    >>> cross_sections(SimpleNamespace(title="t", curves=[curve]), figure()[1]).get_xlabel()
    'Recoil energy [keV]'
    """
    colours = {"nu-e": BLUE, "cevns": VERMILION}
    names = {"nu-e": r"$\nu e$", "cevns": "nucleus"}
    scale, unit = 1e-3, "keV"
    if max(float(curve.T.max()) for curve in found.curves) > 10.0:
        scale, unit = energy_scale(10.0)
    moments = sorted({curve.moment for curve in found.curves if curve.moment is not None}, reverse=True)
    for curve in found.curves:
        weak = curve.moment is None
        style = "-" if weak else _DASHES[1 + moments.index(curve.moment) % 3]  # type: ignore[arg-type]
        of = "Standard Model" if weak else rf"$\mu_\nu = ${_power(curve.moment)} $\mu_B$"
        there = curve.value > 0
        ax.plot(
            curve.T[there] / scale, curve.value[there], style, color=colours[curve.process], lw=2.0 if weak else 1.2,
            label=f"{names[curve.process]}, {of}",
        )  # fmt: skip
    largest = max(float(curve.value.max()) for curve in found.curves)
    ends = [float(curve.value[curve.value > 0].min()) for curve in found.curves if np.any(curve.value > 0)]
    ax.set(xscale="log", yscale="log", ylim=(max(min(ends), largest * 10.0**-_DECADES), largest * 3))
    ax.set_xlabel(f"Recoil energy [{unit}]")
    ax.set_ylabel(r"$d\sigma/dT$ per atom [cm$^2$/keV]")
    ax.set_title(found.title, loc="left", fontsize=10)
    figure = ax.get_figure(root=True)
    assert figure is not None
    width, height = figure.get_size_inches()
    figure.subplots_adjust(left=0.85 / width, bottom=1.35 / height)
    ax.legend(loc="upper left", bbox_to_anchor=(-0.08, -0.16), ncols=2, fontsize=8, frameon=False)
    return ax


class Recoils(Protocol):
    """One process of an experiment: rates of the weak interaction, and what a moment adds [1/(keV kg d)]."""

    @property
    def label(self) -> str: ...
    @property
    def T(self) -> NDArray[np.float64]: ...
    @property
    def weak(self) -> NDArray[np.float64]: ...
    @property
    def moment(self) -> NDArray[np.float64]: ...


class RecoilsOfSeveral(Protocol):
    """Those of several experiments."""

    @property
    def moment(self) -> float: ...
    @property
    def curves(self) -> Sequence[Recoils]: ...


def recoil_curves(found: RecoilsOfSeveral, ax: Axes) -> Axes:
    """Draw rates of recoils: experiments by colour, the Standard Model as a line and the moment dashed.

    Parameters
    ----------
    found : RecoilsOfSeveral
    ax : Axes

    Returns
    -------
    Axes

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from nudipole.plots import figure
    >>> one = SimpleNamespace(label="mine", T=np.array([1e-3, 1e-2]), weak=np.ones(2), moment=np.ones(2))
    >>> recoil_curves(SimpleNamespace(curves=[one], moment=1e-11), figure()[1]).get_xlabel()
    'Recoil energy [keV]'
    """
    largest = max(float(max(one.weak.max(), one.moment.max())) for one in found.curves)
    for k, one in enumerate(found.curves):
        colour, marker = COLOURS[k % len(COLOURS)], _MARKERS[k // len(COLOURS) % len(_MARKERS)]
        for values, style, width, name in ((one.weak, "-", 1.8, one.label), (one.moment, "--", 1.3, None)):
            there = values > 0
            ax.plot(
                1e3 * one.T[there], values[there], style, color=colour, lw=width, label=name, marker=marker, ms=4,
                markevery=24,
            )  # fmt: skip
    ax.plot([], [], "-", color=BLACK, lw=1.8, label="Standard Model")
    ax.plot([], [], "--", color=BLACK, lw=1.3, label=rf"added by $\mu_\nu = ${_power(found.moment)} $\mu_B$")
    bottom = _FALLEN * min(float(max(one.weak.max(), one.moment.max())) for one in found.curves)
    seen = [1e3 * one.T[(one.weak > bottom) | (one.moment > bottom)] for one in found.curves]
    ax.set(xscale="log", yscale="log", ylim=(bottom, largest * 3))
    ax.set_xlim(0.8 * min(T.min() for T in seen), 1.25 * max(T.max() for T in seen))
    ax.set_xlabel("Recoil energy [keV]")
    ax.set_ylabel("Rate [1/(keV kg d)]")
    entries, fig = len(ax.get_legend_handles_labels()[1]), ax.get_figure(root=True)
    assert fig is not None
    width, height = fig.get_size_inches()
    rows = -(-entries // 2)
    fig.subplots_adjust(left=0.85 / width, bottom=(0.75 + 0.19 * rows) / height)
    fig.legend(loc="lower left", bbox_to_anchor=(0.1 / width, 0.02), ncols=2, fontsize=8, frameon=False)
    return ax


def _power(value: float | None) -> str:
    mantissa, _, exponent = digits.plain(value, 3).partition("e")
    if not exponent:
        return mantissa
    head = "" if mantissa == "1" else rf"{mantissa}\times"
    return rf"${head}10^{{{int(exponent)}}}$"
