"""What a picture of each bound shows: lines against the assumption that matters most."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole import digits
from nudipole.astrophysics.cherenkov import cherenkov_rate
from nudipole.astrophysics.core import Core
from nudipole.astrophysics.decay import LIFETIMES, decay_bound
from nudipole.astrophysics.losses import emissivity
from nudipole.astrophysics.n_eff import n_eff_bound
from nudipole.astrophysics.trapping import trapping_bound
from nudipole.astrophysics.white_dwarfs import T_CORES, white_dwarf_bound
from nudipole.properties import Neutrino

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes
    ----------
    label : str
    x, y : (n,)
    dashed : bool

    Examples
    --------
    >>> Line("a", np.array([1.0]), np.array([2.0])).dashed
    False
    """

    label: str
    x: Array
    y: Array
    dashed: bool = False


@dataclass(frozen=True)
class Curve:
    """Lines with the names and units of their axes.

    Attributes
    ----------
    title : str
    x_name, x_unit, y_name, y_unit : str
    lines : tuple of Line
    levels : tuple of (float, str)
        Horizontal lines, and what they are.
    shaded : tuple of float or None
        Ends along x of what is excluded.
    references : tuple of str
    log_x, log_y : bool

    Examples
    --------
    >>> white_dwarf_curve().x_unit
    'K'
    """

    title: str
    x_name: str
    x_unit: str
    y_name: str
    y_unit: str
    lines: tuple[Line, ...]
    levels: tuple[tuple[float, str], ...] = ()
    shaded: tuple[float, float] | None = None
    references: tuple[str, ...] = ()
    log_x: bool = True
    log_y: bool = True


def plasmon_curve(T: float, rho: float, Y_e: float = 0.5, neutrino: Neutrino | None = None) -> Curve:
    """Emissivities against density at one temperature.

    Parameters
    ----------
    T, rho : float
        [K, g/cm^3]; the densities are those around it.
    Y_e : float
    neutrino : Neutrino, optional

    Returns
    -------
    Curve

    Examples
    --------
    >>> [line.label for line in plasmon_curve(1e8, 1e6).lines]
    ['Standard Model', 'fit (Haft et al.)']
    """
    grid = np.geomspace(rho / 1e3, rho * 1e3, 121)
    found = emissivity([T], grid, Y_e=Y_e, neutrino=neutrino)
    names = {
        "standard-model": "Standard Model",
        "dipole": "moment",
        "charge": "millicharge",
        "charge-radius": "charge radius",
    }
    lines = []
    for key, label in names.items():
        values = found.channels[key][0]
        if np.any(values != 0):
            sign = ", less" if key == "charge-radius" and values[0] < 0 else ""
            lines.append(Line(f"{label}{sign}", grid, np.abs(values)))
    lines.append(Line("fit (Haft et al.)", grid, found.fit[0], dashed=True))
    return Curve(
        f"Plasmon decay at {digits.plain(T, 3)} K, Y_e = {digits.plain(Y_e)}",
        "density",
        "g/cm^3",
        "emissivity",
        "erg/(g s)",
        tuple(lines),
        references=("Braaten:1993", "Haft:1994"),
    )


def white_dwarf_curve(ratio: float | None = None) -> Curve:
    """Bound against the temperature of the core.

    Parameters
    ----------
    ratio : float, optional
        As of `white_dwarf_bound`.

    Returns
    -------
    Curve

    Examples
    --------
    >>> len(white_dwarf_curve().lines[0].x)
    25
    """
    T = np.geomspace(T_CORES[0] / 1.3, T_CORES[-1] * 1.3, 25)
    bounds = np.array([white_dwarf_bound(float(x), ratio=ratio).value for x in T], float)
    return Curve(
        "PG 1351+489, an estimate",
        "temperature of the core",
        "K",
        "largest moment",
        "mu_B",
        (Line("drift of the period", T, bounds),),
        levels=((1e-11, "published, <~ 1e-11 (Corsico et al.)"),),
        references=("Corsico:2014",),
    )


def supernova_curve(core: Core, criterion: str, most: float, low: float | None, high: float | None) -> Curve:
    """Luminosity in right-handed neutrinos against the moment, as far as they stream freely.

    Parameters
    ----------
    core : Core
    criterion : str
    most : float
        Largest luminosity [erg/s].
    low, high : float or None
        Of the window [mu_B].

    Returns
    -------
    Curve

    Examples
    --------
    >>> supernova_curve(Core(), "luminosity", 1e53, 2e-12, 6e-9).shaded
    (2e-12, 6e-09)
    """
    mu = np.geomspace(1e-13, high or 1e-8, 101)
    found = {name: sum(parts.values()) * (mu / 1e-12) ** 2 for name, parts in core.luminosities().items()}
    lines = (Line("nu_e", mu, found["e"]), Line("nu_mu (or nu_tau) and antineutrinos", mu, found["mu"], dashed=True))
    return Curve(
        f"SN1987A, T = {digits.plain(core.temperature, 3)} MeV, {digits.plain(core.density, 3)} g/cm^3",
        "moment of Dirac neutrinos",
        "mu_B",
        "luminosity in right-handed neutrinos",
        "erg/s",
        lines,
        levels=((most, f"criterion: {criterion}"),),
        shaded=None if low is None or high is None else (low, high),
        references=("Ayala:1999", "Kuznetsov:2009"),
    )


def n_eff_curve(allowed: float = 0.2) -> Curve:
    """Bounds against the temperature of reheating.

    Parameters
    ----------
    allowed : float
        Delta N_eff of one line, beside those of 0.1, 0.3 and 0.5.

    Returns
    -------
    Curve

    Examples
    --------
    >>> len(n_eff_curve().lines)
    4
    """
    T = np.geomspace(0.05, 250, 41)
    lines = []
    for value in sorted({0.1, 0.3, 0.5, allowed}):
        bounds = np.array([n_eff_bound(value, float(x)).value or math.nan for x in T])
        label = f"Delta N_eff = {digits.plain(value, 3)}"
        lines.append(Line(label, T, bounds, dashed=value != allowed))
    return Curve(
        "Number of neutrinos, three Dirac neutrinos alike",
        "temperature of reheating",
        "GeV",
        "largest moment",
        "mu_B",
        tuple(lines),
        levels=((2.7e-12, "Li and Xu"), (1.6e-11, "Carenza et al.")),
        references=("Li:2023", "Carenza:2024"),
    )


def decay_curve() -> Curve:
    """Bounds of lifetimes against the mass of what decays.

    Returns
    -------
    Curve

    Examples
    --------
    >>> decay_curve().x_name
    'mass of the decaying neutrino'
    """
    m = np.geomspace(0.01, 1.0, 41)
    lines = tuple(
        Line(name, m, np.array([decay_bound(name, mass=float(x)).value for x in m], float), dashed=one.over_mass)
        for name, one in LIFETIMES.items()
    )
    return Curve(
        "Radiative decay to a massless neutrino",
        "mass of the decaying neutrino",
        "eV",
        "largest transition moment",
        "mu_B",
        lines,
        references=("Mirizzi:2007",),
    )


def cherenkov_curve(n: float, low: float, high: float) -> Curve:
    """Photons along the way against the moment.

    Parameters
    ----------
    n : float
    low, high : float
        [eV]

    Returns
    -------
    Curve

    Examples
    --------
    >>> cherenkov_curve(1.33, 1.5, 3.5).y_unit
    '1/m'
    """
    mu = np.geomspace(1e-13, 1e-8, 51)
    rate = np.array([cherenkov_rate(float(x), n, low, high) / const.c * 100 for x in mu])
    return Curve(
        f"Cherenkov radiation, n = {digits.plain(n, 3)}, {digits.plain(low, 3)} .. {digits.plain(high, 3)} eV",
        "moment of Dirac neutrinos",
        "mu_B",
        "photons of a neutrino",
        "1/m",
        (Line("transparent medium", mu, rate),),
        references=("Grimus:1993",),
    )


def trapping_curve(density: Any = 2e5, temperature: Any = 1e8) -> Curve:
    """The simple bound of red giants against the coupling that gives neutrinos a mass in matter.

    Parameters
    ----------
    density, temperature : float or str
        As of `trapping_bound`.

    Returns
    -------
    Curve

    Examples
    --------
    >>> [line.label for line in trapping_curve().lines]
    ['magnetic moment', 'electric moment']
    """
    blocks = trapping_bound(density=density, temperature=temperature).numbers["coupling that blocks"].value
    y = float(blocks) * np.linspace(0.02, 0.999, 40)
    settings: dict[str, Any] = {"density": density, "temperature": temperature}
    lines = tuple(
        Line(f"{kind} moment", y, np.array([trapping_bound(float(x), moment=kind, **settings).value for x in y], float))
        for kind in ("magnetic", "electric")
    )
    return Curve(
        "Red giants with a mass of neutrinos in matter",
        "coupling y_nu y_e/m_phi^2",
        "eV^-2",
        "largest moment",
        "mu_B",
        lines,
        shaded=(float(blocks), float(blocks) * 1.1),
        references=("Babu:2020",),
        log_x=False,
    )
