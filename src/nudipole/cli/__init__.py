"""The command line. One file per command: parse, one public call, print."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

from nudipole.cli import quick
from nudipole.cli.endings import Ending, heeded


def main() -> None:
    """Entry point of the ``nudipole`` command: errors of the user's making are one line and exit code 2."""
    if os.environ.get("NUDIPOLE_TRACEBACK"):
        _command()
        return
    with heeded() as ending:
        interrupted = False
        try:
            _told(ending)
        except BaseException as error:
            interrupted = ending.is_interrupt(error)
            if not interrupted:
                raise
        if interrupted or ending.signal is not None:
            print(ending, file=sys.stderr)
            sys.exit(ending.code)


def _told(ending: Ending) -> None:
    """The command, with errors as one line."""
    from nudipole.cli.words import told
    from nudipole.errors import NudipoleError

    try:
        with ending.first():
            _command()
    except NudipoleError as error:
        print(f"nudipole: {told(error)}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"nudipole: {where}{error.strerror or error}", file=sys.stderr)
        sys.exit(2)


def _command() -> None:
    from nudipole.cli.app import command
    from nudipole.files import guarded

    with guarded():
        command()(prog_name="nudipole")


def run() -> NoReturn:
    """The console script: `main`, then leave at once.

    Taking millions of objects apart one by one at exit costs a third of a second; by then everything that was
    written is on disk.
    """
    _open_streams()
    # Imports and tracing make millions of objects and no garbage worth a pause: collecting less saves a tenth.
    gc.set_threshold(300_000, 50, 100)
    # pydantic looks through all that is installed for plugins of its own, which none of its models here has.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    quick.leave_out()
    code: object = 0
    try:
        main()
    except SystemExit as stop:
        code = stop.code
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        code = 1
    except OSError as error:
        os.write(2, f"nudipole: standard output: {error.strerror}\n".encode())
        code = 2
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def _open_streams() -> None:
    """Standard streams that were closed lead to nowhere, and their numbers to no file that is opened later."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
