"""Quantities of stars as people write them: kelvin and ergs beside the units of the rest of the package."""

from __future__ import annotations

import math
import re
from typing import Any

from nudipole import constants as const
from nudipole import units
from nudipole.errors import ArgumentError, NudipoleError

_QUANTITY = re.compile(r"^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S.*?)?\s*$")
#: A power without its sign, as in g/cm3.
_POWER = re.compile(r"([A-Za-z])(-?\d)")
#: Units that are no powers of MeV, or that are written in ergs: which of the units of `read` each is, times what.
_OWN = {
    "K": ("K", 1.0),
    "kK": ("K", 1e3),
    "MK": ("K", 1e6),
    "GK": ("K", 1e9),
    "erg/s": ("erg/s", 1.0),
    "W": ("erg/s", 1e7),
    "erg/g/s": ("erg/(g s)", 1.0),
    "erg/(g s)": ("erg/(g s)", 1.0),
    "mag": ("mag", 1.0),
    "eV^-2": ("eV^-2", 1.0),
    "1/eV^2": ("eV^-2", 1.0),
    "s/eV": ("s/eV", 1.0),
}
#: An example of each.
_EXAMPLES = {
    "K": "1e8K",
    "MeV": "30MeV",
    "GeV": "100GeV",
    "eV": "0.05eV",
    "g/cm^3": "1e6g/cm3",
    "cm^3": "4.2e18cm3",
    "cm^2": "1e-32cm2",
    "km": "10km",
    "s": "1e19s",
    "mu_B": "1e-12 or 1e-12mu_B",
    "e": "1e-14 or 1e-14e",
    "1": "0.5",
    "erg/s": "1e53erg/s",
    "erg/(g s)": "1e19erg/g/s",
    "mag": "-4.03",
    "eV^-2": "1e-11eV^-2",
    "s/eV": "7e9s/eV",
}
#: Units that may be left out.
_OPTIONAL = ("1", "mu_B", "e", "mag")


def read(
    argument: str, value: Any, unit: str, *, low: float = 0.0, high: float = math.inf, ends: bool = False
) -> float:
    """A number in `unit`.

    Parameters
    ----------
    argument : str
        What the caller calls it, for messages.
    value : float or str
        A number is in `unit`; a text has a unit of the same kind, which only pure numbers, moments and charges may
        leave out. Temperatures may be in kelvin or as energies.
    unit : str
        One of K, MeV, GeV, eV, g/cm^3, cm^3, cm^2, km, s, mu_B, e, 1, erg/s, erg/(g s), mag, eV^-2, s/eV.
    low, high : float
        Ends of what has a meaning [unit].
    ends : bool
        Whether they are allowed.

    Returns
    -------
    float

    Raises
    ------
    ArgumentError
        If it is no such number, or out of range.

    Examples
    --------
    >>> read("temperature", "1e8K", "K"), read("density", "1e6g/cm3", "g/cm^3")
    (100000000.0, 1000000.0)
    >>> f"{read('temperature', '30 MeV', 'K'):.4g}"
    '3.481e+11'
    """
    number = _number(argument, value, unit)
    inside = low <= number <= high if ends else low < number < high
    if not (math.isfinite(number) and inside):
        raise ArgumentError(argument, value, _must(low, high, unit, ends))
    return number


def _must(low: float, high: float, unit: str, ends: bool) -> str:
    named = "" if unit == "1" else f" {unit}"
    if high == math.inf:
        return f"must be {'at least' if ends else 'more than'} {low:g}{named} and finite"
    if low == -math.inf:
        return f"must be finite and {'at most' if ends else 'less than'} {high:g}{named}"
    return f"must lie {'within' if ends else 'between'} {low:g} and {high:g}{named}"


def _number(argument: str, value: Any, unit: str) -> float:
    example = f"write it with its unit, such as {_EXAMPLES[unit]}"
    if unit in _OPTIONAL:
        example = f"write a number, such as {_EXAMPLES[unit]}"
    if isinstance(value, bool) or value is None:
        raise ArgumentError(argument, value, example)
    if not isinstance(value, str):
        try:
            return float(value)
        except (TypeError, ValueError):
            raise ArgumentError(argument, str(value)[:40], example) from None
    match = _QUANTITY.match(value) if len(value) <= 60 else None
    if match is None:
        raise ArgumentError(argument, value[:60], example)
    number, written = float(match[1]), match[2] or ""
    if not written and unit not in _OPTIONAL:
        raise ArgumentError(argument, value, f"a unit is missing: {example}")
    if not written:
        return number
    text = _POWER.sub(r"\1^\2", written)
    if text in _OWN:
        kind, factor = _OWN[text]
        if kind == unit:
            return number * factor
        if kind == "K" and unit in ("MeV", "GeV"):
            return number * factor * const.k_B / units.in_internal(unit)
        raise ArgumentError(argument, value, f"has the wrong unit: {example}")
    if unit in ("erg/s", "erg/(g s)", "mag", "eV^-2", "s/eV"):
        raise ArgumentError(argument, value, f"has the wrong unit: {example}")
    like = {"K": "MeV", "1": ""}.get(unit, unit)
    try:
        internal = units.parse(f"{match[1]} {text}", like)
    except NudipoleError:
        raise ArgumentError(argument, value, f"has the wrong unit: {example}") from None
    if unit == "K":
        return internal / const.k_B
    return internal if unit in ("mu_B", "e", "1") else internal / units.in_internal(unit)
