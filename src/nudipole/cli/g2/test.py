"""nudipole g2 test"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nudipole import digits
from nudipole.cli import shared, stems

if TYPE_CHECKING:
    from nudipole.muon_g2.shift.energy_dependence import EnergyTest


def test(
    context: typer.Context,
    table: Annotated[
        str, typer.Argument(metavar="FILE", help="CSV of omega_a by energy, or example for generated pseudo-data.")
    ],
    curve: Annotated[
        str,
        typer.Option(
            "--curve",
            help="Shift of a bin: fit (as a fit of its wiggle sees it), or A d/<A> with different means: paper (the "
            "nearest to Fig. 2), A-window, NA-bins, A-bins.",
        ),
    ] = "fit",
    json: shared.Json = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """Test an energy-dependent anomaly against a constant one on omega_a in bins of positron energy.

    Both hypotheses have one free parameter, omega_a0. What decides is the difference of their chi2, of which the
    expected value and spread are shown. The file has four columns: E_low [GeV],E_high [GeV],frequency [Hz],error [Hz];
    in place of frequency omega_a [rad/s], R [1] or deviation [ppm]. The picture goes to NAME-test.png, with options
    NAME-test-OPTIONS.png, unless --plot says where.

    \b
    Examples:
      nudipole g2 test example
      nudipole g2 test omega.csv --curve paper --json -
    """
    quiet = shared.one_stdout(json)
    shared.check_outputs(json=json, plot=plot, force=force)
    name = stems.stem_asked(context, f"{Path(table).stem}-test", without=["table"])
    picture = shared.picture(plot, f"{name}.png", no_plot=no_plot, quiet=quiet)
    with shared.progress("test") as step:
        step("starting")
        shared.prepare()
        from nudipole.muon_g2.shift.energy_dependence import energy_test
        from nudipole.muon_g2.wiggle import energy_table

        result = energy_test(energy_table.example() if table == "example" else energy_table.read(table), curve)
        if picture is not None:
            step("drawing")
            from nudipole import plots

            fig, axes = plots.figure(7.2, 4.8)
            result.plot(axes)
            plots.save(fig, picture)
    if json is not None:
        shared.write_json(result.to_json(), json)
    if not quiet:
        typer.echo(_text(result))
        if picture is not None:
            typer.echo(f"picture: {picture}")


def _text(result: EnergyTest) -> str:
    from nudipole.muon_g2.shift.energy_dependence import CURVES

    table = result.table
    lines = [f"{table.name}: {len(table.values)} bins, {table.quantity} [{table.unit}]"]
    lines += [line for line in table.note.splitlines() if line.strip()]
    lines += ["", f"{'hypothesis':<12} {'omega_a0':>28} {'chi2/ndof':>12} {'p-value':>8}"]
    for hypothesis in (result.constant, result.model):
        value = digits.with_error(hypothesis.omega_a0, hypothesis.error)
        value = value if hypothesis.describes else "does not describe data"
        chi2 = f"{digits.fixed(hypothesis.chi2, 2)}/{result.ndof}"
        lines.append(f"{hypothesis.name:<12} {value:>28} {chi2:>12} {digits.p_value(hypothesis.p_value):>8}")
    if not result.describes:
        return "\n".join([*lines, "", f"verdict     {result.verdict}", f"model       {CURVES[result.curve]}"])
    strength, error = result.strength
    constant, model = digits.number(-result.S, sign=True), digits.number(result.S, sign=True)
    expected = f"{constant} if constant, {model} if the model is true, each +- {digits.number(2 * result.S**0.5)}"
    p_constant, p_model = map(digits.p_value, (result.p_constant, result.p_model))
    lines += [
        "",
        f"Delta chi2  {digits.fixed(result.delta_chi2, 3, sign=True)} (constant minus model; expected {expected})",
        f"p-value     {p_constant} if constant, {p_model} if the model is true",
        f"strength    {digits.with_error(strength, error)} (0: constant, 1: model)",
        f"verdict     {result.verdict}",
        f"model       {CURVES[result.curve]}",
    ]
    return "\n".join(lines)
