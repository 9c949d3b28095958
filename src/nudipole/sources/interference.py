r"""What is left of the interference of two mass states where energies are not told apart.

After a path the interference of the states j and k carries the phase :math:`\phi_{jk} = (m_j^2 - m_k^2)L/2E`. A mean
over energies multiplies it by :math:`\langle e^{-i(\phi'_{jk} - \phi_{jk})}\rangle`, another factor for each pair: slow
pairs interfere where fast ones have long been averaged. All pairs share one distribution of energies, so that density
matrices stay positive.

Between the nodes of a spectrum the mean is one over a triangle in 1/E as wide as the step from node to node. The sum of
triangles is one everywhere: integrals over a spectrum that is linear between such nodes are those of the exact
probability, whether or not the nodes resolve the phase.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Pairs of mass states, by the places of the heavier and the lighter in normal ordering.
PAIRS = {"2-1": (1, 0), "3-1": (2, 0), "3-2": (2, 1)}
#: Step of the fastest phase between two nodes, the phase up to which it is kept, and that up to which it is less [rad].
_STEP, _SLOW, _EARLY = 0.1, 300.0, 5.0
#: Step of ln E while nodes are placed, and the fastest phase of the longest path where that begins [rad].
_LATTICE, _FIRST = 0.01, 0.01
#: Relative error of a phase that comes of energies and paths of double precision.
_DIGITS = 1e-13


def density(fastest: NDArray[np.float64]) -> NDArray[np.float64]:
    """Nodes per unit of ln E where the fastest phase has this value [rad].

    Fifty a radian of the first oscillation, ten up to 300 rad, from there on ever fewer: less than 12 000 in all, down
    to any energy.
    """
    first = 4 / (1 + fastest / _EARLY)
    return fastest / _STEP * (1 + first) / (1 + (fastest / _SLOW) ** 2) ** (2 / 3)


def half_width(fastest: NDArray[np.float64]) -> NDArray[np.float64]:
    """Half width of the triangle relative to 1/E: the step between nodes, but nothing where they resolve the phase."""
    x = fastest / _SLOW
    width: NDArray[np.float64] = _STEP / _SLOW * x**4 / (1 + x**2) ** (11 / 6)
    return width


def over_nodes(phases: NDArray[np.float64]) -> NDArray[np.complex128]:
    r"""Mean over the step between nodes, :math:`{\rm sinc}^2(w\phi_{jk}/2)` with the `half_width` w.

    Parameters
    ----------
    phases : array of shape (n, 3, 3)
        Of each pair of mass states [rad].

    Returns
    -------
    array of shape (n, 3, 3)
    """
    width = half_width(np.abs(phases).max(axis=(1, 2), keepdims=True))
    return np.sinc(width * phases / (2 * np.pi)).astype(complex) ** 2


def over_line(phases: NDArray[np.float64], relative_width: NDArray[np.float64]) -> NDArray[np.complex128]:
    r"""Mean over a Gaussian line of relative standard deviation s.

    .. math:: \frac{1}{\sqrt{1 + 2i\phi s^2}}\exp\left(-\frac{\phi^2 s^2}{2(1 + 2i\phi s^2)}\right)

    is exact for :math:`\phi' = \phi(1 - x + x^2)`, x = (E' - E)/E; for narrow lines :math:`e^{-\phi^2 s^2/2}`. Phases
    that double precision does not hold (beyond 1e13 rad) vanish, whatever the width.

    Parameters
    ----------
    phases : array of shape (n, 3, 3)
        Of each pair of mass states [rad].
    relative_width : array of shape (n,)

    Returns
    -------
    array of shape (n, 3, 3)
    """
    s2 = (relative_width**2 + _DIGITS**2)[:, None, None]
    spread = 1 + 2j * phases * s2
    mean: NDArray[np.complex128] = np.exp(-(phases**2) * s2 / (2 * spread)) / np.sqrt(spread)
    return mean


def nodes(scales: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Energies between `low` and `high` [MeV] as dense as the densest that a path asks for.

    Parameters
    ----------
    scales : array of shape (p,)
        Fastest phase times energy of each path [MeV].
    low, high : float

    Returns
    -------
    array of shape (n,)
        Increasing; those of one set of paths do not depend on `low` and `high`.
    """
    longest = float(np.max(scales, initial=0.0))
    if not 0 < low < longest / _FIRST:
        return np.zeros(0)
    fall = np.arange(0, np.log(longest / _FIRST / low) + 2 * _LATTICE, _LATTICE)
    per_step = np.zeros(len(fall))
    for scale in scales[scales > 0]:
        per_step = np.maximum(per_step, density(scale / longest * _FIRST * np.exp(fall)))
    count = np.concatenate([[0.0], np.cumsum((per_step[1:] + per_step[:-1]) / 2 * _LATTICE)])
    placed = longest / _FIRST * np.exp(-np.interp(np.arange(1, np.ceil(count[-1])), count, fall))[::-1]
    between: NDArray[np.float64] = placed[(placed > low) & (placed < high)]
    return between


def averaged_below(ratio: float, scale: float) -> float:
    """Energy [MeV] below which less than half of the interference of a pair is left in a spectrum.

    Parameters
    ----------
    ratio : float
        Phase of the pair over the fastest one.
    scale : float
        Fastest phase times energy [MeV].
    """
    fastest = np.geomspace(1.0, 1e12, 20_001)
    kept = np.sinc(ratio * fastest * half_width(fastest) / (2 * np.pi)) ** 2
    averaged = np.flatnonzero(kept < 0.5)
    return scale / float(fastest[averaged[0]]) if len(averaged) else 0.0
