"""What other descriptions of the atom would give: a spread beside a number, or a nuisance in its likelihood.

Each is the same likelihood with other keys of the processes on electrons: stepping, free electrons, the many-body
factors of the package, equivalent photons for a millicharge. Where recoils are counted below the K edge of the target
they differ, and no data of the experiment tell which is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole.errors import NudipoleError, UnknownName
from nudipole.experiments.atomic_descriptions import Description, descriptions
from nudipole.experiments.build.experiment import build
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.likelihood import likelihood
from nudipole.properties import find
from nudipole.statistics import CONSTRUCTIONS, intervals

#: The nuisance that `with_nuisance` adds.
NUISANCE = "atomic"


@dataclass(frozen=True)
class Row:
    """The interval that one description gives.

    Attributes
    ----------
    name : str
        stepping, free-electrons, a many-body calculation, equivalent-photons; or as described.
    described : bool
        Whether it is that of the experiments as they stand.
    lower, upper : float
        In the parameter's unit; `lower` is None for a one-sided construction.
    change_lower, change_upper : float or None
        Relative to the size of the end as described; None where that is zero.
    note : str
        What it does not cover.
    """

    name: str
    described: bool
    lower: float | None
    upper: float
    change_lower: float | None
    change_upper: float | None
    note: str = ""


@dataclass(frozen=True)
class Spread:
    """Intervals by all descriptions that apply.

    Attributes
    ----------
    parameter, unit : str
    cl : float
    construction : str
        With asymptotic thresholds.
    rows : tuple of Row
        The first is as described.
    left_out : dict of str
        Descriptions that do not apply, with the reason.
    """

    parameter: str
    unit: str
    cl: float
    construction: str
    rows: tuple[Row, ...]
    left_out: dict[str, str]

    @property
    def upper(self) -> tuple[float, float]:
        """Least and largest change of the upper end relative to its size, 0 among them."""
        changes = [row.change_upper or 0.0 for row in self.rows]
        return min(changes), max(changes)

    @property
    def lower(self) -> tuple[float, float] | None:
        """The same of the lower end; None where there is none, or it is zero."""
        changes = [row.change_lower for row in self.rows if row.change_lower is not None]
        return (min(changes), max(changes)) if changes else None

    def __str__(self) -> str:
        if len(self.rows) < 2:
            return "no other description applies"
        least, most = (f"{100 * change:+.1f} %" for change in self.upper)
        text = f"{least} / {most} of the upper end"
        if self.lower is not None:
            least, most = (f"{100 * change:+.1f} %" for change in self.lower)
            text += f", {least} / {most} of the size of the lower"
        return f"{text} ({self.construction}, asymptotic intervals)"

    def reasons(self) -> dict[str, list[str]]:
        """Why descriptions are left out, with their names."""
        found: dict[str, list[str]] = {}
        for name, reason in self.left_out.items():
            found.setdefault(reason, []).append(name)
        return found

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        rows = {row.name: {key: value for key, value in vars(row).items() if key != "name"} for row in self.rows}
        return {
            "construction": self.construction,
            "method": "asymptotic",
            "descriptions": rows,
            "lower": None if self.lower is None else list(self.lower),
            "upper": list(self.upper),
            "left_out": self.left_out,
        }


def spread(
    experiments: Sequence[Experiment], parameter: str = "mu_nu", *, cl: float = 0.90, construction: str = "unified"
) -> Spread:
    """Interval on a parameter by every description of the atom that applies.

    Parameters
    ----------
    experiments : sequence of Experiment
        One, or several in one likelihood; a description changes those that it applies to.
    parameter, cl
        As for `nudipole.inference.limit.limit`.
    construction : str
        Of `nudipole.statistics.CONSTRUCTIONS`; for a method by toys or sampling the asymptotic one that is like it.

    Raises
    ------
    NudipoleError
        If no experiment scatters neutrinos on electrons.
    UnknownName, OutOfRange, FitError
        As for `limit`, for the experiments as they stand.
    """
    applicable, left_out = descriptions(experiments, parameter)
    construction = _asymptotic(construction, parameter)
    unit = find(parameter).unit
    lower, upper, doubt = _ends(experiments, parameter, cl, construction)
    described = next((item for item in applicable if item.described), None)
    name, note = ("as described", "") if described is None else (described.name, described.note)
    rows = [Row(name, True, lower, upper, _relative(lower, lower), 0.0, _joined(note, doubt))]
    for item in applicable:
        if item.described:
            continue
        try:
            changed = [_changed(one, item) for one in experiments]
            new_lower, new_upper, doubt = _ends(changed, parameter, cl, construction)
        except NudipoleError as error:
            left_out[item.name] = str(error)
            continue
        changes = _relative(new_lower, lower), _relative(new_upper, upper)
        rows.append(Row(item.name, False, new_lower, new_upper, *changes, _joined(item.note, doubt)))
    return Spread(parameter, unit, cl, construction, tuple(rows), left_out)


def with_nuisance(experiments: Sequence[Experiment], name: str, parameter: str = "mu_nu") -> tuple[Experiment, ...]:
    """The experiments with the description `name` at one standard deviation of a nuisance called ``atomic``.

    The change is mirrored on the other side, and one and the same in all experiments: at +1 the atoms are those of
    `name`, at 0 as described, at -1 as far from that the other way.

    Parameters
    ----------
    experiments : sequence of Experiment
    name : str
        Of `descriptions`.
    parameter : str
        What is to be limited: equivalent photons are for millicharges only.

    Raises
    ------
    UnknownName
        If there is no such description.
    NudipoleError
        If it applies to none of the experiments, is what they have already, or differs so much that the mirrored
        signal would be negative.
    """
    applicable, left_out = descriptions(experiments, parameter)
    if name in left_out:
        raise NudipoleError(f"atomic nuisance {name}: {left_out[name]}")
    found = next((item for item in applicable if item.name == name), None)
    if found is None:
        raise UnknownName("description of the atom", name, [*(item.name for item in applicable), *left_out])
    if found.described:
        others = ", ".join(item.name for item in applicable if not item.described) or "none other applies"
        raise NudipoleError(f"atomic nuisance {name}: the experiments are described so already: choose from {others}")
    return tuple(_varied(one, found, parameter) for one in experiments)


def _changed(experiment: Experiment, description: Description) -> Experiment:
    """The experiment by another description, if that applies to it."""
    change = description.changes.get(experiment.name)
    return experiment if change is None else _rebuilt(experiment, change, description.name)


def _varied(experiment: Experiment, description: Description, parameter: str) -> Experiment:
    """The experiment with a nuisance, if the description applies to it."""
    change = description.changes.get(experiment.name)
    if change is None:
        return experiment
    if NUISANCE in experiment.spec.nuisances:
        raise NudipoleError(f"{experiment.name} has a nuisance {NUISANCE} already: leave one out, or rename it")
    nuisance = {"note": f"{description.name} at one standard deviation, mirrored", "plus": change}
    added = {"nuisances": {NUISANCE: nuisance}, "shared": [*experiment.spec.shared, NUISANCE]}
    varied = _rebuilt(experiment, added, f"{description.name} as a nuisance")
    if np.any(_mirrored(varied, parameter) < 0):
        raise NudipoleError(
            f"atomic nuisance {description.name}: more than twice the signal of {experiment.name} in some bin, which "
            "mirrored is negative: no nuisance of the fit, but two numbers to compare (spread)"
        )
    return varied


def _mirrored(experiment: Experiment, parameter: str) -> NDArray[np.float64]:
    """What the square of the parameter adds to each bin at minus one standard deviation."""
    model = likelihood(experiment, parameter)
    eta = np.array([-1.0 if name == NUISANCE else 0.0 for name in model.nuisances])
    # Nuisances of backgrounds cancel in the differences.
    zero, plus, minus = (np.asarray(model.expected(poi, eta)) for poi in (0.0, 1.0, -1.0))
    added = plus - zero if find(parameter).squared else (plus + minus) / 2 - zero
    rounding: NDArray[np.float64] = added + 1e-9 * np.abs(zero).max()
    return rounding


def _rebuilt(experiment: Experiment, change: dict[str, Any], what: str) -> Experiment:
    file = f"{experiment.file or experiment.name} ({what})"
    spec = experiment.spec.changed(change, file)
    return build(spec, file=file, beside=experiment.beside, variant=experiment.variant)


def _ends(
    experiments: Sequence[Experiment], parameter: str, cl: float, construction: str
) -> tuple[float | None, float, str]:
    """Ends of the interval in the parameter's unit, and what to know of them."""
    found = intervals(likelihood(experiments, parameter), cl, [construction])[construction]
    doubt = f"accepted values in {len(found.pieces)} pieces" if len(found.pieces) > 1 else ""
    value = find(parameter).value
    return value(found.lower) if found.sides == "two" else None, value(found.upper), doubt


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _asymptotic(construction: str, parameter: str) -> str:
    """The asymptotic construction that one by toys or sampling is like."""
    if construction in CONSTRUCTIONS:
        return construction
    likeness = {
        "feldman-cousins": "unified",
        "cls": "one-sided",
        "bayesian": "one-sided" if find(parameter).squared else "delta-chi2",
    }
    if construction not in likeness:
        raise UnknownName("construction", construction, [*CONSTRUCTIONS, *likeness])
    return likeness[construction]


def _relative(new: float | None, old: float | None) -> float | None:
    """Change of an end in units of its size as described."""
    return (new - old) / abs(old) if new is not None and old else None
