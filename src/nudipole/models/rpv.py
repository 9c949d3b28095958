"""Supersymmetry with broken R parity: an estimate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nudipole import constants as const
from nudipole.models.matrices import one_transition
from nudipole.models.model import Model, Values
from nudipole.models.parameter import LEPTONS, ModelParameter, mass

if TYPE_CHECKING:
    from nudipole.mixing import Oscillation
    from nudipole.properties import Neutrino


def rpv_moment(lambda_prime: float, m_l: float, A: float, M: float) -> float:
    r"""Moment that slepton mixing and R-parity violation give, to an order of magnitude.

    .. math:: \mu/\mu_B \sim 2 m_e\,\frac{\lambda'^2}{16\pi^2}\,\frac{m_l^2 A}{M^4}

    Parameters
    ----------
    lambda_prime : float
    m_l, A, M : float
        Masses of lepton and slepton, and the trilinear coupling [MeV].

    Returns
    -------
    float
        [mu_B]

    References
    ----------
    Jana:2022; hep-ph/9907432 has the same diagrams, and the masses that they make

    Examples
    --------
    >>> print(f"{rpv_moment(0.1, const.m_tau, 1e5, 1e5):.4e}")
    2.0435e-13
    """
    return 2 * const.m_e * lambda_prime**2 * m_l**2 * A / (16 * math.pi**2 * M**4)


class RPV(Model):
    """A transition moment of nu_e and nu_mu by broken R parity."""

    name = "rpv"
    title = "Supersymmetry with broken R parity"
    kind = "estimate"
    declared = (
        ModelParameter("lambda_prime", "1", "R-parity breaking coupling", default=0.1),
        ModelParameter("A", "GeV", "trilinear coupling of sleptons", 100.0, True, 0.0, 100.0),
        mass("M", "mass of the sleptons", 100.0),
        mass("m_l", "mass of the lepton in the loop", const.m_tau, "MeV", words=LEPTONS),
    )
    lagrangian = "W = lambda'_ijk L_i L_j E_k (or with Q and D), left- and right-handed sleptons mixed by A m_l"
    formula = "mu/mu_B ~ 2 m_e lambda'^2 m_l^2 A/(16 pi^2 M^4)"
    validity = "order of magnitude; with what experiments allow, at most about 1e-15 mu_B (Jana:2022)"
    neglects = "loop functions, indices of the couplings, and the bound that neutrino masses put on the same couplings"
    references = ("Jana:2022",)

    def _neutrino(self, values: Values, oscillation: Oscillation | None) -> Neutrino:
        mu = rpv_moment(values["lambda_prime"], values["m_l"], 1e3 * values["A"], 1e3 * values["M"])
        return one_transition(mu)

    def _doubts(self, values: Values) -> list[str]:
        return ["an order of magnitude, without the masses that the same diagrams make"]
