r"""Cuts on the angle of the recoiling electron to the beam.

.. math:: \cos\theta = \Big(1+\frac{m}{E}\Big)\sqrt{\frac{T}{T+2m}}

At a given recoil T the angle grows with the neutrino energy E, so a cut :math:`\theta < \theta_c(T)` keeps a window
:math:`E < E_{\rm most}(T)`: inside the fold it is the difference of two cumulative moments. An angle that is measured
with an error is a weighted sum of such windows: the probability A to pass the cut falls with the true angle,

.. math:: \int dE\,A(\theta)\,f = A(\theta_{\rm max})\int dE\,f + \int_0^{\theta_{\rm max}} d\theta\,
          \Big(-\frac{dA}{d\theta}\Big) \int_{\theta' < \theta} dE\,f

and every node of a Gauss-Legendre rule in theta is a sharp cut of its own.
"""

from __future__ import annotations

import math

import equinox as eqx
import numpy as np
from numpy.typing import NDArray
from scipy.special import i1e

from nudipole import constants as const
from nudipole.errors import OutOfRange, UnknownName

#: What may be cut on: E_e theta^2 with the total electron energy [MeV], or cos theta.
CUTS = ("E_theta2", "cos_theta")
#: Windows of a measured angle; the rest, which every energy passes, is one more, from as many nodes.
_WINDOWS, _REST = 32, 64
#: Errors of the angle beyond the cut at which nothing passes, or before it at which nothing is lost (1e-10).
_REACH = 6.5


class AngleCut(eqx.Module):
    """An upper limit on the angle of the electron.

    Attributes
    ----------
    kind : str
        Of `CUTS`.
    value : float
        Upper limit of E_e theta^2 [MeV rad^2], or lower limit of cos(theta).
    sigma : float
        Error of the angle in each of the two planes that contain the beam [rad].

    Raises
    ------
    UnknownName
        If the kind is none of `CUTS`.
    OutOfRange
        If the value has no meaning or the error is negative.

    Examples
    --------
    A cut on E_e theta^2 at twice the electron mass, for an electron of 1 GeV:

    >>> cut = AngleCut("E_theta2", 2 * 0.511)
    >>> print(f"{float(cut.theta(np.array([1e3]))[0]):.4f} rad")
    0.0320 rad
    """

    kind: str = eqx.field(static=True)
    value: float = eqx.field(converter=float, static=True)
    sigma: float = eqx.field(converter=float, static=True, default=0.0)

    def __check_init__(self) -> None:
        if self.kind not in CUTS:
            raise UnknownName("angle cut", self.kind, CUTS)
        if self.kind == "cos_theta" and not 0 < self.value < 1:
            raise OutOfRange("cos_theta", self.value, 0, 1, inside=True)
        if not 0 < self.value < math.inf:
            raise OutOfRange(self.kind, self.value, 0, inside=True, unit="MeV")
        if not 0 <= self.sigma < 1:
            raise OutOfRange("error of the angle", self.sigma, 0, 1, unit="rad")

    def theta(self, T: NDArray[np.float64]) -> NDArray[np.float64]:
        """Largest angle that passes at recoil energies `T` [MeV], in rad."""
        if self.kind == "cos_theta":
            return np.full(np.shape(T), math.acos(self.value))
        return np.minimum(np.sqrt(self.value / (T + const.m_e)), math.pi)

    def thresholds(self, T: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        r"""True angles (k, t) [rad] of the windows that make up the probability A to pass, and their weights (k, t).

        With an error the measured angle has a Rice distribution: its square over sigma^2 is a non-central chi2 of two
        degrees of freedom. In units of sigma

        .. math:: -dA/d\theta = \theta_c\,e^{-(\theta^2+\theta_c^2)/2}\,I_1(\theta\theta_c)
        """
        theta = self.theta(T)
        if self.sigma == 0:
            return theta[None], np.ones((1, *np.shape(T)))
        cut = theta / self.sigma
        # No neutrino, of whatever energy, sends an electron further out.
        widest = np.arctan(np.sqrt(2 * const.m_e / T)) / self.sigma
        low = np.maximum(cut - _REACH, 0)
        high = np.clip(widest, low, cut + _REACH)
        angles, falls = _falls(cut, low, high, _WINDOWS)
        _, rest = _falls(cut, high, np.maximum(high, cut) + _REACH, _REST)
        everything = np.full((1, *np.shape(T)), math.pi / 2)
        return np.concatenate([self.sigma * angles, everything]), np.concatenate([falls, rest.sum(axis=0)[None]])

    def most(self, T: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Highest neutrino energies (k, t) [MeV] of the windows at recoil energies `T` [MeV], and their weights."""
        thresholds, weights = self.thresholds(T)
        # (1 + m/E) below this ratio would be a larger angle; at or below 1 every energy passes.
        ratio = np.cos(np.minimum(thresholds, math.pi / 2)) * np.sqrt((T + 2 * const.m_e) / T)
        with np.errstate(divide="ignore"):
            return np.where(ratio > 1, const.m_e / np.maximum(ratio - 1, 0), np.inf), weights

    def least_recoil(self, E: NDArray[np.float64]) -> NDArray[np.float64]:
        """Recoil energy [MeV] at which a neutrino of energy `E` [MeV] begins to pass the cut, without its error."""
        E = np.maximum(E, 1e-9)
        low, high = np.full(np.shape(E), 1e-12), 2 * E**2 / (const.m_e + 2 * E)
        sharp = AngleCut(self.kind, self.value)
        for _ in range(60):
            middle = np.sqrt(low * high)
            passes = sharp.most(middle)[0][0] >= E
            low, high = np.where(passes, low, middle), np.where(passes, middle, high)
        return high


def _falls(
    cut: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], nodes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Angles between `low` and `high` (k, t) and what the probability to pass falls by at each, in units of sigma."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    half = (high - low) / 2
    angles = low + half * (1 + x[:, None])
    return angles, half * w[:, None] * cut * np.exp(-((angles - cut) ** 2) / 2) * i1e(angles * cut)
