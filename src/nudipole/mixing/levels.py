r"""Levels of neutrinos and of their partners of the other helicity in matter.

.. math:: H = \frac{U M^2 U^\dagger}{2E} + V_e P_e + V_n, \qquad V_e = \sqrt2\,G_F n_e, \quad V_n = -G_F n_n/\sqrt2

of left-handed neutrinos; antineutrinos have :math:`U^*` and both potentials with the other sign, right-handed Dirac
neutrinos none. A constant rotation Q of muon and tau flavour makes H real,

.. math:: Q^\dagger H Q = \frac{1}{2E}\begin{pmatrix}a + A & b_1 & b_2\\ b_1 & \xi_1 & 0\\ b_2 & 0 & \xi_2\end{pmatrix},

so that the eigenvectors have a closed form that is continuous along the path: no signs to follow.
"""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Complex, Float

from nudipole.mixing.pmns import Oscillation
from nudipole.mixing.solar_matter import eigenvalues
from nudipole.numerics import AnyArray, jnp


class Minor(NamedTuple):
    """Masses in the basis where muon and tau flavour are mixed to their own eigenstates.

    Attributes
    ----------
    a : Float[Array, ""]
        (U M^2 U^dagger)_ee [MeV^2].
    xi, b : Float[Array, " 2"]
        Eigenvalues of the mu-tau minor [MeV^2], and the real couplings of nu_e to them.
    Q : Complex[Array, "3 3"]
        Flavour from this basis.
    order : tuple of int
        Where the vacuum states 1, 2, 3 are among the levels in ascending order.
    """

    a: Float[AnyArray, ""]
    xi: Float[AnyArray, " 2"]
    b: Float[AnyArray, " 2"]
    Q: Complex[AnyArray, "3 3"]
    order: tuple[int, int, int]


def minor(oscillation: Oscillation) -> Minor:
    """The basis of `Minor`."""
    U, m2 = oscillation.pmns(), oscillation.masses_squared()
    vacuum = (U * m2) @ U.conj().T
    mm, tt, mt = vacuum[1, 1].real, vacuum[2, 2].real, vacuum[1, 2]
    half = (mm - tt) / 2
    gap = jnp.sqrt(half**2 + mt.real**2 + mt.imag**2)
    xi = (mm + tt) / 2 + jnp.stack([-gap, gap])
    # Eigenvectors of [[half, mt], [mt^*, -half]], the longer one of two forms each.
    c = jnp.sqrt((1 + half / gap) / 2)
    s = jnp.sqrt((1 - half / gap) / 2)
    phase = jnp.exp(1j * jnp.angle(mt))
    columns = jnp.array([[-s * phase, c * phase], [c, s]])
    coupling = vacuum[0, 1:] @ columns
    columns = columns * jnp.exp(-1j * jnp.angle(coupling))
    Q = jnp.zeros((3, 3), complex).at[0, 0].set(1.0).at[1:, 1:].set(columns)
    order = (0, 1, 2) if oscillation.ordering == "NO" else (1, 2, 0)
    return Minor(vacuum[0, 0].real, xi, jnp.abs(coupling), Q, order)


def levels(basis: Minor, A: Float[AnyArray, "*n"]) -> tuple[Float[AnyArray, "3 *n"], Float[AnyArray, "3 3 *n"]]:
    """Levels and states in the basis of `Minor`.

    Parameters
    ----------
    basis : Minor
    A : Float[Array, "*n"]
        2 E V_e [MeV^2], negative for antineutrinos.

    Returns
    -------
    levels : Float[Array, "3 *n"]
        2 E times the energy [MeV^2], ascending, without V_n.
    states : Float[Array, "3 3 *n"]
        Real and orthogonal, by component and level; the component of nu_e is positive.
    """
    # Places come last: they are many, and the processor works along the last axis.
    A = jnp.asarray(A, float)
    values = jnp.moveaxis(eigenvalues(basis.a + A, basis.xi, basis.b**2), -1, 0)
    first, second = values - basis.xi[0], values - basis.xi[1]
    gaps = [values[k] - values[(k + 1) % 3] for k in range(3)]
    others = jnp.stack([-gaps[k] * gaps[(k + 2) % 3] for k in range(3)])
    e = jnp.sqrt(jnp.maximum(first * second / others, 0.0))
    return values, jnp.stack([e, e * basis.b[0] / first, e * basis.b[1] / second])
