"""Pictures of bounds: axes have units, references are there, and no text lies on another or leaves the figure."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from nudipole import Neutrino, plots
from nudipole.astrophysics import Core, all_bounds, curves, emissivity, red_giant_table, supernova_bound


def grid():
    return emissivity(np.geomspace(1e7, 1e9, 12), np.geomspace(1e3, 1e8, 12))


def of_supernova():
    found = supernova_bound()
    return curves.supernova_curve(Core(), "luminosity", 1e53, found.value, found.upper_end)


def loaded():
    found = Neutrino.dirac(
        basis="flavour",
        magnetic=np.diag([1e-12, 0, 0]),
        charge=np.diag([1e-14, 0, 0]),
        charge_radius=np.diag([1e-10, 0, 0]),
    )
    return curves.plasmon_curve(1e8, 1e6, neutrino=found)


PICTURES = {
    "all": lambda: plots.astro_bounds(all_bounds()),
    "all of a neutrino": lambda: plots.astro_bounds(
        all_bounds(Neutrino.dirac(basis="flavour", magnetic=np.diag([1e-11, 0, 0])))
    ),
    "red giants": lambda: plots.astro_table(red_giant_table()),
    "grid": lambda: plots.astro_grid(grid()),
    "plasmon": lambda: plots.astro_curve(loaded()),
    "white dwarfs": lambda: plots.astro_curve(curves.white_dwarf_curve()),
    "supernova": lambda: plots.astro_curve(of_supernova()),
    "n-eff": lambda: plots.astro_curve(curves.n_eff_curve(0.2)),
    "decay": lambda: plots.astro_curve(curves.decay_curve()),
    "cherenkov": lambda: plots.astro_curve(curves.cherenkov_curve(1.33, 1.5, 3.5)),
    "trapping": lambda: plots.astro_curve(curves.trapping_curve()),
}


def texts(fig):
    """Every text that is seen, with its box in pixels; ticks only where their axis shows them."""
    renderer = FigureCanvasAgg(fig).get_renderer()
    fig.draw(renderer)
    found = [*fig.texts]
    for legend in fig.legends:
        found += legend.get_texts()
    for axes in fig.axes:
        found += [axes.xaxis.label, axes.yaxis.label, axes.title, axes._left_title, *axes.texts]
        found += [label for axis in (axes.xaxis, axes.yaxis) for label in _seen(axis)]
    return [(one.get_text(), one.get_window_extent(renderer)) for one in found if one.get_text() and one.get_visible()]


def _seen(axis):
    low, high = sorted(axis.get_view_interval())
    ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    return [tick.label1 for tick in ticks if low <= tick.get_loc() <= high and tick.label1.get_visible()]


@pytest.mark.parametrize("name", PICTURES)
def test_texts_lie_apart_and_inside(name):
    fig = PICTURES[name]()
    boxes = texts(fig)
    width, height = fig.get_size_inches() * fig.dpi
    for text, box in boxes:
        assert box.x0 > -1, text
        assert box.y0 > -1, text
        assert box.x1 < width + 1, text
        assert box.y1 < height + 1, text
    for (one, box), (other, another) in itertools.combinations(boxes, 2):
        overlap = min(box.x1, another.x1) - max(box.x0, another.x0), min(box.y1, another.y1) - max(box.y0, another.y0)
        assert not (overlap[0] > 1.5 and overlap[1] > 1.5), f"{one!r} lies on {other!r}"


@pytest.mark.parametrize("name", PICTURES)
def test_axes_have_units_and_references_are_there(name):
    fig = PICTURES[name]()
    for axes in fig.axes:
        for label in (axes.get_xlabel(), axes.get_ylabel()):
            assert not label or "[" in label, label
    written = " ".join([*(text.get_text() for text in fig.texts), *(axes.get_ylabel() for axes in fig.axes)])
    assert ":19" in written or ":20" in written
