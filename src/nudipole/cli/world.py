"""nudipole plot limits | history | millicharges | charge-radii | antineutrinos: pictures of the records."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from nudipole import digits
from nudipole.cli import shared
from nudipole.errors import NudipoleError

if TYPE_CHECKING:
    from nudipole.limits.picture import World


def _words(registry: str, incomplete: str) -> list[str]:
    from nudipole.limits import words

    return [word for word in getattr(words, registry) if word.startswith(incomplete)]


def _properties(incomplete: str) -> list[str]:
    return _words("PROPERTIES", incomplete)


def _flavours(incomplete: str) -> list[str]:
    return _words("FLAVOURS", incomplete)


def _natures(incomplete: str) -> list[str]:
    return _words("NATURES", incomplete)


Property = Annotated[
    str,
    typer.Option(
        "--property", "-p", help="magnetic-moment, millicharge, charge-radius, ...", autocompletion=_properties
    ),
]
Flavour = Annotated[
    str | None, typer.Option("--flavour", help="e, mu, tau, all, solar (the mixture), ...", autocompletion=_flavours)
]
Nature = Annotated[
    str | None, typer.Option("--nature", help="What holds for dirac or majorana neutrinos.", autocompletion=_natures)
]
Current = Annotated[bool, typer.Option("--current/--all", help="Without what others supersede, or all.")]
Most = Annotated[int, typer.Option("--most", min=0, metavar="N", help="Of a group the N strongest; 0: every record.")]
Marks = Annotated[
    list[str] | None,
    typer.Option("--mark", metavar="NAME=VALUE", help="A value of yours across the picture; repeatable."),
]
Own = Annotated[
    list[str] | None,
    typer.Option(
        "--with", metavar="FILE", help="Records of yours among them, a YAML file as for limits check; repeatable."
    ),
]
Columns = Annotated[int, typer.Option("--columns", min=1, max=2, help="Of a page that the picture is wide: 1 or 2.")]

_WIDTHS = {1: 3.5, 2: 7.2}


def limits(
    property_: Property = "magnetic-moment",
    flavour: Flavour = None,
    nature: Nature = None,
    current: Current = True,
    most: Most = 6,
    marks: Marks = None,
    own: Own = None,
    mass: Annotated[str, typer.Option("--mass", metavar="M", help="Of the lines of naturalness.")] = "1eV",
    scale: Annotated[str, typer.Option("--scale", metavar="L", help="Of new physics in these lines.")] = "1TeV",
    columns: Columns = 2,
    csv: shared.Csv = None,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """The global picture: every bound on one property, by where the neutrinos come from, as the records have it.

    Of each group the strongest are drawn, one for each experiment and flavour; claims always. Open circles are ours
    where they differ from the published number by 20 % or more. Numbers in a convention that is not known are left
    out, and counted. The picture goes to limits-PROPERTY.png, of a flavour limits-PROPERTY-FLAVOUR.png, unless --plot
    says where.

    \b
    Examples:
      nudipole plot limits
      nudipole plot limits --flavour e --mark mine=2e-11
      nudipole plot limits --with my_record.yaml
      nudipole plot limits --property millicharge --columns 1 --plot charges.pdf --csv charges.csv
    """
    _answer(
        "limits",
        property_,
        flavour,
        nature,
        current,
        most,
        marks,
        own,
        mass,
        scale,
        columns,
        csv,
        json,
        plot,
        no_plot,
        force,
    )


def history(
    property_: Property = "magnetic-moment",
    flavour: Flavour = None,
    nature: Nature = None,
    marks: Marks = None,
    own: Own = None,
    columns: Columns = 2,
    csv: shared.Csv = None,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Bounds against the year, and the best of each group of sources, from Cowan and Reines on.

    Superseded records count, projections and claims do not. The picture goes to history-PROPERTY.png unless --plot says
    where.

    \b
    Examples:
      nudipole plot history
      nudipole plot history --property millicharge --plot charges.pdf
    """
    _answer(
        "history",
        property_,
        flavour,
        nature,
        False,
        0,
        marks,
        own,
        "1eV",
        "1TeV",
        columns,
        csv,
        json,
        plot,
        no_plot,
        force,
    )


def _of(name: str, property_: str, what: str) -> Callable[..., None]:
    """The command that draws bounds on one property."""

    def command(
        flavour: Flavour = None,
        nature: Nature = None,
        current: Current = True,
        most: Most = 6,
        marks: Marks = None,
        own: Own = None,
        columns: Columns = 2,
        csv: shared.Csv = None,
        json: shared.Json = None,
        plot: shared.Plot = None,
        no_plot: shared.NoPlot = False,
        force: shared.Force = False,
    ) -> None:
        _answer(
            "limits", property_, flavour, nature, current, most, marks, own, "1eV", "1TeV", columns, csv, json, plot,
            no_plot, force,
        )  # fmt: skip

    command.__doc__ = f"""Bounds on {what}: the same as plot limits --property {property_}.

    The picture goes to limits-{property_}.png unless --plot says where.

    \b
    Examples:
      nudipole plot {name}
      nudipole plot {name} --columns 1 --plot {name}.pdf --csv {name}.csv
    """
    return command


millicharges = _of("millicharges", "millicharge", "the charges of neutrinos")
charge_radii = _of("charge-radii", "charge-radius", "charge radii, in the common convention")
antineutrinos = _of("antineutrinos", "antineutrino-conversion", "the conversion of solar neutrinos to antineutrinos")


def _answer(
    what: str,
    property_: str,
    flavour: str | None,
    nature: str | None,
    current: bool,
    most: int,
    marks: list[str] | None,
    own: list[str] | None,
    mass: str,
    scale: str,
    columns: int,
    csv: str | None,
    json: str | None,
    plot: object,
    no_plot: bool,
    force: bool,
) -> None:
    quiet = shared.one_stdout(json, csv)
    shared.check_outputs(csv=csv, json=json, plot=plot, force=force)  # type: ignore[arg-type]
    from nudipole.astrophysics.quantities import read
    from nudipole.limits.picture import world
    from nudipole.limits.words import PROPERTIES

    unit = PROPERTIES.get(property_, "1")
    found = world(
        property_,
        flavour=flavour,
        nature=nature,
        current=current,
        most=most or None,
        marks={name: _marked(name, text, unit) for name, text in shared.assignments(marks, "--mark").items()},
        mass=read("mass", mass, "eV"),
        scale=read("scale", scale, "GeV") / 1e3,
        own=own or (),
    )
    name = "-".join(filter(None, (what, property_, flavour, nature)))
    picture = shared.picture(plot, f"{name}.png", no_plot=no_plot, quiet=quiet)  # type: ignore[arg-type]
    if picture is not None:
        from nudipole import plots

        draw = found.plot if what == "limits" else found.history
        plots.save(draw(width=_WIDTHS[columns]), picture)
    if csv is not None:
        shared.write_text(found.to_csv(), csv)
    if json is not None:
        shared.write_json(found.to_json(), json)
    if not quiet:
        typer.echo("\n".join(_lines(found)))
        if picture is not None:
            typer.echo(f"picture: {picture}")


def _marked(name: str, text: str, unit: str) -> float:
    """The number of a mark, in the unit of the picture, which may stand behind it."""
    try:
        value = float(text.removesuffix(unit).strip() if unit != "1" else text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise NudipoleError(f"--mark {name}={text[:40]}: write a number in {unit}, such as {name}=2e-11")
    return value


def _lines(found: World) -> list[str]:
    unit = "" if found.unit == "1" else f" {found.unit}"
    lines = [f"{found.quantity}: {len(found.bars)} bounds"]
    for group, bars in found.groups.items():
        least = min(bars, key=lambda bar: bar.strength)
        doubt = "; a claim" if least.status == "claim" else ""
        doubt += "; model dependent" if least.model_dependent else ""
        more = found.left_out.get(group, 0)
        left = f"; {more} weaker left out" if more else ""
        what = "smallest" if group == "expectations of theory" else "strongest"
        value = digits.number(least.strength)
        lines.append(f"{group:<24}{len(bars):>3}, {what} {value}{unit}, {least.label}{doubt}{left}")
        lines += [f"{'':<29}{digits.number(bar.strength)}{unit}, {bar.label}" for bar in bars if bar.yours]
    lines += [f"{line.label:<40}{digits.number(line.value)}{unit}" for line in found.lines]
    if found.without_number:
        lines.append(f"{found.without_number} records without a number in the common convention: nudipole limits")
    return lines
