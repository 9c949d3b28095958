"""Left-right symmetry: W_L and W_R mix, and the charged lepton's mass flips the chirality instead of the neutrino's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole.models.model import Model, Values
from nudipole.models.parameter import ModelParameter, mass, number
from nudipole.models.w_loop import LEPTON_MASSES

if TYPE_CHECKING:
    from nudipole.mixing import Oscillation
    from nudipole.properties import Neutrino

#: e G_F/(2 sqrt2 pi^2) [mu_B/MeV].
PREFACTOR = 2 * const.m_e * const.G_F / (2 * math.sqrt(2) * math.pi**2)
#: |sin 2 xi| that b -> s gamma leaves, as the slides have it.
_ALLOWED = 6e-3


def moments(sin2xi: float, ratio: float, m_nu: float) -> NDArray[np.float64]:
    r"""Moments of nu_e, nu_mu, nu_tau from mixing of the two W.

    .. math:: \mu_{\nu_l} = \frac{e G_F}{2\sqrt2\pi^2}\left[m_l\Big(1 - \frac{M_1^2}{M_2^2}\Big)\sin2\xi
              + \frac34 m_\nu\Big(1 + \frac{M_1^2}{M_2^2}\Big)\right]

    Parameters
    ----------
    sin2xi : float
        Of the mixing angle.
    ratio : float
        M_1/M_2 of the two bosons.
    m_nu : float
        Mass of the neutrino [MeV].

    Returns
    -------
    Float[Array, "3"]
        [mu_B]

    References
    ----------
    Shrock:1982sc; Czakon:1998rf; Giunti:2014ixa

    Examples
    --------
    >>> [f"{mu:.3e}" for mu in moments(1.0, 0.0, 0.0)]
    ['2.182e-13', '4.512e-11', '7.588e-10']
    """
    return np.asarray(PREFACTOR * (LEPTON_MASSES * (1 - ratio**2) * sin2xi + 0.75 * m_nu * (1 + ratio**2)), dtype=float)


class LeftRight(Model):
    """Dirac moments from the mixing of W_L and W_R."""

    name = "left-right"
    title = "Left-right symmetry, W_L-W_R mixing"
    declared = (
        ModelParameter("sin2xi", "1", "sine of twice the mixing angle of W_L and W_R", 1e-3, True, 0.0, 2e-3,
                       low=-1.0, high=1.0),
        mass("M_2", "mass of the heavier boson W_2", 5.0, "TeV"),
        number("m_nu", "mass of the neutrinos", 0.0, "eV", low=0.0),
    )  # fmt: skip
    lagrangian = "W_L = W_1 cos xi - W_2 sin xi, W_R = W_1 sin xi + W_2 cos xi; nu_R couples to W_R and l_R"
    formula = "mu_nul = (e G_F/(2 sqrt2 pi^2)) [m_l (1 - M_1^2/M_2^2) sin 2xi + (3/4) m_nu (1 + M_1^2/M_2^2)]"
    validity = (
        "leading order in m_l/M, diagonal in flavour; |xi| up to 2-3e-3 by b -> s gamma gives 1e-15 mu_B for nu_e, but "
        "4e-12 mu_B for nu_tau"
    )
    neglects = "mixing of leptons, which would make transition moments; scalars of the model"
    references = ("Shrock:1982sc", "Czakon:1998rf", "Giunti:2014ixa", "Jana:2022")

    def _neutrino(self, values: Values, oscillation: Oscillation | None) -> Neutrino:
        from nudipole.properties.neutrino import Neutrino

        ratio = const.m_W / (values["M_2"] * 1e6)
        mu = moments(values["sin2xi"], ratio, values["m_nu"] * const.eV)
        return Neutrino.dirac(basis="flavour", magnetic=np.diag(mu))

    def _doubts(self, values: Values) -> list[str]:
        found = []
        if values["M_2"] * 1e6 < const.m_W:
            found.append("M_2 lies below the W, which is the lighter one by its name")
        if abs(values["sin2xi"]) > _ALLOWED:
            found.append("|sin 2xi| above 6e-3 is excluded by b -> s gamma")
        return found
