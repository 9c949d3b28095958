"""From experiments to a limit: fits, intervals, the profile curve."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nudipole import arguments
from nudipole.errors import FitError, NudipoleError, UnknownName
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.heavy_lepton import HEAVY
from nudipole.experiments.likelihood import likelihood, named, quantity_of
from nudipole.inference.asked import Asked, Progress, experiments_of, reported
from nudipole.inference.ends import Ends
from nudipole.inference.methods import Asymptotic, Bayesian, Method, chosen
from nudipole.inference.model_limit import model_limit
from nudipole.inference.result import Limit
from nudipole.models import find, neutrino_of
from nudipole.properties import Neutrino, Parameter
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

if TYPE_CHECKING:
    from nudipole.inference.credible import CredibleLimit

#: Largest difference between the two minimisers, in chi2 and in standard deviations of the parameter.
_AGREE = (1e-5, 1e-3)
_CURVE_POINTS = 200


def limit(
    experiments: Asked,
    parameter: str | Neutrino = "mu_nu",
    *,
    cl: float = 0.90,
    by: Method | str | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> Limit:
    """Limit or interval on one parameter of a named parametrisation, the others at their defaults.

    Parameters
    ----------
    experiments : Experiment, or several in one likelihood
        Or names, files and descriptions, as `nudipole.load` takes them.
    parameter : str or Neutrino
        For example mu_nu, mu_e, mu_11, lambda_1: any name of `nudipole.properties.PARAMETERS`. Of a neutrino the factor
        of all its properties, called strength: below one, the neutrino itself is excluded.
    cl : float
        Confidence level in (0, 1).
    by : Asymptotic, FeldmanCousins, CLs, Bayesian or str, optional
        How the limit is made, with its settings; or a name, "cls", with settings as further keywords. `Asymptotic`
        unless given.
    progress : callable, optional
        Called with words on what is being done; in a notebook they are shown unless given.
    **settings
        Of a method that is named: ``by="feldman-cousins", toys=5000``.

    Returns
    -------
    Limit
        Number, intervals, expected band, doubts and profile, with pictures and files of them.

    Raises
    ------
    UnknownName, OutOfRange, FitError
        For an unknown experiment, parameter, method or setting, a level outside (0, 1), or a fit that does not
        converge.
    NudipoleError
        If a parameter with a sign is to be power-constrained, or the strength of a neutrino to be sampled; as for
        `nudipole.experiments.likelihood.likelihood`.

    References
    ----------
    Cowan:2010js; Feldman:1997qc; Read:2002hq

    Examples
    --------
    >>> found = limit("xenonnt-2022", "mu_nu")
    >>> print(f"{found.upper:.2e} {found.unit}, expected {found.expected_upper:.2e}")
    6.81e-12 mu_B, expected 1.06e-11
    >>> limit("xenonnt-2022", toys=500)
    Traceback (most recent call last):
    nudipole.errors.NudipoleError: toys is a setting of other methods: write by=nd.FeldmanCousins(toys=...), nd.CLs(...)
    """
    cl, by = arguments.level(cl), chosen(by, settings)
    with reported(progress, "limit") as step:
        return _limit(experiments_of(experiments), parameter, cl, by, step)


def _limit(
    experiments: tuple[Experiment, ...], parameter: str | Neutrino, cl: float, by: Method, progress: Progress
) -> Limit:
    neutrino = parameter if isinstance(parameter, Neutrino) else None
    if neutrino is not None and isinstance(by, Bayesian):
        raise NudipoleError("the strength of a neutrino is not sampled: choose another method")
    quantity, model = quantity_of(parameter), likelihood(experiments, parameter)
    several = len(experiments) > 1
    beside = Asymptotic(by.construction if isinstance(by, Asymptotic) else None)
    alone = tuple(_limit((one,), parameter, cl, beside, progress) for one in experiments if several)
    name = " + ".join(experiment.name for experiment in experiments)
    found = model_limit(model, name, quantity, by, cl, progress=progress)
    fit, shown, construction, sampled = found.fit, dict(found.constructions), found.construction, None
    if isinstance(by, Bayesian):
        construction = by.name
        shown[construction], sampled = _by_sampling(experiments, quantity.name, cl, by, progress)
    poi = _grid(found.intervals, shown[construction], quantity)
    at_upper = None
    if quantity.squared and not several and quantity.name not in HEAVY and experiments[0].sees_moments:
        upper = shown[construction].upper
        there = neutrino_of({quantity.name: upper}) if neutrino is None else neutrino.scaled(upper)
        at_upper = experiments[0].mu_eff(there)
    factors, pulls = _at_best_fit(model, fit)
    return Limit(
        experiments=experiments,
        parameter=quantity.name,
        parametrisation=quantity.group,
        unit=quantity.unit,
        cl=cl,
        construction=construction,
        constructions=shown,
        best_fit=quantity.value(fit.poi),
        factors=factors,
        pulls=pulls,
        goodness_of_fit=found.goodness_of_fit,
        significance=significance(model, fit) if quantity.squared else None,
        mu_eff_upper=at_upper,
        grid=quantity.power(poi),
        delta_chi2=curve(model, poi, fit=fit).delta_chi2,
        minimisers={
            kind: None if least is None else _minimum(least, quantity)
            for kind, least in _both_minimisers(model, fit).items()
        },
        alone=alone,
        method=found.method,
        monte_carlo=found.monte_carlo,
        credible=sampled,
        observed_upper=found.observed_upper,
        few_counts=found.few_counts,
        minima=_minima(fit, found.intervals, quantity.value),
        neutrino=neutrino,
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


def _by_sampling(
    experiments: Sequence[Experiment], parameter: str, cl: float, by: Bayesian, progress: Progress
) -> tuple[Ends, CredibleLimit]:
    """Ends of the credible region, and the posterior."""
    # Samplers take a while to import, and are needed here alone.
    from nudipole.inference.credible import credible

    progress("posterior")
    found = credible(
        experiments,
        parameter,
        cl,
        prior=by.prior,
        cut=by.cut,
        draws=by.draws,
        seed=by.seed,
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
    experiments: Experiment | tuple[Experiment, ...],
    parameter: str,
    cl: float,
    construction: str,
    *,
    expected: bool = False,
) -> tuple[tuple[float, float], ...]:
    """Intervals in the parameter's unit, in rising order; the first lower end is 0 for a one-sided construction.

    Parameters
    ----------
    experiments : Experiment, or several in one likelihood
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
    model = likelihood(experiments, parameter)
    fit = None
    if expected:
        model = asimov(model, 0.0, profile(model, [0.0]).eta[0])
    else:
        fit = best_fit(model)
        described(model, fit, named(experiments))
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
