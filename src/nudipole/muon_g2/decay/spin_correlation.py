r"""Correlation of the muon's spin with the positron: at rest by angle, in the laboratory by energy.

At rest the positron's direction follows the spin, more so the more energy it has. The boost turns that direction into
energy: in the laboratory all positrons fly along the muon's momentum, to about 1/gamma, and what is left of the
correlation is how many there are of one energy while the spin stands at the angle phi to the momentum,

.. math:: \frac{d^2P}{dE\,d\phi} = \frac{N(E)}{2\pi}\,[1 + A(E)\cos\phi].

The plot of the experiment counts it as a function of time, phi = omega_a t.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nudipole.muon_g2.decay import spectrum

Numbers = NDArray[np.float64]


class SpinCorrelation(NamedTuple):
    """Densities on grids.

    Attributes
    ----------
    x, cosine : (n,), (m,)
        Energy in units of the largest, and cosine between positron and spin, at rest.
    at_rest : (m, n)
        d2P/(dx dcos).
    E, phi : (k,), (l,)
        Energy in the laboratory [GeV], and angle of the spin to the momentum [degrees].
    in_laboratory : (l, k)
        d2P/(dE dphi) [1/(GeV rad)].
    asymmetry : (k,)
        A(E).
    zero : float
        Where it changes its sign [GeV].

    Examples
    --------
    >>> found = spin_correlation(points=11)
    >>> found.at_rest.shape, found.in_laboratory.shape
    ((11, 11), (11, 11))
    """

    x: Numbers
    cosine: Numbers
    at_rest: Numbers
    E: Numbers
    phi: Numbers
    in_laboratory: Numbers
    asymmetry: Numbers
    zero: float

    def to_json(self) -> dict[str, Any]:
        """By name, as lists."""
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in self._asdict().items()
        }


def spin_correlation(points: int = 181, *, polarisation: float = 1.0) -> SpinCorrelation:
    """Densities of positrons against spin, of a mu+ at the magic momentum.

    Parameters
    ----------
    points : int
        Of every axis.
    polarisation : float

    Returns
    -------
    SpinCorrelation

    Examples
    --------
    Twice as many positrons of 2 GeV where the spin points forward as where it points backward:

    >>> found = spin_correlation(points=100)
    >>> at = int(np.argmin(abs(found.E - 2.0)))
    >>> round(float(found.in_laboratory[0, at] / found.in_laboratory[:, at].min()), 1)
    1.7
    """
    x, cosine = np.linspace(0, 1, points), np.linspace(-1, 1, points)
    E, phi = np.linspace(0, spectrum.E_max, points), np.linspace(0, 360, points)
    y = E / spectrum.E_max
    both = spectrum.N(y) + polarisation * np.cos(np.radians(phi))[:, None] * spectrum.N_A(y)
    return SpinCorrelation(
        x,
        cosine,
        spectrum.michel(x[None, :], cosine[:, None], polarisation=polarisation),
        1e-3 * E,
        phi,
        both / (2 * np.pi * 1e-3 * spectrum.E_max),
        spectrum.A(y),
        1e-3 * spectrum.ZERO_CROSSING * spectrum.E_max,
    )
