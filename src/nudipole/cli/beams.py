"""nudipole plot spectra | effective-moments: what beams leave in targets, and what they see of moments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nudipole import digits
from nudipole.cli import shared, stems

if TYPE_CHECKING:
    from nudipole.mixing import Oscillation


def spectra(
    context: typer.Context,
    experiments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[EXPERIMENT...]",
            help="Whose source and target; four of the library unless given.",
            autocompletion=shared.all_names,
        ),
    ] = None,
    mu: Annotated[str, typer.Option("--mu", metavar="MU", help="A moment of all flavours [mu_B].")] = "1e-11",
    csv: shared.Csv = None,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Rates of recoils at experiments, before their detectors: the weak interaction, and what a moment adds.

    The picture goes to NAMES-spectra.png unless --plot says where. Counts in bins, with detector and data: nudipole
    spectrum.

    \b
    Examples:
      nudipole plot spectra
      nudipole plot spectra xenonnt-2022 darwin-xlzd --mu 6.4e-12
      nudipole plot spectra my_experiment.yaml --csv spectra.csv
    """
    quiet = shared.one_stdout(csv, json)
    shared.check_outputs(csv=csv, json=json, plot=plot, force=force)
    name = stems.stem_of(experiments) + stems.stem_asked(context, "spectra", without=["experiments"])
    picture = shared.picture(plot, f"{name}.png", no_plot=no_plot, quiet=quiet)
    with shared.progress("spectra") as step:
        step("folding")
        shared.prepare()
        from nudipole.astrophysics.quantities import read
        from nudipole.experiments.recoil_curves import EXPERIMENTS, recoil_curves

        found = recoil_curves(experiments or EXPERIMENTS, moment=read("mu", mu, "mu_B"))
        if picture is not None:
            step("drawing")
            from nudipole import plots

            plots.save(found.plot().figure, picture)
    if csv is not None:
        shared.write_text(found.to_csv(), csv)
    if json is not None:
        shared.write_json(found.to_json(), json)
    if quiet:
        return
    typer.echo(f"recoils per keV, kg and day, mu_nu = {digits.number(found.moment)} mu_B")
    for one in found.curves:
        where = "nowhere above" if one.crossing is None else f"below {digits.number(1e3 * one.crossing)} keV, from"
        typer.echo(f"{one.label:<40}above the Standard Model {where} {digits.number(1e3 * float(one.T[0]))} keV on")
    if picture is not None:
        typer.echo(f"picture: {picture}")


def effective_moments(
    context: typer.Context,
    neutrino: Annotated[
        str | None,
        typer.Argument(
            metavar="[MODEL|FILE.yaml]",
            help="A model or a file with a neutrino; one Lambda of 1e-11 mu_B each unless given.",
            autocompletion=shared.model_names,
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", "-s", metavar="NAME=VALUE", help="A moment, mu_e=1e-11, or a parameter of the model."),
    ] = None,
    oscillation: shared.Oscillation = None,
    csv: shared.Csv = None,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Effective moments of one neutrino: near reactors and accelerators, and from the Sun by energy.

    Why a solar limit and a reactor's are not of the same number. The picture goes to effective-moments.png, with
    options effective-moments-OPTIONS.png, unless --plot says where.

    \b
    Examples:
      nudipole plot effective-moments
      nudipole plot effective-moments --set mu_11=1e-11 --set mu_22=1e-11
      nudipole plot effective-moments neutrino.yaml --csv moments.csv
    """
    quiet = shared.one_stdout(csv, json)
    shared.check_outputs(csv=csv, json=json, plot=plot, force=force)
    picture = shared.picture(
        plot, f"{stems.stem_asked(context, 'effective-moments')}.png", no_plot=no_plot, quiet=quiet
    )
    shared.prepare()
    from nudipole.predictions import effective_moments_by_energy

    given = shared.assignments(values)
    chosen: str | Oscillation | None
    if neutrino is None and not given:
        found = effective_moments_by_energy(oscillation=oscillation)
    else:
        if neutrino is not None:
            from nudipole.experiments.neutrino import described

            known = described(neutrino, given, oscillation=oscillation)
            one, chosen = known.neutrino, known.oscillation
        else:
            from nudipole.models import neutrino_of, owner

            owner(given)
            numbers = {name: shared.quantity(f"--set {name}", _with_unit(text), "mu_B") for name, text in given.items()}
            one, chosen = neutrino_of(numbers), oscillation
        found = effective_moments_by_energy({neutrino or ", ".join(given): one}, oscillation=chosen)
    if picture is not None:
        from nudipole import plots

        plots.save(found.plot().figure, picture)
    if csv is not None:
        shared.write_text(found.to_csv(), csv)
    if json is not None:
        shared.write_json(found.to_json(), json)
    if quiet:
        return
    typer.echo(f"effective moments [mu_B], mixing {found.oscillation}")
    for one_of in found.neutrinos:
        near = ", ".join(f"nu_{flavour} {digits.number(moment)}" for flavour, moment in one_of.near.items())
        sun = "; ".join(
            f"{name} {digits.number(float(moment.min()))} to {digits.number(float(moment.max()))}"
            for name, (_, moment) in one_of.sun.items()
        )
        typer.echo(f"{one_of.name}: near {near}; from the Sun {sun}")
    if picture is not None:
        typer.echo(f"picture: {picture}")


def _with_unit(text: str) -> str:
    try:
        float(text)
    except ValueError:
        return text
    return f"{text} mu_B"
