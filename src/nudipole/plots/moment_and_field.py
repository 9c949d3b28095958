"""Limits on a moment against the field in the Sun, of searches for antineutrinos."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nudipole.plots.style import figure

#: Dashes of the shapes after the first.
_DASHES = ((4, 2), (1, 1.5), (6, 2, 1, 2), (2, 2))


class Searches(Protocol):
    """Limits on mu_12 [mu_B] by experiment at fields [kG] of a shape."""

    @property
    def shapes(self) -> tuple[str, ...]: ...

    def lines(self, shape: str, B0: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]: ...


def antineutrinos(result: Searches) -> Figure:
    """Draw what experiments exclude in the plane of field and moment: all of one shape, the strongest of others.

    Parameters
    ----------
    result : Searches

    Returns
    -------
    Figure

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> one = SimpleNamespace(shapes=("core",), lines=lambda shape, B0: {"mine": 1e-8 / B0})
    >>> antineutrinos(one).axes[0].get_yscale()
    'log'
    """
    fig, axes = figure(7.4, 5.0)
    B0 = np.geomspace(1.0, 1e4, 60)
    first, *others = result.shapes
    every = result.lines(first, B0)
    # Lines may lie on each other: what is below shows between dashes.
    for k, (name, limit) in enumerate(sorted(every.items(), key=lambda item: -item[1][0])):
        axes.plot(B0, limit, label=name, linestyle=("-", (0, (5, 5)))[k % 2], linewidth=2.2 - 0.8 * (k % 2))
    with_data = {name: limit for name, limit in every.items() if not name.endswith("*")} or every
    strongest = min(with_data, key=lambda name: with_data[name][0])
    axes.fill_between(B0, with_data[strongest], 1.0, color="0.9", zorder=0)
    for shape, dashes in zip(others, _DASHES, strict=False):
        axes.plot(
            B0,
            result.lines(shape, B0)[strongest],
            color="0.35",
            dashes=dashes,
            linewidth=1.2,
            label=f"{strongest}, {shape}",
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(B0[0], B0[-1])
    values = np.concatenate(list(every.values()))
    axes.set_ylim(values.min() / 3, values.max() * 3)
    axes.set_xlabel("Field $B_0$ in the Sun [kG]")
    axes.set_ylabel(r"$\mu_{12}$ [$\mu_B$]")
    axes.set_title(f"Excluded by solar antineutrinos, field: {first}", loc="left", fontsize=10)
    star = any(name.endswith("*") for name in every)
    axes.legend(frameon=False, title="* projection" if star else None, fontsize=8, title_fontsize=8)
    return fig
