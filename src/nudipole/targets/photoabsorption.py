"""Absorption of photons by atoms, for the ionisation that a charged neutrino causes as a source of photons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import equinox as eqx
import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole.errors import OutOfRange, TableError
from nudipole.numerics import AnyArray, jnp
from nudipole.targets.electrons import shells

#: One barn [MeV^-2].
BARN = 1e-24 * const.cm**2
#: Photon energy [keV] from which the second of the two tables is used, and where that ends.
_JOIN = 1.03
HIGHEST = 500.0
#: Error of the interpolation that calls for another node, and the relative width below which a rise is a step.
_TOLERANCE = 3e-4
_STEP = 1e-9
#: First nodes: for each decade of energy, and relative distance of those around an edge.
_PER_DECADE = 200
_NEAR = 1e-6


class Photoabsorption(eqx.Module):
    """Cross section of photoabsorption, a power law between nodes and zero outside of them.

    Attributes
    ----------
    T : Float[Array, "n"]
        Photon energies [MeV]; two at one energy are a step.
    sigma : Float[Array, "n"]
        Cross sections [MeV^-2], positive.

    Raises
    ------
    TableError
        If energies decrease or a number is not positive.

    Examples
    --------
    >>> steps = Photoabsorption(np.array([1.0, 2.0, 2.0, 4.0]), np.array([8.0, 1.0, 4.0, 1.0]))
    >>> [f"{sigma:.2f}" for sigma in steps(jnp.array([1.5, 2.0, 3.0]))], steps.edges.tolist()
    (['2.37', '4.00', '1.78'], [1.0, 2.0, 4.0])
    """

    T: Float[AnyArray, " n"]
    sigma: Float[AnyArray, " n"]

    def __check_init__(self) -> None:
        T, sigma = np.asarray(self.T), np.asarray(self.sigma)
        if T.ndim != 1 or T.shape != sigma.shape or len(T) < 2:
            raise TableError("a photoabsorption table needs two energies or more and one cross section for each")
        if not (T[0] > 0 and np.all(np.diff(T) >= 0) and np.all(sigma > 0)):
            raise TableError("a photoabsorption table needs positive cross sections at positive, increasing energies")

    def __call__(self, T: Float[AnyArray, "*t"]) -> Float[AnyArray, "*t"]:
        """Cross section at the photon energies `T` [MeV] in MeV^-2; at a step its upper side."""
        i = jnp.clip(jnp.searchsorted(self.T, T, side="right"), 1, len(self.T) - 1)
        low, high, below, above = self.T[i - 1], self.T[i], self.sigma[i - 1], self.sigma[i]
        inside = (self.T[0] <= T) & (self.T[-1] >= T)
        width = jnp.log(jnp.where(high > low, high / low, 2.0))
        share = jnp.log(jnp.where(inside, T, low) / low) / width
        return jnp.where(inside, below * (above / below) ** share, 0.0)

    @property
    def edges(self) -> Float[AnyArray, " k"]:
        """Energies at which the cross section steps, its ends included [MeV]."""
        T = np.asarray(self.T)
        return np.unique(np.concatenate([T[:1], T[1:][np.diff(T) == 0], T[-1:]]))


def photoabsorption(atoms: Mapping[str, float]) -> Photoabsorption:
    """Photoabsorption cross section of a formula unit.

    Below 1.03 keV that of xraylib's ``CSb_Photo_Total``, a sum over shells (Kissel) that begins at the lowest
    ionisation edge, 12 eV in xenon, and is zero below. From 1.03 to 500 keV that of ``CSb_Photo``, which agrees
    with the tables of NIST to a few 1e-4. Each is used where the other fails: the sum over shells is lost above
    20 keV in sodium and 100 keV in argon, the other is four times too large below 0.7 keV in caesium. They meet to 1 %
    in targets in use; at 0.1 to 0.9 keV they differ by up to 20 % in germanium, and by more close to edges.

    Parameters
    ----------
    atoms : mapping of str to float
        Numbers of atoms by chemical symbol, such as ``{"Cs": 1, "I": 1}``.

    Returns
    -------
    Photoabsorption
        Within 1e-3 of xraylib between the steps.

    Raises
    ------
    UnknownName
        For an unknown element.
    OutOfRange
        If a number of atoms is not positive, or there are none.

    References
    ----------
    Schoonjans:2011

    Examples
    --------
    >>> xenon = photoabsorption({"Xe": 1})
    >>> print(f"{float(xenon(jnp.array(10e-3)) / BARN):.4g}")
    3.623e+04
    """
    if not atoms:
        raise OutOfRange("number of elements", 0, 1)
    for element, number in atoms.items():
        if not 0 < number < np.inf:
            raise OutOfRange(f"number of {element} atoms", number, 0, inside=True)
    return _table(tuple(atoms.items()))


@cache
def _table(atoms: tuple[tuple[str, float], ...]) -> Photoabsorption:
    counted = [(shells(element), number) for element, number in atoms]
    edges = np.unique([1e3 * edge for (_, found), _ in counted for edge, _ in found if edge > 0])

    def sigma(E: float) -> float:
        return sum(number * _barns(Z, E) for (Z, _), number in counted)

    first = next(E for E in edges if sigma(E) > 0)
    even = np.geomspace(first, HIGHEST, int(_PER_DECADE * np.log10(HIGHEST / first)))
    # Seeds around every edge, so that no step hides between even nodes; above the join they are a little elsewhere.
    seeds = np.concatenate([even, *(side * np.append(edges, _JOIN) for side in (1 - _NEAR, 1 + _NEAR))])
    E = _refine(sigma, np.unique(np.clip(seeds, first, HIGHEST)))
    barns = np.array([sigma(node) for node in E])
    # Nodes closer than a step's width become its two sides.
    apart = np.diff(E) > _STEP * E[1:]
    first_of, last_of = np.append(True, apart), np.append(apart, True)
    E[first_of] = E[last_of]
    kept = first_of | last_of
    return Photoabsorption(1e-3 * E[kept], BARN * barns[kept])


def _refine(sigma: Callable[[float], float], E: NDArray[np.float64]) -> NDArray[np.float64]:
    """Nodes between those given, so dense that a power law in between is right, or a step narrow."""
    nodes, waiting = [float(E[0])], [(float(a), float(b)) for a, b in zip(E[-2::-1], E[:0:-1], strict=True)]
    while waiting:
        a, b = waiting.pop()
        at_a, at_b = np.log(sigma(a)), np.log(sigma(b))
        shares = (0.25, 0.5, 0.75)
        errors = [np.log(sigma(a * (b / a) ** x)) - (1 - x) * at_a - x * at_b for x in shares]
        if b - a < _STEP * b or max(np.abs(errors)) < _TOLERANCE:
            nodes.append(b)
        else:
            middle = float(np.sqrt(a * b))
            waiting += [(middle, b), (a, middle)]
    return np.array(nodes)


def _barns(Z: int, E: float) -> float:
    """Cross section of an atom at `E` [keV], zero below its lowest edge."""
    import xraylib

    if E >= _JOIN:
        return float(xraylib.CSb_Photo(Z, E))
    try:
        return float(xraylib.CSb_Photo_Total(Z, E))
    except ValueError:
        return 0.0
