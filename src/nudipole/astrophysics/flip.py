r"""Rate at which a moment turns left-handed neutrinos of a plasma to right-handed ones.

.. math:: \Gamma(E) = \frac{\mu^2}{16\pi^2E^2}\int d\omega\int k\,dk\,(k^2 - \omega^2)
          \big[(2E - \omega)^2 S_L + P_T^2 S_T\big], \qquad
          P_T^2 = \frac{(k^2 - \omega^2)\big((2E - \omega)^2 - k^2\big)}{k^2}

over space-like photons, :math:`|\omega| < k < 2E - \omega`, with :math:`S = 2(1 + n_B)\,\mathrm{Im}(-D)`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const

Array = NDArray[np.float64]
#: Nodes in omega/k on either side, and in k.
NODES = 40
#: e^2 of natural Heaviside-Lorentz units.
E2 = 4 * math.pi * const.alpha
#: Terms of alternating series, accelerated: 1e-17.
_TERMS = 22


class SelfEnergy(NamedTuple):
    """Self-energies of photons: real and imaginary parts [MeV^2].

    Attributes
    ----------
    L_real, L_imag, T_real, T_imag : Float[Array, "*n"]

    Examples
    --------
    >>> found = hard_thermal_loop(np.array([0.0]), np.array([1.0]), 2.0)
    >>> float(found.L_real[0])
    4.0
    """

    L_real: Array
    L_imag: Array
    T_real: Array
    T_imag: Array


def hard_thermal_loop(x: Array, k: Array, k_D: float) -> SelfEnergy:
    r"""Self-energies of space-like photons in an ultrarelativistic plasma, for :math:`x = \omega/k`.

    Parameters
    ----------
    x, k : Float[Array, "*n"]
        Frequency over momentum, within (-1, 1), and momentum [MeV], of which they do not depend.
    k_D : float
        Screening momentum [MeV].

    Returns
    -------
    SelfEnergy

    References
    ----------
    Braaten:1993

    Examples
    --------
    >>> found = hard_thermal_loop(np.array([0.5]), np.array([1.0]), 1.0)
    >>> print(f"{found.L_real[0]:.4f} {found.L_imag[0]:.4f} {found.T_real[0]:.4f} {found.T_imag[0]:.4f}")
    0.7253 0.7854 0.2280 0.2945
    """
    log = np.log((1 + x) / (1 - x))
    square = k_D**2 * np.ones_like(k)
    return SelfEnergy(
        square * (1 - x / 2 * log),
        square * math.pi * x / 2,
        square / 2 * (x**2 + x * (1 - x**2) / 2 * log),
        square * math.pi * x * (1 - x**2) / 4,
    )


def one_loop(x: Array, k: Array, T: float, charges: float) -> SelfEnergy:
    """Self-energies in a plasma of massless fermions: imaginary parts in full, real ones of the hard thermal loop.

    Parameters
    ----------
    x, k : Float[Array, "*n"]
        Frequency over momentum, within (-1, 1), and momentum [MeV].
    T : float
        Temperature [MeV].
    charges : float
        Sum of colours times squared charges of Dirac fermions.

    Returns
    -------
    SelfEnergy

    References
    ----------
    Elmfors:1997

    Examples
    --------
    At small momenta it is the hard thermal loop:

    >>> full = one_loop(np.array([0.5]), np.array([1e-3]), 1.0, 1.0)
    >>> loop = hard_thermal_loop(np.array([0.5]), np.array([1e-3]), math.sqrt(E2 / 3))
    >>> print(f"{full.L_imag[0] / loop.L_imag[0]:.6f} {full.T_imag[0] / loop.T_imag[0]:.6f}")
    1.000000 1.000000
    """
    loop = hard_thermal_loop(x, k, math.sqrt(charges * E2 / 3) * T)
    omega, k = x * k / T, k / T
    near, far = _tails((k - omega) / 2), _tails((k + omega) / 2)
    zeroth = near[0] - far[0]
    second = 4 * (
        near[2] + omega * near[1] + omega**2 / 4 * near[0] - (far[2] - omega * far[1] + omega**2 / 4 * far[0])
    )
    factor = charges * E2 / (4 * math.pi * k) * T**2
    L = factor * (second - k**2 * zeroth)
    transverse = factor * (1 - x**2) / 2 * (second + k**2 * zeroth)
    return loop._replace(L_imag=L, T_imag=transverse)


def _tails(y: Array) -> tuple[Array, Array, Array]:
    r""":math:`\int_y^\infty p^n/(e^p + 1)\,dp` for n = 0, 1, 2 and y >= 0."""
    d = (3 + math.sqrt(8)) ** _TERMS
    d = (d + 1 / d) / 2
    b, c = -1.0, -d
    sums = [np.zeros_like(y) for _ in range(3)]
    for k in range(_TERMS):
        c = b - c
        power = np.exp(-(k + 1) * y)
        for n in range(3):
            sums[n] = sums[n] + c * power / (k + 1) ** (n + 1)
        b *= (k + _TERMS) * (k - _TERMS) / ((k + 0.5) * (k + 1))
    one, two, three = (total / d for total in sums)
    return one, y * one + two, y**2 * one + 2 * y * two + 2 * three


def flip_rate(
    E: Array,
    T: float,
    response: Callable[[Array, Array], SelfEnergy],
    *,
    screening: float = 0.0,
    k_most: float = math.inf,
    nodes: int = NODES,
    parts: bool = False,
) -> Array:
    """Rate of the flip by charges that move.

    Parameters
    ----------
    E : Float[Array, "n"]
        Energies of the neutrinos [MeV].
    T : float
        [MeV]
    response : callable
        Self-energies by omega/k and k.
    screening : float
        Momentum [MeV] of charges that only screen.
    k_most : float
        Momentum that the charges can take up [MeV].
    nodes : int
    parts : bool
        Whether longitudinal and transverse photons are told apart, along a last axis.

    Returns
    -------
    Float[Array, "n"] or Float[Array, "n 2"]
        For mu = 1/MeV [MeV^3].

    References
    ----------
    Elmfors:1997; Ayala:1999; Kuznetsov:2009

    Examples
    --------
    >>> rate = flip_rate(np.array([3.0]), 1.0, lambda x, k: one_loop(x, k, 1.0, 1.0))
    >>> print(f"{rate[0]:.4f}")
    0.0135
    """
    at, weight = np.polynomial.legendre.leggauss(nodes)
    at, weight = (at + 1) / 2, weight / 2
    # Dynamic screening is seen at omega ~ k^3/k_D^2: nodes are dense at small omega and small k.
    one_side, width = at**3, weight * 3 * at**2
    x = np.concatenate([-one_side[::-1], one_side])[None, :, None]
    dx = np.concatenate([width[::-1], width])[None, :, None]
    E = np.asarray(E, float)[:, None, None]
    top = np.minimum(2 * E / (1 + x), k_most)
    k, dk = top * at**2, top * 2 * at * weight
    omega = x * k
    found = response(x, k)
    # n_B has a pole at omega = 0 where the imaginary parts have their zero.
    thermal = 2 / -np.expm1(np.minimum(-omega / T, 700.0))
    square = k**2 * (1 - x**2)
    D_L = found.L_imag / ((k**2 + found.L_real + screening**2) ** 2 + found.L_imag**2)
    D_T = found.T_imag / ((square + found.T_real) ** 2 + found.T_imag**2)
    common = dx * dk * k**4 * (1 - x**2) * thermal / (16 * math.pi**2 * E**2)
    total = 2 * E - omega
    both = (common * total**2 * D_L, common * (1 - x**2) * (total**2 - k**2) * D_T)
    summed = np.stack([part.sum(axis=(1, 2)) for part in both], axis=-1)
    return summed if parts else np.asarray(summed.sum(-1))


def flip_rate_static(E: Array, n: float, k_S: float) -> Array:
    r"""Rate of the flip by charges at rest, :math:`\alpha\mu^2 n[\ln(1 + z) - z/(1 + z)]`, :math:`z = 4E^2/k_S^2`.

    Parameters
    ----------
    E : Float[Array, "n"]
        Energies of the neutrinos [MeV].
    n : float
        Density of the charges [MeV^3].
    k_S : float
        Screening momentum [MeV].

    Returns
    -------
    Float[Array, "n"]
        For mu = 1/MeV [MeV^3].

    References
    ----------
    Raffelt:1999

    Examples
    --------
    >>> print(f"{flip_rate_static(np.array([160.0]), 1.0, 41.7)[0] / const.alpha:.3f}")
    3.109
    """
    z = (2 * np.asarray(E, float) / k_S) ** 2
    return np.asarray(const.alpha * n * (np.log1p(z) - z / (1 + z)))
