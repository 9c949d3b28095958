"""nudipole astro decay"""

from __future__ import annotations

from typing import Annotated

import typer

from nudipole.cli import shared
from nudipole.cli.astro.shared import GivenNeutrino, Values, answered, given


def decay(
    context: typer.Context,
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="cmb (unless given), cmb-best, age or solar.")
    ] = None,
    mass: Annotated[str, typer.Option("--mass", metavar="M", help="Of the decaying neutrino.")] = "0.05eV",
    final: Annotated[str, typer.Option("--final-mass", metavar="M", help="Of the other.")] = "0eV",
    lifetime: Annotated[
        str | None, typer.Option("--lifetime", metavar="TAU", help="Another lower bound, in place of --by: 1e19s.")
    ] = None,
    neutrino: GivenNeutrino = None,
    values: Values = None,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Radiative decay: what lifetimes say about transition moments.

    The picture goes to astro-decay.png, with options astro-decay-OPTIONS.png, unless --plot says where.

    \b
    Examples:
      nudipole astro decay
      nudipole astro decay --by solar --mass 0.1eV
      nudipole astro decay --lifetime 5e20s --mass 0.05eV --final-mass 0.0086eV
    """
    shared.check_outputs(json=json, plot=plot, force=force)
    one, mixing = given(neutrino, values)
    from nudipole import plots
    from nudipole.astrophysics import decay_bound
    from nudipole.astrophysics.curves import decay_curve

    found = decay_bound(by, mass=mass, final_mass=final, lifetime=lifetime, neutrino=one, oscillation=mixing)
    answered(context, found, lambda: plots.astro_curve(decay_curve()), json=json, plot=plot, no_plot=no_plot)
