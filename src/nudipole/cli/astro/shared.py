"""What the commands of bounds share: the neutrino, and how a bound is told, written and drawn."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nudipole.cli import shared, stems
from nudipole.errors import NudipoleError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nudipole.astrophysics import AstroBound
    from nudipole.mixing import Oscillation
    from nudipole.properties import Neutrino

GivenNeutrino = Annotated[
    str | None,
    typer.Option(
        "--neutrino",
        metavar="MODEL|FILE.yaml",
        help="A model, or a file with a neutrino, to be judged.",
        autocompletion=shared.model_names,
    ),
]
Values = Annotated[
    list[str] | None,
    typer.Option("--set", "-s", metavar="NAME=VALUE", help="A parameter of the model with its unit; repeatable."),
]


def given(neutrino: str | None, values: list[str] | None) -> tuple[Neutrino | None, Oscillation | None]:
    """The neutrino that is asked about, with its mixing.

    Raises
    ------
    NudipoleError
        For a file, model or value that is wrong.
    """
    assigned = shared.assignments(values)
    if neutrino is None:
        if assigned:
            raise NudipoleError("--set is for a model: write --neutrino MODEL, too")
        return None, None
    from nudipole.experiments.neutrino import described

    found = described(neutrino, assigned)
    return found.neutrino, found.oscillation


def answered(
    context: typer.Context,
    found: AstroBound,
    figure: Callable[[], Figure],
    *,
    json: str | None,
    plot: Path | None,
    no_plot: bool,
    more: list[str] | None = None,
) -> None:
    """Write, draw and print one bound."""
    quiet = shared.one_stdout(json)
    name = stems.stem_asked(context, f"astro-{found.name}", without=["star"])
    picture = shared.picture(plot, f"{name}.png", no_plot=no_plot, quiet=quiet)
    if picture is not None:
        from nudipole import plots

        plots.save(figure(), picture)
    if json is not None:
        shared.write_json(found.to_json(), json)
    if quiet:
        return
    typer.echo("\n".join([told(found), *(more or [])]))
    if picture is not None:
        typer.echo(f"picture: {picture}")


def told(found: AstroBound) -> str:
    """A bound for people."""
    lines = [found.line(), wrapped("holds for", _nature(found)), wrapped("bounds", found.formula)]
    for word, items in (("assumes", found.assumptions), ("numbers", found.numbers)):
        lines.append(word)
        width = max((len(name) for name in items), default=0)
        lines += [f"  {name:<{width}}  {value}" for name, value in items.items()]
    if found.moment is not None:
        strength = found.strength
        factor = "" if strength is None else f"; its matrices may grow by {strength:.3g}"
        lines.append(wrapped("neutrino", f"{found.symbol} = {found.moment:.3g} {found.unit}: {found.judged()}{factor}"))
    lines += [wrapped("doubt", doubt) for doubt in found.doubts]
    lines.append(wrapped("references", ", ".join(found.references)))
    return "\n".join(lines)


def wrapped(word: str, text: str) -> str:
    """A word, and what it says, on as many lines as it needs."""
    return textwrap.fill(text, 118, initial_indent=f"{word:<12}", subsequent_indent=" " * 12)


def _nature(found: AstroBound) -> str:
    return (
        "Dirac and Majorana neutrinos" if found.nature == "either" else f"{found.nature.capitalize()} neutrinos alone"
    )
