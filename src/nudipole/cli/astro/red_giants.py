"""nudipole astro red-giants"""

from __future__ import annotations

from typing import Annotated

import typer

from nudipole import digits
from nudipole.cli import shared
from nudipole.cli.astro.shared import GivenNeutrino, Values, answered, given


def red_giants(
    context: typer.Context,
    calibration: Annotated[
        str, typer.Option("--calibration", metavar="NAME", help="ngc4258, omega-cen, lmc-f20, lmc-y19 or m5.")
    ] = "ngc4258",
    theory: Annotated[
        str,
        typer.Option(
            "--theory", metavar="NAME|M_I=M,sigma=S", help="The predicted tip: a set by name, or M_I=-4.03,sigma=0.06."
        ),
    ] = "spans-published",
    cl: shared.Level = 0.95,
    sides: Annotated[str, typer.Option("--sides", help="one (k = 1.645 at 95 %) or two (1.96).")] = "one",
    slope: Annotated[str, typer.Option("--slope", help="formula, or tracks of mesa.")] = "formula",
    neutrino: GivenNeutrino = None,
    values: Values = None,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """The tip of the red-giant branch: a moment delays helium ignition and makes it brighter.

    The theory without a moment, and its error, decide as much as the data: they are an input, and the table shows every
    calibration with every theory. Where theory is brighter than the data there is no solution, and the value is that of
    CLs. The picture goes to astro-red-giants.png, with options astro-red-giants-OPTIONS.png, unless --plot says where.

    \b
    Examples:
      nudipole astro red-giants
      nudipole astro red-giants --calibration omega-cen --theory M_I=-4.03,sigma=0.06
      nudipole astro red-giants --calibration lmc-f20 --cl 0.95 --sides two --slope mesa
    """
    shared.check_level(cl)
    shared.check_outputs(json=json, plot=plot, force=force)
    one, _ = given(neutrino, values)
    from nudipole import plots
    from nudipole.astrophysics import calibrations, red_giant_bound, red_giant_table, theories

    found = red_giant_bound(calibration, theory, cl=cl, sides=sides, slope=slope, neutrino=one)
    table = red_giant_table(cl=cl, sides=sides, slope=slope)
    names = list(calibrations())
    lines = ["", f"{'theory [mag]':<34}" + "".join(f"{name:>12}" for name in names) + "   [1e-12 mu_B]"]
    for k, (name, theory_) in enumerate(theories().items()):
        cells = []
        for i in range(len(names)):
            bound = table[i * len(theories()) + k]
            value = "none" if bound.value is None else digits.number(bound.value * 1e12)
            cells.append(f"{value}{'*' if bound.method == 'cls' else ' '}")
        error = digits.plain(theory_.at(0.0), 2)
        row = f"{f'{name} {theory_.M_I:.2f} +- {error}':<34}" + "".join(f"{cell:>12}" for cell in cells)
        lines.append(row.rstrip())
    lines.append("* no solution, theory is brighter than the data: CLs")
    answered(context, found, lambda: plots.astro_table(table), json=json, plot=plot, no_plot=no_plot, more=lines)
