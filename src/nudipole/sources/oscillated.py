r"""From where neutrinos of one flavour are born to the target: paths in vacuum, with or without oscillation.

Density matrices of antineutrinos are transposes, as everywhere in a `Beam`; see `nudipole.mixing.vacuum`.
"""

from __future__ import annotations

from collections.abc import Iterable

import equinox as eqx
import numpy as np
from jaxtyping import Complex, Float
from numpy.typing import NDArray

from nudipole.errors import OutOfRange, UnknownName
from nudipole.mixing import FLAVOURS, Oscillation, density_matrix
from nudipole.numerics import AnyArray, jnp
from nudipole.sources.beam import Component

#: Largest step of the fastest phase between two nodes, and the phase beyond which its interference is dropped [rad].
_STEP = 0.1
_FASTEST = 300.0
#: No nodes are added below this fraction of the highest energy: at short paths only those phases are large.
_LOWEST = 1e-3
#: Energies come in multiples of this, so that few shapes are compiled.
_PADDING = 1024


def rho(
    oscillation: Oscillation | None,
    E: NDArray[np.float64],
    L: float,
    flavour: str,
    *,
    antineutrino: bool = False,
    coherent: bool = True,
) -> NDArray[np.complex128]:
    """Density matrices after a path `L` of neutrinos born as one flavour.

    Parameters
    ----------
    oscillation : Oscillation or None
        None: the flavour stays what it was.
    E : array of shape (n,)
        Energies [MeV].
    L : float
        Path [MeV^-1].
    flavour : str
        ``"e"``, ``"mu"`` or ``"tau"``.
    antineutrino : bool
        The matrices are then transposes.
    coherent : bool
        False: the interference of mass states is dropped at every energy.

    Returns
    -------
    array of shape (n, 3, 3)
        Hermitian, positive, of trace 1. Where the fastest phase exceeds 300 rad (and at E = 0) the average.

    Raises
    ------
    UnknownName
        If there is no such flavour.
    """
    E = np.asarray(E, float)
    if oscillation is None:
        if flavour not in FLAVOURS:
            raise UnknownName("flavour", flavour, FLAVOURS)
        pure = np.zeros((len(E), 3, 3), complex)
        pure[:, FLAVOURS.index(flavour), FLAVOURS.index(flavour)] = 1
        return pure
    padded = np.pad(E, (0, -len(E) % _PADDING), constant_values=1.0)
    matrices = _density(oscillation, padded, np.asarray(L, float), flavour, antineutrino, coherent)
    return np.asarray(matrices)[: len(E)]


@eqx.filter_jit
def _density(
    oscillation: Oscillation,
    E: Float[AnyArray, " n"],
    L: Float[AnyArray, ""],
    flavour: str,
    antineutrino: bool,
    coherent: bool,
) -> Complex[AnyArray, "n 3 3"]:
    fastest = jnp.ptp(oscillation.masses_squared()) * L / 2
    # At E = 0 the matrix is the average.
    E = jnp.where(fastest > _FASTEST * E, 0.0, E)
    return density_matrix(oscillation, E, L, flavour, antineutrino=antineutrino, coherent=coherent)


def floats(values: Iterable[float]) -> tuple[float, ...]:
    """Plain numbers, which a module can carry as static fields."""
    return tuple(float(value) for value in values)


class Flight(eqx.Module):
    """Paths from the places of birth to the target, and what happens on the way.

    Attributes
    ----------
    paths : tuple of float
        Their lengths [MeV^-1].
    shares : tuple of float
        Fraction of the flux that comes along each; their sum is 1.
    oscillation : Oscillation or None
        None: the flavour stays what it was, which is right for a few metres.
    coherent : bool
        False: the interference of mass states is dropped.

    Raises
    ------
    OutOfRange
        If a path is negative or the shares do not add up to 1.
    """

    paths: tuple[float, ...] = eqx.field(converter=floats, static=True, default=(0.0,))
    shares: tuple[float, ...] = eqx.field(converter=floats, static=True, default=(1.0,))
    oscillation: Oscillation | None = None
    coherent: bool = eqx.field(static=True, default=True)

    def __check_init__(self) -> None:
        for path in self.paths:
            if not 0 <= path < np.inf:
                raise OutOfRange("path", path, 0, unit="MeV^-1")
        if len(self.paths) != len(self.shares) or not abs(sum(self.shares) - 1) < 1e-9:
            raise OutOfRange("sum of the shares of the paths", sum(self.shares), 1, 1)

    def rho(self, E: NDArray[np.float64], flavour: str, antineutrino: bool) -> NDArray[np.complex128]:
        """Density matrices at the target, mixed over the paths, (n, 3, 3)."""
        mixed = np.zeros((len(E), 3, 3), complex)
        for path, share in zip(self.paths, self.shares, strict=True):
            mixed += share * rho(self.oscillation, E, path, flavour, antineutrino=antineutrino, coherent=self.coherent)
        return mixed

    def refine(
        self, E: NDArray[np.float64], dphi_dE: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The same piecewise-linear spectrum, with nodes so dense that rho is nearly linear in between."""
        if self.oscillation is None or not self.coherent:
            return E, dphi_dE
        splitting = float(np.ptp(np.asarray(self.oscillation.masses_squared())))
        phases = np.arange(_STEP, _FASTEST + _STEP / 2, _STEP)
        between = np.concatenate([splitting * L / (2 * phases) for L in self.paths])
        between = np.unique(between[(between > max(E[0], _LOWEST * E[-1])) & (between < E[-1])])
        between = np.setdiff1d(between, E)
        nodes = np.concatenate([E, between])
        order = np.argsort(nodes, kind="stable")
        return nodes[order], np.concatenate([dphi_dE, np.interp(between, E, dphi_dE)])[order]

    def continuum(
        self,
        name: str,
        E: NDArray[np.float64],
        dphi_dE: NDArray[np.float64],
        flavour: str,
        *,
        antineutrino: bool = False,
    ) -> Component:
        """Component of a beam with a spectrum that is linear between the nodes `E` [MeV]; `dphi_dE` in MeV^2."""
        E, dphi_dE = self.refine(np.asarray(E, float), np.asarray(dphi_dE, float))
        density = dphi_dE[:, None, None] * self.rho(E, flavour, antineutrino)
        return Component(name, E, density, np.zeros(0), np.zeros((0, 3, 3), complex), antineutrino)

    def lines(
        self,
        name: str,
        E: NDArray[np.float64],
        phi: NDArray[np.float64],
        flavour: str,
        *,
        antineutrino: bool = False,
    ) -> Component:
        """Component of a beam with lines at the energies `E` [MeV] of fluxes `phi` [MeV^3]."""
        E, phi = np.asarray(E, float), np.asarray(phi, float)
        line = phi[:, None, None] * self.rho(E, flavour, antineutrino)
        return Component(name, np.zeros(0), np.zeros((0, 3, 3), complex), E, line, antineutrino)
