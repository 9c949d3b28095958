"""nudipole sensitivity"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nudipole import digits
from nudipole.cli import shared

if TYPE_CHECKING:
    from nudipole.inference.sensitivity import Sensitivity


def sensitivity(
    experiment: shared.Experiment,
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary",
            metavar="KEY=RANGE",
            help="A number of the description and its range or values: detector.threshold=0.1..3keV, "
            "exposure=1,10,100 kg yr, target.element=Ge,Xe. Twice for a family of curves.",
        ),
    ],
    points: Annotated[int, typer.Option("--points", help="Points of a range.")] = 9,
    grid: Annotated[str, typer.Option("--grid", metavar="auto|log|linear", help="Spacing of a range.")] = "auto",
    parameter: shared.Parameter = "mu_nu",
    cl: shared.Level = 0.90,
    construction: shared.Construction = "unified",
    variant: shared.Variant = None,
    json: shared.Json = None,
    csv: shared.Csv = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Expected limits of a set-up whose numbers are varied: curves, as picture and CSV.

    Every point is the median limit without signal (Asimov data). The CSV (NAME-PARAMETER-KEY.csv unless --csv says
    where) is written anew after every point, so that an interrupted run keeps what is finished.

    \b
    Examples:
      nudipole sensitivity my.yaml --vary detector.threshold=0.1..3keV
      nudipole sensitivity my.yaml --vary exposure=1..100t*yr --vary target.element=Ge,Xe
      nudipole sensitivity xenonnt-2022 --vary "exposure=1..100 t yr" --parameter q_e
    """
    quiet = shared.one_stdout(json, csv)
    shared.check_level(cl)
    shared.check_outputs(json=json, csv=csv, plot=plot, force=force)
    from nudipole.inference.axis import Axis

    axes = [Axis.parse(text, points=points, grid=grid) for text in vary]
    total = 1
    for axis in axes:
        total *= len(axis.values)
    with shared.progress("sensitivity", total=total) as step:
        step("starting")
        shared.prepare()
        from nudipole.inference.sensitivity import growing

        result, table, picture = None, csv, plot
        for result in growing(experiment, axes, parameter=parameter, cl=cl, construction=construction, variant=variant):
            if len(result.limits) == 1:
                table = csv if csv is not None or quiet else f"{_stem(result)}.csv"
                shared.check_outputs(csv=table)
                picture = shared.picture(plot, f"{_stem(result)}.png", no_plot=no_plot, quiet=quiet)
            if table is not None and table != "-" and not _nothing(result):
                shared.write_text(result.to_csv(), table)
            step(", ".join(map(str, result.points()[-1])))
    assert result is not None  # every axis has a value
    nothing = _nothing(result)
    if picture is not None and not nothing:
        from nudipole import plots

        fig, drawn = plots.figure()
        plots.sensitivity(result, drawn)
        plots.save(fig, picture)
    if json is not None:
        shared.write_json(result.to_json(), json)
    if csv == "-" and not nothing:
        shared.write_text(result.to_csv(), csv)
    if not quiet:
        width = max(len(", ".join(map(str, point))) for point in result.points())
        typer.echo(f"{', '.join(axis.key for axis in axes):<{width}}  expected {parameter} [{result.unit}]")
        for point, lower, upper in zip(result.points(), result.lowers, result.limits, strict=True):
            written = ", ".join(map(str, point))
            interval = (
                ""
                if upper is None
                else f"{digits.number(lower)} to {digits.number(upper)}"
                if lower
                else digits.number(upper)
            )
            typer.echo(f"{written:<{width}}  {interval or result.failures[written]}")
        if result.left_out:
            typer.echo(f"left out: {', '.join(result.left_out)}, which change what is varied")
        if not nothing:
            typer.echo(f"table: {table}")
        if picture is not None and not nothing:
            typer.echo(f"picture: {picture}")
    if nothing:
        raise typer.Exit(1)


def _nothing(result: Sensitivity) -> bool:
    """Whether no point has a limit, so that there is nothing to write or to draw."""
    return all(limit is None for limit in result.limits)


def _stem(result: Sensitivity) -> str:
    """Name of the files: what was limited, and against what."""
    varied = "-".join(axis.key.split(".")[-1] for axis in result.axes)
    return f"{result.experiment}-{result.parameter}-{varied}"
