r"""A smearing matrix in place of a distribution: probabilities to be found in bins.

.. math:: p(x|E) = \sum_j \frac{P_j(E)}{w_j}\,\theta(x \in j)

with :math:`P_j` linear between the energies of the matrix and nothing outside of them, and the widths w of its bins.
"""

from __future__ import annotations

import equinox as eqx
import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike, NDArray

from nudipole.detectors.resolution import Resolution
from nudipole.errors import OutOfRange
from nudipole.numerics import AnyArray, jax, jnp, leaf

#: What rounding may leave of a sum of probabilities above one.
_ROUNDING = 1e-3


class Matrix(Resolution):
    """Probabilities that an energy E is found in bins of the reconstructed energy.

    Attributes
    ----------
    E : Float[Array, "n"]
        Nodes, increasing [MeV].
    edges : Float[Array, "m+1"]
        Of the bins of the matrix, which need not be those that are counted [MeV].
    probability : Float[Array, "n m"]

    Raises
    ------
    OutOfRange
        If energies or edges do not increase, or a probability or the sum of a row is not in [0, 1].

    Examples
    --------
    Between two energies, half of each; half of the first bin:

    >>> two = Matrix([1.0, 2.0], [0.0, 1.5, 3.0], [[1.0, 0.0], [0.0, 1.0]])
    >>> np.asarray(two.cumulative(jnp.array([1.5]), jnp.array([0.75, 3.0]))[0])[:, 0].tolist()
    [0.25, 1.0]
    """

    E: ArrayLike | Float[AnyArray, " n"] = eqx.field(converter=leaf)
    edges: ArrayLike | Float[AnyArray, " edges"] = eqx.field(converter=leaf)
    probability: ArrayLike | Float[AnyArray, "n m"] = eqx.field(converter=leaf)

    def __check_init__(self) -> None:
        if any(isinstance(leaf_, jax.core.Tracer) for leaf_ in (self.E, self.edges, self.probability)):
            return
        E, edges, P = np.asarray(self.E), np.asarray(self.edges), np.asarray(self.probability)
        for name, nodes in (("energy", E), ("edge", edges)):
            if nodes.ndim != 1 or len(nodes) < 2:
                raise OutOfRange(f"number of {name} values of a smearing matrix", nodes.size, 2)
            for i in np.flatnonzero(~(np.diff(nodes) > 0)):
                where, low = f"{name} {i + 2} of a smearing matrix", float(nodes[i])
                raise OutOfRange(where, float(nodes[i + 1]), low, inside=True, unit="MeV")
        if P.shape != (len(E), len(edges) - 1):
            raise OutOfRange("number of probabilities of a smearing matrix", P.size, len(E) * (len(edges) - 1))
        for i in np.flatnonzero(~np.all((P >= 0) & (P <= 1), axis=1)):
            bad = P[i][~((P[i] >= 0) & (P[i] <= 1))]
            raise OutOfRange(f"probability at energy {i + 1} of a smearing matrix", float(bad[0]), 0, 1)
        for i in np.flatnonzero(~(P.sum(axis=1) <= 1 + _ROUNDING)):
            raise OutOfRange(
                f"sum of the probabilities at energy {i + 1} of a smearing matrix", float(P[i].sum()), 0, 1
            )

    def _moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation (n,) of what is found of each energy."""
        edges, P = np.asarray(self.edges), np.asarray(self.probability)
        total = np.maximum(P.sum(axis=1), 1e-300)
        middle, width = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
        mean = P @ middle / total
        return mean, np.sqrt(np.maximum(P @ (middle**2 + width**2 / 12) / total - mean**2, 0.0))

    def sigma(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        nodes, widths = np.asarray(self.E), self._moments()[1]
        return jnp.interp(E, nodes, widths) if isinstance(E, jax.Array) else np.interp(E, nodes, widths)

    def cumulative(
        self, E: Float[AnyArray, " e"], x: Float[AnyArray, " x"]
    ) -> tuple[Float[AnyArray, "x e"], Float[AnyArray, "x e"]]:
        """As `Resolution.cumulative`; what the matrix loses is missing, so that the probability may end below one."""
        nodes, edges, P = (jnp.asarray(array) for array in (self.E, self.edges, self.probability))
        low, high = edges[:-1], edges[1:]
        end = jnp.clip(x[:, None], low, high)
        # Share of a bin below x, and the mean of x' there times that share.
        share = (end - low) / (high - low)
        first = share * (end + low) / 2
        place = jnp.clip(jnp.searchsorted(nodes, E, side="right") - 1, 0, len(nodes) - 2)
        part = (E - nodes[place]) / (nodes[place + 1] - nodes[place])
        inside = (nodes[0] <= E) & (nodes[-1] >= E)
        found = jnp.where(inside, (1 - part) * P[place].T + part * P[place + 1].T, 0.0)
        below = share @ found
        return below, first @ found - E * below

    def reach(self, E: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The bins with any probability beside E; infinitely far from all outside of the table."""
        nodes, edges, P = np.asarray(self.E), np.asarray(self.edges), np.asarray(self.probability)
        some = P > 0
        low = np.where(some.any(axis=1), edges[np.argmax(some, axis=1)], np.inf)
        high = np.where(some.any(axis=1), edges[P.shape[1] - np.argmax(some[:, ::-1], axis=1)], -np.inf)
        place = np.clip(np.searchsorted(nodes, E, side="right") - 1, 0, len(nodes) - 2)
        inside = (nodes[0] <= E) & (nodes[-1] >= E)
        least, most = np.minimum(low[place], low[place + 1]), np.maximum(high[place], high[place + 1])
        return np.where(inside, least, np.inf), np.where(inside, most, -np.inf)

    def kinks(self) -> NDArray[np.float64]:
        """The nodes."""
        return np.asarray(self.E, float)
