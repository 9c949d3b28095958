r"""The response R_b(T): probability that a recoil of energy T is counted in bin b.

.. math:: R_b(T) = \int_{\rm bin} dE\,\epsilon(E)\,\frac{e^{-(E-T)^2/2\sigma^2(T)}}{\sqrt{2\pi}\,\sigma(T)}

For an efficiency of the reconstructed energy, linear between nodes, the integral is done in closed form on
every piece; an efficiency of the true energy stands in front of it.
"""

from __future__ import annotations

import equinox as eqx
import numpy as np
from jax.scipy.special import ndtr
from jaxtyping import Float
from numpy.typing import NDArray

from nudipole.detectors.efficiency import Efficiency
from nudipole.detectors.resolution import Resolution
from nudipole.errors import OutOfRange
from nudipole.numerics import AnyArray, jnp

#: How many standard deviations of the resolution the fold follows beyond the outermost bins.
REACH = 8.0


class Detector(eqx.Module):
    """Efficiency, resolution and bins of one counting channel.

    Attributes
    ----------
    bins : Float[Array, "b+1"]
        Edges in reconstructed energy, increasing [MeV].
    resolution : Resolution
    efficiency : Efficiency
    """

    bins: Float[AnyArray, " edges"]
    resolution: Resolution
    efficiency: Efficiency

    def __check_init__(self) -> None:
        edges = np.asarray(self.bins)
        if edges.ndim != 1 or len(edges) < 2:
            raise OutOfRange("number of bin edges", edges.size, 2)
        if not np.all(np.diff(edges) > 0):
            raise OutOfRange("smallest bin width", float(np.diff(edges).min()), 0)
        if edges[0] < 0:
            raise OutOfRange("lowest bin edge", float(edges[0]), 0)

    def response(self, T: Float[AnyArray, " t"]) -> Float[AnyArray, "b t"]:
        """R_b(T) for recoil energies `T` [MeV]."""
        inner = self.efficiency.E
        if self.efficiency.of == "true":
            inner = self.bins[:1]
        nodes = jnp.sort(jnp.concatenate([self.bins, jnp.clip(inner, self.bins[0], self.bins[-1])]))
        low, high = nodes[:-1, None], nodes[1:, None]
        width = jnp.where(high > low, high - low, 1.0)
        start: AnyArray = jnp.ones_like(low)
        slope: AnyArray = jnp.zeros_like(low)
        if self.efficiency.of == "reconstructed":
            # From inside the piece: an efficiency may start with a step at its first node.
            first, last = (self.efficiency(low + share * width) for share in (0.25, 0.75))
            slope = (last - first) / (width / 2)
            start = first - slope * width / 4
        sigma = self.resolution.sigma(T)
        safe = jnp.where(sigma > 0, sigma, 1.0)
        z_low, z_high = (low - T) / safe, (high - T) / safe
        gaussian = [jnp.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) for z in (z_low, z_high)]
        inside = ndtr(z_high) - ndtr(z_low)
        smeared = (start + slope * (T - low)) * inside - slope * safe * (gaussian[1] - gaussian[0])
        exact = jnp.where((low <= T) & (high > T), start + slope * (T - low), 0.0)
        pieces = jnp.where(high > low, jnp.where(sigma > 0, smeared, exact), 0.0)
        owner = jnp.searchsorted(self.bins, (nodes[:-1] + nodes[1:]) / 2, side="right") - 1
        members = (owner == jnp.arange(len(self.bins) - 1)[:, None]).astype(T.dtype)
        counted = members @ pieces
        return counted * self.efficiency(T) if self.efficiency.of == "true" else counted

    def recoil_range(self) -> tuple[float, float]:
        """Recoil energies [MeV] outside which no bin responds; the lower one is positive."""
        low, high = float(self.bins[0]), float(self.bins[-1])
        # Without resolution the range ends at the bins themselves, which the grid must therefore contain.
        ends = [E for E in (low, high) if E > 0]
        T = np.unique(np.concatenate([np.geomspace(1e-6 * high, 1e3 * high, 6000), ends]))
        sigma = np.asarray(self.resolution.sigma(T))
        reached = (T + REACH * sigma >= low) & (T - REACH * sigma <= high)
        return float(T[reached][0]), float(T[reached][-1])

    def kinks(self) -> NDArray[np.float64]:
        """Recoil energies [MeV] where R_b(T) is not smooth."""
        edges, nodes = np.asarray(self.bins), np.asarray(self.efficiency.E)
        exact = bool(np.all(np.asarray(self.resolution.sigma(edges)) == 0))
        found = [edges] if exact else []
        if exact or self.efficiency.of == "true":
            found.append(nodes)
        return np.concatenate([np.zeros(0), *found])
