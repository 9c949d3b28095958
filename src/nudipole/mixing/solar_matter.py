r"""Adiabatic three-flavour conversion of solar neutrinos.

The electron neutrino is born as a mixture of the eigenstates of

.. math:: 2E\,H = U M^2 U^\dagger + \mathrm{diag}(A, 0, 0), \qquad A = 2\sqrt2\,G_F n_e E

and each eigenstate leaves the Sun as the mass state it is connected to. The LMA solution is adiabatic to
great accuracy: with the density scale height of the Sun, R/10.5, the adiabaticity parameter of the 1-2
transition is 3e3 at 10 MeV and falls as 1/E, so that jumps, of probability exp(-pi gamma/2), do not matter
below hundreds of MeV. The mass states separate on the way: what arrives is an incoherent mixture with weights
P_ek, whatever the phases of U.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Complex, Float

from nudipole import arguments
from nudipole import constants as const
from nudipole.errors import OutOfRange, ShapeError
from nudipole.kept import compiled
from nudipole.mixing.pmns import Oscillation
from nudipole.mixing.zone_average import averaged
from nudipole.numerics import AnyArray, jax, jnp

#: Of one mole of electrons per cm^3 [MeV].
_POTENTIAL = math.sqrt(2) * const.G_F * const.N_A / const.cm**3
#: Energies times zones from which weights are interpolated: by 1e-8 and less.
_MANY = 4000
#: Least sin^2(2 theta_12), largest A over the larger splitting, and A over the smaller one that changes nothing.
_WIDE, _BELOW, _NO_MATTER = 0.64, 0.2, 1e-8


def potential(n_e: float | Float[AnyArray, "*n"]) -> Float[AnyArray, "*n"]:
    r"""Charged-current potential of electrons of density `n_e`, :math:`V = \sqrt2\,G_F n_e`.

    Parameters
    ----------
    n_e : Float[Array, "*n"]
        [mol/cm^3]

    Returns
    -------
    Float[Array, "*n"]
        [MeV]

    Examples
    --------
    >>> f"{potential(1.0) / const.eV:.3e} eV"
    '7.632e-14 eV'
    """
    return _POTENTIAL * jnp.asarray(n_e)


@compiled
def production_weights(oscillation: Oscillation, A: Float[AnyArray, "*n"]) -> Float[AnyArray, "*n 3"]:
    r"""Probability that an electron neutrino born in matter leaves as mass state k.

    .. math:: P_{ek} = |U^m_{ek}|^2 =
              \frac{\prod_j(\lambda_k - \xi_j)}{\prod_{j\ne k}(\lambda_k - \lambda_j)}

    where lambda are the eigenvalues of 2EH and xi those of its mu-tau minor, which matter does not change.

    Parameters
    ----------
    oscillation : Oscillation
    A : Float[Array, "*n"]
        :math:`2\sqrt2\,G_F n_e E` [MeV^2].

    Returns
    -------
    Float[Array, "*n 3"]
        Indexed by vacuum mass state 1, 2, 3 in either ordering.

    References
    ----------
    Denton:2019ovn; Zaglauer:1988gz for the eigenvalues

    Examples
    --------
    Without matter they are those of the vacuum, |U_ek|^2:

    >>> from nudipole.mixing import nufit
    >>> best = nufit("nufit-6.0-no")
    >>> bool(jnp.allclose(production_weights(best, jnp.array(0.0)), abs(best.pmns()[0]) ** 2))
    True
    """
    A = jnp.asarray(A, dtype=float)
    m2, U = oscillation.masses_squared(), oscillation.pmns()
    vacuum = (U * m2) @ U.conj().T
    mm, tt, mt = vacuum[1, 1].real, vacuum[2, 2].real, vacuum[1, 2]
    half_gap = jnp.sqrt(((mm - tt) / 2) ** 2 + mt.real**2 + mt.imag**2)
    xi = (mm + tt) / 2 + jnp.stack([-half_gap, half_gap])
    # The characteristic polynomial is prod(m2 - x) where A = 0, which gives the couplings |H_ej|^2 to the
    # eigenstates of the minor without their eigenvectors.
    b2 = jnp.prod(xi[:, None] - m2, axis=1) / (xi[::-1] - xi)
    lambdas = eigenvalues(vacuum[0, 0].real + A, xi, b2)
    gaps = lambdas[..., :, None] - lambdas[..., None, :] + jnp.eye(3)
    weights = jnp.prod(lambdas[..., :, None] - xi, axis=-1) / jnp.prod(gaps, axis=-1)
    # Levels of positive A never cross: ascending order is the vacuum's, 1-2-3 or 3-1-2.
    order = [0, 1, 2] if oscillation.ordering == "NO" else [1, 2, 0]
    return weights[..., jnp.array(order)]


def eigenvalues(
    a: Float[AnyArray, "*n"], xi: Float[AnyArray, " 2"], b2: Float[AnyArray, " 2"]
) -> Float[AnyArray, "*n 3"]:
    """Ascending eigenvalues of [[a, b], [b^dagger, diag(xi)]] with b2 = |b|^2.

    The trigonometric formula loses digits, and its derivatives diverge, where two levels meet; it only starts
    two Newton steps, which restore both (value and derivatives up to the third order).
    """
    centre = (a + jnp.sum(xi)) / 3
    d = xi - centre[..., None]
    p = jnp.sqrt(((a - centre) ** 2 + jnp.sum(d**2, axis=-1) + 2 * jnp.sum(b2)) / 6)
    det = (a - centre) * d[..., 0] * d[..., 1] - b2[0] * d[..., 1] - b2[1] * d[..., 0]
    angle = jnp.arccos(jnp.clip(det / (2 * p**3), -1, 1)) / 3
    thirds = 2 * jnp.pi / 3 * jnp.array([1, 2, 0])
    x = jax.lax.stop_gradient(centre[..., None] + 2 * p[..., None] * jnp.cos(angle[..., None] + thirds))
    a = a[..., None]
    for _ in range(2):
        u, v = x - xi[0], x - xi[1]
        value = (x - a) * u * v - b2[0] * v - b2[1] * u
        slope = u * v + (x - a) * (u + v) - jnp.sum(b2)
        x = x - value / slope
    return x


def mass_weights(
    oscillation: Oscillation,
    E: Float[AnyArray, "*s n"],
    n_e: Float[AnyArray, " z"],
    zone_weights: Float[AnyArray, "*s z"],
) -> Float[AnyArray, "*s n 3"]:
    """Weights P_ek of the mass states that leave the Sun, averaged over the production zone.

    Parameters
    ----------
    oscillation : Oscillation
    E : Float[Array, "*s n"]
        Neutrino energy [MeV], for each of any number of components.
    n_e : Float[Array, " z"]
        Electron density of each zone [mol/cm^3].
    zone_weights : Float[Array, "*s z"]
        Fraction of the neutrinos born in each zone; they must sum to 1 within 1e-3, and are then normalised.

    Returns
    -------
    Float[Array, "*s n 3"]
        Rows sum to 1.

    Raises
    ------
    OutOfRange
        If the weights do not sum to 1.

    Examples
    --------
    Neutrinos of 8 MeV born at the centre of the Sun, 100 mol of electrons per cm^3, leave it as the second mass state:

    >>> from nudipole.mixing import nufit
    >>> weights = mass_weights(nufit("nufit-6.0-no"), jnp.array([8.0]), jnp.array([100.0]), jnp.array([1.0]))
    >>> [f"{weight:.2f}" for weight in weights[0]]
    ['0.10', '0.88', '0.02']
    """
    traced = isinstance(zone_weights, jax.core.Tracer)
    zone_weights = (jnp if traced else np).asarray(zone_weights, dtype=float)
    total = zone_weights.sum(axis=-1, keepdims=True)
    if not traced:
        for value in np.ravel(total)[~(np.abs(np.ravel(total) - 1) <= 1e-3)]:
            raise OutOfRange("sum of zone_weights", float(value), 0.999, 1.001)
    E, shares = arguments.not_negative("E", E, "MeV"), zone_weights / total
    least = _vacuum_below(oscillation, E, n_e, shares)
    if least is not None:
        return averaged(_weights_at, oscillation, np.asarray(E), np.asarray(n_e), np.asarray(shares), least)
    A = 2 * jnp.asarray(E, dtype=float)[..., None] * potential(n_e)
    return jnp.einsum("...nzk,...z->...nk", production_weights(oscillation, A), shares)


def _weights_at(oscillation: Oscillation, x: Float[AnyArray, " n"]) -> Float[AnyArray, "n 3"]:
    """Of products of energy and density [MeV mol/cm^3]."""
    return production_weights(oscillation, 2 * x * _POTENTIAL)


def _vacuum_below(oscillation: Oscillation, E: AnyArray, n_e: AnyArray, shares: AnyArray) -> float | None:
    r"""Product of energy and density below which there is no matter to see; None where all are to be calculated.

    Weights as functions of ln A have poles where two levels meet, :math:`A = \Delta m^2 e^{\pm 2i\theta}`, and are
    interpolated where these are far: for a large angle, and below the 1-3 resonance.
    """
    if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves((oscillation, E, n_e, shares))):
        return None
    if np.ndim(E) == 0 or np.shape(E)[:-1] != np.shape(shares)[:-1] or np.size(E) * np.size(n_e) < _MANY:
        return None
    small, large = float(oscillation.dm2_21), abs(float(oscillation.dm2_3l))
    unit, most = 2 * _POTENTIAL, float(np.max(E)) * float(np.max(n_e))
    sin2 = float(oscillation.sin2_12)
    if not (4 * sin2 * (1 - sin2) > _WIDE and 0 < unit * most < _BELOW * large and np.all(np.asarray(n_e) >= 0)):
        return None
    return _NO_MATTER * small / unit


def solar_density_matrix(
    oscillation: Oscillation,
    P_ek: Float[AnyArray, "*n 3"],
    *,
    earth: Complex[AnyArray, "*n 3 3"] | None = None,
) -> Complex[AnyArray, "*n 3 3"]:
    r"""Flavour density matrix of solar neutrinos at the detector.

    .. math:: \rho = S\,U\,\mathrm{diag}(P_{e1}, P_{e2}, P_{e3})\,U^\dagger S^\dagger

    Parameters
    ----------
    oscillation : Oscillation
    P_ek : Float[Array, "*n 3"]
        Weights after the Sun, from `mass_weights`.
    earth : Complex[Array, "*n 3 3"], optional
        Evolution operator S in the flavour basis from the surface of the Earth to the detector, for
        regeneration at night; the identity (day) if absent.

    Returns
    -------
    Complex[Array, "*n 3 3"]
        Hermitian; its trace is the sum of the weights.

    Raises
    ------
    ShapeError, NotANumber, OutOfRange
        If weights or matrices have another shape or entries that are no finite numbers; what jax traces is not checked.

    Examples
    --------
    An electron neutrino that left the Sun as the second mass state is found as one with |U_e2|^2:

    >>> from nudipole.mixing import nufit
    >>> rho = solar_density_matrix(nufit("nufit-6.0-no"), jnp.array([0.0, 1.0, 0.0]))
    >>> print(f"{rho[0, 0].real:.3f}")
    0.301
    """
    U, P_ek = oscillation.pmns(), jnp.asarray(arguments.array("P_ek", P_ek))
    if P_ek.shape[-1:] != (3,):
        raise ShapeError("P_ek", P_ek.shape, "three weights of mass states, (..., 3)")
    if earth is not None:
        U = jnp.asarray(arguments.matrices("earth", earth, True)) @ U
    return jnp.einsum("...ak,...k,...bk->...ab", U, P_ek, U.conj())
