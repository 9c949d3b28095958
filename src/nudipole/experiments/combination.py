"""Several experiments in one likelihood, with the nuisances that their descriptions share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import numpy as np

from nudipole.errors import NudipoleError
from nudipole.experiments.experiment import Experiment
from nudipole.statistics import Model, joint


def joint_model(
    experiments: Sequence[Experiment], parameter: str = "mu_nu", *, beside: Mapping[str, float] | None = None
) -> Model:
    """Likelihood of one parameter in several experiments.

    A nuisance that a description lists as ``shared`` is one and the same in all experiments with a nuisance of that
    name that they share, and so are the fluxes of the Sun; every other belongs to its experiment alone and is called
    ``experiment/nuisance``.

    Parameters
    ----------
    experiments : sequence of Experiment
        Of different names.
    parameter, beside
        As for `Experiment.model`.

    Raises
    ------
    NudipoleError
        If two have the same name, or disagree about a nuisance that they share.
    """
    return joined(experiments, lambda experiment: experiment.model(parameter, beside=beside))


def joined(experiments: Sequence[Experiment], model: Callable[[Experiment], Model]) -> Model:
    """The same of other models of the experiments, all with the nuisances that `Experiment.model` has.

    Parameters
    ----------
    experiments : sequence of Experiment
        Of different names.
    model : callable
        The model of an experiment.

    Raises
    ------
    NudipoleError
        As `joint_model`.
    """
    names = [experiment.name for experiment in experiments]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise NudipoleError(f"{twice} twice in one combination: its data would count double")
    models = {experiment.name: model(experiment) for experiment in experiments}
    shared = {name for experiment in experiments for name in _shared(experiment)}
    for name in shared:
        silent = [e.name for e in experiments if name in models[e.name].nuisances and name not in _shared(e)]
        if silent:
            message = f"{silent[0]} has a nuisance {name} but does not list it as shared, as another experiment does"
            raise NudipoleError(f"{message}: add it there, or rename one")
    for name, first, other in _different_fluxes(experiments, shared):
        raise NudipoleError(f"{name} is not the same in {first} and {other}: give both sources one flux_uncertainty")
    present = {name for name in shared if any(name in model.nuisances for model in models.values())}
    return joint(models, present)


def _shared(experiment: Experiment) -> set[str]:
    """Names of the nuisances that mean the same in other experiments."""
    solar = experiment.flux_shift if experiment.spec.source.kind == "solar" else ()
    return {*experiment.spec.shared, *solar}


def _different_fluxes(experiments: Sequence[Experiment], shared: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """Shared fluxes whose axes differ, each with two experiments that do not agree."""
    seen: dict[str, Experiment] = {}
    for experiment in experiments:
        for name, axis in experiment.flux_shift.items():
            first = seen.setdefault(name, experiment)
            other = first.flux_shift[name]
            if name in shared and not (axis.shape == other.shape and np.allclose(axis, other, atol=1e-12)):
                yield name, first.name, experiment.name
