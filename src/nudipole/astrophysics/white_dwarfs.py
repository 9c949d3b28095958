r"""White dwarfs that pulsate: their period drifts as they cool, and a moment makes them cool faster.

.. math:: \dot P_\mathrm{obs}/\dot P_\mathrm{SM} = (L_\gamma + L_\nu + L_\mu)/(L_\gamma + L_\nu)
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from nudipole import constants as const
from nudipole.astrophysics.bound import Assumption, AstroBound
from nudipole.astrophysics.plasma import Plasma, electron_density
from nudipole.astrophysics.plasmon import loss
from nudipole.astrophysics.quantities import read
from nudipole.astrophysics.strength import Strength
from nudipole.properties import Neutrino

#: PG 1351+489: mass [M_sun], radius [R_sun], effective temperature [K].
MASS, RADIUS, T_EFF = 0.664, 0.0121, 26010.0
#: Drift of its period observed, its error, and that of a model without a moment [s/s].
DRIFT, DRIFT_ERROR, DRIFT_MODEL = 2.0e-13, 0.9e-13, 0.81e-13
#: Temperatures of the core that are thought possible [K], and the one that stands for them.
T_CORES, T_CORE = (3e7, 4e7, 5e7), 4e7
_SHELLS = 48


@cache
def _polytrope(n: float = 1.5) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Radii of shells (fractions), density there over the central one, and the central density over the mean."""

    def derivative(x: float, y: NDArray[np.float64]) -> list[float]:
        return [-y[1] / x**2, x**2 * max(y[0], 0.0) ** n]

    def surface(x: float, y: NDArray[np.float64]) -> float:
        return float(y[0])

    surface.terminal = True  # type: ignore[attr-defined]
    start = 1e-4
    solved = solve_ivp(
        derivative,
        (start, 10),
        [1 - start**2 / 6, start**3 / 3],
        events=surface,
        dense_output=True,
        rtol=1e-11,
        atol=1e-13,
    )
    edge, mass = float(solved.t_events[0][0]), float(solved.y_events[0][0][1])
    at, _ = np.polynomial.legendre.leggauss(_SHELLS)
    x = edge * (at + 1) / 2
    return x / edge, np.maximum(solved.sol(np.maximum(x, start))[0], 0.0) ** n, edge**3 / (3 * mass)


def white_dwarf_luminosities(
    T_core: float, strength: Strength, mass: float = MASS, radius: float = RADIUS
) -> dict[str, float]:
    """Luminosities of an isothermal polytrope of index 3/2.

    Parameters
    ----------
    T_core : float
        [K]
    strength : Strength
        Of the neutrinos.
    mass, radius : float
        [M_sun, R_sun]

    Returns
    -------
    dict of float
        standard-model, moment (with charges and radii) [erg/s]; rho_c [g/cm^3].

    Examples
    --------
    >>> found = white_dwarf_luminosities(4e7, Strength(Strength.of(None).C2_sm, Strength.of(None).C2_sm, 1e-24, 0.0))
    >>> print(f"{found['standard-model']:.3e} {found['moment']:.3e} erg/s, rho_c = {found['rho_c']:.3e} g/cm^3")
    2.517e+32 3.026e+31 erg/s, rho_c = 3.165e+06 g/cm^3
    """
    r, profile, ratio = _polytrope()
    R = radius * const.R_sun
    rho_c = ratio * mass * const.M_sun / (4 / 3 * math.pi * R**3)
    rho = np.maximum(rho_c * profile, 1e-3)
    _, weight = np.polynomial.legendre.leggauss(_SHELLS)
    lost = loss(Plasma.at(np.full_like(rho, T_core * const.k_B), electron_density(rho)), strength)
    volume = 4 * math.pi * R**3 * r**2 * weight / 2
    channels = np.asarray(volume @ np.asarray(lost.channels))
    return {"standard-model": float(channels[0]), "moment": float(channels[1:].sum()), "rho_c": float(rho_c)}


def photon_luminosity(T_eff: float = T_EFF, radius: float = RADIUS) -> float:
    r"""Luminosity of a black sphere, :math:`4\pi R^2\sigma T^4`.

    Parameters
    ----------
    T_eff : float
        [K]
    radius : float
        [R_sun]

    Returns
    -------
    float
        [erg/s]

    Examples
    --------
    >>> print(f"{photon_luminosity():.3e}")
    2.311e+32
    """
    flux = math.pi**2 / 60 * (T_eff * const.k_B) ** 4
    return 4 * math.pi * (radius * const.R_sun) ** 2 * flux * const.e_charge * 1e13 / const.hbar_c**2 * const.second


def white_dwarf_bound(
    T_core: Any = T_CORE, *, ratio: float | None = None, neutrino: Neutrino | None = None
) -> AstroBound:
    """Bound from the drift of the period of PG 1351+489: an estimate, good to a factor of two.

    Parameters
    ----------
    T_core : float or str
        Temperature of the isothermal core [K].
    ratio : float, optional
        Largest drift over that without a moment; two errors above the observed one unless given.
    neutrino : Neutrino, optional
        To be judged.

    Returns
    -------
    AstroBound

    Raises
    ------
    ArgumentError
        For a temperature or ratio without meaning.

    References
    ----------
    Corsico:2014

    Examples
    --------
    >>> print(f"{white_dwarf_bound('4e7K').value:.2e}")
    7.68e-12
    """
    T = read("T-core", T_core, "K", low=1e6, high=1e9)
    most = (DRIFT + 2 * DRIFT_ERROR) / DRIFT_MODEL if ratio is None else read("ratio", ratio, "1", low=1.0)
    unit = Strength(Strength.of(None).C2_sm, Strength.of(None).C2_sm, 1e-24, 0.0)
    photons = photon_luminosity()

    def reached(T: float) -> tuple[float, dict[str, float]]:
        found = white_dwarf_luminosities(T, unit)
        return math.sqrt((most - 1) * (photons + found["standard-model"]) / found["moment"]) * 1e-12, found

    value, found = reached(T)
    spread = [reached(x)[0] for x in T_CORES]
    cores = f"cores of {T_CORES[0]:.0e} .. {T_CORES[-1]:.0e} K give {min(spread):.1e} .. {max(spread):.1e} mu_B"
    doubts = (
        f"an estimate, good to a factor of two: {cores}",
        "the observed drift is larger than that of the model: the data prefer extra cooling, at less than two errors",
        "whether the mode is trapped decides about the model's drift",
    )
    return AstroBound(
        name="white-dwarfs",
        title="period drift of PG 1351+489 (estimate)",
        kind="upper",
        value=value,
        reason="two errors of the observed drift; an estimate has none" if ratio is None else "the ratio was given",
        method="order-of-magnitude",
        formula="mu^2 = sum_jk |lambda_jk|^2 (Dirac), sum_{j<k} (Majorana)",
        assumptions={
            "mass": Assumption(MASS, "M_sun"),
            "radius": Assumption(RADIUS, "R_sun"),
            "T_eff": Assumption(T_EFF, "K"),
            "T core": Assumption(T, "K", "isothermal"),
            "profile": Assumption("polytrope of index 3/2, Y_e = 0.5"),
            "drift over the model's": Assumption(
                most, "1", "two errors above the observed drift" if ratio is None else "as given"
            ),
        },
        numbers={
            "L photons": Assumption(photons, "erg/s"),
            "L neutrinos": Assumption(found["standard-model"], "erg/s", "Standard Model"),
            "L moment": Assumption(found["moment"], "erg/s", "of 1e-12 mu_B"),
            "rho centre": Assumption(found["rho_c"], "g/cm^3"),
        },
        doubts=doubts,
        references=("Corsico:2014", "MillerBertolami:2014"),
        moment=None if neutrino is None else math.sqrt(float(Strength.of(neutrino).mu2)),
        factor=2.0,
    )
