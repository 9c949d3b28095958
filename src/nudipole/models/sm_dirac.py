"""Standard Model with right-handed neutrinos: moments of Dirac neutrinos, proportional to their masses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nudipole.models import w_loop
from nudipole.models.model import Model, Values
from nudipole.models.parameter import number

if TYPE_CHECKING:
    from nudipole.mixing import Oscillation
    from nudipole.properties import Neutrino


def oscillation_or_default(oscillation: Oscillation | None) -> Oscillation:
    """What is given, or NuFIT 6.0, normal ordering."""
    if oscillation is not None:
        return oscillation
    from nudipole.mixing import nufit

    return nufit()


class SMDirac(Model):
    """Moments of massive Dirac neutrinos from the W loop."""

    name = "sm-dirac"
    title = "Standard Model with right-handed neutrinos, Dirac masses"
    declared = (number("m_lightest", "mass of the lightest neutrino", 0.0, "eV", low=0.0),)
    lagrangian = "L = (1/2) nubar sigma^{ab} (mu + i eps gamma5) nu F_ab from the W loop; masses by a Dirac term"
    formula = (
        "mu_kj, -i eps_kj = (e G_F/(8 sqrt2 pi^2)) (m_k +- m_j) sum_l f(a_l) U*_lk U_lj, a_l = m_l^2/m_W^2, "
        "f(0) = 3/2; mu_kk = 3 e G_F m_k/(8 sqrt2 pi^2) = 3.2e-19 mu_B (m_k/eV)"
    )
    validity = "one loop, exact in a_l; neutrinos much lighter than charged leptons"
    neglects = "higher loops; mixing with heavier neutrinos"
    references = ("Fujikawa:1980yx", "Shrock:1982sc", "Giunti:2014ixa")

    def _neutrino(self, values: Values, oscillation: Oscillation | None) -> Neutrino:
        from nudipole.properties.neutrino import Neutrino

        oscillation = oscillation_or_default(oscillation)
        m = w_loop.masses(values["m_lightest"], oscillation)
        mu, eps = w_loop.dirac_moments(m, w_loop.mixing(oscillation))
        return Neutrino.dirac(basis="mass", magnetic=mu, electric=eps)

    def _masses(self, values: Values, oscillation: Oscillation) -> np.ndarray[Any, Any]:
        return w_loop.masses(values["m_lightest"], oscillation)
