"""From experiments to a limit: fits, intervals, the profile curve."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nudipole import arguments
from nudipole.errors import FitError, NudipoleError, UnknownName
from nudipole.experiments.combination import joint_model
from nudipole.experiments.experiment import SCALES, Experiment
from nudipole.experiments.limit import Ends, Limit
from nudipole.experiments.model_limit import METHODS as WITHOUT_PRIOR
from nudipole.experiments.model_limit import Toys, check_method, model_limit
from nudipole.properties import find, is_amplitude
from nudipole.statistics import (
    CONSTRUCTIONS,
    Fit,
    Interval,
    Model,
    asimov,
    best_fit,
    curve,
    described,
    intervals,
    minuit_fit,
    profile,
    significance,
)
from nudipole.statistics.construction import METHODS as BY_TOYS

if TYPE_CHECKING:
    from nudipole.experiments.bayesian import CredibleLimit

#: Largest difference between the two minimisers, in chi2 and in standard deviations of the parameter.
_AGREE = (1e-5, 1e-3)
_CURVE_POINTS = 200

#: How the limit is found.
METHODS = (*WITHOUT_PRIOR, "bayesian")


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
    construction: str | None = None,
    method: str = "asymptotic",
    toys: Toys | None = None,
    sampling: Sampling | None = None,
    power_constrained: bool = False,
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
    construction : str, optional
        Of `nudipole.statistics.CONSTRUCTIONS`: which of the asymptotic ones is the limit; unless given ``unified``, or
        ``feldman-cousins`` by enumeration where counts are so few that it would be wrong.
    method : str
        ``asymptotic``; a construction by toys, which is the limit then: ``feldman-cousins`` or ``cls``; or
        ``bayesian``, a credible limit.
    toys : Toys, optional
        How many, how precise, which seed.
    sampling : Sampling, optional
        Prior and length of the chains of a credible limit.
    power_constrained : bool
        An upper end below the -1 sigma edge of the expected band is raised to it, so that no value is excluded to which
        the experiment is not sensitive.

    Raises
    ------
    UnknownName, OutOfRange, FitError
        For an unknown parameter, construction or method, a level outside (0, 1), or a fit that does not converge.
    NudipoleError
        If a setting belongs to another method.

    References
    ----------
    Cowan:2010js; Cowan:2011an (power constraint)
    """
    cl = arguments.level(cl)
    if not experiments:
        raise NudipoleError("a limit of no experiments: give at least one")
    by_toys, by_sampling = method in BY_TOYS, method == "bayesian"
    check_method(construction, method, METHODS, toys=(toys, by_toys), sampling=(sampling, by_sampling))
    name, parametrisation = find(parameter)
    unit = parametrisation.parameters[parameter].unit
    squared, scale = is_amplitude(parameter), SCALES[unit]
    if power_constrained and not (squared and not by_sampling):
        what = f"{parameter} has a sign" if not squared else "a credible limit has no power"
        raise NudipoleError(f"a power constraint is for upper limits of moments, and {what}: leave it out")
    alone: tuple[Limit, ...] = ()
    if len(experiments) > 1:
        model = joint_model(experiments, parameter)
        alone = tuple(limit([one], parameter, cl=cl, construction=construction) for one in experiments)
    else:
        model = experiments[0].model(parameter)
    in_unit = partial(_in_unit, scale=scale, squared=squared)
    per_poi = scale**2 if squared else scale
    found = model_limit(
        model,
        " + ".join(e.name for e in experiments),
        cl=cl,
        construction=construction,
        method=method,
        toys=toys,
        in_unit=in_unit,
        per_poi=per_poi,
    )
    fit, shown, chosen, credible = found.fit, found.constructions, found.construction, None
    if by_sampling:
        chosen = method
        shown[method], credible = _by_sampling(experiments, parameter, cl, sampling or Sampling())
    observed_upper = shown[chosen].upper if power_constrained else None
    if power_constrained:
        shown[chosen] = shown[chosen].constrained()
    poi = _grid(found.intervals, shown[chosen], per_poi, squared=squared)
    scan = curve(model, poi, fit=fit)
    at_upper = None
    if squared and len(experiments) == 1:
        at_upper = experiments[0].mu_eff(**{parameter: shown[chosen].upper})
    factors, pulls = _at_best_fit(model, fit)
    return Limit(
        experiments=tuple(experiments),
        parameter=parameter,
        parametrisation=name,
        unit=unit,
        cl=cl,
        construction=chosen,
        constructions=shown,
        best_fit=in_unit(fit.poi),
        factors=factors,
        pulls=pulls,
        goodness_of_fit=found.goodness_of_fit,
        significance=significance(model, fit) if squared else None,
        mu_eff_upper=at_upper,
        grid=poi * per_poi,
        delta_chi2=scan.delta_chi2,
        minimisers={
            kind: None if least is None else {"value": in_unit(least.poi), "unit": unit, "chi2": least.chi2}
            for kind, least in _both_minimisers(model, fit).items()
        },
        alone=alone,
        method=found.method,
        monte_carlo=found.monte_carlo,
        credible=credible,
        observed_upper=observed_upper,
        few_counts=found.few_counts,
        minima=_minima(fit, found.intervals, in_unit),
    )


def _minima(
    fit: Fit, found: Mapping[str, Interval], in_unit: Callable[[float], float]
) -> tuple[tuple[float, float], ...]:
    """Local minima within the widest of the intervals, and how much higher than the deepest they are."""
    most = max(item.threshold_at_upper for item in found.values())
    others = [(poi, max(chi2 - fit.chi2, 0.0)) for poi, chi2 in fit.minima if not np.isclose(poi, fit.poi, rtol=1e-3)]
    return tuple((in_unit(poi), delta) for poi, delta in sorted([(fit.poi, 0.0), *others]) if delta <= most)


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
        intervals=((found.lower, found.upper),),
        expected_upper=found.upper if found.expected_upper is None else found.expected_upper,
        threshold=float("nan"),
        sides="one" if found.kind == "upper" else "two",
        band=found.band or {},
        lower_band=found.lower_band,
    )
    return ends, found


def ends(
    experiment: Experiment, parameter: str, cl: float, construction: str, *, expected: bool = False
) -> tuple[tuple[float, float], ...]:
    """Intervals in the parameter's unit, in rising order; the first lower end is 0 for a one-sided construction.

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
    fit = None
    if expected:
        model = asimov(model, 0.0, profile(model, [0.0]).eta[0])
    else:
        fit = best_fit(model)
        described(model, fit, experiment.name)
    found = intervals(model, cl, [construction], fit=fit)[construction]
    scale, squared = SCALES[parametrisation.parameters[parameter].unit], is_amplitude(parameter)
    in_unit = partial(_in_unit, scale=scale, squared=squared)
    return tuple((in_unit(low) if np.isfinite(low) else 0.0, in_unit(high)) for low, high in found.pieces)


def _in_unit(poi: float, scale: float, *, squared: bool) -> float:
    """A parameter of interest in the unit of the parameter."""
    return float(np.sqrt(max(poi, 0.0)) * scale) if squared else poi * scale


def _grid(found: dict[str, Interval], chosen: Ends, per_poi: float, *, squared: bool) -> NDArray[np.float64]:
    """Points for the profile curve: all ends well inside, and those of one standard deviation of the expectation."""
    high = max(item.upper for item in found.values())
    expected = chosen.band.get(1, 0.0)
    if squared:
        return np.linspace(0, max(1.5 * max(high, 1e-12), 1.05 * expected**2 / per_poi), _CURVE_POINTS)
    low = min(item.lower for item in found.values() if np.isfinite(item.lower))
    below = (chosen.lower_band or {}).get(-1, 0.0)
    low, high = min(low, below / per_poi), max(high, expected / per_poi)
    pieces = max(len(item.pieces) for item in found.values())
    return np.linspace(low - 0.25 * (high - low), high + 0.25 * (high - low), pieces * _CURVE_POINTS)


def _at_best_fit(model: Model, fit: Fit) -> tuple[dict[str, float], dict[str, float]]:
    """Factors of the backgrounds, and pulls of the fluxes and responses."""
    split = len(model.backgrounds)
    factors = {b.name: float(b.factor(fit.eta[k])) for k, b in enumerate(model.backgrounds)}
    return factors, dict(zip(model.signal_nuisances, map(float, fit.eta[split:]), strict=True))


def _both_minimisers(model: Model, fit: Fit) -> dict[str, Fit | None]:
    """The minimum by two independent minimisers, which must agree.

    Beside a bin without events the likelihood of a parameter with a sign ends in a wall, at which Minuit may stop short
    or give up: it then has None in place of a fit, and `Limit.doubts` says so.

    Raises
    ------
    FitError
        If they find different minima, or Minuit a deeper one.
    """
    try:
        careful = minuit_fit(model, poi0=fit.poi)
    except FitError:
        return {"newton": fit, "minuit": None}
    sigma = fit.poi_error if 0 < fit.poi_error < np.inf else np.inf
    if careful.chi2 > fit.chi2 + _AGREE[0]:
        return {"newton": fit, "minuit": None}
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
    return {"newton": fit, "minuit": careful}
