r"""Coherent elastic neutrino-nucleus scattering, nu + A -> nu + A, as a sum of channels.

With the 3x3 coupling matrices of protons and neutrons in the flavour basis,

.. math::

    \frac{d\sigma}{dT} &= \frac{G_F^2 M}{\pi}\left(1-\frac TE-\frac{MT}{2E^2}\right){\rm Tr}\,\rho\,G^\dagger G
        + \frac{\pi\alpha^2}{m_e^2}\Big(\frac1T-\frac1E\Big) Z^2F_p^2\,{\rm Tr}\,\rho\,\lambda^\dagger\lambda \\
    G(T) &= G_p Z F_p + G_n N F_n, \qquad G_p = A + \frac{m_u}{M T}\,C

A charge radius and an anapole moment shift the proton coupling by a constant, a millicharge by a constant over M T.
So the square of G is six channels, and the dipole is the seventh. The mass of the nucleus is in the kernels and
only the atomic mass unit m_u in the operators: these are the same for every nucleus, and responses of isotopes and
of elements add.

The nuclear current is a vector (axial currents of nuclei with spin, not coherent, are left out). It couples to the
left-handed current of neutrinos with G, and to the right-handed one of antineutrinos with -G^T: weak and
electromagnetic parts change sign together. With the transpose of rho that a beam stores, neutrinos and
antineutrinos have the same kernels and the same operators.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

import equinox as eqx
from jaxtyping import Complex, Float

from nudipole import constants as const
from nudipole.errors import UnknownName
from nudipole.interactions.electron import DIPOLE
from nudipole.interactions.electron_couplings import vector_shift_per_charge_radius
from nudipole.interactions.kinematics import Elastic
from nudipole.interactions.nucleus_couplings import NucleonCouplings, nucleon_couplings
from nudipole.numerics import AnyArray, jnp, leaf
from nudipole.properties import Neutrino
from nudipole.targets.form_factors import FORM_FACTORS, FormFactor
from nudipole.targets.nuclei import Nucleus, isotopes

#: G_F^2 / pi [MeV^-4]
WEAK = const.G_F**2 / math.pi


def _adjoint(matrix: Complex[AnyArray, "3 3"]) -> Complex[AnyArray, "3 3"]:
    return matrix.conj().T


class NucleusScattering(eqx.Module):
    """Scattering on one isotope of an element with the couplings `sm`.

    Attributes
    ----------
    nucleus : Nucleus
    sm : NucleonCouplings
    F_p, F_n : FormFactor
        Of the protons and of the neutrons.
    fraction : Float[Array, ""]
        Nuclei of this isotope per atom of the element.
    element_mass : Float[Array, ""]
        Mean mass of the atoms of the element [MeV].
    exact_kinematics : bool
        With the term T/E, as for a nucleus without spin. Most of the literature drops it; it is below 2 E/M.

    Examples
    --------
    >>> processes = NucleusScattering.on("Ge")
    >>> [round(float(process.fraction), 3) for process in processes]
    [0.205, 0.275, 0.078, 0.365, 0.077]
    """

    nucleus: Nucleus
    sm: NucleonCouplings
    F_p: FormFactor
    F_n: FormFactor
    fraction: float | Float[AnyArray, ""] = eqx.field(converter=leaf)
    element_mass: float | Float[AnyArray, ""] = eqx.field(converter=leaf)
    exact_kinematics: bool = eqx.field(static=True, default=True)

    #: Names of the channels: operator, then the power of 1/T that multiplies it.
    channels: ClassVar[tuple[str, ...]] = ("pp0", "pp1", "pp2", "pn0", "pn1", "nn", "dipole")
    kinematics: ClassVar[Elastic] = Elastic()
    cut: ClassVar[None] = None

    @classmethod
    def of(
        cls, nucleus: Nucleus, sm: str | NucleonCouplings = "one-loop", *, form_factor: str = "helm",
        fraction: float = 1.0, element_mass: float | Float[AnyArray, ""] | None = None, exact_kinematics: bool = True,
    ) -> NucleusScattering:  # fmt: skip
        """Scattering on `nucleus`, by default all there is, with named couplings and form factor.

        Raises
        ------
        UnknownName
            For an unknown set of couplings or form factor.
        OutOfRange
            If the nucleus is smaller than the surface of the form factor is thick.
        """
        if form_factor not in FORM_FACTORS:
            raise UnknownName("form factor", form_factor, FORM_FACTORS)
        kind = FORM_FACTORS[form_factor]
        return cls(
            nucleus,
            nucleon_couplings(sm) if isinstance(sm, str) else sm,
            kind.from_rms(nucleus.R_p),
            kind.from_rms(nucleus.R_n),
            fraction,
            nucleus.atomic_mass if element_mass is None else element_mass,
            exact_kinematics,
        )

    @classmethod
    def on(
        cls, element: str, sm: str | NucleonCouplings = "one-loop", *, form_factor: str = "helm",
        enrichment: Mapping[int, float] | None = None, exact_kinematics: bool = True,
    ) -> tuple[NucleusScattering, ...]:  # fmt: skip
        """Scattering on an element: one process for each of its isotopes, whose responses add.

        Parameters
        ----------
        element : str
            Chemical symbol.
        sm : str or NucleonCouplings
        form_factor : str
            Of `FORM_FACTORS`.
        enrichment : mapping of int to float, optional
            Fraction of the atoms by mass number; by default the natural abundances.
        exact_kinematics : bool

        Raises
        ------
        UnknownName, OutOfRange
            As `isotopes` and `NucleusScattering.of`.
        """
        parts = isotopes(element, enrichment)
        mean = sum(fraction * float(nucleus.atomic_mass) for fraction, nucleus in parts)
        return tuple(
            cls.of(nucleus, sm, form_factor=form_factor, fraction=fraction, element_mass=mean,
                   exact_kinematics=exact_kinematics)
            for fraction, nucleus in parts
        )  # fmt: skip

    @property
    def mass(self) -> float | Float[AnyArray, ""]:
        """Mass of the struck particle [MeV]."""
        return self.nucleus.mass

    @property
    def target_mass(self) -> float | Float[AnyArray, ""]:
        """Mass of the unit that `kernels` counts for, one atom of the element [MeV]."""
        return self.element_mass

    @property
    def edges(self) -> Float[AnyArray, " 0"]:
        """Recoil energies at which the kernels step [MeV]: none."""
        return jnp.zeros(0)

    def kernels(self, T: Float[AnyArray, " t"]) -> Float[AnyArray, "2 7 3 t"]:
        """Coefficients of E^0, E^-1, E^-2 in the kernel of each channel, for one atom of the element.

        Parameters
        ----------
        T : Float[Array, "t"]
            Nuclear recoil energy [MeV], positive.

        Returns
        -------
        Float[Array, "2 7 3 t"]
            (neutrino or antineutrino, channel, power of 1/E, T) [MeV^(power - 3)], with a further MeV^-n where
            the operator is multiplied by T^-n; valid for E >= E_min(T), beyond which the cross section vanishes.

        References
        ----------
        Freedman:1973yd for the weak part; Vogel:1989iv for the dipole, without a term T/(4 E^2) of spinless nuclei
        """
        M = self.nucleus.mass
        one, zero = jnp.ones_like(T), jnp.zeros_like(T)
        q = jnp.sqrt(2 * M * T)
        p, n = self.nucleus.Z * self.F_p(q), self.nucleus.N * self.F_n(q)
        falling = const.atomic_mass / (M * T)
        charges = jnp.stack([p * p, p * p * falling, p * p * falling**2, p * n, p * n * falling, n * n])
        shape = jnp.stack([one, -T if self.exact_kinematics else zero, -M * T / 2])
        weak = WEAK * M * charges[:, None] * shape
        dipole = DIPOLE * p * p * jnp.stack([1 / T, -one, zero])
        both = self.fraction * jnp.concatenate([weak, dipole[None]])
        return jnp.stack([both, both])

    def operators(self, neutrino: Neutrino) -> Complex[AnyArray, "7 3 3"]:
        r"""Hermitian operator of each channel, in the flavour basis; they do not depend on the nucleus.

        .. math:: A = g_V^p - \frac{\sqrt2\pi\alpha}{3G_F}(r^2 - 6a), \qquad
                  C = \frac{\sqrt2\pi\alpha}{G_F m_u}\,q, \qquad G_n = g_V^n

        The products are :math:`A^\dagger A,\ A^\dagger C + C^\dagger A,\ C^\dagger C,\ A^\dagger G_n + G_n^\dagger A,\
        C^\dagger G_n + G_n^\dagger C,\ G_n^\dagger G_n`.

        Parameters
        ----------
        neutrino : Neutrino
            In the flavour basis; its charge radius is the part beyond the Standard Model.

        References
        ----------
        Giunti:2014ixa, with q^2 = -2 M T for the millicharge; the sign is opposite to that on an
        electron. Papers on nuclei before 2020 have the wrong one.
        """
        A = jnp.diag(self.sm.g_p) - vector_shift_per_charge_radius() * neutrino.vector
        C = math.sqrt(2) * math.pi * const.alpha / (const.G_F * const.atomic_mass) * neutrino.charge
        G_n = self.sm.g_n * jnp.eye(3)
        halves = [_adjoint(A) @ A / 2, _adjoint(A) @ C, _adjoint(C) @ C / 2]
        halves += [_adjoint(A) @ G_n, _adjoint(C) @ G_n, _adjoint(G_n) @ G_n / 2]
        return jnp.stack([*(half + _adjoint(half) for half in halves), _adjoint(neutrino.lam) @ neutrino.lam])
