"""Spin symmetry: a vertex gamma W S whose mass diagram a transverse W cannot enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole import constants as const
from nudipole.models.conundrum import conundrum
from nudipole.models.matrices import one_transition
from nudipole.models.model import Model, Values
from nudipole.models.parameter import LEPTONS, mass, moment

if TYPE_CHECKING:
    from nudipole.mixing import Oscillation
    from nudipole.properties import Neutrino


def protected_mass(mu: float, M: float, m_l: float) -> float:
    r"""Mass that comes with a moment of the gamma W S vertex.

    .. math:: m_\nu \sim \frac{M^2\mu}{2 m_e\mu_B}\,\frac{m_l^2}{m_W^2}

    A transverse W cannot become a scalar: without the photon the longitudinal W alone is left, which couples with m_l.

    Parameters
    ----------
    mu : float
        [mu_B]
    M, m_l : float
        Masses of the scalar and of the lepton [MeV].

    Returns
    -------
    float
        [MeV]; an order of magnitude.

    References
    ----------
    Barr:1990um; Jana:2022

    Examples
    --------
    >>> [f"{protected_mass(1e-12, 1e5, m) / const.eV:.2g}" for m in (const.m_e, const.m_mu, const.m_tau)]
    ['4e-07', '0.017', '4.8']
    """
    return conundrum(mu, M) * (m_l / const.m_W) ** 2


class SpinSymmetry(Model):
    """A transition moment by the gamma W S vertex, whose mass is suppressed by the spin of the W."""

    name = "spin-symmetry"
    title = "Spin symmetry (Barr, Freire, Zee): two loops with a gamma W S vertex"
    kind = "estimate"
    declared = (
        moment("mu", "transition moment of nu_e and nu_mu", 1e-12),
        mass("M", "mass of the charged scalar", 100.0),
        mass("m_l", "mass of the lepton in the loop", const.m_tau, "MeV", words=LEPTONS),
    )
    lagrangian = "an effective gamma W+ S- vertex at one loop, in a second loop between two neutrinos"
    formula = "m_nu ~ [M^2 mu/(2 m_e mu_B)] m_l^2/m_W^2; mu up to about 1e-12 mu_B, without a closed formula"
    validity = "order of magnitude; the moment is put in, its mass is what is estimated"
    neglects = "the two-loop function of the moment"
    references = ("Barr:1990um", "Babu:2020ivd", "Jana:2022")

    def _neutrino(self, values: Values, oscillation: Oscillation | None) -> Neutrino:
        return one_transition(values["mu"])

    def _m_nu(self, values: Values) -> float:
        return protected_mass(values["mu"], 1e3 * values["M"], values["m_l"]) / const.eV

    def _doubts(self, values: Values) -> list[str]:
        found = ["an estimate: no closed two-loop formula is at hand"]
        if values["mu"] > 2e-12:
            found.append("the mechanism reaches about 1e-12 mu_B")
        return found
