"""Descriptions of the atom that a process on electrons may have: which apply to which experiments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nudipole import tables
from nudipole.errors import NudipoleError
from nudipole.experiments.atomic_choice import bound, electron_processes, is_charge
from nudipole.experiments.experiment import Experiment
from nudipole.models import find
from nudipole.targets.compound import formula


@dataclass(frozen=True)
class AtomicDescription:
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


def descriptions(experiments: Sequence[Experiment], parameter: str) -> tuple[list[AtomicDescription], dict[str, str]]:
    """Descriptions that apply to an experiment at least, and the reasons why others do not.

    Raises
    ------
    NudipoleError
        If no experiment scatters neutrinos on electrons.
    """
    scattering = [one for one in experiments if electron_processes(one)]
    if not scattering:
        names = " and ".join(one.name for one in experiments)
        raise NudipoleError(f"{names}: without scattering on electrons (process nu-e) there is no atom to describe")
    # Elsewhere every electron counts in any description.
    concerned = [one for one in scattering if bound(one) is not None]
    applicable: list[AtomicDescription] = []
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
            AtomicDescription(
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
        raise _Unsuited("no recoils counted below the K edge of the target: every electron counts in any description")
    if name != "equivalent-photons":
        return _many_body(experiment, name, parameter, keys)
    if not is_charge(parameter):
        raise _Unsuited(f"stand for the squared millicharge, and {parameter} is none")
    return keys | {"millicharge": "equivalent-photon"}, "the squared millicharge; too small far above the edges"


def _many_body(experiment: Experiment, name: str, parameter: str, keys: dict[str, Any]) -> tuple[dict[str, Any], str]:
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
    if find(parameter).squared and "dipole" not in factors:
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
    return {"processes": dict.fromkeys(electron_processes(experiment), keys)}
