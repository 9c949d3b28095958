"""nudipole g2 predict"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nudipole import constants as const
from nudipole import digits
from nudipole.cli import shared
from nudipole.errors import InputError
from nudipole.files import note_read
from nudipole.muon_g2.shift import printed

if TYPE_CHECKING:
    from nudipole.muon_g2.decay.response import TabulatedAsymmetry
    from nudipole.muon_g2.shift.averages import Average
    from nudipole.muon_g2.shift.predicted import Predicted

_WINDOW = tuple(f"{E / 1e3:.1f}" for E in printed.WINDOW)
_PRINTED = digits.plain(printed.COEFFICIENT)


def predict(
    window: Annotated[
        str, typer.Option("--window", metavar="LOW..HIGH", help="Energies of the paper's average, with a unit.")
    ] = f"{_WINDOW[0]}..{_WINDOW[1]} GeV",
    coefficient: Annotated[
        str,
        typer.Option(
            "--coefficient",
            help=f"delta a_mu at f = 1: printed ({_PRINTED}) or modern (the same formula with measured constants).",
        ),
    ] = "printed",
    asymmetry: Annotated[
        str | None,
        typer.Option("--asymmetry", metavar="FILE", help="A measured asymmetry: CSV with E [GeV],A [1]; or -."),
    ] = None,
    m_nu: Annotated[str, typer.Option("--m-nu", metavar="MASS", help="Mass of the neutrinos.")] = (
        f"{digits.plain(printed.M_NU / const.eV)} eV"
    ),
    json: shared.Json = None,
    csv: shared.Csv = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """The neutrino-induced shift of a_mu against the positron's energy, with every definition of its average.

    Computes what the hypothesis of Carneiro and Sobrinho says and what each of its printed numbers is; it is not
    an endorsement. The curve goes to --csv, the picture to g2-predict.png unless --plot says where.

    \b
    Examples:
      nudipole g2 predict
      nudipole g2 predict --window 1.7..3.1GeV --coefficient modern
      nudipole g2 predict --asymmetry measured.csv --json -
    """
    quiet = shared.one_stdout(json, csv)
    shared.check_outputs(json=json, csv=csv, plot=plot, force=force)
    picture = shared.picture(plot, "g2-predict.png", no_plot=no_plot, quiet=quiet)

    ends = shared.span("--window", window, "GeV")
    mass = shared.quantity("--m-nu", m_nu, "eV")
    given = None if asymmetry is None else _asymmetry(asymmetry)
    from nudipole.muon_g2.shift.predicted import predicted

    result = predicted(window=ends, coefficient=coefficient, asymmetry=given, m_nu=mass)
    if picture is not None:
        from nudipole import plots

        plots.save(plots.g2_predict(result), picture)
    if json is not None:
        shared.write_json(result.to_json(), json)
    if csv is not None:
        shared.write_text(result.to_csv(), csv)
    if not quiet:
        typer.echo(_text(result))
        if picture is not None:
            typer.echo(f"picture: {picture}")


def _asymmetry(file: str) -> TabulatedAsymmetry:
    from nudipole.muon_g2.decay.response import read_asymmetry

    if file != "-":
        note_read(file)
    try:
        text = sys.stdin.buffer.read().decode() if file == "-" else Path(file).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(file, "", "is not a text file: write CSV with the columns E [GeV],A [1]") from None
    return read_asymmetry(text, name=file)


def _text(result: Predicted) -> str:
    from nudipole.muon_g2.decay import precession
    from nudipole.muon_g2.shift import conjecture
    from nudipole.muon_g2.shift.predicted import COEFFICIENTS

    modern, used = digits.number(conjecture.COEFFICIENT, 4), digits.plain(COEFFICIENTS[result.coefficient], 4)
    lines = ["neutrino-induced shift of a_mu (Carneiro and Sobrinho, 2023): delta a_mu = k f, f = 1 - E/E_mu", ""]
    lines.append(f"k           {_PRINTED} printed, {modern} with modern constants; used: {used}")
    lines.append(
        f"mu_nu       {digits.number(conjecture.MOMENT_PER_MASS * const.eV, 4)} mu_B per eV of neutrino mass, Eq. (4)"
    )
    lines += ["", f"{'to explain':<36}{'a_mu [1e-11]':>14}   {'f':>6} {'1 sd':>17}   {'E [GeV]':>7} {'1 sd':>15}"]
    for one in result.explained:
        difference = one.difference
        label = f"{difference.measurement.label} - {difference.prediction.label}"
        size = f"{1e11 * difference.value:.0f} +- {1e11 * difference.error:.0f}"
        f, E = one.f, [energy / 1e3 for energy in one.E]
        lines.append(
            f"{label:<36}{size:>14}   {f[0]:>6.3f} {f'{f[1]:.3f} .. {f[2]:.3f}':>17}   {E[0]:>7.2f} "
            f"{f'{E[2]:.2f} .. {E[1]:.2f}':>15}"
        )
    mean, spread = (1e6 * value for value in printed.AVERAGE)
    lines += [
        "",
        f"{'average of delta a_mu/a_mu [ppm]':<40}{'window [GeV]':<14}{'mean':>6}{'spread':>9}  from that of 2025",
    ]
    away = result.away(printed.AVERAGE[0])
    lines.append(f"{'as printed':<40}{' - '.join(_WINDOW):<14}{mean:>6.2f}{spread:>9.2f}{away:>8.1f} sd")
    lines.append("the curve A d/<A>, unweighted: the spread is that of the curve, not an error")
    lines += [_average(one, result) for one in result.averages if one.group == "paper"]
    lines.append("what fits would see")
    lines += [_average(one, result) for one in result.averages if one.group == "fit"]
    p_model, p_constant, delta = result.chi2
    lines += ["", "fits of the paper to 9 bins   chi2/dof    p"]
    of_model, of_constant = (f"{chi2}/{printed.DOF}" for chi2 in (printed.CHI2_MODEL, printed.CHI2_CONSTANT))
    lines.append(f"energy-dependent              {of_model:<10}{p_model:.3f}")
    better = f"better by {delta:.1f}; nearer to 1 is not better"
    lines.append(f"constant                      {of_constant:<10}{p_constant:.3f}   {better}")
    lines += [
        "",
        f"angular frequencies in {precession.B_RING:.3f} T, m_nu = {digits.plain(result.m_nu / const.eV)} eV [rad/s]",
    ]
    lines += [f"{name:<40}{digits.number(value):>12}" for name, value in result.frequencies.items()]
    lines.append("")
    lines.append(
        "precession of the neutrinos changes the positron's density matrix by "
        f"{result.no_signalling:.0e} (rounding): no effect, whatever its size"
    )
    return "\n".join(lines)


def _average(one: Average, result: Predicted) -> str:
    spread = "" if one.spread is None else f"{1e6 * one.spread:.2f}"
    if one.mean != one.mean:
        mean, away = "none", ""
    else:
        mean, away = f"{1e6 * one.mean:.2f}", f"{result.away(one.mean):.1f} sd"
    return f"  {one.name:<38}{f'{one.low / 1e3:.1f} - {one.high / 1e3:.1f}':<14}{mean:>6}{spread:>9}{away:>11}"
