"""The limit of any model: what that of an experiment and that of a workspace have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nudipole.errors import NudipoleError
from nudipole.inference.ends import Ends, MonteCarlo, asymptotic_ends, toy_ends
from nudipole.inference.methods import Asymptotic, Bayesian, CLs, FeldmanCousins, Method
from nudipole.properties import Parameter
from nudipole.statistics import (
    Fit,
    GoodnessOfFit,
    Interval,
    Model,
    asimov,
    best_fit,
    described,
    intervals,
    profile,
)
from nudipole.statistics.neyman.belt import toy_interval
from nudipole.statistics.neyman.construction import ToyInterval
from nudipole.statistics.neyman.exact import exact_interval
from nudipole.statistics.neyman.few_counts import asymptotic_is_poor

#: Constructions that stand beside the chosen one.
SHOWN = ("unified", "delta-chi2", "one-sided")

Progress = Callable[[str], object]


@dataclass(frozen=True)
class ModelLimit:
    """Intervals of one model by several constructions, and which of them is the limit.

    Attributes
    ----------
    fit : Fit
    goodness_of_fit : GoodnessOfFit
    intervals : dict of Interval
        The asymptotic ones of the data, in the parameter of interest.
    constructions : dict of Ends
        As they are shown, with expected bands; that of the method among them, unless it is a posterior.
    construction, method : str
        The limit is `constructions[construction]`, found by the method of this name.
    few_counts : str
        Why asymptotic constructions are not to be trusted here; empty where they are.
    monte_carlo : MonteCarlo or None
        Of a construction by toys or enumeration.
    observed_upper : float or None
        The upper end of the data, of a power-constrained limit.
    """

    fit: Fit
    goodness_of_fit: GoodnessOfFit
    intervals: dict[str, Interval]
    constructions: dict[str, Ends]
    construction: str
    method: str
    few_counts: str
    monte_carlo: MonteCarlo | None
    observed_upper: float | None


def model_limit(
    model: Model,
    name: str,
    quantity: Parameter,
    by: Method,
    cl: float,
    *,
    progress: Progress = lambda step: None,
) -> ModelLimit:
    """Limit or interval on the parameter of interest of any model.

    Parameters
    ----------
    model : Model
    name : str
        Of what the model describes, for messages.
    quantity : Parameter
        What the parameter of interest stands for.
    by : Method
        Of a posterior only the asymptotic intervals beside it are made here.
    cl : float
        Confidence level in (0, 1).
    progress : callable
        Called with words on what is being done.

    Raises
    ------
    NudipoleError
        If a parameter with a sign is to be power-constrained.
    ZeroExpectation, FitError
        As for `nudipole.statistics.intervals`; also if the model does not describe the data.
    """
    constrained = not isinstance(by, Bayesian) and by.power_constrained
    if constrained and model.poi_lower < 0:
        message = f"a power constraint is for upper limits of moments, and {quantity.name} has a sign: leave it out"
        raise NudipoleError(message)
    asked = by.construction if isinstance(by, Asymptotic) else None
    fit = best_fit(model)
    quality = described(model, fit, name)
    chosen, method = asked or SHOWN[0], by.name
    names = list(dict.fromkeys([*SHOWN, chosen]))
    found = intervals(model, cl, names, fit=fit)
    null = asimov(model, 0.0, profile(model, [0.0]).eta[0])
    shown = asymptotic_ends(found, intervals(null, cl, names), null, quantity.value)
    few = asymptotic_is_poor(model, fit, cl, end=found["delta-chi2"].upper)
    counted = _counted(model, cl, by, fit, by_default=bool(few) and asked is None, progress=progress)
    monte_carlo, observed_upper = None, None
    if counted is not None:
        chosen = method = counted.method
        shown[chosen], monte_carlo = toy_ends(counted, quantity)
    if constrained:
        observed_upper = shown[chosen].upper
        shown[chosen] = shown[chosen].constrained()
    return ModelLimit(fit, quality, found, shown, chosen, method, few, monte_carlo, observed_upper)


def _counted(
    model: Model, cl: float, by: Method, fit: Fit, *, by_default: bool, progress: Progress
) -> ToyInterval | None:
    """The construction by toys or enumeration that is asked for, or due by default where it can be enumerated."""
    match by:
        case FeldmanCousins() | CLs():
            return toy_interval(
                model,
                cl,
                by.name,
                toys=by.toys,
                precision=by.precision,
                seed=by.seed,
                fit=fit,
                enumeration=by.enumeration,
                progress=progress,
            )
        case Asymptotic() if by_default:
            return exact_interval(model, cl, FeldmanCousins.name, fit, progress=progress)
        case _:
            return None
