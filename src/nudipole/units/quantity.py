"""A number and a unit: what they are worth in MeV with hbar = c = 1, and refusals that say what to write."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any

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
_DEFINITIONS = f"""
femto- = 1e-15 = f-
pico- = 1e-12 = p-
nano- = 1e-9 = n-
micro- = 1e-6 = u-
milli- = 1e-3 = m-
centi- = 1e-2 = c-
kilo- = 1e3 = k-
mega- = 1e6 = M-
giga- = 1e9 = G-
tera- = 1e12 = T-
peta- = 1e15 = P-
meter = [length] = m = metre
second = [time] = s
gram = [mass] = g
ampere = [current] = A
joule = kilogram * meter ** 2 / second ** 2 = J
watt = joule / second = W
electron_volt = {const.e_charge} * joule = eV
tesla = kilogram / second ** 2 / ampere = T
gauss = 1e-4 * tesla = G
tonne = 1e3 * kilogram = t = ton
proton = {const.atomic_mass / const.kg * _HYDROGEN} * kilogram = protons
minute = 60 * second = min
hour = 60 * minute = h
day = 24 * hour = d
year = 365.25 * day = yr = a
liter = 1e-3 * meter ** 3 = L
barn = 1e-28 * meter ** 2
percent = 0.01 = %
elementary_charge = {const.e_charge} * ampere * second = e
mu_B = {const.mu_B * 1e6 * const.e_charge} * joule / tesla = bohr_magneton
becquerel = 1 / second = Bq
curie = 3.7e10 * becquerel = Ci
photoelectron = [photoelectron] = PE
radian = [] = rad
degree = 0.017453292519943295 * radian = deg
"""
_BASE = {
    "[length]": 100 * const.cm,
    "[mass]": 1e-3 * const.kg,  # pint's own base unit is the gram
    "[time]": const.second,
    "[current]": None,
}


@cache
def _registry() -> Any:
    """One pint registry a process, with the units of this field only: that takes milliseconds to build.

    pint itself is imported here because it takes longer than everything else in this module.
    """
    import pint

    registry: Any = pint.UnitRegistry(None)
    registry.load_definitions(_DEFINITIONS.splitlines())
    return registry


@cache
def _unit(text: str, written: str = "") -> Any:
    """Unit of pint in the spelling that is parsed; messages have it as it is written."""
    written = written or text
    close = likely(written, _USUAL)
    remedy = (f"did you mean {close!r}? " if close else "") + "write one such as keV, t yr, 1/(t yr keV) or mu_B"
    if len(text) > 60 or not _UNIT.match(text):
        remedy = "write one number with one unit" if re.search(r"[,;] ?\d", text) else remedy
        raise UnitError(f"{written[:40]!r} is not a unit: {remedy}")
    try:
        unit = _registry().parse_units(text)
        one, two = (_registry().Quantity(number, unit).to_base_units().magnitude for number in (1.0, 2.0))
    except Exception as error:
        raise UnitError(f"{written!r} is not a unit: {remedy}") from error
    if not math.isclose(two, 2 * one):  # decibels, degrees Celsius
        raise UnitError(f"{written!r} is not a unit to multiply with: {remedy}")
    return unit


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
            return float(size * _registry().Quantity(1.0, parsed).to(kept).magnitude)
    base = _registry().Quantity(1.0, parsed).to_base_units()
    factor, energies = float(base.magnitude), 1.0
    for dimension, power in base.dimensionality.items():
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


def _kind(like: str) -> Any:
    """Dimensions of a kind of quantity."""
    return _in_energy(_unit(spelling.unit(like)[1] if like else "rad").dimensionality)


def _in_energy(dimensions: Any) -> dict[str, float]:
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
