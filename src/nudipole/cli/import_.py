"""nudipole import"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nudipole import digits
from nudipole.cli import methods, shared

if TYPE_CHECKING:
    from nudipole.histfactory.limit import WorkspaceLimit

app = typer.Typer(
    add_completion=False, no_args_is_help=True, rich_markup_mode=None, help="Likelihoods and tables of other programs."
)


@app.callback()
def _group() -> None:
    pass


@app.command("pyhf")
def pyhf(
    workspace: Annotated[
        str, typer.Argument(metavar="WORKSPACE", help="A JSON file of a workspace, or - for standard input.")
    ],
    measurement: Annotated[
        str | None, typer.Option("--measurement", metavar="NAME", help="Of the workspace; the first by default.")
    ] = None,
    poi: Annotated[
        str | None,
        typer.Option("--poi", metavar="NAME", help="The normfactor to limit; that of the measurement by default."),
    ] = None,
    cl: shared.Level = 0.90,
    construction: methods.Construction = None,
    method: Annotated[
        str,
        typer.Option(
            "--method", "-m", help="asymptotic; feldman-cousins or cls, both exact at few counts, else by toys."
        ),
    ] = "asymptotic",
    toys: methods.Toys = None,
    precision: methods.Precision = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Of the toys; 1 by default.")] = None,
    json: shared.Json = None,
    force: shared.Force = False,
) -> None:
    """Limit or interval on the parameter of interest of a HistFactory workspace.

    Reads normfactor, histosys, normsys, lumi, staterror, shapesys and shapefactor, any of them beside others, and says
    by name what it has no likelihood for.

    \b
    Examples:
      nudipole import pyhf workspace.json
      nudipole import pyhf workspace.json --construction cls --cl 0.95
      nudipole import pyhf workspace.json --poi mu_2
      nudipole export pyhf xenonnt-2022 | nudipole import pyhf - --construction one-sided --json -
    """
    quiet = shared.one_stdout(json)
    shared.check_level(cl)
    of_toys = {"--toys": toys, "--precision": precision, "--seed": seed}
    options: dict[str, tuple[object, tuple[str, ...]]] = {"--construction": (construction, ("asymptotic",))}
    options |= {option: (value, methods.BY_TOYS) for option, value in of_toys.items()}
    methods.check_options(method, methods.WITHOUT_PRIOR, options)
    shared.check_outputs(json=json, force=force)
    with shared.progress("import") as step:
        step("starting")
        shared.prepare()
        from nudipole.histfactory.imported import imported
        from nudipole.histfactory.limit import limit
        from nudipole.histfactory.schema import read

        found, file = read(workspace)
        step("fitting")
        read_in = imported(found, file, measurement=measurement, poi=poi)
        by = methods.chosen(
            method, methods.WITHOUT_PRIOR, construction=construction, toys=toys, precision=precision, seed=seed
        )
        result = limit(read_in.model, file, cl=cl, by=by, bounds=read_in.bounds, starts=read_in.starts, progress=step)
    if json is not None:
        shared.write_json(result.to_json(), json)
    if not quiet:
        typer.echo(_text(result))


@app.command("hepdata")
def hepdata(
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help="A YAML file with the data of a table, or - for standard input.")
    ],
    name: Annotated[
        str | None, typer.Option("--table", metavar="NAME", help="Of the tables of a submission in one file.")
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where the CSV goes; - for standard output.")
    ] = "-",
    force: shared.Force = False,
) -> None:
    """Write a table of HEPData as CSV, with names and units as descriptions of experiments read them.

    What was read goes to standard error.

    \b
    Examples:
      nudipole import hepdata data1.yaml -o counts.csv
      nudipole import hepdata submission.yaml --table "Table 1" -o counts.csv
    """
    shared.check_outputs(output=output, force=force)
    from nudipole.hepdata.table import csv_of, read
    from nudipole.io import text_table

    data, file = read(table, name)
    text = csv_of(data, file)
    shared.write_text(text, output)
    typer.echo(f"{file}: {text_table.table(text, file).understood}", err=True)


def _text(result: WorkspaceLimit) -> str:
    """The limit for people."""
    lines = [str(result), ""]
    lines += shared.constructions_table(result.constructions, result.construction, digits=4)
    lines += methods.counted_in_words(result.few_counts, result.monte_carlo)
    lines += ["", f"best fit    {result.model.poi_name} = {digits.number(result.fit.poi, 4)}"]
    free = set(result.factors)
    factors = [f"{name} x {digits.fixed(value, 3)}" for name, value in result.nuisances.items() if name in free]
    pulls = [
        f"{name} {digits.fixed(value, 2, sign=True)} sigma"
        for name, value in result.nuisances.items()
        if name not in free
    ]
    lines += [f"normalised  {', '.join(factors)}"] if factors else []
    lines += [f"pulled      {', '.join(pulls)}"] if pulls else []
    lines.append(f"fit quality {result.goodness_of_fit.in_words()}")
    if result.significance is not None:
        lines.append(f"excess      {result.significance.z:.1f} sigma over no signal")
    return "\n".join(lines)
