"""Mass-moment conundrum: the mass that the diagram of a moment makes when its photon is taken off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nudipole import constants as const
from nudipole.models.matrices import universal
from nudipole.models.model import Model, Values
from nudipole.models.parameter import mass, moment

if TYPE_CHECKING:
    from nudipole.mixing import Oscillation
    from nudipole.properties import Neutrino


def conundrum(mu: float, M: float) -> float:
    r"""Mass that the diagram of a moment gives without its photon, :math:`M^2\mu/(2 m_e\mu_B)`.

    Parameters
    ----------
    mu : float
        [mu_B]
    M : float
        [MeV]

    Returns
    -------
    float
        [MeV]

    References
    ----------
    Jana:2022

    Examples
    --------
    >>> print(f"{1e3 * conundrum(1e-11, 1e5):.4f} keV")
    97.8476 keV
    """
    return M**2 * mu / (2 * const.m_e)


class Conundrum(Model):
    """A moment and the mass that its diagram makes without the photon."""

    name = "conundrum"
    title = "Mass-moment conundrum: the mass that a moment's diagram makes"
    kind = "estimate"
    declared = (moment("mu", "moment of every neutrino", 1e-11), mass("M", "mass of what runs in the loop", 100.0))
    lagrangian = "any loop with a charged particle of mass M; without a symmetry the photon line can be taken off"
    formula = "m_nu ~ M^2 mu/(2 m_e mu_B): 0.1 MeV for 100 GeV and 1e-11 mu_B"
    validity = "order of magnitude, without a symmetry that protects the mass"
    neglects = "symmetries (voloshin, su2h) and spin (spin-symmetry), which are the ways out"
    references = ("Jana:2022", "Giunti:2014ixa")

    def _neutrino(self, values: Values, oscillation: Oscillation | None) -> Neutrino:
        return universal(values["mu"])

    def _m_nu(self, values: Values) -> float:
        return conundrum(values["mu"], 1e3 * values["M"]) / const.eV

    def _doubts(self, values: Values) -> list[str]:
        return ["the mass is an order of magnitude"]
