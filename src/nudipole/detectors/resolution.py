"""Energy resolution: kinds of sigma(E). A new kind: write one class, add one line to the registry.

Only operators are used, so that sigma serves NumPy arrays (where the fold places its nodes) and traced ones alike.
"""

from __future__ import annotations

import abc

import equinox as eqx
from jaxtyping import Float

from nudipole.numerics import AnyArray


class Resolution(eqx.Module):
    """Gaussian smearing of the recoil energy with a width that depends on it."""

    @abc.abstractmethod
    def sigma(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        """Standard deviation of the reconstructed energy [MeV] at the energy `E` [MeV]."""


class Exact(Resolution):
    """No smearing."""

    def sigma(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        return 0.0 * E


class Constant(Resolution):
    """sigma(E) = a, with a in MeV."""

    a: float

    def sigma(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        return self.a + 0.0 * E


class Sqrt(Resolution):
    """sigma(E) = a sqrt(E), with a in MeV^0.5."""

    a: float

    def sigma(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        return self.a * E**0.5


class SqrtLinear(Resolution):
    """sigma(E) = a sqrt(E) + b E, with a in MeV^0.5 (for example XENON:2020rca Eq. (1))."""

    a: float
    b: float

    def sigma(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        return self.a * E**0.5 + self.b * E


RESOLUTIONS: dict[str, type[Resolution]] = {
    "none": Exact,
    "constant": Constant,
    "sqrt": Sqrt,
    "sqrt-linear": SqrtLinear,
}
