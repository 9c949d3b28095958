"""What other descriptions of the atom would give, beside a number; as a nuisance: `experiments.atomic_nuisance`.

Each is the same likelihood with other keys of the processes on electrons: stepping, free electrons, the many-body
factors of the package, equivalent photons for a millicharge. Where recoils are counted below the K edge of the target
they differ, and no data of the experiment tell which is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nudipole.errors import NudipoleError, UnknownName
from nudipole.experiments.atomic_descriptions import AtomicDescription, descriptions
from nudipole.experiments.atomic_nuisance import rebuilt
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.likelihood import likelihood
from nudipole.models import find
from nudipole.statistics import CONSTRUCTIONS, intervals


@dataclass(frozen=True)
class SpreadRow:
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
    rows : tuple of SpreadRow
        The first is as described.
    left_out : dict of str
        Descriptions that do not apply, with the reason.

    Examples
    --------
    >>> described = SpreadRow("stepping", True, None, 6.0, None, 0.0)
    >>> other = SpreadRow("free-electrons", False, None, 5.4, None, -0.1)
    >>> Spread("mu_nu", "1e-12 mu_B", 0.9, "one-sided", (described, other), {}).upper
    (-0.1, 0.0)
    """

    parameter: str
    unit: str
    cl: float
    construction: str
    rows: tuple[SpreadRow, ...]
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
    rows = [SpreadRow(name, True, lower, upper, _relative(lower, lower), 0.0, _joined(note, doubt))]
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
        rows.append(SpreadRow(item.name, False, new_lower, new_upper, *changes, _joined(item.note, doubt)))
    return Spread(parameter, unit, cl, construction, tuple(rows), left_out)


def _changed(experiment: Experiment, description: AtomicDescription) -> Experiment:
    """The experiment by another description, if that applies to it."""
    change = description.changes.get(experiment.name)
    return experiment if change is None else rebuilt(experiment, change, description.name)


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
