"""The same work for many names, in processes of their own: one that fails or dies takes no other down."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import active_children, get_context, parent_process
from typing import Generic, TypeVar

from threadpoolctl import ThreadpoolController

from nudipole.errors import NudipoleError

Item = TypeVar("Item")
Result = TypeVar("Result")


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def one_thread_of_blas() -> Iterator[None]:
    """Small matrices within: their factorisations are ten times slower by several threads."""
    with _libraries().limit(limits=1, user_api="blas"):
        yield


def in_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """`function` of every item, in their order, on all cores: for work that leaves the interpreter to arrays.

    Parameters
    ----------
    function : callable
        That changes nothing which another call sees.
    items : iterable

    Returns
    -------
    list

    Examples
    --------
    >>> in_threads(abs, [1, -2])
    [1, 2]
    """
    with one_thread_of_blas(), ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(function, items))


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Failed:
    """What stands in the place of a result.

    Attributes
    ----------
    reason : str
        One line.
    """

    reason: str


@dataclass(frozen=True)
class _Guarded(Generic[Result]):
    """A function whose errors are results: only what a user can mend, anything else is a defect and is named so."""

    function: Callable[[str], Result]

    def __call__(self, name: str) -> Result | Failed:
        try:
            return self.function(name)
        except (NudipoleError, OSError) as error:
            return Failed(str(error))
        except Exception as error:
            return Failed(f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:300]}")


def each(
    function: Callable[[str], Result],
    names: Sequence[str],
    *,
    jobs: int = 1,
    prepare: Callable[[], object] | None = None,
    finished: Callable[[str], object] = lambda name: None,
) -> dict[str, Result | Failed]:
    """`function` of every name, in the order of the names.

    Parameters
    ----------
    function : callable
        To be pickled, and its result, if there is more than one job.
    names : sequence of str
    jobs : int
        Processes at work; with one, the work is done in this process.
    prepare : callable, optional
        Called once in every process.
    finished : callable
        Called with each name when its result is there.
    """
    guarded = _Guarded(function)
    if jobs <= 1 or len(names) <= 1:
        if prepare is not None:
            prepare()
        done = {}
        for name in names:
            done[name] = guarded(name)
            finished(name)
        return done
    results: dict[str, Result | Failed] = {}
    for name, result in _in_processes(guarded, names, min(jobs, len(names)), prepare, finished):
        results[name] = result
    return {name: results[name] for name in names}


def _in_processes(
    guarded: _Guarded[Result],
    names: Sequence[str],
    jobs: int,
    prepare: Callable[[], object] | None,
    finished: Callable[[str], object],
) -> Iterator[tuple[str, Result | Failed]]:
    suspects = []
    with _stopped_at_once(_pool(jobs, prepare)) as pool:
        with _deaf_to_interrupts():
            waiting: dict[Future[Result | Failed], str] = {pool.submit(guarded, name): name for name in names}
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                name = waiting.pop(future)
                try:
                    result = future.result()
                except BrokenProcessPool:
                    suspects.append(name)  # of the process that died, or only in the same pool
                    continue
                finished(name)
                yield name, result
    for name in suspects:
        with _stopped_at_once(_pool(1, prepare)) as pool:
            try:
                with _deaf_to_interrupts():
                    future = pool.submit(guarded, name)
                result = future.result()
            except BrokenProcessPool:
                result = Failed("its process died, out of memory perhaps")
        finished(name)
        yield name, result


#: The process that looks after the queues would report those of a run that ends at once.
_SILENT = "ignore::UserWarning:multiprocessing.resource_tracker"


def _pool(jobs: int, prepare: Callable[[], object] | None) -> ProcessPoolExecutor:
    if _SILENT not in sys.warnoptions:
        sys.warnoptions.append(_SILENT)
    with _deaf_to_interrupts():  # its queues begin a process that looks after them
        return ProcessPoolExecutor(jobs, get_context("spawn"), partial(_begin, prepare))


@contextmanager
def _stopped_at_once(pool: ProcessPoolExecutor) -> Iterator[ProcessPoolExecutor]:
    """A pool whose processes are ended once it is left by an error or an interrupt: nobody waits for their results."""
    before = set(active_children())
    try:
        yield pool
    except BaseException:
        for process in set(active_children()) - before:
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """A block in which processes are begun that leave it to this one to answer an interrupt.

    A terminal sends it to all of them, as it does when it goes away, and each would print where it was. What is blocked
    here stays so in them; this process gets what has come in the meantime when the block is over.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(prepare: Callable[[], object] | None) -> None:
    """The first thing in a process that works for another: it ends with it, however that one ends."""
    threading.Thread(target=_follow, daemon=True).start()
    if prepare is not None:
        prepare()


def _follow() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
