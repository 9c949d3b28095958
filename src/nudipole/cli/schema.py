"""nudipole schema"""

from __future__ import annotations

from importlib.resources import files
from typing import Annotated

import typer

from nudipole.cli import shared


def schema(
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where it goes; - for standard output.")
    ] = "-",
    force: shared.Force = False,
) -> None:
    """The JSON Schema of the YAML, for editors that complete and check it.

    \b
    With the YAML language server (VS Code, Neovim, Emacs, ...):
      nudipole schema -o nudipole.schema.json
    and as the first line of the YAML:
      # yaml-language-server: $schema=nudipole.schema.json
    """
    shared.check_outputs(output=output, force=force)
    # Written by `make docs`, equal to what the schema says of itself: building that takes half a second.
    shared.write_text(files("nudipole").joinpath("data/experiment.schema.json").read_text(encoding="utf-8"), output)
