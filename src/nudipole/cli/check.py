"""nudipole check"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nudipole import digits
from nudipole.cli import shared

if TYPE_CHECKING:
    from nudipole.inference.overview import Overview


def check(
    experiment: shared.Experiment,
    parameter: Annotated[
        str | None, typer.Option("--parameter", "-p", help="Whose signal is shown: mu_nu unless given, mu_e, r2_e, ...")
    ] = None,
    variant: shared.Variant = None,
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Validate a description and show what it means: flux, recoils, response, expected counts.

    Everything that `limit` would use is read and folded; the picture (NAME-check.png unless --plot says where) shows it
    on one page. A wrong description is one line that names the key and the remedy.

    \b
    Examples:
      nudipole check my.yaml
      nudipole new --source reactor --target Ge | nudipole check -
    """
    quiet = shared.one_stdout(json)
    shared.check_outputs(json=json, plot=plot, force=force)
    with shared.progress("check") as step:
        step("starting")
        shared.prepare()
        from nudipole.experiments import load
        from nudipole.inference.overview import overview

        step(f"folding {experiment}")
        loaded = load(experiment, variant)
        step("expected limit")
        result = overview(loaded, parameter)
        other = "" if parameter in (None, loaded.first_parameter) else f"-{parameter}"
        name = f"{loaded.name}{f'-{variant}' if variant else ''}{other}"
        picture = shared.picture(plot, f"{name}-check.png", no_plot=no_plot, quiet=quiet)
        if picture is not None:
            step("drawing")
            from nudipole import plots

            plots.save(plots.overview(result), picture)
    if json is not None:
        shared.write_json(result.to_json(), json)
    if not quiet:
        typer.echo(_text(result))
        if picture is not None:
            typer.echo(f"picture: {picture}")


def _text(result: Overview) -> str:
    from nudipole.experiments import atomic_choice
    from nudipole.experiments.settings import settings

    experiment = result.experiment
    spec = experiment.spec
    lines = [f"{spec.name}: {spec.title}", ""]
    lines.append(f"source      {spec.source.kind}, {digits.number(result.flux_total, 4)} neutrinos/(cm^2 s)")
    for k, words in enumerate(result.propagation.words()):
        lines.append(f"{'oscillation' if k == 0 else '':<11} {words}")
    lines.append(f"target      {spec.target.name}")
    for name, given in spec.named_processes.items():
        lines.append(f"process     {name}: {given.words}")
    electrons = [*atomic_choice.in_words([experiment], result.parameter), *atomic_choice.dependence([experiment])]
    lines += [f"{'electrons' if i == 0 else '':<11} {line}" for i, line in enumerate(electrons)]
    for key, value in settings(experiment).items():
        rows = value.split(" | ") if key == "files" else [value]
        lines += [f"{key if k == 0 else '':<11} {row}" for k, row in enumerate(rows)]
    lines.append("")
    for name, counts in result.counts().items():
        lines.append(f"{name:<30} {digits.number(counts, 4):>12} {result.spectrum.quantity or 'counts'}")
    moved = {name: (f"background {of}", up, down) for name, (of, up, down) in result.of_backgrounds.items()}
    for name, sides in result.nuisances.items():
        what, up, down = moved.get(name, ("the SM counts", *sides))
        change = " / ".join(digits.percent(side, 2, sign=True) for side in (up, down))
        lines.append(f"nuisance {name:<21} {change} of {what}")
    if experiment.sm_in_background:
        lines.append("(the SM counts are part of a background)")
    lines.append("")
    low = f"{digits.number(result.lower)} < " if result.lower else ""
    unit = "" if result.unit == "1" else f" {result.unit}"
    end = f"{result.parameter} < {digits.number(result.value)}{unit}"
    lines.append(f"expected    {low}{end} at 90% CL (median, unified)")
    for lower, upper in result.others:
        ends = f"{digits.number(lower)} < {result.parameter} < {digits.number(upper)}{unit}"
        lines.append(f"         or {ends}: a second solution")
    lines.append("            the signal shown is at the upper end")
    lines += [f"note        {note}" for note in experiment.notes]
    return "\n".join(lines)
