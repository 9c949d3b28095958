"""Searches for solar antineutrinos, told in three ways: fluxes in bins, a probability, a moment times a field."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import ArgumentError, NudipoleError, UnknownName
from nudipole.experiments.antineutrino_flux import FluxLimits, flux_limits
from nudipole.experiments.library import searching
from nudipole.experiments.loader import load
from nudipole.experiments.reading import read
from nudipole.experiments.schema.published import PublishedLimit
from nudipole.inference.asked import Progress
from nudipole.inference.limit import limit
from nudipole.io.stamp import stamp
from nudipole.precession import field

#: Shapes of the field for which moments are limited unless others are named.
SHAPES = ("core", "convective", "wood-saxon")


@dataclass(frozen=True)
class AntineutrinoSearch:
    """What one experiment says of solar antineutrinos.

    Attributes
    ----------
    name, variant : str
        Of the experiment; of its description as it stands the variant is empty.
    projected : bool
    cl : float
    fluxes : mapping of str to FluxLimits
        Limits on the flux in each bin, by counting: with all backgrounds, and without one of them; empty of one bin.
    recipes : mapping of str to float
        Upper limits on the probability by the way they are made.
    recipe : str
        The one by default.
    published : str
        The limit on the probability that was published.
    products : mapping of str to float
        Upper limits on mu_12 B0 [mu_B kG] by the shape of the field, made in the same way.
    doubts : tuple of str

    Examples
    --------
    >>> one = AntineutrinoSearch("mine", "", False, 0.9, {}, {"counting": 1e-4}, "counting", "", {"core": 1e-8}, ())
    >>> one.moment("core", 100.0)
    1e-10
    """

    name: str
    variant: str
    projected: bool
    cl: float
    fluxes: Mapping[str, FluxLimits]
    recipes: Mapping[str, float]
    recipe: str
    published: str
    products: Mapping[str, float]
    doubts: tuple[str, ...]

    def moment(self, shape: str, B0: float) -> float:
        """Upper limit on mu_12 [mu_B] for a field of a shape with B0 [kG]."""
        return self.products[shape] / B0

    def to_json(self) -> dict[str, Any]:
        """A record of `nudipole antineutrinos --json`."""
        return {
            "experiment": self.name,
            "variant": self.variant,
            "projected": self.projected,
            "cl": self.cl,
            "flux_limits": {
                name: {
                    "E": found.E.tolist(), "unit_E": "MeV", "observed": found.observed.tolist(),
                    "background": found.background.tolist(), "events": found.events.tolist(),
                    "flux": found.flux.tolist(), "unit": "1/(cm^2 s)",
                }
                for name, found in self.fluxes.items()
            },
            "p_antinu": dict(self.recipes),
            "recipe": self.recipe,
            "published": self.published,
            "mu_B_product": {"unit": "mu_B kG", **self.products},
            "doubts": list(self.doubts),
        }  # fmt: skip


@dataclass(frozen=True)
class AntineutrinoSearches:
    """Several searches.

    Attributes
    ----------
    searches : tuple of AntineutrinoSearch
    shapes : tuple of str
        Of the field.

    Examples
    --------
    >>> AntineutrinoSearches((), ("core",)).to_json()["searches"]
    []
    """

    searches: tuple[AntineutrinoSearch, ...]
    shapes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """A record of `nudipole antineutrinos --json`."""
        return {**stamp("antineutrinos"), "searches": [one.to_json() for one in self.searches]}

    def to_csv(self) -> str:
        """A row for each number."""
        made = io.StringIO()
        writer = csv.writer(made, lineterminator="\n")
        writer.writerow(["experiment", "variant", "quantity", "of", "value", "unit"])
        for one in self.searches:
            for name, found in one.fluxes.items():
                for (low, high), flux in zip(found.E.tolist(), found.flux.tolist(), strict=True):
                    bin_ = f"{low:.4g}..{high:.4g} MeV, {name}"
                    writer.writerow([one.name, one.variant, "flux", bin_, repr(flux), "1/(cm^2 s)"])
            for name, value in one.recipes.items():
                writer.writerow([one.name, one.variant, "p_antinu", name, repr(value), "1"])
            for name, value in one.products.items():
                writer.writerow([one.name, one.variant, "mu_B_product", name, repr(value), "mu_B kG"])
        return made.getvalue()

    def lines(self, shape: str, B0: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Limits on mu_12 [mu_B] by experiment, at fields B0 [kG] of a shape; projections have a star."""
        return {f"{s.name}{'*' if s.projected else ''}": s.products[shape] / B0 for s in self.searches if not s.variant}


def antineutrino_searches(
    names: Iterable[str] | None = None,
    *,
    shapes: Iterable[str] = SHAPES,
    cl: float = 0.90,
    variants: bool = True,
    progress: Progress = lambda step: None,
) -> AntineutrinoSearches:
    """Limits of searches for solar antineutrinos on the flux in bins, the probability and moments times fields.

    Parameters
    ----------
    names : iterable of str, optional
        Of the library, or files; all that search for them by default.
    shapes : iterable of str
        Of the field: names of `nudipole.precession.SHAPES` without a value, or CSV files as of
        `nudipole.precession.field`.
    cl : float
    variants : bool
        Whether the variants of the descriptions stand beside: recipes.
    progress : callable
        Called with words on what is being done.

    Returns
    -------
    AntineutrinoSearches

    Raises
    ------
    ArgumentError
        For a shape that there is not, has a value, or is given twice.
    NudipoleError
        If an experiment looks for none.

    Examples
    --------
    >>> found = antineutrino_searches(["kamland-antinu-2021"], shapes=(), variants=False)
    >>> print(f"{found.searches[0].recipes['unified']:.1e}")
    3.5e-05
    """
    asked = searching() if names is None else list(names)
    fields = _fields(shapes)
    found = []
    for name in asked:
        spec = read(name)[0]
        if getattr(spec.source, "antineutrinos", None) is None:
            raise NudipoleError(f"{spec.name} looks for no antineutrinos of the Sun: take {', '.join(searching())}")
        for variant in (None, *(spec.variants if variants else ())):
            progress(f"{spec.name} {variant or ''}".strip())
            found.append(_search(name, variant, fields, cl))
    return AntineutrinoSearches(tuple(found), tuple(fields))


def _fields(shapes: Iterable[str]) -> dict[str, str]:
    """What `load` takes for a field of each shape, of 1 kG where that is not in a file."""
    fields: dict[str, str] = {}
    for shape in shapes:
        name, colon, _ = (part.strip() for part in shape.partition(":"))
        if colon:
            words = "a moment times the field is limited, whatever the field's value"
            raise ArgumentError("shapes", shape, f"{words}: write {name} alone")
        if not name.endswith(".csv"):
            try:
                name = field(f"{name}:1kG").name
            except UnknownName as error:
                raise ArgumentError("shapes", shape, str(error)) from error
        if name in fields:
            raise ArgumentError("shapes", shape, "is given twice: leave out one of them")
        fields[name] = name if name.endswith(".csv") else f"{name}:1kG"
    return fields


def _search(name: str, variant: str | None, fields: Mapping[str, str], cl: float) -> AntineutrinoSearch:
    experiment = load(name, variant)
    of_P = limit(experiment, "p_antinu", cl=cl)
    products = {}
    for shape, written in fields.items():
        products[shape] = limit(load(name, variant, field=written), "mu_B_product", cl=cl).upper
    fluxes = {}
    if len(experiment.bins) > 2:
        fluxes["all backgrounds"] = flux_limits(experiment, cl)
        for background in experiment.background_counts if len(experiment.background_counts) > 1 else ():
            fluxes[f"without {background}"] = flux_limits(experiment, cl, without=[background])
    published = [
        digits.plain(item.upper)
        for item in experiment.spec.published
        if isinstance(item, PublishedLimit) and item.parameter == "p_antinu" and item.upper is not None
    ]
    return AntineutrinoSearch(
        name=experiment.name,
        variant=variant or "",
        projected=experiment.given_data is None,
        cl=cl,
        fluxes=fluxes,
        recipes={kind: ends.upper for kind, ends in of_P.constructions.items()},
        recipe=of_P.construction,
        published=published[0] if published else "",
        products=products,
        doubts=tuple(of_P.doubts),
    )
