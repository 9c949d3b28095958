"""Who does the work: threads of this process, or the workers of a Dask cluster."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, TypeAlias

from nudipole.errors import NudipoleError
from nudipole.extras import optional
from nudipole.scans.tasks import compute
from nudipole.scans.work import Result
from nudipole.statistics.toys.draws import THREADS

#: From the text of a description and numbers of chunks to their results, in the order in which they are ready.
Executor: TypeAlias = Callable[[str, Sequence[int]], Iterator[tuple[int, Result]]]

_ADDRESS = re.compile(r"^(?:tcp|tls)://(?:[\w.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}$")
#: Tasks that wait for a worker, for each thread that works: more would fill memory with results.
_AHEAD = 2
#: How often a chunk is given to other workers after it, or what was beside it, has killed some.
_TRIES = 3


class Threads:
    """Threads of this process.

    Parameters
    ----------
    number : int
        How many work at once.

    Examples
    --------
    >>> Threads(2).number
    2
    """

    def __init__(self, number: int = THREADS) -> None:
        self.number = number

    def __call__(self, text: str, numbers: Sequence[int]) -> Iterator[tuple[int, Result]]:
        """Compute the chunks; an error or an interrupt begins no further one, and does not wait for those at work."""
        if not numbers:
            return
        # The first alone: what it compiles serves all.
        yield numbers[0], compute(text, numbers[0])
        if self.number == 1:
            for number in numbers[1:]:
                yield number, compute(text, number)
            return
        rest = iter(numbers[1:])
        pool = ThreadPoolExecutor(self.number)
        try:
            running: dict[Future[Result], int] = {}
            while True:
                for number in rest:
                    running[pool.submit(compute, text, number)] = number
                    if len(running) >= _AHEAD * self.number:
                        break
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


class Cluster:
    """Workers of a Dask cluster.

    Tasks of a worker that dies are given to others. Results come back to this process, which alone writes them.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://127.0.0.1:8786``.
    timeout : float
        Seconds to wait for the scheduler, and for a first worker.

    Raises
    ------
    NudipoleError
        If that is no address.

    Examples
    --------
    A cluster is looked for when there is work:

    >>> cluster = Cluster("tcp://127.0.0.1:8786")
    >>> Cluster("127.0.0.1")
    Traceback (most recent call last):
        ...
    nudipole.errors.NudipoleError: scheduler '127.0.0.1': write tcp://HOST:PORT, for example tcp://127.0.0.1:8786
    """

    def __init__(self, address: str, *, timeout: float = 30.0) -> None:
        if not _ADDRESS.match(address):
            raise NudipoleError(f"scheduler {address[:80]!r}: write tcp://HOST:PORT, for example tcp://127.0.0.1:8786")
        self.address, self.timeout = address, timeout

    def __call__(self, text: str, numbers: Sequence[int]) -> Iterator[tuple[int, Result]]:
        """Compute the chunks.

        Raises
        ------
        NudipoleError
            If there is no scheduler or no worker, the connection is lost, or a chunk kills every worker.
        """
        if not numbers:
            return
        client = self._client()
        try:
            yield from _on(client, text, numbers, self.address)
        finally:
            client.close(timeout=5)

    def _client(self) -> Any:
        distributed = optional("distributed", "clusters are reached through")
        client_of: Any = distributed.Client

        try:
            client = client_of(self.address, timeout=self.timeout, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise NudipoleError(
                f"no Dask scheduler at {self.address}: start one with `dask scheduler`, and workers with "
                f"`dask worker {self.address}`"
            ) from error
        try:
            client.wait_for_workers(1, timeout=self.timeout)
        except TimeoutError as error:
            client.close(timeout=5)
            raise NudipoleError(
                f"the scheduler at {self.address} has no workers: start some with `dask worker {self.address}`"
            ) from error
        return client


def _on(client: Any, text: str, numbers: Sequence[int], address: str) -> Iterator[tuple[int, Result]]:
    import distributed
    from distributed.client import FutureCancelledError

    waiting, tries = iter(numbers), dict.fromkeys(numbers, 0)
    owner: dict[str, int] = {}
    ready: Any = distributed.as_completed
    running = ready(loop=client.loop)

    def submit(number: int) -> None:
        future = client.submit(compute, text, number, pure=False)
        owner[future.key] = number
        running.add(future)

    def fill() -> None:
        room = _AHEAD * max(sum(client.nthreads().values()), 1)
        while len(owner) < room:
            number = next(waiting, None)
            if number is None:
                return
            submit(number)

    try:
        fill()
        for future in running:
            number = owner.pop(future.key)
            try:
                result = future.result()
            except distributed.KilledWorker:
                tries[number] += 1
                if tries[number] >= _TRIES:
                    raise NudipoleError(
                        f"chunk {number} has killed one worker after the other, out of memory perhaps: "
                        "give them more, or fewer threads"
                    ) from None
                submit(number)
                continue
            except ModuleNotFoundError as error:
                raise NudipoleError(f"the workers lack a module ({error}): install the same nudipole there") from error
            future.release()
            fill()
            yield number, result
    except (FutureCancelledError, OSError) as error:
        raise NudipoleError(
            f"the connection to the scheduler at {address} is lost: what is finished is kept, repeat the command"
        ) from error


def executor(scheduler: str | None = None, threads: int | None = None) -> Executor:
    """A cluster by its address, or threads.

    Parameters
    ----------
    scheduler : str, optional
    threads : int, optional
        All processors, unless given.

    Returns
    -------
    Executor

    Raises
    ------
    NudipoleError
        As for `Cluster`.

    Examples
    --------
    >>> executor(threads=2).number
    2
    """
    if scheduler is not None:
        return Cluster(scheduler)
    return Threads(threads or THREADS)
