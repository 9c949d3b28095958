"""One look for all figures, and how they reach a file."""

from __future__ import annotations

import hashlib
import io
import os
import re
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import LogFormatterSciNotation, LogLocator, NullFormatter

from nudipole import digits
from nudipole.errors import UnknownName
from nudipole.files import write_atomically

#: File endings that `save` writes.
FORMATS = ("png", "pdf", "svg")

#: Colours that stay apart for colour-blind readers (Okabe-Ito).
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7",
)  # fmt: skip

_RC: Any = {
    "axes.grid": False,
    "axes.labelsize": 11,
    "axes.linewidth": 0.8,
    "axes.titlesize": 11,
    "font.size": 10,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "mathtext.fontset": "dejavusans",
    "savefig.dpi": 200,
    "svg.fonttype": "none",
    "svg.hashsalt": "nudipole",
    "xtick.direction": "in",
    "xtick.major.pad": 6.0,  # room for the first number of the other axis
    "xtick.minor.visible": True,
    "xtick.top": True,
    "ytick.direction": "in",
    "ytick.minor.visible": True,
    "ytick.right": True,
}


#: One after the other; they stay apart for eyes that do not see all colours.
COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, "#7a8594", BLACK)
#: Height of a line of a legend below the axes, by the size of its font [inch/pt].
_LINE = 0.024
#: What is left free between panels that are stacked [inch].
_BETWEEN = 0.62
#: Smallest font of a title [pt], and what is left free at its right [pixels].
_SMALLEST, _MARGIN = 8.5, 4.0
#: Of parameters that are no letter with an index.
_SYMBOLS = {"p_antinu": r"P(\nu_e\to\bar\nu_e)", "mu_B_product": r"(\mu_{12}B_0)", "heavy_mass": "m_4"}
_UNITS = {
    "mu_B": r"\mu_B",
    "mu_B kG": r"(\mu_B\,\mathrm{kG})",
    "cm^2": r"\mathrm{cm}^2",
    "e": "e",
    "1/GeV": r"\mathrm{GeV}^{-1}",
    "1": r"\!",  # no width: an empty formula is none
}


def symbol(parameter: str) -> str:
    """LaTeX of a parameter name such as mu_nu or lambda_1."""
    head, _, tail = parameter.partition("_")
    greek = {
        "mu": r"\mu",
        "eps": r"\epsilon",
        "lambda": r"\lambda",
        "Lambda": r"\Lambda",
        "phi": r"\phi",
        "r2": r"\langle r^2\rangle",
    }
    if parameter in _SYMBOLS:
        return _SYMBOLS[parameter]
    if tail == "prime":
        return rf"{head}'"
    if not tail:
        return rf"\mathrm{{{parameter}}}"
    index = tail.replace("tau", r"\tau ").replace("mu", r"\mu ").replace("nu", r"\nu ")
    return rf"{greek.get(head, head)}_{{{index}}}"


def unit(name: str) -> str:
    """LaTeX of a parameter's unit."""
    return _UNITS.get(name, rf"\mathrm{{{name}}}")


def in_brackets(name: str, factor: str = "") -> str:
    """A parameter's unit behind its symbol, with a factor such as 10^{-11}; empty for a pure number without one.

    >>> in_brackets("mu_B"), in_brackets("1"), in_brackets("1", "10^{-3}")
    (' [$\\\\mu_B$]', '', ' [$10^{-3}$]')
    """
    what = "" if name == "1" else unit(name)
    joined = r"\,".join(filter(None, [factor, what]))
    return f" [${joined}$]" if joined else ""


def number(value: float) -> str:
    """A number with three digits for a label."""
    mantissa, _, exponent = digits.plain(value, 3).partition("e")
    return rf"${mantissa}\times10^{{{int(exponent)}}}$" if exponent else mantissa


def figure(width: float = 6.4, height: float = 4.4) -> tuple[Figure, Axes]:
    """A figure with one set of axes, independent of pyplot's global state.

    Parameters
    ----------
    width, height : float
        [inch]

    Returns
    -------
    tuple of Figure and Axes

    Examples
    --------
    >>> fig, axes = figure(3.0, 2.0)
    >>> fig.get_size_inches().tolist(), axes.figure is fig
    ([3.0, 2.0], True)
    """
    with rc_context(_RC):
        fig = Figure(figsize=(width, height))
        # Margins in inches: a layout engine would draw everything twice to find the same.
        fig.subplots_adjust(left=0.7 / width, right=1 - 0.24 / width, bottom=0.58 / height, top=1 - 0.35 / height)
        return fig, fig.add_subplot()


def paper(rows: int, columns: int, *, width: float, height: float) -> tuple[Figure, np.ndarray[Any, Any]]:
    """A figure with several panels, and their axes by row and column."""
    with rc_context(_RC):
        fig = Figure(figsize=(width, height))
        axes = fig.subplots(rows, columns, squeeze=False)
        fig.subplots_adjust(
            left=0.7 / width, right=1 - 0.15 / width, bottom=0.58 / height, top=1 - 0.35 / height,
            wspace=0.18, hspace=0.26,
        )  # fmt: skip
        return fig, axes


def stacked(axes: Axes, n: int, *, height: float | None = None) -> list[Axes]:
    """`axes`, and below it so many more in its place that there are `n`; a figure that has no others grows.

    Parameters
    ----------
    axes : Axes
    n : int
        Of panels.
    height : float, optional
        Of each [inch], where the figure has no other axes; 0.7 of what `axes` has, or all of it for one.

    Examples
    --------
    >>> fig, axes = figure(4.0, 3.0)
    >>> len(stacked(axes, 3)), len(fig.axes), fig.get_size_inches().round(2).tolist()
    (3, 3, [4.0, 6.52])
    """
    fig = axes.get_figure(root=True)
    assert fig is not None
    width, high = (float(size) for size in fig.get_size_inches())
    place = axes.get_position()
    bottom, top = place.y0 * high, (1 - place.y1) * high
    if fig.axes != [axes]:
        each = (place.height * high - (n - 1) * _BETWEEN) / n
    else:
        each = height or (1.0 if n == 1 else 0.7) * place.height * high
        top, high = top, bottom + top + n * each + (n - 1) * _BETWEEN
        fig.set_size_inches(width, high)
    with rc_context(_RC):
        panels = [axes, *(fig.add_axes((0.0, 0.1 * k, 0.1, 0.1)) for k in range(1, n))]
    for k, panel in enumerate(panels):
        lower = bottom + (n - 1 - k) * (each + _BETWEEN)
        panel.set_position((place.x0, lower / high, place.width, each / high))
    return panels


def legend_below(axes: Axes, *, fontsize: float, column: float) -> None:
    """The legend below the axes, where it covers nothing; a figure with no other axes grows by as much.

    Parameters
    ----------
    axes : Axes
    fontsize : float
        [pt]
    column : float
        Width of one [inch].

    Examples
    --------
    >>> fig, axes = figure(4.0, 3.0)
    >>> line = axes.plot([0, 1], label="a line")
    >>> legend_below(axes, fontsize=8, column=3.0)
    >>> fig.get_size_inches().round(2).tolist(), len(fig.legends)
    ([4.0, 3.29], 1)
    """
    entries, fig = len(axes.get_legend_handles_labels()[1]), axes.get_figure(root=True)
    if fig is None or len(fig.axes) > 1 or not entries:
        axes.legend(fontsize=fontsize, loc="best", frameon=True, framealpha=1.0, edgecolor="none")
        return
    width, height = fig.get_size_inches()
    columns = max(1, int(width // column))
    below = _LINE * fontsize * -(-entries // columns) + 0.1
    at = axes.get_position()
    fig.set_size_inches(width, height + below)
    fig.subplots_adjust(
        bottom=(at.y0 * height + below) / (height + below), top=(at.y1 * height + below) / (height + below)
    )
    fig.legend(
        fontsize=fontsize, loc="lower left", bbox_to_anchor=(0.1 / width, 0.05 / (height + below)), ncols=columns,
        frameon=False, borderaxespad=0.0, labelspacing=0.3,
    )  # fmt: skip


def energy_scale(highest: float) -> tuple[float, str]:
    """Unit of an axis that reaches `highest` [MeV]: its value in MeV and its name."""
    for factor, name in ((1e3, "GeV"), (1.0, "MeV"), (1e-3, "keV")):
        if highest >= 0.99 * factor:
            return factor, name
    return 1e-6, "eV"


def save(fig: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure as PNG, PDF or SVG, by its ending; the file appears whole or not at all.

    Parameters
    ----------
    fig : Figure
    path : path
        Its ending is one of `FORMATS`.

    Returns
    -------
    Path
        Of the file.

    Raises
    ------
    UnknownName
        If the ending is none of `FORMATS`.
    NudipoleError, OSError
        As for `nudipole.files.write_atomically`.

    Examples
    --------
    >>> save(figure(1.0, 1.0)[0], "limit.png").name
    'limit.png'
    """
    return write_atomically(path, rendered(fig, picture_format(path)))


def rendered(fig: Figure, kind: str) -> bytes:
    """A figure as the content of a file of one of `FORMATS`.

    Parameters
    ----------
    fig : Figure
    kind : str
        Of `FORMATS`.

    Returns
    -------
    bytes
        The same for the same figure.

    Examples
    --------
    >>> rendered(figure(1.0, 1.0)[0], "pdf")[:4]
    b'%PDF'
    """
    stream = io.BytesIO()
    with rc_context(_RC):
        fit_titles(fig)
        metadata = {"Creator": "nudipole"} if kind != "png" else {"Software": "nudipole"}
        fig.savefig(stream, format=kind, metadata=metadata)
    return stream.getvalue()


def picture_format(path: str | os.PathLike[str]) -> str:
    """The format that a file's ending asks for.

    Parameters
    ----------
    path : path
        It need not exist.

    Returns
    -------
    str
        Of `FORMATS`.

    Raises
    ------
    UnknownName
        If it is none of `FORMATS`.

    Examples
    --------
    >>> picture_format("limit.PDF")
    'pdf'
    """
    path = Path(path)
    kind = path.suffix.lstrip(".").lower()
    if kind not in FORMATS:
        raise UnknownName("picture ending", path.suffix or path.name, [f".{name}" for name in FORMATS])
    return kind


def few_log_ticks(axis: Axis) -> None:
    """Numbers at 1, 2 and 5 of each power of ten: a logarithmic axis of any length has some, and none on another.

    Examples
    --------
    >>> fig, axes = figure(6.0, 2.0)
    >>> line = axes.semilogx([2e-12, 6e-12], [0, 1])
    >>> few_log_ticks(axes.xaxis)
    >>> {text.get_text() for text in axes.get_xticklabels(minor=True)}
    {''}
    """
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(LogFormatterSciNotation(labelOnlyBase=False, minor_thresholds=(np.inf, np.inf)))
    axis.set_minor_formatter(NullFormatter())


def fit_titles(fig: Figure) -> None:
    """Titles at the left that are wider than their room are set smaller, and if that is not enough in two lines.

    Parameters
    ----------
    fig : Figure

    Examples
    --------
    >>> fig, axes = figure(3.0, 2.0)
    >>> title = axes.set_title("a title of many words, far too long for a figure that is three inches wide", loc="left")
    >>> fit_titles(fig)
    >>> title.get_text().count(chr(10)), title.get_fontsize() < 10
    (1, True)
    """
    renderer = FigureCanvasAgg(fig).get_renderer()  # type: ignore[no-untyped-call]
    width, height = fig.bbox.width, float(fig.get_size_inches()[1])
    top = max((axes.get_position().y1 for axes in fig.axes), default=1.0)
    raised = False
    for axes in fig.axes:
        words, box = axes.get_title(loc="left"), axes.get_position()
        title = next((t for t in axes.get_children() if isinstance(t, Text) and t.get_text() == words != ""), None)
        if title is None:
            continue
        # Up to the next panel of the row, or the edge of the figure.
        others = (other.get_position().x0 for other in fig.axes)
        room = (min((x for x in others if x >= box.x1), default=1.0) - box.x0) * width - _MARGIN
        extent = title.get_window_extent(renderer).width
        if extent <= room:
            continue
        title.set_fontsize(max(min(_SMALLEST, title.get_fontsize()), title.get_fontsize() * room / extent))
        extent = title.get_window_extent(renderer).width
        if extent > room:
            letters = max(8, int(len(words) * room / extent))
            title.set_text(textwrap.fill(words, letters, max_lines=2, placeholder=" ..."))
            raised = raised or box.y1 == top
    if raised:
        fig.subplots_adjust(top=fig.subplotpars.top - _SMALLEST / 72 / height)


def svg(fig: Figure, title: str) -> str:
    """A figure as inline SVG, with a title for screen readers.

    Parameters
    ----------
    fig : Figure
    title : str
        Figures on one page have different ones.

    Returns
    -------
    str
        One element.

    Examples
    --------
    >>> svg(figure(1.0, 1.0)[0], "a limit")[:40]
    '<svg role="img" aria-label="a limit" xml'
    """
    stream = io.StringIO()
    with rc_context(_RC):
        fit_titles(fig)
        fig.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    label = title.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    # Every figure calls its first axes axes_1: on one page the names must differ.
    prefix = f"f{hashlib.sha256(title.encode()).hexdigest()[:8]}-"
    text = re.sub(r'( id="|url\(#|href="#)', lambda match: match[0] + prefix, text)
    return re.sub(r"^<svg ", f'<svg role="img" aria-label="{label}" ', text, count=1)
