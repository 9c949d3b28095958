"""nudipole antineutrinos"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from nudipole import digits
from nudipole.cli import shared, stems
from nudipole.errors import ArgumentError, NudipoleError

if TYPE_CHECKING:
    from nudipole.inference.antineutrinos import AntineutrinoSearch


def antineutrinos(
    experiments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[EXPERIMENT]...",
            help="Searches for solar antineutrinos, of the library or YAML files; all of the library by default.",
            autocompletion=shared.all_names,
        ),
    ] = None,
    field: Annotated[
        list[str] | None,
        typer.Option(
            "--field",
            metavar="SHAPE|FILE.csv",
            help="Shape of the Sun's field, without a value; repeatable: core, convective and wood-saxon by default.",
        ),
    ] = None,
    cl: shared.Level = 0.90,
    json: shared.Json = None,
    csv: shared.Csv = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """What searches for solar antineutrinos say: fluxes in bins, a probability, moment times field.

    Prints for each search the limit on the flux in every bin (Feldman-Cousins, no spectrum assumed), on the
    probability of conversion by every recipe, which moves it by a factor of three, and on mu_12 B0 for shapes of the
    field. Draws what is excluded in the plane of field and moment (to NAMES-antineutrinos.png unless --plot says
    where).

    \b
    Examples:
      nudipole antineutrinos
      nudipole antineutrinos borexino-antinu-2019 --no-plot
      nudipole antineutrinos kamland-antinu-2021 --field convective --field field.csv --csv bounds.csv
    """
    quiet = shared.one_stdout(json, csv)
    shared.check_level(cl)
    shared.check_outputs(json=json, csv=csv, plot=plot, force=force)
    picture = shared.picture(plot, f"{stems.stem_of(experiments)}antineutrinos.png", no_plot=no_plot, quiet=quiet)
    with shared.progress("antineutrinos") as step:
        step("starting")
        shared.prepare()
        from nudipole.inference.antineutrinos import SHAPES, antineutrino_searches

        try:
            found = antineutrino_searches(experiments, shapes=field or SHAPES, cl=cl, progress=step)
        except ArgumentError as error:
            raise NudipoleError(error.called("--field")) if error.argument == "shapes" else error from error
        if picture is not None:
            step("drawing")
            from nudipole import plots

            plots.save(plots.antineutrinos(found), picture)
    if json is not None:
        shared.write_json(found.to_json(), json)
    if csv is not None:
        shared.write_text(found.to_csv(), csv)
    if quiet:
        return
    typer.echo("\n\n".join(_text(one) for one in found.searches))
    if picture is not None:
        typer.echo(f"\npicture: {picture}")


def _text(one: AntineutrinoSearch) -> str:
    variant = f" ({one.variant})" if one.variant else ""
    projected = ", a projection" if one.projected else ""
    lines = [f"{one.name}{variant}: {digits.level(one.cl)}{projected}"]
    if one.fluxes and not one.variant:
        names = list(one.fluxes)
        first = one.fluxes[names[0]]
        lines.append("flux limits in bins [1/(cm^2 s)], Feldman-Cousins, cross section at the centre:")
        head = f"  {'E [MeV]':<12} {'events':>7} {'background':>11}  "
        lines.append(head + "  ".join(f"{name:>28}" for name in names))
        for b, (low, high) in enumerate(first.E.tolist()):
            row = "  ".join(f"{digits.number(float(one.fluxes[name].flux[b])):>28}" for name in names)
            counts = f"{first.observed[b]:>7.0f} {digits.plain(float(first.background[b]), 4):>11}"
            lines.append(f"  {f'{low:.1f}..{high:.1f}':<12} {counts}  {row}")
    recipes = ", ".join(
        f"{name}{'*' if name == one.recipe else ''} {digits.number(value)}" for name, value in one.recipes.items()
    )
    published = f" (published {one.published})" if one.published else ""
    lines.append(_wrapped("p_antinu", f"{recipes}{published}; the 8B spectrum undistorted"))
    for shape, value in one.products.items():
        product = f"{digits.number(value)} mu_B kG for the field {shape}"
        lines.append(_wrapped("mu_12 B0", f"{product}, mu_12 < {digits.number(value / 50)} mu_B at 50 kG"))
    return "\n".join([*lines, *(_wrapped("doubt", doubt) for doubt in one.doubts)])


def _wrapped(word: str, text: str) -> str:
    return textwrap.fill(text, 118, initial_indent=f"{word:<12}", subsequent_indent=" " * 12)
