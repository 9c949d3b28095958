"""nudipole astro white-dwarfs"""

from __future__ import annotations

from typing import Annotated

import typer

from nudipole.cli import shared
from nudipole.cli.astro.shared import GivenNeutrino, Values, answered, given


def white_dwarfs(
    context: typer.Context,
    core: Annotated[str, typer.Option("--T-core", metavar="T", help="Temperature of the core: 4e7K.")] = "4e7K",
    ratio: Annotated[
        float | None, typer.Option("--ratio", help="Largest drift over the model's; two errors above data.")
    ] = None,
    neutrino: GivenNeutrino = None,
    values: Values = None,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """The period drift of PG 1351+489: an estimate, good to a factor of two.

    A polytrope with an isothermal core stands for the star.

    \b
    Examples:
      nudipole astro white-dwarfs
      nudipole astro white-dwarfs --T-core 5e7K --ratio 2
    """
    shared.check_outputs(json=json, plot=plot, force=force)
    one, _ = given(neutrino, values)
    shared.prepare()
    from nudipole import plots
    from nudipole.astrophysics import white_dwarf_bound
    from nudipole.astrophysics.curves import white_dwarf_curve

    found = white_dwarf_bound(core, ratio=ratio, neutrino=one)
    answered(context, found, lambda: plots.astro_curve(white_dwarf_curve(ratio)), json=json, plot=plot, no_plot=no_plot)
