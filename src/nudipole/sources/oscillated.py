r"""From where neutrinos of one flavour are born to the target: paths in vacuum, with or without oscillation.

Density matrices of antineutrinos are transposes, as everywhere in a `Beam`; see `nudipole.mixing.vacuum`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import equinox as eqx
import numpy as np
from jaxtyping import Complex, Float
from numpy.typing import NDArray

from nudipole.errors import NudipoleError, OutOfRange, UnknownName
from nudipole.kept import compiled
from nudipole.mixing import FLAVOURS, Oscillation, density_matrix
from nudipole.numerics import AnyArray
from nudipole.sources.beam import Component
from nudipole.sources.interference import nodes, over_line, over_nodes

#: What is left of the interference of each pair of mass states, from their phases (n, 3, 3).
Mean = Callable[[NDArray[np.float64]], NDArray[np.complex128]]

#: No nodes are added below this fraction of the highest energy: at short paths only those phases are large.
_LOWEST = 1e-5
#: A line is at most so wide, relative to its energy: beyond, its shape and that of its recoils matter.
_WIDEST = 0.1
#: Energies below this fraction of 1/L are as good as 0: phases could not be computed with.
_STILL = 1e-100
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
    mean: Mean | None = None,
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
    mean : callable, optional
        Over energies around each `E`; without it nothing is averaged.

    Returns
    -------
    array of shape (n, 3, 3)
        Hermitian, positive, of trace 1. At E = 0 the average.

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
    padded = np.pad(np.where(E > _STILL * L, E, 0.0), (0, -len(E) % _PADDING), constant_values=1.0)
    kept = None if mean is None or not coherent else mean(phases(oscillation, padded, L))
    matrices = _density(oscillation, padded, np.asarray(L, float), flavour, antineutrino, coherent, kept)
    return np.asarray(matrices)[: len(E)]


def phases(oscillation: Oscillation, E: NDArray[np.float64], L: float) -> NDArray[np.float64]:
    """Phases between mass states after a path `L`, (m_j^2 - m_k^2) L/(2E), (n, 3, 3); 0 at E = 0 [rad]."""
    m2 = np.asarray(oscillation.masses_squared())
    over_E = np.where(E > 0, L / (2 * np.where(E > 0, E, 1.0)), 0.0)
    between: NDArray[np.float64] = (m2[:, None] - m2) * over_E[:, None, None]
    return between


@compiled
def _density(
    oscillation: Oscillation,
    E: Float[AnyArray, " n"],
    L: Float[AnyArray, ""],
    flavour: str,
    antineutrino: bool,
    coherent: bool,
    kept: Complex[AnyArray, "n 3 3"] | None,
) -> Complex[AnyArray, "n 3 3"]:
    return density_matrix(oscillation, E, L, flavour, antineutrino=antineutrino, coherent=coherent, kept=kept)


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
    line_width : float
        Standard deviation of the energies of a line [MeV], over which its interference is averaged; 0 for none. A line
        without width is never averaged.

    Raises
    ------
    OutOfRange
        If a path or the width is negative or the shares do not add up to 1.
    """

    paths: tuple[float, ...] = eqx.field(converter=floats, static=True, default=(0.0,))
    shares: tuple[float, ...] = eqx.field(converter=floats, static=True, default=(1.0,))
    oscillation: Oscillation | None = None
    coherent: bool = eqx.field(static=True, default=True)
    line_width: float = eqx.field(converter=float, static=True, default=0.0)

    def __check_init__(self) -> None:
        for path in self.paths:
            if not 0 <= path < np.inf:
                raise OutOfRange("path", path, 0, unit="MeV^-1")
        if len(self.paths) != len(self.shares) or not abs(sum(self.shares) - 1) < 1e-9:
            raise OutOfRange("sum of the shares of the paths", sum(self.shares), 1, 1)
        if not 0 <= self.line_width < np.inf:
            raise OutOfRange("line_width", self.line_width, 0)

    def rho(self, E: NDArray[np.float64], flavour: str, antineutrino: bool) -> NDArray[np.complex128]:
        """Density matrices at the target in a spectrum, mixed over the paths, (n, 3, 3)."""
        return self._mixed(E, flavour, antineutrino, over_nodes)

    def _mixed(self, E: NDArray[np.float64], flavour: str, antineutrino: bool, mean: Mean) -> NDArray[np.complex128]:
        mixed = np.zeros((len(E), 3, 3), complex)
        for path, share in zip(self.paths, self.shares, strict=True):
            mixed += share * rho(
                self.oscillation, E, path, flavour, antineutrino=antineutrino, coherent=self.coherent, mean=mean
            )
        return mixed

    def scales(self) -> NDArray[np.float64]:
        """Fastest phase times energy of each path [MeV]; 0 where nothing interferes."""
        if self.oscillation is None or not self.coherent:
            return np.zeros(len(self.paths))
        return float(np.ptp(np.asarray(self.oscillation.masses_squared()))) * np.array(self.paths) / 2

    def refine(
        self, E: NDArray[np.float64], dphi_dE: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The same piecewise-linear spectrum, with nodes so dense that rho is nearly linear in between."""
        between = np.setdiff1d(nodes(self.scales(), max(E[0], _LOWEST * E[-1]), E[-1]), E)
        merged = np.concatenate([E, between])
        order = np.argsort(merged, kind="stable")
        return merged[order], np.concatenate([dphi_dE, np.interp(between, E, dphi_dE)])[order]

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
        none = (np.zeros(0), np.zeros((0, 3, 3), complex))
        return Component(name, E, density, *none, antineutrino, flavour)

    def lines(
        self,
        name: str,
        E: NDArray[np.float64],
        phi: NDArray[np.float64],
        flavour: str,
        *,
        antineutrino: bool = False,
    ) -> Component:
        """Component of a beam with lines at the energies `E` [MeV] of fluxes `phi` [MeV^3].

        Raises
        ------
        NudipoleError
            If the width is more than a tenth of an energy.
        """
        E, phi = np.asarray(E, float), np.asarray(phi, float)
        if self.line_width > _WIDEST * E.min():
            width, least = 1e3 * self.line_width, 1e3 * E.min()
            raise NudipoleError(
                f"line_width = {width:g} keV is more than {_WIDEST:.0%} of the energy of a line, {least:.6g} keV: "
                "write so wide a spectrum as a histogram"
            )
        # Lines are padded like the energies they belong to.
        relative = np.pad(self.line_width / E, (0, -len(E) % _PADDING))
        mixed = self._mixed(E, flavour, antineutrino, partial(over_line, relative_width=relative))
        none = (np.zeros(0), np.zeros((0, 3, 3), complex))
        return Component(name, *none, E, phi[:, None, None] * mixed, antineutrino, flavour)
