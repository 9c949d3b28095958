"""nudipole spectrum"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nudipole import digits
from nudipole.cli import shared
from nudipole.errors import NudipoleError, shortened

_DIPOLES = ("d", "d_e", "d_mu", "d_tau")

if TYPE_CHECKING:
    from nudipole.experiments import Experiment


def spectrum(
    experiment: shared.Experiment,
    mu_nu: Annotated[
        str | None, typer.Option("--mu-nu", metavar="MU", help="Universal magnetic moment, 2e-11 or '2e-11 mu_B'.")
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            "-s",
            metavar="NAME=VALUE",
            help="A parameter, e.g. lambda_1=2e-11, 'r2_e=1e-32 cm^2' or su2h.m_h=150GeV; repeatable.",
        ),
    ] = None,
    neutrino: Annotated[
        str | None,
        typer.Option("--neutrino", metavar="FILE.yaml", help="A file with a neutrino: docs/reference/neutrino.md."),
    ] = None,
    fit: Annotated[
        str | None,
        typer.Option(
            "--fit",
            metavar="PARAMETER",
            help="At the best fit of this parameter and all nuisances, with residuals below the picture.",
            autocompletion=shared.parameter_names,
        ),
    ] = None,
    heavy_mass: shared.HeavyMass = None,
    field: shared.Field = None,
    variant: shared.Variant = None,
    json: shared.Json = None,
    csv: shared.Csv = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Expected components against the data: a picture and a CSV.

    Without parameters the Standard Model alone is shown. The files are called NAME-spectrum.png and
    NAME-spectrum.csv, with --fit NAME-PARAMETER-fit.png and .csv, unless --plot and --csv say otherwise.

    \b
    Examples:
      nudipole spectrum xenonnt-2022 --mu-nu 2e-11
      nudipole spectrum xenonnt-2022 --set mu_e=2e-11 --set mu_tau=1e-11 --plot s.pdf --csv -
      nudipole spectrum xenonnt-2022 --set d_tau=3.26e-7/GeV --heavy-mass 640keV
      nudipole spectrum borexino-2017 --fit mu_nu
    """
    quiet = shared.one_stdout(json, csv)
    parameters = _parameters(mu_nu, values or [])
    if neutrino is not None and parameters:
        raise NudipoleError(f"--neutrino {neutrino} and {_written(parameters)}: give either")
    if fit is not None and (parameters or neutrino is not None):
        other = f"--neutrino {neutrino}" if neutrino is not None else _written(parameters)
        raise NudipoleError(f"--fit {fit} and {other}: give either")
    shared.check_outputs(json=json, csv=csv, plot=plot, force=force)
    heavy = shared.heavy_mass(heavy_mass)
    if heavy is not None and neutrino is None:
        from nudipole.experiments.heavy_lepton import HEAVY

        if not any(name in HEAVY for name in [*parameters, fit]):
            raise NudipoleError(f"--heavy-mass has no effect without a dipole: --set one of {', '.join(HEAVY)}")
    with shared.progress("spectrum") as step:
        step("starting")
        shared.prepare()
        from nudipole.experiments import load

        given: list[Any] = []
        if neutrino is not None:
            described, heavy = shared.with_lepton(neutrino, heavy)
            given = [described]
        step(f"folding {experiment}")
        loaded = load(experiment, variant, heavy_mass=heavy, field=field)
        dipoles = _dipoles(loaded, parameters)
        fitted = None
        if fit is not None:
            from nudipole.inference.post_fit import post_fit

            step(f"fitting {fit}")
            fitted = post_fit(loaded, fit)
        result = loaded.spectrum(*given, **parameters) if fitted is None else fitted.spectrum
        record = result if fitted is None else fitted
        # Sums of all bins; of ON and OFF counts with one spectrum, those with the source.
        result = result.over("energy")
        total = float(result.total().sum())
        if not abs(total) < float("inf"):
            raise NudipoleError(f"{_written(parameters) or neutrino}: too large to compute with")
        picture = shared.picture(plot, f"{_stem(loaded, fit)}.png", no_plot=no_plot, quiet=quiet)
        table = csv if csv is not None or quiet else f"{_stem(loaded, fit)}.csv"
        shared.check_outputs(csv=table)
        if picture is not None:
            step("drawing")
            from nudipole import plots

            if fitted is None:
                fig, axes = plots.figure(7.2, 4.8)
                plots.spectrum(result, axes)
            else:
                fig = plots.post_fit(fitted)
            plots.save(fig, picture)
    if json is not None:
        shared.write_json(record.to_json(), json)
    if table is not None:
        shared.write_text(record.to_csv(), table)
    if quiet:
        return
    signal = sum(float(counts.sum()) for counts in result.signal.values())
    standard = sum(float(counts.sum()) for counts in result.standard_model.values())
    typer.echo(f"{loaded.name}: {loaded.spec.title}")
    if fitted is not None:
        typer.echo(fitted)
    if result.quantity is not None:
        typer.echo(result.quantity)
    # Counts are whole; what is measured in another unit may be small.
    whole, tenth, hundredth = (".0f", ".1f", ".2f") if result.quantity is None else (".4g", ".4g", ".3g")
    if result.observed is not None:
        typer.echo(f"observed {result.observed.sum():{whole}}, expected {total:{tenth}}")
    if dipoles:
        typer.echo(dipoles)
    typer.echo(f"of these SM neutrinos {standard:{tenth}}, signal {signal:{hundredth}}")
    for what, path in (("picture", picture), ("table", table)):
        if path is not None:
            typer.echo(f"{what}: {path}")


def _stem(experiment: Experiment, fit: str | None) -> str:
    variant = f"-{experiment.variant}" if experiment.variant else ""
    return f"{experiment.name}{variant}-{'spectrum' if fit is None else f'{fit}-fit'}"


def _written(parameters: dict[str, float]) -> str:
    return ", ".join(f"{name} = {digits.plain(value)}" for name, value in parameters.items())


def _of_model(name: str, text: str) -> float:
    """A parameter of a model, with its unit."""
    from nudipole.models import ModelParameter, find

    parameter = find(name)
    if not isinstance(parameter, ModelParameter):
        raise NudipoleError(f"--set {name}={text}: write a number, in the parameter's unit")
    return parameter.read(text)


def _dipoles(experiment: Experiment, parameters: dict[str, float]) -> str:
    """Dipoles to a heavy lepton in both units."""
    from nudipole.experiments.heavy_lepton import HEAVY, in_both

    given = {name: value for name, value in parameters.items() if name in HEAVY}
    heavy = experiment.spec.heavy
    if not given:
        return ""
    if heavy is None:
        raise NudipoleError(f"{', '.join(given)}: name the mass of the heavy lepton, as in --heavy-mass 640keV")
    return f"{in_both(given)}; heavy lepton of {digits.plain(heavy.mass, 6)} MeV, L = d nubar_L sigma N F"


def _parameters(mu_nu: str | None, values: list[str]) -> dict[str, float]:
    parameters = {} if mu_nu is None else {"mu_nu": _value("--mu-nu", "mu_nu", mu_nu)}
    for item in values:
        name, _, text = (part.strip() for part in item.partition("="))
        if not (name and text):
            raise NudipoleError(f"--set {item}: write NAME=VALUE, in the parameter's unit: mu_e=2e-11")
        if name in parameters:
            raise NudipoleError(f"--set {item}: {name} is given twice")
        parameters[name] = _value(f"--set {name}", name, text)
    return parameters


def _value(option: str, name: str, text: str) -> float:
    """A parameter's value in its unit, which may stand behind the number."""
    if name in _DIPOLES:
        return shared.dipole(option, text)
    try:
        value = float(text)
    except ValueError:
        value = _of_model(name, text) if "." in name else _with_unit(option, name, text)
    if not abs(value) < float("inf"):
        raise NudipoleError(f"{option} {value}: write a finite number")
    return value


def _with_unit(option: str, name: str, text: str) -> float:
    from nudipole.scans import quantity

    try:
        return quantity(name, text)
    except NudipoleError as error:
        raise NudipoleError(f"{option} {shortened(text)}: {error}") from error
