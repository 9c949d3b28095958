r"""Distance of the Sun through the year: what it makes of the flux in every period of a run.

.. math:: \Big\langle \frac{a^2}{r^2} \Big\rangle = \frac{1}{\sqrt{1-e^2}}\,\frac{\nu_2-\nu_1}{M_2-M_1}

of the time between two mean anomalies M, with the true anomaly nu at each: exact on Kepler's ellipse, where
:math:`r^2\,d\nu/dt` is constant. Over a whole year it is 1/sqrt(1 - e^2); from perihelion to aphelion the flux falls by
6.7 % of its mean. The ellipse is the mean one of the Earth with the Moon, which the real distance follows within 1e-4.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const

Numbers = NDArray[np.float64]


def inverse_square(edges: Numbers) -> Numbers:
    """Mean of (1 AU/r)^2 in every period, (n,).

    Parameters
    ----------
    edges : (n+1,)
        Days since 2000 January 1, 12 h.

    References
    ----------
    Simon et al., Astron. Astrophys. 282 (1994) 663 (elements)

    Examples
    --------
    One year, and the day around a perihelion:

    >>> [inverse_square(np.array(days)).round(5).tolist() for days in ([0.0, 365.259636], [2.0, 3.0])]
    [[1.00014], [1.03427]]
    """
    e = const.earth_eccentricity
    mean = 2 * math.pi * np.asarray(edges, float) / const.anomalistic_year + const.earth_mean_anomaly
    return np.diff(_true_anomaly(mean, e)) / np.diff(mean) / math.sqrt(1 - e**2)


def _true_anomaly(M: Numbers, e: float) -> Numbers:
    """Of mean anomalies [rad], rising with them."""
    E = M + e * np.sin(M)
    for _ in range(6):
        E = E - (E - e * np.sin(E) - M) / (1 - e * np.cos(E))
    # As an angle beyond E, which never is a quarter: no turns are lost.
    found: Numbers = E + 2 * np.arctan2(e * np.sin(E), 1 + math.sqrt(1 - e**2) - e * np.cos(E))
    return found
