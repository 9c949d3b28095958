"""Standard Model with Majorana masses: transition moments, whose two parts depend on the CP phases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nudipole.models import w_loop
from nudipole.models.model import Model, Values
from nudipole.models.parameter import number
from nudipole.models.sm_dirac import oscillation_or_default

if TYPE_CHECKING:
    from nudipole.mixing import Oscillation
    from nudipole.properties import Neutrino


class SMMajorana(Model):
    """Transition moments of massive Majorana neutrinos from the W loop."""

    name = "sm-majorana"
    title = "Standard Model with Majorana masses of neutrinos"
    declared = (
        number("m_lightest", "mass of the lightest neutrino", 0.0, "eV", low=0.0),
        number("a21", "Majorana phase of nu_2, U = V diag(1, e^(i a21/2), e^(i a31/2))", 0.0, "rad"),
        number("a31", "Majorana phase of nu_3", 0.0, "rad"),
    )
    lagrangian = "L = -(1/4) nu_L^T C^-1 lambda sigma^{ab} nu_L F_ab + h.c., lambda = mu - i eps antisymmetric"
    formula = (
        "mu_kj = -(3 i e G_F/(16 sqrt2 pi^2)) (m_k + m_j) sum_l Im[U*_lk U_lj] m_l^2/m_W^2, "
        "eps_kj = -(3 i e G_F/(16 sqrt2 pi^2)) (m_k - m_j) sum_l Re[U*_lk U_lj] m_l^2/m_W^2, here exact in m_l^2/m_W^2"
    )
    validity = "one loop; with CP conserved one of mu_kj, eps_kj vanishes: mu for equal, eps for opposite CP phases"
    neglects = "the mechanism that makes the mass; mixing with heavier neutrinos"
    references = ("Shrock:1982sc", "Pal:1981rm", "Giunti:2014ixa")

    def _neutrino(self, values: Values, oscillation: Oscillation | None) -> Neutrino:
        from nudipole.properties.neutrino import Neutrino

        oscillation = oscillation_or_default(oscillation)
        U = w_loop.mixing(oscillation, values["a21"], values["a31"])
        mu, eps = w_loop.majorana_moments(w_loop.masses(values["m_lightest"], oscillation), U)
        # In flavour, where the phases of U are in the matrix: the mass basis of a beam has none.
        lam = U.conj() @ (mu - 1j * eps) @ U.conj().T
        return Neutrino.majorana(basis="flavour", lam=(lam - lam.T) / 2)

    def _masses(self, values: Values, oscillation: Oscillation) -> np.ndarray[Any, Any]:
        return w_loop.masses(values["m_lightest"], oscillation)
