r"""The shift with other moments than those of the minimally extended Standard Model.

Of the two neutrinos of mu+ -> e+ nu_e anti-nu_mu each is of a mass m_i with the weight |U_ai|^2, and Eq. (1) becomes

.. math:: \delta a_\mu = \frac{m_\mu^2}{m_e}\,\frac f2 \sum_{a = e, \mu} \sum_i |U_{ai}|^2\,
   \frac{\mu_{ii}/\mu_B}{m_i}

with the diagonal magnetic moments in the mass basis. Where mu_ii is proportional to m_i that is Eq. (7). Majorana
neutrinos have no diagonal moments at all (CPT), and are refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nudipole import constants as const
from nudipole.errors import OutOfRange, PropertyRule
from nudipole.mixing import Oscillation
from nudipole.muon_g2.shift import conjecture
from nudipole.properties import Neutrino


@dataclass(frozen=True)
class GivenMoments:
    """Dirac moments, and the coefficient that they give.

    Attributes
    ----------
    name : str
    moments : tuple of float
        Diagonal magnetic ones of nu_1, nu_2, nu_3 [mu_B].
    masses : tuple of float
        [MeV]
    coefficient : float
        delta a_mu at f = 1.

    Examples
    --------
    >>> GivenMoments("mine", (0.0, 0.0, 0.0), (1e-7, 1e-7, 1e-7), 0.0).ratio
    0.0
    """

    name: str
    moments: tuple[float, float, float]
    masses: tuple[float, float, float]
    coefficient: float

    @property
    def ratio(self) -> float:
        """The coefficient over that of Eq. (7) with measured constants."""
        return self.coefficient / conjecture.COEFFICIENT


def given_moments(neutrino: Neutrino, oscillation: Oscillation, m_lightest: float, name: str = "given") -> GivenMoments:
    """Coefficient of the shift for a Dirac neutrino.

    Parameters
    ----------
    neutrino : Neutrino
    oscillation : Oscillation
        Mixing, and differences of the masses.
    m_lightest : float
        [MeV]
    name : str

    Returns
    -------
    GivenMoments

    Raises
    ------
    PropertyRule
        For Majorana neutrinos.
    OutOfRange
        If the lightest mass is not positive: a moment without mass has no finite Lorentz factor.

    Examples
    --------
    >>> from nudipole.mixing import nufit
    >>> dirac = Neutrino.dirac(basis="mass", magnetic=np.diag([1e-11, 1e-11, 1e-11]))
    >>> print(f"{given_moments(dirac, nufit(), 1e-7).ratio:.1e}")
    3.0e+08
    """
    if neutrino.nature != "dirac":
        raise PropertyRule(
            f"{name}: the shift needs diagonal moments, and Majorana neutrinos have none (CPT leaves them transition "
            "moments alone): give Dirac neutrinos"
        )
    if not m_lightest > 0:
        raise OutOfRange("m_lightest [MeV]", m_lightest, 0, inside=True)
    pmns = oscillation.pmns()
    squared = np.asarray(oscillation.masses_squared(), float)
    masses = np.sqrt(squared - squared.min() + m_lightest**2)
    mu = np.real(np.diagonal(np.asarray(neutrino.to_mass(pmns).lam)))
    weights = np.sum(np.abs(np.asarray(pmns)[:2]) ** 2, axis=0)
    coefficient = const.m_mu**2 / const.m_e / 2 * float(weights @ (mu / masses))
    first, second, third = (float(one) for one in mu)
    return GivenMoments(
        name, (first, second, third), (float(masses[0]), float(masses[1]), float(masses[2])), coefficient
    )
