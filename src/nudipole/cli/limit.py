"""nudipole limit"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nudipole import digits
from nudipole.cli import methods, shared, stems
from nudipole.errors import NudipoleError

_METHODS = (*methods.WITHOUT_PRIOR, "bayesian")

if TYPE_CHECKING:
    from nudipole.experiments import Experiment
    from nudipole.inference.result import Limit
    from nudipole.inference.spread import Spread


def limit(
    experiments: shared.Experiments,
    parameter: shared.Parameter = "mu_nu",
    cl: shared.Level = 0.90,
    construction: methods.Construction = None,
    method: Annotated[
        str,
        typer.Option(
            "--method",
            "-m",
            help="asymptotic; feldman-cousins or cls, both exact at few counts, else by toys; bayesian.",
        ),
    ] = "asymptotic",
    power_constrained: Annotated[
        bool,
        typer.Option("--power-constrained", help="Raise an upper limit to the -1 sigma edge of what is expected."),
    ] = False,
    toys: methods.Toys = None,
    precision: methods.Precision = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Of the toys, or of the sampler; 1 by default.")
    ] = None,
    prior: Annotated[
        str | None, typer.Option("--prior", help="bayesian: flat-mu2 (default for moments), flat-mu or log.")
    ] = None,
    cut: Annotated[
        str | None, typer.Option("--prior-cut", metavar="VALUE", help="Where the log prior begins: 1e-13 mu_B.")
    ] = None,
    draws: Annotated[
        int | None, typer.Option("--draws", min=100, help="bayesian: draws of each of four chains; 5000 by default.")
    ] = None,
    spread: Annotated[
        bool, typer.Option("--spread", help="What other descriptions of the atom give, beside the number.")
    ] = False,
    atomic_nuisance: Annotated[
        str | None,
        typer.Option(
            "--atomic-nuisance",
            metavar="NAME",
            help="A description of the atom, such as free-electrons, at one standard deviation of a nuisance.",
        ),
    ] = None,
    heavy_mass: shared.HeavyMass = None,
    field: shared.Field = None,
    share: shared.Share = None,
    separate: shared.Separate = None,
    variant: shared.Variant = None,
    json: shared.Json = None,
    csv: shared.Csv = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Limit or interval on a neutrino's electromagnetic property, from one experiment or several together.

    Prints the limit by the usual constructions, beside each what is expected without signal (-2 to +2 sigma), the
    goodness of fit and what the number means, and draws the profile curve, or the posterior (to NAME-PARAMETER.png
    unless --plot says where). Several experiments make one likelihood; nuisances that their files list as shared are
    one and the same.

    \b
    Examples:
      nudipole limit xenonnt-2022
      nudipole limit xenonnt-2022 borexino-2017
      nudipole limit coherent-csi-2021 my_argon.yaml -p mu_mu --share 'SNS flux'
      nudipole limit my_experiment.yaml --cl 0.95 --json -
      nudipole limit xenonnt-2022 --parameter mu_e --construction one-sided
      nudipole limit xenonnt-2022 -p su2h.f
      nudipole limit xenonnt-2022 -p my_neutrino.yaml
      nudipole limit xenonnt-2022 -p d_tau --heavy-mass 640keV
      nudipole limit borexino-antinu-2019 -p p_antinu -m feldman-cousins --variant counting
      nudipole limit kamland-antinu-2021 -p mu_B_product --field convective:1kG
    """
    quiet = shared.one_stdout(json, csv)
    shared.check_level(cl)
    by_toys = methods.BY_TOYS
    methods.check_options(
        method,
        _METHODS,
        {
            "--construction": (construction, ("asymptotic",)),
            "--power-constrained": (power_constrained or None, ("asymptotic", *by_toys)),
            "--toys": (toys, by_toys),
            "--precision": (precision, by_toys),
            "--seed": (seed, (*by_toys, "bayesian")),
            "--prior": (prior, ("bayesian",)),
            "--prior-cut": (cut, ("bayesian",)),
            "--draws": (draws, ("bayesian",)),
        },
    )
    shared.check_outputs(json=json, csv=csv, plot=plot, force=force)
    heavy = shared.heavy_mass(heavy_mass, parameter)
    if field is not None and parameter == "p_antinu":
        raise NudipoleError("--field has no effect on p_antinu, whose spectrum is undistorted: limit mu_B_product")
    with shared.progress("limit") as step:
        step("starting")
        shared.prepare()
        from nudipole.experiments.atomic_nuisance import with_nuisance
        from nudipole.inference.limit import limit as fitted
        from nudipole.inference.spread import spread as others

        asked: Any = parameter
        if parameter.endswith((".yaml", ".yml")):
            asked, heavy = shared.with_lepton(parameter, heavy)
        if asked is not parameter and (spread or atomic_nuisance is not None or cut is not None):
            raise NudipoleError("--spread, --atomic-nuisance and --prior-cut are of a parameter, not of a neutrino")
        loaded = shared.loaded(experiments, variant, step, heavy=heavy, field=field, share=share, separate=separate)
        if atomic_nuisance is not None:
            loaded = list(with_nuisance(loaded, atomic_nuisance, parameter))
        picture = shared.picture(plot, f"{_stem(loaded, parameter)}.png", no_plot=no_plot, quiet=quiet)
        step(f"fitting {parameter}")
        by = methods.chosen(
            method,
            _METHODS,
            construction=construction,
            power_constrained=power_constrained or None,
            toys=toys,
            precision=precision,
            seed=seed,
            prior=prior,
            cut=_cut(cut, parameter),
            draws=draws,
        )
        result = fitted(loaded, asked, cl=cl, by=by, progress=step)
        if spread:
            step("other descriptions of the atom")
            found = others(loaded, parameter, cl=cl, construction=result.construction)
            result = replace(result, spread=found)
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
    from nudipole.models import find

    unit = find(parameter).unit
    if unit == "1":
        return shared.quantity("--prior-cut", text, "")
    return shared.quantity("--prior-cut", text, unit) / units.in_internal(unit)


def _stem(experiments: list[Experiment], parameter: str) -> str:
    return f"{stems.stem(experiments)}-{Path(parameter).stem if parameter.endswith(('.yaml', '.yml')) else parameter}"


def _text(result: Limit) -> str:
    """The limit for people."""
    from nudipole.experiments import atomic_choice
    from nudipole.experiments.schema.published import PublishedLimit

    unit = result.unit
    written = "" if unit == "1" else f" {unit}"
    lines = [str(result), ""]
    lines += shared.constructions_table(result.constructions, result.construction)
    if result.credible is not None:
        lines += ["", *(f"{key:<11} {text}" for key, text in result.credible.in_words().items())]
    lines += methods.counted_in_words(result.few_counts, result.monte_carlo, unit.removesuffix("1"))
    lines.append("")
    lines.append(f"best fit    {result.parameter} = {digits.number(result.best_fit)}{written}")
    others = [(other, delta) for other, delta in result.minima if other != result.best_fit]
    lines += [
        f"or          {result.parameter} = {digits.number(other)}{written}, chi2 {digits.number(delta, 2)} higher"
        for other, delta in others
    ]
    lines += [f"{key:<11} {text}" for key, text in result.fit_in_words().items()]
    if result.significance is not None:
        lines.append(f"excess      {result.significance.z:.1f} sigma over no signal")
    if result.mu_eff_upper is not None:
        lines.append(f"mu_eff      < {digits.number(result.mu_eff_upper)} mu_B for the beam's mixture")
    lines.append(f"meaning     {result.meaning}")
    electrons = atomic_choice.in_words(result.experiments, result.parameter)
    depends = atomic_choice.dependence(result.experiments)
    electrons += depends if result.spread is not None else [f"{line} (--spread shows others)" for line in depends]
    lines += [f"{'electrons' if i == 0 else '':<11} {line}" for i, line in enumerate(electrons)]
    lines += [f"note        {note}" for note in result.notes]
    if result.spread is not None:
        lines += ["", *_spread(result.spread)]
        lines += ["            not power-constrained", ""] if result.observed_upper is not None else [""]
    lines += [f"shared      {', '.join(result.shared)}"] if result.shared else []
    lines += [f"{'alone' if i == 0 else '':<11} {alone}" for i, alone in enumerate(result.alone)]
    for experiment in result.experiments:
        for item in experiment.spec.published:
            if isinstance(item, PublishedLimit) and item.parameter == result.parameter:
                known = item.record or item.reference.key
                lines.append(f"published   {item.words} [{known}]")
    if not result.alone:
        lines += _variants(result.experiment)
    return "\n".join(lines)


def _variants(experiment: Experiment) -> list[str]:
    """Other descriptions by name, a line each with what it says of itself."""
    others = {name: item.note for name, item in experiment.spec.variants.items() if name != experiment.variant}
    if not others:
        return []
    width = max(map(len, others))
    lines = [f"{name:<{width}}  {note or ''}".rstrip() for name, note in others.items()]
    return ["variants    (--variant NAME)", *(f"            {line}" for line in lines)]


def _spread(found: Spread) -> list[str]:
    """What other descriptions of the atom give."""
    lines = [f"{'atomic model':<20} {'':<6} {'lower':>10} {'upper':>10} {'change':>10}"]
    for row in found.rows:
        lower = digits.number(row.lower)
        change = "" if row.described or row.change_upper is None else f"{100 * row.change_upper:+.1f} %"
        name = row.name + ("*" if row.described else "")
        line = f"{name:<20} {'':<6} {lower:>10} {digits.number(row.upper):>10} {change:>10}"
        lines.append(f"{line}  {row.note}".rstrip())
    lines += [f"left out    {', '.join(names)}: {reason}" for reason, names in found.reasons().items()]
    return [*lines, f"spread      {found}"]
