"""A limit: the number, and everything its meaning depends on."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import nudipole
from nudipole import digits
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.settings import settings
from nudipole.mixing import FLAVOURS
from nudipole.properties import find, is_amplitude
from nudipole.statistics import GoodnessOfFit, Significance
from nudipole.statistics.neyman import Point

if TYPE_CHECKING:
    from nudipole.experiments.bayesian import CredibleLimit

#: What the chi2 of a fit is relative to, by kind of statistics.
_SATURATED = {
    "poisson": "saturated Poisson",
    "counting": "saturated Poisson",
    "gaussian": "Gaussian errors",
    "relative": "Gaussian errors",
    "on-off": "saturated ON-OFF",
}
#: Constructions that stand beside the chosen one.
SHOWN = ("unified", "delta-chi2", "one-sided")


@dataclass(frozen=True)
class Ends:
    """Ends of one construction in the parameter's unit.

    Attributes
    ----------
    lower, upper : float
        `lower` is 0 where the interval reaches the boundary; None where a one-sided construction has no lower end.
    expected_upper : float
        Median upper end without signal (Asimov).
    threshold : float
        Delta chi2 at the upper end.
    sides : {"two", "one"}
    """

    lower: float | None
    upper: float
    expected_upper: float
    threshold: float
    sides: str


@dataclass(frozen=True)
class MonteCarlo:
    """What a limit by toys rests on, in the parameter's unit.

    Attributes
    ----------
    toys, seed, careful : int
        Drawn in all; their seed; fits that needed the careful minimisers.
    lower_error, upper_error : float
        Errors of the ends by the number of toys.
    band : dict of float
        Upper ends expected without signal, by standard deviations from -2 to 2.
    points : tuple of Point
        Tested values (of the square, for a moment) with thresholds and p-values.
    """

    toys: int
    seed: int
    careful: int
    lower_error: float
    upper_error: float
    band: dict[int, float]
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Limit:
    """Limit of one experiment, or of several in one likelihood.

    Attributes
    ----------
    experiments : tuple of Experiment
    parameter, parametrisation, unit : str
    cl : float
    construction : str
        Of `constructions`, the one that `lower`, `upper` and `expected_upper` are read from.
    constructions : dict of Ends
        The usual constructions on the same likelihood, beside the chosen one: numbers that differ only by
        convention stand side by side.
    best_fit : float
        Of the parameter; for a moment the root of the fitted square.
    factors, pulls : dict of float
        At the best fit: of the backgrounds, and of fluxes and responses in standard deviations.
    goodness_of_fit, significance
        Saturated chi2 at the best fit; excess over no signal.
    mu_eff_upper : float or None
        The upper end as effective moment of the beam [mu_B]; None for several beams.
    grid, delta_chi2 : (n,)
        Profile: the parameter (squared, for a moment) in its unit, and Delta chi2.
    minimisers : dict
        The minimum of chi2 by Newton steps in JAX and by Minuit: `value` of the parameter, its `unit`, `chi2`.
    alone : tuple of Limit
        The limits of the experiments one by one; empty for a single one.
    method : str
        ``asymptotic``, or what the chosen construction was calibrated or sampled with: of `METHODS`.
    monte_carlo : MonteCarlo or None
        Of a construction by toys.
    credible : CredibleLimit or None
        Of a credible limit: prior, sampling, posterior.
    """

    experiments: tuple[Experiment, ...]
    parameter: str
    parametrisation: str
    unit: str
    cl: float
    construction: str
    constructions: dict[str, Ends]
    best_fit: float
    factors: dict[str, float]
    pulls: dict[str, float]
    goodness_of_fit: GoodnessOfFit
    significance: Significance | None
    mu_eff_upper: float | None
    grid: NDArray[np.float64]
    delta_chi2: NDArray[np.float64]
    minimisers: dict[str, dict[str, float | str]]
    alone: tuple[Limit, ...] = ()
    method: str = "asymptotic"
    monte_carlo: MonteCarlo | None = None
    credible: CredibleLimit | None = None

    @property
    def experiment(self) -> Experiment:
        """The experiment; the first of several."""
        return self.experiments[0]

    @property
    def name(self) -> str:
        """Names of the experiments, with their variants."""
        return " + ".join(e.name if e.variant is None else f"{e.name} ({e.variant})" for e in self.experiments)

    @property
    def nuisances(self) -> dict[str, float]:
        """Factors and pulls."""
        return self.factors | self.pulls

    @property
    def ends(self) -> Ends:
        """Ends of the chosen construction."""
        return self.constructions[self.construction]

    @property
    def lower(self) -> float | None:
        """Lower end; 0 at the boundary, None if one-sided."""
        return self.ends.lower

    @property
    def upper(self) -> float:
        """Upper end."""
        return self.ends.upper

    @property
    def expected_upper(self) -> float:
        """Median expected upper end without signal."""
        return self.ends.expected_upper

    @property
    def squared(self) -> bool:
        """Whether the profile is in the square of the parameter."""
        return is_amplitude(self.parameter)

    @property
    def meaning(self) -> str:
        """Which moment of which beam the number refers to."""
        _, parametrisation = find(self.parameter)
        text = parametrisation.parameters[self.parameter].meaning
        if not self.squared:
            return f"{text}; the other parameters of {self.parametrisation!r} zero"
        beams = "; ".join(
            f"{e.spec.source.kind} beam{'' if len(self.experiments) == 1 else f' of {e.name}'}, "
            + ", ".join(f"rho_{f}{f} = {digits.fixed(e.dipole_rho[i, i].real, 3)}" for i, f in enumerate(FLAVOURS))
            for e in self.experiments
        )
        return (
            f"{text} (parametrisation {self.parametrisation!r}, the others zero); the data bound the effective moment "
            f"mu_eff^2 = Tr[rho lambda^+ lambda] of the {beams}"
        )

    def fit_in_words(self) -> dict[str, str]:
        """Normalisations, pulls of the response and quality of the fit."""
        fit = self.goodness_of_fit
        kinds = dict.fromkeys(_SATURATED[e.spec.statistics.kind] for e in self.experiments)
        quality = f"chi2 = {fit.chi2:.1f} / {fit.ndof} ({', '.join(kinds)}, p = {fit.p_value:.2f})"
        projected = [e.name for e in self.experiments if e.given_data is None]
        if len(projected) == len(self.experiments):
            quality = "a projection: its data are the expectation"
        elif projected:
            quality = f"projections in part: the data of {', '.join(projected)} are the expectation"
        factors = [f"{name} x {digits.fixed(value, 3)}" for name, value in self.factors.items()]
        pulls = [f"{name} {digits.fixed(value, 2, sign=True)} sigma" for name, value in self.pulls.items()]
        words = {"normalised": ", ".join(factors), "pulled": ", ".join(pulls), "fit quality": quality}
        return {key: text for key, text in words.items() if text}

    def __str__(self) -> str:
        ends = self.ends
        two = f"{digits.number(ends.lower)} < " if ends.lower else ""
        level = "CL" if self.credible is None else "credibility"
        return (
            f"{self.name}: {two}{self.parameter} < {digits.number(ends.upper)} {self.unit} at "
            f"{digits.level(self.cl, level)} ({sided(self.construction, ends.sides)}; "
            f"median expected {digits.number(ends.expected_upper)})"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-limit/1`` (docs/reference/json.md)."""
        specs = [e.spec for e in self.experiments]
        single = len(specs) == 1
        return {
            "schema": "nudipole-limit/1",
            "version": nudipole.__version__,
            "experiment": self.name if not single else specs[0].name,
            "variant": self.experiment.variant if single else None,
            "parameter": self.parameter,
            "parametrisation": self.parametrisation,
            "unit": self.unit,
            "meaning": self.meaning,
            "cl": self.cl,
            "method": self.method,
            "construction": self.construction,
            "sides": self.ends.sides,
            "lower": self.lower,
            "upper": self.upper,
            "expected_upper": self.expected_upper,
            "mu_eff_upper": self.mu_eff_upper,
            "best_fit": {"value": self.best_fit, "nuisances": self.nuisances, "minimisers": self.minimisers},
            "goodness_of_fit": self.goodness_of_fit._asdict(),
            "significance": None if self.significance is None else self.significance._asdict(),
            "constructions": {name: vars(ends) for name, ends in self.constructions.items()},
            "credible": None if self.credible is None else self.credible.to_json(),
            "monte_carlo": None if self.monte_carlo is None else _monte_carlo(self.monte_carlo),
            "profile": {
                "parameter": f"{self.parameter}^2" if self.squared else self.parameter,
                "unit": f"{self.unit}^2" if self.squared else self.unit,
                "values": self.grid.tolist(),
                "delta_chi2": self.delta_chi2.tolist(),
            },
            **(_description(self.experiment) if single else {}),
            "experiments": [
                {
                    "experiment": e.name,
                    "variant": e.variant,
                    "upper": result.upper,
                    "expected_upper": result.expected_upper,
                    **_description(e),
                }
                for e, result in zip(self.experiments, self.alone, strict=False)
            ],
        }

    def to_csv(self) -> str:
        """The profile curve as CSV."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        power = "^2" if self.squared else ""
        writer.writerow([f"{self.parameter}{power} [{self.unit}{power}]", "delta_chi2 [1]"])
        writer.writerows([float(x), float(y)] for x, y in zip(self.grid, self.delta_chi2, strict=True))
        return text.getvalue()


def sided(construction: str, sides: str) -> str:
    """A construction and how many ends it has, said once.

    >>> sided("unified", "two"), sided("one-sided-boundary", "one")
    ('unified, two-sided', 'one-sided-boundary')
    """
    return construction if construction.startswith(f"{sides}-sided") else f"{construction}, {sides}-sided"


def _monte_carlo(found: MonteCarlo) -> dict[str, Any]:
    """Plain data."""
    rest = {key: value for key, value in vars(found).items() if key not in ("band", "points")}
    band = {f"{z:+d}" if z else "0": value for z, value in found.band.items()}
    return rest | {"band": band, "points": [point._asdict() for point in found.points]}


def _description(experiment: Experiment) -> dict[str, Any]:
    """What an experiment's numbers rest on."""
    spec, rho = experiment.spec, experiment.dipole_rho
    return {
        "rho": {"real": rho.real.tolist(), "imag": rho.imag.tolist()},
        "published": [item.model_dump(exclude_none=True, by_alias=True) for item in spec.published],
        "settings": {
            "source": spec.source.model_dump(),
            "processes": {name: item.model_dump() for name, item in spec.named_processes.items()},
            "target": spec.target.model_dump(),
            "detector": settings(experiment),
            "backgrounds": {
                name: item.model_dump(by_alias=True)["normalisation"] for name, item in spec.backgrounds.items()
            },
        },
        "references": [item.texkey for item in spec.reference],
    }
