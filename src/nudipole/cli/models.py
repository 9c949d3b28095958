"""nudipole models [show NAME]"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nudipole import digits
from nudipole.cli import shared

if TYPE_CHECKING:
    from nudipole.models import Model

app = typer.Typer(add_completion=False, invoke_without_command=True, rich_markup_mode=None)
Json = Annotated[bool, typer.Option("--json", help="As JSON on standard output.")]


@app.callback()
def models(context: typer.Context, json: Json = False) -> None:
    """Models of neutrino moments: each in a line, with its parameters, their defaults, and references.

    \b
    Examples:
      nudipole models
      nudipole models show su2h
      nudipole predict su2h --set f=0.014
      nudipole limit xenonnt-2022 -p su2h.f
    """
    if context.invoked_subcommand is not None:
        return
    from nudipole.models import MODELS

    if json:
        shared.write_json({"models": [_json(model) for model in MODELS.values()]}, "-")
        return
    width = max(map(len, MODELS))
    for name, model in MODELS.items():
        typer.echo(f"{name:<{width}}  {model.title} ({model.kind})")
        typer.echo(f"{'':<{width}}  {_parameters(model)}")
        typer.echo(f"{'':<{width}}  {', '.join(model.references)}")
    typer.echo("all of one: nudipole models show NAME; its numbers: nudipole predict NAME")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", autocompletion=shared.model_names)],
    json: Json = False,
) -> None:
    """Lagrangian, formula, validity, what is neglected, and the references of one model."""
    from nudipole.errors import UnknownName
    from nudipole.models import KINDS, MODELS

    if name not in MODELS:
        raise UnknownName("model", name, MODELS)
    model = MODELS[name]
    if json:
        shared.write_json(_json(model), "-")
        return
    from nudipole import bibliography

    typer.echo(f"{name}: {model.title}")
    _told("worth", KINDS[model.kind])
    for word in ("lagrangian", "formula", "validity", "neglects"):
        _told(word, getattr(model, word))
    typer.echo("parameters")
    width = max(len(key) for key in model.keys)
    for key, one in model.keys.items():
        limits = "" if one.scale is None else "; can be limited"
        value = f"{digits.plain(one.default)}{'' if one.unit == '1' else f' {one.unit}'}"
        typer.echo(f"  {key:<{width}}  {value:<14}{one.meaning}{limits}")
    typer.echo("references")
    for key in model.references:
        typer.echo(f"  {key}: {bibliography.entries()[key].citation}")


def _told(word: str, text: str) -> None:
    typer.echo(textwrap.fill(text, 118, initial_indent=f"{word:<12}", subsequent_indent=" " * 12))


def _parameters(model: Model) -> str:
    written = [
        f"{key} = {digits.plain(one.default, 6)}{'' if one.unit == '1' else f' {one.unit}'}"
        for key, one in model.keys.items()
    ]
    return ", ".join(written)


def _json(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "title": model.title,
        "kind": model.kind,
        "lagrangian": model.lagrangian,
        "formula": model.formula,
        "validity": model.validity,
        "neglects": model.neglects,
        "parameters": [
            {
                "name": one.name,
                "unit": one.unit,
                "meaning": one.meaning,
                "default": one.default,
                "can_be_limited": one.scale is not None,
            }
            for one in model.parameters.values()
        ],
        "references": list(model.references),
    }
