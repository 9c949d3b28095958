"""Which nuisances a limit depends on: how the data pull each, and how much the limit moves with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import equinox as eqx
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from nudipole import arguments, digits
from nudipole.errors import FitError, NudipoleError, UnknownName
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.likelihood import likelihood, named, quantity_of
from nudipole.inference.asked import Asked, Progress, experiments_of, reported
from nudipole.io import notebook
from nudipole.io.stamp import stamp
from nudipole.properties import Neutrino, Parameter
from nudipole.statistics import CONSTRUCTIONS, Fit, Model, best_fit, described, errors_of_nuisances, intervals
from nudipole.statistics.likelihood import bounds

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: An auxiliary measurement has an error of one; errors of a fit beyond this one say that the data prefer less.
_WIDER = 1.01
#: Errors of a nuisance within which its own interval is looked for where it lies at its bound.
_FARTHEST = 64.0


class Ends(NamedTuple):
    """Best fit and outermost ends of the limit, in the parameter's unit, and of how many intervals they are.

    `lower` is None where the construction has none.
    """

    best_fit: float
    lower: float | None
    upper: float
    pieces: int = 1


@dataclass(frozen=True)
class Impact:
    """One nuisance.

    Attributes
    ----------
    name : str
    kind : {"constrained", "free"}
        Whether an auxiliary measurement constrains it.
    background : bool
        Whether it is the normalisation of a background; else it is of a flux or of the response.
    value, error : float
        At the best fit, and its error with all others profiled: standard deviations of a constrained one, the factor of
        a free background, steps of another free one.
    factor : float or None
        That multiplies a background, at the best fit.
    at_bound : bool
        Whether the best fit lies at its bound: `error` then is the distance inwards at which chi2 has risen by one, inf
        where it never does within 64 of them.
    cut : bool
        Whether its bound is nearer than one `error`: it is held there, on that side.
    down, up : Ends
        With the nuisance held one `error` below and above its best fit, or at its bound, all others fitted again; None
        where the data are impossible then.

    Examples
    --------
    >>> one = Impact("B0", "free", True, 1.0, 0.02, 1.0, False, False, Ends(0, 0, 6e-12), Ends(0, 0, 7e-12))
    >>> one.pull is None, one.doubts()
    (True, [])
    """

    name: str
    kind: Literal["constrained", "free"]
    background: bool
    value: float
    error: float
    factor: float | None
    at_bound: bool
    cut: bool
    down: Ends | None
    up: Ends | None

    @property
    def pull(self) -> float | None:
        """Of a constrained one: standard deviations from its auxiliary measurement."""
        return self.value if self.kind == "constrained" else None

    def doubts(self) -> list[str]:
        """What makes this line weaker than it looks."""
        found = ["at its bound"] if self.at_bound else []
        if self.cut and not self.at_bound:
            found.append("held at its bound, less than one error away")
        sides = [name for name, ends in (("below", self.down), ("above", self.up)) if ends is None]
        if sides:
            found.append(f"the data are impossible with it held {' and '.join(sides)}")
        if not np.isfinite(self.error):
            found.append("not constrained by these data: held at the farthest that was tried")
        if self.kind == "constrained" and self.error > _WIDER:
            found.append("wider than its auxiliary measurement")
        return found


@dataclass(frozen=True, repr=False)
class Impacts:
    r"""Pulls of all nuisances, and what each does to a limit.

    Attributes
    ----------
    experiments : tuple of Experiment
    parameter, unit, construction : str
    cl : float
    limit : Ends
        With all nuisances fitted.
    alone : Ends
        With all of them held at their best fit: what the scatter of the data alone allows.
    rows : tuple of Impact
        The one that moves the upper end most comes first.

    Notes
    -----
    .. math:: \mathrm{impact}_k = \frac{u(\eta_k = \hat\eta_k \pm \sigma_k) - u}{s}

    with u the upper end of the chosen construction, all other nuisances fitted again, :math:`\sigma_k` from the
    curvature of chi2 at its minimum, and s the upper end, or half the width where the parameter has a sign. Impacts are
    no variances: where nuisances are correlated their squares do not add up to the difference of `limit` and `alone`.

    Examples
    --------
    >>> found = impacts("xenonnt-2022")
    >>> found.rows[0].name, found.rows[0].kind
    ('B0', 'free')
    """

    experiments: tuple[Experiment, ...]
    parameter: str
    unit: str
    construction: str
    cl: float
    limit: Ends
    alone: Ends
    rows: tuple[Impact, ...]

    def __repr__(self) -> str:
        return f"Impacts({self})"

    def _repr_html_(self) -> str:
        from nudipole import plots

        return notebook.shown(str(self), {}, plots.svg(plots.impacts(self), f"impacts on {self.parameter}"))

    @property
    def name(self) -> str:
        """Names of the experiments, with their variants."""
        return named(self.experiments)

    @property
    def scale(self) -> float:
        """What changes of the upper end are relative to: itself, or half the width where the parameter has a sign."""
        return (self.limit.upper - (self.limit.lower or 0.0)) / 2 if self.signed else self.limit.upper

    @property
    def signed(self) -> bool:
        """Whether the parameter has a sign."""
        return self.limit.lower is not None and self.limit.lower < 0

    def changes(self, row: Impact) -> tuple[float, float]:
        """Changes of the upper end in units of `scale`, with the nuisance held below and above; NaN if impossible."""
        upper = self.limit.upper
        down, up = (np.nan if e is None else (e.upper - upper) / self.scale for e in (row.down, row.up))
        return down, up

    def __str__(self) -> str:
        unit, lower = "" if self.unit == "1" else f" {self.unit}", self.limit.lower
        ends = f"{self.parameter} < {digits.number(self.limit.upper)}{unit}"
        below = "" if not lower else f"{digits.number(lower)} < "
        held, least = self.alone.lower, digits.number(self.alone.upper)
        alone = f"< {least}" if not held else f"{digits.number(held)} to {least}"
        level = f"{digits.level(self.cl)} ({self.construction})"
        several = f"; the outermost ends of {self.limit.pieces} intervals" if self.limit.pieces > 1 else ""
        return f"{self.name}: {below}{ends} at {level}{several}; with all nuisances held at their best fit {alone}"

    def plot(self) -> Sequence[Axes]:
        """Draw pulls and impacts, in a new figure.

        Returns
        -------
        sequence of Axes
            Pulls, and impacts.
        """
        from nudipole import plots

        return plots.impacts(self).axes

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-impacts/1`` (docs/reference/json.md)."""
        return {
            **stamp("impacts"),
            "experiments": [{"experiment": e.name, "variant": e.variant} for e in self.experiments],
            "parameter": self.parameter,
            "unit": self.unit,
            "cl": self.cl,
            "construction": self.construction,
            "limit": self.limit._asdict(),
            "nuisances_held": self.alone._asdict(),
            "nuisances": [
                {
                    "name": row.name,
                    "kind": row.kind,
                    "background": row.background,
                    "value": row.value,
                    "error": row.error,
                    "pull": row.pull,
                    "factor": row.factor,
                    "at_bound": row.at_bound,
                    "cut": row.cut,
                    "doubts": row.doubts(),
                    "down": row.down and row.down._asdict(),
                    "up": row.up and row.up._asdict(),
                    "changes_of_upper": list(self.changes(row)),
                }
                for row in self.rows
            ],
        }

    def to_csv(self) -> str:
        """One row a nuisance, the first that of none held."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        units = dict.fromkeys(Ends._fields, self.unit) | {"pieces": "1"}
        ends = [f"{end} {way} [{unit}]" for way in ("down", "up") for end, unit in units.items()]
        writer.writerow(["nuisance", "kind", "value [1]", "error [1]", "factor [1]", "at_bound", *ends])
        for row in self.rows:
            none = (None,) * len(Ends._fields)
            numbers = ["" if number is None else number for number in (*(row.down or none), *(row.up or none))]
            factor = "" if row.factor is None else row.factor
            writer.writerow([row.name, row.kind, row.value, row.error, factor, row.at_bound, *numbers])
        return text.getvalue()


def impacts(
    experiments: Asked,
    parameter: str | Neutrino = "mu_nu",
    *,
    cl: float = 0.90,
    construction: str = "unified",
    progress: Progress | None = None,
) -> Impacts:
    """Pulls of all nuisances at the best fit, and how far the limit moves with each.

    Parameters
    ----------
    experiments : Experiment, or several in one likelihood
        Or names, files and descriptions, as `nudipole.load` takes them.
    parameter : str or Neutrino
        As for `nudipole.limit`.
    cl : float
        Confidence level in (0, 1).
    construction : str
        Of `nudipole.statistics.CONSTRUCTIONS`, all asymptotic.
    progress : callable, optional
        Called with words on what is being done; in a notebook they are shown unless given.

    Returns
    -------
    Impacts

    Raises
    ------
    UnknownName, OutOfRange, FitError, NudipoleError
        As for `nudipole.limit`.

    Examples
    --------
    >>> found = impacts("xenonnt-2022", "mu_nu")
    >>> print(f"{found.limit.upper:.2e}, with all nuisances held {found.alone.upper:.2e}")
    6.81e-12, with all nuisances held 6.64e-12
    """
    cl = arguments.level(cl)
    if construction not in CONSTRUCTIONS:
        raise UnknownName("construction", construction, CONSTRUCTIONS)
    with reported(progress, "impacts") as step:
        return _impacts(experiments_of(experiments), parameter, cl, construction, step)


def _impacts(
    experiments: tuple[Experiment, ...], parameter: str | Neutrino, cl: float, construction: str, progress: Progress
) -> Impacts:
    quantity, model = quantity_of(parameter), likelihood(experiments, parameter)
    progress("best fit")
    fit = best_fit(model)
    described(model, fit, named(experiments))
    ends = _Ended(quantity, cl, construction)
    if not model.nuisances:
        raise NudipoleError(f"{named(experiments)} has no nuisances: nothing moves the limit but the data")
    limit = ends.of(model, fit)
    alone = ends.of(_held(model, np.arange(len(fit.eta)), fit.eta))
    found = Impacts(experiments, quantity.name, quantity.unit, construction, cl, limit, alone, ())
    rows = sorted(_rows(model, fit, ends, progress), key=lambda row: -np.nanmax(np.abs([0.0, *found.changes(row)])))
    return replace(found, rows=tuple(rows))


class _Ended(NamedTuple):
    """How the limit of a model is made."""

    quantity: Parameter
    cl: float
    construction: str

    def of(self, model: Model, fit: Fit | None = None) -> Ends:
        fit = best_fit(model) if fit is None else fit
        found = intervals(model, self.cl, [self.construction], fit=fit)[self.construction]
        lower = self.quantity.value(found.lower) if np.isfinite(found.lower) else None
        return Ends(self.quantity.value(fit.poi), lower, self.quantity.value(found.upper), len(found.pieces))

    def if_possible(self, model: Model) -> Ends | None:
        """None where no value of the parameter makes the data possible."""
        try:
            fit = best_fit(model)
        except FitError:
            return None
        return self.of(model, fit)


def _rows(model: Model, fit: Fit, ends: _Ended, progress: Progress) -> Iterator[Impact]:
    errors, (lowest, highest) = errors_of_nuisances(model, fit), bounds(model)
    for k, (name, constrained) in enumerate(zip(model.nuisances, model.constrained, strict=True)):
        progress(name)
        value, at_bound = float(fit.eta[k]), not np.isfinite(errors[k])
        error = _inwards(model, fit, k) if at_bound else float(errors[k])
        wanted = value + np.array([-1, 1]) * min(error, _FARTHEST)
        held = np.clip(wanted, lowest[k], highest[k])
        down, up = (ends.if_possible(_held(model, [k], [float(at)])) for at in held)
        background = model.backgrounds[k] if k < len(model.backgrounds) else None
        yield Impact(
            name=name,
            kind="constrained" if constrained else "free",
            background=background is not None,
            value=value - float(model.auxiliary[k]) if constrained else value,
            error=error,
            factor=None if background is None else float(background.factor(fit.eta[k])),
            at_bound=at_bound,
            cut=bool(np.any(held != wanted)),
            down=down,
            up=up,
        )


def _held(model: Model, which: Sequence[int] | NDArray[np.int64], values: Sequence[float] | NDArray[Any]) -> Model:
    """The same with some nuisances held: between two limits that are one."""
    limits = np.array(model.limits)
    limits[:, which] = values
    held: Model = eqx.tree_at(lambda m: m.limits, model, limits)
    return held


def _inwards(model: Model, fit: Fit, k: int) -> float:
    """How far from its bound a nuisance is held where chi2 has risen by one."""
    lowest, highest = (bound[k] for bound in bounds(model))
    way = 1.0 if abs(fit.eta[k] - lowest) <= abs(fit.eta[k] - highest) else -1.0

    def risen(distance: float) -> float:
        return best_fit(_held(model, [k], [fit.eta[k] + way * distance])).chi2 - fit.chi2 - 1

    far = 1e-3
    while risen(far) < 0:
        if far > _FARTHEST:
            return float("inf")
        far *= 4
    return float(brentq(risen, 0.0, far, rtol=1e-4))
