r"""Neutrino scattering on atomic electrons, nu + e -> nu + e, as a sum of channels.

With :math:`G_L, G_R` the 3x3 coupling matrices in the flavour basis,

.. math::

    \frac{d\sigma}{dT} = Z_{\rm eff}(T) \Big\{ \frac{2 G_F^2 m_e}{\pi} {\rm Tr}\,\rho \Big[ G_L^\dagger G_L
        + G_R^\dagger G_R \Big(1-\frac{T}{E}\Big)^2 - {\rm Herm}(G_L^\dagger G_R)\frac{m_e T}{E^2} \Big]
        + \frac{\pi\alpha^2}{m_e^2}\Big(\frac1T-\frac1E\Big) {\rm Tr}\,\rho\,\lambda^\dagger\lambda \Big\}

A charge radius and an anapole moment shift both G_L and G_R by a constant, a millicharge by a constant over T.
So each of the three weak operators is a polynomial in 1/T: nine channels, and the dipole is the tenth. For
antineutrinos the kernels of G_L and G_R are exchanged (and the beam stores the transpose of rho).
"""

from __future__ import annotations

import math
from typing import ClassVar

import equinox as eqx
from jaxtyping import Complex, Float

from nudipole import constants as const
from nudipole.interactions.angle import AngleCut
from nudipole.interactions.electron_couplings import Couplings, couplings, vector_shift_per_charge_radius
from nudipole.interactions.kinematics import Elastic
from nudipole.numerics import AnyArray, jnp
from nudipole.properties import Neutrino
from nudipole.targets import Atom

#: (2 G_F^2 m_e / pi) [MeV^-3]
WEAK = 2 * const.G_F**2 * const.m_e / math.pi
#: pi alpha^2 / m_e^2 [MeV^-2] for one Bohr magneton
DIPOLE = math.pi * const.alpha**2 / const.m_e**2


def _adjoint(matrix: Complex[AnyArray, "3 3"]) -> Complex[AnyArray, "3 3"]:
    return matrix.conj().T


class ElectronScattering(eqx.Module):
    """Scattering on the electrons of `atom` with the couplings `sm`.

    Attributes
    ----------
    atom : Atom
    sm : Couplings
    cut : AngleCut, optional
        On the angle of the electron; all pass by default.
    charge_squared : bool
        Whether the squared millicharge is among the channels; not where `EquivalentPhoton` stands for it.

    Examples
    --------
    >>> from nudipole.targets import atom
    >>> process = ElectronScattering.on(atom("Ge"))
    >>> neutrino = Neutrino.majorana(basis="flavour", Lambda=[0, 0, 1e-11])
    >>> dipole = process.operators(neutrino)[process.channels.index("dipole")]
    >>> [f"{float(x):.0e} mu_B^2" for x in dipole.real.diagonal()]
    ['1e-22 mu_B^2', '1e-22 mu_B^2', '0e+00 mu_B^2']
    """

    atom: Atom
    sm: Couplings
    cut: AngleCut | None = None
    charge_squared: bool = eqx.field(static=True, default=True)

    #: Names of the channels: operator, then the power of 1/T that multiplies it.
    channels: ClassVar[tuple[str, ...]] = ("L0", "L1", "L2", "R0", "R1", "R2", "LR0", "LR1", "LR2", "dipole")
    kinematics: ClassVar[Elastic] = Elastic()

    @classmethod
    def on(
        cls, atom: Atom, sm: str = "one-loop", *, cut: AngleCut | None = None, charge_squared: bool = True
    ) -> ElectronScattering:
        """Scattering on `atom` with a named set of Standard Model couplings."""
        return cls(atom, couplings(sm), cut, charge_squared)

    @property
    def mass(self) -> float:
        """Mass of the struck particle [MeV]."""
        return const.m_e

    @property
    def target_mass(self) -> float:
        """Mass of the unit that `kernels` counts for, one atom [MeV]."""
        return self.atom.mass

    @property
    def edges(self) -> Float[AnyArray, " k"]:
        """Recoil energies at which the kernels step [MeV]."""
        return self.atom.edges

    def kernels(self, T: Float[AnyArray, " t"]) -> Float[AnyArray, "2 10 3 t"]:
        """Coefficients of E^0, E^-1, E^-2 in the kernel of each channel, for one atom.

        Parameters
        ----------
        T : Float[Array, "t"]
            Electron recoil energy [MeV], positive.

        Returns
        -------
        Float[Array, "2 10 3 t"]
            (neutrino or antineutrino, channel, power of 1/E, T) [MeV^(power - 3)]; valid for
            E >= E_min(T) = (T + sqrt(T^2 + 2 m_e T))/2, beyond which the cross section vanishes.

        References
        ----------
        Vogel:1989iv Eqs. (1), (2)
        """
        one, zero = jnp.ones_like(T), jnp.zeros_like(T)
        left = jnp.stack([one, zero, zero])
        right = jnp.stack([one, -2 * T, T**2])
        interference = jnp.stack([zero, zero, -const.m_e * T])
        powers = jnp.stack([one, 1 / T, 1 / T**2 if self.charge_squared else zero])

        electrons = self.atom.electrons(T)
        # (power of 1/T, T): a ratio of weak cross sections says nothing of the squared millicharge.
        weak_electrons, dipole_electrons = jnp.stack([electrons] * 3), electrons
        if self.atom.weak_factor is not None:
            factor = self.atom.weak_factor(T)
            weak_electrons = weak_electrons * jnp.stack([factor, factor, one])
        if self.atom.dipole_factor is not None:
            dipole_electrons = electrons * self.atom.dipole_factor(T)

        def weak(first: AnyArray, second: AnyArray) -> AnyArray:
            terms = jnp.stack([first, second, interference])
            return WEAK * (terms[:, None] * (powers * weak_electrons)[None, :, None]).reshape(9, 3, -1)

        dipole = DIPOLE * jnp.stack([1 / T, -one, zero])[None] * dipole_electrons
        neutrino = jnp.concatenate([weak(left, right), dipole])
        antineutrino = jnp.concatenate([weak(right, left), dipole])
        return jnp.stack([neutrino, antineutrino])

    def operators(self, neutrino: Neutrino) -> Complex[AnyArray, "10 3 3"]:
        r"""Hermitian operator of each channel, in the flavour basis.

        .. math:: G_{L,R} = g_{L,R} + \tfrac12\left[\frac{\sqrt2\pi\alpha}{3G_F}(r^2 - 6a)
                  - \frac{\sqrt2\pi\alpha}{G_F m_e T}\,q\right]

        Parameters
        ----------
        neutrino : Neutrino
            In the flavour basis; its charge radius is the part beyond the Standard Model.

        References
        ----------
        Giunti:2014ixa Eqs. (7.20) ff. for the charge radius, with q^2 = -2 m_e T for the millicharge.
        """
        constant = 0.5 * vector_shift_per_charge_radius() * neutrino.vector
        falling = -0.5 * math.sqrt(2) * math.pi * const.alpha / (const.G_F * const.m_e) * neutrino.charge
        G_L = jnp.diag(self.sm.g_L) + constant
        G_R = jnp.diag(self.sm.g_R) + constant

        def products(left: AnyArray, right: AnyArray) -> list[AnyArray]:
            terms = [
                _adjoint(left) @ right,
                _adjoint(left) @ falling + _adjoint(falling) @ right,
                _adjoint(falling) @ falling,
            ]
            return [(term + _adjoint(term)) / 2 for term in terms]

        weak = products(G_L, G_L) + products(G_R, G_R) + products(G_L, G_R)
        return jnp.stack([*weak, _adjoint(neutrino.lam) @ neutrino.lam])
