"""nudipole astro supernova"""

from __future__ import annotations

from typing import Annotated

import typer

from nudipole.cli import shared
from nudipole.cli.astro.shared import GivenNeutrino, Values, answered, given


def supernova(
    context: typer.Context,
    temperature: Annotated[str, typer.Option("--temperature", metavar="T", help="Of the core.")] = "30MeV",
    density: Annotated[str, typer.Option("--density", metavar="RHO", help="Of the core.")] = "3e14g/cm3",
    protons: Annotated[str, typer.Option("--Yp", metavar="Y", help="Protons for each nucleon.")] = "0.3",
    mu_nue: Annotated[
        str, typer.Option("--mu-nue", metavar="MU", help="Chemical potential of electron neutrinos.")
    ] = "160MeV",
    volume: Annotated[
        str | None, typer.Option("--volume", metavar="V", help="Of the core; a sphere of 10 km unless given: 8e18cm3.")
    ] = None,
    criterion: Annotated[str, typer.Option("--criterion", help="luminosity (1e53 erg/s) or rate (1e19 erg/(g s)).")] = (
        "luminosity"
    ),
    luminosity: Annotated[
        str | None, typer.Option("--luminosity", metavar="L", help="The largest one: 1e53erg/s unless given.")
    ] = None,
    rate: Annotated[
        str | None, typer.Option("--rate", metavar="EPS", help="The largest one: 1e19erg/g/s unless given.")
    ] = None,
    targets: Annotated[str, typer.Option("--targets", help="both, protons or electrons.")] = "both",
    neutrino: GivenNeutrino = None,
    values: Values = None,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """The window that SN1987A excludes for Dirac neutrinos: flip to right-handed ones in the core.

    Free streaming bounds it below, trapping above. Majorana neutrinos have no such bound: what they flip to stays. The
    picture goes to astro-supernova.png, with options astro-supernova-OPTIONS.png, unless --plot says where.

    \b
    Examples:
      nudipole astro supernova
      nudipole astro supernova --temperature 60MeV --density 8e14g/cm3 --volume 8e18cm3
      nudipole astro supernova --criterion rate --targets electrons
    """
    shared.check_outputs(json=json, plot=plot, force=force)
    one, mixing = given(neutrino, values)
    shared.prepare()
    from nudipole import plots
    from nudipole.astrophysics import Core, supernova_bound
    from nudipole.astrophysics.curves import supernova_curve

    core = Core.of(temperature, density, protons, mu_nue, volume)
    found = supernova_bound(
        core,
        criterion=criterion,
        targets=targets,
        luminosity=luminosity,
        rate=rate,
        neutrino=one,
        oscillation=mixing,
    )
    most = float(found.assumptions["criterion"].value)
    curve = supernova_curve(core, criterion, most, found.value, found.upper_end)
    answered(context, found, lambda: plots.astro_curve(curve), json=json, plot=plot, no_plot=no_plot)
