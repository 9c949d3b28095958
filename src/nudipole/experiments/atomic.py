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

from nudipole import tables
from nudipole.errors import NudipoleError, UnknownName
from nudipole.experiments.atomic_choice import bound, electron_processes, is_charge
from nudipole.experiments.build import build
from nudipole.experiments.combination import joint_model
from nudipole.experiments.experiment import SCALES, Experiment
from nudipole.properties import find, is_amplitude
from nudipole.statistics import CONSTRUCTIONS, intervals
from nudipole.targets.compound import formula

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


@dataclass(frozen=True)
class Description:
    """A description of the atom.

    Attributes
    ----------
    name : str
    changes : dict
        Of the experiments that it applies to, by name: keys of the description and their values.
    described : bool
        Whether they have these values already.
    note : str
        What it does not cover.
    """

    name: str
    changes: dict[str, dict[str, Any]]
    described: bool
    note: str = ""


class _Unsuited(NudipoleError):
    """A description does not apply to an experiment."""


def spread(
    experiments: Sequence[Experiment], parameter: str = "mu_nu", *, cl: float = 0.90, construction: str = "unified"
) -> Spread:
    """Interval on a parameter by every description of the atom that applies.

    Parameters
    ----------
    experiments : sequence of Experiment
        One, or several in one likelihood; a description changes those that it applies to.
    parameter, cl
        As for `nudipole.experiments.fitting.limit`.
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
    unit = find(parameter)[1].parameters[parameter].unit
    lower, upper = _ends(experiments, parameter, cl, construction)
    described = next((item for item in applicable if item.described), None)
    name, note = ("as described", "") if described is None else (described.name, described.note)
    rows = [Row(name, True, lower, upper, _relative(lower, lower), 0.0, note)]
    for item in applicable:
        if item.described:
            continue
        try:
            found = _ends([_changed(one, item) for one in experiments], parameter, cl, construction)
        except NudipoleError as error:
            left_out[item.name] = str(error)
            continue
        changes = [_relative(new, old) for new, old in zip(found, (lower, upper), strict=True)]
        rows.append(Row(item.name, False, *found, *changes, item.note))
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


def descriptions(experiments: Sequence[Experiment], parameter: str) -> tuple[list[Description], dict[str, str]]:
    """Descriptions that apply to an experiment at least, and the reasons why others do not.

    Raises
    ------
    NudipoleError
        If no experiment scatters neutrinos on electrons.
    """
    scattering = [one for one in experiments if electron_processes(one)]
    if not scattering:
        names = " and ".join(one.name for one in experiments)
        raise NudipoleError(f"{names}: no scattering on electrons (process nu-e), so no description of the atom to vary")
    # Elsewhere every electron counts in any description.
    concerned = [one for one in scattering if bound(one) is not None]
    applicable: list[Description] = []
    left_out: dict[str, str] = {}
    for name in ("stepping", "free-electrons", *_calculations(), "equivalent-photons"):
        changes, reasons, notes = {}, {}, []
        for one in concerned or scattering:
            try:
                keys, note = _keys(one, name, parameter)
            except _Unsuited as reason:
                reasons[one.name] = str(reason)
                continue
            notes += [note] if note else []
            changes[one.name] = keys
        if not changes:
            left_out[name] = "; ".join(dict.fromkeys(reasons.values()))
            continue
        suited = [one for one in experiments if one.name in changes]
        notes += [f"{', '.join(changes)} only"] if reasons else []
        applicable.append(
            Description(
                name,
                {one.name: _of_processes(one, changes[one.name]) for one in suited},
                described=all(_has(one, changes[one.name]) for one in suited) and not reasons,
                note="; ".join(dict.fromkeys(notes)),
            )
        )
    return applicable, left_out


def _keys(experiment: Experiment, name: str, parameter: str) -> tuple[dict[str, Any], str]:
    """Keys of a process on electrons that make a description, and what it does not cover.

    Raises
    ------
    _Unsuited
        If it does not apply.
    """
    keys: dict[str, Any] = {"binding": "stepping", "weak_factor": None, "dipole_factor": None}
    if is_charge(parameter):
        keys["millicharge"] = "free-electron"
    simple = {"stepping": keys, "free-electrons": keys | {"binding": "free"}}
    if name in simple and (bound(experiment) is not None or _has(experiment, simple[name])):
        return simple[name], ""
    if bound(experiment) is None:
        raise _Unsuited("no recoils are counted below the K edge of the target: every electron counts in any description")
    if name != "equivalent-photons":
        return _many_body(experiment, name, parameter, keys)
    if not is_charge(parameter):
        raise _Unsuited(f"stand for the squared millicharge, and {parameter} is none")
    return keys | {"millicharge": "equivalent-photon"}, "the squared millicharge; too small far above the edges"


def _many_body(
    experiment: Experiment, name: str, parameter: str, keys: dict[str, Any]
) -> tuple[dict[str, Any], str]:
    """The same of the factors of a many-body calculation, where they cover what is limited."""
    elements = list(formula(experiment.spec.target.name))
    known = _calculations()[name]
    factors = known.get(elements[0].lower(), {}) if len(elements) == 1 else {}
    if not factors:
        listed = ", ".join(element.capitalize() for element in known)
        raise _Unsuited(f"the package has no {name} factor of {experiment.spec.target.name} (of {listed} only)")
    keys = keys | {f"{channel}_factor": factor for channel, factor in factors.items()}
    names = " and ".join(factors.values())
    if is_charge(parameter):
        raise _Unsuited(f"{names} is not for a millicharge, which binding enhances")
    squared = is_amplitude(parameter)
    if squared and "dipole" not in factors:
        if experiment.sm_in_background and not _has(experiment, keys):
            raise _Unsuited(
                f"{names} is for the weak channel, which is part of a background of {experiment.name}; "
                "the package has no dipole factor"
            )
        return keys, "the weak channel only; the dipole as by stepping"
    return keys, ""


def _calculations() -> dict[str, dict[str, dict[str, str]]]:
    """Factors of the package: by calculation, element and channel their names, such as ``xe-rrpa-weak``."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for table in tables.available():
        if table.startswith("atomic-"):
            name = table.removeprefix("atomic-")
            element, *calculation, channel = name.split("-")
            found.setdefault("-".join(calculation), {}).setdefault(element, {})[channel] = name
    return found


def _has(experiment: Experiment, keys: dict[str, Any]) -> bool:
    """Whether every process on electrons has these values."""
    return all(getattr(one, key) == keys[key] for one in electron_processes(experiment).values() for key in keys)


def _of_processes(experiment: Experiment, keys: dict[str, Any]) -> dict[str, Any]:
    """A change of every process on electrons."""
    if experiment.spec.process is not None:
        return {"process": keys}
    return {"processes": {name: keys for name in electron_processes(experiment)}}


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
            f"atomic nuisance {description.name}: more than twice what {experiment.name} has in some bin, which mirrored "
            "is negative: no nuisance of the fit, but two numbers to compare (spread)"
        )
    return varied


def _mirrored(experiment: Experiment, parameter: str) -> NDArray[np.float64]:
    """What the square of the parameter adds to each bin at minus one standard deviation."""
    model = experiment.model(parameter)
    eta = np.array([-1.0 if name == NUISANCE else 0.0 for name in model.nuisances])
    # Nuisances of backgrounds cancel in the differences.
    zero, plus, minus = (np.asarray(model.expected(poi, eta)) for poi in (0.0, 1.0, -1.0))
    added = plus - zero if is_amplitude(parameter) else (plus + minus) / 2 - zero
    rounding: NDArray[np.float64] = added + 1e-9 * np.abs(zero).max()
    return rounding


def _rebuilt(experiment: Experiment, change: dict[str, Any], what: str) -> Experiment:
    file = f"{experiment.file or experiment.name} ({what})"
    spec = experiment.spec.changed(change, file)
    return build(spec, file=file, folder=experiment.folder, variant=experiment.variant)


def _ends(
    experiments: Sequence[Experiment], parameter: str, cl: float, construction: str
) -> tuple[float | None, float]:
    """Ends of the interval in the parameter's unit."""
    several = len(experiments) > 1
    model = joint_model(experiments, parameter) if several else experiments[0].model(parameter)
    found = intervals(model, cl, [construction])[construction]
    scale = SCALES[find(parameter)[1].parameters[parameter].unit]

    def in_unit(poi: float) -> float:
        return float(np.sqrt(max(poi, 0.0)) * scale) if is_amplitude(parameter) else float(poi * scale)

    return in_unit(found.lower) if found.sides == "two" else None, in_unit(found.upper)


def _asymptotic(construction: str, parameter: str) -> str:
    """The asymptotic construction that one by toys or sampling is like."""
    if construction in CONSTRUCTIONS:
        return construction
    likeness = {
        "feldman-cousins": "unified",
        "cls": "one-sided",
        "bayesian": "one-sided" if is_amplitude(parameter) else "delta-chi2",
    }
    if construction not in likeness:
        raise UnknownName("construction", construction, [*CONSTRUCTIONS, *likeness])
    return likeness[construction]


def _relative(new: float | None, old: float | None) -> float | None:
    """Change of an end in units of its size as described."""
    return (new - old) / abs(old) if new is not None and old else None
