"""nudipole plot"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nudipole import digits
from nudipole.cli import beams, shared, stems, world
from nudipole.cli.g2 import status

if TYPE_CHECKING:
    from nudipole.predictions import Correlation

app = typer.Typer(
    add_completion=False, no_args_is_help=True, rich_markup_mode=None, help="Pictures of what models and records say."
)


@app.callback()
def _group() -> None:
    pass


app.command("limits")(world.limits)
app.command("history")(world.history)
app.command("millicharges")(world.millicharges)
app.command("charge-radii")(world.charge_radii)
app.command("antineutrinos")(world.antineutrinos)
app.command("spectra")(beams.spectra)
app.command("effective-moments")(beams.effective_moments)
app.command("g2")(status.status)


@app.command("correlation")
def correlation(
    context: typer.Context,
    model: Annotated[
        str, typer.Argument(metavar="[MODEL]", help="One that predicts both.", autocompletion=shared.model_names)
    ] = "su2h",
    values: Annotated[
        list[str] | None,
        typer.Option("--set", "-s", metavar="NAME=VALUE", help="A parameter that is held, with its unit; repeatable."),
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option("--vary", metavar="NAME=RANGE", help="Along one parameter: f_prime=0..2 unless given."),
    ] = None,
    cloud: Annotated[
        bool, typer.Option("--cloud", help="Points drawn in all ranges of --vary, instead of a curve.")
    ] = False,
    points: Annotated[int, typer.Option("--points", help="Of the curve or cloud.")] = 200,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the cloud.")] = 1,
    records: Annotated[
        list[str] | None,
        typer.Option(
            "--limit", metavar="ID", help="A record to draw; the strongest of Sun, reactors and stars unless given."
        ),
    ] = None,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """The neutrino's moment against the muon's anomaly, as a model predicts both, with what is measured.

    Bands are the differences of measurement and Standard Model of 2021 and 2025, lines the published limits on the
    moment. The picture goes to MODEL-correlation.png, with options MODEL-correlation-OPTIONS.png, unless --plot says
    where.

    \b
    Examples:
      nudipole plot correlation
      nudipole plot correlation su2h --set f=0.01 --vary m_R=50..500GeV
      nudipole plot correlation --cloud --vary f=0.001..0.1 --vary f_prime=0.1..2 --vary m_R=70..300GeV --points 3000
    """
    quiet = shared.one_stdout(json)
    given: dict[str, Any] = dict(shared.assignments(values))
    shared.check_outputs(json=json, plot=plot, force=force)
    with shared.progress("plot") as step:
        step("starting")
        shared.prepare()
        from nudipole import predictions

        found = predictions.correlation(
            model, *(vary or ()), cloud=cloud, points=points, seed=seed, limits=records, **given
        )
        name = stems.stem_asked(context, f"{model}-correlation", without=["model"])
        picture = shared.picture(plot, f"{name}.png", no_plot=no_plot, quiet=quiet)
        if picture is not None:
            step("drawing")
            from nudipole import plots

            fig, axes = plots.figure(7.0, 4.8)
            plots.correlation(found, axes)
            plots.save(fig, picture)
    if json is not None:
        shared.write_json(found.to_json(), json)
    if not quiet:
        typer.echo(_text(found))
        if picture is not None:
            typer.echo(f"picture: {picture}")


@app.command("cross-sections")
def cross_sections(
    context: typer.Context,
    target: Annotated[str, typer.Option("--target", metavar="ELEMENT", help="Its electrons and its nuclei.")] = "Xe",
    energy: Annotated[str, typer.Option("--energy", metavar="E", help="Of the neutrino.")] = "1MeV",
    flavour: Annotated[str, typer.Option("--flavour", help="e, mu or tau.")] = "e",
    antineutrino: Annotated[bool, typer.Option("--antineutrino", help="Of an antineutrino.")] = False,
    moments: Annotated[
        list[str] | None,
        typer.Option("--mu", metavar="MU", help="A moment [mu_B]; repeatable. 1e-10, 1e-11, 1e-12 unless given."),
    ] = None,
    binding: Annotated[str, typer.Option("--binding", help="Of the electrons: stepping or free.")] = "stepping",
    csv: shared.Csv = None,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Cross sections against the recoil energy: the weak interaction, and what magnetic moments add as 1/T.

    On electrons and coherently on nuclei, per atom, of a neutrino of one energy. The picture goes to
    cross-sections-TARGET.png, with other options cross-sections-TARGET-OPTIONS.png, unless --plot says where.

    \b
    Examples:
      nudipole plot cross-sections
      nudipole plot cross-sections --target Ge --energy 3MeV --antineutrino --mu 2.9e-11
      nudipole plot cross-sections --target Cs --energy 30MeV --flavour mu --mu 1e-9 --csv cs.csv
    """
    quiet = shared.one_stdout(json, csv)
    shared.check_outputs(csv=csv, json=json, plot=plot, force=force)
    shared.prepare()
    from nudipole import predictions
    from nudipole.astrophysics.quantities import read
    from nudipole.predictions.scattering import MOMENTS

    found = predictions.cross_sections(
        target,
        read("energy", energy, "MeV"),
        flavour=flavour,
        antineutrino=antineutrino,
        moments=[read("mu", mu, "mu_B") for mu in moments] if moments else MOMENTS,
        binding=binding,
    )
    name = f"cross-sections-{target}"
    picture = shared.picture(
        plot, f"{stems.stem_asked(context, name, without=['target'])}.png", no_plot=no_plot, quiet=quiet
    )
    if picture is not None:
        from nudipole import plots

        plots.save(found.plot().figure, picture)
    if csv is not None:
        shared.write_text(found.to_csv(), csv)
    if json is not None:
        shared.write_json(found.to_json(), json)
    if quiet:
        return
    typer.echo(f"{found.title}; electrons {found.binding}, per atom")
    for curve in found.curves:
        if curve.moment is None:
            highest = curve.T[curve.value > 0].max() * 1e3
            typer.echo(f"{curve.label:<32}recoils up to {digits.number(float(highest))} keV")
        else:
            crossing = found.crossing(curve.process, curve.moment)
            where = "nowhere above 1 eV" if crossing is None else f"below {digits.number(1e3 * crossing)} keV"
            typer.echo(f"{curve.label:<32}above the Standard Model {where}")
    if picture is not None:
        typer.echo(f"picture: {picture}")


@app.command("fluxes")
def fluxes(
    experiments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[EXPERIMENT...]",
            help="Whose sources; one of the library of each kind unless given.",
            autocompletion=shared.all_names,
        ),
    ] = None,
    csv: shared.Csv = None,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Fluxes of sources by energy, as they arrive at experiments: the Sun, a reactor, stopped pions, a radioactive one.

    All flavours together. The picture goes to NAMES-fluxes.png unless --plot says where.

    \b
    Examples:
      nudipole plot fluxes
      nudipole plot fluxes conus-plus lampf my_experiment.yaml --csv fluxes.csv
    """
    quiet = shared.one_stdout(json, csv)
    shared.check_outputs(csv=csv, json=json, plot=plot, force=force)
    shared.prepare()
    from nudipole.experiments.fluxes import SOURCES
    from nudipole.experiments.fluxes import fluxes as arriving

    found = arriving(experiments or SOURCES)
    picture = shared.picture(plot, f"{stems.stem_of(experiments)}fluxes.png", no_plot=no_plot, quiet=quiet)
    if picture is not None:
        from nudipole import plots

        plots.save(found.plot().figure, picture)
    if csv is not None:
        shared.write_text(found.to_csv(), csv)
    if json is not None:
        shared.write_json(found.to_json(), json)
    if quiet:
        return
    for one in found.components:
        kind = "antineutrinos" if one.antineutrino else "neutrinos"
        typer.echo(f"{one.experiment:<20}{one.label:<34}{digits.number(one.total)} {kind}/(cm^2 s)")
    if picture is not None:
        typer.echo(f"picture: {picture}")


@app.command("portal")
def portal(
    flavour: Annotated[
        str, typer.Option("--flavour", metavar="F", help="Whose dipole: all (every record), e, mu or tau.")
    ] = "all",
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """The dipole portal as published: mass of a heavy lepton against its dipole, from the records of the database.

    Ours stand beside them in nudipole portal EXPERIMENT... The picture goes to portal-FLAVOUR.png unless --plot says
    where.

    \b
    Examples:
      nudipole plot portal
      nudipole plot portal --flavour tau --plot portal.pdf
    """
    quiet = shared.one_stdout(json)
    shared.check_outputs(json=json, plot=plot, force=force)
    from nudipole.portal import plane

    found = plane(flavour)
    picture = shared.picture(plot, f"portal-{flavour}.png", no_plot=no_plot, quiet=quiet)
    if picture is not None:
        from nudipole import plots

        fig, axes = plots.figure(8.8, 5.2)
        found.plot(axes)
        plots.save(fig, picture)
    if json is not None:
        shared.write_json(found.to_json(), json)
    if not quiet:
        typer.echo(str(found))
        if picture is not None:
            typer.echo(f"picture: {picture}")


def _text(found: Correlation) -> str:
    how = "drawn" if found.is_cloud else "along"
    held = ", ".join(f"{key} = {digits.plain(value, 6)}" for key, value in found.held.items())
    lines = [f"{found.model}: {len(found.mu)} points {how} {', '.join(found.varied)}; held {held}"]
    ends = [f"{digits.number(float(x))}" for x in (found.mu.min(), found.mu.max())]
    shifts = [digits.fixed(1e11 * float(x), 1) for x in (found.delta_a_mu.min(), found.delta_a_mu.max())]
    lines.append(f"moment from {ends[0]} to {ends[1]} mu_B, delta a_mu from {shifts[0]} to {shifts[1]} e-11")
    for band in found.bands:
        value = f"{digits.fixed(1e11 * band.value, 0)} +- {digits.fixed(1e11 * band.error, 0)}"
        many = found.within(band)
        lines.append(f"band {band.year}    {value} e-11 ({band.label}); {many} points within two errors and all limits")
    for line in found.lines:
        moved = f", of its beam {digits.number(line.published)}" if line.kind == "laboratory" else ""
        lines.append(f"{line.kind:<11}  < {digits.number(line.limit)} mu_B{moved} ({line.label}; {line.record})")
    return "\n".join(lines)
