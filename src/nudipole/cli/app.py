"""The application: its commands and what they share. Nothing heavy is imported before a command runs."""

from __future__ import annotations

from typing import Annotated

import typer

from nudipole.cli import (
    antineutrinos,
    astro,
    check,
    cite,
    contour,
    convert,
    experiments,
    export,
    fit,
    forecast,
    g2,
    impacts,
    import_,
    limit,
    limits,
    models,
    new,
    plot,
    portal,
    precession,
    predict,
    report,
    scan,
    schema,
    sensitivity,
    spectrum,
    test,
    toys,
    validate,
)
from nudipole.cli.usage import OneLine

app = typer.Typer(
    name="nudipole",
    cls=OneLine,
    help="Neutrino electromagnetic properties: from a detector's data to a limit.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from nudipole.version import __version__

        typer.echo(f"nudipole {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


app.command("limit")(limit.limit)
app.command("contour")(contour.contour)
app.command("impacts")(impacts.impacts)
app.command("fit")(fit.fit)
app.command("forecast")(forecast.forecast)
app.command("spectrum")(spectrum.spectrum)
app.command("new")(new.new)
app.command("predict")(predict.predict)
app.command("precession")(precession.precession)
app.command("antineutrinos")(antineutrinos.antineutrinos)
app.command("test")(test.survival)
app.command("convert")(convert.convert)
app.command("check")(check.check)
app.command("sensitivity")(sensitivity.sensitivity)
app.command("schema")(schema.schema)
app.command("validate")(validate.validate)
app.command("toys")(toys.toys)
app.command("scan")(scan.scan)
app.command("report")(report.report)
app.command("cite")(cite.cite)
app.add_typer(experiments.app, name="experiments")
app.add_typer(limits.app, name="limits")
app.add_typer(models.app, name="models")
app.add_typer(plot.app, name="plot")
app.add_typer(g2.app, name="g2")
app.add_typer(astro.app, name="astro")
app.add_typer(portal.app, name="portal")
app.add_typer(export.app, name="export")
app.add_typer(import_.app, name="import")
app.command("show")(experiments.show)
