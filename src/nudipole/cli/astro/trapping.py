"""nudipole astro trapping"""

from __future__ import annotations

from typing import Annotated

import typer

from nudipole.cli import shared
from nudipole.cli.astro.shared import GivenNeutrino, Values, answered, given


def trapping(
    context: typer.Context,
    coupling: Annotated[
        str | None, typer.Option("--coupling", metavar="Y2/M2", help="y_nu y_e/m_phi^2 of a light scalar: 5e-12eV^-2.")
    ] = None,
    density: Annotated[str, typer.Option("--density", metavar="RHO", help="Of the core.")] = "2e5g/cm3",
    temperature: Annotated[str, typer.Option("--temperature", metavar="T", help="Of the core.")] = "1e8K",
    moment: Annotated[str, typer.Option("--moment", help="magnetic or electric.")] = "magnetic",
    neutrino: GivenNeutrino = None,
    values: Values = None,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """A mass of neutrinos in matter: what a light scalar leaves of the bound of red giants.

    Above y_nu y_e n_e/m_phi^2 = omega_p/2 plasmons do not decay, and stars bound nothing. The picture goes to
    astro-trapping.png, with options astro-trapping-OPTIONS.png, unless --plot says where.

    \b
    Examples:
      nudipole astro trapping
      nudipole astro trapping --coupling 8e-12eV^-2
      nudipole astro trapping --coupling 1e-11eV^-2 --density 1e6g/cm3
    """
    shared.check_outputs(json=json, plot=plot, force=force)
    one, _ = given(neutrino, values)
    shared.prepare()
    from nudipole import plots
    from nudipole.astrophysics import trapping_bound
    from nudipole.astrophysics.curves import trapping_curve

    found = trapping_bound(coupling, density=density, temperature=temperature, moment=moment, neutrino=one)
    answered(
        context,
        found,
        lambda: plots.astro_curve(trapping_curve(density, temperature)),
        json=json,
        plot=plot,
        no_plot=no_plot,
    )
