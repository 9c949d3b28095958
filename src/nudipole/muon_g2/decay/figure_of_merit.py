r"""Which positrons measure omega_a: N A^2 of weighted analyses.

A fit to N(t) with the asymmetry A has 1/sigma^2 proportional to N A^2. If positrons of all energies are counted alike
above a threshold, that is N A^2 with the mean asymmetry; if each counts with its own A(y), it is the integral of N A^2,
which is the most that a wiggle can give (Muong-2:2021vma).
"""

from __future__ import annotations

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

from nudipole.muon_g2.decay.spectrum import A_above, N_above, Number, figure_of_merit

#: The integrand is analytic up to y = 1.9, so that Gauss's rule has converged to rounding.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


def of_threshold(y: Number) -> Number:
    """Figure of merit of all positrons above a threshold y, counted alike: N A^2 with their mean asymmetry.

    Parameters
    ----------
    y : array
        Threshold in units of the largest energy, from 0 to 1.

    Returns
    -------
    array
        For each decay.

    Examples
    --------
    >>> print(f"{of_threshold(best_threshold()):.4f}")
    0.0287
    """
    return N_above(y) * A_above(y) ** 2


def of_window(low: float | NDArray[np.float64], high: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Integral of N A^2 between energies: the figure of merit of positrons weighted with their asymmetry.

    Parameters
    ----------
    low, high : array
        E/E_max; the part outside 0..1 is empty.

    Returns
    -------
    array
        For each decay.

    Examples
    --------
    >>> round(float(of_window(0, 1)), 6)
    0.049642
    """
    below, above = np.clip(low, 0, 1), np.clip(high, 0, 1)
    half, middle = (above - below) / 2, (above + below) / 2
    y = middle[..., None] + half[..., None] * _NODES
    return np.asarray(half * np.sum(_WEIGHTS * figure_of_merit(y), axis=-1))


def best_energy() -> float:
    """The y = E/E_max at which N A^2 is largest, 0.8505: 2.63 GeV in a ring at the magic momentum.

    Returns
    -------
    float

    Examples
    --------
    >>> print(f"{best_energy():.4f}")
    0.8505
    """
    # N A^2 = (1 - y) q^2/(3 p); its logarithmic derivative times all denominators is a polynomial.
    q, p, one_less = Polynomial([-1, -1, 8]), Polynomial([5, 5, -4]), Polynomial([1, -1])
    return _largest_inside(one_less * (2 * q.deriv() * p - q * p.deriv()) - q * p)


def best_threshold() -> float:
    """The threshold y with the largest figure of merit for positrons counted alike, 0.611: 1.89 GeV.

    Returns
    -------
    float

    Examples
    --------
    >>> print(f"{best_threshold():.3f}")
    0.611
    """
    # N A^2 = (1 - y)^2 y^2 (2 y + 1)^2/(3 p)
    p, one_less, y, w = Polynomial([3, 1, -1]), Polynomial([1, -1]), Polynomial([0, 1]), Polynomial([1, 2])
    slope = -2 * y * w * p + 2 * one_less * w * p + 4 * one_less * y * p - one_less * y * w * p.deriv()
    return _largest_inside(slope)


def _largest_inside(slope: Polynomial) -> float:
    roots = slope.roots()
    real = roots[np.abs(roots.imag) < 1e-9].real
    return float(max(real[(real > 0) & (real < 1)]))
