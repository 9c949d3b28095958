"""nudipole astro: one file per command, one line here."""

from __future__ import annotations

import typer

from nudipole.cli.astro import (
    cherenkov,
    decay,
    every,
    n_eff,
    plasmon,
    red_giants,
    stars,
    supernova,
    trapping,
    white_dwarfs,
)

app = typer.Typer(add_completion=False, invoke_without_command=True, rich_markup_mode=None)

app.callback()(every.every)
app.command("plasmon")(plasmon.plasmon)
app.command("red-giants")(red_giants.red_giants)
app.command("white-dwarfs")(white_dwarfs.white_dwarfs)
app.command("supernova")(supernova.supernova)
app.command("n-eff")(n_eff.n_eff)
app.command("decay")(decay.decay)
app.command("cherenkov")(cherenkov.cherenkov)
app.command("trapping")(trapping.trapping)
app.command("stars")(stars.stars)
