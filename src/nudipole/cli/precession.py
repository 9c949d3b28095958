"""nudipole precession"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nudipole import digits, units
from nudipole.cli import shared, stems
from nudipole.errors import NudipoleError, shortened

if TYPE_CHECKING:
    from nudipole.mixing import Oscillation
    from nudipole.precession import Conversion, Cycle
    from nudipole.properties import Neutrino

_ROWS = 12
_POINTS = 100
_RANGE = re.compile(r"^\s*([\d.]+(?:[eE][+-]?\d+)?)\s*([A-Za-z]*)\s*\.\.\s*([\d.]+(?:[eE][+-]?\d+)?)\s*([A-Za-z]+)\s*$")
_TRANSITIONS = {"mu_12": (0, 1), "mu_13": (0, 2), "mu_23": (1, 2)}


def precession(
    context: typer.Context,
    neutrino: Annotated[
        str | None,
        typer.Argument(
            metavar="[MODEL|FILE.yaml]",
            help="A model or a file with a neutrino; without it --set has moments.",
            autocompletion=shared.model_names,
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", "-s", metavar="NAME=VALUE", help="A moment, mu_12=1e-12, or a parameter of the model."),
    ] = None,
    field: Annotated[
        str | None,
        typer.Option(
            "--field",
            metavar="SHAPE:VALUE|FILE.csv",
            help="Of the Sun: core, convective, wood-saxon, shell, table with a value (core:10kG), or columns r, B.",
        ),
    ] = None,
    peak: Annotated[float | None, typer.Option("--peak", metavar="X", help="Of the convective triangle.")] = None,
    twist: Annotated[float, typer.Option("--twist", metavar="TURNS", help="Of the field's direction, 0 to R.")] = 0.0,
    correlation: Annotated[
        float | None, typer.Option("--correlation", metavar="X", help="Random field: length of a stretch, in R.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Of the random field.")] = None,
    medium: Annotated[
        str | None,
        typer.Option("--medium", metavar="MEDIUM", help="Not the Sun: galactic:1uG,10kpc or supernova:profile.csv."),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="NAME", help="Component of the Sun: 8B, 7Be, pep, hep, pp, ...")
    ] = None,
    energies: Annotated[
        str | None, typer.Option("--energies", metavar="RANGE", help="0.2..15MeV, or 0.862,5,10MeV.")
    ] = None,
    points: Annotated[int | None, typer.Option("--points", min=2, help="Of a range; 100 unless given.")] = None,
    resolved: Annotated[bool, typer.Option("--resolved", help="By place of birth, too: in CSV and JSON.")] = False,
    dirac: Annotated[bool, typer.Option("--dirac", help="mu_12, mu_13, mu_23 are those of Dirac neutrinos.")] = False,
    method: Annotated[str, typer.Option("--method", help="auto, first-order or full.")] = "auto",
    cycle: Annotated[
        str | None,
        typer.Option("--cycle", metavar="YEARS", help="The flux along a cycle of the Sun's activity, such as 11yr."),
    ] = None,
    model: Annotated[str, typer.Option("--model", help="Densities: SF3-GS98 or SF3-AGSS09met.")] = "SF3-GS98",
    oscillation: shared.Oscillation = None,
    json: shared.Json = None,
    csv: shared.Csv = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Conversion of neutrinos by their moments in magnetic fields of the Sun, a galaxy or a supernova.

    Probabilities at the Earth by energy, averaged over places of birth: antineutrinos of Majorana neutrinos,
    right-handed ones of Dirac neutrinos. The picture goes to precession-OPTIONS.png unless --plot says where.

    \b
    Examples:
      nudipole precession --set mu_12=1e-12 --field core:10kG --source 8B
      nudipole precession neutrino.yaml --field field.csv --energies 0.2..15MeV --resolved --csv resolved.csv
      nudipole precession --dirac --set mu_22=1e-12 --field convective:50kG --source 8B
      nudipole precession --dirac --set mu_nu=2e-11 --field convective:50kG --source 7Be --cycle 11yr
      nudipole precession --set mu_nu=1e-13 --medium galactic:1uG,10kpc --energies 10MeV
      nudipole precession --set mu_12=1e-12 --medium supernova:profile.csv --energies 5..50MeV --points 20
    """
    quiet = shared.one_stdout(json, csv)
    shared.check_outputs(json=json, csv=csv, plot=plot, force=force)
    picture = shared.picture(plot, f"{stems.stem_asked(context, 'precession')}.png", no_plot=no_plot, quiet=quiet)
    E = _energies(energies, points)
    period = None if cycle is None else shared.quantity("--cycle", cycle, "yr") / units.in_internal("yr")
    if period is not None and (medium is not None or resolved or field is None):
        raise NudipoleError("--cycle is of a field of the Sun: write --field, and leave out --medium and --resolved")
    with shared.progress("precession") as step:
        step("starting")
        shared.prepare()
        from nudipole import precession as room

        one, mixed = _neutrino(neutrino, shared.assignments(values), dirac, oscillation)
        asked: dict[str, Any] = {
            "field": field,
            "source": source,
            "energies": E,
            "model": model,
            "oscillation": mixed,
            "method": method,
            "peak": peak,
            "twist": twist,
            "correlation": correlation,
            "seed": seed,
            "progress": step,
        }
        along = None
        if period is None:
            found = room.precession(one, medium=medium, resolved=resolved, **asked)
        else:
            along = room.cycle(one, years=period, **{**asked, "source": source or "8B"})
            found = along.strongest
        if picture is not None:
            step("drawing")
            from nudipole import plots

            plots.save(plots.conversion(found) if along is None else plots.solar_cycle(along), picture)
    if json is not None:
        shared.write_json({**found.to_json(), "cycle": along and along.to_json()}, json)
    if csv is not None:
        shared.write_text((along or found).to_csv(), csv)
    if quiet:
        return
    typer.echo(_text(found))
    if along is not None:
        typer.echo(_cycle(along))
    if picture is not None:
        typer.echo(f"picture: {picture}")


def _neutrino(
    given: str | None, values: dict[str, str], dirac: bool, oscillation: str | None
) -> tuple[Neutrino, str | Oscillation | None]:
    from nudipole.properties import Neutrino

    if given is not None:
        from nudipole.experiments.neutrino import described

        found = described(given, values, oscillation=oscillation)
        if dirac and found.neutrino.nature != "dirac":
            raise NudipoleError(
                f"--dirac: the neutrino of {shortened(given)} is a Majorana one; write nature: dirac in it"
            )
        return found.neutrino, found.oscillation
    if not values:
        raise NudipoleError("a moment is missing: write --set mu_12=1e-12, a model or a file with a neutrino")
    from nudipole.models import owner

    owner(values)  # names that are wrong, or of different sets, end here
    numbers = {name: shared.quantity(f"--set {name}", _with_unit(value), "mu_B") for name, value in values.items()}
    if dirac and set(values) <= set(_TRANSITIONS):
        import numpy as np

        magnetic = np.zeros((3, 3))
        for name, value in numbers.items():
            i, j = _TRANSITIONS[name]
            magnetic[i, j] = magnetic[j, i] = value
        return Neutrino.dirac(basis="mass", magnetic=magnetic), oscillation
    from nudipole.models import neutrino_of

    one = neutrino_of(numbers)
    if dirac and one.nature != "dirac":
        raise NudipoleError(
            f"--dirac: {', '.join(values)} are of Majorana neutrinos; write mu_11, mu_22, mu_12, mu_nu, ..."
        )
    return one, oscillation


def _with_unit(value: str) -> str:
    return f"{value} mu_B" if re.fullmatch(r"[+-]?[\d.]+(?:[eE][+-]?\d+)?", value) else value


def _energies(given: str | None, points: int | None) -> Any:
    """Energies [MeV] of a range or a list."""
    if given is None:
        if points is not None:
            raise NudipoleError("--points is of a range of --energies: write it, too")
        return None
    match = _RANGE.match(given)
    if match is None and ".." in given:
        bare = re.fullmatch(r"\s*-?[\d.]+?\s*\.\.\s*-?[\d.]+\s*", given)
        if bare is not None:
            raise NudipoleError(f"--energies {shortened(given)}: a unit is missing: write {given.strip()}MeV")
        raise NudipoleError(f"--energies {shortened(given)}: write two positive energies and a unit, 0.2..15MeV")
    if match is not None:
        low, unit, high, last = match.groups()
        ends = [shared.quantity("--energies", f"{x} {u}", "MeV") for x, u in ((low, unit or last), (high, last))]
        if not 0 < ends[0] < ends[1]:
            raise NudipoleError(f"--energies {shortened(given)}: the first must be the lower one, and more than 0")
        count = points or _POINTS
        return [ends[0] + (ends[1] - ends[0]) * k / (count - 1) for k in range(count)]
    if points is not None:
        raise NudipoleError("--points is of a range such as 0.2..15MeV")
    *others, final = (part.strip() for part in given.split(","))
    unit = re.sub(r"^[\d.]+(?:[eE][+-]?\d+)?\s*", "", final)
    if not unit and re.fullmatch(r"[\d.]+(?:[eE][+-]?\d+)?", final):
        raise NudipoleError(f"--energies {shortened(given)}: a unit is missing: write {given.strip()}MeV")
    return [
        shared.quantity("--energies", part if re.search("[A-Za-z]$", part) else f"{part} {unit}", "MeV")
        for part in (*others, final)
    ]


def _text(found: Conversion) -> str:
    """For people."""
    lines = [f"precession  {found.neutrino.nature} neutrinos, mixing {found.oscillation.name or 'as given'}"]
    lines.append(_wrapped("medium", found.medium))
    kept = ("nu_e", "nu_mu", "nu_tau")
    for f, flavour in enumerate(found.born):
        lines += ["", f"born as nu_{flavour}" + (f" of {found.source}" if found.source else "")]
        head = ("E [MeV]", *found.names, "sum", *kept)
        lines.append("  ".join(f"{name:>10}" for name in head))
        step = max(1, -(-len(found.E) // _ROWS))
        for i in range(len(found.E) - 1, -1, -step)[::-1]:
            row = [found.E[i], *found.partners[f, i], found.total[f, i], *found.kept[f, i]]
            lines.append("  ".join(f"{digits.number(float(x), 4):>10}" for x in row))
        if step > 1:
            lines.append(f"every {step} of {len(found.E)} energies: --csv has all")
    means = found.to_json()["means"]
    if means:
        words = "; ".join(f"{name} {digits.number(value, 4)}" for name, value in means.items())
        lines += ["", _wrapped("mean P", f"nu_e -> nubar_e, by {words}")]
    unitary = (
        "" if found.unitarity is None else f"; sums of probabilities within {digits.number(found.unitarity, 1)} of 1"
    )
    lines.append(
        _wrapped("method", f"{found.method}, {found.cells} cells, error {digits.percent(found.error, 2)}{unitary}")
    )
    return "\n".join([*lines, *(_wrapped("doubt", doubt) for doubt in found.doubts)])


def _cycle(along: Cycle) -> str:
    lines = ["", "  ".join(f"{name:>10}" for name in ("year", "B/B0", "nu_e", "converted"))]
    half = len(along.years) // 2 + 1
    for row in zip(along.years[:half], along.field[:half], along.survival[:half], along.converted[:half], strict=True):
        lines.append("  ".join(f"{digits.number(float(x), 4):>10}" for x in row))
    lines.append(f"nu_e are less by up to {digits.percent(along.swing, 2)} than at the minimum of activity")
    own = [doubt for doubt in along.doubts if doubt not in along.strongest.doubts]
    return "\n".join([*lines, *(_wrapped("doubt", doubt) for doubt in own)])


def _wrapped(word: str, text: str) -> str:
    return textwrap.fill(text, 118, initial_indent=f"{word:<12}", subsequent_indent=" " * 12)
