"""From experiments to a limit: fits, intervals, the profile curve."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nudipole import arguments
from nudipole.errors import FitError, NudipoleError, UnknownName
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.likelihood import likelihood, listed
from nudipole.inference.result import SHOWN, Ends, Limit, MonteCarlo
from nudipole.properties import Parameter, find
from nudipole.statistics import (
    CONSTRUCTIONS,
    Band,
    Fit,
    Interval,
    Model,
    asimov,
    best_fit,
    curve,
    described,
    expected_bands,
    intervals,
    minuit_fit,
    profile,
    significance,
)
from nudipole.statistics.construction import ToyInterval
from nudipole.statistics.exact import exact_interval
from nudipole.statistics.few_counts import asymptotic_is_poor
from nudipole.statistics.neyman import toy_interval

if TYPE_CHECKING:
    from nudipole.inference.credible import CredibleLimit

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
    enumeration : bool
        Whether every outcome is enumerated in place of toys, where that takes some ten seconds at most.
    """

    at_least: int = 2000
    precision: float = 0.01
    seed: int = 1
    progress: Callable[[str], object] = lambda step: None
    enumeration: bool = True


@dataclass(frozen=True)
class Sampling:
    """Settings of a credible limit.

    Attributes
    ----------
    prior : str or None
        Of `nudipole.inference.credible.PRIORS`; flat in the square of a moment unless given.
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
    experiments: Experiment | Sequence[Experiment],
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
    experiments : Experiment, or several in one likelihood
    parameter : str
        For example mu_nu, mu_e, mu_11, lambda_1: any name of `nudipole.properties.PARAMETERS`.
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
    experiments = listed(experiments)
    chosen, construction = construction, _construction(construction, method, toys, sampling)
    quantity = find(parameter)
    model = likelihood(experiments, parameter)
    several = len(experiments) > 1
    alone = tuple(limit(one, parameter, cl=cl, construction=chosen) for one in experiments if several)
    fit = best_fit(model)
    quality = described(model, fit, " + ".join(e.name for e in experiments))
    names = list(dict.fromkeys([*SHOWN, construction]))
    found = intervals(model, cl, names, fit=fit)
    null = asimov(model, 0.0, profile(model, [0.0]).eta[0])
    expected = intervals(null, cl, names)
    squared = quantity.squared
    if power_constrained and not (squared and method != "bayesian"):
        what = f"{parameter} has a sign" if not squared else "a credible limit has no power"
        raise NudipoleError(f"a power constraint is for upper limits of moments, and {what}: leave it out")
    shown = asymptotic_ends(found, expected, null, quantity.value)
    few = asymptotic_is_poor(model, fit, cl, end=found["delta-chi2"].upper)
    counted = _neyman(model, cl, method, fit, toys or Toys(), by_default=bool(few) and chosen is None)
    monte_carlo, credible = None, None
    if method == "bayesian":
        construction = method
        shown[method], credible = _by_sampling(experiments, parameter, cl, sampling or Sampling())
    elif counted is not None:
        construction = method = counted.method
        shown[method], monte_carlo = _in_unit_of(counted, quantity)
    observed_upper = shown[construction].upper if power_constrained else None
    if power_constrained:
        shown[construction] = shown[construction].constrained()
    poi = _grid(found, shown[construction], quantity)
    scan = curve(model, poi, fit=fit)
    at_upper = None
    if squared and len(experiments) == 1:
        at_upper = experiments[0].mu_eff(**{parameter: shown[construction].upper})
    factors, pulls = _at_best_fit(model, fit)
    return Limit(
        experiments=tuple(experiments),
        parameter=parameter,
        parametrisation=quantity.group,
        unit=quantity.unit,
        cl=cl,
        construction=construction,
        constructions=shown,
        best_fit=quantity.value(fit.poi),
        factors=factors,
        pulls=pulls,
        goodness_of_fit=quality,
        significance=significance(model, fit) if squared else None,
        mu_eff_upper=at_upper,
        grid=quantity.power(poi),
        delta_chi2=scan.delta_chi2,
        minimisers={
            kind: None if least is None else _minimum(least, quantity)
            for kind, least in _both_minimisers(model, fit).items()
        },
        alone=alone,
        method=method,
        monte_carlo=monte_carlo,
        credible=credible,
        observed_upper=observed_upper,
        few_counts=few,
        minima=_minima(fit, found, quantity.value),
    )


def _minimum(fit: Fit, quantity: Parameter) -> dict[str, float | str]:
    return {"value": quantity.value(fit.poi), "unit": quantity.unit, "chi2": fit.chi2}


def _minima(
    fit: Fit, found: Mapping[str, Interval], in_unit: Callable[[float], float]
) -> tuple[tuple[float, float], ...]:
    """Local minima within the widest of the intervals, and how much higher than the deepest they are."""
    most = max(item.threshold_at_upper for item in found.values())
    others = [(poi, max(chi2 - fit.chi2, 0.0)) for poi, chi2 in fit.minima if not np.isclose(poi, fit.poi, rtol=1e-3)]
    return tuple((in_unit(poi), delta) for poi, delta in sorted([(fit.poi, 0.0), *others]) if delta <= most)


def _construction(given: str | None, method: str, toys: Toys | None, sampling: Sampling | None) -> str:
    """The asymptotic construction of a limit, all settings being those of its method."""
    if method not in METHODS:
        raise UnknownName("method", method, METHODS)
    if given is not None and given not in CONSTRUCTIONS:
        raise UnknownName("construction", given, CONSTRUCTIONS)
    by_toys = method in ("feldman-cousins", "cls")
    for what, value, fits in (
        (f"construction {given!r}", given, method == "asymptotic"),
        ("toys", toys, by_toys),
        ("sampling", sampling, method == "bayesian"),
    ):
        if value is not None and not fits:
            raise NudipoleError(f"{what} says nothing about method {method!r}: leave it out")
    return given or "unified"


def asymptotic_ends(
    found: Mapping[str, Interval],
    expected: Mapping[str, Interval],
    null: Model,
    in_unit: Callable[[float], float] = float,
) -> dict[str, Ends]:
    """Intervals of the data and of the background-only Asimov data set, as they are shown, with expected bands.

    Parameters
    ----------
    found, expected : mapping of str to Interval
    null : Model
        The Asimov data set.
    in_unit : callable
        From the parameter of interest to the parameter.
    """
    reach = max(abs(end) for item in expected.values() for end in nearest(item.pieces) if np.isfinite(end))
    cl = next(iter(found.values())).cl
    bands = expected_bands(null, cl, found, reach)
    ends = {}
    for key, item in found.items():
        upper, lower = band_in_unit(bands[key], in_unit)
        two = item.sides == "two"
        # The median is that of the fits, not of the scan.
        least, median = (in_unit(end) for end in nearest(expected[key].pieces))
        ends[key] = Ends(
            intervals=in_pieces(item.pieces, in_unit, open_below=not two),
            expected_upper=median,
            threshold=item.threshold_at_upper,
            sides=item.sides,
            band=upper | {0: median},
            lower_band=lower | {0: least} if two and lower is not None else None,
        )
    return ends


def in_pieces(
    pieces: Sequence[tuple[float, float]], in_unit: Callable[[float], float] = float, *, open_below: bool = False
) -> tuple[tuple[float | None, float], ...]:
    """Intervals in the unit of the parameter; one that is open below has no lower end."""
    found: list[tuple[float | None, float]] = [(in_unit(low), in_unit(high)) for low, high in pieces]
    if open_below:
        found[0] = (None, found[0][1])
    return tuple(found)


def nearest(intervals: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Of several intervals the one that is nearest to no effect."""
    return min(intervals, key=lambda ends: max(ends[0], -ends[1], 0.0))


def band_in_unit(band: Band, in_unit: Callable[[float], float]) -> tuple[dict[int, float], dict[int, float] | None]:
    """Upper and lower ends of a band in the unit of the parameter."""
    upper = {z: in_unit(end) for z, end in band.upper.items()}
    return upper, None if band.lower is None else {z: in_unit(end) for z, end in band.lower.items()}


def _by_sampling(
    experiments: Sequence[Experiment], parameter: str, cl: float, sampling: Sampling
) -> tuple[Ends, CredibleLimit]:
    """Ends of the credible region, and the posterior."""
    from nudipole.inference.credible import credible

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


def _neyman(model: Model, cl: float, method: str, fit: Fit, toys: Toys, *, by_default: bool) -> ToyInterval | None:
    """The construction by toys or enumeration that is asked for, or due by default where it can be enumerated."""
    if by_default and method == "asymptotic":
        return exact_interval(model, cl, "feldman-cousins", fit, progress=toys.progress)
    if method not in ("feldman-cousins", "cls"):
        return None
    return toy_interval(
        model,
        cl,
        method,
        toys=toys.at_least,
        precision=toys.precision,
        seed=toys.seed,
        fit=fit,
        enumeration=toys.enumeration,
        progress=toys.progress,
    )


def _in_unit_of(found: ToyInterval, quantity: Parameter) -> tuple[Ends, MonteCarlo]:
    """Ends of a construction by toys or enumeration in the parameter's unit, and what they rest on."""

    in_unit = quantity.value

    def error(end: float, width: float) -> float:
        return (in_unit(end + width) - in_unit(end - width)) / 2 if width > 0 else 0.0

    two = found.sides == "two"
    band = {z: in_unit(value) for z, value in found.band.items()}
    ends = Ends(
        intervals=in_pieces(found.pieces or [(found.lower, found.upper)], in_unit, open_below=not two),
        expected_upper=band[0],
        threshold=found.threshold_at_upper,
        sides=found.sides,
        band=band,
    )
    return ends, MonteCarlo(
        toys=found.toys,
        seed=found.seed,
        careful=found.careful,
        lower_error=error(found.lower, found.lower_error),
        upper_error=error(found.upper, found.upper_error),
        band=band,
        points=tuple(point._replace(poi=quantity.power(point.poi)) for point in found.points),
        exact=found.exact,
        outcomes=found.outcomes,
    )


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
    in_unit = find(parameter).value
    model = likelihood(experiment, parameter)
    fit = None
    if expected:
        model = asimov(model, 0.0, profile(model, [0.0]).eta[0])
    else:
        fit = best_fit(model)
        described(model, fit, experiment.name)
    found = intervals(model, cl, [construction], fit=fit)[construction]
    return tuple((in_unit(low) if np.isfinite(low) else 0.0, in_unit(high)) for low, high in found.pieces)


def _grid(found: dict[str, Interval], chosen: Ends, quantity: Parameter) -> NDArray[np.float64]:
    """Points for the profile curve: all ends well inside, and those of one standard deviation of the expectation."""
    high = max(item.upper for item in found.values())
    expected = chosen.band.get(1, 0.0)
    if quantity.squared:
        return np.linspace(0, max(1.5 * max(high, 1e-12), 1.05 * quantity.poi(expected)), _CURVE_POINTS)
    low = min(item.lower for item in found.values() if np.isfinite(item.lower))
    below = (chosen.lower_band or {}).get(-1, 0.0)
    low, high = min(low, quantity.poi(below)), max(high, quantity.poi(expected))
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
