"""The beam: what arrives at a target, whatever made it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import equinox as eqx
import numpy as np
from jaxtyping import Complex, Float
from numpy.typing import NDArray

from nudipole.errors import OutOfRange, UnknownName
from nudipole.numerics import AnyArray, jnp


class Converted(NamedTuple):
    """Antineutrinos of a component that were neutrinos: its flux is that of a reference, to be weighted.

    Attributes
    ----------
    field : float or None
        B0 of a field of the Sun [kG], whose reference is mu_12 B0 = 1e-9 mu_B kG; None of what distorts no spectrum,
        whose reference is a conversion of all.
    highest : float
        The largest probability of the reference.

    Examples
    --------
    >>> Converted(None, 1.0).field is None
    True
    """

    field: float | None
    highest: float


class Component(NamedTuple):
    """One part of a beam before padding.

    Attributes
    ----------
    name : str
    E, density : arrays of shape (n,) and (n, 3, 3)
        Nodes of the spectrum [MeV] and dphi/dE times rho there [MeV^2], linear in between; may be empty.
    E_line, line : arrays of shape (l,) and (l, 3, 3)
        Energies [MeV] of lines and phi times rho [MeV^3]; may be empty.
    antineutrino : bool
        The density is then the transpose of rho.
    flavour : str
        It was born with; empty where that is not one.
    converted : Converted or None
    """

    name: str
    E: NDArray[np.float64]
    density: NDArray[np.complex128]
    E_line: NDArray[np.float64]
    line: NDArray[np.complex128]
    antineutrino: bool = False
    flavour: str = ""
    converted: Converted | None = None


class Beam(eqx.Module):
    """Neutrino flux as piecewise-linear spectra and lines, each with its flavour density matrix.

    Components are padded to common numbers of nodes and lines with zero flux, so that all are folded at once.

    Attributes
    ----------
    components : tuple of str
    antineutrino : tuple of bool
        For each component; its matrices are then transposes (the kernels of L and R are exchanged in the fold).
    E : Float[Array, "s n"]
        Energy nodes [MeV].
    density : Complex[Array, "s n 3 3"]
        dphi/dE times rho(E) in the flavour basis [MeV^2].
    E_line : Float[Array, "s l"]
        Line energies [MeV].
    line : Complex[Array, "s l 3 3"]
        Line fluxes times rho [MeV^3].
    covariance : Float[Array, "s s"]
        Relative covariance of the component normalisations.
    flavours : tuple of str
        Each component was born with; empty where that is not one.
    converted : tuple of Converted or None
        For each component; empty where there is none.

    Examples
    --------
    >>> from nudipole import constants as const
    >>> from nudipole.sources import Solar
    >>> beam = Solar.named().beam()
    >>> pp = beam.components.index("pp")
    >>> print(f"{beam.flux()[pp] * const.cm**2 * const.second:.3g} /cm^2/s")
    5.98e+10 /cm^2/s
    """

    components: tuple[str, ...] = eqx.field(static=True)
    antineutrino: tuple[bool, ...] = eqx.field(static=True)
    E: Float[AnyArray, "s n"]
    density: Complex[AnyArray, "s n 3 3"]
    E_line: Float[AnyArray, "s l"]
    line: Complex[AnyArray, "s l 3 3"]
    covariance: Float[AnyArray, "s s"]
    flavours: tuple[str, ...] = eqx.field(static=True, default=())
    converted: tuple[Converted | None, ...] = eqx.field(static=True, default=())

    @classmethod
    def assemble(cls, parts: Sequence[Component], covariance: NDArray[np.float64] | None = None) -> Beam:
        """Beam of several components.

        Raises
        ------
        OutOfRange
            If energies decrease or are negative, or a line has none.
        """
        nodes = max(2, *(len(part.E) for part in parts))
        lines = max(1, *(len(part.E_line) for part in parts))
        E, density = np.ones((len(parts), nodes)), np.zeros((len(parts), nodes, 3, 3), complex)
        E_line, line = np.ones((len(parts), lines)), np.zeros((len(parts), lines, 3, 3), complex)
        for s, part in enumerate(parts):
            if len(part.E):
                if part.E[0] < 0:
                    raise OutOfRange(f"lowest energy of {part.name}", float(part.E[0]), 0)
                if np.any(np.diff(part.E) < 0):
                    raise OutOfRange(f"step between energies of {part.name}", float(np.diff(part.E).min()), 0)
                E[s] = part.E[-1]
                E[s, : len(part.E)] = part.E
                density[s, : len(part.E)] = part.density
            if len(part.E_line) and part.E_line.min() <= 0:
                raise OutOfRange(f"line energy of {part.name}", float(part.E_line.min()), 0)
            E_line[s, : len(part.E_line)] = part.E_line
            line[s, : len(part.E_line)] = part.line
        if covariance is None:
            covariance = np.zeros((len(parts), len(parts)))
        names, antineutrino, flavours = (
            tuple(getattr(p, key) for p in parts) for key in ("name", "antineutrino", "flavour")
        )
        converted = tuple(part.converted for part in parts)
        converted = converted if any(converted) else ()
        return cls(names, antineutrino, E, density, E_line, line, covariance, flavours, converted)

    def merged(self) -> Beam:
        """The same flux as one component of neutrinos and one of antineutrinos, where there are any.

        Uncertainties, which belong to the components, are left out, and so is what is converted, whose flux is that of
        a reference.
        """
        parts = []
        for antineutrino in (False, True):
            chosen = [
                s
                for s, found in enumerate(self.antineutrino)
                if found == antineutrino and not (self.converted and self.converted[s])
            ]
            if chosen:
                E, density = _summed([(np.asarray(self.E[s]), np.asarray(self.density[s])) for s in chosen])
                E_line = np.concatenate([np.asarray(self.E_line[s]) for s in chosen])
                line = np.concatenate([np.asarray(self.line[s]) for s in chosen])
                name = "antineutrinos" if antineutrino else "neutrinos"
                parts.append(Component(name, E, density, E_line, line, antineutrino))
        return Beam.assemble(parts)

    def flux(self) -> Float[AnyArray, " s"]:
        """Integrated flux of each component [MeV^3]."""
        spectrum = jnp.trace(self.density, axis1=-2, axis2=-1).real
        lines = jnp.trace(self.line, axis1=-2, axis2=-1).real
        return jnp.trapezoid(spectrum, self.E, axis=-1) + lines.sum(axis=-1)

    def rho(self, component: str, E: float) -> Complex[AnyArray, "3 3"]:
        """Flavour density matrix of a component, trace 1: at the line next to `E`, or at `E` within its spectrum.

        Raises
        ------
        UnknownName
            If there is no such component.
        OutOfRange
            If it has no flux at that energy.
        """
        if component not in self.components:
            raise UnknownName("component", component, self.components)
        s = self.components.index(component)
        carried = jnp.trace(self.line[s], axis1=-2, axis2=-1).real > 0
        if carried.any():
            nearest = int(jnp.argmin(jnp.where(carried, jnp.abs(self.E_line[s] - E), jnp.inf)))
            matrix = self.line[s, nearest]
        else:
            flat = self.density[s].reshape(-1, 9)
            outside = {"left": 0.0, "right": 0.0}
            matrix = jnp.stack([jnp.interp(E, self.E[s], flat[:, i], **outside) for i in range(9)]).reshape(3, 3)
        flux = jnp.trace(matrix).real
        if not flux > 0:
            raise OutOfRange(f"energy [MeV] of {component}", E, float(self.E[s, 0]), float(self.E[s, -1]))
        return matrix / flux

    @property
    def line_energies(self) -> NDArray[np.float64]:
        """Energies of the lines that carry flux [MeV]."""
        carried = np.abs(np.asarray(self.line)).sum(axis=(-2, -1)) > 0
        energies: NDArray[np.float64] = np.asarray(self.E_line)[carried]
        return energies

    @property
    def endpoints(self) -> NDArray[np.float64]:
        """Energies where the spectra begin, end or jump (two nodes at one energy) [MeV]."""
        carried = np.abs(np.asarray(self.density)).sum(axis=(-2, -1)) > 0
        E = np.asarray(self.E)[carried.any(axis=1)]
        return np.unique(np.concatenate([E[:, 0], E[:, -1], E[:, 1:][np.diff(E) == 0]]))


def _summed(
    spectra: Sequence[tuple[NDArray[np.float64], NDArray[np.complex128]]],
) -> tuple[NDArray[np.float64], NDArray[np.complex128]]:
    """Sum of piecewise-linear spectra on the nodes of all of them; two nodes at one energy are a step."""
    nodes = np.unique(np.concatenate([E for E, _ in spectra]))

    def total(at: NDArray[np.float64]) -> NDArray[np.complex128]:
        """Sum at energies that are no nodes: zero outside of each spectrum."""
        flat = [
            np.interp(at, E, column, left=0.0, right=0.0)
            for E, density in spectra
            for column in density.reshape(len(E), 9).T
        ]
        summed: NDArray[np.complex128] = np.sum(np.reshape(flat, (len(spectra), 9, len(at))), axis=0)
        return summed.T.reshape(-1, 3, 3)

    # Just beside a node, so that both sides of a step are seen.
    below, above = total(nodes * (1 - 1e-13)), total(nodes * (1 + 1e-13))
    steps = np.abs(above - below).max(axis=(1, 2)) > 1e-9 * np.abs(below).max()
    E = np.concatenate([nodes, nodes[steps]])
    density = np.concatenate([np.where(steps[:, None, None], below, (below + above) / 2), above[steps]])
    order = np.argsort(E, kind="stable")
    return E[order], density[order]
