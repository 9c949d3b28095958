"""nudipole contour"""

from __future__ import annotations

from typing import Annotated

import typer

from nudipole import digits
from nudipole.cli import shared, stems
from nudipole.errors import NudipoleError


def contour(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="EXPERIMENT... PARAMETER PARAMETER",
            help="One experiment or several, then two parameters of one parametrisation.",
            autocompletion=shared.all_names,
        ),
    ],
    cl: shared.Level = 0.90,
    points: Annotated[int, typer.Option("--points", help="Of the grid, in each direction.")] = 41,
    share: shared.Share = None,
    separate: shared.Separate = None,
    variant: shared.Variant = None,
    json: shared.Json = None,
    csv: shared.Csv = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Regions of two parameters from the profile likelihood.

    Everything but the two parameters is as in `limit`. The picture goes to NAME-FIRST-SECOND.png unless --plot says
    where.

    \b
    Examples:
      nudipole contour coherent-csi-2021 mu_e mu_mu
      nudipole contour xenonnt-2022 borexino-2017 mu_11 mu_22 --json regions.json
    """
    quiet = shared.one_stdout(json, csv)
    shared.check_level(cl)
    if len(words) < 3:
        raise NudipoleError("name an experiment and two parameters, for example: coherent-csi-2021 mu_e mu_mu")
    *names, first, second = words
    shared.check_outputs(json=json, csv=csv, plot=plot, force=force)
    with shared.progress("contour") as step:
        step("starting")
        shared.prepare()
        from nudipole.inference.contour import contour as region

        loaded = shared.loaded(names, variant, step, share=share, separate=separate)
        stem = stems.stem(loaded)
        picture = shared.picture(plot, f"{stem}-{first}-{second}.png", no_plot=no_plot, quiet=quiet)
        result = region(loaded, first, second, cl=cl, points=points, progress=step)
        if picture is not None:
            step("drawing")
            from nudipole import plots

            fig, axes = plots.figure(6.0, 5.0)
            plots.contour(result, axes)
            plots.save(fig, picture)
    if json is not None:
        shared.write_json(result.to_json(), json)
    if csv is not None:
        shared.write_text(result.to_csv(), csv)
    if not quiet:
        (a, b), (unit_a, unit_b) = result.best_fit, ("" if unit == "1" else f" {unit}" for unit in result.units)
        typer.echo(result)
        typer.echo(f"best fit    {first} = {digits.number(a)}{unit_a}, {second} = {digits.number(b)}{unit_b}")
        if picture is not None:
            typer.echo(f"picture: {picture}")
