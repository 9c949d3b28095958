"""Does a neutrino survive? Its size beside what is allowed; regions of a model that are excluded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from nudipole import digits
from nudipole.plots.style import BLACK, BLUE, ORANGE, PURPLE, VERMILION, in_brackets, symbol

#: Height of a row [inch], and how far sizes are drawn: beyond, arrows.
_ROW, _LEAST, _MOST = 0.2, 1e-4, 1e3
#: Probabilities below are as good as zero.
_LEAST_P = 1e-6


class Row(Protocol):
    """One experiment: the factor that is just allowed, and whether the neutrino itself is not."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def scale(self) -> float | None: ...
    @property
    def excluded(self) -> bool: ...
    @property
    def pull(self) -> float: ...


class Bound(Protocol):
    """One bound of stars or cosmology, and what the neutrino has [mu_B]."""

    @property
    def label(self) -> str: ...
    @property
    def has_level(self) -> bool: ...
    @property
    def moment(self) -> float | None: ...
    @property
    def upper(self) -> float: ...
    @property
    def excluded(self) -> bool: ...


class Computed(Protocol):
    """A bound of stars or cosmology of our own: the factor of all properties that is just allowed."""

    @property
    def strength(self) -> float | None: ...
    @property
    def verdict(self) -> str | None: ...


class Verdict(Protocol):
    """Rows, all of them together, and bounds that depend on models."""

    @property
    def name(self) -> str: ...
    @property
    def cl(self) -> float: ...
    @property
    def rows(self) -> Sequence[Row]: ...
    @property
    def joint(self) -> Row: ...
    @property
    def bounds(self) -> Sequence[Bound]: ...
    @property
    def computed(self) -> Mapping[str, Computed]: ...


def verdict(result: Verdict, axes: Axes) -> Axes:
    """Draw how large the neutrino's properties are beside the largest that each experiment allows; at the right pulls.

    Bounds of stars and cosmology are those that have a confidence level. The figure is made as high as its rows need.

    Parameters
    ----------
    result : Verdict
    axes : Axes

    Returns
    -------
    Axes
        The same.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from nudipole.plots import figure
    >>> row = SimpleNamespace(name="mine", kind="data", scale=0.5, excluded=True, pull=2.6)
    >>> result = SimpleNamespace(name="su2h", cl=0.9, rows=[row], joint=row, bounds=[], computed={})
    >>> [text.get_text() for text in verdict(result, figure()[1]).get_yticklabels()]
    ['mine', 'mine']
    """
    rows = [*result.rows, result.joint]
    stars = [bound for bound in result.bounds if bound.moment and bound.has_level]
    computed = {name: bound for name, bound in result.computed.items() if bound.strength}
    fig = axes.get_figure(root=True)
    assert fig is not None
    height = 1.35 + _ROW * (len(rows) + len(stars) + len(computed) + 1)
    fig.set_size_inches(7.6, height)
    fig.subplots_adjust(left=0.34, right=0.92, top=1 - 0.75 / height, bottom=0.55 / height)
    axes.axvspan(1.0, _MOST, color="#f7e9e2", zorder=0)
    axes.axvline(1.0, color=BLACK, lw=0.9, zorder=1)
    y = 0.0
    places, labels = [], []
    for row in rows:
        marker, size = {"data": ("o", 5.5), "published": ("s", 4.5), "joint": ("D", 7.0)}[row.kind]
        colour = VERMILION if row.excluded else BLUE
        _mark(
            axes, 0.0 if row.scale is None else 1 / row.scale, y, marker, size, colour, hollow=row.kind == "published"
        )
        axes.text(_MOST * 1.25, y, digits.fixed(row.pull, 1), fontsize=7.5, va="center")
        places.append(y)
        labels.append(row.name)
        y += 1
    y += 0.6 if stars or computed else 0
    for name, ours in computed.items():
        _mark(axes, 1 / (ours.strength or 1.0), y, "*", 7.5, PURPLE, hollow=ours.verdict != "excluded")
        places.append(y)
        labels.append(f"{name}, computed")
        y += 1
    for bound in stars:
        _mark(axes, (bound.moment or 0.0) / bound.upper, y, "*", 7.5, ORANGE, hollow=not bound.excluded)
        places.append(y)
        labels.append(bound.label)
        y += 1
    axes.text(_MOST * 1.25, -0.95, r"$\sqrt{\Delta\chi^2}$", fontsize=7.5, va="center")
    axes.set(xscale="log", xlim=(_LEAST, _MOST), ylim=(y - 0.4, -0.7))
    axes.set_xlabel(
        f"{result.name}: properties over the largest that is allowed (experiments: {digits.level(result.cl)})",
        fontsize=9,
    )
    axes.set_yticks(places, labels, fontsize=7.5)
    axes.tick_params(axis="y", which="both", length=0)
    where: dict[str, Any] = {"loc": "lower center", "bbox_to_anchor": (0.3, 1.0), "ncols": 3}
    look: dict[str, Any] = {"fontsize": 7, "frameon": False, "handletextpad": 0.2, "columnspacing": 1.0}
    axes.legend(handles=_keys(bool(stars or computed), any(row.kind == "published" for row in rows)), **where, **look)
    return axes


def _mark(axes: Axes, ratio: float, y: float, marker: str, size: float, colour: str, *, hollow: bool) -> None:
    face = "white" if hollow else colour
    if _LEAST < ratio < _MOST:
        axes.plot(ratio, y, marker, ms=size, color=colour, mfc=face, zorder=3)
    else:
        at, arrow = (_LEAST * 1.5, "<") if ratio <= _LEAST else (_MOST / 1.5, ">")
        axes.plot(at, y, arrow, ms=5, color=colour, mfc=face, zorder=3)


def _keys(stars: bool, limits: bool) -> list[Line2D]:
    keys = [
        Line2D([], [], ls="", marker="o", ms=5, color=BLUE, label="data"),
        *(
            [Line2D([], [], ls="", marker="s", ms=4.5, color=BLUE, mfc="white", label="published limit")]
            if limits
            else []
        ),
        Line2D([], [], ls="", marker="D", ms=6, color=BLUE, label="all together"),
        Line2D([], [], ls="", marker="o", ms=5, color=VERMILION, label="excluded"),
    ]
    more = [
        Line2D([], [], ls="", marker="*", ms=7, color=PURPLE, label="stars, cosmology, computed"),
        Line2D([], [], ls="", marker="*", ms=7, color=ORANGE, label="published, with a level (filled: excluded)"),
    ]
    return [*keys, *more] if stars else keys


class Region(Protocol):
    """p along one or two parameters, and the moment that cools stars."""

    @property
    def model(self) -> str: ...
    @property
    def names(self) -> Sequence[str]: ...
    @property
    def units(self) -> Sequence[str]: ...
    @property
    def axes(self) -> Sequence[NDArray[np.float64]]: ...
    @property
    def logarithmic(self) -> Sequence[bool]: ...
    @property
    def p(self) -> NDArray[np.float64]: ...
    @property
    def delta_chi2(self) -> NDArray[np.float64]: ...
    @property
    def threshold(self) -> float: ...
    @property
    def plasmon(self) -> NDArray[np.float64]: ...
    @property
    def stars(self) -> tuple[str, float]: ...
    @property
    def cl(self) -> float: ...


def region_of_model(result: Region, axes: Axes) -> Axes:
    """Draw the excluded region of two parameters, or p along one; dashed where stars say no.

    Parameters
    ----------
    result : Region
    axes : Axes

    Returns
    -------
    Axes
        The same.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from nudipole.plots import figure
    >>> f = np.geomspace(1e-3, 1, 5)
    >>> result = SimpleNamespace(model="su2h", names=("f",), units=("1",), axes=(f,), logarithmic=(True,), cl=0.9,
    ...                          p=np.array([0.5, 0.4, 0.2, 0.01, 0.0]), plasmon=1e-11 * f, stars=("stars", 1e-12))
    >>> region_of_model(result, figure()[1]).get_title(loc="left")
    'su2h'
    """
    level, name = 1 - result.cl, result.stars[0]
    keys: list[Line2D | Patch] = []
    x = result.axes[0]
    if len(result.axes) == 1:
        axes.plot(x, np.maximum(result.p, _LEAST_P), color=BLUE, lw=1.8)
        axes.axhline(level, color=BLACK, lw=0.9, ls=":")
        crossed = np.flatnonzero(np.diff(np.sign(result.plasmon - result.stars[1])))
        for k in crossed:
            axes.axvline(
                np.sqrt(x[k] * x[k + 1]) if result.logarithmic[0] else x[k : k + 2].mean(), color=ORANGE, ls="--"
            )
        axes.set(yscale="log", ylim=(_LEAST_P, 1.5), ylabel="p of the neutrino, all experiments")
        keys = [Line2D([], [], color=BLACK, lw=0.9, ls=":", label=f"excluded below, {digits.level(result.cl)}")]
        if len(crossed):
            keys.append(Line2D([], [], color=ORANGE, ls="--", label=f"{name} (stars, model dependent)"))
    else:
        y = result.axes[1]
        # Nearly a power of what is varied: its logarithm is drawn without steps.
        size = np.log10(np.maximum(result.delta_chi2, 1e-6)).T
        edge = np.log10(result.threshold)
        axes.contourf(x, y, size, levels=[edge, max(edge + 1, float(np.nanmax(size)) + 1)], colors=["#d9e4f0"])
        axes.contour(x, y, size, levels=[edge], colors=BLUE, linewidths=1.6, linestyles="-")
        keys = [Patch(facecolor="#d9e4f0", edgecolor=BLUE, label=f"excluded at {digits.level(result.cl)}, experiments")]
        ratio = np.log10(np.maximum(result.plasmon, 1e-300) / result.stars[1]).T
        if np.nanmin(ratio) < 0 < np.nanmax(ratio):
            axes.contour(x, y, ratio, levels=[0.0], colors=ORANGE, linestyles="--", linewidths=1.4)
            keys.append(Line2D([], [], color=ORANGE, ls="--", label=f"{name} (stars, model dependent)"))
        axes.set_ylabel(_label(result, 1))
        if result.logarithmic[1]:
            axes.set_yscale("log")
    if result.logarithmic[0]:
        axes.set_xscale("log")
    axes.set_xlabel(_label(result, 0))
    axes.set_xlim(x[0], x[-1])
    axes.set_title(result.model, loc="left", pad=18)
    axes.legend(handles=keys, loc="lower left", bbox_to_anchor=(-0.01, 0.99), ncols=2, fontsize=6.5, frameon=False,
                columnspacing=1.0, handlelength=1.6)  # fmt: skip
    fig = axes.get_figure(root=True)
    assert fig is not None
    fig.subplots_adjust(top=0.87, left=0.16)
    return axes


def _label(result: Region, k: int) -> str:
    return f"${symbol(result.names[k])}${in_brackets(result.units[k])}"
