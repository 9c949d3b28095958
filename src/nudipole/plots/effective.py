"""Effective moments of one matrix of moments in several beams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from nudipole.plots.style import BLACK, COLOURS, symbol

_NEAR = {"e": "--", "mu": "-.", "tau": ":"}
_SUN = {"pp": 3.4, "8B": 1.4}


class Moments(Protocol):
    """One neutrino in several beams."""

    @property
    def name(self) -> str: ...
    @property
    def near(self) -> Mapping[str, float]: ...
    @property
    def sun(self) -> Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]: ...


class MomentsOfSeveral(Protocol):
    """Of several neutrinos."""

    @property
    def neutrinos(self) -> Sequence[Moments]: ...


def effective_moments(found: MomentsOfSeveral, ax: Axes) -> Axes:
    """Draw effective moments against the energy: neutrinos by colour, the Sun as lines, flavours near a source dashed.

    Parameters
    ----------
    found : MomentsOfSeveral
    ax : Axes

    Returns
    -------
    Axes

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from nudipole.plots import figure
    >>> one = SimpleNamespace(name="mine", near={"e": 1e-11}, sun={"8B": (np.array([1.0, 9.0]), np.full(2, 1e-11))})
    >>> effective_moments(SimpleNamespace(neutrinos=[one]), figure()[1]).get_xlabel()
    'Neutrino energy [MeV]'
    """
    numbers = [m for one in found.neutrinos for m in (*one.near.values(), *(x.max() for _, x in one.sun.values()))]
    power = int(np.floor(np.log10(max(numbers))))
    ends = [E for one in found.neutrinos for E, _ in one.sun.values()]
    low, high = min(float(E[0]) for E in ends), max(float(E[-1]) for E in ends)
    for k, one in enumerate(found.neutrinos):
        colour = COLOURS[k % len(COLOURS)]
        for component, (E, moment) in one.sun.items():
            ax.plot(E, moment / 10.0**power, color=colour, lw=_SUN.get(component, 1.4))
        for flavour, near in one.near.items():
            ax.plot([low, high], [near / 10.0**power] * 2, _NEAR[flavour], color=colour, lw=1.1)
        ax.plot([], [], color=colour, lw=4, label=f"${symbol(one.name)}$" if "_" in one.name else one.name)
    components = dict.fromkeys(component for one in found.neutrinos for component in one.sun)
    for component in components:
        ax.plot([], [], color=BLACK, lw=_SUN.get(component, 1.4), label=f"Sun, {component}")
    for flavour, style in _NEAR.items():
        if any(flavour in one.near for one in found.neutrinos):
            name = {"e": r"\nu_e", "mu": r"\nu_\mu", "tau": r"\nu_\tau"}[flavour]
            ax.plot([], [], style, color=BLACK, lw=1.1, label=f"${name}$ near its source")
    ax.set(xscale="log", xlim=(low, high), ylim=(0, 1.08 * max(numbers) / 10.0**power))
    ax.set_xlabel("Neutrino energy [MeV]")
    ax.set_ylabel(rf"Effective moment [$10^{{{power}}}\,\mu_B$]")
    fig = ax.get_figure(root=True)
    assert fig is not None
    width, height = fig.get_size_inches()
    rows = -(-len(ax.get_legend_handles_labels()[1]) // 3)
    fig.subplots_adjust(bottom=(0.75 + 0.19 * rows) / height)
    fig.legend(loc="lower left", bbox_to_anchor=(0.1 / width, 0.02), ncols=3, fontsize=8, frameon=False)
    return ax
