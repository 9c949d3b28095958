"""How a run ends before its work is done: one line, the code of its signal, nothing half-written, no process left."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

#: What a run was asked to do, by the signals that are heeded.
_WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated", signal.SIGHUP: "terminated, the terminal is gone"}
#: How long clean-up may take [s]: compiled code does not hear a signal until it returns.
_PATIENCE = 3.0


class Ending:
    """The signal that a run has been asked to end by, if it has.

    Attributes
    ----------
    signal : int or None
    kept : str
        What is worth knowing about what stays.
    unwinds : bool
        Whether the run has something to close first, and so leaves by an exception.
    """

    def __init__(self) -> None:
        self.signal: int | None = None
        self.kept = ""
        self.unwinds = False

    @property
    def code(self) -> int:
        """Exit code, as shells have it."""
        return 128 + (self.signal or signal.SIGINT)

    def __str__(self) -> str:
        words = _WORDS[signal.Signals(self.signal or signal.SIGINT)]
        return f"nudipole: {words}{f': {self.kept}' if self.kept else ''}"

    @contextmanager
    def first(self) -> Iterator[None]:
        """However a signal is taken on its way out of the block, the block ends because of it."""
        try:
            yield
        except BaseException:
            if self.signal is not None:
                raise KeyboardInterrupt from None
            raise

    def is_interrupt(self, error: BaseException) -> bool:
        """Whether an exception is an interrupt, as it is or as typer passes it on."""
        return isinstance(error, KeyboardInterrupt) or (isinstance(error, SystemExit) and error.code == self.code)

    def heed(self, number: int, frame: FrameType | None) -> None:
        """Handler of a signal: the end, at once unless something has to be closed; who asks twice does not wait.

        An exception may come up in a destructor of compiled code, which then aborts with a message of its own.
        """
        asked, self.signal = self.signal is not None, number
        if asked or not self.unwinds:
            self.at_once()
        # An interrupt in a destructor or a thread is printed, not raised.
        sys.unraisablehook = lambda unraisable: None
        threading.excepthook = lambda args: None
        raise KeyboardInterrupt

    def at_once(self) -> None:
        """End without waiting for anything."""
        from nudipole.files import remove_unfinished

        if "multiprocessing" in sys.modules:
            from multiprocessing import active_children

            for child in active_children():
                child.kill()
        remove_unfinished()
        if sys.stderr is not None and sys.stderr.isatty():
            os.write(2, b"\r\x1b[K\x1b[?25h")  # the progress bar hides the cursor
        with suppress(OSError):  # perhaps nobody is there to read it
            os.write(2, f"{self}\n".encode())
        os._exit(self.code)


_ENDING = Ending()


@contextmanager
def unwinding() -> Iterator[None]:
    """A block that a signal leaves by a KeyboardInterrupt, so that it can close what it began."""
    _ENDING.unwinds = True
    try:
        yield
    finally:
        _ENDING.unwinds = False


def keep_in_mind(words: str) -> None:
    """Say this when the run is interrupted."""
    _ENDING.kept = words


@contextmanager
def heeded() -> Iterator[Ending]:
    """A block whose interrupts end in good order: `Ending.signal` says whether there was one."""
    ending = _ENDING
    ending.signal, ending.kept, ending.unwinds = None, "", False
    if threading.current_thread() is not threading.main_thread():
        yield ending
        return
    before = {}
    hooks = sys.unraisablehook, threading.excepthook
    for number in _WORDS:
        # What is ignored, as by nohup or in the background of a script, stays ignored.
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            before[number] = signal.signal(number, ending.heed)
    try:
        with _watched(ending):
            yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.unraisablehook, threading.excepthook = hooks


@contextmanager
def _watched(ending: Ending) -> Iterator[None]:
    """A thread ends the run where compiled code keeps the handler of a signal waiting for too long."""
    heard, told = os.pipe()
    os.set_blocking(told, False)
    before = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    left = threading.Event()

    def watch() -> None:
        with os.fdopen(heard, "rb", buffering=0) as stream:
            while (number := stream.read(1)) and number[0] not in _WORDS:
                pass  # a signal that somebody else handles
        if number and not left.wait(_PATIENCE):
            ending.signal = number[0]
            ending.at_once()

    threading.Thread(target=watch, daemon=True, name="endings").start()
    try:
        yield
    finally:
        left.set()
        signal.set_wakeup_fd(before)
        os.close(told)
