"""nudipole limits [show ID | check FILE]"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from nudipole.errors import NudipoleError

app = typer.Typer(add_completion=False, invoke_without_command=True, rich_markup_mode=None)


def _ids(incomplete: str) -> list[str]:
    from nudipole.limits import records

    return [name for name in records() if name.startswith(incomplete)]


def _of(registry: str) -> Callable[[str], list[str]]:
    def names(incomplete: str) -> list[str]:
        from nudipole.limits import words

        return [word for word in getattr(words, registry) if word.startswith(incomplete)]

    return names


_Own = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="FILE", help="Records of yours among them, a YAML file as for check; repeatable."),
]


@app.callback()
def limits(
    context: typer.Context,
    property_: Annotated[
        str | None,
        typer.Option(
            "--property",
            "-p",
            help="magnetic-moment, millicharge, charge-radius, ...",
            autocompletion=_of("PROPERTIES"),
        ),
    ] = None,
    flavour: Annotated[
        str | None,
        typer.Option("--flavour", help="e, mu, tau, all, solar (the mixture), ...", autocompletion=_of("FLAVOURS")),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="solar, reactor, stars, ...", autocompletion=_of("SOURCES"))
    ] = None,
    process: Annotated[
        str | None, typer.Option("--process", help="nu-e, cevns, plasmon-decay, ...", autocompletion=_of("PROCESSES"))
    ] = None,
    method: Annotated[
        str | None,
        typer.Option("--method", help="profile-likelihood, stellar-evolution, ...", autocompletion=_of("METHODS")),
    ] = None,
    year: Annotated[str | None, typer.Option("--year", help="2022, 2015..2020, 2015.. or ..1995.")] = None,
    cl: Annotated[float | None, typer.Option("--cl", help="Level, which is compared and never rescaled.")] = None,
    nature: Annotated[
        str | None, typer.Option("--nature", help="dirac, majorana or either.", autocompletion=_of("NATURES"))
    ] = None,
    status: Annotated[
        str | None,
        typer.Option(
            "--status",
            help="limit, measurement, sensitivity, projection, prediction or claim.",
            autocompletion=_of("STATUSES"),
        ),
    ] = None,
    search: Annotated[str | None, typer.Option("--search", metavar="TEXT", help="In names, authors and notes.")] = None,
    current: Annotated[bool, typer.Option("--current/--all", help="Without what others supersede, or all.")] = True,
    own: _Own = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="csv, json, bibtex, latex, markdown or html, on standard output."),
    ] = None,
) -> None:
    """The world's limits, cited, as a table; `limits show ID` has all fields of one.

    Numbers are those of the publications; where the common unit or convention is another, the factor stands beside.

    \b
    Examples:
      nudipole limits --property magnetic-moment --flavour e
      nudipole limits --property millicharge --format latex
      nudipole limits --search borexino --all
      nudipole limits --flavour e --with my_record.yaml
    """
    if (inner := context.invoked_subcommand) is not None:
        conditions = (property_, flavour, source, process, method, year, cl, nature, status, search, form)
        if any(given is not None for given in conditions) or not current or (own and inner != "show"):
            raise NudipoleError(f"limits {inner} has no such conditions: leave out the options before {inner}")
        context.obj = own
        return
    from nudipole.limits import select, written
    from nudipole.limits.formats import FORMATS

    if form is not None and form not in FORMATS:
        written(select(), form)  # says which there are
    table = select(
        property=property_,
        flavour=flavour,
        source=source,
        process=process,
        method=method,
        year=year,
        cl=cl,
        nature=nature,
        status=status,
        search=search,
        current=current,
        own=own or (),
    )
    if form is not None:
        typer.echo(written(table, form), nl=False)
        return
    rows = [[row[k] for k in (1, 2, 3, 4, 8, 5, 6, 0)] for row in table.rows()]
    head = ["property", "of", "bound", "CL", "status", "by", "year", "id"]
    most = 40 if sys.stdout.isatty() else 300
    widths = [min(max(len(row[k]) for row in [head, *rows]), most) for k in range(len(head))]
    for row in [head, *rows]:
        cells = (_cut(cell, width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())
    typer.echo(f"{len(table)} limits; all fields of one: nudipole limits show ID")


def _cut(cell: str, width: int) -> str:
    return f"{cell if len(cell) <= width else f'{cell[: width - 3]}...':<{width}}"


@app.command("show")
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID", autocompletion=_ids)],
    own: _Own = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON on standard output.")] = False,
) -> None:
    """All fields of one record, what it supersedes and what supersedes it.

    \b
    Examples:
      nudipole limits show xenonnt-2022-mu-solar
      nudipole limits show my-2026-mu-e --with my_record.yaml
    """
    from nudipole.limits import record
    from nudipole.limits.formats import shown

    item = record(name, own=[*(context.obj or ()), *(own or ())])
    if json:
        import json as json_module

        typer.echo(json_module.dumps(item.to_json(), indent=2))
        return
    typer.echo(shown(item))


@app.command("check")
def check(file: Annotated[str, typer.Argument(metavar="FILE", help="A YAML file, or - for standard input.")]) -> None:
    """Validate a contribution: every key, every word, its reference, and the ids that it names."""
    from nudipole.limits.contribution import checked

    publication = checked(file)
    typer.echo(f"{file}: {publication.id} is sound; bounds: {', '.join(bound.id for bound in publication.bounds)}")
