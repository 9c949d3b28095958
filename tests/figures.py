"""What must be true of every picture: its texts can be read, its series told apart, its axes are named."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

#: Pixels at 100 dpi that texts may share or stand out.
_TOUCH = 4.0


def faults(fig: Figure) -> list[str]:
    """In words; empty if there is none."""
    canvas = FigureCanvasAgg(fig)
    fig.draw_without_rendering()
    return [*_texts(fig, canvas), *(fault for axes in fig.axes for fault in [*_series(axes), *_names(axes)])]


def _texts(fig: Figure, canvas: FigureCanvasAgg) -> list[str]:
    renderer = canvas.get_renderer()
    width, height = fig.get_size_inches() * fig.dpi
    boxes = []
    for text in _shown(fig):
        box = text.get_window_extent(renderer)
        if box.width > 0 and box.height > 0:
            boxes.append((text.get_text(), box))
    found = [
        f"{words!r} lies outside"
        for words, box in boxes
        if box.x0 < -_TOUCH or box.y0 < -_TOUCH or box.x1 > width + _TOUCH or box.y1 > height + _TOUCH
    ]
    for (one, a), (other, b) in combinations(boxes, 2):
        across, along = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        if across > _TOUCH and along > _TOUCH:
            found.append(f"{one!r} lies on {other!r}")
    return found


def _shown(fig: Figure) -> list[Text]:
    """Texts that are drawn: of ticks only those within the limits of their axis."""
    hidden = set()
    for axes in fig.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                inside = low - 1e-9 * abs(high - low) <= tick.get_loc() <= high + 1e-9 * abs(high - low)
                if not inside or not axes.axison or not axis.get_visible():
                    hidden |= {id(tick.label1), id(tick.label2)}
    return [
        text
        for text in fig.findobj(Text)
        if text.get_text().strip() and text.get_visible() and id(text) not in hidden and _whole(text)
    ]


def _whole(text: Text) -> bool:
    """Whether what holds the text is drawn, too."""
    return text.axes is None or (text.axes.get_visible() and (text.axes.axison or text in text.axes.texts))


def _series(axes: Axes) -> list[str]:
    by: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for line in axes.get_lines():
        label = str(line.get_label())
        if label and not label.startswith("_"):
            style, marker = str(line._dash_pattern), str(line.get_marker())
            by[to_hex(line.get_color()), style, marker, f"{line.get_linewidth()}"].add(label)
    return [f"{sorted(labels)} look alike" for labels in by.values() if len(labels) > 1]


def _names(axes: Axes) -> list[str]:
    """Axes whose ticks have numbers say of what."""
    found = []
    for which, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
        shown = [tick.label1 for tick in axis.get_major_ticks() if tick.label1.get_visible()]
        numbers = [text.get_text() for text in shown if _number(text.get_text())]
        drawn = axes.get_visible() and axes.axison and axis.get_visible()
        if drawn and len(numbers) > 1 and not axis.get_label().get_text():
            found.append(f"the {which} axis has numbers and no name")
    return found


def _number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text.replace("−", "-"))))
    except ValueError:
        return "10^" in text
