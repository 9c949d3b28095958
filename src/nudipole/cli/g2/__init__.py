"""nudipole g2: one file per command, one line here."""

from __future__ import annotations

import typer

from nudipole.cli.g2 import fit, forecast, predict, simulate, status, test

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The muon g-2 and the neutrino-induced shift.",
)

app.command("status")(status.status)
app.command("predict")(predict.predict)
app.command("simulate")(simulate.simulate)
app.command("fit")(fit.fit)
app.command("test")(test.test)
app.command("forecast")(forecast.forecast)
