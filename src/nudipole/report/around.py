"""What is known beside the experiments of a report: limits of the world, stars, precession, the portal, g-2."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup

from nudipole import digits, plots
from nudipole.astrophysics import all_bounds
from nudipole.errors import NudipoleError
from nudipole.limits import Bar, World, world
from nudipole.limits.picture import GROUPS
from nudipole.limits.words import PROPERTIES
from nudipole.models import neutrino_of
from nudipole.muon_g2.world import status
from nudipole.portal import plane
from nudipole.precession import precession
from nudipole.report.typeset import labelled

_TITLES = {
    "magnetic-moment": "Magnetic moment",
    "electric-moment": "Electric moment",
    "millicharge": "Charge",
    "charge-radius": "Charge radius",
    "anapole": "Anapole moment",
    "sterile-dipole": "Dipole to a heavy neutrino",
    "antineutrino-conversion": "Conversion to antineutrinos in the Sun",
    "moment-times-field": "Moment times field in the Sun",
    "lifetime-over-mass": "Lifetime over mass",
}
#: Whose limits the summary has; the others are in the tables.
_WHOSE = ("e", "mu", "tau", "solar mixture", "all")
#: Groups of the summary that depend on models: what is older, or of the cosmos, is in the tables.
_MODELS = ("stars", "supernovae", "early Universe, cosmic")
#: Properties with a picture of their own, beside the magnetic moment.
_DRAWN = ("millicharge", "charge-radius", "antineutrino-conversion")
#: Of these the fold is open.
_OPEN = ("millicharge", "charge-radius")
#: Bounds of a group in the tables.
_MOST = 6
#: What is drawn of precession: a moment [mu_B], a field, energies [MeV] of a component of the Sun.
_MOMENT, _FIELD, _SOURCE, _ENERGIES = 1e-12, "core:10kG", "8B", np.linspace(1.0, 15.0, 29)
#: Year from which measurements of the muon's anomaly are shown.
_SINCE = 1997


class Strongest(NamedTuple):
    """The strongest bound on a property, of a flavour or a group."""

    title: str
    bar: Bar
    unit: str


class Property(NamedTuple):
    """One property of the page: its bounds, and pictures with captions."""

    title: str
    world: World
    pictures: list[tuple[Markup, str]]
    open: bool


def strongest() -> list[Strongest]:
    """Of each property and flavour the strongest limit of experiments, then those of stars and the early Universe."""
    sure, depends = [], []
    for name, made in _worlds(None).items():
        limits = [bar for bar in made.bars if bar.status in ("limit", "measurement") and bar.group in GROUPS]
        for whose in _WHOSE:
            bars = [bar for bar in limits if bar.whose == whose and not bar.model_dependent]
            sure += [Strongest(_TITLES[name], min(bars, key=_order), made.unit)] if bars else []
        for group in _MODELS:
            bars = [bar for bar in limits if bar.group == group]
            depends += [Strongest(_TITLES[name], min(bars, key=_order), made.unit)] if bars else []
    return sure + depends


def properties() -> list[Property]:
    """Every property with its bounds, the strongest of each group, and its pictures."""
    found = []
    for name, made in _worlds(_MOST).items():
        pictures = []
        if name == "magnetic-moment":
            every = world(name, current=False, most=None)
            pictures = [(_svg(every.history(), "history"), "Upper limits by year, and the best of each group.")]
        elif name in _DRAWN:
            pictures = [(_svg(made.plot(), name), "")]
        found.append(Property(_TITLES[name], made, pictures, name in _OPEN))
    return found


def global_picture(marks: dict[str, float]) -> Markup:
    """All bounds on magnetic moments, with values of the user."""
    return _svg(world("magnetic-moment", marks=marks).plot(), "bounds on magnetic moments")


@cache
def about() -> dict[str, Any]:
    """What the templates need of all this; made once, because nothing of it depends on the experiments of a report."""
    stars, portal, g2 = all_bounds(), plane("all"), status(since=_SINCE)
    converted = precession(neutrino_of({"mu_12": _MOMENT}), field=_FIELD, source=_SOURCE, energies=_ENERGIES)
    means = converted.to_json()["means"]
    fig, axes = plots.figure(8.8, 5.2)
    portal.plot(axes)
    now = g2.against(g2.measurements[-1])[-1]
    return {
        "strongest": strongest(),
        "properties": properties(),
        "stars": stars,
        "stars_picture": _svg(plots.astro_bounds(stars), "bounds of stars and cosmology"),
        "conversion": converted,
        "conversion_mean": next(iter(means.values())) if means else None,
        "conversion_picture": _svg(plots.conversion(converted), "conversion in the Sun"),
        "portal": portal,
        "portal_picture": _svg(fig, "the dipole portal"),
        "curves": [(one, int(np.argmin(one.d))) for one in portal.published],
        "g2": g2,
        "g2_now": f"{now.measurement.label} less {now.prediction.label}: "
        f"{digits.with_error(1e11 * now.value, 1e11 * now.error)} in 1e-11, {digits.fixed(now.sigma, 1)} sigma.",
        "g2_picture": _svg(g2.plot(), "measurements and predictions of the muon's anomaly"),
    }


@cache
def _worlds(most: int | None) -> dict[str, World]:
    """Bounds by property; what has none with a number in the common convention is left out."""
    found = {}
    for name in PROPERTIES:
        with suppress(NudipoleError):
            found[name] = world(name, most=most)
    return found


def _order(bar: Bar) -> float:
    """Stronger first: of lower limits the largest."""
    return -(bar.low or 0.0) if bar.high is None else bar.strength


def _svg(fig: Any, title: str) -> Markup:
    return labelled(plots.svg(fig, title))
