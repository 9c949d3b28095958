r"""Voloshin's symmetry: a moment, antisymmetric in two neutrinos, is allowed; a symmetric mass is not.

Under a rotation of :math:`(\nu, \nu^c)`, or of two families, the mass operator :math:`\nu^T C\,m\,\nu` goes as
:math:`m \to R^T m R` with m symmetric, the moment operator as :math:`\lambda \to R^T\lambda R` with lambda
antisymmetric. For R of determinant one the antisymmetric matrix of two rows is left as it is; a symmetric one that is
left by all R is zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nudipole.models.matrices import one_transition
from nudipole.models.model import Model, Values
from nudipole.models.parameter import moment

if TYPE_CHECKING:
    from nudipole.mixing import Oscillation
    from nudipole.properties import Neutrino


def invariant_part(matrix: ArrayLike) -> NDArray[np.complex128]:
    r"""The part of a 2x2 matrix that no rotation of SU(2) changes, :math:`\int dR\, R^T X R`: the antisymmetric one.

    Parameters
    ----------
    matrix : Complex[Array, "2 2"]

    Returns
    -------
    Complex[Array, "2 2"]
        Zero of a symmetric matrix, a mass; the matrix itself of an antisymmetric one, a moment.

    References
    ----------
    Voloshin:1987qy

    Examples
    --------
    >>> abs(invariant_part([[0, 1], [1, 0]])).max().item(), invariant_part([[0, 1], [-1, 0]]).real.tolist()
    (0.0, [[0.0, 1.0], [-1.0, 0.0]])
    """
    X = np.asarray(matrix, dtype=complex)
    return np.asarray((X - X.T) / 2)


class Voloshin(Model):
    """A transition moment that a symmetry allows, and the mass that it forbids."""

    name = "voloshin"
    title = "Voloshin's symmetry: antisymmetric moment, symmetric mass"
    kind = "symmetry"
    declared = (moment("mu", "transition moment of nu_e and nu_mu", 1e-11),)
    lagrangian = "L_mag = nu^T C^-1 sigma^{ab} [[0, 1], [-1, 0]] nu F_ab, L_mass = nu^T C^-1 [[0, 1], [1, 0]] nu"
    formula = "R^T [[0, 1], [-1, 0]] R = det R [[0, 1], [-1, 0]], R^T [[0, 1], [1, 0]] R averages to zero over SU(2)"
    validity = "exact symmetry; Voloshin's own, of nu and nu^c, does not commute with the weak interactions"
    neglects = "breaking of the symmetry, which gives the mass; the model su2h has it for two families"
    references = ("Voloshin:1987qy", "Barbieri:1988fh", "Jana:2022")

    def _neutrino(self, values: Values, oscillation: Oscillation | None) -> Neutrino:
        return one_transition(values["mu"])

    def _m_nu(self, values: Values) -> float:
        return 0.0
