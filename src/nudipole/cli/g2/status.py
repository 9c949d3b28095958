"""nudipole g2 status"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from nudipole import digits
from nudipole.cli import shared, stems
from nudipole.errors import NudipoleError

if TYPE_CHECKING:
    from nudipole.muon_g2.world.predictions import Term
    from nudipole.muon_g2.world.status import Status

_TERM = re.compile(r"^([A-Za-z][\w .-]{0,39})=([^\s+]*?)(?:\+-(\S+))?$")


def status(
    context: typer.Context,
    since: Annotated[
        int | None, typer.Option("--since", metavar="YEAR", help="Only what was published from then on.")
    ] = None,
    term: Annotated[
        list[str] | None,
        typer.Option(
            "--term",
            metavar="NAME=A_MU",
            help="New physics on top of the Standard Model, such as Z'=2.5e-9 "
            'or "leptoquark=2.5e-9+-0.4e-9". Several are added.',
        ),
    ] = None,
    as_of: Annotated[
        int | None, typer.Option("--as-of", metavar="YEAR", help="Only what was known then, as 2016.")
    ] = None,
    project: Annotated[
        bool,
        typer.Option(
            "--project",
            help="What is left of the difference with a measurement four times, a prediction twice as precise.",
        ),
    ] = False,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """The anomaly a_mu: every measurement and prediction, and their differences in standard deviations.

    Averages are computed again from their parts and anomalies from the published frequency ratios, ours beside what was
    printed. The picture goes to g2-status.png, with options g2-status-OPTIONS.png, unless --plot says where.

    \b
    Examples:
      nudipole g2 status
      nudipole g2 status --since 2021 --term leptoquark=2.5e-9+-0.4e-9
      nudipole g2 status --as-of 2016 --project
    """
    quiet = shared.one_stdout(json)
    shared.check_outputs(json=json, plot=plot, force=force)
    picture = shared.picture(plot, f"{stems.stem_asked(context, 'g2-status')}.png", no_plot=no_plot, quiet=quiet)
    terms = [_term(text) for text in term or ()]
    from nudipole.muon_g2.world.status import status as collected

    result = collected(since=since, terms=terms, as_of=as_of, project=project)
    if picture is not None:
        from nudipole import plots

        plots.save(plots.g2_status(result), picture)
    if json is not None:
        shared.write_json(result.to_json(), json)
    if not quiet:
        typer.echo(_text(result))
        if picture is not None:
            typer.echo(f"picture: {picture}")


def _term(text: str) -> Term:
    from nudipole.muon_g2.world.predictions import new_physics

    match = _TERM.match(text.strip())
    example = "write a name and a pure number, for example leptoquark=2.5e-9 or leptoquark=2.5e-9+-0.4e-9"
    if match is None:
        raise NudipoleError(f"--term {text[:60]!r}: {example}")
    try:
        value, error = float(match[2]), float(match[3] or 0)
    except ValueError:
        raise NudipoleError(f"--term {text[:60]!r}: {example}") from None
    try:
        return new_physics(match[1].strip(), value, error)
    except NudipoleError as fault:
        raise NudipoleError(f"--term {text[:60]!r}: {fault}") from fault


def _text(result: Status) -> str:
    from nudipole.muon_g2.world.predictions import g_s

    names = [reference.label for reference in result.references]
    lines = ["a_mu in units of 1e-11; differences: measurement minus prediction, and in standard deviations", ""]
    lines.append(f"{'':<25}{'year':<6}{'a_mu':>13} {'error':>7} {'ppm':>6}  " + "  ".join(f"{n:>24}" for n in names))
    for one in result.measurements:
        differences = "  ".join(
            f"{f'{_whole(d.value)} +- {_whole(d.error)}':>15} {_sigma(d.sigma):>5} sd" for d in result.against(one)
        )
        mark = "*" if one.status == "to-verify" else " "
        lines.append(
            f"{one.label + mark:<25}{one.year:<6}{_number(one.value):>13} {_number(one.error):>7} {one.ppm:>6.2f}  "
            f"{differences}"
        )
    lines.append("")
    for prediction in result.predictions:
        mark = "*" if prediction.status == "to-verify" else " "
        lines.append(
            f"{prediction.label + mark:<25} {prediction.year:<5}{_number(prediction.value):>13} "
            f"{_number(prediction.error):>7}  g_s = {g_s(prediction.value):.11f}"
        )
        for part in prediction.added or prediction.parts:
            mark = "*" if part.status == "to-verify" else " "
            lines.append(f"  {part.name + mark:<29}{_number(part.value):>13} {_number(part.error):>7}")
    lines += ["", "differences in their times            ours            printed"] if result.differences else []
    for difference, printed in result.differences:
        label = f"{difference.measurement.label} - {difference.prediction.label}"
        ours = f"{_number(difference.value)} +- {_number(difference.error)}"
        lines.append(f"{label:<32} {ours:>16} {printed:>10}   {_sigma(difference.sigma)} sd")
    lines += ["", "averages computed again            ours              printed"] if result.combinations else []
    for average, published in result.combinations:
        ours = f"{1e11 * average.value:.1f} +- {1e11 * average.error:.1f}"
        lines.append(
            f"{published.label:<24} {ours:>23} {f'{_number(published.value)} +- {_number(published.error)}':>22}"
        )
    lines += ["", "a_mu from frequency ratios, which are to be verified"] if result.conversions else []
    for conversion in result.conversions:
        ours = f"{1e11 * conversion.ours.value:.1f} +- {1e11 * conversion.ours.error:.1f}"
        what = f"{conversion.label:<20} R = {conversion.R:<13.11g} {conversion.constants:<12}"
        printed = _number(conversion.published.value)
        lines.append(f"{what} {ours:>20}   printed {printed}")
    lines += _projections(result)
    lines += [*_electron(result), ""]
    lines.append("* not seen in its publication; stands to be verified")
    return "\n".join(lines)


def _projections(result: Status) -> list[str]:
    if not result.projections:
        return []
    lines = ["", "significance that a shift would have"]
    for projection in result.projections:
        values = ", ".join(f"{name} {_sigma(value)}" for name, value in projection.significances.items())
        printed = f"   printed {projection.printed}" if projection.printed and result.as_of == 2016 else ""
        lines.append(f"{projection.name:<42} +- {1e11 * projection.error:4.0f}   {values}{printed}")
    for name, (low, high) in result.needed.items():
        lines.append(f"7 to 8 sd need a prediction {low:.1f} to {high:.1f} times as precise as {name}")
    return lines


def _electron(result: Status) -> list[str]:
    one = result.electron
    if one is None:
        return []
    value, error = one.difference
    parts = []
    for label, a, sigma, status in zip(
        (one.measured, one.predicted), one.values, one.errors, one.statuses, strict=True
    ):
        mark = "*" if status == "to-verify" else ""
        parts.append(f"{label}{mark} {1e12 * a:.2f} +- {1e12 * sigma:.2f}")
    same, decimals = one.figures
    size = f"{1e12 * value:.2f} +- {1e12 * error:.2f}, {_sigma(one.sigma)} sd"
    note = f"; {one.note}" if one.note else ""
    figures = f"the same {same} figures of a_e, {decimals} decimals of g/2"
    return ["", f"electron, a_e in units of 1e-12: {', '.join(parts)}; difference {size}: {figures}{note}"]


def _number(value: float) -> str:
    """In units of 1e-11, with as many decimals as are of use, without zeros at the end."""
    scaled = 1e11 * value
    return f"{scaled:.{1 if abs(scaled) > 10 else 3}f}".rstrip("0").rstrip(".")


def _sigma(value: float) -> str:
    return digits.fixed(value, 1, sign=True)


def _whole(value: float) -> str:
    return digits.fixed(1e11 * value, 0)
