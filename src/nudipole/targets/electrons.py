"""Electrons in atoms: how many of them a recoil of kinetic energy T can set free."""

from __future__ import annotations

from functools import cache

import equinox as eqx
import numpy as np
from jaxtyping import Float

from nudipole import constants as const
from nudipole import tables
from nudipole.errors import TableError, UnknownName
from nudipole.numerics import AnyArray, jnp

#: xraylib numbers the shells K, L1, ..., Q3 from 0.
_SHELLS = range(31)


class ManyBodyFactor(eqx.Module):
    r"""Ratio of a many-body (for example RRPA) cross section to the stepping approximation, as a table in T.

    Above the table what the ratio lacks to one falls as 1/T, as corrections of binding do far above the edges: the
    spectrum has no step where the table ends, and tends to the stepping approximation. Below it nothing is known: the
    ratio keeps its first value, and an experiment that counts recoils there is refused.

    .. math:: r(T > T_n) = 1 - (1 - r_n)\,T_n/T

    Attributes
    ----------
    T : Float[Array, "n"]
        Recoil energies, increasing [MeV].
    ratio : Float[Array, "n"]
        Pure numbers.

    Raises
    ------
    TableError
        If energies do not increase or are not as many as ratios.

    Examples
    --------
    >>> factor = ManyBodyFactor(jnp.array([1e-3, 2e-3]), jnp.array([0.8, 0.9]))
    >>> [f"{ratio:.2f}" for ratio in factor(jnp.array([1.5e-3, 4e-3]))]
    ['0.85', '0.95']
    """

    T: Float[AnyArray, " n"]
    ratio: Float[AnyArray, " n"]

    def __check_init__(self) -> None:
        T = np.asarray(self.T)
        if T.shape != np.shape(self.ratio) or T.ndim != 1 or np.any(np.diff(T) <= 0):
            raise TableError("a many-body factor needs increasing T and one ratio for each")

    @classmethod
    def named(cls, name: str) -> ManyBodyFactor:
        """A tabulated factor, such as ``"xe-rrpa-weak"``: element, calculation, and the channel it is for.

        Raises
        ------
        UnknownName
            If there is no such factor; the message lists them.
        """
        known = [key.removeprefix("atomic-") for key in tables.available() if key.startswith("atomic-")]
        if name not in known:
            raise UnknownName("many-body factor", name, known)
        table = tables.read(f"atomic-{name}")
        return cls(table.column("T", "keV") * 1e-3, table.column("ratio", "1"))

    def __call__(self, T: Float[AnyArray, "*t"]) -> Float[AnyArray, "*t"]:
        above = self.T[-1] / jnp.maximum(T, self.T[-1])
        return 1 + (jnp.interp(T, self.T, self.ratio) - 1) * above


class Atom(eqx.Module):
    """An atom as a set of electron shells.

    Each shell contributes its electrons once T reaches the shell's ionisation edge (stepping approximation,
    e.g. Chen:2016eab): ``Z_eff(T) = sum_i n_i theta(T - B_i)``. An electron whose shell has no tabulated
    edge counts as free (edge 0). The occupancies sum to Z.

    Attributes
    ----------
    element : str
    mass : float
        Of one atom [MeV].
    edges : Float[Array, "k"]
        Ionisation edges B_i [MeV].
    occupancies : Float[Array, "k"]
        Electrons n_i of each shell.
    weak_factor, dipole_factor : ManyBodyFactor or None
        Optional many-body corrections, one for each kind of channel: a weak factor is not a dipole one.

    Examples
    --------
    >>> xenon = atom("Xe")
    >>> print(f"{1e3 * float(xenon.edges.max()):.2f} keV, {float(xenon.occupancies.sum()):.0f} electrons")
    34.56 keV, 54 electrons
    """

    element: str = eqx.field(static=True)
    mass: float = eqx.field(static=True)
    edges: Float[AnyArray, " k"]
    occupancies: Float[AnyArray, " k"]
    weak_factor: ManyBodyFactor | None = None
    dipole_factor: ManyBodyFactor | None = None

    def electrons(self, T: Float[AnyArray, " t"]) -> Float[AnyArray, " t"]:
        """Number of electrons that a recoil of energy `T` [MeV] can ionise, Z_eff(T)."""
        return jnp.sum(jnp.where(T[..., None] >= self.edges, self.occupancies, 0.0), axis=-1)


@cache
def shells(element: str) -> tuple[int, tuple[tuple[float, float], ...]]:
    """(Z, ((edge [MeV], electrons), ...)) from xraylib; what xraylib does not list is free, with edge 0.

    Raises
    ------
    UnknownName
        For an unknown element.
    """
    import xraylib

    try:
        Z = xraylib.SymbolToAtomicNumber(element)
    except ValueError as error:
        symbols = [xraylib.AtomicNumberToSymbol(Z) for Z in range(1, 99)]
        raise UnknownName("element", element, symbols) from error
    found = []
    for shell in _SHELLS:
        try:
            electrons = float(xraylib.ElectronConfig(Z, shell))
        except ValueError:
            continue
        try:
            edge = xraylib.EdgeEnergy(Z, shell) * 1e-3
        except ValueError:
            edge = 0.0
        found.append((edge, electrons))
    rest = Z - sum(electrons for _, electrons in found)
    if abs(rest) < 1e-3:  # only the rounding of fractional occupancies, which may be negative
        edge, electrons = found.pop()
        found.append((edge, electrons + rest))
    else:
        found.append((0.0, rest))
    return Z, tuple(found)


def atom(element: str, *, binding: str = "stepping", mass: float | None = None) -> Atom:
    """The atom of a natural element.

    Parameters
    ----------
    element : str
        Chemical symbol.
    binding : {"stepping", "free"}
        ``"free"`` ignores binding: all Z electrons at any T.
    mass : float, optional
        Mass of an atom [MeV]; by default the standard atomic weight.

    Returns
    -------
    Atom

    Raises
    ------
    UnknownName
        For an unknown element or kind of binding.

    References
    ----------
    Edges and occupancies: xraylib (Schoonjans:2011); atomic weights: periodictable.

    Examples
    --------
    >>> xenon = atom("Xe")
    >>> [int(n) for n in xenon.electrons(jnp.array([40e-3, 10e-3, 3e-3, 1e-5]))]
    [54, 52, 44, 0]
    """
    if binding not in ("stepping", "free"):
        raise UnknownName("binding", binding, ("stepping", "free"))
    Z, found = shells(element)
    if mass is None:
        from periodictable import elements

        mass = float(elements.symbol(element).mass) * const.atomic_mass
    edges, occupancies = np.array(found).T
    if binding == "free":
        edges, occupancies = np.zeros(1), np.array([float(Z)])
    return Atom(element, mass, edges, occupancies)
