r"""What stars and the early Universe see of a neutrino's matrices: one place for sums over final states."""

from __future__ import annotations

import math
from typing import Any

import equinox as eqx
import numpy as np

from nudipole import constants as const
from nudipole.errors import PropertyRule
from nudipole.mixing import Oscillation, nufit
from nudipole.numerics import AnyArray, jax, jnp
from nudipole.properties import FLAVOURS, Neutrino

#: Vector couplings of electrons to nu_e, nu_mu, nu_tau.
C_V = np.array([0.5, -0.5, -0.5]) + 2 * const.sin2_theta_w_mz
#: What a charge radius [MeV^-2] adds to a vector coupling.
RADIUS = math.sqrt(2) * math.pi * const.alpha / (3 * const.G_F)


class Strength(eqx.Module):
    r"""Sums over pairs of neutrinos that plasmons decay to.

    Attributes
    ----------
    C2 : float
        :math:`\sum|C_V|^2` with charge radii and anapoles.
    C2_sm : float
        The same of the Standard Model.
    mu2 : float
        :math:`\sum|\lambda_{jk}|^2` [mu_B^2] over all pairs of Dirac, over j < k of Majorana neutrinos.
    q2 : float
        The same of the charges [e^2].

    Examples
    --------
    >>> one = Strength.of(Neutrino.majorana(basis="mass", Lambda=[3e-12, 0, 4e-12]))
    >>> print(f"{one.mu2:.3g} {one.C2:.5f}")
    2.5e-23 0.92911
    """

    C2: Any
    C2_sm: Any
    mu2: Any
    q2: Any

    @classmethod
    def of(
        cls,
        neutrino: Neutrino | None,
        oscillation: str | Oscillation | None = None,
        *,
        C_V: Any = C_V,
    ) -> Strength:
        """Of a neutrino; of the Standard Model's where there is none.

        Parameters
        ----------
        neutrino : Neutrino or None
        oscillation : str or Oscillation, optional
            Takes charge radii of mass states to flavours; NuFIT 6.0, normal ordering.
        C_V : Float[Array, "3"]
            Vector couplings by flavour.

        Returns
        -------
        Strength
        """
        C = jnp.asarray(C_V)
        standard = jnp.sum(C**2)
        if neutrino is None:
            return cls(standard, standard, jnp.zeros(()), jnp.zeros(()))
        flavour = neutrino
        if neutrino.basis != "flavour" and _may_be_something(neutrino.vector):
            mixing = oscillation if isinstance(oscillation, Oscillation) else nufit(oscillation or "nufit-6.0-no")
            flavour = neutrino.to_flavour(mixing.pmns())
        extra = RADIUS * flavour.vector
        # The difference is computed as such, so that a tiny radius is not lost beside the Standard Model.
        added = 2 * jnp.sum(C * jnp.diagonal(extra).real) + jnp.sum(jnp.abs(extra) ** 2)
        pairs = _pairs(neutrino)
        return cls(
            standard + added, standard, pairs * jnp.sum(jnp.abs(neutrino.lam) ** 2), pairs * _squares(neutrino.charge)
        )


def _may_be_something(matrix: AnyArray) -> bool:
    """Whether a matrix is not zero; of one that jax traces nobody knows."""
    return isinstance(matrix, jax.core.Tracer) or bool(np.any(np.asarray(matrix) != 0))


def _pairs(neutrino: Neutrino) -> float:
    """One half where (j, k) and (k, j) are the same final state."""
    return 0.5 if neutrino.nature == "majorana" else 1.0


def _squares(matrix: AnyArray) -> AnyArray:
    return jnp.sum(jnp.abs(matrix) ** 2)


def flip_moments(neutrino: Neutrino, what: str, oscillation: str | Oscillation | None = None) -> dict[str, float]:
    r"""Squared moments that turn left-handed neutrinos of each flavour around, :math:`(\lambda^\dagger\lambda)_{aa}`.

    Parameters
    ----------
    neutrino : Neutrino
        Dirac.
    what : str
        What needs them, for the message.
    oscillation : str or Oscillation, optional
        Takes moments of mass states to flavours; NuFIT 6.0, normal ordering.

    Returns
    -------
    dict of float
        Squares by flavour [mu_B^2].

    Raises
    ------
    PropertyRule
        For Majorana neutrinos, whose other helicity is an antineutrino that stays in the medium.

    Examples
    --------
    >>> found = flip_moments(Neutrino.dirac(basis="flavour", magnetic=np.diag([3e-12, 0, 0])), "the bound")
    >>> print({name: float(f"{value:.1e}") for name, value in found.items()})
    {'e': 9e-24, 'mu': 0.0, 'tau': 0.0}
    """
    if neutrino.nature == "majorana":
        raise PropertyRule(
            f"{what} needs Dirac neutrinos: the flip of a Majorana neutrino makes an antineutrino, which interacts as "
            "neutrinos do and carries no more energy away; write nature: dirac, or ask for stars"
        )
    lam = neutrino.lam
    if neutrino.basis != "flavour":
        mixing = oscillation if isinstance(oscillation, Oscillation) else nufit(oscillation or "nufit-6.0-no")
        lam = neutrino.to_flavour(mixing.pmns()).lam
    squares = np.asarray(jnp.sum(jnp.abs(lam) ** 2, axis=0))
    return {name: float(square) for name, square in zip(FLAVOURS, squares, strict=True)}
