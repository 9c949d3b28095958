"""The fit of Haft, Raffelt and Weiss to losses by plasmon decay, as stellar codes have it through Itoh et al."""

from __future__ import annotations

from typing import Any

from jaxtyping import Float

from nudipole.numerics import AnyArray, jax, jnp

#: Sum of squared vector couplings in those codes.
C2_CODES = 0.93153
#: (mu_e - m_e)/T from which on the fit holds within 5 %: it was made for where the process dominates.
DEGENERATE = 3.0


def fitted_loss(T: Any, rho: Any, Y_e: Any = 0.5, *, C2: Any = C2_CODES) -> Float[AnyArray, "*n"]:
    """Loss by plasmon decay in the Standard Model, by the fit.

    It was made for degenerate matter, where it is good to 5 %; elsewhere it is off by up to 40 %.

    Parameters
    ----------
    T : Float[Array, "*#n"]
        [K]
    rho : Float[Array, "*#n"]
        [g/cm^3]
    Y_e : Float[Array, "*#n"]
    C2 : float
        Sum of squared vector couplings, in place of that which stellar codes have.

    Returns
    -------
    Float[Array, "*n"]
        [erg/(cm^3 s)]

    References
    ----------
    Haft:1994 Eqs. (4.5)-(4.11); Itoh:1996

    Examples
    --------
    >>> print(f"{fitted_loss(1e8, 1e6) / 1e6:.2f} erg/(g s)")
    29.23 erg/(g s)
    """
    found: AnyArray = _fitted(jnp.asarray(T, float), jnp.asarray(rho, float) * Y_e, jnp.asarray(C2, float))
    return found


@jax.jit
def _fitted(T: AnyArray, rho_e: AnyArray, C2: AnyArray) -> AnyArray:
    gamma2 = 1.1095e11 * rho_e / (T**2 * jnp.sqrt(1 + jnp.cbrt(1.019e-6 * rho_e) ** 2))
    gamma = jnp.sqrt(gamma2)
    f_T = 2.4 + 0.6 * jnp.sqrt(gamma) + 0.51 * gamma + 1.25 * gamma**1.5
    f_L = (8.6 * gamma2 + 1.35 * gamma**3.5) / (225 - 17 * gamma + gamma2)
    density, temperature = jnp.log10(2 * rho_e), jnp.log10(T)
    x = (17.5 + density - 3 * temperature) / 6
    y = (-24.5 + density + 3 * temperature) / 6
    dip = 0.39 - 1.25 * x - 0.35 * jnp.sin(4.5 * x) - 0.3 * jnp.exp(-((4.5 * x + 0.9) ** 2))
    fall = jnp.exp(-((jnp.minimum(0.0, y - 1.6 + 1.25 * x) / (0.57 - 0.25 * x)) ** 2))
    f_xy = jnp.where((jnp.abs(x) > 0.7) | (y < 0), 1.0, 1.05 + dip * fall)
    # Temperature over the electron's mass, with the digits that the fit has.
    scaled = T / 5.9302e9
    return C2 * 3e21 * scaled**9 * gamma2**3 * jnp.exp(-gamma) * (f_T + f_L) * f_xy
