"""nudipole cite NAME..."""

from __future__ import annotations

from typing import Annotated

import typer

from nudipole.cli import shared


def _names(incomplete: str) -> list[str]:
    from nudipole.limits import records

    return [*shared.all_names(incomplete), *(name for name in records() if name.startswith(incomplete))]


def cite(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...",
            help="Experiments, YAML files, JSON files of limit, contour and limits, ids of `nudipole limits`.",
            autocompletion=_names,
        ),
    ],
) -> None:
    """BibTeX of exactly what was used: data, inputs, tables, methods, and the software.

    \b
    Examples:
      nudipole cite xenonnt-2022
      nudipole cite result.json gemma-2012-mu-e > used.bib
    """
    from nudipole.citation import cite as bibtex

    typer.echo(bibtex(*names), nl=False)
