r"""Kinematics: which neutrino energies leave a recoil T, and in which functions of E kernels are written.

The fold asks a process for its `Kinematics` and never for the kind of it, so that another kind is one more class. For a
neutrino that leaves as a heavy neutral lepton of mass m_4 (upscattering), on a target of mass M,

.. math::

    E_{\min}(T) &= \frac{T + \sqrt{T^2 + 2MT}}{2}\Big(1 + \frac{m_4^2}{2MT}\Big) \\
    T_{\min,\max}(E) &= \frac{2ME^2 - m_4^2(M + E) \mp E\sqrt{(2ME - m_4^2)^2 - 4M^2m_4^2}}{2M(M + 2E)}

from :math:`E = m_4 + m_4^2/2M` on (below it, both are zero), with kernels in the powers of elastic scattering.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import equinox as eqx
import numpy as np
from jaxtyping import Float

from nudipole.numerics import AnyArray, jax, jnp


class Kinematics(Protocol):
    """What the fold needs to know of energies before and after; `mass` is that of the struck particle [MeV].

    Attributes
    ----------
    logarithmic : bool
        Whether kernels are sums of 1 and ln(E/MeV); else they are polynomials in 1/E of degree 2.
    one_to_one : bool
        Whether a neutrino leaves one recoil alone, T_min = T_max: the fold then sees the spectrum itself at E_min(T)
        in place of its moments above, and a kernel is one cross section.
    """

    @property
    def logarithmic(self) -> bool: ...

    @property
    def one_to_one(self) -> bool: ...

    def basis(self, E: float) -> Float[AnyArray, " p"]:
        """Functions of the neutrino energy E [MeV] whose coefficients the kernels of a process are."""
        ...

    def E_min(self, T: Float[Any, "*t"], mass: Any) -> Float[Any, "*t"]:
        """Least neutrino energy for a recoil T [MeV]."""
        ...

    def T_min(self, E: Float[Any, "*e"], mass: Any) -> Float[Any, "*e"]:
        """Least recoil of a neutrino of energy E [MeV]."""
        ...

    def T_max(self, E: Float[Any, "*e"], mass: Any) -> Float[Any, "*e"]:
        """Largest recoil of a neutrino of energy E [MeV]; zero where it leaves none."""
        ...


class OneToOne(Kinematics, Protocol):
    """Kinematics with `one_to_one`: what is seen of a recoil T may be spread by what is not."""

    def farthest(self, T: float) -> float:
        """The largest T of which as little as an energy [MeV] may be seen."""
        ...

    def seen(self, T: Float[AnyArray, " t"]) -> tuple[Float[AnyArray, "k t"], Float[AnyArray, "k t"]]:
        """Energies that are seen [MeV], and their shares."""
        ...


@dataclass(frozen=True)
class Elastic:
    """A massless neutrino bounces off a particle at rest.

    Examples
    --------
    Of 10 MeV on a particle of 20 MeV, and back:

    >>> Elastic().T_max(10.0, 20.0), Elastic().E_min(5.0, 20.0)
    (5.0, 10.0)
    """

    logarithmic: ClassVar[bool] = False
    one_to_one: ClassVar[bool] = False

    def basis(self, E: float) -> Float[AnyArray, " 3"]:
        """1, 1/E, 1/E^2."""
        return float(E) ** -jnp.arange(3.0)

    def E_min(self, T: Float[Any, "*t"], mass: Any) -> Float[Any, "*t"]:
        r"""Least neutrino energy for a recoil T, :math:`(T+\sqrt{T^2+2mT})/2` [MeV]."""
        return (T + (T**2 + 2 * mass * T) ** 0.5) / 2

    def T_min(self, E: Float[Any, "*e"], mass: Any) -> Float[Any, "*e"]:
        """Least recoil: none is too small."""
        return 0 * E

    def T_max(self, E: Float[Any, "*e"], mass: Any) -> Float[Any, "*e"]:
        """Largest recoil of a neutrino of energy E, 2 E^2/(m + 2 E) [MeV]."""
        return 2 * E**2 / (mass + 2 * E)


def _scalar(value: Any) -> Any:
    return value if isinstance(value, jax.Array) else np.asarray(value, dtype=float)


class Upscattering(eqx.Module):
    """A massless neutrino leaves as a heavy neutral lepton, off a particle at rest.

    The mass is a leaf: masses of a grid share compiled code.

    Attributes
    ----------
    m4 : Float[Array, ""]
        Mass of the lepton [MeV].

    Examples
    --------
    On a particle of 20 MeV, from the threshold on, where the recoils have one energy:

    >>> kind = Upscattering(10.0)
    >>> float(kind.threshold(20.0))
    12.5
    >>> [f"{float(end(15.0, 20.0)):.4f}" for end in (kind.T_min, kind.T_max)]
    ['0.5000', '5.0000']
    """

    m4: float | Float[AnyArray, ""] = eqx.field(converter=_scalar)

    logarithmic: ClassVar[bool] = False
    one_to_one: ClassVar[bool] = False

    def threshold(self, mass: Any) -> Float[Any, ""]:
        """Least neutrino energy that makes the lepton, m_4 + m_4^2/(2 m) [MeV]."""
        return self.m4 + self.m4**2 / (2 * mass)

    def basis(self, E: float) -> Float[AnyArray, " 3"]:
        """1, 1/E, 1/E^2."""
        return Elastic().basis(E)

    def E_min(self, T: Float[Any, "*t"], mass: Any) -> Float[Any, "*t"]:
        """Least neutrino energy for a recoil T [MeV]."""
        return Elastic().E_min(T, mass) * (1 + self.m4**2 / (2 * mass * T))

    def T_min(self, E: Float[Any, "*e"], mass: Any) -> Float[Any, "*e"]:
        r"""Least recoil of a neutrino of energy E, :math:`m_4^4/(4m(2E+m)T_{\max})` [MeV]; zero below the threshold."""
        largest = self.T_max(E, mass)
        # The product of both ends: their difference would lose the lower one to rounding.
        return (largest > 0) * self.m4**4 / (4 * mass * (2 * E + mass) * (largest + (largest == 0)))

    def T_max(self, E: Float[Any, "*e"], mass: Any) -> Float[Any, "*e"]:
        """Largest recoil of a neutrino of energy E [MeV]; zero below the threshold."""
        above = 2 * mass * (E - self.threshold(mass))
        above, reached = above * (above > 0), above >= 0
        root = (above * (above + 4 * mass * self.m4)) ** 0.5
        return reached * (2 * mass * E**2 - self.m4**2 * (mass + E) + E * root) / (2 * mass * (mass + 2 * E))


@dataclass(frozen=True)
class Absorption:
    """The target takes up to all of the neutrino's energy: the kernel is that of a flux of photons.

    Examples
    --------
    >>> Absorption().E_min(5.0, 20.0), Absorption().T_max(5.0, 20.0)
    (5.0, 5.0)
    """

    logarithmic: ClassVar[bool] = True
    one_to_one: ClassVar[bool] = False

    def basis(self, E: float) -> Float[AnyArray, " 2"]:
        """1 and ln(E/MeV)."""
        return jnp.stack([1.0, jnp.log(E)])

    def E_min(self, T: Float[Any, "*t"], mass: Any) -> Float[Any, "*t"]:
        """Least neutrino energy for an energy T taken, T itself [MeV]."""
        return T

    def T_min(self, E: Float[Any, "*e"], mass: Any) -> Float[Any, "*e"]:
        """Least energy taken: none is too small."""
        return 0 * E

    def T_max(self, E: Float[Any, "*e"], mass: Any) -> Float[Any, "*e"]:
        """Most that is taken of E, all of it [MeV]."""
        return E
