"""nudipole forecast"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Annotated

import typer

from nudipole import digits
from nudipole.cli import shared, stems
from nudipole.cli.fit import (
    Free,
    Held,
    MixingOption,
    NoPublished,
    Ordering,
    Parametrisations,
    PhasesOption,
    Published,
    Sides,
    choice,
    chosen,
    in_units,
    mixed,
    paragraph,
)

if TYPE_CHECKING:
    from nudipole.inference.joint import Forecast


def forecast(
    experiments: shared.Experiments,
    parametrisation: Parametrisations = None,
    at: Annotated[
        list[str] | None,
        typer.Option("--at", metavar="NAME=VALUE", help="A parameter of the truth, with its unit. Repeat."),
    ] = None,
    ordering: Ordering = None,
    oscillation: shared.Oscillation = None,
    phases: PhasesOption = "profiled",
    mixing: MixingOption = "profiled",
    free: Free = None,
    held: Held = None,
    published: Published = None,
    no_published: NoPublished = False,
    cl: shared.Level = 0.90,
    sides: Sides = "two",
    no_limits: Annotated[bool, typer.Option("--no-limits", help="Leave out expected limits.")] = False,
    json: shared.Json = None,
    csv: shared.Csv = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """What experiments will tell about all parameters of a neutrino, each alone and all together.

    Data are equal to their expectation. Prints the errors from the Fisher information at the truth --at, with all else
    profiled, what they would be without each experiment, and the limits that are expected where all parameters are
    zero. There, moments have no Fisher information, because counts are quadratic in them. The picture goes to
    NAMES-forecast-PARAMETRISATION.png unless --plot says where.

    \b
    Examples:
      nudipole forecast borexino-2017 conus-plus --at lambda_1=3e-11
      nudipole forecast darwin-xlzd jinping-10yr --parametrisation flavour-diagonal
      nudipole forecast example-sns-csi --parametrisation charge-radius --no-limits
    """
    quiet = shared.one_stdout(json, csv)
    shared.check_level(cl)
    shared.check_outputs(json=json, csv=csv, plot=plot, force=force)
    groups = parametrisation or ["majorana"]
    picture = shared.picture(
        plot, f"{stems.stem_of(experiments)}forecast-{'+'.join(groups)}.png", no_plot=no_plot, quiet=quiet
    )
    with shared.progress("forecast") as step:
        step("starting")
        shared.prepare()
        from nudipole.inference.joint.forecast import forecast as expected

        result = expected(
            experiments,
            groups,
            at=in_units(at, "--at"),
            free=free,
            held=in_units(held),
            published=chosen(published, no_published),
            oscillation=mixed(oscillation, ordering),
            mixing=choice("--mixing", mixing, ("profiled", "fixed")),
            phases=choice("--phases", phases, ("profiled", "fixed")),
            cl=cl,
            sides=choice("--sides", sides, ("one", "two")),
            limits=not no_limits,
            progress=step,
        )
        if picture is not None:
            step("drawing")
            from nudipole import plots

            figure, axes = plots.figure(7.2, 1.6)
            plots.forecast(result, axes)
            plots.save(figure, picture)
    if json is not None:
        shared.write_json(result.to_json(), json)
    if csv is not None:
        shared.write_text(result.to_csv(), csv)
    if not quiet:
        typer.echo("\n".join(_lines(result)))
        if picture is not None:
            typer.echo(f"picture: {picture}")


def _lines(result: Forecast) -> list[str]:
    """A forecast for people."""
    rows = list(dict.fromkeys([*result.errors, *result.limits]))
    if len(rows) == 2 and not result.constraints:  # one experiment is all together
        rows = rows[:1]
    width = max(map(len, rows)) + 2
    lines = [result.title]
    for name, unit in result.parameters.items():
        truth = digits.number(result.truth[name])
        lines += ["", f"{name} [{unit}], truth {truth}"]
        level = digits.level(result.cl, "")
        lines.append(f"{'':<{width}}{'error':<12}{'without it':<12}expected {level}".rstrip())
        for row in rows:
            error, without = (_error(found.get(row, {}).get(name)) for found in (result.errors, result.without))
            lines.append(f"{row:<{width}}{error:<12}{without:<12}{result.expected(name, row)}".rstrip())
    known = [k for k in range(len(result.parameters)) if isfinite(result.correlations[k, k])]
    names = list(result.parameters)
    pairs = [
        f"{names[i]}, {names[j]} {digits.fixed(float(result.correlations[i, j]), 3, sign=True)}"
        for i in known
        for j in known
        if i < j
    ]
    if pairs:
        lines += ["", *paragraph("correlations", "; ".join(pairs))]
    else:
        lines.append("")
    how = f"{', '.join(result.profiled_mixing)} profiled" if result.profiled_mixing else "fixed"
    lines += paragraph("mixing", f"{result.mixing}; {how}")
    if result.held:
        lines += paragraph("held", ", ".join(f"{name} = {digits.number(value)}" for name, value in result.held.items()))
    for name, words in result.constraints.items():
        lines += paragraph("published limit", f"{name}: {words}")
    if result.insensitive:
        lines += paragraph("see none of it", ", ".join(result.insensitive))
    for note in result.notes:
        lines += paragraph("note", note)
    return lines


def _error(error: float | None) -> str:
    return "-" if error is None else digits.number(error) if isfinite(error) else "unknown"
