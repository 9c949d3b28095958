r"""Which positrons measure omega_a: N A^2 of weighted analyses.

A fit to N(t) with the asymmetry A has 1/sigma^2 proportional to N A^2. If positrons of all energies are counted alike
above a threshold, that is N A^2 with the mean asymmetry; if each counts with its own A(y), it is the integral of N A^2,
which is the most that a wiggle can give (Muong-2:2021vma).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nudipole.muon_g2.decay.spectrum import figure_of_merit

#: The integrand is analytic up to y = 1.9, so that Gauss's rule has converged to rounding.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


def of_window(low: float | NDArray[np.float64], high: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Integral of N A^2 between energies: the figure of merit of positrons weighted with their asymmetry.

    Parameters
    ----------
    low, high : array
        E/E_max; the part outside 0..1 is empty.

    Examples
    --------
    >>> round(float(of_window(0, 1)), 6)
    0.049642
    """
    below, above = np.clip(low, 0, 1), np.clip(high, 0, 1)
    half, middle = (above - below) / 2, (above + below) / 2
    y = middle[..., None] + half[..., None] * _NODES
    return np.asarray(half * np.sum(_WEIGHTS * figure_of_merit(y), axis=-1))
