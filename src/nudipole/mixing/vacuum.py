r"""Flavour density matrix of a beam after a path in vacuum.

A beam of antineutrinos of flavour amplitudes :math:`\bar\psi_\alpha` stores the transpose of
:math:`\bar\rho_{\alpha\beta} = \bar\psi_\alpha\bar\psi^*_\beta`. Because antineutrino amplitudes see the
conjugate of every matrix, rates are then :math:`\mathrm{Tr}[\rho O]` with the operators
:math:`O_F = U O U^\dagger` of neutrinos, and the only difference in propagation is the sign of the phase.
"""

from __future__ import annotations

from jaxtyping import Complex, Float

from nudipole import arguments
from nudipole.errors import ShapeError, UnknownName
from nudipole.mixing.pmns import Oscillation
from nudipole.numerics import AnyArray, jnp
from nudipole.properties.parameters import FLAVOURS


def pure_flavour(flavour: str) -> Complex[AnyArray, "3 3"]:
    """Density matrix of one flavour.

    Parameters
    ----------
    flavour : {"e", "mu", "tau"}

    Returns
    -------
    Complex[Array, "3 3"]
        One on the diagonal.

    Raises
    ------
    UnknownName
        If it is none of them.

    Examples
    --------
    >>> pure_flavour("mu").real.diagonal().tolist()
    [0.0, 1.0, 0.0]
    """
    if flavour not in FLAVOURS:
        raise UnknownName("flavour", flavour, FLAVOURS)
    i = FLAVOURS.index(flavour)
    return jnp.zeros((3, 3), dtype=complex).at[i, i].set(1.0)


def evolve(
    rho: Complex[AnyArray, "*n 3 3"],
    pmns: Complex[AnyArray, "3 3"],
    masses_squared: Float[AnyArray, " 3"],
    E: float | Float[AnyArray, "*#n"],
    L: float | Float[AnyArray, "*#n"],
    *,
    antineutrino: bool = False,
    coherent: bool = True,
    kept: Complex[AnyArray, "*#n 3 3"] | None = None,
) -> Complex[AnyArray, "*n 3 3"]:
    r"""Density matrix after a path `L`.

    .. math:: (U^\dagger\rho U)_{jk} \to (U^\dagger\rho U)_{jk}\,e^{\mp i(m_j^2 - m_k^2)L/2E}

    with the upper sign for neutrinos, the lower one for (transposed) antineutrinos.

    Parameters
    ----------
    rho : Complex[Array, "*#n 3 3"]
        At the source, flavour basis.
    pmns : Complex[Array, "3 3"]
    masses_squared : Float[Array, " 3"]
        Up to a common constant [MeV^2].
    E : Float[Array, "*#n"]
        Neutrino energy [MeV].
    L : Float[Array, "*#n"]
        Path [MeV^-1]; ``1 km`` is ``1e5 * constants.cm``.
    antineutrino : bool
    coherent : bool
        False drops the interference of mass states, as for a path of many oscillation lengths.
    kept : Complex[Array, "*#n 3 3"], optional
        Factors of the interference of each pair: the mean of :math:`e^{-i(\phi'_{jk} - \phi_{jk})}` over energies,
        with :math:`\phi_{jk} = (m_j^2 - m_k^2)L/2E`.

    Returns
    -------
    Complex[Array, "*n 3 3"]
        Flavour basis. At E = 0, where the phase is infinite, the average.

    Raises
    ------
    ShapeError, NotANumber, OutOfRange
        If a matrix has another shape, an entry is no finite number, or an energy or path is negative. Values traced
        by jax are not checked.

    Examples
    --------
    Two flavours of maximal mixing, over many oscillation lengths:

    >>> s = 0.5**0.5
    >>> pmns = jnp.array([[s, s, 0], [-s, s, 0], [0, 0, 1]], complex)
    >>> rho = evolve(pure_flavour("e"), pmns, jnp.array([0.0, 7.5e-17, 2.5e-15]), 3.0, 1e18, coherent=False)
    >>> [f"{probability:.2f}" for probability in rho.real.diagonal()[:2]]
    ['0.50', '0.50']
    """
    rho, pmns = arguments.matrices("rho", rho, True), arguments.matrices("pmns", pmns, False)
    E, L = arguments.not_negative("E", E, "MeV"), arguments.not_negative("L", L, "MeV^-1")
    if jnp.shape(masses_squared) != (3,):
        raise ShapeError("masses_squared", jnp.shape(masses_squared), "one for each mass state, (3,)")
    try:
        jnp.broadcast_shapes(jnp.shape(E), jnp.shape(L), jnp.shape(rho)[:-2])
    except ValueError as error:
        raise ShapeError("E", jnp.shape(E), f"energies for paths of shape {jnp.shape(L)}, or one energy") from error
    E, L = jnp.broadcast_arrays(jnp.asarray(E, dtype=float), jnp.asarray(L, dtype=float))
    keep = jnp.eye(3)
    if coherent:
        defined = (E > 0) | (L == 0)
        phase = masses_squared * (L / (2 * jnp.where(E > 0, E, 1.0)))[..., None]
        factor = jnp.exp((1j if antineutrino else -1j) * phase)
        interference = factor[..., :, None] * factor[..., None, :].conj()
        if kept is not None:
            interference = interference * (jnp.conj(kept) if antineutrino else kept)
        keep = jnp.where(defined[..., None, None], interference, keep)
    mass = pmns.conj().T @ rho @ pmns
    evolved = pmns @ (mass * keep) @ pmns.conj().T
    return jnp.broadcast_to(evolved, (*E.shape, 3, 3))


def density_matrix(
    oscillation: Oscillation,
    E: float | Float[AnyArray, "*#n"],
    L: float | Float[AnyArray, "*#n"],
    flavour: str,
    *,
    antineutrino: bool = False,
    coherent: bool = True,
    kept: Complex[AnyArray, "*#n 3 3"] | None = None,
) -> Complex[AnyArray, "*n 3 3"]:
    """Density matrix of a beam born as one flavour, after a path `L`.

    Parameters
    ----------
    oscillation : Oscillation
    E, L : Float[Array, "*#n"]
        Energy [MeV] and path [MeV^-1].
    flavour : {"e", "mu", "tau"}
        At the source.
    antineutrino, coherent, kept
        As for `evolve`.

    Returns
    -------
    Complex[Array, "*n 3 3"]
        Flavour basis.

    Raises
    ------
    UnknownName
        For any other flavour.
    NotANumber, OutOfRange, ShapeError
        As for `evolve`.

    Examples
    --------
    The survival probability of reactor antineutrinos at the first minimum of the 1-3 oscillation:

    >>> from nudipole import constants as const
    >>> from nudipole.mixing import nufit
    >>> rho = density_matrix(nufit("nufit-6.0-no"), 3.4, 1.68e5 * const.cm, "e", antineutrino=True)
    >>> print(f"{rho[0, 0].real:.3f}")
    0.912
    """
    return evolve(
        pure_flavour(flavour),
        oscillation.pmns(),
        oscillation.masses_squared(),
        E,
        L,
        antineutrino=antineutrino,
        coherent=coherent,
        kept=kept,
    )
