r"""Right-handed neutrinos of the early Universe: how a moment fills them, and what they add to N_eff.

.. math:: \frac{d(\rho_R a^4)}{d\ln a} = \frac{\langle\Gamma\rangle_\rho}{H}(\rho_\mathrm{eq} - \rho_R)\,a^4, \qquad
          \langle\Gamma\rangle_\rho = c(N)\,\mu^2T^3

with N the sum of colours times squared charges in the plasma.
"""

from __future__ import annotations

import math
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from nudipole import arguments, tables
from nudipole import constants as const
from nudipole.astrophysics.flip import SelfEnergy, flip_rate, one_loop

Array = NDArray[np.float64]
#: Charged fermions: where they join the plasma [GeV], colours times squared charge.
CHARGES = {
    "e": (0.0, 1.0),
    "mu": (0.03, 1.0),
    "u, d, s": (0.17, 2.0),
    "c": (0.4, 4 / 3),
    "tau": (0.55, 1.0),
    "b": (1.3, 1 / 3),
    "t": (55.0, 4 / 3),
}
#: Steepness of their arrival in ln T: that of a Boltzmann factor where it is one half.
_STEEP = 4.0
#: Where the evolution ends [GeV]: electrons and neutrinos are all that is left, and flips have ended.
_LAST = 2e-3
#: Temperatures that the table of degrees of freedom covers [GeV].
LOWEST, HIGHEST = 1e-3, 10**2.45
#: Above it the operator is one of hypercharge and weak isospin, and the photon none [GeV].
ELECTROWEAK = 160.0
_STEPS = 1200


@cache
def _degrees() -> tuple[CubicSpline, CubicSpline]:
    table = tables.read("degrees-of-freedom")
    log_T, g = table.column("log10_T", "1"), table.column("g_rho", "1")
    return CubicSpline(log_T, g), CubicSpline(log_T, g / table.column("g_rho_over_g_s", "1"))


def degrees_of_freedom(T: float | Array) -> tuple[Array, Array]:
    """Effective degrees of freedom of the Standard Model in energy and in entropy.

    Parameters
    ----------
    T : Float[Array, "*n"]
        [GeV], from 1 MeV to 282 GeV.

    Returns
    -------
    tuple of Float[Array, "*n"]

    References
    ----------
    Borsanyi:2016

    Examples
    --------
    >>> energy, entropy = degrees_of_freedom(0.1)
    >>> print(f"{energy:.2f} {entropy:.2f}")
    17.61 17.21
    """
    at = np.log10(np.asarray(T, float) * 1e3)
    energy, entropy = _degrees()
    return energy(at), entropy(at)


def charges(T: float | Array) -> Array:
    """Sum of colours times squared charges of the fermions in the plasma, switched on smoothly.

    Parameters
    ----------
    T : Float[Array, "*n"]
        [GeV]

    Returns
    -------
    Float[Array, "*n"]

    Examples
    --------
    >>> print(f"{charges(0.001):.2f} {charges(15.0):.2f}")
    1.00 6.67
    """
    T = np.asarray(T, float)
    found = np.zeros_like(T)
    for scale, weight in CHARGES.values():
        found = found + (weight / (1 + (scale / T) ** _STEEP) if scale else weight)
    return found


def mean_flip_rates(N: float) -> tuple[float, float]:
    r"""Means of the flip rate of thermal neutrinos, by number and by energy, over :math:`\mu^2T^3`.

    Parameters
    ----------
    N : float
        Sum of colours times squared charges.

    Returns
    -------
    tuple of float

    References
    ----------
    Elmfors:1997

    Examples
    --------
    >>> print("{:.4f} {:.4f}".format(*mean_flip_rates(1.0)))
    0.0132 0.0140
    """
    E, weight = np.polynomial.laguerre.laggauss(24)
    rate = flip_rate(E, 1.0, partial(_plasma, N=arguments.number("N", N, low=0.0, inside=True)), nodes=24)
    f = weight / (1 + np.exp(-E))
    return float(np.sum(f * E**2 * rate) / np.sum(f * E**2)), float(np.sum(f * E**3 * rate) / np.sum(f * E**3))


def _plasma(x: Array, k: Array, N: float) -> SelfEnergy:
    return one_loop(x, k, 1.0, N)


@cache
def _interpolated() -> CubicSpline:
    """Mean by energy against ln N: smooth, so that few values do."""
    N = np.geomspace(0.9, 8.5, 7)
    return CubicSpline(np.log(N), [mean_flip_rates(float(one))[1] for one in N])


def hubble(T: float | Array) -> Array:
    r"""Rate of expansion, :math:`\sqrt{4\pi^3g/45}\,T^2/m_\mathrm{Planck}` [MeV], for T [GeV].

    Parameters
    ----------
    T : Float[Array, "*n"]
        [GeV]

    Returns
    -------
    Float[Array, "*n"]

    Examples
    --------
    >>> print(f"{hubble(1e-3) * const.second:.2f} /s")
    0.68 /s
    """
    g, _ = degrees_of_freedom(T)
    return np.sqrt(4 * math.pi**3 * g / 45) * (np.asarray(T) * 1e3) ** 2 / const.m_Planck


def flips_per_expansion(T: float | Array) -> Array:
    """Rate of the flip by energy over that of the expansion, for 1e-12 mu_B.

    Parameters
    ----------
    T : Float[Array, "*n"]
        [GeV]

    Returns
    -------
    Float[Array, "*n"]

    Examples
    --------
    >>> print(f"{flips_per_expansion(100.0):.2f}")
    0.46
    """
    T = np.asarray(T, float)
    rate = _interpolated()(np.log(charges(T))) * (1e-12 * const.mu_B_natural) ** 2 * (T * 1e3) ** 3
    return np.asarray(rate / hubble(T))


def extra_neutrinos(mu12: Array, T_RH: float, *, species: int = 3) -> Array:
    """What right-handed neutrinos add to N_eff, when the Universe begins at T_RH without them.

    Parameters
    ----------
    mu12 : Float[Array, "n"]
        Moments [1e-12 mu_B], of every flavour alike.
    T_RH : float
        [GeV]
    species : int
        Right-handed neutrinos.

    Returns
    -------
    Float[Array, "n"]

    Raises
    ------
    OutOfRange
        For temperatures beyond the table, and moments below zero.

    References
    ----------
    Li:2023; Carenza:2024

    Examples
    --------
    >>> [f"{x:.2f}" for x in extra_neutrinos(np.array([2.7, 30.0]), 100.0)]
    ['0.19', '1.09']
    """
    T_RH = arguments.number("T_RH", T_RH, low=2 * _LAST, high=HIGHEST, unit="GeV")
    mu12 = np.atleast_1d(np.asarray(arguments.not_negative("mu12", mu12), float))
    # Time runs in ln T, downwards; entropy makes a T g_s^(1/3) constant.
    log_T = np.linspace(math.log(T_RH), math.log(_LAST), _STEPS + 1)
    T = np.exp(log_T)
    _, g_s = degrees_of_freedom(T)
    log_a = -log_T - np.log(g_s) / 3
    rate = flips_per_expansion(T)
    optical = np.concatenate([[0.0], np.cumsum((rate[1:] + rate[:-1]) / 2 * np.diff(log_a))])
    # In units of rho_eq a^4 at the end, what is in equilibrium falls with g_s^(-4/3); exact on every step.
    equal = (g_s / g_s[-1]) ** (-4 / 3)
    left = np.exp(-np.square(mu12)[:, None] * (optical[-1] - optical))
    filled = np.sum((equal[1:] + equal[:-1]) / 2 * np.diff(left, axis=1), axis=1)
    # One left-handed neutrino with what is left in the plasma at the end, and 10.75 at its decoupling.
    return np.asarray(species * filled * (10.75 / g_s[-1]) ** (-4 / 3))
