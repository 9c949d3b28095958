"""nudipole schema"""

from __future__ import annotations

from importlib.resources import files
from typing import Annotated

import typer

from nudipole.cli import shared
from nudipole.errors import UnknownName

#: What has a schema.
_NAMES = ("experiment", "neutrino")


def _names(incomplete: str) -> list[str]:
    return [name for name in _NAMES if name.startswith(incomplete)]


def schema(
    of: Annotated[
        str, typer.Argument(metavar="[experiment|neutrino]", help="Of which YAML.", autocompletion=_names)
    ] = "experiment",
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where it goes; - for standard output.")
    ] = "-",
    force: shared.Force = False,
) -> None:
    """The JSON Schema of the YAML of an experiment, or of a neutrino, for editors that complete and check it.

    \b
    With the YAML language server (VS Code, Neovim, Emacs, ...):
      nudipole schema -o nudipole.schema.json
      nudipole schema neutrino -o neutrino.schema.json
    and as the first line of the YAML:
      # yaml-language-server: $schema=nudipole.schema.json
    """
    if of not in _NAMES:
        raise UnknownName("schema", of, _NAMES)
    shared.check_outputs(output=output, force=force)
    # Written by `make docs`, equal to what the schema says of itself: building that takes half a second.
    shared.write_text(files("nudipole").joinpath(f"data/{of}.schema.json").read_text(encoding="utf-8"), output)
