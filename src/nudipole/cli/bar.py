"""The progress bar of long runs: what is done, how fast, how long it will take."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nudipole.scans import State


class Rate:
    """How fast a run was.

    Attributes
    ----------
    state : State or None
        The last that was reported.
    """

    def __init__(self) -> None:
        self.state: State | None = None
        self._first: tuple[float, int] | None = None
        self._last = 0.0

    def note(self, state: State) -> None:
        """Progress at this moment; the first chunk, with what is compiled for it, does not count."""
        self.state, self._last = state, monotonic()
        if state.done and self._first is None:
            self._first = (self._last, state.done)

    @property
    def value(self) -> float | None:
        """Per second; None before there are two chunks."""
        if self.state is None or self._first is None:
            return None
        seconds, done = self._last - self._first[0], self.state.done - self._first[1]
        return done / seconds if done and seconds > 0 else None


@contextmanager
def bar(what: str, unit: str) -> Iterator[tuple[Callable[[State], None], Rate]]:
    """A bar on standard error with rate and remaining time; silent where that is not a terminal.

    Parameters
    ----------
    what : str
    unit : str
        What is counted, such as toys.
    """
    rate = Rate()
    if not sys.stderr.isatty():
        yield rate.note, rate
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(f"{what}: starting", total=None, speed="")

        def note(state: State) -> None:
            rate.note(state)
            done = state.before + state.done
            speed = ""
            if rate.value:
                left = (state.total - done) / rate.value
                speed = f"{rate.value:.3g} {unit}/s, {_time(left)} left"
            shown.update(task, description=what, completed=done, total=state.total, speed=speed)

        yield note, rate


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
