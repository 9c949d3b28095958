"""A number and a unit: what they are worth in MeV with hbar = c = 1, and refusals that say what to write."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from nudipole import constants as const
from nudipole.errors import UnitError, likely
from nudipole.units import spelling

_QUANTITY = re.compile(r"^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*$")
# Names with small powers, joined by spaces, * and /; nothing that could make the parser compute.
_TERM = r"(?:[A-Za-z_]+|%)(?:(?:\^|\*\*)-?\d(?:\.\d)?)?"
_TERMS = rf"{_TERM}(?:(?: ?[*/] ?| ){_TERM})*"
_UNIT = re.compile(rf"^(?:1 ?/ ?)?(?:{_TERMS}(?: ?/ ?\({_TERMS}\))?|\({_TERMS}\))$")
_EXAMPLES = {
    "": "0.02 or 2 %",
    "kg s": "1.16 t yr",
    "1/(t yr keV)": "16 events/(t yr keV)",
    "mu_B": "1e-11 mu_B",
}
#: What is probably meant by a unit that is none.
_USUAL = (
    *("eV", "keV", "MeV", "GeV", "mu_B", "e", "%", "g", "kg", "t", "fm", "cm", "m", "km", "ns", "us", "ms", "s"),
    *(
        "h",
        "d",
        "yr",
        "Hz",
        "kHz",
        "rad",
        "mrad",
        "W",
        "MW",
        "GW",
        "Bq",
        "kBq",
        "MBq",
        "Ci",
        "kCi",
        "MCi",
        "kg d",
        "t yr",
        "t d",
    ),
)
#: Mass of an atom of 1H [u]: targets of inverse beta decay are counted in free protons.
_HYDROGEN = 1.00782503224
#: Symbols and names, with what they multiply by.
_PREFIXES = {
    "f": 1e-15,
    "p": 1e-12,
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    "c": 1e-2,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "P": 1e15,
    "femto": 1e-15,
    "pico": 1e-12,
    "nano": 1e-9,
    "micro": 1e-6,
    "milli": 1e-3,
    "centi": 1e-2,
    "kilo": 1e3,
    "mega": 1e6,
    "giga": 1e9,
    "tera": 1e12,
    "peta": 1e15,
}
_LENGTH, _MASS, _TIME, _CURRENT = ({f"[{name}]": 1.0} for name in ("length", "mass", "time", "current"))
_ENERGY = {"[mass]": 1.0, "[length]": 2.0, "[time]": -2.0}
_FIELD = {"[mass]": 1.0, "[time]": -2.0, "[current]": -1.0}
#: Symbol, names and what they are worth in kg, m, s and A; all take prefixes, and those of three letters an s.
_UNITS: dict[str, tuple[float, dict[str, float]]] = {
    name: (worth, dimensions)
    for names, worth, dimensions in (
        ("m meter metre", 1.0, _LENGTH),
        ("s second", 1.0, _TIME),
        ("g gram", 1e-3, _MASS),
        ("A ampere", 1.0, _CURRENT),
        ("J joule", 1.0, _ENERGY),
        ("W watt", 1.0, _ENERGY | {"[time]": -3.0}),
        ("eV electron_volt", const.e_charge, _ENERGY),
        ("T tesla", 1.0, _FIELD),
        ("G gauss", 1e-4, _FIELD),
        ("t tonne ton", 1e3, _MASS),
        ("protons proton", const.atomic_mass / const.kg * _HYDROGEN, _MASS),
        ("min minute", 60.0, _TIME),
        ("h hour", 3600.0, _TIME),
        ("d day", 86400.0, _TIME),
        ("yr year a", 365.25 * 86400.0, _TIME),
        ("L liter", 1e-3, {"[length]": 3.0}),
        ("barn", 1e-28, {"[length]": 2.0}),
        ("% percent", 0.01, {}),
        ("e elementary_charge", const.e_charge, {"[current]": 1.0, "[time]": 1.0}),
        ("mu_B bohr_magneton", const.mu_B * 1e6 * const.e_charge, {"[current]": 1.0, "[length]": 2.0}),
        ("Bq becquerel", 1.0, {"[time]": -1.0}),
        ("Ci curie", 3.7e10, {"[time]": -1.0}),
        ("PE photoelectron", 1.0, {"[photoelectron]": 1.0}),
        ("rad radian", 1.0, {}),
        ("deg degree", 0.017453292519943295, {}),
    )
    for name in names.split()
}
_BASE = {
    "[length]": 100 * const.cm,
    "[mass]": const.kg,
    "[time]": const.second,
    "[current]": None,
}
_PIECES = re.compile(r"([*/()]| )|([A-Za-z_]+|%|1)(?:(?:\^|\*\*)(-?\d(?:\.\d)?))?")


class _Unit(NamedTuple):
    """What a unit is worth in kg, m, s and A, and the powers of its dimensions."""

    worth: float
    dimensionality: dict[str, float]


def _named(name: str) -> tuple[float, dict[str, float]]:
    """One name, as it is, with a prefix, as a plural, or with both."""
    # A symbol has no plural: "as" are no years.
    plural = [name.removesuffix("s")] if name.endswith("s") and len(name) > 3 else []
    for spelled in (name, *plural):
        if spelled in _UNITS:
            return _UNITS[spelled]
        for prefix, factor in _PREFIXES.items():
            if spelled.startswith(prefix) and spelled[len(prefix) :] in _UNITS:
                worth, dimensions = _UNITS[spelled[len(prefix) :]]
                return factor * worth, dimensions
    raise KeyError(name)


def _parsed(text: str) -> _Unit:
    """Products and quotients from left to right; what follows / in brackets is all below."""
    worth, dimensions = 1.0, dict[str, float]()
    side, below = 1.0, False
    for mark, name, power in _PIECES.findall(text):
        if mark == "/":
            side = -1.0
        elif mark == "(":
            below = side < 0
        elif mark == ")":
            below = False
        elif name:
            one, of = _named(name) if name != "1" else (1.0, {})
            exponent = (-1.0 if below else side) * float(power or 1)
            worth *= one**exponent
            for dimension, own in of.items():
                dimensions[dimension] = dimensions.get(dimension, 0.0) + exponent * own
            side = 1.0
    return _Unit(worth, {name: power for name, power in dimensions.items() if power})


@cache
def _unit(text: str, written: str = "") -> _Unit:
    """A unit in the spelling that is parsed; messages have it as it is written."""
    written = written or text
    close = likely(written, _USUAL)
    remedy = (f"did you mean {close!r}? " if close else "") + "write one such as keV, t yr, 1/(t yr keV) or mu_B"
    if len(text) > 60 or not _UNIT.match(text):
        remedy = "write one number with one unit" if re.search(r"[,;] ?\d", text) else remedy
        raise UnitError(f"{written[:40]!r} is not a unit: {remedy}")
    try:
        return _parsed(text)
    except (KeyError, OverflowError) as error:
        raise UnitError(f"{written!r} is not a unit: {remedy}") from error


@cache
def in_internal(unit: str, light_yield: float | None = None) -> float:
    """Internal value of one `unit`: powers of MeV; but 1 for mu_B and e, the units of moments and charges.

    Parameters
    ----------
    unit : str
    light_yield : float, optional
        Photoelectrons for an energy [MeV^-1], for units with PE.

    Returns
    -------
    float

    Raises
    ------
    UnitError
        For what is no unit, or is in no powers of MeV.

    Examples
    --------
    >>> in_internal("keV"), in_internal("PE", 2e4)
    (0.001, 5e-05)
    """
    if unit in ("", "1"):
        return 1.0
    size, text, _ = spelling.unit(unit[:200])
    parsed = _unit(text, unit)
    for kept in ("mu_B", "e"):
        if parsed.dimensionality == _unit(kept).dimensionality:
            return float(f"{size * parsed.worth / _unit(kept).worth:.15g}")
    factor, energies = parsed.worth, 1.0
    for dimension, power in parsed.dimensionality.items():
        scale = _BASE.get(dimension)
        if dimension == "[photoelectron]":
            if light_yield is None:
                raise UnitError("PE needs detector.light_yield, for example 13.35 1/keV")
            energies = light_yield ** -float(power)
            continue
        if scale is None:
            raise UnitError(f"{unit!r} cannot be expressed in powers of MeV: write a unit of energy, length or time")
        factor *= scale ** float(power)
    # Energies are so common that the rounding of a trip through joules would show: 1 keV is 0.001 MeV.
    return float(f"{size * factor:.14g}") * energies


def parse(value: object, like: str, light_yield: float | None = None) -> float:
    """Internal value of a quantity written with a unit, such as ``"30 keV"``.

    Units may be spelled as in papers, such as ``"1.16 t·yr"``, ``"0.3 keVee"``, ``"0.04 dru"`` or ``"cm⁻² s⁻¹"``.

    Parameters
    ----------
    value : str
        A number followed by a unit of the same kind as `like`.
    like : str
        A unit of the right kind; ``""`` for a pure number (which may be written in per cent); ``"keVnr"`` for an energy
        of a nuclear recoil, which is no other energy.
    light_yield : float, optional
        Photoelectrons for an energy [MeV^-1], for quantities in PE.

    Returns
    -------
    float

    Raises
    ------
    UnitError
        If the unit is missing, unknown or of another kind.

    Examples
    --------
    >>> parse("1.5 keV", "MeV")
    0.0015
    >>> parse("2 %", "")
    0.02
    >>> parse(1.5, "keV")
    Traceback (most recent call last):
    nudipole.errors.UnitError: a unit is missing: write for example '3 keV' (got 1.5)
    """
    example = _EXAMPLES.get(like, f"3 {like}")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UnitError(f"write a number with a unit, for example {example!r} (got {value!r})")
    if not isinstance(value, str):
        if like == "":
            return _finite(value)
        raise UnitError(f"a unit is missing: write for example {example!r} (got {value!r})")
    spelled = spelling.number(value) if len(value) <= 100 else ""
    match = _QUANTITY.match(spelled)
    if match is None:
        raise UnitError(f"write a number with a unit, for example {example!r} (got {value[:40]!r})")
    number, text = _finite(match.group(1)), match.group(2)
    if text == "":
        return parse(number, like)
    _, written, of = spelling.unit(text)
    unit, due = _unit(written, text), _kind(like)
    if of == "nr" and like != "keVnr":
        message = "is an energy of nuclear recoils: write what is reconstructed, after the quenching, in keV"
        raise UnitError(f"{value!r} {message} (where recoils are not quenched it is the same number)")
    if of == "ee" and like == "keVnr":
        raise UnitError(
            f"{value!r} is an electron-equivalent energy: that of the nuclear recoil is due, in keV or keVnr"
        )
    if _in_energy(unit.dimensionality) != due:
        kind = f"a quantity such as {example!r}" if like else "a pure number"
        raise UnitError(f"{value!r} has the wrong unit: {kind} is due")
    return number * in_internal(text, light_yield)


def _kind(like: str) -> dict[str, float]:
    """Dimensions of a kind of quantity."""
    return _in_energy(_unit(spelling.unit(like)[1] if like else "rad").dimensionality)


def _in_energy(dimensions: Mapping[str, float]) -> dict[str, float]:
    """Dimensions with photoelectrons as the energies that they stand for."""
    found = {name: float(power) for name, power in dimensions.items()}
    count = found.pop("[photoelectron]", 0.0)
    for name, power in _unit("keV").dimensionality.items() if count else ():
        found[name] = found.get(name, 0.0) + count * float(power)
    return {name: power for name, power in found.items() if abs(power) > 1e-9}


def _finite(number: str | int | float) -> float:
    try:
        value = float(number)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise UnitError(f"{str(number)[:40]} is not a number to compute with: write a finite one")
    return value


def express(value: float, unit: str) -> float:
    """`value` (internal) as a number, in `unit`.

    Parameters
    ----------
    value : float
    unit : str

    Returns
    -------
    float

    Raises
    ------
    UnitError
        As for `in_internal`.

    Examples
    --------
    >>> express(0.0015, "keV")
    1.5
    """
    return value / in_internal(unit)
