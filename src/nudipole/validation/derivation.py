"""From what an experiment's file says was published to the same numbers as ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, assert_never

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole import digits, units
from nudipole.errors import NudipoleError
from nudipole.experiments import Experiment, load, read
from nudipole.experiments.antineutrino_flux import flux_above, flux_limits
from nudipole.experiments.likelihood import likelihood, strength
from nudipole.experiments.schema import published as p
from nudipole.experiments.schema.compare import CompareSpec, ErrorSpec
from nudipole.inference.ends import Ends, nearest
from nudipole.inference.limit import ends, limit
from nudipole.inference.methods import Asymptotic
from nudipole.inference.model_limit import SHOWN, ModelLimit, model_limit
from nudipole.inference.result import Limit
from nudipole.interactions import sm_charge_radius
from nudipole.mixing import FLAVOURS
from nudipole.models import find, neutrino_of
from nudipole.statistics import Gaussian, best_fit
from nudipole.validation.row import Beside, Row, Uncertainty

#: The construction by default, where counts are not few.
DEFAULT = SHOWN[0]
#: An end of a window is an edge of a bin within this fraction.
_SAME_EDGE = 1e-6


class Number(NamedTuple):
    """A published number as it is compared: of an interval, one end.

    `band` is half of the expected band; `own` an error in place of those of the entry, `grown` how much they grow.
    """

    name: str
    quantity: str
    unit: str
    published: float
    ours: float
    scale: float
    of_width: bool = False
    band: float | None = None
    own: Uncertainty | None = None
    grown: float = 1.0


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
        self._limits: dict[tuple[str | None, str, float], ModelLimit | Limit] = {}

    def experiment(self, variant: str | None = None) -> Experiment:
        """The experiment or one of its variants, folded once."""
        if variant not in self._experiments:
            self._experiments[variant] = load(self.name, variant)
        return self._experiments[variant]

    def limit(self, variant: str | None, parameter: str, cl: float) -> Limit:
        """The limit by default with all that belongs to it; rows that need the same number take it from here."""
        found = limit(self.experiment(variant), parameter, cl=cl)
        self._limits[variant, parameter, cl] = found
        return found

    def rows(self) -> list[Row]:
        """One row for every published number, or two for an interval; one that fails says why."""
        return [row for item in self.spec.published for row in self._rows(item)]

    def _rows(self, item: p.PublishedSpec) -> Iterator[Row]:
        how = item.compare or CompareSpec(unknown="the file does not say how it is compared")
        record = getattr(item, "record", None) or ""
        about: dict[str, Any] = {
            "experiment": self.spec.name,
            "variant": how.variant,
            "tuned": how.tuned,
            "unknown": how.unknown,
            "record": record,
            "explanation": item.explanation,
            "texkey": item.reference.key,
            "where": item.reference.where,
        }
        key = f"{self.spec.name}/{record or _slug(item)}{'-sensitivity' if _expects(item, how) and record else ''}"
        try:
            experiment = self.experiment(how.variant)
            numbers = self._numbers(item, how, how.variant)
            beside = {
                other.words: self._numbers(item, how, other.variant or how.variant, other.construction or DEFAULT)
                for other in how.beside
            }
            moved = {
                name: self._numbers(item, how, name, DEFAULT)
                for error in how.errors for name in error.variants or ()
            }  # fmt: skip
            released = experiment.given_data is not None and not _expects(item, how)
            for k, number in enumerate(numbers):
                errors = [
                    _uncertainty(error, number, [moved[name][k] for name in error.variants or ()])
                    for error in how.errors
                ]
                errors = errors if number.own is None else [number.own]
                yield Row(
                    key=f"{key}{number.name}",
                    quantity=number.quantity,
                    unit=number.unit,
                    level=_level(item, how, experiment),
                    published=number.published,
                    ours=number.ours,
                    scale=number.scale,
                    of_width=number.of_width,
                    errors=tuple(errors),
                    beside=tuple(Beside(words, others[k].ours) for words, others in beside.items()),
                    released=released
                    and isinstance(item, p.PublishedLimit | p.PublishedFit | p.PublishedWindow | p.PublishedFluxLimits)
                    and not how.conversion,
                    **about,
                )
        except (NudipoleError, OSError) as error:
            lost = {"level": "", "quantity": item.quantity, "unit": "", "published": np.nan, "ours": None, "scale": 1.0}
            yield Row(key=key, **lost, error=str(error), **about)  # type: ignore[arg-type]

    def _numbers(
        self, item: p.PublishedSpec, how: CompareSpec, variant: str | None, construction: str | None = None
    ) -> list[Number]:
        experiment = self.experiment(variant)
        match item:
            case p.PublishedLimit():
                return self._limit(item, how, variant, construction)
            case p.PublishedConversion():
                ours = item.from_ / experiment.mu_eff(**{item.parameter: 1.0})
                return [Number("", f"{item.parameter} upper", item.unit, item.upper, ours, item.upper)]
            case p.PublishedCounts():
                return [_number(f"SM events{_of(item.of)}", "events", item.value, _expected(experiment, item.of))]
            case p.PublishedFit():
                return [
                    _number(f"fitted events{_of(item.of)}", "events", item.value, fitted_events(experiment, item.of))
                ]
            case p.PublishedWindow():
                return _window(item, experiment)
            case p.PublishedFlux():
                unit = units.in_internal("1/(cm^2 s)")
                total = float(np.sum(experiment.beam.flux()))
                return [_number("flux", "1/(cm^2 s)", item.value / unit, total / unit)]
            case p.PublishedAntineutrinoFlux():
                unit = units.in_internal("1/(cm^2 s)")
                ours = item.probability * flux_above(experiment, item.above)
                name = f"flux above {digits.plain(item.above)} MeV at P = {digits.plain(item.probability)}"
                return [_number(name, "1/(cm^2 s)", item.value / unit, ours)]
            case p.PublishedFluxLimits():
                return _flux_limits(item, experiment)
            case p.PublishedWeight():
                first, second = (_signal(experiment, name) for name in item.parameters)
                return [_number("^2 / ".join(item.parameters) + "^2 weight", "", item.value, first / second)]
            case never:
                assert_never(never)

    def _limit(
        self, item: p.PublishedLimit, how: CompareSpec, variant: str | None, construction: str | None
    ) -> list[Number]:
        expected = _expects(item, how)
        pieces, half = self._pieces(variant, item.parameter, item.cl, construction, expected=expected)
        words = f"{item.parameter} {{}}, {digits.percent(item.cl, 12)}"
        if expected:
            words += " (expected)"
        elif len(pieces) > 1:
            words += f" (of {len(pieces)} solutions: {how.solution})"
        lower, upper = _solution(pieces, how)
        if item.includes_sm:
            radius = _sm_radius(item.parameter)
            lower, upper = lower + radius, upper + radius
        if item.interval is None:
            assert item.upper is not None
            return [Number("", words.format("upper"), item.unit, item.upper, upper, abs(item.upper), band=half)]
        low, high = item.interval
        return [
            Number(f"/{end}", words.format(end), item.unit, published, ours, high - low, of_width=True, band=half)
            for end, published, ours in (("lower", low, lower), ("upper", high, upper))
        ]

    def _pieces(
        self, variant: str | None, parameter: str, cl: float, construction: str | None, *, expected: bool
    ) -> tuple[tuple[tuple[float | None, float], ...], float | None]:
        """Intervals, and half of the expected band: the limit by default, as `nudipole.limit` makes it.

        What stands beside it, or moves it, is asymptotic unless counts are few, and has no band.
        """
        experiment = self.experiment(variant)
        if construction is not None:
            _, made = self._by_default(None, parameter, cl)
            if construction != DEFAULT or made.construction == DEFAULT:
                return ends(experiment, parameter, cl, construction, expected=expected), None
        found, made = self._by_default(variant, parameter, cl)
        half = (found.band[1] - found.band[-1]) / 2 if found.band else None
        if expected:
            low = None if found.lower_band is None else found.lower_band[0]
            return ((low, found.expected_upper),), half
        return found.intervals, half

    def _by_default(self, variant: str | None, parameter: str, cl: float) -> tuple[Ends, ModelLimit | Limit]:
        """The limit without any choice, made once."""
        key = (variant, parameter, cl)
        if key not in self._limits:
            experiment = self.experiment(variant)
            model = likelihood(experiment, parameter)
            self._limits[key] = model_limit(model, experiment.name, find(parameter), Asymptotic(), cl)
        made = self._limits[key]
        return made.constructions[made.construction], made


def _uncertainty(error: ErrorSpec, number: Number, moved: list[Number]) -> Uncertainty:
    """An error with its size: as written, or as computed from variants or the expected band, relative to ours."""
    scale = number.scale if number.of_width else abs(number.ours)
    if error.variants is not None:
        size = max(abs(other.ours - number.ours) for other in moved) / scale
        return Uncertainty(error.of, size, f"computed from {' and '.join(error.variants)}")
    if error.band:
        if number.band is None:
            raise NudipoleError(
                f"compare.errors: no expected band of {number.quantity}: write the size of {error.of!r}"
            )
        return Uncertainty(error.of, number.band / scale, "computed, half of the expected band")
    assert error.size is not None
    return Uncertainty(
        error.of, error.size * number.grown, error.reference or error.assumed, assumed=bool(error.assumed)
    )


def _expects(item: p.PublishedSpec, how: CompareSpec) -> bool:
    """Whether the published number is what was expected without signal."""
    return how.expected or (isinstance(item, p.PublishedLimit) and item.sensitivity)


def _slug(item: p.PublishedSpec) -> str:
    """What a published number without a record is called in the key of its row."""
    of = getattr(item, "of", None) or getattr(item, "parameter", None) or ""
    variant = f"-{item.compare.variant}" if item.compare is not None and item.compare.variant else ""
    return f"{item.quantity}{f'-{of}' if of else ''}{variant}"


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


def _number(quantity: str, unit: str, published: float, ours: float, name: str = "") -> Number:
    return Number(name, quantity, unit, published, ours, abs(published))


def _of(name: str | None) -> str:
    return "" if name is None else f" of {name}"


def _solution(intervals: tuple[tuple[float | None, float], ...], how: CompareSpec) -> tuple[float, float]:
    """The interval that a published one is compared with; one that is open below begins at 0."""
    closed = [(low or 0.0, high) for low, high in intervals]
    match how.solution:
        case "nearest-to-zero":
            return nearest(closed)
        case "lowest":
            return closed[0]
        case "highest":
            return closed[-1]
        case "hull":
            return closed[0][0], closed[-1][1]
    if len(closed) > 1:
        written = " and ".join(f"({low:.3g}, {high:.3g})" for low, high in closed)
        message = f"the data have {len(closed)} solutions, {written}"
        raise NudipoleError(f"{message}: write compare.solution: nearest-to-zero, lowest, highest or hull")
    return closed[0]


def _sm_radius(parameter: str) -> float:
    flavour = FLAVOURS.index(parameter.removeprefix("r2_"))
    return float(np.asarray(sm_charge_radius())[flavour]) / const.cm**2


def _expected(experiment: Experiment, of: str | None) -> float:
    if of in experiment.background_counts:
        return float(experiment.on(experiment.background_counts[of]).sum())
    if of is None:
        return float(experiment.sm_counts.sum())
    counted = experiment.counts_by_process(neutrino_of({}))
    if of not in counted:
        raise NudipoleError(f"{experiment.name} has no process or background {of!r}: name one of its own")
    return float(counted[of].sum())


def _window(item: p.PublishedWindow, experiment: Experiment) -> list[Number]:
    """Counts in the bins of a window: observed, expected, and the one above the other in roots of the expectation."""
    if experiment.given_data is None or isinstance(experiment.statistic, Gaussian):
        raise NudipoleError(f"{experiment.name} has no counts to sum in a window")
    inside = _bins_within(item, experiment)
    spectrum = experiment.spectrum()
    observed, expected = (float(counts[inside].sum()) for counts in (experiment.given_data, spectrum.total()))
    # Whole counts are known to half of one; an error of the expectation is one of the difference.
    half = Uncertainty("whole counts", 0.5 / max(item.observed, 1.0), "half of one")
    grown = item.expected / max(abs(item.observed - item.expected), item.error)
    naive = (observed - expected) / expected**0.5
    return [
        _number(f"observed events {item.place}", "events", item.observed, observed, "/observed")._replace(own=half),
        _number(f"expected events {item.place}", "events", item.expected, expected, "/expected"),
        _number(f"naive excess {item.place}", "sigma", item.naive, naive, "/excess")._replace(grown=grown),
    ]


def _flux_limits(item: p.PublishedFluxLimits, experiment: Experiment) -> list[Number]:
    """Limits on the flux in every bin, by counting."""
    found, unit = flux_limits(experiment, item.cl, without=item.without), units.in_internal("1/(cm^2 s)")
    if len(found.flux) != len(item.values):
        raise NudipoleError(
            f"{experiment.name} has {len(found.flux)} bins, and {len(item.values)} limits are published"
        )
    less = f", without {', '.join(item.without)}" if item.without else ""
    return [
        _number(f"flux from {digits.plain(low, 3)} MeV{less}", "1/(cm^2 s)", value / unit, ours, f"/{low:.1f}{less}")
        for (low, _), value, ours in zip(found.E.tolist(), item.values, found.flux.tolist(), strict=True)
    ]


def _bins_within(item: p.PublishedWindow, experiment: Experiment) -> NDArray[np.bool_]:
    """Which bins, of energy and of time where there are any, lie in a window, whose ends must be edges."""
    edges, low, high = experiment.bins, item.from_, item.to
    for end in (low, high):
        if not np.any(np.abs(edges - end) <= _SAME_EDGE * end):
            nearest = " or ".join(digits.plain(units.express(edge, "keV"), 6) for edge in _next_to(edges, end))
            message = f"{digits.plain(units.express(end, 'keV'), 6)} keV is no edge of a bin of {experiment.name}"
            raise NudipoleError(f"{message}: write {nearest} keV")
    middle = (edges[:-1] + edges[1:]) / 2
    samples = len(experiment.samples) or 1
    each = np.repeat((middle > low) & (middle < high), experiment.sm_counts.shape[1] // (len(middle) * samples))
    inside: NDArray[np.bool_] = np.tile(each, samples)
    if experiment.spec.smooth_off:
        inside[len(inside) // 2 :] = False
    return inside


def _next_to(edges: NDArray[np.float64], end: float) -> NDArray[np.float64]:
    """The edges on either side."""
    place = int(np.searchsorted(edges, end))
    return edges[max(place - 1, 0) : place + 1]


def _signal(experiment: Experiment, parameter: str) -> float:
    return float(experiment.signal_counts(**{parameter: find(parameter).size}).sum())


def _level(item: p.PublishedSpec, how: CompareSpec, experiment: Experiment) -> str:
    if how.conversion:
        return "conversion"
    match item:
        case p.PublishedLimit() | p.PublishedFit() | p.PublishedWindow() | p.PublishedFluxLimits():
            if experiment.given_data is None or _expects(item, how):
                return "projection"
            return "cross-section" if experiment.spec.statistics.kind == "relative" else "event-level"
        case p.PublishedConversion() | p.PublishedAntineutrinoFlux():
            return "conversion"
        case p.PublishedFlux():
            return "source"
        case p.PublishedCounts() | p.PublishedWeight():
            return "prediction"
        case never:
            assert_never(never)
