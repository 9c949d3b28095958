"""The limit of an imported model, in its own parameter of interest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nudipole import arguments, digits
from nudipole.errors import UnknownName
from nudipole.inference.ends import Ends, MonteCarlo, doubts, sided
from nudipole.inference.methods import METHODS, Asymptotic, Bayesian, Method
from nudipole.inference.model_limit import Progress, model_limit
from nudipole.io.stamp import stamp
from nudipole.properties import Parameter
from nudipole.statistics import Fit, GoodnessOfFit, Model, Significance, significance


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
    method : str
        What the chosen construction rests on: a name of `nudipole.inference.methods.METHODS`.
    monte_carlo : MonteCarlo or None
        Of a construction by toys or enumeration.
    few_counts : str
        Why asymptotic constructions are not to be trusted here; empty where they are.
    notes : tuple of str
        Numbers outside of the bounds of the parameter of interest, which hold no fit.
    starts : mapping of str to float
        Of free factors that the model counts from there.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> counts = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]), poi_name="mu")
    >>> found = limit(counts, "counts", by=Asymptotic("one-sided"))
    >>> found.method, found.few_counts
    ('asymptotic', '17 expected counts in the bins that matter, fewer than 20')
    """

    name: str
    model: Model
    cl: float
    construction: str
    constructions: dict[str, Ends]
    fit: Fit
    goodness_of_fit: GoodnessOfFit
    significance: Significance | None
    method: str = Asymptotic.name
    monte_carlo: MonteCarlo | None = None
    few_counts: str = ""
    notes: tuple[str, ...] = ()
    starts: Mapping[str, float] = field(default_factory=dict)

    @property
    def ends(self) -> Ends:
        """Ends of the chosen construction."""
        return self.constructions[self.construction]

    @property
    def nuisances(self) -> dict[str, float]:
        """At the best fit: free factors, and pulls."""
        found = zip(self.model.nuisances, map(float, self.fit.eta), strict=True)
        return {name: value + self.starts.get(name, 0.0) for name, value in found}

    @property
    def factors(self) -> tuple[str, ...]:
        """Nuisances that are free factors; the others are pulls."""
        return (*(background.name for background in self.model.backgrounds), *self.starts)

    @property
    def doubts(self) -> list[str]:
        """What makes the number weaker, or stronger, than it looks."""
        return doubts(self.ends, self.method, self.few_counts, self.monte_carlo)

    def __str__(self) -> str:
        ends = self.ends
        return (
            f"{self.name}: {ends.words(self.model.poi_name, 4)} at {digits.level(self.cl)} "
            f"({sided(self.construction, ends.sides)}; median expected {digits.number(ends.expected_upper, 4)}, "
            f"-1 to +1 sigma {digits.number(ends.band[-1], 4)} to {digits.number(ends.band[1], 4)})"
            + "".join(f"; {text}" for text in (*self.doubts, *self.notes))
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-workspace-limit/1``."""
        ends = self.ends.to_json()
        return {
            **stamp("workspace-limit"),
            "workspace": self.name,
            "parameter": self.model.poi_name,
            "cl": self.cl,
            "method": self.method,
            "construction": self.construction,
            "sides": self.ends.sides,
            "lower": self.ends.lower,
            "upper": self.ends.upper,
            "intervals": [list(ends) for ends in self.ends.intervals],
            "expected_upper": self.ends.expected_upper,
            **{key: ends[key] for key in ("expected_band", "expected_lower_band", "beyond_expected_band")},
            "doubts": self.doubts,
            "few_counts": self.few_counts or None,
            "best_fit": {"value": self.fit.poi, "chi2": self.fit.chi2, "nuisances": self.nuisances},
            "goodness_of_fit": self.goodness_of_fit._asdict(),
            "significance": None if self.significance is None else self.significance._asdict(),
            "constructions": {name: ends.to_json() for name, ends in self.constructions.items()},
            "monte_carlo": None if self.monte_carlo is None else self.monte_carlo.to_json(),
            "notes": list(self.notes),
        }


def limit(
    model: Model,
    name: str,
    *,
    cl: float = 0.90,
    by: Method | None = None,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    notes: Sequence[str] = (),
    starts: Mapping[str, float] | None = None,
    progress: Progress = lambda step: None,
) -> WorkspaceLimit:
    """Limit or interval on the parameter of interest of any model.

    Parameters
    ----------
    model : Model
    name : str
        What to call it.
    cl : float
        Confidence level in (0, 1).
    by : Asymptotic, FeldmanCousins or CLs, optional
        How the limit is made, with its settings; `Asymptotic` unless given.
    bounds : tuple of float
        Of the parameter of interest in the workspace, for `WorkspaceLimit.notes`: they hold no fit.
    notes : sequence of str
        More notes.
    starts : mapping of str to float, optional
        Of free factors, as `nudipole.histfactory.imported.Imported` has them.
    progress : callable
        Called with words on what is being done.

    Returns
    -------
    WorkspaceLimit

    Raises
    ------
    UnknownName
        For `Bayesian`: a workspace says nothing of a prior.
    OutOfRange, ZeroExpectation, FitError
        As for `nudipole.statistics.intervals`; also if the model does not describe the data.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> counts = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]), poi_name="mu")
    >>> found = limit(counts, "counts", by=Asymptotic("one-sided"))
    >>> print(f"mu < {found.ends.intervals[-1][1]:.2f}")
    mu < 2.06
    """
    if isinstance(by, Bayesian):
        raise UnknownName("method of a workspace", by.name, [name for name in METHODS if name != by.name])
    quantity = Parameter(model.poi_name, "", "parameter of interest of the workspace", 1.0, lower=model.poi_lower)
    found = model_limit(model, name, quantity, by or Asymptotic(), arguments.level(cl), progress=progress)
    return WorkspaceLimit(
        name,
        model,
        cl,
        found.construction,
        found.constructions,
        found.fit,
        found.goodness_of_fit,
        significance(model, found.fit) if model.poi_lower == 0 else None,
        found.method,
        found.monte_carlo,
        found.few_counts,
        (*_outside(model.poi_name, found.fit.poi, found.constructions[found.construction], bounds), *notes),
        dict(starts or {}),
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
