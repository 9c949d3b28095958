"""What a question is asked of, and whom its progress is shown to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from nudipole.errors import NudipoleError, shortened
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.likelihood import listed
from nudipole.experiments.loader import load
from nudipole.experiments.reading import Named

#: One experiment or several, folded or by name, file or description.
Asked = Experiment | Named | Iterable[Experiment | Named]
Progress = Callable[[str], object]


def experiments_of(asked: Asked) -> tuple[Experiment, ...]:
    """The experiments that are meant, loaded where they are only named.

    Raises
    ------
    NudipoleError
        If there is none, or two have the same name or use the same data; as for `nudipole.load`.

    Examples
    --------
    >>> [experiment.name for experiment in experiments_of("xenonnt-2022")]
    ['xenonnt-2022']
    """
    if isinstance(asked, Experiment | str | Path | Mapping):
        asked = [asked]
    if not isinstance(asked, Iterable):
        raise NudipoleError(f"{shortened(asked)} is no experiment: give one, its name, a file or a description")
    return listed(one if isinstance(one, Experiment) else load(one) for one in asked)


@contextmanager
def reported(given: Progress | None, what: str) -> Iterator[Progress]:
    """The progress that is given; in a notebook a line that changes and goes in the end, elsewhere nothing.

    Parameters
    ----------
    given : callable or None
    what : str
        What is being made, the first word of the line.
    """
    if given is not None:
        yield given
        return
    # A notebook has imported IPython: whoever has not is not made to.
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None or not hasattr(shell, "kernel"):
        yield _unseen
        return
    display = import_module("IPython.display").display
    line = display({"text/plain": f"{what} ..."}, raw=True, display_id=True)
    try:
        yield lambda step: line.update({"text/plain": f"{what}: {step}"}, raw=True)
    finally:
        # HTML beside it is what pages rendered from notebooks show, where an empty text would be an empty box.
        line.update({"text/plain": "", "text/html": "<!-- -->"}, raw=True)


def _unseen(step: str) -> None:
    """Nobody looks."""
