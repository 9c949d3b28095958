"""Detection efficiency as a table of true or of reconstructed energy."""

from __future__ import annotations

import equinox as eqx
import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from nudipole.errors import OutOfRange, UnknownName
from nudipole.numerics import AnyArray, jnp

#: Energies that an efficiency may be a function of.
OF = ("reconstructed", "true")


class Efficiency(eqx.Module):
    """Piecewise-linear efficiency; zero below its first node, constant above its last.

    Attributes
    ----------
    E : Float[Array, "n"]
        Nodes, increasing [MeV].
    value : Float[Array, "n"]
        In [0, 1].
    of : {"reconstructed", "true"}
        Which energy `E` is: the difference is a few per cent of the counts near a threshold.
    """

    E: Float[AnyArray, " n"]
    value: Float[AnyArray, " n"]
    of: str = eqx.field(static=True)

    @classmethod
    def table(cls, E: ArrayLike, value: ArrayLike, of: str = "reconstructed") -> Efficiency:
        """Checked construction from nodes.

        Raises
        ------
        OutOfRange
            If energies do not increase or an efficiency lies outside [0, 1].
        """
        E, value = np.asarray(E, float), np.asarray(value, float)
        if of not in OF:
            raise UnknownName("energy of an efficiency", of, OF)
        if len(E) != len(value) or len(E) < 2:
            raise OutOfRange("number of efficiency values", len(value), max(2, len(E)), max(2, len(E)))
        if not np.all(np.diff(E) > 0):
            raise OutOfRange("smallest step between efficiency energies", float(np.diff(E).min()), 0)
        for bad in value[~((value >= 0) & (value <= 1))]:
            raise OutOfRange("efficiency", float(bad), 0, 1)
        return cls(E, value, of)

    @classmethod
    def constant(cls, value: float) -> Efficiency:
        """The same efficiency at every energy."""
        return cls.table([0.0, 1.0], [value, value])

    def __call__(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        return jnp.interp(E, self.E, self.value, left=0.0)
