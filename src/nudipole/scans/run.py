"""From a description to a store."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nudipole.files import unfinished
from nudipole.scans.description import Description
from nudipole.scans.executors import Executor, Threads
from nudipole.scans.profiles import Profiles
from nudipole.scans.store import Store, finished


class State(NamedTuple):
    """How far a run is, in toys or points.

    Attributes
    ----------
    total : int
    before : int
        Of earlier runs.
    done : int
        Of this one.

    Examples
    --------
    >>> State(total=10, before=4, done=6)
    State(total=10, before=4, done=6)
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

    Returns
    -------
    State

    Raises
    ------
    InputError, NudipoleError, OSError
        See `Store.begin` and `Store.write`; chunks that are finished stay.

    Examples
    --------
    >>> from nudipole.scans import Grid, Description, ExperimentText
    >>> moments = {"mu_nu": Grid((0.0, 1e-11), "mu_B")}
    >>> profile = Description("delta-chi2", (ExperimentText.read("xenonnt-2022"),), moments)
    >>> run(profile, "scan.zarr")
    State(total=2, before=0, done=2)
    >>> run(profile, "scan.zarr")
    State(total=2, before=2, done=0)
    """
    with _gone_if_empty(Path(path)) as stays:
        return _filled(Store.begin(path, description), description, executor or Threads(), stays, progress)


@contextmanager
def _gone_if_empty(path: Path) -> Iterator[Callable[[], None]]:
    """A store that this run begins does not outlive a failure, unless what is yielded was called before."""
    if path.exists():
        yield lambda: None
        return
    with ExitStack() as stack:
        stack.enter_context(unfinished(path))
        try:
            yield stack.close
        except BaseException:
            if path.exists() and finished(path)[0] == 0:
                shutil.rmtree(path, ignore_errors=True)
            raise


def _filled(
    store: Store,
    description: Description,
    executor: Executor,
    stays: Callable[[], None],
    progress: Callable[[State], object],
) -> State:
    """The chunks that are left."""
    chunks = store.work.chunks
    left = [int(k) for k in np.flatnonzero(~store.finished)]
    total = int(np.prod(chunks.shape))
    state = State(total, total - sum(chunks.size(k) for k in left), 0)
    progress(state)
    for number, result in executor(description.to_text(), left):
        stays()
        store.write(number, result)
        state = state._replace(done=state.done + chunks.size(number))
        progress(state)
    if isinstance(store.work, Profiles) and "chi2_min" not in store.attributes:
        chi2, at = store.work.least(store.whole("chi2"))
        store.note(chi2_min=chi2, best_point=at)
    return state
