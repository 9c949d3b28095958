"""nudipole g2 predict"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nudipole import constants as const
from nudipole import digits
from nudipole.cli import shared, stems
from nudipole.errors import InputError, NudipoleError
from nudipole.files import note_read
from nudipole.muon_g2.shift import printed

if TYPE_CHECKING:
    from nudipole.muon_g2.decay.response import TabulatedAsymmetry
    from nudipole.muon_g2.shift.averages import Average
    from nudipole.muon_g2.shift.equations import Claim
    from nudipole.muon_g2.shift.moments import GivenMoments
    from nudipole.muon_g2.shift.predicted import Predicted

_WINDOW = tuple(f"{E / 1e3:.1f}" for E in printed.WINDOW)
_PRINTED = digits.plain(printed.COEFFICIENT)
_M_NU = f"{digits.plain(printed.M_NU / const.eV)} eV"


def predict(
    context: typer.Context,
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
        typer.Option(
            "--asymmetry",
            metavar="FILE",
            help="A measured asymmetry: CSV with E [GeV],A [1] and, if there is, error [1]; or -. Those of Brookhaven "
            "and Fermilab are published as figures only.",
        ),
    ] = None,
    m_nu: Annotated[
        str | None,
        typer.Option(
            "--m-nu",
            metavar="MASS",
            help=f"Mass of the neutrinos, of the lightest with --neutrino: {_M_NU} unless given there.",
        ),
    ] = None,
    f: Annotated[float, typer.Option("--f", help="Energy fraction of the neutrinos, for the equations.")] = 0.35,
    neutrino: Annotated[
        str | None,
        typer.Option(
            "--neutrino",
            metavar="MODEL|FILE.yaml",
            help="Dirac neutrinos with other moments: a model or a file.",
            autocompletion=shared.model_names,
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", "-s", metavar="NAME=VALUE", help="A parameter of the model with its unit; repeatable."),
    ] = None,
    spin_plot: Annotated[
        Path | None,
        typer.Option("--spin-plot", metavar="FILE", help="Where a picture of spin against positron goes."),
    ] = None,
    json: shared.Json = None,
    csv: shared.Csv = None,
    plot: shared.Plot = None,
    no_plot: shared.NoPlot = False,
    force: shared.Force = False,
) -> None:
    """The neutrino-induced shift of a_mu against the positron's energy, with every definition of its average.

    Computes every equation and number of Carneiro and Sobrinho, and says which come out; it is not an endorsement. The
    curve goes to --csv, the picture to g2-predict.png, with options g2-predict-OPTIONS.png, unless --plot says where.

    \b
    Examples:
      nudipole g2 predict
      nudipole g2 predict --window 1.7..3.1GeV --coefficient modern
      nudipole g2 predict --asymmetry measured.csv --json -
      nudipole g2 predict --neutrino my_dirac_neutrino.yaml --m-nu 0.05eV --spin-plot spin.png
    """
    quiet = shared.one_stdout(json, csv)
    shared.check_outputs(json=json, csv=csv, plot=plot, force=force)
    if spin_plot is not None:
        shared.check_output(spin_plot, "--spin-plot")
    picture = shared.picture(plot, f"{stems.stem_asked(context, 'g2-predict')}.png", no_plot=no_plot, quiet=quiet)

    ends = shared.span("--window", window, "GeV")
    mass = None if m_nu is None else shared.quantity("--m-nu", m_nu, "eV")
    given = None if asymmetry is None else _asymmetry(asymmetry)
    moments = _moments(neutrino, values, mass)
    if mass is None:
        mass = printed.M_NU if moments is None else min(moments.masses)
    from nudipole.muon_g2.shift.predicted import predicted

    result = predicted(window=ends, coefficient=coefficient, asymmetry=given, m_nu=mass, f=f, given=moments)
    if spin_plot is not None:
        from nudipole import plots
        from nudipole.muon_g2.decay.spin_correlation import spin_correlation
        from nudipole.plots.g2.spin import spin_and_positron

        plots.save(spin_and_positron(spin_correlation()), spin_plot)
    if picture is not None:
        from nudipole import plots

        plots.save(plots.g2_predict(result), picture)
    if json is not None:
        shared.write_json(result.to_json(), json)
    if csv is not None:
        shared.write_text(result.to_csv(), csv)
    if not quiet:
        typer.echo(_text(result))
        for target in (picture, spin_plot):
            if target is not None:
                typer.echo(f"picture: {target}")


def _moments(neutrino: str | None, values: list[str] | None, mass: float | None) -> GivenMoments | None:
    assigned = shared.assignments(values)
    if neutrino is None:
        if assigned:
            raise NudipoleError("--set is for a model: write --neutrino MODEL, too")
        return None
    from nudipole.experiments.neutrino import described
    from nudipole.muon_g2.shift.moments import given_moments

    found = described(neutrino, assigned, m_lightest=None if mass is None else mass / const.eV)
    if mass is None and not found.m_lightest > 0:
        found = described(neutrino, assigned, m_lightest=printed.M_NU / const.eV)
    return given_moments(found.neutrino, found.oscillation, found.m_lightest * const.eV, found.name)


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

    blocks = (
        _header(result), _equations(result), _curves(), _explained(result), _averages(result), _figure2(result),
    )  # fmt: skip
    lines = [line for block in blocks for line in (*block, "")]
    lines.append(
        f"angular frequencies in {precession.B_RING:.3f} T, m_nu = {digits.plain(result.m_nu / const.eV)} eV [rad/s]"
    )
    lines += [f"{name:<40}{digits.number(value):>12}" for name, value in result.frequencies.items()]
    lines.append("")
    lines.append(
        "precession of the neutrinos changes the positron's density matrix by "
        f"{result.no_signalling:.0e} (rounding): no effect, whatever its size"
    )
    return "\n".join(lines)


def _header(result: Predicted) -> list[str]:
    from nudipole.muon_g2.decay import precession
    from nudipole.muon_g2.shift import conjecture
    from nudipole.muon_g2.shift.predicted import COEFFICIENTS

    modern, used = digits.number(conjecture.COEFFICIENT, 4), digits.plain(COEFFICIENTS[result.coefficient], 4)
    f, m_nu = result.f, result.m_nu
    lines = [
        "neutrino-induced shift of a_mu (Carneiro and Sobrinho, 2023): delta a_mu = k f, f = 1 - E/E_mu",
        "",
        f"k           {_PRINTED} printed, {modern} with modern constants; used: {used}",
        f"mu_nu       {digits.number(conjecture.MOMENT_PER_MASS * const.eV, 4)} mu_B per eV of neutrino mass, Eq. (4)",
    ]
    of_neutrino = f"mu_nu = {digits.number(conjecture.mu_nu(m_nu), 4)} mu_B"
    boosts = f"gamma_nu = {digits.number(conjecture.gamma_nu(f, m_nu), 4)}, gamma_mu = {precession.gamma_magic:.2f}"
    lines.append(
        f"f = {digits.plain(f)}    m_nu = {digits.plain(m_nu / const.eV)} eV: {of_neutrino}, {boosts}, "
        f"delta a_mu = {digits.number(conjecture.COEFFICIENT * f, 4)}"
    )
    if (given := result.given) is not None:
        moments = ", ".join(digits.number(one) for one in given.moments)
        masses = ", ".join(digits.number(one / const.eV) for one in given.masses)
        lines.append(
            f"{given.name}: moments {moments} mu_B, masses {masses} eV: k = {digits.number(given.coefficient, 4)}, "
            f"{digits.number(given.ratio)} times that of Eq. (7)"
        )
        for one in result.explained:
            f = one.difference.value / given.coefficient if given.coefficient else float("nan")
            fits = "" if 0 <= f <= 1 else ": none is possible"
            label = f"{one.difference.measurement.label} - {one.difference.prediction.label}"
            lines.append(f"  f for {label}: {digits.number(f)}{fits}")
    return lines


def _equations(result: Predicted) -> list[str]:
    heads = f"{'equations and numbers of the paper':<74}{'printed':>9}  {'left, or ours':>13} {'right':>10} {'unit':<6}"
    lines = [heads]
    for one in result.claims:
        lines.append(_claim(one))
    counts: dict[str, int] = {}
    for one in result.claims:
        counts[one.verdict] = counts.get(one.verdict, 0) + 1
    return [*lines, "; ".join(f"{verdict}: {count}" for verdict, count in counts.items())]


def _curves() -> list[str]:
    """Eq. (8) as a curve, and Eqs. (11) and (12) as an evolution."""
    from nudipole.muon_g2.shift import conjecture, entanglement

    def row(name: str, cells: Iterable[float]) -> str:
        return f"{name:<45}" + "".join(f"{digits.fixed(cell, 4):>9}" for cell in cells)

    y = (0.2, 0.4, 0.6, 2 / 3, 0.8, 1.0)
    states = entanglement.evolution((0.0, 0.125, 0.25, 0.5, 0.75, 1.0))
    return [
        row("Eq. (8), y = 2 E/m_mu at rest", y),
        row("  opposite to the spin, 2 y^2 (1 - y)/pi", map(conjecture.against_spin, y)),
        row("  along the spin, y^2/pi", map(conjecture.along_spin, y)),
        row("Eqs. (11), (12), t in periods of the helicity", (one.periods for one in states)),
        row("  probability that a helicity has flipped", (one.flipped for one in states)),
        row("  that the positron goes forward, traced", (one.forward for one in states)),
    ]


def _claim(one: Claim) -> str:
    ours = one.left if one.ours is None else one.ours
    # "right" is that of an equation; of a number it is what the paper's rounded constants give.
    right = one.right if one.ours is None else one.rounded
    shown = "" if right is None else digits.number(right, 4)
    note = f"; {one.note}" if one.note else ""
    return (
        f"{one.where:<9}{one.what:<65}{one.printed or '':>9}  {digits.number(ours, 4):>13} {shown:>10} {one.unit:<6} "
        f"{one.verdict}{note}"
    )


def _explained(result: Predicted) -> list[str]:
    lines = [
        f"{'to explain':<36}{'a_mu [1e-11]':>14} {'ppm':>15}   {'f':>6} {'1 sd':>17}   {'E [GeV]':>7} {'1 sd':>15}"
    ]
    for one in result.explained:
        difference = one.difference
        label = f"{difference.measurement.label} - {difference.prediction.label}"
        size = f"{1e11 * difference.value:.0f} +- {1e11 * difference.error:.0f}"
        ppm = "{:.2f} +- {:.2f}".format(*difference.ppm)
        f, E = one.f, [energy / 1e3 for energy in one.E]
        lines.append(
            f"{label:<36}{size:>14} {ppm:>15}   {f[0]:>6.3f} {f'{f[1]:.3f} .. {f[2]:.3f}':>17}   {E[0]:>7.2f} "
            f"{f'{E[2]:.2f} .. {E[1]:.2f}':>15}"
        )
    return lines


def _averages(result: Predicted) -> list[str]:
    mean, spread = (1e6 * value for value in printed.AVERAGE)
    heads = f"{'average of delta a_mu/a_mu [ppm]':<40}{'window [GeV]':<14}{'mean':>6}{'spread':>9}{'largest at':>11}"
    away = "".join(f"{result.away(printed.AVERAGE[0], which):>8.1f} sd" for which in (0, 1))
    lines = [
        f"{heads}  from that of 2021, 2025",
        f"{'as printed':<40}{' - '.join(_WINDOW):<14}{mean:>6.2f}{spread:>9.2f}{'':>11}{away}",
        "the curve A d/<A>, unweighted: the spread is that of the curve, not an error",
        *(_average(one, result) for one in result.averages if one.group == "paper"),
        "the shift d with a weight: N A and N A^2 are what fits would see",
        *(_average(one, result) for one in result.averages if one.group == "fit"),
    ]
    near = result.nearest
    size = f"{1e6 * near.mean:.2f} +- {1e6 * (near.spread or 0):.2f}"
    return [*lines, f"nearest to the printed {mean:.2f} +- {spread:.2f}: {near.name}, {size}"]


def _average(one: Average, result: Predicted) -> str:
    spread = "" if one.spread is None else f"{1e6 * one.spread:.2f}"
    peak = "" if one.peak is None else f"{one.peak / 1e3:.2f} GeV"
    if one.mean != one.mean:
        mean, away = "none", ""
    else:
        mean = f"{1e6 * one.mean:.2f}"
        away = "".join(f"{result.away(one.mean, which):>8.1f} sd" for which in (0, 1))
    window = f"{one.low / 1e3:.1f} - {one.high / 1e3:.1f}"
    errors = ""
    if one.errors is not None:
        of_mean, of_spread = (digits.number(1e6 * error, 2) for error in one.errors)
        errors = f"   errors of A: mean +- {of_mean}, spread +- {of_spread}"
    return f"  {one.name:<38}{window:<14}{mean:>6}{spread:>9}{peak:>11}{away}{errors}"


def _figure2(result: Predicted) -> list[str]:
    p_model, p_constant, delta = result.chi2
    made = result.generated
    lines = [f"{'fits to nine bins, Fig. 2':<30}{'quoted chi2/dof':<17}{'p':<8}{'nine generated points':<24}p"]
    rows = (
        ("energy-dependent", printed.CHI2_MODEL, p_model, made.model),
        ("constant", printed.CHI2_CONSTANT, p_constant, made.constant),
    )
    for name, chi2, p, ours in rows:
        fitted = f"{digits.fixed(ours.chi2, 2)}/{made.ndof}"
        lines.append(f"{name:<30}{f'{chi2}/{printed.DOF}':<17}{p:<8.3f}{fitted:<24}{ours.p_value:.3f}")
    lines.append(
        f"the constant is better by {delta:.1f}; nearer to 1 is not better. Your points: nudipole g2 test FILE"
    )
    return lines
