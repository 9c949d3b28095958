"""From what an experiment's file says was published to the same numbers as ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, assert_never

import numpy as np

from nudipole import constants as const
from nudipole import digits, units
from nudipole.errors import NudipoleError
from nudipole.experiments import Experiment, load, read
from nudipole.experiments.likelihood import strength
from nudipole.experiments.schema import published as p
from nudipole.inference.ends import nearest
from nudipole.inference.limit import ends
from nudipole.interactions import sm_charge_radius
from nudipole.mixing import FLAVOURS
from nudipole.models import find, neutrino_of
from nudipole.statistics import best_fit
from nudipole.validation.row import Row


class Number(NamedTuple):
    """A published number as it is compared: of an interval, one end."""

    quantity: str
    unit: str
    published: float
    ours: float
    scale: float


class Derivation:
    """The published numbers of one experiment, derived again.

    Parameters
    ----------
    name : str or Path
        Library name or YAML file.

    Raises
    ------
    InputError, UnknownName
        As for `nudipole.experiments.read`.

    Examples
    --------
    >>> Derivation("xenonnt-2022").experiment().name
    'xenonnt-2022'
    """

    def __init__(self, name: str | Path) -> None:
        self.name = name
        self.spec, _, _ = read(name)
        self._experiments: dict[str | None, Experiment] = {}

    def experiment(self, variant: str | None = None) -> Experiment:
        """The experiment or one of its variants, folded once."""
        if variant not in self._experiments:
            self._experiments[variant] = load(self.name, variant)
        return self._experiments[variant]

    def rows(self) -> list[Row]:
        """One row for every published number that is to be compared; one that fails says why."""
        return [row for item in self.spec.published if item.compare is not None for row in self._rows(item)]

    def _rows(self, item: p.PublishedSpec) -> Iterator[Row]:
        how = item.compare
        assert how is not None
        about = {
            "experiment": self.spec.name,
            "variant": how.variant,
            "tolerance": how.tolerance,
            "why": how.why,
            "explanation": item.explanation,
            "texkey": item.reference.texkey,
            "where": item.reference.where,
            "squared": how.squared,
        }
        try:
            experiment = self.experiment(how.variant)
            for found in self._numbers(item, how, experiment):
                yield Row(level=_level(item, how, experiment), **found._asdict(), **about)  # type: ignore[arg-type]
        except (NudipoleError, OSError) as error:
            lost = {"level": "", "quantity": item.quantity, "unit": "", "published": np.nan, "ours": None, "scale": 1.0}
            yield Row(**lost, error=str(error), **about)  # type: ignore[arg-type]

    def _numbers(self, item: p.PublishedSpec, how: p.CompareSpec, experiment: Experiment) -> list[Number]:
        match item:
            case p.PublishedLimit():
                return _limit(item, how, experiment)
            case p.PublishedConversion():
                ours = item.from_ / experiment.mu_eff(**{item.parameter: 1.0})
                return [Number(f"{item.parameter} upper", item.unit, item.upper, ours, item.upper)]
            case p.PublishedCounts():
                return [_number(f"SM events{_of(item.of)}", "events", item.value, _expected(experiment, item.of))]
            case p.PublishedFit():
                return [
                    _number(f"fitted events{_of(item.of)}", "events", item.value, fitted_events(experiment, item.of))
                ]
            case p.PublishedFlux():
                unit = units.in_internal("1/(cm^2 s)")
                total = float(np.sum(experiment.beam.flux()))
                return [_number("flux", "1/(cm^2 s)", item.value / unit, total / unit)]
            case p.PublishedWeight():
                first, second = (_signal(experiment, name) for name in item.parameters)
                return [_number("^2 / ".join(item.parameters) + "^2 weight", "", item.value, first / second)]
            case never:
                assert_never(never)


def fitted_events(experiment: Experiment, process: str | None = None) -> float:
    """Events of a process (all, unless given) in the data, its Standard Model spectrum freely scaled.

    Raises
    ------
    NudipoleError
        As for `nudipole.experiments.likelihood.strength`, or if the fit fails.
    """
    model = strength(experiment, process)
    fit = best_fit(model)
    eta = fit.eta[len(model.backgrounds) :]
    counts = np.asarray(model.signal(fit.poi, eta)) - np.asarray(model.signal(0.0, eta))  # type: ignore[arg-type]
    return float(counts.sum())


def _number(quantity: str, unit: str, published: float, ours: float) -> Number:
    return Number(quantity, unit, published, ours, abs(published))


def _of(name: str | None) -> str:
    return "" if name is None else f" of {name}"


def _limit(item: p.PublishedLimit, how: p.CompareSpec, experiment: Experiment) -> list[Number]:
    intervals = ends(experiment, item.parameter, item.cl, how.construction, expected=how.expected)
    lower, upper = _solution(intervals, how)
    if item.includes_sm:
        radius = _sm_radius(item.parameter)
        lower, upper = lower + radius, upper + radius
    words = f"{item.parameter} {{}}, {digits.percent(item.cl, 12)}" + (" (expected)" if how.expected else "")
    if len(intervals) > 1:
        words += f" (of {len(intervals)} solutions: {how.solution})"
    if item.interval is None:
        assert item.upper is not None
        return [Number(words.format("upper"), item.unit, item.upper, upper, abs(item.upper))]
    low, high = item.interval
    return [
        Number(words.format(end), item.unit, published, ours, high - low)
        for end, published, ours in (("lower", low, lower), ("upper", high, upper))
    ]


def _solution(intervals: tuple[tuple[float, float], ...], how: p.CompareSpec) -> tuple[float, float]:
    """The interval that a published one is compared with."""
    match how.solution:
        case "nearest-to-zero":
            return nearest(intervals)
        case "lowest":
            return intervals[0]
        case "highest":
            return intervals[-1]
        case "hull":
            return intervals[0][0], intervals[-1][1]
    if len(intervals) > 1:
        written = " and ".join(f"({low:.3g}, {high:.3g})" for low, high in intervals)
        message = f"the data have {len(intervals)} solutions, {written}"
        raise NudipoleError(f"{message}: write compare.solution: nearest-to-zero, lowest, highest or hull")
    return intervals[0]


def _sm_radius(parameter: str) -> float:
    flavour = FLAVOURS.index(parameter.removeprefix("r2_"))
    return float(np.asarray(sm_charge_radius())[flavour]) / const.cm**2


def _expected(experiment: Experiment, of: str | None) -> float:
    if of in experiment.background_counts:
        return float(experiment.background_counts[of].sum())
    if of is None:
        return float(experiment.sm_counts.sum())
    counted = experiment.counts_by_process(neutrino_of({}))
    if of not in counted:
        raise NudipoleError(f"{experiment.name} has no process or background {of!r}: name one of its own")
    return float(counted[of].sum())


def _signal(experiment: Experiment, parameter: str) -> float:
    return float(experiment.signal_counts(**{parameter: find(parameter).size}).sum())


def _level(item: p.PublishedSpec, how: p.CompareSpec, experiment: Experiment) -> str:
    if how.conversion:
        return "conversion"
    match item:
        case p.PublishedLimit() | p.PublishedFit():
            if experiment.given_data is None or how.expected:
                return "projection"
            return "cross-section" if experiment.spec.statistics.kind == "relative" else "event-level"
        case p.PublishedConversion():
            return "conversion"
        case p.PublishedFlux():
            return "source"
        case p.PublishedCounts() | p.PublishedWeight():
            return "prediction"
        case never:
            assert_never(never)
