"""nudipole impacts"""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from nudipole import digits
from nudipole.cli import shared, stems

if TYPE_CHECKING:
    from nudipole.inference.impacts import Impact, Impacts


def impacts(
    experiments: shared.Experiments,
    parameter: shared.Parameter = "mu_nu",
    cl: shared.Level = 0.90,
    construction: shared.Construction = "unified",
    heavy_mass: shared.HeavyMass = None,
    field: shared.Field = None,
    share: shared.Share = None,
    separate: shared.Separate = None,
    variant: shared.Variant = None,
    json: shared.Json = None,
    csv: shared.Csv = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Which nuisances a limit depends on: how the data pull each, and how much the limit moves with it.

    Each nuisance is held one error (of the fit) below and above its best fit, and the limit made again with all others
    fitted. Those that move it most come first. The picture goes to NAME-PARAMETER-impacts.png unless --plot says where.

    \b
    Examples:
      nudipole impacts xenonnt-2022
      nudipole impacts coherent-csi-2021 -p r2_mu --json -
      nudipole impacts xenonnt-2022 borexino-2017 -p mu_11
    """
    quiet = shared.one_stdout(json, csv)
    shared.check_level(cl)
    shared.check_outputs(json=json, csv=csv, plot=plot, force=force)
    heavy = shared.heavy_mass(heavy_mass, parameter)
    with shared.progress("impacts") as step:
        step("starting")
        shared.prepare()
        from nudipole.inference.impacts import impacts as found_for

        asked: Any = parameter
        if parameter.endswith((".yaml", ".yml")):
            asked, heavy = shared.with_lepton(parameter, heavy)
        loaded = shared.loaded(experiments, variant, step, heavy=heavy, field=field, share=share, separate=separate)
        stem = stems.stem(loaded)
        picture = shared.picture(
            plot,
            f"{stem}-{Path(parameter).stem if asked is not parameter else parameter}-impacts.png",
            no_plot=no_plot,
            quiet=quiet,
        )
        result = found_for(loaded, asked, cl=cl, construction=construction, progress=step)
        if picture is not None:
            step("drawing")
            from nudipole import plots

            plots.save(plots.impacts(result), picture)
    if json is not None:
        shared.write_json(result.to_json(), json)
    if csv is not None:
        shared.write_text(result.to_csv(), csv)
    if not quiet:
        typer.echo(result)
        typer.echo("\n".join(["", *_table(result)]))
        if picture is not None:
            typer.echo(f"picture: {picture}")


def _table(result: Impacts) -> list[str]:
    long = max(len(row.name) for row in result.rows)
    of = "the upper end in half widths" if result.signed else "the upper end"
    lines = [f"{'nuisance':<{long}}  {'at the best fit':<24}  change of {of}, held below and above"]
    for row in result.rows:
        down, up = ("-" if isnan(change) else f"{100 * change:+.1f} %" for change in result.changes(row))
        doubts = ", ".join(row.doubts())
        lines.append(f"{row.name:<{long}}  {_fitted(row):<24}  {down:>9}  {up:>9}  {doubts}".rstrip())
    return lines


def _fitted(row: Impact) -> str:
    """Factor of a free background, standard deviations or steps of another nuisance, with its error."""
    both = digits.with_error(row.value, row.error)
    if row.background and row.kind == "free":
        return f"x {both}"
    signed = both if both.startswith(("-", "(")) else f"+{both}"
    return f"{signed} {'sigma' if row.kind == 'constrained' else 'steps'}"
