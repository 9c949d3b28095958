"""The global picture: bounds of the world by where neutrinos come from, and by year."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullFormatter, NullLocator

from nudipole.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, figure

_SOFT, _FAINT = "#5f6b7a", "#e3e7ec"
#: Height of a row and of a heading [inch], and the size of letters, in two columns and in one.
_WIDE, _NARROW = (0.17, 7.5), (0.125, 5.4)
#: Below this width [inch] a picture is of one column.
_ONE_COLUMN = 5.0
_CLAIMS = ("claim",)
#: From this ratio of largest and smallest on, signed values are drawn by powers of ten.
_DECADES = 100.0
_COLOURS = {
    "reactors": VERMILION,
    "the Sun": ORANGE,
    "accelerators": BLUE,
    "colliders, atmosphere": SKY,
    "laboratory, matter": GREEN,
    "all together": BLACK,
    "stars": PURPLE,
    "supernovae": "#8c564b",
    "early Universe, cosmic": "#7a7a2e",
    "projections": _SOFT,
}
#: Of what the user marks.
_DASHES: tuple[Any, ...] = ("-", (0, (6, 1)), (0, (2, 1)))
_MARKERS = "osD^vPX*<>"
_NAMES = {
    "magnetic-moment": r"$|\mu_\nu|$",
    "electric-moment": r"$|\epsilon_\nu|$",
    "millicharge": r"$|q_\nu|$",
    "charge-radius": r"$\langle r^2\rangle$",
    "anapole": r"$a_\nu$",
    "sterile-dipole": r"$d$",
    "antineutrino-conversion": r"$P(\nu_e\to\bar\nu_e)$",
    "moment-times-field": r"$\mu B$",
    "lifetime-over-mass": r"$\tau/m$",
}
_UNITS = {"mu_B": r"$\mu_B$", "cm^2": r"cm$^2$", "e": "$e$", "1/GeV": r"GeV$^{-1}$", "mu_B kG": r"$\mu_B$ kG"}
_OF = {"e": r"$\nu_e$", "mu": r"$\nu_\mu$", "tau": r"$\nu_\tau$"}


class Bar(Protocol):
    """One bound."""

    @property
    def who(self) -> str: ...
    @property
    def whose(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...
    @property
    def cl(self) -> float | None: ...
    @property
    def year(self) -> int: ...
    @property
    def reference(self) -> str: ...
    @property
    def ours(self) -> float | None: ...
    @property
    def strength(self) -> float: ...
    @property
    def model_dependent(self) -> bool: ...
    @property
    def yours(self) -> bool: ...


class Line(Protocol):
    """A value of theory."""

    @property
    def label(self) -> str: ...
    @property
    def value(self) -> float: ...


class World(Protocol):
    """Bounds by group, and lines across all of them."""

    @property
    def quantity(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def signed(self) -> bool: ...
    @property
    def groups(self) -> Mapping[str, Sequence[Bar]]: ...
    @property
    def lines(self) -> Sequence[Line]: ...
    @property
    def marks(self) -> Mapping[str, float]: ...


def world(found: World, *, width: float = 7.2) -> Figure:
    """Draw one row a bound: what is excluded is shaded, arrows point to what a one-sided limit allows.

    Projections are hatched, claims are bands, diamonds are expectations of theory.

    Parameters
    ----------
    found : World
    width : float
        [inch]

    Returns
    -------
    Figure

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> bar = SimpleNamespace(who="mine", whose="e", group="reactors", status="limit", low=None, high=2e-11, cl=0.9,
    ...                       year=2026, reference="", ours=None, strength=2e-11, model_dependent=False,
    ...                       yours=False)
    >>> one = SimpleNamespace(quantity="magnetic-moment", unit="mu_B", signed=False, groups={"reactors": [bar]},
    ...                       lines=[], marks={})
    >>> world(one).axes[0].get_xlabel()
    '$|\\\\mu_\\\\nu|$ [$\\\\mu_B$]'
    """
    row, size = _NARROW if width < _ONE_COLUMN else _WIDE
    bars = [bar for rows in found.groups.values() for bar in rows]
    rows = len(bars) + len(found.groups)
    handles: list[Line2D | Patch] = _handles(bars, found.signed)
    columns = 2 if width < _ONE_COLUMN else 3
    keys = -(-(len(handles) + len(found.lines) + len(found.marks)) // columns) * row
    below, above = keys + row + 0.62, 0.12
    height = row * rows + below + above
    fig, axes = figure(width, height)
    handles += _across(axes, found)
    # Letters of labels are about half as wide as high.
    longest = max(len(_label(bar)) for bar in bars)
    left = min(0.42 * size / 72 * longest * 1.25 + 0.15, 0.5 * width)
    fig.subplots_adjust(left=left / width, right=1 - 0.12 / width, bottom=below / height, top=1 - above / height)
    low, high = _range(found, bars)
    y, ticks = 0.0, []
    for group, members in found.groups.items():
        axes.text(
            -0.01, y, group, transform=axes.get_yaxis_transform(), ha="right", va="center", fontsize=size,
            weight="bold", color=_COLOURS.get(group, BLACK),
        )  # fmt: skip
        y += 1
        for bar in members:
            _row(axes, bar, y, (low, high), signed=found.signed, size=size)
            ticks.append((y, _label(bar)))
            y += 1
    axes.set_yticks([at for at, _ in ticks], [text for _, text in ticks], fontsize=size)
    for text, bar in zip(axes.get_yticklabels(), bars, strict=True):
        text.set_fontweight("bold" if bar.yours else "normal")
    if found.signed:
        least = min(bar.strength for bar in bars if bar.strength > 0)
        if max(bar.strength for bar in bars) > _DECADES * least:
            axes.set_xscale("symlog", linthresh=float(10 ** math.floor(math.log10(least / 3))))
        axes.axvline(0, color=_SOFT, lw=0.6)
    else:
        axes.set_xscale("log")
    axes.set(xlim=(low, high), ylim=(y - 0.4, -0.7))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.get_offset_text().set_fontsize(size)
    axes.tick_params(axis="y", which="both", length=0)
    axes.tick_params(axis="x", labelsize=size + 0.5)
    axes.grid(axis="x", color=_FAINT, lw=0.6)
    axes.set_axisbelow(True)
    unit = _UNITS.get(found.unit, found.unit)
    axes.set_xlabel(f"{_NAMES[found.quantity]}" + ("" if unit == "1" else f" [{unit}]"), fontsize=size + 2)
    fig.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0.08 / width, (row + 0.04) / height), ncols=columns,
        fontsize=size, handlelength=1.8, columnspacing=1.2, frameon=False,
        borderaxespad=0.0, borderpad=0.0, labelspacing=0.35,
    )  # fmt: skip
    note = "90 % CL unless stated" + ("" if found.signed else "; of intervals the end that is farther from zero")
    fig.text(0.08 / width, 0.06 / height, note, fontsize=size, color=_SOFT)
    return fig


def _label(bar: Bar) -> str:
    whose = _OF.get(bar.whose, bar.whose.replace(" mixture", ""))
    level = "" if bar.cl == 0.9 else f", {100 * bar.cl:g} %" if bar.cl else ", no CL"
    if bar.group == "expectations of theory":
        level = ""
    return f"{_short(bar.who)} {bar.year} ({whose}{level}{', yours' if bar.yours else ''})"


def _short(who: str) -> str:
    """Authors by the first one, where there are many."""
    names = who.split(", ")
    return f"{names[0]} et al." if len(names) > 2 else who


def _range(found: World, bars: Sequence[Bar]) -> tuple[float, float]:
    ends = [abs(end) for bar in bars for end in (bar.low, bar.high, bar.ours) if end]
    ends += [line.value for line in found.lines] + [abs(value) for value in found.marks.values() if value]
    most, least = max(ends), min(ends)
    return (-4 * most, 4 * most) if found.signed else (least / 20, most * 20)


def _row(axes: Axes, bar: Bar, y: float, span: tuple[float, float], *, signed: bool, size: float) -> None:
    colour = _COLOURS.get(bar.group, BLACK)
    half = 0.34
    if bar.group == "expectations of theory":
        axes.plot(bar.strength, y, "d", color=BLACK, ms=0.55 * size)
    elif bar.status in _CLAIMS and bar.low is not None and bar.high is not None:
        axes.barh(y, bar.high - bar.low, left=bar.low, height=2 * half, color=colour, alpha=0.9, lw=0)
    elif signed and bar.low is not None and bar.high is not None:
        axes.plot([bar.low, bar.high], [y, y], "|-", color=colour, lw=1.6, ms=0.9 * size)
    else:
        end = bar.strength
        hatch = "/////" if bar.group == "projections" else None
        alpha = 0.0 if hatch else 0.22
        axes.barh(y, span[1] - end, left=end, height=2 * half, color=colour, alpha=alpha, lw=0)
        if hatch:
            axes.barh(
                y, span[1] - end, left=end, height=2 * half, fill=False, hatch=hatch, edgecolor=colour, lw=0, alpha=0.6
            )
        axes.plot([end, end], [y - half, y + half], color=colour, lw=1.8)
        if bar.low is None and not signed:
            axes.annotate(
                "", xy=(end / 3, y), xytext=(end, y),
                arrowprops={"arrowstyle": "->", "color": colour, "lw": 0.9, "shrinkA": 0, "shrinkB": 0},
            )  # fmt: skip
    if bar.ours is not None:
        axes.plot(abs(bar.ours) if not signed else bar.ours, y, "o", mfc="white", mec=BLACK, ms=0.5 * size, zorder=5)


def _handles(bars: Sequence[Bar], signed: bool) -> list[Line2D | Patch]:
    found: list[Line2D | Patch] = [Patch(facecolor=_SOFT, alpha=0.3, label="excluded")] if not signed else []
    if any(bar.group == "projections" for bar in bars):
        found.append(Patch(fill=False, hatch="/////", edgecolor=_SOFT, lw=0, label="projected"))
    if any(bar.status in _CLAIMS and bar.low is not None for bar in bars):
        found.append(Patch(facecolor=_SOFT, label="claimed"))
    if any(bar.group == "expectations of theory" for bar in bars):
        found.append(Line2D([], [], ls="", marker="d", color=BLACK, ms=4, label="expected of theory"))
    if any(bar.ours is not None for bar in bars):
        found.append(
            Line2D([], [], ls="", marker="o", mfc="white", mec=BLACK, ms=4, label="ours, if 20 % or more away")
        )
    return found


def _across(axes: Axes, found: World) -> list[Line2D]:
    """Lines of theory and of the user, each with its style."""
    styles = ((0, (1, 1)), (0, (4, 1.5)), (0, (5, 1, 1, 1)))
    theory = [
        axes.axvline(line.value, color=GREEN, ls=style, lw=1.1, zorder=0.6, label=line.label)
        for line, style in zip(found.lines, styles, strict=False)
    ]
    marks = [
        axes.axvline(value, color=BLACK, ls=_DASHES[k % 3], lw=1.4, zorder=4, label=name)
        for k, (name, value) in enumerate(found.marks.items())
    ]
    return theory + marks


def history(found: World, *, width: float = 7.2) -> Figure:
    """Draw upper limits against the year; a step follows the best one of each group, which is named where it changes.

    Parameters
    ----------
    found : World
        With all bars.
    width : float
        [inch]

    Returns
    -------
    Figure

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> bar = SimpleNamespace(who="mine", whose="e", group="reactors", status="limit", low=None, high=2e-11, cl=0.9,
    ...                       year=2026, reference="", ours=None, strength=2e-11, model_dependent=False,
    ...                       yours=False)
    >>> one = SimpleNamespace(quantity="magnetic-moment", unit="mu_B", signed=False, groups={"reactors": [bar]},
    ...                       lines=[], marks={})
    >>> history(one).axes[0].get_xlabel()
    'Year'
    """
    narrow = width < _ONE_COLUMN
    size = 5.4 if narrow else 7.5
    height = 0.72 * width + 0.6
    fig, axes = figure(width, height)
    fig.subplots_adjust(left=0.75 / width, right=1 - 0.12 / width, bottom=1.05 / height, top=1 - 0.15 / height)
    axes.set_yscale("log")
    named: list[tuple[float, float, str, str]] = []
    drawn: list[tuple[float, float]] = []
    yours: list[tuple[float, float]] = []
    groups = {
        group: [bar for bar in rows if bar.status not in _CLAIMS]
        for group, rows in found.groups.items()
        if group not in ("projections", "expectations of theory")
    }
    groups = {group: rows for group, rows in groups.items() if rows}
    last = max(bar.year for rows in groups.values() for bar in rows)
    for k, (group, rows) in enumerate(groups.items()):
        limits = sorted((bar for bar in rows if math.isfinite(bar.strength)), key=lambda bar: (bar.year, bar.strength))
        colour, marker = _COLOURS.get(group, BLACK), _MARKERS[k % len(_MARKERS)]
        years, values = [bar.year for bar in limits], [bar.strength for bar in limits]
        axes.plot(years, values, marker, color=colour, ms=0.55 * size, mfc="white", mew=0.9, label=group, zorder=3)
        yours += [(bar.year, bar.strength) for bar in limits if bar.yours]
        best = np.minimum.accumulate(values)
        steps = [i for i in range(len(best)) if i == 0 or best[i] < best[i - 1]]
        axes.step([*(years[i] for i in steps), last], [*(best[i] for i in steps), best[-1]], where="post", color=colour,
                  lw=1.2, alpha=0.75)  # fmt: skip
        latest = {_short(limits[i].who): i for i in steps}
        named += [(years[i], float(best[i]), who, colour) for who, i in latest.items()]
        drawn += list(zip(years, values, strict=True))
    if yours:
        axes.plot(*zip(*yours, strict=True), "*", color=BLACK, ms=1.2 * size, label="yours", zorder=4)
    for k, (name, value) in enumerate(found.marks.items()):
        axes.axhline(value, color=BLACK, ls=_DASHES[k % 3], lw=1.2, label=name)
    ends = [bar.strength for rows in groups.values() for bar in rows if math.isfinite(bar.strength)]
    axes.set(ylim=(min(ends) / 6, max(ends) * 6), xlim=(None, last + 2), xlabel="Year")
    unit = _UNITS.get(found.unit, found.unit)
    axes.set_ylabel(f"upper limit on {_NAMES[found.quantity]}" + ("" if unit == "1" else f" [{unit}]"))
    axes.grid(color=_FAINT, lw=0.5)
    _name(fig, axes, named, drawn, size)
    fig.legend(
        loc="lower left", bbox_to_anchor=(0.02, 0.0), ncols=3 if narrow else 5, fontsize=size - 0.5, frameon=False
    )
    return fig


def _name(
    fig: Figure,
    axes: Axes,
    named: Sequence[tuple[float, float, str, str]],
    drawn: Sequence[tuple[float, float]],
    size: float,
) -> None:
    """Names beside points, each at the first place around it that is free; where none is, it stays unnamed."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer: Any = FigureCanvasAgg(fig).get_renderer()  # type: ignore[no-untyped-call]
    inside = axes.get_window_extent(renderer)
    taken: list[Any] = []
    points = axes.transData.transform(drawn)
    for x, y, text, colour in named:
        for dx, dy, ha, va in (
            (4, 3, "left", "bottom"), (4, -3, "left", "top"), (-4, 3, "right", "bottom"), (-4, -3, "right", "top"),
            (0, 7, "center", "bottom"), (0, -7, "center", "top"),
        ):  # fmt: skip
            label = axes.annotate(
                text, (x, y), xytext=(dx, dy), textcoords="offset points", ha=ha, va=va, fontsize=size - 1, color=colour
            )
            box = label.get_window_extent(renderer).padded(1.0)
            free = not any(box.overlaps(other) for other in taken) and not any(
                box.contains(px, py) for px, py in points
            )
            if free and inside.contains(box.x0, box.y0) and inside.contains(box.x1, box.y1):
                taken.append(box)
                break
            label.remove()
