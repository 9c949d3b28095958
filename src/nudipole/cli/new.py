"""nudipole new"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Annotated

import typer

from nudipole.cli import shared

#: For tab completion, which imports no more than this file.
SOURCES = (
    "solar",
    "reactor",
    "pion-decay-at-rest",
    "histogram",
    "accelerator",
    "radioactive",
    "mono-energetic",
)
TARGETS = ("Ge", "Si", "Xe", "Ar", "CsI", "NaI", "C9H12", "CaWO4", "Al2O3")
PROCESSES = ("nu-e", "cevns", "both")


def _completion(choices: tuple[str, ...]) -> Callable[[str], list[str]]:
    return lambda incomplete: [choice for choice in choices if choice.startswith(incomplete)]


def new(
    source: Annotated[
        str,
        typer.Option(
            "--source",
            "-s",
            metavar="KIND",
            help=f"Of the neutrinos: {', '.join(SOURCES)} (an accelerator's beam is a histogram).",
            autocompletion=_completion(SOURCES),
        ),
    ],
    target: Annotated[
        str,
        typer.Option(
            "--target",
            "-t",
            metavar="FORMULA",
            help=f"Symbol of an element or a formula: {', '.join(TARGETS)}, ...",
            autocompletion=_completion(TARGETS),
        ),
    ],
    process: Annotated[
        list[str] | None,
        typer.Option(
            "--process",
            metavar="|".join(PROCESSES),
            help="What is looked for; by default what suits source and target. Repeatable.",
            autocompletion=_completion(PROCESSES),
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="Of the experiment; it names the files that are written."),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where the YAML goes; - for standard output.")
    ] = "-",
    force: shared.Force = False,
) -> None:
    """Write a commented YAML file to start from, for a source and a target.

    It can be checked and fitted as it stands: the numbers are typical of the field, placeholders to replace.

    \b
    Examples:
      nudipole new --source reactor --target Ge > my.yaml
      nudipole new --source pion-decay-at-rest --target CsI --process both -o my.yaml
      nudipole new --source solar --target Xe | nudipole check -
    """
    # What is written is there to be changed, so that even an old one of ours may be the start of work.
    shared.check_outputs(output=output, force=force, replace_own=False)
    from nudipole.experiments.starting import starting_file

    text = starting_file(source, target, process, name)
    if output != "-":
        text = text.replace("my.yaml", shlex.quote(output))
    shared.write_text(text, output)
    if output != "-":
        typer.echo(f"file: {output}\nnext: nudipole check {shlex.quote(output)}")
