"""Experiments that use the same data: in one likelihood these would count double."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from nudipole.errors import NudipoleError
from nudipole.experiments.experiment import Experiment

#: Bins from which on the same counts in all of them are taken for one measurement, not for chance.
_LEAST = 3


def refuse_same_data(experiments: Sequence[Experiment]) -> None:
    """Let pass only experiments whose data are different.

    Parameters
    ----------
    experiments : sequence of Experiment

    Raises
    ------
    NudipoleError
        If one lists another as ``same_data_as``, or if two have the same counts, in three bins or more that are not
        all empty, and none of them states ``same_data_as: []``.

    Examples
    --------
    >>> import nudipole as nd
    >>> refuse_same_data([nd.load("lampf"), nd.load("lsnd-2001")])
    """
    for one, other in combinations(experiments, 2):
        both, double = f"{one.name} and {other.name}", "which would count double: leave out one"
        if other.name in (one.spec.same_data_as or ()) or one.name in (other.spec.same_data_as or ()):
            raise NudipoleError(f"{both} use the same data, {double}")
        if _same_counts(one, other):
            fault = f"{both} have the same data, {one.observed.size} equal counts, {double}"
            raise NudipoleError(f"{fault}, or write same_data_as: [] in a file of yours if they agree by chance")


def _same_counts(one: Experiment, other: Experiment) -> bool:
    """Whether both have counts, the same ones, and neither states that its data are its own."""
    if one.given_data is None or other.given_data is None or [] in (one.spec.same_data_as, other.spec.same_data_as):
        return False
    same = np.array_equal(one.given_data, other.given_data)
    return same and one.given_data.size >= _LEAST and bool(np.any(one.given_data))
