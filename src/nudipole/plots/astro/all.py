"""All bounds, one line each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from matplotlib.figure import Figure

from nudipole.plots.style import BLUE, VERMILION, figure

_SOFT = "#5f6b7a"


class Bound(Protocol):
    """A bound: values above, or within a window, are excluded."""

    @property
    def title(self) -> str: ...
    @property
    def value(self) -> float | None: ...
    @property
    def upper_end(self) -> float | None: ...
    @property
    def unit(self) -> str: ...
    @property
    def nature(self) -> str: ...
    @property
    def moment(self) -> float | None: ...
    @property
    def references(self) -> Sequence[str]: ...


def astro_bounds(bounds: Mapping[str, Bound]) -> Figure:
    """Draw what is excluded of moments and of charges, in two panels; what bounds nothing is left out.

    Parameters
    ----------
    bounds : mapping of Bound

    Returns
    -------
    Figure

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> one = SimpleNamespace(title="a star", value=1e-12, upper_end=None, unit="mu_B", nature="either", moment=None,
    ...                       references=())
    >>> [axes.get_xlabel() for axes in astro_bounds({"a": one}).axes]
    ['Moment [$\\\\mu_B$]']
    """
    panels = {unit: [one for one in bounds.values() if one.unit == unit and one.value] for unit in ("mu_B", "e")}
    panels = {unit: rows for unit, rows in panels.items() if rows}
    names = {"mu_B": r"Moment [$\mu_B$]", "e": "Charge [$e$]"}
    count = sum(len(rows) for rows in panels.values())
    height = 0.27 * count + 0.75 * len(panels) + 0.75
    fig, first = figure(9.0, height)
    first.remove()
    top = height - 0.45
    for unit, rows in panels.items():
        size = 0.27 * len(rows) + 0.05
        axes = fig.add_axes((4.1 / 9, (top - size) / height, 4.75 / 9, size / height))
        values = [one.value for one in rows if one.value]
        ends = [one.moment for one in rows if one.moment] + [one.upper_end for one in rows if one.upper_end]
        last = max([*values, *ends]) * 10
        low = min([*values, *(one.moment for one in rows if one.moment)]) / 10
        for k, one in enumerate(rows):
            start, end = one.value or last, one.upper_end or last
            colour = VERMILION if one.nature == "dirac" else BLUE
            axes.barh(k, end - start, left=start, height=0.62, color=colour, alpha=0.45, lw=0)
            axes.plot([start, start], [k - 0.31, k + 0.31], color=colour, lw=2)
            if one.moment:
                axes.plot(one.moment, k, "D", color="black", ms=4)
        axes.set_xscale("log")
        axes.set_xlim(low, last)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_yticks(range(len(rows)), [_cut(one.title) for one in rows], fontsize=8)
        axes.tick_params(axis="y", which="both", length=0)
        axes.tick_params(axis="x", which="both", labelsize=8)
        axes.set_xlabel(names[unit], fontsize=9)
        top -= size + 0.7
    given = "; diamonds: the given neutrino" if any(one.moment for one in bounds.values()) else ""
    natures = {one.nature == "dirac" for rows in panels.values() for one in rows}
    colours = {
        frozenset({False}): "of Dirac and Majorana neutrinos",
        frozenset({True}): "of Dirac neutrinos",
        frozenset({False, True}): "blue: Dirac and Majorana, red: Dirac alone",
    }
    fig.text(0.1 / 9, 1 - 0.32 / height, f"Excluded from the sky; {colours[frozenset(natures)]}{given}", fontsize=10)
    fig.text(1 - 0.15 / 9, 0.06 / height, _cited(panels.values()), fontsize=7, color=_SOFT, ha="right")
    return fig


def _cited(panels: Iterable[Sequence[Bound]]) -> str:
    """References of one bound; the first one of each where there are several."""
    rows = [one for panel in panels for one in panel]
    keys = rows[0].references if len(rows) == 1 else [one.references[0] for one in rows if one.references]
    return ", ".join(dict.fromkeys(keys))


def _cut(text: str) -> str:
    return text if len(text) <= 58 else f"{text[:56]} ..."
