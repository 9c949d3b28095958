r"""Decay of plasmons to neutrinos: widths, and the energy that they carry away from a plasma.

All channels share one integral, :math:`M_n = \sum\int k^2dk\,Z\,(K^2)^n n_B(\omega)` over two transverse polarisations
and the longitudinal one:

.. math:: Q = \frac{q^2\alpha}{6\pi^2}M_1 + \frac{\mu^2}{48\pi^3}M_2 + \frac{G_F^2}{96\pi^4\alpha}\sum C_V^2\,M_3
"""

from __future__ import annotations

from functools import partial
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Float

from nudipole import constants as const
from nudipole.astrophysics.plasma import Plasma, longitudinal_branch, transverse_branch
from nudipole.astrophysics.strength import Strength
from nudipole.numerics import AnyArray, jax, jnp

#: Nodes along each branch, and those of the coarser rule that the error is estimated with.
NODES, COARSE = 64, 44
#: Energies above omega_p, in units of T, that plasmons have: beyond, fewer than 1e-19.
_HIGHEST = 45.0
#: Rapidity at which the longitudinal branch ends: there K^2 has fallen by e^-24, and the least moment by e^-48.
_LONGEST = 12.0
#: Names of the channels of `emissivity`, in its order.
CHANNELS = ("standard-model", "charge-radius", "dipole", "charge")
#: 1 MeV^5 in erg/(cm^3 s).
_ERG = const.e_charge * 1e13 / const.hbar_c**3 * const.second


def moments(plasma: Plasma, *, nodes: int = NODES) -> Float[AnyArray, "*n 2 3"]:
    r"""Moments :math:`M_n = \int k^2dk\,Z\,(K^2)^n n_B(\omega)` of both branches.

    Parameters
    ----------
    plasma : Plasma
    nodes : int
        Of the rule of Gauss and Legendre along each branch, in rapidity artanh(k/omega).

    Returns
    -------
    Float[Array, "*n 2 3"]
        Transverse (two polarisations) and longitudinal; n = 1, 2, 3 [MeV^(3 + 2 n)].

    References
    ----------
    Braaten:1993; Haft:1994

    Examples
    --------
    >>> from nudipole.astrophysics.plasma import electron_density
    >>> found = moments(Plasma.at(1e8 * const.k_B, electron_density(1e6)))
    >>> print(f"longitudinal share of the Standard Model's: {found[1, 2] / found[:, 2].sum():.4f}")
    longitudinal share of the Standard Model's: 0.0553
    """
    found: AnyArray = _moments(plasma, nodes)
    return found


@partial(jax.jit, static_argnames="nodes")
def _moments(plasma: Plasma, nodes: int) -> AnyArray:
    sums = [jnp.stack([jnp.sum(w * K2**n, axis=-1) for n in (1, 2, 3)], axis=-1) for K2, w in points(plasma, nodes)]
    return jnp.stack(sums, axis=-2)


def points(plasma: Plasma, nodes: int = NODES) -> list[tuple[AnyArray, AnyArray]]:
    """Nodes along both branches: K^2 [MeV^2], and the weight of k^2 dk Z n_B there, polarisations included."""
    at, weight = np.polynomial.legendre.leggauss(nodes)
    at, weight = (at + 1) / 2, weight / 2
    spread = jax.tree.map(lambda x: x[..., None], plasma)
    # Ends move with the plasma but nothing is there: they are left out of derivatives.
    most = 1 + _HIGHEST * spread.T / spread.omega_p
    # On the longitudinal branch (omega/omega_p)^2 is more than 1 + (3/5) y^2.
    reach = jnp.sqrt((most**2 - 1) / 0.6) / spread.v_star
    longest = jnp.minimum(jnp.arctanh(jnp.minimum(reach, 1 - 1e-15)), _LONGEST)
    both = []
    for branch, last, copies in ((transverse_branch, jnp.arccosh(most), 2), (longitudinal_branch, longest, 1)):
        end = jax.lax.stop_gradient(last)
        theta = at * end

        def momentum(theta: AnyArray, branch: Any = branch) -> AnyArray:
            made: AnyArray = branch(spread, theta)[0]
            return made

        k, dk = jax.jvp(momentum, (theta,), (jnp.ones_like(theta),))
        _, omega, Z = branch(spread, theta)
        x = omega / spread.T
        occupied = jnp.exp(-x) / -jnp.expm1(-x)
        both.append(((omega / jnp.cosh(theta)) ** 2, copies * weight * end * dk * k**2 * Z * occupied))
    return both


class Loss(eqx.Module):
    """Energy that leaves a plasma through plasmon decay.

    Attributes
    ----------
    channels : Float[Array, "*n 4"]
        By `CHANNELS` [erg/(cm^3 s)]; that of the charge radius is what it adds to the Standard Model's, with its sign.
    longitudinal : Float[Array, "*n"]
        Share of longitudinal plasmons in the Standard Model's.
    error : Float[Array, "*n"]
        Relative error of the quadrature, from a coarser rule.

    Examples
    --------
    >>> from nudipole.astrophysics.plasma import electron_density
    >>> found = loss(Plasma.at(1e8 * const.k_B, electron_density(1e6)), Strength.of(None))
    >>> print(f"{found.channels[0]:.4e} erg/(cm^3 s), {bool(found.error < 1e-9)}")
    3.0258e+07 erg/(cm^3 s), True
    """

    channels: Float[AnyArray, "*n 4"]
    longitudinal: Float[AnyArray, "*n"]
    error: Float[AnyArray, "*n"]

    @property
    def total(self) -> Float[AnyArray, "*n"]:
        """All channels, without interference: helicities differ [erg/(cm^3 s)]."""
        return jnp.sum(self.channels, axis=-1)


def loss(plasma: Plasma, strength: Strength) -> Loss:
    """Energy that leaves a plasma through plasmon decay.

    Parameters
    ----------
    plasma : Plasma
    strength : Strength
        Of the neutrinos.

    Returns
    -------
    Loss
        [erg/(cm^3 s)]

    References
    ----------
    Braaten:1993; Haft:1994; Raffelt:1999

    Examples
    --------
    >>> from nudipole.astrophysics.plasma import electron_density
    >>> mine = Strength(Strength.of(None).C2_sm, Strength.of(None).C2_sm, 1e-24, 0.0)
    >>> dipole = loss(Plasma.at(1e8 * const.k_B, electron_density(1e6)), mine).channels[2] / 1e6
    >>> print(f"{dipole:.3f} erg/(g s)")
    2.942 erg/(g s)
    """
    found: Loss = _loss(plasma, strength)
    return found


@jax.jit
def _loss(plasma: Plasma, strength: Strength) -> Loss:
    M = _moments(plasma, NODES)
    coarse = _moments(plasma, COARSE).sum(-2)
    sums = M.sum(-2)
    weak = const.G_F**2 / (96 * np.pi**4 * const.alpha) * sums[..., 2]
    channels = jnp.stack(
        [
            strength.C2_sm * weak,
            (strength.C2 - strength.C2_sm) * weak,
            strength.mu2 * const.mu_B_natural**2 / (48 * np.pi**3) * sums[..., 1],
            strength.q2 * const.alpha / (6 * np.pi**2) * sums[..., 0],
        ],
        axis=-1,
    )
    some = sums > 0
    off = jnp.max(jnp.abs(jnp.where(some, coarse / jnp.where(some, sums, 1.0), 1.0) - 1), axis=-1)
    part = jnp.where(some[..., 2], M[..., 1, 2] / jnp.where(some[..., 2], sums[..., 2], 1.0), 0.0)
    return Loss(channels * _ERG, part, jax.lax.stop_gradient(off))


def width(omega: Any, K2: Any, Z: Any, strength: Strength) -> Float[AnyArray, "*n"]:
    r"""Width of a plasmon.

    .. math:: \Gamma = \frac{Z}{\omega}\Big[\frac{q^2\alpha K^2}{3} + \frac{\mu^2K^4}{24\pi}
              + \sum C_V^2\frac{G_F^2K^6}{48\pi^2\alpha}\Big]

    Parameters
    ----------
    omega : Float[Array, "*#n"]
        [MeV]
    K2 : Float[Array, "*#n"]
        omega^2 - k^2 [MeV^2].
    Z : Float[Array, "*#n"]
        Residue.
    strength : Strength

    Returns
    -------
    Float[Array, "*n"]
        [MeV]

    References
    ----------
    Raffelt:1999

    Examples
    --------
    >>> mine = Strength(0.0, 0.0, 1e-24, 0.0)
    >>> print(f"{width(0.01, 1e-4, 1.0, mine) * const.second:.2e} /s")
    1.77e-12 /s
    """
    omega, K2, Z = (jnp.asarray(x, float) for x in (omega, K2, Z))
    charge = strength.q2 * const.alpha * K2 / 3
    dipole = strength.mu2 * const.mu_B_natural**2 * K2**2 / (24 * np.pi)
    weak = strength.C2 * const.G_F**2 * K2**3 / (48 * np.pi**2 * const.alpha)
    total: AnyArray = Z / omega * (charge + dipole + weak)
    return total
