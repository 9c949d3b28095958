"""A limit: the number, and everything its meaning depends on."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nudipole
from nudipole.errors import FitError, UnknownName
from nudipole.experiments.experiment import SCALES, Experiment
from nudipole.experiments.settings import settings
from nudipole.mixing import FLAVOURS
from nudipole.properties import find, is_amplitude
from nudipole.statistics import (
    CONSTRUCTIONS,
    Fit,
    GoodnessOfFit,
    Interval,
    Model,
    Significance,
    asimov,
    best_fit,
    curve,
    goodness_of_fit,
    intervals,
    minuit_fit,
    profile,
    significance,
)

#: Largest difference between the two minimisers, in chi2 and in standard deviations of the parameter.
_AGREE = (1e-5, 1e-3)
_CURVE_POINTS = 200
#: What the chi2 of a fit is relative to, by kind of statistics.
_SATURATED = {
    "poisson": "saturated Poisson",
    "counting": "saturated Poisson",
    "gaussian": "Gaussian errors",
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
class Limit:
    """Result of `Experiment.limit`.

    Attributes
    ----------
    experiment : Experiment
    parameter, parametrisation, unit : str
    cl : float
    construction : str
        Of `constructions`, the one that `lower`, `upper` and `expected_upper` are read from.
    constructions : dict of Ends
        The usual constructions on the same likelihood, beside the chosen one: numbers that differ only by
        convention stand side by side.
    best_fit : float
        Of the parameter; for a moment the root of the fitted square.
    nuisances : dict of float
        At the best fit.
    goodness_of_fit, significance
        Saturated chi2 at the best fit; excess over no signal.
    mu_eff_upper : float or None
        The upper end as effective moment of the beam [mu_B].
    rho : (3, 3)
        Density matrix of the beam as the dipole channel sees it.
    grid, delta_chi2 : (n,)
        Profile: the parameter (squared, for a moment) in its unit, and Delta chi2.
    minimisers : dict
        The minimum of chi2 by Newton steps in JAX and by Minuit.
    """

    experiment: Experiment
    parameter: str
    parametrisation: str
    unit: str
    cl: float
    construction: str
    constructions: dict[str, Ends]
    best_fit: float
    nuisances: dict[str, float]
    goodness_of_fit: GoodnessOfFit
    significance: Significance | None
    mu_eff_upper: float | None
    rho: NDArray[np.complex128]
    grid: NDArray[np.float64]
    delta_chi2: NDArray[np.float64]
    minimisers: dict[str, dict[str, float]]

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
        source = self.experiment.spec.source
        weights = ", ".join(f"rho_{f}{f} = {self.rho[i, i].real:.3f}" for i, f in enumerate(FLAVOURS))
        if not self.squared:
            return f"{text}; the other parameters of {self.parametrisation!r} zero"
        return (
            f"{text} (parametrisation {self.parametrisation!r}, the others zero); the data bound the effective moment "
            f"mu_eff^2 = Tr[rho lambda^+ lambda] of the {source.kind} beam, {weights}"
        )

    def fit_in_words(self) -> dict[str, str]:
        """Normalisations, pulls of the response and quality of the fit."""
        spec, fit = self.experiment.spec, self.goodness_of_fit
        factors = [f"{name} x {value:.3f}" for name, value in self.nuisances.items() if name in spec.backgrounds]
        pulls = [f"{name} {value:+.2f} sigma" for name, value in self.nuisances.items() if name not in spec.backgrounds]
        quality = f"chi2 = {fit.chi2:.1f} / {fit.ndof} ({_SATURATED[spec.statistics.kind]}, p = {fit.p_value:.2f})"
        if self.experiment.given_data is None:
            quality = "a projection: its data are the expectation"
        words = {"normalised": ", ".join(factors), "pulled": ", ".join(pulls), "fit quality": quality}
        return {key: text for key, text in words.items() if text}

    def __str__(self) -> str:
        ends = self.ends
        two = f"{ends.lower:.3g} < " if ends.lower else ""
        return (
            f"{self.experiment.name}: {two}{self.parameter} < {ends.upper:.3g} {self.unit} at {100 * self.cl:g}% CL "
            f"({self.construction}, {ends.sides}-sided; median expected {ends.expected_upper:.3g})"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-limit/1`` (docs/reference/json.md)."""
        spec = self.experiment.spec
        return {
            "schema": "nudipole-limit/1",
            "version": nudipole.__version__,
            "experiment": spec.name,
            "variant": self.experiment.variant,
            "parameter": self.parameter,
            "parametrisation": self.parametrisation,
            "unit": self.unit,
            "meaning": self.meaning,
            "cl": self.cl,
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
            "rho": {"real": self.rho.real.tolist(), "imag": self.rho.imag.tolist()},
            "profile": {
                "parameter": f"{self.parameter}^2" if self.squared else self.parameter,
                "unit": f"{self.unit}^2" if self.squared else self.unit,
                "values": self.grid.tolist(),
                "delta_chi2": self.delta_chi2.tolist(),
            },
            "published": [item.model_dump(exclude_none=True) for item in spec.published],
            "settings": {
                "source": spec.source.model_dump(),
                "processes": {name: item.model_dump() for name, item in spec.named_processes.items()},
                "target": spec.target.model_dump(),
                "detector": settings(self.experiment),
                "backgrounds": {
                    name: item.model_dump(by_alias=True)["normalisation"] for name, item in spec.backgrounds.items()
                },
            },
            "references": [item.texkey for item in spec.reference],
        }

    def to_csv(self) -> str:
        """The profile curve as CSV."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        power = "^2" if self.squared else ""
        writer.writerow([f"{self.parameter}{power} [{self.unit}{power}]", "delta_chi2 [1]"])
        writer.writerows([f"{x:.8g}", f"{y:.8g}"] for x, y in zip(self.grid, self.delta_chi2, strict=True))
        return text.getvalue()


def limit(
    experiment: Experiment, parameter: str = "mu_nu", *, cl: float = 0.90, construction: str = "unified"
) -> Limit:
    """Limit or interval on one parameter of a named parametrisation, the others at their defaults.

    Parameters
    ----------
    experiment : Experiment
    parameter : str
        For example mu_nu, mu_e, mu_11, lambda_1: any name of `nudipole.properties.PARAMETRISATIONS`.
    cl : float
        Confidence level in (0, 1).
    construction : str
        Of `nudipole.statistics.CONSTRUCTIONS`.

    Raises
    ------
    UnknownName, OutOfRange, FitError
        For an unknown parameter or construction, a level outside (0, 1), or a fit that does not converge.
    """
    if construction not in CONSTRUCTIONS:
        raise UnknownName("construction", construction, CONSTRUCTIONS)
    name, parametrisation = find(parameter)
    unit = parametrisation.parameters[parameter].unit
    model = experiment.model(parameter)
    fit = best_fit(model)
    names = list(dict.fromkeys([*SHOWN, construction]))
    found = intervals(model, cl, names, fit=fit)
    null = asimov(model, 0.0, profile(model, [0.0]).eta[0])
    expected = intervals(null, cl, names)
    squared, scale = is_amplitude(parameter), SCALES[unit]

    in_unit = partial(_in_unit, scale=scale, squared=squared)

    ends = {
        key: Ends(
            lower=in_unit(item.lower) if item.sides == "two" else None,
            upper=in_unit(item.upper),
            expected_upper=in_unit(expected[key].upper),
            threshold=item.threshold_at_upper,
            sides=item.sides,
        )
        for key, item in found.items()
    }
    poi = _grid(found, squared=squared)
    scan = curve(model, poi, fit=fit)
    rho = np.asarray(experiment.dipole_rho)
    at_upper = None
    if squared:
        at_upper = experiment.mu_eff(**{parameter: ends[construction].upper})
    return Limit(
        experiment=experiment,
        parameter=parameter,
        parametrisation=name,
        unit=unit,
        cl=cl,
        construction=construction,
        constructions=ends,
        best_fit=in_unit(fit.poi),
        nuisances=_normalisations(model, fit),
        goodness_of_fit=goodness_of_fit(model, fit),
        significance=significance(model, fit) if squared else None,
        mu_eff_upper=at_upper,
        rho=rho,
        grid=poi * (scale**2 if squared else scale),
        delta_chi2=scan.delta_chi2,
        minimisers=_both_minimisers(model, fit),
    )


def expected_ends(experiment: Experiment, parameter: str, cl: float, construction: str) -> tuple[float, float]:
    """Median expected ends of an interval without signal, in the parameter's unit; 0 for one that has no lower end.

    Raises
    ------
    UnknownName, OutOfRange, FitError
        As for `limit`.
    """
    if construction not in CONSTRUCTIONS:
        raise UnknownName("construction", construction, CONSTRUCTIONS)
    _, parametrisation = find(parameter)
    model = experiment.model(parameter)
    null = asimov(model, 0.0, profile(model, [0.0]).eta[0])
    found = intervals(null, cl, [construction])[construction]
    scale, squared = SCALES[parametrisation.parameters[parameter].unit], is_amplitude(parameter)
    lower = _in_unit(found.lower, scale, squared=squared) if np.isfinite(found.lower) else 0.0
    return lower, _in_unit(found.upper, scale, squared=squared)


def _in_unit(poi: float, scale: float, *, squared: bool) -> float:
    """A parameter of interest in the unit of the parameter."""
    return float(np.sqrt(max(poi, 0.0)) * scale) if squared else poi * scale


def _grid(found: dict[str, Interval], *, squared: bool) -> NDArray[np.float64]:
    """Points for the profile curve: all ends well inside."""
    high = max(item.upper for item in found.values())
    if squared:
        return np.linspace(0, 1.5 * max(high, 1e-12), _CURVE_POINTS)
    low = min(item.lower for item in found.values() if np.isfinite(item.lower))
    return np.linspace(low - 0.25 * (high - low), high + 0.25 * (high - low), _CURVE_POINTS)


def _normalisations(model: Model, fit: Fit) -> dict[str, float]:
    """Factors of the backgrounds, and pulls of the fluxes, at the best fit."""
    split = len(model.backgrounds)
    factors = {b.name: float(b.factor(fit.eta[k])) for k, b in enumerate(model.backgrounds)}
    pulls = dict(zip(model.signal_nuisances, map(float, fit.eta[split:]), strict=True))
    return factors | pulls


def _both_minimisers(model: Model, fit: Fit) -> dict[str, dict[str, float]]:
    """The minimum by two independent minimisers, which must agree.

    Beside a bin without events the likelihood of a parameter with a sign ends in a wall, at which Minuit may stop short
    or give up: what is then missing from the result is Minuit's, not the deeper minimum of the Newton steps.

    Raises
    ------
    FitError
        If they find different minima, or Minuit a deeper one.
    """
    newton = {"newton": {"poi": fit.poi, "chi2": fit.chi2}}
    try:
        careful = minuit_fit(model, poi0=fit.poi)
    except FitError:
        return newton
    sigma = fit.poi_error if 0 < fit.poi_error < np.inf else np.inf
    if careful.chi2 > fit.chi2 + _AGREE[0]:
        return newton
    if careful.chi2 < fit.chi2 - _AGREE[0] or abs(careful.poi - fit.poi) / sigma > _AGREE[1]:
        raise FitError(
            "two minimisers disagree",
            {
                f"{model.poi_name} by Newton": fit.poi,
                "by Minuit": careful.poi,
                "chi2 by Newton": fit.chi2,
                "and by Minuit": careful.chi2,
            },
        )
    return newton | {"minuit": {"poi": careful.poi, "chi2": careful.chi2}}
