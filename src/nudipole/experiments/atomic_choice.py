"""Which description of the atom a number from electron recoils rests on, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from nudipole import tables
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.schema.process import ElectronSpec
from nudipole.experiments.settings import energy
from nudipole.models import find
from nudipole.properties import STRENGTH
from nudipole.targets.compound import formula
from nudipole.targets.electrons import shells


class Bound(NamedTuple):
    """The region of interest begins below the K edge of an element of the target: its electrons do not all count.

    Attributes
    ----------
    element : str
        That of the highest edge.
    edge, lowest : float
        Its K edge, and the lower edge of the lowest bin [MeV].
    """

    element: str
    edge: float
    lowest: float

    def __str__(self) -> str:
        return (
            f"the region of interest begins at {energy(self.lowest)}, below the K edge of {self.element} "
            f"({energy(self.edge)})"
        )


def electron_processes(experiment: Experiment) -> dict[str, ElectronSpec]:
    """Processes of scattering on electrons, by name."""
    return {name: item for name, item in experiment.spec.named_processes.items() if isinstance(item, ElectronSpec)}


def is_charge(parameter: str) -> bool:
    """Whether a parameter is a millicharge; the strength of a given neutrino is none."""
    return parameter != STRENGTH and find(parameter).unit == "e"


def bound(experiment: Experiment) -> Bound | None:
    """Whether recoils are counted below the highest K edge of the target, where descriptions of the atom differ.

    Above it every electron of every atom counts in each of them.
    """
    if not electron_processes(experiment):
        return None
    edges = {element: max(edge for edge, _ in shells(element)[1]) for element in formula(experiment.spec.target.name)}
    element = max(edges, key=lambda name: edges[name])
    lowest = float(experiment.bins[0])
    return Bound(element, edges[element], lowest) if lowest < edges[element] else None


def words(given: ElectronSpec, parameter: str) -> str:
    """The description of the atom in one process; of the millicharge where that is what is limited."""
    text = "stepping (bound electrons counted above their edges)"
    if given.binding == "free":
        text = "free electrons (binding ignored)"
    for name in (given.weak_factor, given.dipole_factor):
        if name:
            T = tables.read(f"atomic-{name}").column("T", "keV")
            text += f", times {name} ({T[0]:g} to {T[-1]:g} keV; above, what it lacks to 1 falls as 1/T)"
    if is_charge(parameter):
        photons = given.millicharge == "equivalent-photon"
        text += f"; squared millicharge {'by equivalent photons' if photons else 'on these electrons'}"
    return text


def choice(experiments: Sequence[Experiment], parameter: str) -> dict[str, dict[str, str]]:
    """The description in words by experiment and process; of scattering on electrons only."""
    return {
        e.name: {name: words(item, parameter) for name, item in processes.items()}
        for e in experiments
        if (processes := electron_processes(e))
    }


def in_words(experiments: Sequence[Experiment], parameter: str) -> list[str]:
    """The description for people: one line, or one for every process where they differ."""
    chosen = choice(experiments, parameter)
    texts = {text for processes in chosen.values() for text in processes.values()}
    if len(texts) < 2:
        return list(texts)
    return [
        f"{f'{experiment}, ' if len(experiments) > 1 else ''}{process}: {text}"
        for experiment, processes in chosen.items()
        for process, text in processes.items()
    ]


def dependence(experiments: Sequence[Experiment]) -> list[str]:
    """Whose numbers depend on the description, and why: a line for each."""
    reasons = {e.name: found for e in experiments if (found := bound(e)) is not None}
    return [
        f"{f'{name}: ' if len(experiments) > 1 else ''}{found}: the number depends on this choice"
        for name, found in reasons.items()
    ]


def to_json(experiments: Sequence[Experiment], parameter: str) -> dict[str, Any] | None:
    """Plain data: the choice, and why the number depends on it; None without electrons."""
    chosen = choice(experiments, parameter)
    if not chosen:
        return None
    depends = {e.name: str(found) for e in experiments if (found := bound(e)) is not None}
    return {"choice": chosen, "depends": depends}
