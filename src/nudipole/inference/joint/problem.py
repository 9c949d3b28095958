"""What a joint fit minimises: experiments, published limits and parameters, with what the parameters mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from nudipole import arguments
from nudipole.errors import NudipoleError, UnknownName
from nudipole.experiments.constraint import Constraint
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.features import groups_of, size_of
from nudipole.experiments.parametrised import parametrised
from nudipole.inference.asked import Asked, Progress
from nudipole.inference.joint import which
from nudipole.mixing import UncertainMixing, uncertain
from nudipole.models import find
from nudipole.properties import Parameter
from nudipole.properties.parameters import GROUPS
from nudipole.statistics.blocks import Blocks

Numbers = NDArray[np.float64]
Phases = Literal["profiled", "fixed"]
PHASES: tuple[Phases, ...] = get_args(Phases)

#: Moments below this, in units of their size, are zero as far as a minimum tells: chi2 is flat to the fourth order.
NOTHING = 1e-2


@dataclass(frozen=True)
class Problem:
    """A joint likelihood with what its parameters mean.

    Attributes
    ----------
    blocks : Blocks
    names : tuple of str
        Parameters of the fit, none a nuisance.
    held : dict of float
    experiments : tuple of Experiment
    constraints : tuple of Constraint
    mixing : UncertainMixing
    phases : {"profiled", "fixed"}
    """

    blocks: Blocks
    names: tuple[str, ...]
    held: dict[str, float]
    experiments: tuple[Experiment, ...]
    constraints: tuple[Constraint, ...]
    mixing: UncertainMixing
    phases: Phases

    @property
    def parameters(self) -> list[Parameter]:
        """Those of the fit."""
        return [find(name) for name in self.names]

    @property
    def limited(self) -> list[Parameter]:
        """Those that have a limit: all but phases."""
        return [parameter for parameter in self.parameters if parameter.scale is not None]

    @property
    def moduli(self) -> list[Parameter]:
        """Those of moments: what counts is their size."""
        return [parameter for parameter in self.limited if parameter.squared]

    @property
    def edges(self) -> dict[str, tuple[float, float]]:
        """Ranges of the profiles."""
        return {parameter.name: (0.0, np.inf) for parameter in self.moduli}

    @property
    def mirrored(self) -> list[str]:
        """Moments that may all change their sign together."""
        return [] if self.signed else [parameter.name for parameter in self.moduli]

    @property
    def signed(self) -> bool:
        """Whether moduli stand beside phases that are held, and cannot be negative."""
        return self.phases == "fixed" and any(phase_of(parameter) for parameter in self.moduli)

    def value(self, x: Numbers) -> dict[str, float]:
        """Parameters in their units, moduli positive and phases relative to the first."""
        raw = dict(zip(self.names, x[self.blocks.places(self.names)], strict=True))
        vector = [parameter for parameter in self.moduli if phase_of(parameter)]
        if vector and not self.signed:
            phases = {p.name: raw.get(phase_of(p), self.held.get(phase_of(p), 0.0)) for p in vector}
            turned = {p.name: raw[p.name] * np.exp(1j * phases[p.name]) for p in vector}
            first = next((number for number in turned.values() if abs(number) > NOTHING), 1.0)
            for p in vector:
                number = turned[p.name] * np.conj(first) / abs(first)
                raw[p.name] = abs(number)
                if phase_of(p) in raw:
                    raw[phase_of(p)] = float(np.angle(number))
        elif self.moduli and all(raw[p.name] <= 0 for p in self.moduli):
            raw |= {p.name: abs(raw[p.name]) for p in self.moduli}
        return {name: float(number) * size_of(find(name)) for name, number in raw.items()}


def phase_of(parameter: Parameter) -> str:
    """Name of the phase of a modulus; empty if it has none."""
    phase = parameter.name.replace("lambda_", "phi_")
    return phase if phase != parameter.name and any(p.name == phase for p in GROUPS[parameter.group]) else ""


def problem(
    experiments: Asked | None,
    parametrisation: str | Sequence[str],
    *,
    free: Iterable[str] | None = None,
    held: Mapping[str, float] | None = None,
    drop: Iterable[str] = (),
    published: Iterable[str | Constraint] | None = None,
    oscillation: str = "nufit-6.0-no",
    mixing: str = "profiled",
    phases: Phases = "profiled",
    sides: str = "two",
    progress: Progress,
) -> Problem:
    """The joint likelihood that `fit` minimises; arguments and errors are the same."""
    names, given = _parameters(groups(parametrisation), free, dict(held or {}), phases)
    moments, _ = groups_of([*names, *given])
    if mixing not in ("profiled", "fixed"):
        raise UnknownName("mixing", mixing, ("profiled", "fixed"))
    known = uncertain(oscillation) if mixing == "profiled" else uncertain(oscillation, ())
    by_default = published is None and experiments is None and moments is not None
    limits = which.published_by_default() if by_default else tuple(published or ())
    asked, left_out = which.kept(experiments, limits, drop)
    chosen = [one for one in limits if which.constraint_name(one) not in left_out]
    loaded = which.loaded(asked, oscillation, progress)
    constraints = which.constraints(chosen, known.central, sides)
    which.refuse_double(loaded, constraints)
    progress("likelihood")
    blocks = parametrised(loaded, names, held=given, mixing=known, constraints=constraints)
    posed = Problem(blocks, tuple(names), given, loaded, constraints, known, phases)
    if posed.signed:
        places = blocks.places([parameter.name for parameter in posed.moduli])
        blocks.lower[places] = 0.0
    return posed


def groups(parametrisation: str | Sequence[str]) -> tuple[str, ...]:
    """Names of parametrisations, each once."""
    found = (parametrisation,) if isinstance(parametrisation, str) else tuple(parametrisation)
    for group in found:
        if group not in GROUPS:
            raise UnknownName("parametrisation", group, GROUPS)
    return tuple(dict.fromkeys(found))


def _parameters(
    groups: Sequence[str], free: Iterable[str] | None, held: dict[str, float], phases: str
) -> tuple[list[str], dict[str, float]]:
    """Parameters that are fitted, and those that are held where they are not at their defaults."""
    if phases not in PHASES:
        raise UnknownName("treatment of phases", phases, PHASES)
    known = {parameter.name: parameter for group in groups for parameter in GROUPS[group]}
    for name in (*(free or ()), *held):
        if name not in known:
            raise UnknownName(f"parameter of {' and '.join(groups)}", name, known)
    given = {name: arguments.number(name, value, unit=known[name].unit) for name, value in held.items()}
    chosen = list(free) if free is not None else [n for n in known if not n.startswith("eps_") and n not in given]
    moduli = [name for name in chosen if known[name].scale is not None]
    if not moduli:
        raise NudipoleError(
            f"nothing to fit but {', '.join(chosen) or 'held parameters'}: free a parameter with a size"
        )
    vector = [name for name in moduli if phase_of(known[name])]
    wanted = [phase_of(known[name]) for name in vector]
    if free is None:
        chosen = [name for name in chosen if known[name].scale is not None]
        # One phase of all is the phase of the neutrino's states, which nothing depends on.
        chosen += [phase for phase in wanted[1:] if phases == "profiled" and phase not in given]
    for name in chosen:
        if known[name].scale is None and phases == "fixed":
            raise NudipoleError(f"{name} is free and phases are fixed: leave out one of them")
    return chosen, given
