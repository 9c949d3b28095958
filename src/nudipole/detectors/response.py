r"""The response R_b(T): probability that a recoil of energy T is counted in bin b.

.. math:: R_b(T) = \int_{\rm bin} dx\,\epsilon(x)\,p(x|E), \qquad E = E_{ee}(T)

with the quenched energy E and the distribution p of the reconstructed energy x. For an efficiency of the
reconstructed energy, linear between nodes, the integral is done in closed form on every piece; an efficiency of the
true energy stands in front of it, at E, and one of the recoil energy, at T.
"""

from __future__ import annotations

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray

from nudipole import digits
from nudipole.detectors.efficiency import Efficiency
from nudipole.detectors.quenching import Quenching, Unquenched
from nudipole.detectors.resolution import Resolution
from nudipole.errors import NudipoleError, OutOfRange
from nudipole.kept import compiled
from nudipole.numerics import AnyArray, jnp

#: Energies that are searched for a response, relative to the highest bin edge.
_SEARCHED = np.concatenate([np.geomspace(1e-6, 1e3, 6000), np.geomspace(1e3, 1e6, 600)[1:]])
#: Relative step of a numerical derivative.
_STEP = 2.0**-12


class Detector(eqx.Module):
    """Quenching, efficiency, resolution and bins of one counting channel.

    Attributes
    ----------
    bins : Float[Array, "b+1"]
        Edges in reconstructed energy, increasing [MeV].
    resolution : Resolution
    efficiency : Efficiency
    quenching : Quenching
        By default none, as for electron recoils. Resolution and efficiency are at quenched energies.
    factors : tuple of Efficiency
        More of them, of the true energy or of that of the recoil.

    Raises
    ------
    OutOfRange
        If there are fewer than two edges, or they do not increase or begin below zero.
    NudipoleError
        If one of the factors is of the reconstructed energy, or the efficiency of the recoil.

    Examples
    --------
    Half of the recoils are counted, those of either energy:

    >>> from nudipole.detectors import Exact
    >>> detector = Detector(np.array([1.0, 2.0, 3.0]), Exact(), Efficiency.constant(0.5))
    >>> [f"{counted:.2f}" for counted in detector.response(jnp.array([1.5, 2.5])).sum(axis=0)]
    ['0.50', '0.50']
    """

    bins: Float[AnyArray, " edges"]
    resolution: Resolution
    efficiency: Efficiency
    quenching: Quenching = Unquenched()
    factors: tuple[Efficiency, ...] = ()

    def __check_init__(self) -> None:
        if self.efficiency.of == "recoil" or any(factor.of == "reconstructed" for factor in self.factors):
            # A product of those of the reconstructed energy is one of them.
            message = "the efficiency of a detector is of the reconstructed or the true energy, its factors of the true"
            raise NudipoleError(f"{message} energy or the recoil: multiply the former by Efficiency.product")
        edges = np.asarray(self.bins)
        if edges.ndim != 1 or len(edges) < 2:
            raise OutOfRange("number of bin edges", edges.size, 2)
        if not np.all(np.diff(edges) > 0):
            raise OutOfRange("smallest bin width", float(np.diff(edges).min()), 0)
        if edges[0] < 0:
            raise OutOfRange("lowest bin edge", float(edges[0]), 0)

    def passed(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        """Efficiency of what is seen at energies `E` [MeV], true and reconstructed alike; without those of recoils."""
        counted: AnyArray = self.efficiency(E)
        for factor in self.factors:
            counted = counted if factor.of == "recoil" else counted * factor(E)
        return counted

    def times(self, *efficiencies: Efficiency) -> Detector:
        """The same with more efficiencies, of whichever energy."""
        every = [self.efficiency, *self.factors, *efficiencies]
        reconstructed = [one for one in every if one.of == "reconstructed"]
        counted = Efficiency.product(reconstructed) if reconstructed else Efficiency.constant(1.0)
        before = tuple(one for one in every if one.of != "reconstructed")
        return Detector(self.bins, self.resolution, counted, self.quenching, before)

    def response(self, T: Float[AnyArray, " t"]) -> Float[AnyArray, "b t"]:
        r"""R_b(T) for recoil energies `T` [MeV].

        On the piece of the efficiency between two nodes x_j (nodes of the table, edges of bins) it is linear. So

        .. math:: R_b = \epsilon_b(E) + \sum_j\big\{J_{bj}\,[F_0(x_j)-\theta(x_j-E)]
                        + D_{bj}\,\big[(E-x_j)[F_0(x_j)-\theta(x_j-E)] + F_1(x_j)\big]\big\}

        with the efficiency of a bin and the drops J of its value and D of its slope at the nodes: the response
        without smearing, and what smearing moves across each node, which vanishes far from E without cancellation.
        """
        return _responses(self, T)

    def _energy_range(self) -> tuple[float, float]:
        """As `recoil_range`, in quenched energy."""
        low, high = float(self.bins[0]), float(self.bins[-1])
        # Without resolution the range ends at the bins themselves, which the grid must therefore contain.
        ends = [edge for edge in (low, high) if edge > 0]
        kinks = self.resolution.kinks()
        E = np.unique(np.concatenate([high * _SEARCHED, ends, kinks[kinks > 0]]))
        least, most = self.resolution.reach(E)
        reached = E[(most >= low) & (least <= high)]
        if not len(reached):
            raise OutOfRange("energy that the resolution finds within the bins", 0.0, low, high, unit="MeV")
        return float(reached[0]), float(reached[-1])

    def recoil_range(self) -> tuple[float, float]:
        """Recoil energies [MeV] outside which no bin responds.

        The lower one is positive; the upper one is infinite if the quenched energy ends within reach of the bins.

        Raises
        ------
        OutOfRange
            If the quenched energy falls again with T before the highest bin is out of reach.
        """
        lowest, highest = self._energy_range()
        turn = self.quenching.turnover(highest)
        if np.isfinite(turn):
            energy = float(self.quenching(np.array([turn]))[0])
            above = f"T = {digits.number(1e3 * turn, 4)} keV"
            name = f"quenched energy needed (the quenching falls again above {above}: give it up_to)"
            raise OutOfRange(name, highest, 0, energy, unit="MeV")
        low, high = self.quenching.recoil([lowest, highest])
        # Where noise alone reaches the bins, so do recoils whose quenched energy is nothing.
        noise = lowest <= _SEARCHED[0] * float(self.bins[-1])
        return lowest if noise else float(low), float(high)

    def relative_width(self, T: NDArray[np.float64]) -> NDArray[np.float64]:
        r"""Relative width in T over which R_b varies, :math:`\sigma(E)/(T\,dE/dT)`; infinite where nothing smears."""
        sigma = np.asarray(self.resolution.sigma(np.asarray(self.quenching(T))))
        rise = np.asarray(self.quenching(T * (1 + _STEP))) - np.asarray(self.quenching(T * (1 - _STEP)))
        width = np.full(T.shape, np.inf)
        np.divide(2 * _STEP * sigma, rise, out=width, where=(sigma > 0) & (rise > 0))
        return width

    def kinks(self) -> NDArray[np.float64]:
        """Recoil energies [MeV] where R_b(T) is not smooth."""
        edges, nodes = np.asarray(self.bins), np.asarray(self.efficiency.E)
        exact = bool(np.all(np.asarray(self.resolution.sigma(edges)) == 0))
        found = [edges] if exact else []
        if exact or self.efficiency.of == "true":
            found.append(nodes)
        found += [np.asarray(factor.E) for factor in self.factors if factor.of == "true"]
        found.append(self.resolution.kinks())
        T = self.quenching.recoil(np.concatenate([np.zeros(0), *found]))
        recoils = [np.asarray(factor.E) for factor in self.factors if factor.of == "recoil"]
        return np.concatenate([T[np.isfinite(T)], self.quenching.kinks(), *recoils])


@compiled
def _responses(detector: Detector, T: Float[AnyArray, " t"]) -> Float[Array, "b t"]:
    """See `Detector.response`: one kernel, as compiling its operations one by one takes longer."""
    true = detector.efficiency.of == "true"
    inner = detector.bins[:1] if true else detector.efficiency.E
    # Nodes beyond the bins become pieces of no width: the number of pieces must not depend on values.
    nodes = jnp.sort(jnp.concatenate([detector.bins, jnp.clip(inner, detector.bins[0], detector.bins[-1])]))
    low, high = nodes[:-1], nodes[1:]
    width = jnp.where(high > low, high - low, 1.0)
    start: AnyArray = jnp.ones_like(low)
    slope: AnyArray = jnp.zeros_like(low)
    E = detector.quenching(T)
    efficiency = detector.efficiency(E)
    if not true:
        # From inside the piece: an efficiency may start with a step at its first node.
        first, last = (detector.efficiency(low + share * width) for share in (0.25, 0.75))
        slope = (last - first) / (width / 2)
        start = first - slope * width / 4
    owner = jnp.searchsorted(detector.bins, (low + high) / 2, side="right") - 1
    members = ((owner == jnp.arange(len(detector.bins) - 1)[:, None]) & (high > low)).astype(T.dtype)
    jumps = _drops(members * (start + slope * width), members * start)
    bends = _drops(members * slope, members * slope)
    below, moment = detector.resolution.cumulative(E, nodes)
    moved = below - (nodes[:, None] > E)
    inside = (detector.bins[:-1, None] <= E) & (detector.bins[1:, None] > E)
    exact = jnp.where(inside, 1.0 if true else efficiency, 0.0)
    counted = exact + jumps @ moved + bends @ ((E - nodes[:, None]) * moved + moment)
    counted = counted * efficiency if true else counted
    for factor in detector.factors:
        counted = counted * factor(T if factor.of == "recoil" else E)
    return counted


def _drops(ends: Float[AnyArray, "b p"], starts: Float[AnyArray, "b p"]) -> Float[AnyArray, "b p+1"]:
    """At every node, the value at the end of the piece before it less that at the start of the piece after it."""
    return jnp.pad(ends, ((0, 0), (1, 0))) - jnp.pad(starts, ((0, 0), (0, 1)))
