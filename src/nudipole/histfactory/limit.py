"""The limit of an imported model, in its own parameter of interest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nudipole import digits
from nudipole.errors import UnknownName
from nudipole.inference.limit import asymptotic_ends
from nudipole.inference.result import SHOWN, SURPRISE, Ends, sided
from nudipole.io.stamp import stamp
from nudipole.statistics import (
    CONSTRUCTIONS,
    Fit,
    GoodnessOfFit,
    Model,
    Significance,
    asimov,
    best_fit,
    described,
    intervals,
    profile,
    significance,
)


@dataclass(frozen=True)
class WorkspaceLimit:
    """Limit of a model that is no experiment of this package.

    Attributes
    ----------
    name : str
    model : Model
    cl : float
    construction : str
        Of `constructions`, the one that was asked for.
    constructions : dict of Ends
        In the parameter of interest of the workspace, which has no unit.
    fit : Fit
    goodness_of_fit, significance
        The latter None for a parameter with a sign.
    notes : tuple of str
        Bounds that hold no fit, and the numbers that lie outside of them.
    """

    name: str
    model: Model
    cl: float
    construction: str
    constructions: dict[str, Ends]
    fit: Fit
    goodness_of_fit: GoodnessOfFit
    significance: Significance | None
    notes: tuple[str, ...] = ()

    @property
    def ends(self) -> Ends:
        """Ends of the chosen construction."""
        return self.constructions[self.construction]

    @property
    def nuisances(self) -> dict[str, float]:
        """At the best fit: factors of free backgrounds, and pulls."""
        return dict(zip(self.model.nuisances, map(float, self.fit.eta), strict=True))

    def __str__(self) -> str:
        ends = self.ends
        several = [f"{len(ends.intervals)} separate intervals"] if len(ends.intervals) > 1 else []
        doubts = "".join(f"; {doubt}" for doubt in [*several, *(f"{s} {SURPRISE}" for s in ends.surprises)])
        return (
            f"{self.name}: {ends.words(self.model.poi_name, 4)} at {digits.level(self.cl)} "
            f"({sided(self.construction, ends.sides)}; median expected {digits.number(ends.expected_upper, 4)}, "
            f"-1 to +1 sigma {digits.number(ends.band[-1], 4)} to {digits.number(ends.band[1], 4)}){doubts}"
            + "".join(f"; {note}" for note in self.notes)
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-workspace-limit/1``."""
        return {
            **stamp("workspace-limit"),
            "workspace": self.name,
            "parameter": self.model.poi_name,
            "cl": self.cl,
            "construction": self.construction,
            "sides": self.ends.sides,
            "lower": self.ends.lower,
            "upper": self.ends.upper,
            "intervals": [list(ends) for ends in self.ends.intervals],
            "expected_upper": self.ends.expected_upper,
            "expected_band": self.ends.to_json()["expected_band"],
            "beyond_expected_band": self.ends.surprises,
            "best_fit": {"value": self.fit.poi, "chi2": self.fit.chi2, "nuisances": self.nuisances},
            "goodness_of_fit": self.goodness_of_fit._asdict(),
            "significance": None if self.significance is None else self.significance._asdict(),
            "constructions": {name: ends.to_json() for name, ends in self.constructions.items()},
            "notes": list(self.notes),
        }


def limit(
    model: Model,
    name: str,
    *,
    cl: float = 0.90,
    construction: str = "unified",
    bounds: tuple[float, float] = (-np.inf, np.inf),
    notes: Sequence[str] = (),
) -> WorkspaceLimit:
    """Limit or interval on the parameter of interest of any model.

    Parameters
    ----------
    model : Model
    name : str
        What to call it.
    cl : float
        Confidence level in (0, 1).
    construction : str
        Of `nudipole.statistics.CONSTRUCTIONS`.
    bounds : tuple of float
        Of the parameter of interest in the workspace, for `WorkspaceLimit.notes`: they hold no fit.
    notes : sequence of str
        More notes.

    Raises
    ------
    UnknownName, OutOfRange, ZeroExpectation, FitError
        As for `nudipole.statistics.accepted`; also if the model does not describe the data.
    """
    if construction not in CONSTRUCTIONS:
        raise UnknownName("construction", construction, CONSTRUCTIONS)
    fit = best_fit(model)
    quality = described(model, fit, name)
    names = list(dict.fromkeys([*SHOWN, construction]))
    found = intervals(model, cl, names, fit=fit)
    null = asimov(model, 0.0, profile(model, [0.0]).eta[0])
    ends = asymptotic_ends(found, intervals(null, cl, names), null)
    bounded = model.poi_lower == 0
    return WorkspaceLimit(
        name,
        model,
        cl,
        construction,
        ends,
        fit,
        quality,
        significance(model, fit) if bounded else None,
        (*_outside(model.poi_name, fit.poi, ends[construction], bounds), *notes),
    )


def _outside(poi: str, best: float, ends: Ends, bounds: tuple[float, float]) -> tuple[str, ...]:
    """Which numbers lie outside of the bounds, in words."""
    named = {"best fit": best, "lower end": ends.lower, "upper end": ends.upper}
    numbers = {name: value for name, value in named.items() if value is not None and np.isfinite(value)}
    beyond = [f"{name} {value:.4g}" for name, value in numbers.items() if not bounds[0] <= value <= bounds[1]]
    if not beyond:
        return ()
    words = ", ".join(beyond)
    return (f"{words} outside of the bounds {bounds[0]:g} to {bounds[1]:g} of {poi}, which hold no fit here",)
