"""From a description to a store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nudipole.scans.description import Description
from nudipole.scans.executors import Executor, Threads
from nudipole.scans.profiles import Profiles
from nudipole.scans.store import Store


class State(NamedTuple):
    """How far a run is, in toys or points.

    Attributes
    ----------
    total : int
    before : int
        Of earlier runs.
    done : int
        Of this one.
    """

    total: int
    before: int
    done: int


def run(
    description: Description,
    path: str | Path,
    executor: Executor | None = None,
    *,
    progress: Callable[[State], object] = lambda state: None,
) -> State:
    """Compute all chunks that are not yet in the store at `path`.

    Parameters
    ----------
    description : Description
    path : str or Path
        Of the Zarr group; it is made if it is not there.
    executor : callable, optional
        Threads of this process, unless given.
    progress : callable
        Called at the start and after every chunk.

    Raises
    ------
    InputError, NudipoleError, OSError
        See `Store.begin` and `Store.write`; chunks that are finished stay.
    """
    store = Store.begin(path, description)
    chunks = store.work.chunks
    finished = store.finished
    left = [int(k) for k in np.flatnonzero(~finished)]
    total = int(np.prod(chunks.shape))
    state = State(total, total - sum(chunks.size(k) for k in left), 0)
    progress(state)
    for number, result in (executor or Threads())(description.to_text(), left):
        store.write(number, result)
        state = state._replace(done=state.done + chunks.size(number))
        progress(state)
    if isinstance(store.work, Profiles) and "chi2_min" not in store.attributes:
        chi2, at = store.work.least(store.whole("chi2"))
        store.note(chi2_min=chi2, best_point=at)
    return state
