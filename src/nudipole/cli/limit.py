"""nudipole limit"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nudipole import digits
from nudipole.cli import shared

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
        typer.Option("--method", "-m", help="asymptotic, feldman-cousins or cls (both by toys), or bayesian."),
    ] = "asymptotic",
    toys: Annotated[int, typer.Option("--toys", min=1, help="Toys at every tested value, at least.")] = 2000,
    precision: Annotated[
        float, typer.Option("--precision", help="Relative error of mu^2 until which toys are added.")
    ] = 0.01,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the toys, or of the sampler.")] = 1,
    prior: Annotated[
        str | None, typer.Option("--prior", help="bayesian: flat-mu2 (default for moments), flat-mu or log.")
    ] = None,
    cut: Annotated[
        str | None, typer.Option("--prior-cut", metavar="VALUE", help="Where the log prior begins: 1e-13 mu_B.")
    ] = None,
    draws: Annotated[int, typer.Option("--draws", min=100, help="bayesian: draws of each of four chains.")] = 5000,
    variant: shared.Variant = None,
    json: shared.Json = None,
    csv: shared.Csv = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
) -> None:
    """Limit or interval on a neutrino's electromagnetic property, from one experiment or several together.

    Prints the limit by the usual constructions, the expected one, the goodness of fit and what the number means, and
    draws the profile curve, or the posterior (to NAME-PARAMETER.png unless --plot says where). Several experiments make
    one likelihood; nuisances that their files list as shared are one and the same.

    \b
    Examples:
      nudipole limit xenonnt-2022
      nudipole limit xenonnt-2022 borexino-2017
      nudipole limit my_experiment.yaml --cl 0.95 --json -
      nudipole limit xenonnt-2022 --parameter mu_e --construction one-sided
    """
    quiet = shared.one_stdout(json, csv)
    shared.check_level(cl)
    shared.check_outputs(json, csv, picture=plot)
    with shared.progress("limit") as step:
        step("starting")
        shared.prepare()
        from nudipole.experiments.fitting import Sampling, Toys
        from nudipole.experiments.fitting import limit as fitted

        loaded = shared.loaded(experiments, variant, step)
        step(f"fitting {parameter}")
        result = fitted(
            loaded,
            parameter,
            cl=cl,
            construction=construction,
            method=method,
            toys=Toys(toys, precision, seed, step),
            sampling=Sampling(prior, _cut(cut, parameter), draws, seed, step),
        )
        picture = None if no_plot or (quiet and plot is None) else plot or Path(f"{_stem(result)}.png")
        if picture is not None:
            step("drawing")
            from nudipole import plots

            if result.credible is not None:
                plots.save(plots.corner(result.credible), picture)
            else:
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


def _cut(text: str | None, parameter: str) -> float | None:
    """The lower cut of a prior in the unit of the parameter."""
    if text is None:
        return None
    from nudipole import units
    from nudipole.properties import find

    unit = find(parameter)[1].parameters[parameter].unit
    return shared.quantity("--prior-cut", text, unit) / units.in_internal(unit)


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
        lower, upper, expected = map(digits.number, (ends.lower, ends.upper, ends.expected_upper))
        mark = "*" if name == result.construction else " "
        lines.append(
            f"{name + mark:<20} {ends.sides:<6} {lower:>10} {upper:>10} {expected:>10} "
            f"{digits.fixed(ends.threshold, 3):>10}"
        )
    if result.credible is not None:
        lines += ["", *(f"{key:<11} {text}" for key, text in result.credible.in_words().items())]
    if result.monte_carlo is not None:
        lines += ["", *_toys(result.monte_carlo, unit)]
    lines.append("")
    lines.append(f"best fit    {result.parameter} = {digits.number(result.best_fit)} {unit}")
    lines += [f"{key:<11} {text}" for key, text in result.fit_in_words().items()]
    if result.significance is not None:
        lines.append(f"excess      {result.significance.z:.1f} sigma over no signal")
    if result.mu_eff_upper is not None:
        lines.append(f"mu_eff      < {digits.number(result.mu_eff_upper)} mu_B for the beam's mixture")
    lines.append(f"meaning     {result.meaning}")
    lines += [f"{'alone' if i == 0 else '':<11} {alone}" for i, alone in enumerate(result.alone)]
    for experiment in result.experiments:
        for item in experiment.spec.published:
            if isinstance(item, PublishedLimit) and item.parameter == result.parameter:
                value = item.upper if item.upper is not None else item.interval
                level = f"at {digits.level(item.cl)}"
                lines.append(f"published   {value} {unit} {level}, {item.construction} [{item.reference.texkey}]")
    variants = [name for name in result.experiment.spec.variants if name != result.experiment.variant]
    if variants and not result.alone:
        lines.append(f"variants    {', '.join(variants)} (--variant NAME)")
    return "\n".join(lines)


def _toys(found: MonteCarlo, unit: str) -> list[str]:
    """What a construction by toys rests on."""
    careful = f", {found.careful} fits with care" if found.careful else ""
    error = f"error of the upper end {digits.number(found.upper_error, 2)} {unit}"
    band = ", ".join(map(digits.number, found.band.values()))
    return [
        f"toys        {found.toys} (seed {found.seed}){careful}; {error}",
        f"expected    {band} {unit} at -2, -1, 0, +1, +2 sigma without signal",
    ]
