"""nudipole astro"""

from __future__ import annotations

import typer

from nudipole.cli import shared, stems
from nudipole.cli.astro.shared import GivenNeutrino, Values, given
from nudipole.errors import NudipoleError


def every(
    context: typer.Context,
    neutrino: GivenNeutrino = None,
    values: Values = None,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Bounds from stars, SN1987A and the early Universe: each in a line with what it assumes.

    All of them depend on models. Of Majorana neutrinos those that need a right-handed partner are left out. The picture
    goes to astro.png, with options astro-OPTIONS.png, unless --plot says where.

    \b
    Examples:
      nudipole astro
      nudipole astro --neutrino my_neutrino.yaml
      nudipole astro plasmon --temperature 1e8K --density 1e6g/cm3 --mu 1e-12
      nudipole astro red-giants --calibration omega-cen --theory M_I=-4.03,sigma=0.06
      nudipole astro supernova --temperature 60MeV --density 8e14g/cm3
      nudipole astro n-eff --allowed 0.2 --T-reheating 1GeV
    """
    if context.invoked_subcommand is not None:
        if no_plot or force or any(option is not None for option in (neutrino, values, json, plot)):
            raise NudipoleError(f"write the options behind {context.invoked_subcommand}, whose they are")
        return
    quiet = shared.one_stdout(json)
    shared.check_outputs(json=json, plot=plot, force=force)
    picture = shared.picture(plot, f"{stems.stem_asked(context, 'astro')}.png", no_plot=no_plot, quiet=quiet)
    one, _ = given(neutrino, values)
    with shared.progress("astro") as step:
        step("computing")
        shared.prepare()
        from nudipole.astrophysics import all_bounds

        bounds = all_bounds(one)
        if picture is not None:
            step("drawing")
            from nudipole import plots

            plots.save(plots.astro_bounds(bounds), picture)
    if json is not None:
        from nudipole.io.stamp import stamp

        data = {**stamp("astro-bounds"), "bounds": {name: bound.to_json() for name, bound in bounds.items()}}
        shared.write_json(data, json)
    if quiet:
        return
    for bound in bounds.values():
        typer.echo(bound.line())
        typer.echo(f"    {_first([f'{name} {value}' for name, value in bound.assumptions.items()])}")
    if one is not None and one.nature == "majorana":
        typer.echo("left out: SN1987A, N_eff and Cherenkov radiation need Dirac neutrinos")
    typer.echo("all of one: nudipole astro NAME; every number of theirs is model dependent")
    if picture is not None:
        typer.echo(f"picture: {picture}")


def _first(parts: list[str], width: int = 150) -> str:
    """As many whole parts as fit a line, and how many more there are."""
    kept = list(parts)
    while len(kept) > 1 and len("; ".join(kept)) > width:
        kept.pop()
    more = len(parts) - len(kept)
    return "; ".join(kept) + (f"; and {more} more" if more else "")
