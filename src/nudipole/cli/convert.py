"""nudipole convert"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nudipole import digits
from nudipole.cli import shared

if TYPE_CHECKING:
    from nudipole.predictions import ConvertedLimit


def convert(
    limit: Annotated[str, typer.Argument(metavar="MU_EFF", help="A limit on the effective moment [mu_B].")],
    beam: Annotated[
        str,
        typer.Option(
            "--beam",
            metavar="BEAM",
            help="reactor, accelerator, pion-decay-at-rest, solar-pp, solar-7Be, solar-8B, solar-vacuum; or an "
            "experiment, whose recoils weigh its beam.",
            autocompletion=shared.beam_names,
        ),
    ] = "solar-pp",
    oscillation: shared.Oscillation = None,
    json: shared.Json = None,
    force: shared.Force = False,
) -> None:
    """What a limit on the effective moment of a beam means for moments of flavours, mass states and pairs.

    Each of the numbers holds with all other moments zero. Beside those of a solar beam stand the ones with vacuum
    weights |U_ek|^2, as Borexino has them.

    \b
    Examples:
      nudipole convert 6.4e-12 --beam xenonnt-2022
      nudipole convert 2.9e-11 --beam reactor
      nudipole convert 2.8e-11 --beam solar-7Be --json -
    """
    quiet = shared.one_stdout(json)
    shared.check_outputs(json=json, force=force)
    try:
        value = shared.quantity("MU_EFF", f"{float(limit)} mu_B", "mu_B")
    except ValueError:
        value = shared.quantity("MU_EFF", limit, "mu_B")
    with shared.progress("convert") as step:
        step(f"folding {beam}")
        shared.prepare()
        from nudipole import predictions

        found = predictions.convert(value, beam=beam, oscillation=oscillation)
    if json is not None:
        shared.write_json(found.to_json(), json)
    if not quiet:
        typer.echo(_text(found))


def _text(found: ConvertedLimit) -> str:
    from nudipole.predictions.conversion import KINDS, NOTES

    lines = [f"mu_eff < {digits.number(found.mu_eff)} mu_B, {found.beam.words} (mixing {found.oscillation.name})"]
    vacuum = any(row.vacuum is not None for row in found.rows)
    for kind, meaning in KINDS.items():
        lines += ["", f"{meaning:<42}{'weight':>9}{'limit':>12}" + (f"{'vacuum weights':>18}" if vacuum else "")]
        for row in (row for row in found.rows if row.kind == kind):
            beside = "" if row.vacuum is None else f"{digits.number(row.vacuum):>18}"
            lines.append(
                f"  |{row.symbol}|{'':<{38 - len(row.symbol)}}{row.weight:>9.4f}{_bound(row.limit):>12}{beside}"
            )
    for name, words in (("dirac", "each row of lambda, Dirac"), ("majorana", "Lambda, Majorana")):
        lines += ["", f"quadratic form of {words}, mass basis: mu_eff^2 = v^+ M v, M ="]
        lines += ["  " + "".join(f"{_entry(complex(value)):>18}" for value in row) for row in found.form[name]]
    return "\n".join([*lines, "", *(f"note  {note}" for note in NOTES)])


def _bound(value: float) -> str:
    return "none" if value == float("inf") else digits.number(value)


def _entry(value: complex) -> str:
    real, imaginary = digits.fixed(value.real, 4), digits.fixed(value.imag, 4)
    return real if float(imaginary) == 0 else f"{real}{'' if imaginary.startswith('-') else '+'}{imaginary}i"
