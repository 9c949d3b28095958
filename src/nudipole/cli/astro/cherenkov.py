"""nudipole astro cherenkov"""

from __future__ import annotations

from typing import Annotated

import typer

from nudipole.cli import shared
from nudipole.cli.astro.shared import GivenNeutrino, Values, answered, given


def cherenkov(
    context: typer.Context,
    mu: Annotated[str, typer.Option("--mu", metavar="MU", help="Moment of the rate, in mu_B.")] = "1e-10",
    index: Annotated[str, typer.Option("--index", metavar="N", help="Refractive index.")] = "1.33",
    low: Annotated[str, typer.Option("--low", metavar="E", help="Least energy of photons.")] = "1.5eV",
    high: Annotated[str, typer.Option("--high", metavar="E", help="Largest energy of photons.")] = "3.5eV",
    neutrino: GivenNeutrino = None,
    values: Values = None,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Cherenkov radiation of a Dirac neutrino: the rate in a transparent medium, and why stars bound nothing by it.

    The picture goes to astro-cherenkov.png, with options astro-cherenkov-OPTIONS.png, unless --plot says where.

    \b
    Examples:
      nudipole astro cherenkov
      nudipole astro cherenkov --mu 1e-11 --index 1.5 --low 2eV --high 3eV
    """
    shared.check_outputs(json=json, plot=plot, force=force)
    one, _ = given(neutrino, values)
    from nudipole import plots
    from nudipole.astrophysics import cherenkov_bound
    from nudipole.astrophysics.curves import cherenkov_curve

    found = cherenkov_bound(mu=mu, index=index, low=low, high=high, neutrino=one)
    n, first, last = (float(found.assumptions[name].value) for name in ("index", "photons from", "photons to"))
    answered(
        context,
        found,
        lambda: plots.astro_curve(cherenkov_curve(n, first, last)),
        json=json,
        plot=plot,
        no_plot=no_plot,
    )
