"""nudipole astro n-eff"""

from __future__ import annotations

from typing import Annotated

import typer

from nudipole import digits
from nudipole.cli import shared
from nudipole.cli.astro.shared import GivenNeutrino, Values, answered, given

#: Of the table: moments [1e-12 mu_B], temperatures of reheating [GeV].
_MOMENTS, _STARTS = (1.0, 2.7, 10.0, 16.0, 30.0), (100.0, 10.0, 1.0, 0.1)


def n_eff(
    context: typer.Context,
    allowed: Annotated[str, typer.Option("--allowed", metavar="N", help="Largest Delta N_eff.")] = "0.2",
    reheating: Annotated[
        str,
        typer.Option("--T-reheating", metavar="T", help="Where the Universe begins, without right-handed neutrinos."),
    ] = "100GeV",
    neutrino: GivenNeutrino = None,
    values: Values = None,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """What right-handed Dirac neutrinos add to N_eff: moment against Delta N_eff and reheating temperature.

    The picture goes to astro-n-eff.png, with options astro-n-eff-OPTIONS.png, unless --plot says where.

    \b
    Examples:
      nudipole astro n-eff
      nudipole astro n-eff --allowed 0.285 --T-reheating 1GeV
      nudipole astro n-eff --neutrino my_dirac_neutrino.yaml --json -
    """
    shared.check_outputs(json=json, plot=plot, force=force)
    one, _ = given(neutrino, values)
    shared.prepare()
    import numpy as np

    from nudipole import plots
    from nudipole.astrophysics import n_eff_bound, n_eff_table
    from nudipole.astrophysics.curves import n_eff_curve

    found = n_eff_bound(allowed, reheating, neutrino=one)
    table = n_eff_table(np.array(_MOMENTS), np.array(_STARTS))
    lines = ["", f"{'Delta N_eff of mu [1e-12 mu_B]':<32}" + "".join(f"{f'T_RH = {T:g} GeV':>16}" for T in _STARTS)]
    lines += [
        f"{digits.plain(mu):>12}{'':<20}" + "".join(f"{digits.number(float(x)):>16}" for x in row)
        for mu, row in zip(_MOMENTS, table, strict=True)
    ]
    most = float(found.assumptions["Delta N_eff allowed"].value)
    answered(
        context, found, lambda: plots.astro_curve(n_eff_curve(most)), json=json, plot=plot, no_plot=no_plot, more=lines
    )
