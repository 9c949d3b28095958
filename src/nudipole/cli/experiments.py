"""nudipole experiments [show NAME]"""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Annotated

import typer

from nudipole.cli import shared

app = typer.Typer(
    add_completion=False,
    invoke_without_command=True,
    rich_markup_mode=None,
    help="What is in the library, one line each.",
)


@app.callback()
def experiments(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="As JSON on standard output.")] = False,
    markdown: Annotated[
        Path | None,
        typer.Option(
            "--markdown",
            metavar="FILE",
            help="Write a page on the library, with the figures of its experiments in a folder beside it.",
        ),
    ] = None,
    jobs: shared.Jobs = None,
    force: shared.Force = False,
) -> None:
    """What is in the library, one line each; `experiments show NAME` prints the YAML."""
    if context.invoked_subcommand is not None:
        return
    library = shared.library_names()
    if markdown is not None:
        _page(markdown, jobs, force)
        return
    if json:
        from nudipole.experiments.reading import read

        rows = [
            {
                "name": spec.name,
                "title": spec.title,
                "texkey": spec.reference[0].texkey,
                "variants": list(spec.variants),
                "example": spec.name not in library,
            }
            for spec in (read(name)[0] for name in shared.all_names())
        ]
        typer.echo(json_module.dumps(rows, indent=2))
        return
    from nudipole.experiments.library import headline

    names = shared.all_names()
    width = max(map(len, names))
    for name in names:
        title, texkey = headline(name)
        typer.echo(f"{name:<{width}}  {title}" + (f" [{texkey}]" if name in library else ""))


def _page(page: Path, wanted: int | None, force: bool) -> None:
    """The Markdown page and its figures."""
    names = shared.library_names()
    pictures = {name: page.parent / page.stem / f"{name}.png" for name in names}
    shared.check_outputs(markdown=page, force=force)
    for picture in pictures.values():
        shared.check_output(picture, "--markdown", make_folders=True)
    with shared.progress("experiments", total=len(names)) as step:
        from nudipole.experiments.reading import read
        from nudipole.files import write_atomically
        from nudipole.parallel import Failed, each
        from nudipole.report import catalogue, draw

        drawn = each(draw, names, jobs=shared.jobs(wanted), prepare=shared.prepare, finished=step.finished)
        with shared.folders_of(*pictures.values()):
            for name, picture in pictures.items():
                if isinstance(content := drawn[name], bytes):
                    write_atomically(picture, content)
        shared.write_text(catalogue([read(name)[0] for name in names], page.stem), page)
    failures = {name: result.reason for name, result in drawn.items() if isinstance(result, Failed)}
    for name, reason in failures.items():
        typer.echo(f"{name}: no figure: {reason}", err=True)
    typer.echo(f"page: {page}")
    if failures:
        raise typer.Exit(1)


@app.command("show")
def show(experiment: shared.Experiment) -> None:
    """Print the YAML of an experiment: a file to start your own from."""
    from nudipole.experiments.library import text

    typer.echo(text(experiment)[0], nl=False)
