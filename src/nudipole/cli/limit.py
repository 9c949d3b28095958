"""nudipole limit"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nudipole.cli import shared
from nudipole.errors import NudipoleError

if TYPE_CHECKING:
    from nudipole.experiments import Limit
    from nudipole.experiments.limit import MonteCarlo


def limit(
    experiments: shared.Experiments,
    parameter: shared.Parameter = "mu_nu",
    cl: shared.Level = 0.90,
    construction: shared.Construction = "unified",
    method: Annotated[
        str,
        typer.Option("--method", "-m", help="asymptotic, feldman-cousins or cls (both by toys)."),
    ] = "asymptotic",
    toys: Annotated[int, typer.Option("--toys", min=1, help="Toys at every tested value, at least.")] = 2000,
    precision: Annotated[
        float, typer.Option("--precision", help="Relative error of mu^2 until which toys are added.")
    ] = 0.01,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the toys.")] = 1,
    variant: shared.Variant = None,
    json: shared.Json = None,
    csv: shared.Csv = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
) -> None:
    """Limit or interval on a neutrino's electromagnetic property, from one experiment or several together.

    Prints the limit by the usual constructions, the expected one, the goodness of fit and what the number means, and
    draws the profile curve (to NAME-PARAMETER.png unless --plot says where). Several experiments make one likelihood;
    nuisances that their files list as shared are one and the same.

    \b
    Examples:
      nudipole limit xenonnt-2022
      nudipole limit xenonnt-2022 borexino-2017
      nudipole limit my_experiment.yaml --cl 0.95 --json -
      nudipole limit xenonnt-2022 --parameter mu_e --construction one-sided
    """
    quiet = shared.one_stdout(json, csv)
    shared.check_level(cl)
    if variant is not None and len(experiments) > 1:
        raise NudipoleError("--variant goes with one experiment: combine files that describe what you mean")
    shared.check_outputs(json, csv, picture=plot)
    with shared.progress("limit") as step:
        step("starting")
        shared.prepare()
        from nudipole.experiments import load
        from nudipole.experiments.fitting import Toys
        from nudipole.experiments.fitting import limit as fitted

        loaded = []
        for name in experiments:
            step(f"folding {name}")
            loaded.append(load(name, variant))
        step(f"fitting {parameter}")
        settings = Toys(toys, precision, seed, step)
        result = fitted(loaded, parameter, cl=cl, construction=construction, method=method, toys=settings)
        picture = None if no_plot or (quiet and plot is None) else plot or Path(f"{_stem(result)}.png")
        if picture is not None:
            step("drawing")
            from nudipole import plots

            fig, axes = plots.figure()
            plots.profile(result, axes)
            plots.save(fig, picture)
    if json is not None:
        shared.write_json(result.to_json(), json)
    if csv is not None:
        shared.write_text(result.to_csv(), csv)
    if not quiet:
        typer.echo(_text(result))
        if picture is not None:
            typer.echo(f"picture: {picture}")


def _stem(result: Limit) -> str:
    names = "+".join(e.name if e.variant is None else f"{e.name}-{e.variant}" for e in result.experiments)
    return f"{names}-{result.parameter}"


def _text(result: Limit) -> str:
    """The limit for people."""
    from nudipole.experiments.published_spec import PublishedLimit

    unit = result.unit
    lines = [str(result), ""]
    lines.append(f"{'construction':<20} {'sides':<6} {'lower':>10} {'upper':>10} {'expected':>10} {'threshold':>10}")
    for name, ends in result.constructions.items():
        lower = "-" if ends.lower is None else f"{ends.lower:.3g}"
        mark = "*" if name == result.construction else " "
        lines.append(
            f"{name + mark:<20} {ends.sides:<6} {lower:>10} {ends.upper:>10.3g} {ends.expected_upper:>10.3g} "
            f"{ends.threshold:>10.3f}"
        )
    if result.monte_carlo is not None:
        lines += ["", *_toys(result.monte_carlo, unit)]
    lines.append("")
    lines.append(f"best fit    {result.parameter} = {result.best_fit:.3g} {unit}")
    lines += [f"{key:<11} {text}" for key, text in result.fit_in_words().items()]
    if result.significance is not None:
        lines.append(f"excess      {result.significance.z:.1f} sigma over no signal")
    if result.mu_eff_upper is not None:
        lines.append(f"mu_eff      < {result.mu_eff_upper:.3g} mu_B for the beam's mixture")
    lines.append(f"meaning     {result.meaning}")
    lines += [f"{'alone' if i == 0 else '':<11} {alone}" for i, alone in enumerate(result.alone)]
    for experiment in result.experiments:
        for item in experiment.spec.published:
            if isinstance(item, PublishedLimit) and item.parameter == result.parameter:
                value = item.upper if item.upper is not None else item.interval
                level = f"at {100 * item.cl:g}% CL"
                lines.append(f"published   {value} {unit} {level}, {item.construction} [{item.reference.texkey}]")
    variants = [name for name in result.experiment.spec.variants if name != result.experiment.variant]
    if variants and not result.alone:
        lines.append(f"variants    {', '.join(variants)} (--variant NAME)")
    return "\n".join(lines)


def _toys(found: MonteCarlo, unit: str) -> list[str]:
    """What a construction by toys rests on."""
    careful = f", {found.careful} fits with care" if found.careful else ""
    band = ", ".join(f"{value:.3g}" for value in found.band.values())
    return [
        f"toys        {found.toys} (seed {found.seed}){careful}; error of the upper end {found.upper_error:.2g} {unit}",
        f"expected    {band} {unit} at -2, -1, 0, +1, +2 sigma without signal",
    ]
