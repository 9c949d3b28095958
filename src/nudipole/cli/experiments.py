"""nudipole experiments [show NAME]"""

from __future__ import annotations

import json as json_module
from typing import Annotated

import typer

from nudipole.cli import shared

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None, help="What is in the library, one line each.")


@app.callback()
def experiments(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="As JSON on standard output.")] = False,
) -> None:
    """What is in the library, one line each; `experiments show NAME` prints the YAML."""
    if context.invoked_subcommand is not None:
        return
    from nudipole.experiments.loader import read

    library = shared.library_names()
    specs = [read(name)[0] for name in shared.all_names()]
    if json:
        rows = [
            {
                "name": spec.name,
                "title": spec.title,
                "texkey": spec.reference[0].texkey,
                "variants": list(spec.variants),
                "example": spec.name not in library,
            }
            for spec in specs
        ]
        typer.echo(json_module.dumps(rows, indent=2))
        return
    width = max(len(spec.name) for spec in specs)
    for spec in specs:
        citation = f" [{spec.reference[0].texkey}]" if spec.name in library else ""
        typer.echo(f"{spec.name:<{width}}  {spec.title}{citation}")


@app.command("show")
def show(experiment: shared.Experiment) -> None:
    """Print the YAML of an experiment: a file to start your own from."""
    from nudipole.experiments.loader import text

    typer.echo(text(experiment)[0], nl=False)
