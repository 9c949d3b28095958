"""nudipole validate"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nudipole.cli import shared

if TYPE_CHECKING:
    from nudipole.validation import Validation

#: Width of the table where there is no terminal.
_WIDTH = 190
_STYLES = {"not reproduced": "bold red", "not derived": "bold red", "reproduced": "green"}


def validate(
    names: shared.LibraryNames = None,
    jobs: shared.Jobs = None,
    json: shared.Json = None,
    markdown: Annotated[
        str | None,
        typer.Option("--markdown", metavar="FILE", help="Write the table as Markdown; - for standard output."),
    ] = None,
    plot: shared.Plot = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 also if a number is not reproduced.")] = False,
    force: shared.Force = False,
) -> None:
    """Derive every published number of the library again, and say how closely it comes out.

    For each number: published, ours (what `nudipole limit` gives by default), how far it is off in combined errors, and
    the class: not reproduced, reproduced, consistent, not testable, tuned. The exit code is 1 if a number could not be
    derived; with --strict also if one is not reproduced.

    \b
    Examples:
      nudipole validate
      nudipole validate borexino-2017 --plot validation.png
      nudipole validate my_experiment.yaml --json -
    """
    quiet = shared.one_stdout(json, markdown)
    shared.check_outputs(json=json, markdown=markdown, plot=plot, force=force)
    chosen = list(dict.fromkeys(names or shared.library_names()))
    with shared.progress("validate", total=len(chosen)) as step:
        from nudipole.experiments.reading import read
        from nudipole.validation import markdown as page
        from nudipole.validation import validate as derived

        for name in chosen:
            read(name)  # a wrong name or file is the user's to mend before anything is computed
        found = derived(
            chosen, with_theory=not names, jobs=shared.jobs(jobs), prepare=shared.prepare, finished=step.finished
        )
        if plot is not None:
            from nudipole import plots

            plots.save(found.plot(), plot)
    if json is not None:
        shared.write_json(found.to_json(), json)
    if markdown is not None:
        shared.write_text(page(found), markdown)
    if not quiet:
        _print(found)
        if plot is not None:
            typer.echo(f"picture: {plot}")
    if not found.derived or (strict and "not reproduced" in found.by_class()):
        raise typer.Exit(1)


def _print(found: Validation) -> None:
    """The table for people."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from nudipole.validation import cells, not_reproduced

    console = Console(soft_wrap=False)
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    reasons = []
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    left = ("experiment", "quantity", "", "reference")
    for head in (
        "experiment",
        "quantity",
        "published",
        "ours",
        "ratio",
        "off by",
        "error",
        "off/error",
        "",
        "reference",
    ):
        table.add_column(head, justify="left" if head in left else "right")
    for name, rows in found.by_class().items():
        for row in rows:
            *words, verdict, why = cells(row)
            table.add_row(*map(Text, words), Text(verdict, _STYLES.get(name, "")), Text(row.texkey))
            if name in ("not reproduced", "not derived"):
                reasons.append(f"{words[0]}: {row.quantity}: {why}")
    if found.rows:
        console.print(table)
    else:
        typer.echo("nothing to compare: nothing is published from these experiments")
    for name, reason in found.failures.items():
        typer.echo(f"{name}: could not be evaluated: {reason}")
    for line in (*reasons, ""):
        typer.echo(line)
    if found.rows:
        typer.echo(not_reproduced(found))
    typer.echo(found.summary())
