"""The command line. One file per command: parse, one public call, print."""

from __future__ import annotations

import gc
import os
import sys

from nudipole.errors import NudipoleError


def main() -> None:
    """Entry point of the ``nudipole`` command: errors of the user's making are one line and exit code 2."""
    from nudipole.cli.app import app

    if os.environ.get("NUDIPOLE_TRACEBACK"):
        app()
        return
    try:
        app()
    except NudipoleError as error:
        print(f"nudipole: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"nudipole: {where}{error.strerror or error}", file=sys.stderr)
        sys.exit(2)
    finally:
        # Millions of objects live until the end: looking for cycles among them at exit would only take time.
        gc.freeze()
