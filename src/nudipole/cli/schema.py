"""nudipole schema"""

from __future__ import annotations

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
    from nudipole.experiments.schema.experiment import json_schema

    shared.write_json(json_schema(), output)
