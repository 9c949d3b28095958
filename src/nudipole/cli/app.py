"""The application: its commands and what they share. Nothing heavy is imported before a command runs."""

from __future__ import annotations

from functools import cache
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
from nudipole.cli.commands import Entry
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


#: Every command or group of commands, in the order of the help.
COMMANDS: dict[str, Entry] = {
    "limit": limit.limit,
    "contour": contour.contour,
    "impacts": impacts.impacts,
    "fit": fit.fit,
    "forecast": forecast.forecast,
    "spectrum": spectrum.spectrum,
    "new": new.new,
    "predict": predict.predict,
    "precession": precession.precession,
    "antineutrinos": antineutrinos.antineutrinos,
    "test": test.survival,
    "convert": convert.convert,
    "check": check.check,
    "sensitivity": sensitivity.sensitivity,
    "schema": schema.schema,
    "validate": validate.validate,
    "toys": toys.toys,
    "scan": scan.scan,
    "report": report.report,
    "cite": cite.cite,
    "show": experiments.show,
    "experiments": experiments.app,
    "limits": limits.app,
    "models": models.app,
    "plot": plot.app,
    "g2": g2.app,
    "astro": astro.app,
    "portal": portal.app,
    "export": export.app,
    "import": import_.app,
}


@cache
def command() -> OneLine:
    """The command `nudipole`, the same for every call."""
    root = typer.main.get_command(app)
    assert isinstance(root, OneLine)
    root.hold(COMMANDS)
    return root
