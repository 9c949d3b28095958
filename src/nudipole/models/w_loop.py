r"""The W loop that gives every massive neutrino a moment: its function of the lepton's mass, and the masses.

.. math::

    \mu_{kj},\ i\epsilon_{kj} = \frac{e G_F}{8\sqrt2\pi^2}\,(m_k \pm m_j) \sum_l f(a_l)\, U^*_{lk} U_{lj},
    \qquad a_l = m_l^2/m_W^2

Of f only the difference from 3/2 is left off the diagonal, where the rows of U are orthogonal (GIM): it is what is
computed, by series where the closed form would lose its digits.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole.errors import OutOfRange

if TYPE_CHECKING:
    from nudipole.mixing import Oscillation

#: e G_F/(8 sqrt2 pi^2) [mu_B/eV]: in units of mu_B = e/(2 m_e) the charge cancels.
PREFACTOR = 2 * const.m_e * const.G_F / (8 * math.sqrt(2) * math.pi**2) * const.eV
LEPTON_MASSES = np.array([const.m_e, const.m_mu, const.m_tau])
#: Below, and around one, the series are used, whose terms of this number are below 1e-17 there.
_SMALL, _AROUND, _TERMS = 0.1, 0.4, 60


def f_minus(a: float | NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Loop function less its value at zero, f(a) - 3/2.

    .. math:: f(a) = \frac34\left[1 + \frac1{1-a} - \frac{2a}{(1-a)^2} - \frac{2a^2\ln a}{(1-a)^3}\right]
              = \frac32 + \frac34\sum_{n\ge1} a^n\,[1 - 2n - n(n-1)\ln a]

    and around a = 1, with x = 1 - a, :math:`f = \frac34[1 + \sum_{m\ge0} 4x^m/((m+1)(m+2)(m+3))]`.

    Parameters
    ----------
    a : Float[Array, "*n"]
        Squared ratio of the masses of lepton and W, 0 or more.

    Returns
    -------
    Float[Array, "*n"]
        From 0 to -3/4.

    Raises
    ------
    OutOfRange
        If a is negative.

    References
    ----------
    Shrock:1982sc; Giunti:2014ixa

    Examples
    --------
    >>> print(f"{f_minus((const.m_e / const.m_W) ** 2):.5e} {f_minus(1.0):.2f}")
    -3.03195e-11 -0.25
    """
    a = np.asarray(a, dtype=float)
    if not np.all(a >= 0):
        raise OutOfRange("a", float(np.min(a)), 0.0)
    found = np.zeros(a.shape)
    small, around = a < _SMALL, np.abs(1 - a) < _AROUND
    n = np.arange(1, _TERMS)
    x = np.where(small, a, 0.0)[..., None]
    log = np.log(np.where(x > 0, x, 1.0))
    found = np.where(small, 0.75 * np.sum(x**n * (1 - 2 * n - n * (n - 1) * log), axis=-1), found)
    m = np.arange(_TERMS)
    x = np.where(around, 1 - a, 0.0)[..., None]
    near = 0.75 * (1 + np.sum(4 * x**m / ((m + 1.0) * (m + 2) * (m + 3)), axis=-1)) - 1.5
    found = np.where(around, near, found)
    b = np.where(small | around, 2.0, a)
    closed = 0.75 * (1 + 1 / (1 - b) - 2 * b / (1 - b) ** 2 - 2 * b**2 * np.log(b) / (1 - b) ** 3) - 1.5
    return np.asarray(np.where(small | around, found, closed))


def f(a: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """The loop function itself, of which `f_minus` keeps the digits; 3/2 at zero, 3/4 at infinity.

    Raises
    ------
    OutOfRange
        If a is negative.

    Examples
    --------
    >>> print(f"{f(0.5):.10f} {f(2.0):.10f}")
    1.3294415417 1.1588830834
    """
    return 1.5 + f_minus(a)


def masses(m_lightest: float, oscillation: Oscillation) -> NDArray[np.float64]:
    """Masses of the three states [eV], from the lightest [eV] and the splittings."""
    squared = np.asarray(oscillation.masses_squared()) / const.eV**2
    return np.asarray(np.sqrt(squared - squared.min() + m_lightest**2))


def mixing(oscillation: Oscillation, a21: float = 0.0, a31: float = 0.0) -> NDArray[np.complex128]:
    """U with Majorana phases [rad], V diag(1, e^(i a21/2), e^(i a31/2))."""
    phases = np.exp(0.5j * np.array([0.0, a21, a31]))
    return np.asarray(oscillation.pmns()) * phases


def gim_sum(U: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Sum over leptons of [f(a_l) - 3/2] U*_lk U_lj, (k, j)."""
    weights = f_minus((LEPTON_MASSES / const.m_W) ** 2)
    return np.asarray(np.einsum("l,lk,lj->kj", weights, U.conj(), U))


def dirac_moments(m: NDArray[np.float64], U: NDArray[np.complex128]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Magnetic and electric moments of Dirac neutrinos of masses `m` [eV] in the mass basis [mu_B].

    Both are Hermitian; electric ones vanish on the diagonal. The loop knows left-handed neutrinos only: what arrives
    right-handed has flipped at the end, so that lambda = mu - i eps of j to k has the mass of k.

    Examples
    --------
    >>> mu, eps = dirac_moments(np.array([0.0, 0.0, 1.0]), np.eye(3))
    >>> print(f"{mu[2, 2].real:.4e} {abs(eps[2, 2]):.0f}")
    3.2018e-19 0
    """
    X = gim_sum(U)
    mu = PREFACTOR * (m[:, None] + m) * (X + 1.5 * np.eye(3))
    eps = 1j * PREFACTOR * (m[:, None] - m) * X
    return mu, eps


def majorana_moments(m: NDArray[np.float64], U: NDArray[np.complex128]) -> tuple[NDArray[Any], NDArray[Any]]:
    r"""The same of Majorana neutrinos, for L = -(1/4) nu^T C^-1 lambda sigma nu F: X - X^T of the Dirac ones.

    Both are purely imaginary and antisymmetric: mu from Im, epsilon from Re of U*_lk U_lj.
    """
    mu, eps = dirac_moments(m, U)
    return 1j * 2 * mu.imag, 1j * 2 * eps.imag
