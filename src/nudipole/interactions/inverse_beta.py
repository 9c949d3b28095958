r"""Inverse beta decay, nubar_e p -> e^+ n, on free protons at rest."""

from __future__ import annotations

from jaxtyping import Float

from nudipole import arguments
from nudipole import constants as const
from nudipole.numerics import AnyArray, jnp

#: Neutron minus proton [MeV].
DELTA = 1.29333236


def sigma(E: Float[AnyArray, "*n"]) -> Float[AnyArray, "*n"]:
    r"""Total cross section, the approximation of Strumia and Vissani.

    .. math:: \sigma = 10^{-43}\,\mathrm{cm}^2\; p_e E_e\, E^{-0.07056 + 0.02018\ln E - 0.001953\ln^3 E},
              \qquad E_e = E - \Delta

    Parameters
    ----------
    E : Float[Array, "*n"]
        Energy of the antineutrino [MeV].

    Returns
    -------
    Float[Array, "*n"]
        [MeV^-2]; zero where there is no reaction. Within 1 % of the full form up to 300 MeV.

    Raises
    ------
    NotANumber, OutOfRange
        For what is no number, or negative.

    References
    ----------
    Strumia:2003zx Eq. (25)

    Examples
    --------
    >>> print(f"{sigma(10.0) / const.cm**2:.4e} cm^2")
    6.7767e-42 cm^2
    """
    E = jnp.asarray(arguments.not_negative("E", E, "MeV"), float)
    reacts = DELTA + const.m_e < E
    x = jnp.where(reacts, E, 10.0)
    E_e, log = x - DELTA, jnp.log(x)
    p_e = jnp.sqrt(E_e**2 - const.m_e**2)
    power = -0.07056 + 0.02018 * log - 0.001953 * log**3
    return jnp.where(reacts, 1e-43 * const.cm**2 * p_e * E_e * x**power, 0.0)
