r"""Form factors of nuclei: Fourier transforms of a density of protons or neutrons, normalised to F(0) = 1.

.. math:: F(q) = \int d^3r\,\rho(r)\,e^{i\vec q\cdot\vec r} = 1 - \frac{q^2 R_{\rm rms}^2}{6} + \dots

A new one: write one class, add one line to the registry. Lengths are in MeV^-1 (`FM` is one femtometre); F may be
negative beyond its first zero, which interference of protons and neutrons needs to know.
"""

from __future__ import annotations

import abc
import math
from typing import Self

import equinox as eqx
import numpy as np
from jaxtyping import Float

from nudipole import constants as const
from nudipole.errors import OutOfRange
from nudipole.numerics import AnyArray, jax, jnp, leaf

#: One femtometre [MeV^-1].
FM = 1e-13 * const.cm

# Below these arguments the closed forms lose digits to cancellation and the series take over, which reach rounding.
_SERIES_BELOW = 1.0
_COTH_SERIES_BELOW = 0.25
#: Coefficients of x^(2k) in 3 j_1(x)/x
_BALL = tuple((-1) ** k * 6 * (k + 1) / math.factorial(2 * k + 3) for k in range(9))
#: Coefficients of y^(2k) in (y coth y - 1)/y^2
_COTH = (1 / 3, -1 / 45, 2 / 945, -1 / 4725, 2 / 93555, -1382 / 638512875, 4 / 18243225)


def _polynomial(x2: AnyArray, coefficients: tuple[float, ...]) -> AnyArray:
    return jnp.polyval(jnp.array(coefficients[::-1]), x2)


def _ball(x: Float[AnyArray, "*q"]) -> Float[AnyArray, "*q"]:
    """Form factor of a uniform ball, 3 j_1(x)/x."""
    small = jnp.abs(x) < _SERIES_BELOW
    safe = jnp.where(small, 1.0, x)
    closed = 3 * (jnp.sin(safe) - safe * jnp.cos(safe)) / safe**3
    return jnp.where(small, _polynomial(jnp.where(small, x, 0.0) ** 2, _BALL), closed)


def _langevin(y: Float[AnyArray, "*q"]) -> Float[AnyArray, "*q"]:
    """(y coth y - 1)/y^2."""
    small = jnp.abs(y) < _COTH_SERIES_BELOW
    safe = jnp.where(small, 1.0, y)
    closed = (safe / jnp.tanh(safe) - 1) / safe**2
    return jnp.where(small, _polynomial(jnp.where(small, y, 0.0) ** 2, _COTH), closed)


def _over_sinh(y: Float[AnyArray, "*q"]) -> Float[AnyArray, "*q"]:
    """y/sinh(y) for y >= 0, without overflow."""
    safe = jnp.where(y > 0, y, 1.0)
    # y^2/6 at y = 0 stands for the limit and has its derivative.
    return jnp.where(y > 0, 2 * safe * jnp.exp(-safe) / -jnp.expm1(-2 * safe), 1 - y**2 / 6)


def _box(R_rms: float | Float[AnyArray, ""], squared_diffuseness: float) -> Float[AnyArray, ""]:
    """Radius R of R_rms^2 = 3/5 R^2 + squared_diffuseness."""
    if not isinstance(R_rms, jax.core.Tracer) and not np.all(np.asarray(R_rms) ** 2 > squared_diffuseness):
        least = squared_diffuseness**0.5 / FM
        raise OutOfRange("rms radius of the nucleus [fm], with a surface as thick as this,", float(R_rms) / FM, least)
    return (5 / 3 * (leaf(R_rms) ** 2 - squared_diffuseness)) ** 0.5


class FormFactor(eqx.Module):
    """Form factor of one kind of nucleons."""

    @classmethod
    @abc.abstractmethod
    def from_rms(cls, R_rms: float | Float[AnyArray, ""]) -> Self:
        """The form factor of rms radius `R_rms` [MeV^-1], with the customary thickness of the surface.

        Raises
        ------
        OutOfRange
            If the surface alone is wider than that radius. Values traced by jax are not checked.
        """

    @property
    @abc.abstractmethod
    def rms(self) -> Float[AnyArray, ""]:
        """Root mean square radius [MeV^-1]."""

    @abc.abstractmethod
    def __call__(self, q: Float[AnyArray, "*q"]) -> Float[AnyArray, "*q"]:
        """F at the momentum transfer `q` [MeV], not negative."""


class Helm(FormFactor):
    r"""A ball of radius R_0 folded with a Gaussian of width s.

    .. math:: F(q) = \frac{3 j_1(qR_0)}{qR_0}\,e^{-q^2s^2/2}, \qquad R_{\rm rms}^2 = \tfrac35 R_0^2 + 3s^2

    Attributes
    ----------
    R_0, s : Float[Array, ""]
        [MeV^-1]; s is customarily 0.9 fm.

    References
    ----------
    Helm:1956zz

    Examples
    --------
    >>> round(float(Helm.from_mass_number(133).rms / FM), 3)
    4.805
    """

    R_0: float | Float[AnyArray, ""] = eqx.field(converter=leaf)
    s: float | Float[AnyArray, ""] = eqx.field(converter=leaf, default=0.9 * FM)

    @classmethod
    def from_rms(cls, R_rms: float | Float[AnyArray, ""]) -> Self:
        return cls(_box(R_rms, 3 * (0.9 * FM) ** 2))

    @classmethod
    def from_mass_number(cls, A: float | Float[AnyArray, ""]) -> Self:
        r"""With the radius that follows the mass number.

        .. math:: R_0^2 = c^2 + \tfrac73\pi^2a^2 - 5s^2, \qquad c = 1.23\,A^{1/3} - 0.60\ {\rm fm},
                  \quad a = 0.52\ {\rm fm}

        References
        ----------
        Lewin:1995rx Eqs. (4.7), (4.11)
        """
        c = 1.23 * leaf(A) ** (1 / 3) - 0.60
        return cls(FM * (c**2 + 7 / 3 * np.pi**2 * 0.52**2 - 5 * 0.9**2) ** 0.5)

    @property
    def rms(self) -> Float[AnyArray, ""]:
        return (0.6 * self.R_0**2 + 3 * self.s**2) ** 0.5

    def __call__(self, q: Float[AnyArray, "*q"]) -> Float[AnyArray, "*q"]:
        return _ball(q * self.R_0) * jnp.exp(-((q * self.s) ** 2) / 2)


class KleinNystrand(FormFactor):
    r"""A ball of radius R_A folded with a Yukawa potential of range a.

    .. math:: F(q) = \frac{3 j_1(qR_A)}{qR_A}\,\frac{1}{1+q^2a^2}, \qquad R_{\rm rms}^2 = \tfrac35 R_A^2 + 6a^2

    Attributes
    ----------
    R_A, a : Float[Array, ""]
        [MeV^-1]; a is customarily 0.7 fm.

    References
    ----------
    Klein:1999qj
    """

    R_A: float | Float[AnyArray, ""] = eqx.field(converter=leaf)
    a: float | Float[AnyArray, ""] = eqx.field(converter=leaf, default=0.7 * FM)

    @classmethod
    def from_rms(cls, R_rms: float | Float[AnyArray, ""]) -> Self:
        return cls(_box(R_rms, 6 * (0.7 * FM) ** 2))

    @classmethod
    def from_mass_number(cls, A: float | Float[AnyArray, ""]) -> Self:
        """With R_A = 1.2 A^(1/3) fm."""
        return cls(1.2 * FM * leaf(A) ** (1 / 3))

    @property
    def rms(self) -> Float[AnyArray, ""]:
        return (0.6 * self.R_A**2 + 6 * self.a**2) ** 0.5

    def __call__(self, q: Float[AnyArray, "*q"]) -> Float[AnyArray, "*q"]:
        return _ball(q * self.R_A) / (1 + (q * self.a) ** 2)


class SymmetrisedFermi(FormFactor):
    r"""The symmetrised two-parameter Fermi density, whose transform is known in closed form.

    .. math::

        \rho(r) &\propto \frac{\sinh(c/a)}{\cosh(r/a)+\cosh(c/a)}, \qquad
        R_{\rm rms}^2 = \tfrac35 c^2 + \tfrac75(\pi a)^2 \\
        F(q) &= \frac{3}{qc\,[(qc)^2+(\pi qa)^2]}\,\frac{\pi qa}{\sinh\pi qa}
        \left[\frac{\pi qa\,\sin qc}{\tanh\pi qa} - qc\,\cos qc\right]

    Attributes
    ----------
    c, a : Float[Array, ""]
        Half-density radius and diffuseness [MeV^-1]; a is customarily 0.52 fm.

    References
    ----------
    Piekarewicz:2016vbn
    """

    c: float | Float[AnyArray, ""] = eqx.field(converter=leaf)
    a: float | Float[AnyArray, ""] = eqx.field(converter=leaf, default=0.52 * FM)

    @classmethod
    def from_rms(cls, R_rms: float | Float[AnyArray, ""]) -> Self:
        return cls(_box(R_rms, 7 / 5 * (np.pi * 0.52 * FM) ** 2))

    @property
    def rms(self) -> Float[AnyArray, ""]:
        return (0.6 * self.c**2 + 1.4 * (np.pi * self.a) ** 2) ** 0.5

    def __call__(self, q: Float[AnyArray, "*q"]) -> Float[AnyArray, "*q"]:
        x, y = q * self.c, np.pi * q * self.a
        # The bracket over x (x^2 + y^2), with q^2 divided out of both: nothing is left that vanishes at q = 0.
        c2, b2 = self.c**2, (np.pi * self.a) ** 2
        bracket = b2 * _langevin(y) * jnp.sinc(x / np.pi) + c2 * _ball(x) / 3
        return 3 * _over_sinh(y) * bracket / (c2 + b2)


class Unity(FormFactor):
    """A pointlike nucleus, F = 1."""

    @classmethod
    def from_rms(cls, R_rms: float | Float[AnyArray, ""]) -> Self:
        return cls()

    @property
    def rms(self) -> Float[AnyArray, ""]:
        return jnp.zeros(())

    def __call__(self, q: Float[AnyArray, "*q"]) -> Float[AnyArray, "*q"]:
        return jnp.ones_like(q)


FORM_FACTORS: dict[str, type[FormFactor]] = {
    "helm": Helm,
    "klein-nystrand": KleinNystrand,
    "symmetrised-fermi": SymmetrisedFermi,
    "unity": Unity,
}
