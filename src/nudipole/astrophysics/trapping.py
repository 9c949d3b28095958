r"""Neutrinos with a mass in matter, by a light scalar: plasmons then do not decay to them, and stars bound nothing.

.. math:: m_\nu = \frac{y_\nu y_f n_f}{m_\phi^2} > \frac{\omega_p}{2}

blocks the decay; below, the rate of a pair of mass m has :math:`\sqrt{1 - 4m^2/K^2}\,(1 + 8m^2/K^2)` for a magnetic and
:math:`(1 - 4m^2/K^2)^{3/2}` for an electric moment.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from nudipole import constants as const
from nudipole.astrophysics.bound import Assumption, AstroBound
from nudipole.astrophysics.plasma import Plasma, electron_density
from nudipole.astrophysics.plasmon import loss, points
from nudipole.astrophysics.quantities import read
from nudipole.astrophysics.strength import Strength
from nudipole.errors import UnknownName
from nudipole.numerics import AnyArray, jax, jnp
from nudipole.properties import Neutrino

MOMENTS = ("magnetic", "electric")


def pair_factor(m2_over_K2: Any, moment: str = "magnetic") -> Any:
    """What a mass leaves of the width of a plasmon with a moment.

    Parameters
    ----------
    m2_over_K2 : Float[Array, "*n"]
        Squared mass over K^2.
    moment : {"magnetic", "electric"}

    Returns
    -------
    Float[Array, "*n"]
        1 without a mass, 0 above the threshold at 1/4.

    Raises
    ------
    UnknownName
        For another moment.

    Examples
    --------
    >>> float(pair_factor(0.0)), float(pair_factor(0.3)), f"{float(pair_factor(0.1)):.4f}"
    (1.0, 0.0, '1.3943')
    """
    if moment not in MOMENTS:
        raise UnknownName("moment", moment, MOMENTS)
    r = jnp.asarray(m2_over_K2, float)
    velocity = jnp.sqrt(jnp.maximum(1 - 4 * r, 0.0))
    return velocity * (1 + 8 * r) if moment == "magnetic" else velocity**3


def share_left(plasma: Plasma, mass: float, moment: str = "magnetic") -> float:
    """What a mass leaves of the loss by a moment, over both branches.

    Parameters
    ----------
    plasma : Plasma
        One.
    mass : float
        Of both neutrinos [MeV].
    moment : {"magnetic", "electric"}

    Returns
    -------
    float

    Examples
    --------
    >>> star = Plasma.at(1e8 * const.k_B, electron_density(2e5))
    >>> [f"{share_left(star, m * star.omega_p, 'electric'):.3f}" for m in (0.0, 0.25, 0.6)]
    ['1.000', '0.654', '0.000']
    """
    return float(_share(plasma, jnp.asarray(mass, float), moment))


@partial(jax.jit, static_argnames="moment")
def _share(plasma: Plasma, mass: AnyArray, moment: str) -> AnyArray:
    total = kept = jnp.zeros(())
    for K2, weight in points(plasma):
        total = total + jnp.sum(weight * K2**2)
        kept = kept + jnp.sum(weight * K2**2 * pair_factor(mass**2 / K2, moment))
    return kept / total


def trapping_bound(
    coupling: Any = None,
    *,
    density: Any = 2e5,
    temperature: Any = 1e8,
    largest_loss: Any = 10.0,
    moment: str = "magnetic",
    neutrino: Neutrino | None = None,
) -> AstroBound:
    """What becomes of the simple bound of red giants when neutrinos have a mass in matter: an order of magnitude.

    Parameters
    ----------
    coupling : float or str, optional
        y_nu y_e/m_phi^2 [eV^-2]; without one there is no mass.
    density, temperature : float or str
        Of the core [g/cm^3, K].
    largest_loss : float or str
        Raffelt's criterion [erg/(g s)].
    moment : {"magnetic", "electric"}
    neutrino : Neutrino, optional
        To be judged.

    Returns
    -------
    AstroBound
        Of the kind "none" where the decay is blocked.

    Raises
    ------
    ArgumentError, UnknownName
        For numbers without meaning, and other moments.

    References
    ----------
    Babu:2020

    Examples
    --------
    >>> trapping_bound("1e-11 eV^-2").kind, trapping_bound("5e-12 eV^-2").kind
    ('none', 'upper')
    >>> print(trapping_bound().numbers["coupling that blocks"])
    9.32811e-12 eV^-2 (y_nu y_e/m_phi^2 above it)
    """
    rho, T = read("density", density, "g/cm^3"), read("temperature", temperature, "K")
    most = read("largest-loss", largest_loss, "erg/(g s)")
    y = 0.0 if coupling is None else read("coupling", coupling, "eV^-2", ends=True)
    if moment not in MOMENTS:
        raise UnknownName("moment", moment, MOMENTS)
    plasma = Plasma.at(T * const.k_B, electron_density(rho))
    n_e, omega_p = float(plasma.n_e) / const.eV**3, float(plasma.omega_p) / const.eV
    mass = y * n_e
    left = share_left(plasma, mass * const.eV, moment)
    lost = float(loss(plasma, Strength(0.0, 0.0, 1e-24, 0.0)).channels[2]) / rho
    blocked = 2 * mass >= omega_p
    value = None if blocked or left <= 0 else 1e-12 * math.sqrt(most / (lost * left))
    return AstroBound(
        name="trapping",
        title="red giants, with a mass of neutrinos in matter",
        kind="none" if value is None else "upper",
        value=value,
        reason="plasmons do not decay: 2 m_nu in matter is above omega_p"
        if value is None
        else "an order of magnitude has none",
        formula="mu^2 = sum_jk |lambda_jk|^2 (Dirac), sum_{j<k} (Majorana); equal masses of both neutrinos",
        assumptions={
            "rho": Assumption(rho, "g/cm^3"),
            "T": Assumption(T, "K"),
            "largest loss": Assumption(most, "erg/(g s)"),
            "coupling": Assumption(y, "eV^-2", "y_nu y_e/m_phi^2"),
            "moment": Assumption(moment),
        },
        numbers={
            "n_e": Assumption(n_e, "eV^3"),
            "omega_p": Assumption(omega_p, "eV"),
            "coupling that blocks": Assumption(omega_p / 2 / n_e, "eV^-2", "y_nu y_e/m_phi^2 above it"),
            "mass in matter": Assumption(mass, "eV"),
            "share of the loss left": Assumption(left, "1"),
        },
        doubts=(
            "an order of magnitude: transverse plasmons have K^2 up to 1.5 omega_p^2, a tail that a larger mass blocks",
            "a scalar this light and this strongly coupled is bounded by other means",
        ),
        references=("Babu:2020", "Raffelt:1990"),
        moment=None if neutrino is None else math.sqrt(float(Strength.of(neutrino).mu2)),
    )
