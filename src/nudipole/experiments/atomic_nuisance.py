"""Another description of the atom as a nuisance of the likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole.errors import NudipoleError, UnknownName
from nudipole.experiments.atomic_descriptions import AtomicDescription, descriptions
from nudipole.experiments.build.experiment import build
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.likelihood import likelihood
from nudipole.models import find

#: The nuisance that `with_nuisance` adds.
NUISANCE = "atomic"


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


def _varied(experiment: Experiment, description: AtomicDescription, parameter: str) -> Experiment:
    """The experiment with a nuisance, if the description applies to it."""
    change = description.changes.get(experiment.name)
    if change is None:
        return experiment
    if NUISANCE in experiment.spec.nuisances:
        raise NudipoleError(f"{experiment.name} has a nuisance {NUISANCE} already: leave one out, or rename it")
    nuisance = {"note": f"{description.name} at one standard deviation, mirrored", "plus": change}
    added = {"nuisances": {NUISANCE: nuisance}, "shared": [*experiment.spec.shared, NUISANCE]}
    varied = rebuilt(experiment, added, f"{description.name} as a nuisance")
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


def rebuilt(experiment: Experiment, change: dict[str, Any], what: str) -> Experiment:
    """The experiment with other keys of its description, called `what` in messages."""
    file = f"{experiment.file or experiment.name} ({what})"
    spec = experiment.spec.changed(change, file)
    return build(spec, file=file, beside=experiment.beside, variant=experiment.variant)
