"""From experiments to a limit: fits, intervals, the profile curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nudipole import arguments
from nudipole.errors import FitError, NudipoleError, UnknownName
from nudipole.experiments.combination import joint_model
from nudipole.experiments.experiment import SCALES, Experiment
from nudipole.experiments.limit import SHOWN, Ends, Limit, MonteCarlo
from nudipole.properties import find, is_amplitude
from nudipole.statistics import (
    CONSTRUCTIONS,
    Fit,
    Interval,
    Model,
    asimov,
    best_fit,
    curve,
    goodness_of_fit,
    intervals,
    minuit_fit,
    profile,
    significance,
)
from nudipole.statistics.neyman import toy_interval

if TYPE_CHECKING:
    from nudipole.experiments.bayesian import CredibleLimit

#: Largest difference between the two minimisers, in chi2 and in standard deviations of the parameter.
_AGREE = (1e-5, 1e-3)
_CURVE_POINTS = 200

#: How the limit is found.
METHODS = ("asymptotic", "feldman-cousins", "cls", "bayesian")


@dataclass(frozen=True)
class Toys:
    """Settings of constructions by toys.

    Attributes
    ----------
    at_least : int
        At every tested value.
    precision : float
        Relative error of an end (of the square, for a moment) until which toys are added.
    seed : int
    progress : callable
        Called with words on what is being done.
    """

    at_least: int = 2000
    precision: float = 0.01
    seed: int = 1
    progress: Callable[[str], object] = lambda step: None


@dataclass(frozen=True)
class Sampling:
    """Settings of a credible limit.

    Attributes
    ----------
    prior : str or None
        Of `nudipole.experiments.bayesian.PRIORS`; flat in the square of a moment unless given.
    cut : float or None
        Where the log prior begins, in the unit of the parameter.
    draws, seed : int
        Of each chain; of the sampler.
    progress : callable
        Called with words on what is being done.
    """

    prior: str | None = None
    cut: float | None = None
    draws: int = 5000
    seed: int = 1
    progress: Callable[[str], object] = lambda step: None


def limit(
    experiments: Sequence[Experiment],
    parameter: str = "mu_nu",
    *,
    cl: float = 0.90,
    construction: str = "unified",
    method: str = "asymptotic",
    toys: Toys | None = None,
    sampling: Sampling | None = None,
) -> Limit:
    """Limit or interval on one parameter of a named parametrisation, the others at their defaults.

    Parameters
    ----------
    experiments : sequence of Experiment
        One, or several in one likelihood (see `joint_model`).
    parameter : str
        For example mu_nu, mu_e, mu_11, lambda_1: any name of `nudipole.properties.PARAMETRISATIONS`.
    cl : float
        Confidence level in (0, 1).
    construction : str
        Of `nudipole.statistics.CONSTRUCTIONS`: which of the asymptotic ones is the limit.
    method : str
        ``asymptotic``; a construction by toys, which is the limit then: ``feldman-cousins`` or ``cls``; or
        ``bayesian``, a credible limit.
    toys : Toys, optional
        How many, how precise, which seed.
    sampling : Sampling, optional
        Prior and length of the chains of a credible limit.

    Raises
    ------
    UnknownName, OutOfRange, FitError
        For an unknown parameter, construction or method, a level outside (0, 1), or a fit that does not converge.
    """
    if construction not in CONSTRUCTIONS:
        raise UnknownName("construction", construction, CONSTRUCTIONS)
    if method not in METHODS:
        raise UnknownName("method", method, METHODS)
    cl = arguments.level(cl)
    if not experiments:
        raise NudipoleError("a limit of no experiments: give at least one")
    name, parametrisation = find(parameter)
    unit = parametrisation.parameters[parameter].unit
    alone: tuple[Limit, ...] = ()
    if len(experiments) > 1:
        model = joint_model(experiments, parameter)
        alone = tuple(limit([one], parameter, cl=cl, construction=construction) for one in experiments)
    else:
        model = experiments[0].model(parameter)
    fit = best_fit(model)
    names = list(dict.fromkeys([*SHOWN, construction]))
    found = intervals(model, cl, names, fit=fit)
    null = asimov(model, 0.0, profile(model, [0.0]).eta[0])
    expected = intervals(null, cl, names)
    squared, scale = is_amplitude(parameter), SCALES[unit]

    in_unit = partial(_in_unit, scale=scale, squared=squared)

    shown = {
        key: Ends(
            lower=in_unit(item.lower) if item.sides == "two" else None,
            upper=in_unit(item.upper),
            expected_upper=in_unit(expected[key].upper),
            threshold=item.threshold_at_upper,
            sides=item.sides,
        )
        for key, item in found.items()
    }
    monte_carlo, credible = None, None
    if method == "bayesian":
        construction = method
        shown[method], credible = _by_sampling(experiments, parameter, cl, sampling or Sampling())
    elif method != "asymptotic":
        construction = method
        per_poi = scale**2 if squared else scale
        shown[method], monte_carlo = _by_toys(model, cl, method, fit, toys or Toys(), in_unit, per_poi)
    poi = _grid(found, squared=squared)
    scan = curve(model, poi, fit=fit)
    at_upper = None
    if squared and len(experiments) == 1:
        at_upper = experiments[0].mu_eff(**{parameter: shown[construction].upper})
    factors, pulls = _at_best_fit(model, fit)
    return Limit(
        experiments=tuple(experiments),
        parameter=parameter,
        parametrisation=name,
        unit=unit,
        cl=cl,
        construction=construction,
        constructions=shown,
        best_fit=in_unit(fit.poi),
        factors=factors,
        pulls=pulls,
        goodness_of_fit=goodness_of_fit(model, fit),
        significance=significance(model, fit) if squared else None,
        mu_eff_upper=at_upper,
        grid=poi * (scale**2 if squared else scale),
        delta_chi2=scan.delta_chi2,
        minimisers={
            kind: {"value": in_unit(least["poi"]), "unit": unit, "chi2": least["chi2"]}
            for kind, least in _both_minimisers(model, fit).items()
        },
        alone=alone,
        method=method,
        monte_carlo=monte_carlo,
        credible=credible,
    )


def _by_sampling(
    experiments: Sequence[Experiment], parameter: str, cl: float, sampling: Sampling
) -> tuple[Ends, CredibleLimit]:
    """Ends of the credible region, and the posterior."""
    from nudipole.experiments.bayesian import credible

    sampling.progress("posterior")
    found = credible(
        experiments,
        parameter,
        cl,
        prior=sampling.prior,
        cut=sampling.cut,
        draws=sampling.draws,
        seed=sampling.seed,
    )
    ends = Ends(
        lower=found.lower,
        upper=found.upper,
        expected_upper=found.upper if found.expected_upper is None else found.expected_upper,
        threshold=float("nan"),
        sides="one" if found.kind == "upper" else "two",
    )
    return ends, found


def _by_toys(
    model: Model,
    cl: float,
    method: str,
    fit: Fit,
    toys: Toys,
    in_unit: Callable[[float], float],
    per_poi: float,
) -> tuple[Ends, MonteCarlo]:
    """Ends of a construction by toys in the parameter's unit, and what they rest on."""
    found = toy_interval(
        model,
        cl,
        method,
        toys=toys.at_least,
        precision=toys.precision,
        seed=toys.seed,
        fit=fit,
        progress=toys.progress,
    )

    def error(end: float, width: float) -> float:
        return (in_unit(end + width) - in_unit(end - width)) / 2 if width > 0 else 0.0

    two = found.sides == "two"
    band = {z: in_unit(value) for z, value in found.band.items()}
    ends = Ends(
        lower=in_unit(found.lower) if two else None,
        upper=in_unit(found.upper),
        expected_upper=band[0],
        threshold=found.threshold_at_upper,
        sides=found.sides,
    )
    return ends, MonteCarlo(
        toys=found.toys,
        seed=found.seed,
        careful=found.careful,
        lower_error=error(found.lower, found.lower_error),
        upper_error=error(found.upper, found.upper_error),
        band=band,
        points=tuple(point._replace(poi=point.poi * per_poi) for point in found.points),
    )


def ends(
    experiment: Experiment, parameter: str, cl: float, construction: str, *, expected: bool = False
) -> tuple[float, float]:
    """Ends of an interval in the parameter's unit; the lower is 0 for a one-sided construction.

    Parameters
    ----------
    experiment : Experiment
    parameter, cl, construction
        As for `limit`.
    expected : bool
        The median without signal in place of the observed.

    Raises
    ------
    UnknownName, OutOfRange, FitError
        As for `limit`.
    """
    if construction not in CONSTRUCTIONS:
        raise UnknownName("construction", construction, CONSTRUCTIONS)
    _, parametrisation = find(parameter)
    model = experiment.model(parameter)
    if expected:
        model = asimov(model, 0.0, profile(model, [0.0]).eta[0])
    found = intervals(model, cl, [construction])[construction]
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


def _at_best_fit(model: Model, fit: Fit) -> tuple[dict[str, float], dict[str, float]]:
    """Factors of the backgrounds, and pulls of the fluxes and responses."""
    split = len(model.backgrounds)
    factors = {b.name: float(b.factor(fit.eta[k])) for k, b in enumerate(model.backgrounds)}
    return factors, dict(zip(model.signal_nuisances, map(float, fit.eta[split:]), strict=True))


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
