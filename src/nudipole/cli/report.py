"""nudipole report"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nudipole.cli import shared

if TYPE_CHECKING:
    from nudipole.inference.verdict import Verdict


def report(
    names: shared.LibraryNames = None,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where the report goes.")] = Path(
        "report/index.html"
    ),
    neutrino: Annotated[
        str | None,
        typer.Option(
            "--neutrino", metavar="MODEL|FILE.yaml", help="With a verdict on it.", autocompletion=shared.model_names
        ),
    ] = None,
    cl: shared.Level = 0.90,
    jobs: shared.Jobs = None,
    json: shared.Json = None,
    force: shared.Force = False,
) -> None:
    """All that is known in one HTML file: limits, ours and the world's, what is reproduced, stars, portal, g-2.

    A summary, then folded sections, with search and sortable tables; nothing is loaded from elsewhere. An experiment
    that fails is a line that says why; the exit code is then 1.

    \b
    Examples:
      nudipole report
      nudipole report xenonnt-2022 my_experiment.yaml --output mine.html
      nudipole report --neutrino my_neutrino.yaml
    """
    quiet = shared.one_stdout(json)
    shared.check_level(cl)
    shared.check_outputs(json=json, output=output, force=force, make_folders=True)
    chosen = list(dict.fromkeys(names or shared.library_names()))
    with shared.progress("report", total=len(chosen)) as step:
        from nudipole.experiments.reading import read
        from nudipole.files import write_atomically
        from nudipole.report import build_report, render
        from nudipole.validation import not_reproduced

        for name in chosen:
            read(name)  # a wrong name or file is the user's to mend before anything is computed
        judged = None if neutrino is None else _verdict(neutrino, names, cl)
        made = build_report(
            chosen,
            cl=cl,
            with_theory=not names,
            around=True,
            verdict=judged,
            jobs=shared.jobs(jobs),
            prepare=shared.prepare,
            finished=step.finished,
        )
        page = render(made)
    with shared.folders_of(output, json):
        write_atomically(output, page)
        if json is not None:
            shared.write_json(made.to_json(), json)
    if not quiet:
        for section in made.sections:
            typer.echo(section.limits[""])
        for row in made.validation.rows:
            if row.error:
                typer.echo(f"{row.experiment}: {row.quantity}: {row.error}")
        for name, reason in made.failures.items():
            typer.echo(f"{name}: failed: {reason}")
        typer.echo(not_reproduced(made.validation))
        typer.echo(made.validation.summary())
        if judged is not None:
            typer.echo(f"{judged.name}: {judged.sentence}")
        typer.echo(f"report: {output}")
    if made.failures:
        raise typer.Exit(1)


def _verdict(neutrino: str, names: list[str] | None, cl: float) -> Verdict:
    """Before all the rest: what is wrong with it is the user's to mend."""
    shared.prepare()
    from nudipole.inference.verdict import verdict

    return verdict(neutrino, names or None, cl=cl)
