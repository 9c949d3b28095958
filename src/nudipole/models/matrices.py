"""The neutrinos of models whose matrix is one number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nudipole.properties import Neutrino


def universal(mu: float) -> Neutrino:
    """Dirac neutrinos that all have one moment [mu_B]."""
    from nudipole.properties.neutrino import Neutrino

    return Neutrino.dirac(basis="flavour", magnetic=mu * np.eye(3))


def one_transition(mu: float, pair: tuple[int, int] = (0, 1)) -> Neutrino:
    """A Majorana neutrino with one real transition moment [mu_B] in flavour, nu_e to nu_mu unless told."""
    from nudipole.properties.neutrino import Neutrino

    a, b = pair
    lam = np.zeros((3, 3), complex)
    lam[a, b], lam[b, a] = mu, -mu
    return Neutrino.majorana(basis="flavour", lam=lam)
