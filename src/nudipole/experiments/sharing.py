"""Which nuisances experiments of a combination have in common, beside what their descriptions say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from nudipole.errors import NudipoleError, UnknownName
from nudipole.experiments.experiment import Experiment

#: Relative errors that are rounding.
_ROUNDING = 1e-6


def with_sharing(
    experiments: Sequence[Experiment], share: Iterable[str] = (), separate: Iterable[str] = ()
) -> tuple[Experiment, ...]:
    """The experiments with some nuisances one and the same in all that have them, and others each its own.

    Parameters
    ----------
    experiments : sequence of Experiment
        At least two.
    share, separate : iterable of str
        Names of fluxes, backgrounds or nuisances, as `check` and the pulls of a limit print them.

    Returns
    -------
    tuple of Experiment

    Raises
    ------
    UnknownName
        If no experiment has such a nuisance.
    NudipoleError
        If only one has it, or there is only one experiment; if a name is to be both.

    Examples
    --------
    >>> import nudipole as nd
    >>> csi = nd.load("coherent-csi-2021")
    >>> one, other = with_sharing([csi, nd.load("example-sns-csi")], share=["SNS flux"])
    >>> one.sharing, other.sharing
    ({'SNS flux': True}, {'SNS flux': True})
    """
    wanted = dict.fromkeys(share, True)
    for name in separate:
        if name in wanted:
            raise NudipoleError(f"{name} is to be shared and to be separate: choose one")
        wanted[name] = False
    if not wanted:
        return tuple(experiments)
    having = {e.name: nuisances(e) for e in experiments}
    for name, shared in wanted.items():
        found = [experiment for experiment, known in having.items() if name in known]
        word = "shared" if shared else "separate"
        if not found:
            raise UnknownName(f"nuisance to be {word}", name, sorted(set().union(*having.values())))
        if len(found) < 2:
            raise NudipoleError(f"{name} is a nuisance of {found[0]} alone: being {word} has no effect, leave it out")
    return tuple(
        replace(e, sharing={**e.sharing, **{name: on for name, on in wanted.items() if name in having[e.name]}})
        for e in experiments
    )


def nuisances(experiment: Experiment) -> tuple[str, ...]:
    """Names of what is uncertain in an experiment: backgrounds, fluxes, and nuisances of its description."""
    fitted = [b.name for b in experiment.backgrounds if b.normalisation != "fixed"]
    fluxes = [name for name, axis in experiment.flux_shift.items() if np.abs(axis).max() > _ROUNDING]
    return (*fitted, *fluxes, *(variation.name for variation in experiment.variations))
