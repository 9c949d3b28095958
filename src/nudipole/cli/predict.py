"""nudipole predict"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nudipole import digits
from nudipole.cli import shared
from nudipole.errors import NudipoleError

if TYPE_CHECKING:
    from nudipole.predictions import Observables, Sweep

#: Rows of a sweep on the terminal; files have all.
_ROWS = 15


def predict(
    neutrino: Annotated[
        str,
        typer.Argument(
            metavar="MODEL|FILE.yaml",
            help="A model, a file with a neutrino, or - for standard input.",
            autocompletion=shared.model_names,
        ),
    ],
    values: Annotated[
        list[str] | None,
        typer.Option("--set", "-s", metavar="NAME=VALUE", help="A parameter of the model with its unit; repeatable."),
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option("--vary", metavar="NAME=RANGE", help="Along one parameter: m_h=100..1000GeV, n=8,16."),
    ] = None,
    points: Annotated[int | None, typer.Option("--points", help="Of a range; 41 unless given.")] = None,
    grid: Annotated[
        str | None, typer.Option("--grid", metavar="auto|log|linear", help="Spacing of a range; auto unless given.")
    ] = None,
    beams: Annotated[
        list[str] | None,
        typer.Option(
            "--beam", metavar="BEAM", help="One more: solar-vacuum, or an experiment.", autocompletion=shared.beam_names
        ),
    ] = None,
    oscillation: shared.Oscillation = None,
    m_lightest: Annotated[
        str | None, typer.Option("--m-lightest", metavar="MASS", help="Of the lightest neutrino, for decays: 0.05eV.")
    ] = None,
    json: shared.Json = None,
    csv: Annotated[
        str | None, typer.Option("--csv", metavar="FILE", help="The numbers of --vary as CSV; - for standard output.")
    ] = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """What a model, or a neutrino given by matrices, predicts.

    Matrices in both bases, the effective moment in every beam, lifetimes, and where the model has them the shift of the
    muon's anomaly and the neutrino mass that comes with the moment. With --vary a table along one parameter, and a
    picture (NAME-PARAMETER.png unless --plot says where).

    \b
    Examples:
      nudipole predict su2h --set f=0.014 --set f_prime=1
      nudipole predict su2h --set f=0.014 --vary m_h=100..1000GeV
      nudipole predict sm-majorana --set m_lightest=0.01eV --set a21=60deg --oscillation nufit-6.0-io
      nudipole predict my_neutrino.yaml --beam xenonnt-2022
    """
    quiet = shared.one_stdout(json, csv)
    given = shared.assignments(values)
    if not vary and "m_lightest" in given:
        if m_lightest is not None:
            raise NudipoleError("--m-lightest and --set m_lightest are the same: write one of them")
        m_lightest = given.pop("m_lightest")
    shared.check_outputs(json=json, csv=csv, plot=plot, force=force)
    if not vary and any(option is not None for option in (csv, plot, points, grid)):
        raise NudipoleError("--csv, --plot, --points and --grid are of what is varied: write --vary NAME=RANGE, too")
    if vary and len(vary) > 1:
        raise NudipoleError(f"--vary is given {len(vary)} times: a table is along one parameter; hold others by --set")
    if vary and m_lightest is not None:
        raise NudipoleError("--m-lightest is for one point: leave --vary or it out")
    mass = None if m_lightest is None else shared.quantity("--m-lightest", m_lightest, "eV") / 1e-6
    with shared.progress("predict") as step:
        step("starting")
        shared.prepare()
        from nudipole import predictions

        settings: dict[str, Any] = {"beams": beams, "oscillation": oscillation}
        if vary:
            swept = predictions.sweep(neutrino, vary[0], points=points or 41, grid=grid or "auto", **settings, **given)
            picture = shared.picture(plot, f"{swept.name}-{swept.parameter}.png", no_plot=no_plot, quiet=quiet)
            if picture is not None:
                step("drawing")
                from nudipole import plots

                fig, axes = plots.figure()
                plots.sweep(swept, axes)
                plots.save(fig, picture)
        else:
            found = predictions.predict(neutrino, m_lightest=mass, **settings, **given)
    if json is not None:
        shared.write_json((swept if vary else found).to_json(), json)
    if csv is not None:
        shared.write_text(swept.to_csv(), csv)
    if quiet:
        return
    typer.echo(_table(swept) if vary else _text(found))
    if vary and picture is not None:
        typer.echo(f"picture: {picture}")


def _text(found: Observables) -> str:
    """One point for people."""
    lines = [f"{found.name}: {found.title} ({found.kind})" if found.title else found.name]
    if found.values:
        lines.append(f"parameters   {found.parameters_in_words()}")
    masses = ", ".join(digits.number(float(m), 4) for m in found.masses)
    mixing = found.oscillation.name or "as given"
    lines.append(f"neutrinos    {found.neutrino.nature}; masses {masses} eV (order 1, 2, 3); mixing {mixing}")
    for basis, matrix in (("flavour", found.flavour()), ("mass", found.mass())):
        labels = ("e", "mu", "tau") if basis == "flavour" else ("1", "2", "3")
        lines += ["", f"lambda = mu - i eps, {basis} basis [mu_B]"]
        lines += [
            f"  {label:<4}" + "".join(f"{_entry(complex(value), float(abs(matrix).max())):>24}" for value in row)
            for label, row in zip(labels, matrix, strict=True)
        ]
    lines += ["", "effective moment [mu_B]"]
    width = max(len(name) for name in found.mu_eff)
    lines += [f"  {name:<{width}}  {digits.number(mu):>9}  {found.beams[name]}" for name, mu in found.mu_eff.items()]
    pairs = "_{j<k}" if found.neutrino.nature == "majorana" else ""
    lines.append(f"  {'stars':<{width}}  {digits.number(found.plasmon):>9}  plasmon decay, sqrt(sum{pairs} |lambda|^2)")
    lives = [f"nu_{name.replace('> ', '> nu_')} gamma {digits.number(t)} s" for name, t in found.lifetimes.items()]
    lines += ["", f"lifetimes    {', '.join(lives) or 'no radiative decay'}"]
    if found.delta_a_mu is not None:
        lines.append(f"delta a_mu   {digits.fixed(1e11 * found.delta_a_mu, 1)}e-11")
    if found.m_nu is not None:
        lines.append(
            f"m_nu         {digits.number(found.m_nu)} eV comes with the moment (an estimate, to a factor of two)"
        )
    lines += [f"doubt        {doubt}" for doubt in found.doubts]
    return "\n".join(lines)


def _entry(value: complex, largest: float) -> str:
    """An entry of a matrix, without what is rounding beside the largest."""
    real, imaginary = value.real, value.imag
    small = 1e-14 * largest
    if abs(value) <= small:
        return "0"
    if abs(imaginary) <= small:
        return digits.number(real, 4)
    if abs(real) <= small:
        return f"{digits.number(imaginary, 4)} i"
    return f"{digits.number(real)} {digits.number(imaginary, sign=True)} i"


def _table(found: Sweep) -> str:
    units = found.units()
    names = list(units)
    head = [f"{found.parameter} [{found.unit}]", *(name.removeprefix("mu_eff ") for name in names)]
    widths = [max(len(name), 10) for name in head]
    lines = [f"{found.name}: effective moments and stars in mu_B" + (", m_nu in eV" if "m_nu" in units else "")]
    lines.append("  ".join(f"{name:>{width}}" for name, width in zip(head, widths, strict=True)))
    columns = [found.column(name) for name in names]
    step = max(1, -(-len(found.values) // _ROWS))
    for k in range(0, len(found.values), step):
        numbers = [float(found.values[k]), *(float(column[k]) for column in columns)]
        cells = [digits.number(number) for number in numbers]
        lines.append("  ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)))
    if step > 1:
        lines.append(f"every {step} of {len(found.values)} values: --csv has all")
    lines += [f"{found.parameter} = {value}: {why}" for value, why in list(found.failures.items())[:5]]
    return "\n".join(lines)
