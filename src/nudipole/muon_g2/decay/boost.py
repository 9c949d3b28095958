r"""Positrons of muons with any Lorentz factor: exact in gamma, where `nudipole.muon_g2.decay.spectrum` has beta = 1.

.. math::

    \frac{dP}{dE} = \int dx\,d\cos\theta^*\, \frac{d^2P}{dx\,d\cos\theta^*}\,
    \delta\Big(E - \gamma\frac{m_\mu}{2}x(1 + \beta\cos\theta^*)\Big)

The delta function fixes cos(theta*), and the integral over x that is left has a polynomial for integrand, for which
Gauss's rule with three nodes is exact. The electron mass is left out, as in the Michel spectrum itself.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole.errors import OutOfRange
from nudipole.muon_g2.decay.precession import beta, gamma_magic

#: What is integrated, a part of the Michel distribution over x.
_Density = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(3)


def endpoint(gamma: float = gamma_magic) -> float:
    """Largest energy of a positron, gamma (1 + beta) m_mu/2, for the electron mass zero.

    Parameters
    ----------
    gamma : float
        Of the muon, above 1.

    Returns
    -------
    float
        [MeV]

    Raises
    ------
    OutOfRange
        If gamma is below 1.

    Examples
    --------
    >>> print(f"{endpoint():.0f} MeV")
    3095 MeV
    """
    return gamma * (1 + beta(gamma)) * const.m_mu / 2


def spectrum(E: NDArray[np.float64] | float, gamma: float = gamma_magic) -> NDArray[np.float64]:
    """Spectrum of the positrons averaged over the spin's direction, dP/dE.

    Parameters
    ----------
    E : array
        Energy in the laboratory [MeV].
    gamma : float
        Of the muon, above 1.

    Returns
    -------
    array
        [MeV^-1]; zero outside the kinematic range, 1 as an integral.

    Raises
    ------
    OutOfRange
        If gamma is not above 1.

    Examples
    --------
    >>> spectrum(np.array([1000.0, 4000.0])).round(6).tolist()
    [0.000452, 0.0]
    """
    return _moment(E, gamma, lambda x, cos: x * (3 - 2 * x))


def polarised(E: NDArray[np.float64] | float, gamma: float = gamma_magic) -> NDArray[np.float64]:
    """Spectrum times asymmetry: what a spin along the momentum adds to `spectrum`.

    Parameters
    ----------
    E : array
        Energy in the laboratory [MeV].
    gamma : float
        Of the muon, above 1.

    Returns
    -------
    array
        [MeV^-1]

    Raises
    ------
    OutOfRange
        If gamma is not above 1.

    Examples
    --------
    >>> polarised(np.array([500.0, 2500.0])) > 0
    array([False,  True])
    """
    return _moment(E, gamma, lambda x, cos: (2 * x - 1) * x * cos)


def asymmetry(E: NDArray[np.float64] | float, gamma: float = gamma_magic) -> NDArray[np.float64]:
    """Asymmetry, `polarised` over `spectrum`.

    Parameters
    ----------
    E : array
        Energy in the laboratory [MeV].
    gamma : float
        Of the muon, above 1.

    Returns
    -------
    array
        Pure number; zero where there are no positrons.

    Raises
    ------
    OutOfRange
        If gamma is not above 1.

    Examples
    --------
    >>> asymmetry(np.array([500.0, 2500.0])).round(2).tolist()
    [-0.17, 0.53]
    """
    total = spectrum(E, gamma)
    return np.divide(polarised(E, gamma), total, out=np.zeros_like(total), where=total > 0)


def _moment(E: NDArray[np.float64] | float, gamma: float, density: _Density) -> NDArray[np.float64]:
    b = beta(gamma)
    if b == 0:
        raise OutOfRange("gamma", gamma, 1, inside=True)
    u = np.asarray(E, dtype=float) / (gamma * const.m_mu / 2)
    low, high = u / (1 + b), np.minimum(1.0, u / (1 - b))
    half, middle = (high - low) / 2, (high + low) / 2
    x = middle[..., None] + half[..., None] * _NODES
    # x cos(theta*) beta = u - x; the Jacobian of the delta function is 1/(x beta gamma m_mu/2).
    with np.errstate(divide="ignore", invalid="ignore"):
        cos = np.where(x > 0, (u[..., None] / x - 1) / b, 0.0)
    integral = half * np.sum(_WEIGHTS * density(x, cos), axis=-1)
    found: NDArray[np.float64] = np.where((u > 0) & (half > 0), integral, 0.0) / (b * gamma * const.m_mu / 2)
    return found
