"""nudipole fit"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from nudipole import digits
from nudipole.cli import shared, stems
from nudipole.cli.endings import keep_in_mind
from nudipole.errors import NudipoleError, UnknownName

if TYPE_CHECKING:
    from nudipole.inference.joint import JointFit, JointPosterior, Row

C = TypeVar("C", bound=str)

#: Values beyond, in units of a parameter's size, are slips of the pen.
_ABSURD = 1e6
_ORDERINGS = {"normal": "NO", "inverted": "IO"}
_WIDTH, _INDENT = 80, 20
#: Experiments and nuisances that are named one by one.
_SHOWN = 4


def group_names(incomplete: str = "") -> list[str]:
    """Names of parametrisations that begin with `incomplete`."""
    from nudipole.properties.parameters import GROUPS

    return [name for name in GROUPS if name.startswith(incomplete)]


def record_names(incomplete: str = "") -> list[str]:
    """Ids of published limits that begin with `incomplete`."""
    from nudipole.limits import records

    return [name for name in records() if name.startswith(incomplete)]


def fitted_names(incomplete: str = "") -> list[str]:
    """Names of parameters of neutrinos that begin with `incomplete`, phases too."""
    from nudipole.properties.parameters import PARAMETERS

    return [name for name in PARAMETERS if name.startswith(incomplete)]


Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[EXPERIMENT]...",
        help="Names of the library or of examples, or YAML files; all of the library that have data by default.",
        autocompletion=shared.all_names,
    ),
]
Parametrisations = Annotated[
    list[str] | None,
    typer.Option(
        "--parametrisation",
        metavar="NAME",
        help="What is fitted: majorana, flavour-diagonal, charge-radius, ... Repeat for several of one neutrino. "
        "[default: majorana]",
        autocompletion=group_names,
    ),
]
Drop = Annotated[
    list[str] | None,
    typer.Option("--drop", metavar="NAME", help="An experiment or a published limit to leave out. Repeat."),
]
Ordering = Annotated[
    str | None,
    typer.Option("--ordering", metavar="normal|inverted", help="Of the masses: that of the set unless given."),
]
PhasesOption = Annotated[
    str, typer.Option("--phases", metavar="profiled|fixed", help="Fitted, or zero or as --set says.")
]
MixingOption = Annotated[
    str, typer.Option("--mixing", metavar="profiled|fixed", help="Within the errors of the set, or as it has it.")
]
Free = Annotated[
    list[str] | None,
    typer.Option(
        "--free", metavar="NAME", help="A parameter to fit, all others zero. Repeat. [default: all]",
        autocompletion=fitted_names,
    ),
]  # fmt: skip
Held = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A parameter to hold there, with its unit. Repeat."),
]
Published = Annotated[
    list[str] | None,
    typer.Option(
        "--published",
        metavar="ID",
        help="A published limit to count beside, by its id in `nudipole limits`. Repeat. [default: several where no "
        "experiment is named]",
        autocompletion=record_names,
    ),
]
NoPublished = Annotated[bool, typer.Option("--no-published", help="Count no published limit.")]
Sides = Annotated[str, typer.Option("--sides", metavar="one|two", help="Delta chi2 at the ends: 1.64 or 2.71 at 90 %.")]


def fit(
    experiments: Names = None,
    parametrisation: Parametrisations = None,
    drop: Drop = None,
    ordering: Ordering = None,
    oscillation: shared.Oscillation = None,
    phases: PhasesOption = "profiled",
    mixing: MixingOption = "profiled",
    free: Free = None,
    held: Held = None,
    published: Published = None,
    no_published: NoPublished = False,
    cl: shared.Level = 0.90,
    sides: Sides = "two",
    starts: Annotated[int, typer.Option("--starts", metavar="N", help="Random starts for the deepest minimum.")] = 8,
    no_alone: Annotated[bool, typer.Option("--no-alone", help="Leave out limits one at a time.")] = False,
    sample: Annotated[
        int, typer.Option("--sample", metavar="N", min=0, help="Draws of each of four chains of the posterior, too.")
    ] = 0,
    resume: Annotated[
        Path | None,
        typer.Option("--resume", metavar="FOLDER", help="Keeps finished curves: a second run goes on from there."),
    ] = None,
    json: shared.Json = None,
    csv: shared.Csv = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Fit all parameters of a neutrino to many experiments at once, and limit each with all others profiled.

    Backgrounds, fluxes, responses and oscillation parameters are profiled with them. Prints limits with the others
    profiled beside those with the others zero, and draws the profiles (to NAMES-fit-PARAMETRISATION.png unless --plot
    says where). Without experiments all of the library that have data are fitted, and published limits of some
    without.

    \b
    Examples:
      nudipole fit borexino-2017
      nudipole fit --parametrisation majorana --ordering inverted --resume curves
      nudipole fit conus-plus charm-ii --parametrisation flavour-diagonal --parametrisation charge-radius
      nudipole fit borexino-2017 --published gemma-2012-mu-e --phases fixed --set "phi_2=1.5 rad"
    """
    quiet = shared.one_stdout(json, csv)
    shared.check_level(cl)
    shared.check_outputs(json=json, csv=csv, plot=plot, force=force)
    groups = parametrisation or ["majorana"]
    picture = shared.picture(
        plot, f"{stems.stem_of(experiments)}fit-{'+'.join(groups)}.png", no_plot=no_plot, quiet=quiet
    )
    with shared.progress("fit") as step:
        step("starting")
        shared.prepare()
        from nudipole.inference.joint import Kept
        from nudipole.inference.joint.fit import fit as fitted

        kept = Kept(resume)

        def told(words: str) -> None:
            step(words)
            if kept.folder is not None and kept.finished:
                done = f"{kept.finished} of {kept.total} curves are in {kept.folder}"
                keep_in_mind(f"{done}; the same command continues")

        result = fitted(
            experiments or None,
            groups,
            free=free,
            held=in_units(held),
            drop=drop or (),
            published=chosen(published, no_published),
            oscillation=mixed(oscillation, ordering),
            mixing=choice("--mixing", mixing, ("profiled", "fixed")),
            phases=choice("--phases", phases, ("profiled", "fixed")),
            cl=cl,
            sides=choice("--sides", sides, ("one", "two")),
            starts=starts,
            alone=not no_alone,
            draws=sample,
            resume=kept,
            progress=told,
        )
        if picture is not None:
            step("drawing")
            from nudipole import plots

            figure, axes = plots.figure(7.2, 4.4)
            plots.joint(result, axes)
            plots.save(figure, picture)
    if json is not None:
        shared.write_json(result.to_json(), json)
    if csv is not None:
        shared.write_text(result.to_csv(), csv)
    if not quiet:
        typer.echo("\n".join(_lines(result)))
        if picture is not None:
            typer.echo(f"picture: {picture}")


def choice(option: str, given: str, choices: tuple[C, ...]) -> C:
    """One of some words.

    Raises
    ------
    UnknownName
        If it is none of them.
    """
    for known in choices:
        if given == known:
            return known
    raise UnknownName(option, given, choices)


def mixed(oscillation: str | None, ordering: str | None) -> str:
    """Name of the set of oscillation parameters, in the ordering that is asked for."""
    name = oscillation or "nufit-6.0-no"
    if ordering is None:
        return name
    from nudipole.mixing import counterpart

    return counterpart(name, _ORDERINGS[choice("--ordering", ordering, tuple(_ORDERINGS))])


def in_units(given: list[str] | None, option: str = "--set") -> dict[str, float]:
    """Values of parameters in their own units, of options such as ``--set phi_2=1.5rad``."""
    from nudipole.models import known
    from nudipole.scans import quantity

    found = {}
    for name, text in shared.assignments(given, option).items():
        try:
            found[name] = quantity(name, text)
            parameter = known().get(name)
            if parameter and parameter.scale and abs(found[name]) > _ABSURD * parameter.scale:
                far = f"{digits.plain(found[name])} {parameter.unit} is far beyond what experiments see"
                raise NudipoleError(f"{far}: write {name}={digits.plain(parameter.scale)}{parameter.unit} or the like")
        except NudipoleError as error:
            raise NudipoleError(f"{option} {name}={text[:60]}: {error}") from error
    return found


def chosen(published: list[str] | None, none: bool) -> list[str] | None:
    """Ids of published limits; None for the default."""
    if published and none:
        raise NudipoleError("--published and --no-published: leave out one of them")
    return [] if none else published or None


def paragraph(title: str, text: str) -> list[str]:
    """A text beside its title, wrapped."""
    indent = " " * _INDENT
    return wrap(text, _WIDTH, initial_indent=f"{title:<{_INDENT}}", subsequent_indent=indent, break_on_hyphens=False)


def _lines(result: JointFit) -> list[str]:
    """A fit for people."""
    ends = f"{digits.level(result.cl)}, {result.sides}-sided, Delta chi2 = {digits.fixed(result.threshold, 2)}"
    lines = [result.title, ends, "", *_table(result.rows), ""]
    for row in result.rows:
        if row.driven:
            lines += paragraph(f"limit {row.name}", f"Delta chi2 there by {_named(row.driven)}")
    gain = f"{digits.fixed(result.chi2, 2)} at the best fit, {digits.fixed(result.chi2_sm, 2)} with all at zero"
    lines += paragraph("chi2", gain)
    if result.chi2_sm - result.chi2 > 0.01:
        lines += paragraph("chi2 gained from", _named(result.gains))
    lines += paragraph("minima", _minima(result))
    if result.phases:
        lines += paragraph("phases", _phases(result))
    lines += paragraph("mixing", _mixing(result))
    pulls = {name: pull for name, pull in result.pulls.items() if abs(pull) > 1}
    if pulls:
        lines += paragraph("pulls over 1", _named(dict(sorted(pulls.items(), key=lambda item: -abs(item[1])))))
    if result.posterior is not None:
        lines += paragraph("posterior", _posterior(result.posterior, result.cl))
    if result.held:
        lines += paragraph("held", ", ".join(f"{name} = {digits.number(value)}" for name, value in result.held.items()))
    for name, words in result.constraints.items():
        lines += paragraph("published limit", f"{name}: {words}")
    if result.insensitive:
        lines += paragraph("see none of it", ", ".join(result.insensitive))
    for note in result.notes:
        lines += paragraph("note", note)
    return lines


def _table(rows: Iterable[Row]) -> list[str]:
    lines = [f"{'parameter':<20}{'best fit':<12}{'others profiled':<24}others zero".rstrip()]
    for row in rows:
        best = "0" if row.best is not None and abs(row.best) < 1e-2 * row.size else digits.number(row.best)
        if row.profile is not None and row.profile.unbounded:
            best = "any"
        columns = [row.words(which).split(" or ") for which in ("profile", "alone")]
        for k in range(max(map(len, columns))):
            first = (f"{row.name} [{row.unit}]", best) if k == 0 else ("", "or")
            profile, alone = (column[k] if k < len(column) else "" for column in columns)
            lines.append(f"{first[0]:<20}{first[1]:<12}{profile:<24}{alone}".rstrip())
    return lines


def _named(shares: Mapping[str, float]) -> str:
    """Those that matter most, with their shares of chi2 or their pulls."""
    shown = [(name, share) for name, share in shares.items() if abs(share) >= 0.05][:_SHOWN]
    more = sum(abs(share) >= 0.05 for share in shares.values()) - len(shown)
    words = ", ".join(f"{name} {digits.fixed(share, 1, sign=True)}" for name, share in shown)
    return (words or "nothing over 0.05") + (f", {more} more" if more else "")


def _minima(result: JointFit) -> str:
    count = f"{len(result.minima)} from {result.starts} random starts"
    further = [
        f"{digits.fixed(delta, 2, sign=True)} in chi2 at "
        + ", ".join(f"{row.name} = {digits.number(values[row.name])}" for row in result.rows if row.name in values)
        for delta, values in result.minima[1:]
    ]
    careful = f"Minuit {digits.fixed(result.minuit, 4)}, Newton {digits.fixed(result.chi2, 4)}"
    return "; ".join([count, *further, careful if result.minuit is not None else "Minuit gave up"])


def _phases(result: JointFit) -> str:
    how = "profiled" if result.phases_profiled else "fixed"
    known = [
        f"{name} = {'any' if value is None else f'{digits.number(value)} rad'}" for name, value in result.phases.items()
    ]
    return f"{how}; at the best fit {', '.join(known)}" if result.phases_profiled else f"{how}; {', '.join(known)}"


def _posterior(found: JointPosterior, cl: float) -> str:
    uppers = [f"{name} < {digits.number(found.upper(name, cl))}" for name in found.samples if name[:4] != "phi_"]
    rhat = max(diagnostic.rhat for diagnostic in found.diagnostics.values())
    ess = min(found.diagnostics[name].ess for name in found.samples)
    chains = f"{len(found.chi2)} chains of {found.chi2.shape[1]}, R-hat at most {digits.fixed(rhat, 3)}"
    return f"{', '.join(uppers)}; prior {found.prior}; {chains}, effective samples at least {ess:.0f}"


def _mixing(result: JointFit) -> str:
    how = f"{', '.join(result.profiled_mixing)} profiled" if result.profiled_mixing else "fixed"
    return f"{result.mixing}; {how}"
