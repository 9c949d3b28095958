"""Widths of a Gaussian resolution that are given by numbers: sums in quadrature, polynomials, tables."""

from __future__ import annotations

import equinox as eqx
import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike, NDArray

from nudipole.detectors.resolution import Resolution
from nudipole.errors import OutOfRange
from nudipole.numerics import AnyArray, jax, jnp, leaf

#: Energies at which a polynomial is looked at, relative to where it ends.
_LOOKED = np.linspace(0, 1, 2001)


class Quadrature(Resolution):
    """sigma(E)^2 = noise^2 + a^2 E + b^2 E^2, with a in MeV^0.5.

    Attributes
    ----------
    noise : float
        [MeV]
    a : float
        [MeV^0.5]
    b : float
        Pure number.

    Examples
    --------
    >>> Quadrature(0.3, 0.0, 0.1).sigma(np.array([0.0, 4.0])).round(12).tolist()
    [0.3, 0.5]
    """

    noise: float | Float[AnyArray, ""] = eqx.field(converter=leaf)
    a: float | Float[AnyArray, ""] = eqx.field(converter=leaf)
    b: float | Float[AnyArray, ""] = eqx.field(converter=leaf)

    def sigma(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        return (self.noise**2 + self.a**2 * E + self.b**2 * E**2) ** 0.5


class PolynomialWidth(Resolution):
    """sigma(E) = sum_n c_n E^n, n = 0, 1, ..., with E and sigma in MeV; above `up_to` it keeps its value there.

    A fit means nothing far from its data, where a width that grows faster than the energy would smear recoils of any
    energy into the bins.

    Attributes
    ----------
    coefficients : Float[Array, "n"]
        c_0, c_1, ...: at least one [MeV^(1-n)].
    up_to : Float[Array, ""]
        [MeV]

    Raises
    ------
    OutOfRange
        If there is no coefficient, `up_to` is not positive and finite, or sigma is negative below it.

    Examples
    --------
    The resolution of PandaX-4T as others quote it, at 1, 10 and 40 keV:

    >>> KEV = 1e-3
    >>> quoted = [0.073 * KEV, 0.173, -6.5e-3 / KEV, 1.1e-4 / KEV**2]
    >>> (PolynomialWidth(quoted, 30 * KEV).sigma(np.array([1, 10, 40]) * KEV) / KEV).round(5).tolist()
    [0.23961, 1.263, 2.383]
    """

    coefficients: ArrayLike | Float[AnyArray, " n"] = eqx.field(converter=leaf)
    up_to: float | Float[AnyArray, ""] = eqx.field(converter=leaf)

    def __check_init__(self) -> None:
        if isinstance(self.up_to, jax.core.Tracer) or isinstance(self.coefficients, jax.core.Tracer):
            return
        size = np.shape(self.coefficients)
        if len(size) != 1 or size[0] < 1:
            raise OutOfRange("number of coefficients of a resolution", float(np.size(self.coefficients)), 1)
        top = float(np.asarray(self.up_to))
        if not 0 < top < np.inf:
            raise OutOfRange("energy up to which the resolution is a polynomial", top, 0, inside=True, unit="MeV")
        sigma = np.asarray(self.sigma(top * _LOOKED))
        for k in np.flatnonzero(~(sigma >= 0)):
            where = f"sigma at {1e3 * top * _LOOKED[k]:.4g} keV, of a polynomial,"
            raise OutOfRange(where, float(sigma[k]), 0, unit="MeV")

    def sigma(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        up_to = self.up_to
        xp = jnp if isinstance(E, jax.Array) or isinstance(up_to, jax.Array) else np
        E = xp.minimum(E, up_to)
        width: AnyArray = 0.0 * E
        for coefficient in leaf(self.coefficients)[::-1]:
            width = width * E + coefficient
        return width

    def kinks(self) -> NDArray[np.float64]:
        """Where it ends."""
        return np.atleast_1d(np.asarray(self.up_to, float))


class TabulatedWidth(Resolution):
    """sigma linear between energies, or sigma/E where it is `relative`; beyond the ends it keeps its value there.

    Attributes
    ----------
    E : Float[Array, "n"]
        Nodes, increasing [MeV].
    width : Float[Array, "n"]
        sigma [MeV], or sigma/E.
    relative : bool

    Raises
    ------
    OutOfRange
        If the energies do not increase, or a width is negative.

    Examples
    --------
    >>> TabulatedWidth([1.0, 3.0], [0.1, 0.3]).sigma(np.array([0.5, 2.0, 9.0])).round(12).tolist()
    [0.1, 0.2, 0.3]
    >>> TabulatedWidth([1.0, 3.0], [0.1, 0.3], relative=True).sigma(np.array([0.5, 2.0])).round(12).tolist()
    [0.05, 0.4]
    """

    E: ArrayLike | Float[AnyArray, " n"] = eqx.field(converter=leaf)
    width: ArrayLike | Float[AnyArray, " n"] = eqx.field(converter=leaf)
    relative: bool = eqx.field(static=True, default=False)

    def __check_init__(self) -> None:
        if isinstance(self.E, jax.core.Tracer) or isinstance(self.width, jax.core.Tracer):
            return
        E, width = np.asarray(self.E), np.asarray(self.width)
        if E.ndim != 1 or len(E) < 2 or E.shape != width.shape:
            raise OutOfRange("number of widths of a resolution", float(width.size), max(2, E.size), max(2, E.size))
        for i in np.flatnonzero(~(np.diff(E) > 0)):
            where = f"energy in row {i + 2} of a resolution"
            raise OutOfRange(where, float(E[i + 1]), float(E[i]), inside=True, unit="MeV")
        for i in np.flatnonzero(~((width >= 0) & np.isfinite(width))):
            unit = "" if self.relative else "MeV"
            raise OutOfRange(f"width in row {i + 1} of a resolution", float(width[i]), 0, unit=unit)

    def sigma(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        nodes, width = leaf(self.E), leaf(self.width)
        xp = jnp if any(isinstance(array, jax.Array) for array in (E, nodes, width)) else np
        found: AnyArray = xp.interp(E, nodes, width)
        return E * found if self.relative else found

    def kinks(self) -> NDArray[np.float64]:
        """The nodes."""
        return np.asarray(self.E, float)
