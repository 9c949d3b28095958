"""Energy that is seen beside that of a particle: of the two photons of a positron that annihilates."""

from __future__ import annotations

import equinox as eqx
import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike, NDArray

from nudipole.detectors.quenching import Quenching
from nudipole.numerics import AnyArray, leaf

#: The least energy [MeV] that a particle is taken to have.
_LEAST = 1e-6


class Added(Quenching):
    """A constant energy beside what a quenching makes of the particle.

    Attributes
    ----------
    inner : Quenching
        Of the particle.
    energy : Float[Array, ""]
        Seen beside it [MeV].

    Examples
    --------
    A positron of 2 MeV, and the one that is seen at 4 MeV:

    >>> from nudipole.detectors.quenching import Unquenched
    >>> prompt = Added(Unquenched(), 1.022)
    >>> round(float(prompt(np.array(2.0))), 6), prompt.recoil([4.0]).round(3).tolist()
    (3.022, [2.978])
    """

    inner: Quenching
    energy: float | Float[AnyArray, ""] = eqx.field(converter=leaf)

    def __call__(self, T: Float[AnyArray, "*t"]) -> Float[AnyArray, "*t"]:
        return self.inner(T) + self.energy

    def recoil(self, E: ArrayLike) -> NDArray[np.float64]:
        # Less is seen of none: what begins below begins with the least.
        return np.maximum(self.inner.recoil(np.maximum(np.asarray(E, float) - float(self.energy), 0.0)), _LEAST)

    def turnover(self, E: float) -> float:
        return self.inner.turnover(max(E - float(self.energy), _LEAST))

    def kinks(self) -> NDArray[np.float64]:
        return self.inner.kinks()
