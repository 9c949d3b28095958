"""The methods by which a limit is found: their options, and what they rest on in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nudipole import digits
from nudipole.errors import NudipoleError

if TYPE_CHECKING:
    from nudipole.experiments.limit import MonteCarlo

BY_TOYS = ("feldman-cousins", "cls")

Construction = Annotated[
    str | None,
    typer.Option(
        "--construction",
        help="asymptotic: unified (default), one-sided, delta-chi2, cls or one-sided-boundary.",
    ),
]
Toys = Annotated[
    int | None, typer.Option("--toys", min=1, help="Toys at every tested value, at least; 2000 by default.")
]
Precision = Annotated[
    float | None,
    typer.Option("--precision", help="Relative error of mu^2 until which toys are added; 0.01 by default."),
]


def check_options(method: str, methods: tuple[str, ...], options: Mapping[str, tuple[object, tuple[str, ...]]]) -> None:
    """No option is ignored: each that is given belongs to the method.

    Parameters
    ----------
    method : str
    methods : tuple of str
        Those of the command: of another one its name is wrong, not the options.
    options : mapping
        By option what was given, or None, and the methods that it belongs to.
    """
    for option, (value, owners) in options.items():
        if value is not None and method not in owners and method in methods:
            belongs = owners[0] if len(owners) == 1 else f"{', '.join(owners[:-1])} or {owners[-1]}"
            raise NudipoleError(f"{option} says nothing about --method {method}, but about {belongs}: leave it out")


def given(**settings: Any) -> dict[str, Any]:
    """Those settings that are not left to their defaults."""
    return {name: value for name, value in settings.items() if value is not None}


def counted_in_words(few_counts: str, found: MonteCarlo | None, unit: str = "") -> list[str]:
    """What a construction by toys or enumeration rests on, and why asymptotic ones may be off, in lines."""
    lines = [] if found is None else ["", _toys(found, unit)]
    if few_counts:
        lines.append(f"few counts  {few_counts}: asymptotic constructions may be off by a twentieth and more")
    return lines


def _toys(found: MonteCarlo, unit: str) -> str:
    if found.exact:
        return f"exact       every outcome enumerated, {found.outcomes} at most: nothing is random"
    careful = f", {found.careful} fits with care" if found.careful else ""
    error = f"error of the upper end {digits.number(found.upper_error, 2)} {unit}".rstrip()
    return f"toys        {found.toys} (seed {found.seed}){careful}; {error}"
