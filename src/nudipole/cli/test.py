"""nudipole test"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nudipole import digits
from nudipole.cli import shared
from nudipole.errors import NudipoleError

if TYPE_CHECKING:
    from nudipole.astrophysics import AstroBound
    from nudipole.inference.verdict.region import Region
    from nudipole.inference.verdict.result import Row, Verdict
    from nudipole.inference.verdict.stars import Bound

#: What stands in the columns, of moments alone and of what interferes.
_LEGEND = {
    True: "mu_eff and limit in mu_B, counts beyond the Standard Model; dchi2 above the best strength",
    False: "mu_eff in mu_B; scale: the most that is allowed of all properties together; counts beyond the Standard\n"
    "Model; dchi2 above the best strength",
}
#: Bounds of stars and cosmology of each process on the terminal; files have all.
_BOUNDS = 5


def survival(
    neutrino: Annotated[
        str,
        typer.Argument(
            metavar="MODEL|FILE.yaml",
            help="A model, a file with a neutrino, or - for standard input.",
            autocompletion=shared.model_names,
        ),
    ],
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[EXPERIMENT]...",
            help="Names of the library or YAML files; all of the library that have data by default.",
            autocompletion=shared.all_names,
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", "-s", metavar="NAME=VALUE", help="A parameter of the model with its unit; repeatable."),
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option("--vary", metavar="NAME=RANGE", help="Along one parameter of the model or two: f=1e-3..1."),
    ] = None,
    points: Annotated[int | None, typer.Option("--points", help="Of each range; 21 unless given.")] = None,
    drop: Annotated[
        list[str] | None, typer.Option("--drop", metavar="NAME", help="An experiment or published limit to leave out.")
    ] = None,
    published: Annotated[
        list[str] | None,
        typer.Option("--published", metavar="RECORD", help="A published limit to count beside, by its record."),
    ] = None,
    no_published: Annotated[bool, typer.Option("--no-published", help="Data alone, no published limits.")] = False,
    oscillation: shared.Oscillation = None,
    cl: shared.Level = 0.90,
    json: shared.Json = None,
    csv: shared.Csv = None,
    html: Annotated[str | None, typer.Option("--html", metavar="FILE", help="The verdict as one page.")] = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Does my neutrino survive? A verdict by every experiment, by all together, by stars and cosmology.

    Nuisances are profiled. Published limits of experiments without public data count beside, as half-Gaussians; name
    experiments, and they alone count. With --vary the excluded region of one or two parameters of a model. The picture
    goes to NAME-test.png unless --plot says where.

    \b
    Examples:
      nudipole test su2h --set f=0.014
      nudipole test my_neutrino.yaml --json verdict.json --html verdict.html
      nudipole test my_neutrino.yaml xenonnt-2022 borexino-2017
      nudipole test su2h --vary f=1e-3..1 --vary f_prime=0.1..2
    """
    quiet = shared.one_stdout(json, csv, html)
    shared.check_level(cl)
    given: dict[str, Any] = dict(shared.assignments(values))
    shared.check_outputs(json=json, csv=csv, html=html, plot=plot, force=force)
    if vary and html is not None:
        raise NudipoleError("--html is of one verdict: leave it or --vary out")
    if not vary and points is not None:
        raise NudipoleError("--points is of what is varied: write --vary NAME=RANGE, too")
    if published and no_published:
        raise NudipoleError("--published and --no-published: leave out one of them")
    limits = () if no_published else published
    with shared.progress("test") as step:
        step("starting")
        shared.prepare()
        from nudipole import plots

        settings: dict[str, Any] = {
            "drop": drop or (),
            "published": limits,
            "oscillation": oscillation,
            "cl": cl,
            "progress": step,
        }
        found: Verdict | Region
        if vary:
            from nudipole.inference.verdict.region import region

            if neutrino.endswith((".yaml", ".yml")) or neutrino == "-":
                raise NudipoleError("--vary goes along parameters of a model: name a model, not a file")
            found = region(neutrino, vary, names or None, points=21 if points is None else points, **settings, **given)
            stem = f"{found.model}-{'-'.join(found.names)}-test"
        else:
            from nudipole.inference.verdict.judge import verdict

            found = verdict(neutrino, names or None, **settings, **given)
            stem = f"{found.name}-test"
        picture = shared.picture(plot, f"{stem}.png", no_plot=no_plot, quiet=quiet)
        if picture is not None:
            step("drawing")
            fig, axes = plots.figure()
            found.plot(axes)
            plots.save(fig, picture)
        if html is not None:
            from nudipole.report.verdict import page

            shared.write_text(page(found), html)  # type: ignore[arg-type]
    if json is not None:
        shared.write_json(found.to_json(), json)
    if csv is not None:
        shared.write_text(found.to_csv(), csv)
    if quiet:
        return
    typer.echo(_region(found) if vary else _verdict(found))  # type: ignore[arg-type]
    if picture is not None:
        typer.echo(f"picture: {picture}")


def _verdict(found: Verdict) -> str:
    """For people."""
    head = found.name + (f": {found.title}" if found.title else "")
    values = _values(found.values, found.units)
    lines = [head, *([f"parameters   {values}"] if values else []), f"verdict      {found.sentence}"]
    if found.bounds:
        lines.append(f"stars        {found.stars_sentence}")
    lines += [f"mixing       {found.mixing}", ""]
    columns = ("mu_eff", "limit" if found.squared else "scale", "counts")
    head = f"{'':<22}" + "".join(f"{column:>10}" for column in columns)
    lines.append(f"{head}{'dchi2':>8}{'p':>9}  at {digits.level(found.cl)}")
    lines += [_row(row, found.squared) for row in (*found.rows, found.joint, *found.properties)]
    notes = [(row.name, row.doubt) for row in (*found.rows, found.joint) if row.doubt and row.kind != "published"]
    lines += ["", _LEGEND[found.squared]]
    if found.squared and any(row.best < 1e-3 for row in (*found.rows, found.joint)):
        lines.append("p is asymptotic, and cautious where the best strength is zero")
    lines += [f"{name}: {doubt}" for name, doubt in notes]
    if any(row.kind == "published" for row in found.rows):
        lines.append("(published): a limit without public data, as a half-Gaussian in mu^2 centred at zero")
    if found.insensitive:
        lines.append(f"not sensitive: {', '.join(found.insensitive)}")
    if found.computed:
        lines += ["", "stars and cosmology, computed with the assumptions of `nudipole astro`, model dependent"]
        lines += [_computed(name, bound) for name, bound in found.computed.items()]
    if found.bounds:
        lines += ["", "stars and cosmology, published, model dependent [mu_B]"]
        for process in dict.fromkeys(bound.process for bound in found.bounds):
            rows = [bound for bound in found.bounds if bound.process == process]
            lines += [_bound(bound) for bound in rows[:_BOUNDS]]
            if len(rows) > _BOUNDS:
                lines.append(f"  and {len(rows) - _BOUNDS} more of {process}: --json has all with their assumptions")
    lines += [f"doubt        {doubt}" for doubt in found.doubts]
    return "\n".join(lines)


def _values(values: dict[str, float], units: dict[str, str]) -> str:
    unit = {key: "" if name == "1" else f" {name}" for key, name in units.items()}
    return ", ".join(f"{key} = {digits.plain(value)}{unit[key]}" for key, value in values.items())


def _row(row: Row, squared: bool) -> str:
    counts = row.counts if row.unit == "1" else None
    numbers = (row.mu_eff, row.limit if squared else row.scale, counts)
    cells = [("-" if number is None else digits.number(number)) for number in numbers]
    answer = "excluded" if row.excluded else "allowed"
    p = f"{row.p:.2g}" if row.p < 0.1 else digits.fixed(row.p, 2)
    marks = {"few counts": "few counts", "beyond its": "beyond sensitivity", "asimov": "no data"}
    marks["published"] = "published"
    said = [mark for word, mark in marks.items() if word in row.doubt]
    mark = f" ({', '.join(said)})" if said else ""
    written = "".join(f"{cell:>10}" for cell in cells)
    return f"{row.name:<22}{written}{digits.fixed(row.delta_chi2, 2):>8}{p:>9}  {answer}{mark}"


def _bound(bound: Bound) -> str:
    name = f"  {bound.record.id:<38}"
    if bound.moment is None:
        return f"{name}not applicable: {bound.why}"
    cl = bound.record.bound.statistics.cl
    level = "no level" if cl is None else digits.level(cl)
    answer = "excluded" if bound.excluded else "allowed"
    return f"{name}{digits.number(bound.moment):>10} of {digits.number(bound.upper):>9}  {answer} ({level})"


def _computed(name: str, bound: AstroBound) -> str:
    edge = "" if bound.upper_end is None else f" to {digits.number(bound.upper_end)}"
    numbers = f"{digits.number(bound.moment):>10} of {digits.number(bound.value):>9}{edge} {bound.unit}"
    return f"  {name:<38}{numbers}  {bound.judged()} ({bound.level()})"


def _region(found: Region) -> str:
    """For people."""
    held = _values(found.held, found.held_units)
    lines = [f"{found.model}: {found.title}", f"held         {held}", f"verdict      {found.sentence}"]
    record, upper = found.stars
    number = int((found.plasmon > upper).sum())
    above = f"{number} of {found.p.size} points are above {record}"
    lines.append(f"stars        {above}, {digits.number(upper)} mu_B (model dependent)")
    lines.append(f"experiments  {', '.join(found.experiments)}")
    if found.constraints:
        lines.append(f"published    {', '.join(found.constraints)}")
    lines += [f"{point}: {why}" for point, why in list(found.failures.items())[:5]]
    return "\n".join(lines)
