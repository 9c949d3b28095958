"""nudipole astro stars"""

from __future__ import annotations

from typing import Annotated

import typer

from nudipole.cli import shared
from nudipole.cli.astro.shared import GivenNeutrino, Values, answered, given


def stars(
    context: typer.Context,
    star: Annotated[str, typer.Argument(metavar="STAR", help="sun, helium-stars or globular-clusters.")],
    of: Annotated[str, typer.Option("--of", help="mu or charge.")] = "mu",
    neutrino: GivenNeutrino = None,
    values: Values = None,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Raffelt's simple criteria: at one point of a star new losses stay below what burns there.

    The picture goes to astro-STAR.png, with options astro-STAR-OPTIONS.png, unless --plot says where.

    \b
    Examples:
      nudipole astro stars sun
      nudipole astro stars globular-clusters --of charge
    """
    shared.check_outputs(json=json, plot=plot, force=force)
    one, _ = given(neutrino, values)
    shared.prepare()
    from nudipole import plots
    from nudipole.astrophysics import simple_bound

    found = simple_bound(star, of, neutrino=one)
    answered(context, found, lambda: plots.astro_bounds({star: found}), json=json, plot=plot, no_plot=no_plot)
