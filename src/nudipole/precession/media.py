"""What neutrinos cross: the Sun with a field, a galaxy, or the envelope of a supernova from a table."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path as File
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole import digits, tables
from nudipole.errors import ArgumentError, InputError, NudipoleError, UnknownName
from nudipole.io import beside
from nudipole.mixing.matter_path import Path
from nudipole.precession.fields import UNITS, Field, _column, _increasing, _table, strength

Numbers = NDArray[np.float64]

#: Solar models with densities of electrons and neutrons, and those that tell where neutrinos are born.
MODELS = ("SF3-GS98", "SF3-AGSS09met")
BIRTHS = ("B16-GS98", "B16-AGSS09met", "SF3-GS98", "SF3-AGSS09met", "SF3-AAG21", "SF3-C11", "SF3-MB22m", "SF3-MB22p")
R_SUN = const.R_sun * const.cm
_LENGTHS = {"km": 1e5, "R_sun": const.R_sun, "pc": 3.0856775814913673e18, "kpc": 3.0856775814913673e21}
_LENGTHS |= {"Mpc": 3.0856775814913673e24, "cm": 1.0, "m": 1e2}
_LENGTH = re.compile(r"^\s*(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)\s*([A-Za-z_]+)\s*$")


@dataclass(frozen=True, repr=False)
class Medium:
    """A path that can be cut into any number of cells.

    Attributes
    ----------
    name : str
    words : str
        What it is made of.
    ends : callable
        Ends of a number of cells, from 0 to 1 along the path.
    path : callable
        The path with those ends.
    length : float
        [1/MeV]
    field : float
        Largest [G].
    sharp : bool
        Whether the field has jumps, which need finer cells.
    doubts : tuple of str

    Examples
    --------
    >>> medium("galactic:1uG,10kpc").path(np.array([0.0, 1.0])).largest
    1e-06
    """

    name: str
    words: str
    ends: Callable[[int], Numbers]
    path: Callable[[Numbers], Path]
    length: float
    field: float
    sharp: bool = False
    doubts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Medium({self.name}: {self.words})"


@cache
def densities(model: str = "SF3-GS98") -> tuple[Callable[[Any], Numbers], Callable[[Any], Numbers]]:
    """Electrons and neutrons [mol/cm^3] of a solar model as functions of r/R_sun: cubic splines of their logarithms.

    Parameters
    ----------
    model : str
        Of `MODELS`.

    Returns
    -------
    pair of callables

    Raises
    ------
    UnknownName
        If there is no such model with densities of neutrons.

    References
    ----------
    doi:10.5281/zenodo.10822316

    Examples
    --------
    >>> n_e, n_n = densities()
    >>> round(float(n_e(0.05)), 2), round(float(n_n(0.05)), 2)
    (89.13, 37.03)
    """
    from scipy.interpolate import CubicSpline

    if model not in MODELS:
        raise UnknownName("solar model with densities of neutrons", model, MODELS)
    table = tables.read(f"solar-density-{model.lower()}")
    r = table.column("r", "1")
    splines = [CubicSpline(r, np.log(table.column(name, "mol/cm^3"))) for name in ("n_e", "n_n")]

    def density(spline: Any) -> Callable[[Any], Numbers]:
        return lambda x: np.asarray(np.exp(spline(x)))

    return density(splines[0]), density(splines[1])


def births(component: str, x: Numbers, model: str = "B16-GS98") -> Numbers:
    """Share of a component's neutrinos that is born next to each of the radii.

    The tables have shares of zones; between, their sum is a monotonic cubic curve.

    Parameters
    ----------
    component : str
    x : (n,)
        r/R_sun, increasing.
    model : str
        Of `BIRTHS`.

    Returns
    -------
    (n,)
        Sums to 1, if the radii reach as far as neutrinos are born.

    Raises
    ------
    UnknownName
        For an unknown component or model.

    Examples
    --------
    >>> float(births("8B", np.linspace(0, 1, 101)).sum().round(9))
    1.0
    """
    from scipy.interpolate import PchipInterpolator

    from nudipole.sources.solar import COMPONENTS

    if component not in COMPONENTS:
        raise UnknownName("solar component", component, COMPONENTS)
    if model not in BIRTHS:
        raise UnknownName("solar model", model, BIRTHS)
    table = tables.read(f"solar-zones-{model.lower()}")
    low, high, share = (table.column(*of) for of in (("r_low", "1"), ("r_high", "1"), (component, "1")))
    born = PchipInterpolator(np.append(low[:1], high), np.append(0.0, np.cumsum(share) / share.sum()))
    middles = np.concatenate([x[:1], (x[1:] + x[:-1]) / 2, x[-1:]])
    return np.diff(born(np.clip(middles, low[0], high[-1])))


def sun(field: Field, *, model: str = "SF3-GS98", neutrons: float = 1.0) -> Medium:
    """The Sun along a radius, from the centre to the surface.

    Parameters
    ----------
    field : Field
    model : str
        Of `MODELS`.
    neutrons : float
        Factor of their density; without them the conversion in the core would vanish.

    Returns
    -------
    Medium

    Raises
    ------
    UnknownName
        If there is no such model with densities of neutrons.

    Examples
    --------
    >>> from nudipole.precession.fields import field
    >>> len(sun(field("core:10kG")).ends(10))
    11
    """
    n_e, n_n = densities(model)

    def ends(cells: int) -> Numbers:
        return np.unique(np.concatenate([np.linspace(0, 1, cells + 1), field.edges]).round(12))

    def path(x: Numbers) -> Path:
        # Just inside of each cell: what jumps at its ends is seen from this side.
        inside = 1e-9 * np.diff(x)
        return Path.of(x * R_SUN, n_e(x), neutrons * n_n(x), field.at(x[:-1] + inside), field.at(x[1:] - inside))

    doubts = [
        f"the shape and size of the Sun's inner field are not known: {field.name} is an assumption",
        "radial path; no field and no matter between the Sun and the detector, day",
    ]
    if field.jumps:
        doubts.append(
            f"the field jumps at {', '.join(digits.plain(x, 4) for x in field.jumps[:4])} R_sun, and sharp edges can "
            "dominate the conversion"
        )
    return Medium(
        "sun",
        f"{model} electrons and neutrons; field {field}",
        ends,
        path,
        R_SUN,
        field.B0,
        bool(field.jumps),
        tuple(doubts),
    )


def medium(given: str) -> Medium:
    """What lies between an astrophysical source and us.

    Parameters
    ----------
    given : str
        galactic:FIELD,LENGTH such as galactic:1uG,10kpc; or supernova:FILE.csv with columns ``r [km]``,
        ``rho [g/cm^3]``, ``Y_e [1]`` and ``B [G]``.

    Returns
    -------
    Medium

    Raises
    ------
    UnknownName, ArgumentError, InputError
        For unknown words, values without a unit, and tables with gaps or out of order.

    Examples
    --------
    >>> medium("galactic:1uG,10kpc")
    Medium(galactic: 1e-06 G along 10kpc, no matter)
    """
    kind, colon, rest = (part.strip() for part in given.partition(":"))
    if kind not in ("galactic", "supernova"):
        raise UnknownName("medium", kind, ("galactic", "supernova"))
    if not colon or not rest:
        example = "galactic:1uG,10kpc" if kind == "galactic" else "supernova:profile.csv"
        raise ArgumentError("medium", given, f"write {example}")
    return _galactic(given, rest) if kind == "galactic" else _supernova(rest)


def _galactic(given: str, rest: str) -> Medium:
    value, comma, written = (part.strip() for part in rest.partition(","))
    match = _LENGTH.match(written) if comma else None
    if match is None or match[2] not in _LENGTHS:
        raise ArgumentError("medium", given, "write a field and a length, such as galactic:1uG,10kpc")
    B, length = strength("medium", value), float(match[1]) * _LENGTHS[match[2]] * const.cm
    if not (math.isfinite(length) and length > 0):
        raise ArgumentError("medium", given, "the length must be more than 0, and finite")

    def path(x: Numbers) -> Path:
        return Path.of(x * length, 0 * x, 0 * x, np.full(len(x) - 1, B), np.full(len(x) - 1, B))

    doubts = (
        "one field along the whole way: turbulent fields, whose phases add in squares, turn less",
        "Majorana neutrinos do not precess here: their two levels differ by masses, and phases are beyond counting",
    )
    words = f"{digits.plain(B)} G along {written}, no matter"
    return Medium("galactic", words, lambda n: np.linspace(0, 1, n + 1), path, length, B, False, doubts)


def _supernova(rest: str) -> Medium:
    file = File(rest)
    if not file.is_file():
        raise InputError(rest[:200], "", "no such file")
    try:
        text = beside.Folder(file.parent).text(file.name)
    except NudipoleError as error:
        raise InputError(rest[:200], "", str(error)) from None
    table = _table(text, file, ("r", "rho", "Y_e", "B"))
    for name, allowed in (("r", ("km", "cm", "R_sun")), ("rho", ("g/cm^3",)), ("Y_e", ("1", "")), ("B", tuple(UNITS))):
        if table.units[name] not in allowed:
            raise InputError(file, name, f"is in {table.units[name] or 'no unit'}: write {name} [{allowed[0]}]")
    r, rho, Y_e, B = (_column(table, file, name) for name in ("r", "rho", "Y_e", "B"))
    _increasing(r, file, "r", table.line)
    for name, values in (("r", r), ("rho", rho)):
        if values.min() <= 0:
            raise InputError(file, f"line {table.line(int(values.argmin()))}", f"{name} must be more than 0")
    if Y_e.min() < 0 or Y_e.max() > 1:
        raise InputError(file, "Y_e", "must lie within 0 and 1")
    B = B * UNITS[table.units["B"]]
    r = r * _LENGTHS[table.units["r"]] * const.cm
    # Positions are logarithms: densities of envelopes are powers of the radius.
    span = np.log(r / r[0])
    place = span / span[-1]

    def path(x: Numbers) -> Path:
        radius = r[0] * np.exp(x * span[-1])
        density, electrons = np.exp(np.interp(x, place, np.log(rho))), np.interp(x, place, Y_e)
        b = np.interp(x, place, B)
        return Path.of(radius, density * electrons, density * (1 - electrons), b[:-1], b[1:])

    def ends(cells: int) -> Numbers:
        return np.unique(np.concatenate([np.linspace(0, 1, cells + 1), place]).round(12))

    doubts = (
        "no refraction on other neutrinos, no scattering, no turbulence of the density; the profile is at rest",
        f"born at the first radius of {file.name}; logarithms are linear between its rows",
    )
    words = f"{len(r)} rows of {file.name}"
    return Medium("supernova", words, ends, path, float(r[-1] - r[0]), float(np.abs(B).max()), False, doubts)
