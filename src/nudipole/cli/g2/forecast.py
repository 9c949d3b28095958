"""nudipole g2 forecast"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nudipole import digits
from nudipole.cli import shared, stems
from nudipole.errors import NudipoleError
from nudipole.io.stamp import stamp
from nudipole.muon_g2.wiggle import settings

if TYPE_CHECKING:
    from nudipole.muon_g2.shift.forecast import DataSet, Forecast


def forecast(
    context: typer.Context,
    curves: Annotated[
        str, typer.Option("--curves", metavar="fit,paper", help="Shifts of energy bins, see nudipole g2 test.")
    ] = "fit,paper",
    positrons: Annotated[
        float | None, typer.Option("--positrons", "-n", help="A data set of your own, beside those of the experiments.")
    ] = None,
    energy_bins: Annotated[
        str, typer.Option("--energy-bins", metavar="LOW..HIGH UNIT/WIDTH", help="Bins of your own data set.")
    ] = settings.ENERGY_BINS,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Forecast how far data sets can separate an energy-dependent anomaly from a constant one.

    For E821 in 2000, Fermilab Run-1, Run-2/3 and all of Fermilab: statistical errors only, shared out among bins of 0.2
    GeV by what each knows of omega_a. The picture goes to g2-forecast.png, with options g2-forecast-OPTIONS.png, unless
    --plot says where.

    \b
    Examples:
      nudipole g2 forecast
      nudipole g2 forecast --positrons 1e11 --energy-bins 1.0..3.1GeV/0.1 --curves fit
    """
    quiet = shared.one_stdout(json)
    shared.check_outputs(json=json, plot=plot, force=force)
    picture = shared.picture(plot, f"{stems.stem_asked(context, 'g2-forecast')}.png", no_plot=no_plot, quiet=quiet)
    with shared.progress("forecast") as step:
        step("starting")
        shared.prepare()
        from nudipole.muon_g2.shift import forecast as module

        names = [name.strip() for name in curves.split(",") if name.strip()]
        if not names:
            raise NudipoleError("--curves: write fit, paper, A-window, NA-bins or A-bins, or several")
        sets = list(module.data_sets().values())
        if positrons is not None:
            sets.append(_own(positrons, energy_bins))
        results = [module.forecast(data, curve) for curve in names for data in sets]
        if picture is not None:
            step("drawing")
            from nudipole import plots
            from nudipole.plots.g2.forecast import forecast as draw

            fig, axes = plots.figure(7.2, 4.8)
            draw(results, axes)
            plots.save(fig, picture)
    if json is not None:
        shared.write_json(stamp("g2-forecast") | {"forecasts": [result.to_json() for result in results]}, json)
    if not quiet:
        typer.echo(_text(results))
        if picture is not None:
            typer.echo(f"picture: {picture}")


def _own(positrons: float, energy_bins: str) -> DataSet:
    from nudipole.muon_g2.shift.forecast import own
    from nudipole.muon_g2.wiggle.store import bins

    return own(positrons, bins(energy_bins, "GeV", "energy_bins"))


def _text(results: list[Forecast]) -> str:
    heads = (
        f"{'data set':<22} {'curve':<8} {'positrons':>10} {'E above':>8} {'error [ppm]':>12} {'by T':>6} {'by A':>6}"
    )
    lines = [f"{heads} {'separation':>11} {'power':>6} {'for 5 sigma':>12}"]
    for result in results:
        data = result.data
        above = f"{digits.plain(data.threshold / 1e3, 2):>4} GeV"
        total = float((result.sigma**-2.0).sum()) ** -0.5
        lines.append(
            f"{data.label:<22} {result.curve:<8} {digits.number(data.positrons):>10} {above} "
            f"{1e6 * total:>12.3f} {1e6 * data.formula('T'):>6.3f} {1e6 * data.formula('A'):>6.3f} "
            f"{result.separation:>5.2f} sigma {result.power:>6.3f} {digits.number(result.positrons_for(5)):>12}"
        )
    lines += [
        "",
        "error: published statistical error of omega_a, or from the positrons; by T, by A: formula for these positrons",
        "power: probability to exclude the constant at 95% CL if the model is true",
    ]
    notes = {result.data.label: result.data.status for result in results if result.data.status != "formula"}
    lines += [f"{label}: {status}" for label, status in notes.items()]
    return "\n".join(lines)
