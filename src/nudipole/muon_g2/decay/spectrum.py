r"""Positrons of polarised muons: spectrum and asymmetry, at rest and boosted with beta = 1.

In the muon's rest frame, with x = 2 E*/m_mu and theta the angle between positron and spin of the mu+,

.. math:: \frac{d^2P}{dx\,d\cos\theta} = x^2 [3 - 2x + P(2x - 1)\cos\theta]

A boost with beta = 1 along the momentum gives y = E/E_max = x (1 + cos theta*)/2, and a spin at the angle phi from the
momentum gives N(y) [1 + P A(y) cos(phi)]. The electron mass and radiative corrections (of order alpha) are left out,
and with beta = 1 also what is of order 1/gamma^2 = 0.12 %; `nudipole.muon_g2.decay.boost` has any gamma. Electrons of
mu- go the other way: P changes its sign.

References
----------
Muong-2:2006rrc; Michel:1949qe
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nudipole.muon_g2.decay.precession import p_magic
from nudipole.numerics import jax, jnp

#: Whatever comes in comes out: a float, a NumPy array, or a JAX array or tracer.
Number = TypeVar("Number", float, NDArray[np.float64], jax.Array)

#: Energy to which y = 1 belongs, in a ring at the magic momentum [MeV]: the momentum m_mu/sqrt(a_mu), about 3.094 GeV.
#: With beta < 1 positrons reach (E + p)/2, which is 0.9 MeV more.
E_max: float = p_magic

#: y at which the asymmetry changes its sign.
ZERO_CROSSING: float = (1 + math.sqrt(33)) / 16


def michel(x: Number, cos_theta: Number, *, polarisation: float = 1.0) -> Number:
    """Positrons of a muon at rest, d2P/(dx dcos(theta)), whose integral is 1.

    .. math:: x^2 [3 - 2x + P (2x - 1) cos(theta)]

    Parameters
    ----------
    x : array
        Energy of the positron in units of m_mu/2.
    cos_theta : array
        Cosine of the angle to the spin of a mu+.
    polarisation : float

    Returns
    -------
    array
        Pure number; zero outside 0 <= x <= 1.

    References
    ----------
    Muong-2:2006rrc Eq. (6)

    Examples
    --------
    >>> michel(1.0, 1.0), michel(1.0, -1.0)
    (2.0, 0.0)
    """
    density = x**2 * (3 - 2 * x + polarisation * (2 * x - 1) * cos_theta)
    return density * ((x >= 0) & (x <= 1))


def N(y: Number) -> Number:
    """Spectrum of the positrons in the laboratory, dP/dy, averaged over the direction of the spin.

    .. math:: N = (5 - 9 y^2 + 4 y^3)/3

    Parameters
    ----------
    y : array
        Energy in units of the largest.

    Returns
    -------
    array
        Pure number, whose integral is 1; zero outside 0 <= y <= 1.

    Examples
    --------
    >>> float(N(0.0)), float(N(1.0))
    (1.6666666666666667, 0.0)
    """
    return (1 - y) * (5 + 5 * y - 4 * y**2) / 3 * ((y >= 0) & (y <= 1))


def N_A(y: Number) -> Number:
    """Spectrum times asymmetry.

    .. math:: N A = (1 - y)(8 y^2 - y - 1)/3

    Parameters
    ----------
    y : array
        Energy in units of the largest.

    Returns
    -------
    array
        Pure number, whose integral is 0; zero outside 0 <= y <= 1.

    Examples
    --------
    >>> N_A(0.5) == N(0.5) * A(0.5)
    True
    """
    return (1 - y) * (8 * y**2 - y - 1) / 3 * ((y >= 0) & (y <= 1))


def A(y: Number) -> Number:
    """Asymmetry of the positrons in the laboratory, for a spin along the momentum.

    .. math:: A = (8 y^2 - y - 1)/(5 + 5 y - 4 y^2)

    Parameters
    ----------
    y : array
        Energy in units of the largest.

    Returns
    -------
    array
        From -1/5 at y = 0 to 1 at y = 1; zero outside.

    Examples
    --------
    >>> float(A(0.0)), float(A(1.0)), abs(float(A(ZERO_CROSSING))) < 1e-15
    (-0.2, 1.0, True)
    """
    return (8 * y**2 - y - 1) / (5 + 5 * y - 4 * y**2) * ((y >= 0) & (y <= 1))


def figure_of_merit(y: Number) -> Number:
    """N A^2: what positrons of one energy contribute to 1/sigma^2 of omega_a, for each decay.

    Parameters
    ----------
    y : array
        Energy in units of the largest.

    Returns
    -------
    array
        Pure number.

    Examples
    --------
    >>> print(f"{figure_of_merit(0.85):.3f}")
    0.121
    """
    return N_A(y) * A(y)


def N_above(y: Number) -> Number:
    """Fraction of the positrons above a threshold.

    .. math:: (1 - y)^2 (3 + y - y^2)/3

    Parameters
    ----------
    y : array
        Threshold in units of the largest energy, from 0 to 1.

    Returns
    -------
    array
        Pure number.

    Examples
    --------
    >>> N_above(0.0), N_above(1.0)
    (1.0, 0.0)
    """
    return (1 - y) ** 2 * (3 + y - y**2) / 3


def N_A_above(y: Number) -> Number:
    """Integral of N A above a threshold.

    .. math:: y (1 - y)^2 (2 y + 1)/3

    Parameters
    ----------
    y : array
        Threshold in units of the largest energy, from 0 to 1.

    Returns
    -------
    array
        Pure number.

    Examples
    --------
    >>> print(f"{N_A_above(0.5):.4f}")
    0.0833
    """
    return y * (1 - y) ** 2 * (2 * y + 1) / 3


def A_above(y: Number) -> Number:
    """Asymmetry of all positrons above a threshold.

    .. math:: y (2 y + 1)/(3 + y - y^2)

    Parameters
    ----------
    y : array
        Threshold in units of the largest energy, from 0 to 1.

    Returns
    -------
    array
        Pure number.

    Examples
    --------
    >>> A_above(0.0), A_above(1.0)
    (0.0, 1.0)
    """
    return y * (2 * y + 1) / (3 + y - y**2)


def energy_integrals(low: Number, high: Number) -> tuple[Number, Number]:
    """Means of N and of N A over windows of y, exactly.

    Parameters
    ----------
    low, high : array
        Ends of the windows, E/E_max, low < high. They may reach out of 0..1, where there are no positrons.

    Returns
    -------
    mean_N, mean_NA : array
        Pure numbers. Times high - low they are the fraction of all positrons, and that times their mean asymmetry.

    Examples
    --------
    >>> mean_N, mean_NA = energy_integrals(np.array([0.0, 0.5]), np.array([0.5, 1.0]))
    >>> np.round(mean_N * 0.5, 4), np.round(mean_NA / mean_N, 4)
    (array([0.7292, 0.2708]), array([-0.1143,  0.3077]))
    """
    xp = np if isinstance(low, float | int | np.ndarray) and isinstance(high, float | int | np.ndarray) else jnp
    below, above = xp.clip(low, 0.0, 1.0), xp.clip(high, 0.0, 1.0)
    width = high - low
    return (N_above(below) - N_above(above)) / width, (N_A_above(below) - N_A_above(above)) / width
