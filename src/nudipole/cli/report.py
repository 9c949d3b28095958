"""nudipole report"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nudipole.cli import shared


def report(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="Experiments; all of the library by default.",
            autocompletion=shared.library_names,
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where the report goes.")] = Path(
        "report/index.html"
    ),
    cl: shared.Level = 0.90,
    json: shared.Json = None,
) -> None:
    """All experiments: limits, published values beside ours, figures and provenance in one HTML file."""
    quiet = shared.one_stdout(json)
    shared.check_level(cl)
    output.parent.mkdir(parents=True, exist_ok=True)
    shared.check_outputs(json, output)
    chosen = list(dict.fromkeys(names or shared.library_names()))
    with shared.progress("report", total=len(chosen)) as step:
        shared.prepare()
        from nudipole.experiments.loader import read
        from nudipole.files import write_atomically
        from nudipole.report import build_report, render

        for name in chosen:
            read(name)  # a wrong name or file is the user's to mend before anything is computed
        made = build_report(chosen, cl=cl, progress=step)
        write_atomically(output, render(made))
    if json is not None:
        shared.write_json(made.to_json(), json)
    if not quiet:
        for row in made.comparisons():
            typer.echo(row)
        for name, reason in made.failures.items():
            typer.echo(f"{name}: failed: {reason}")
        typer.echo(f"report: {output}")
    if made.failures:
        raise typer.Exit(1)
