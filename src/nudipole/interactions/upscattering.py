r"""Upscattering to a heavy neutral lepton through a transition dipole, nu + X -> N + X, on electrons and nuclei.

With :math:`\mathcal L = d_a\,\bar\nu_a\sigma^{\mu\nu}N F_{\mu\nu}` + h.c., mu = 2d, on a point target of mass M,

.. math::

    \frac{d\sigma}{dT} = \frac{\pi\alpha^2}{m_e^2}\,Z^2F^2 \Big[\frac1T - \frac1E + \frac{m_4^2}{4E^2TM}(T-2E-M)
        + \frac{m_4^4}{8E^2T^2M^2}(T-M)\Big]\;{\rm Tr}\,\rho\,\mu\mu^\dagger

between the ends of `Upscattering`: outside of them the bracket may have either sign, and means nothing. At fixed T it
is a polynomial in 1/E, for which the fold has its moments. For m_4 = 0 it is the dipole channel of elastic scattering.
The sum over both helicities of N is the same for Dirac and Majorana leptons.

Papers differ: `nudipole.properties.heavy` has their factors of 2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import equinox as eqx
from jaxtyping import Complex, Float

from nudipole import constants as const
from nudipole.errors import NudipoleError
from nudipole.interactions.electron import DIPOLE, ElectronScattering
from nudipole.interactions.kinematics import Upscattering
from nudipole.interactions.nucleus import NucleusScattering
from nudipole.interactions.process import Process
from nudipole.numerics import AnyArray, jnp
from nudipole.properties import Neutrino
from nudipole.targets import Atom
from nudipole.targets.form_factors import FormFactor
from nudipole.targets.nuclei import Nucleus


def _bracket(T: Float[AnyArray, " t"], mass: Any, m4: Any) -> Float[AnyArray, "3 t"]:
    """Coefficients of E^0, E^-1, E^-2 [MeV^(power - 1)]; both terms of E^-2 share the factor of E^-1."""
    heavier = 1 + m4**2 / (2 * mass * T)
    return jnp.stack([1 / T, -heavier, m4**2 * (T - mass) / (4 * mass * T) * heavier])


def _operators(neutrino: Neutrino) -> Complex[AnyArray, "1 3 3"]:
    return (neutrino.heavy @ neutrino.heavy.conj().T)[None]


class ElectronUpscattering(eqx.Module):
    """Upscattering on the electrons of `atom`, which are at rest and free from their ionisation edges on.

    Attributes
    ----------
    atom : Atom
        Its dipole factor, of massless neutrinos, is applied where it has one.
    kinematics : Upscattering

    Examples
    --------
    >>> from nudipole.targets import atom
    >>> process = ElectronUpscattering.on(atom("Xe"), 0.64)
    >>> print(f"{float(process.kinematics.threshold(process.mass)):.4f} MeV")
    1.0408 MeV
    """

    atom: Atom
    kinematics: Upscattering

    channels: ClassVar[tuple[str, ...]] = ("heavy",)
    cut: ClassVar[None] = None

    @classmethod
    def on(cls, atom: Atom, m4: float) -> ElectronUpscattering:
        """To a lepton of mass `m4` [MeV]."""
        return cls(atom, Upscattering(m4))

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
        """Recoil energies at which the kernel steps [MeV]."""
        return self.atom.edges

    def kernels(self, T: Float[AnyArray, " t"]) -> Float[AnyArray, "2 1 3 t"]:
        """Coefficients of E^0, E^-1, E^-2 in the kernel, for one atom.

        Parameters
        ----------
        T : Float[Array, "t"]
            Electron recoil energy [MeV], positive.

        Returns
        -------
        Float[Array, "2 1 3 t"]
            (neutrino or antineutrino, channel, power of 1/E, T) [MeV^(power - 3)]; valid for E >= E_min(T).

        References
        ----------
        Magill:2018jla; Shoemaker:2020kji, whose prefactor is of a d half as large
        """
        electrons = self.atom.electrons(T)
        if self.atom.dipole_factor is not None:
            electrons = electrons * self.atom.dipole_factor(T)
        kernel = DIPOLE * electrons * _bracket(T, const.m_e, self.kinematics.m4)
        return jnp.stack([kernel[None], kernel[None]])

    def operators(self, neutrino: Neutrino) -> Complex[AnyArray, "1 3 3"]:
        """mu mu^dagger in the flavour basis [mu_B^2]."""
        return _operators(neutrino)


class NucleusUpscattering(eqx.Module):
    """Upscattering on one isotope of an element, with the form factor of its protons.

    Attributes
    ----------
    nucleus : Nucleus
    F_p : FormFactor
    fraction : Float[Array, ""]
        Nuclei of this isotope per atom of the element.
    element_mass : Float[Array, ""]
        Mean mass of the atoms of the element [MeV].
    kinematics : Upscattering

    Examples
    --------
    >>> processes = NucleusUpscattering.on("Cs", 20.0)
    >>> print(f"{1e3 * float(processes[0].kinematics.T_max(30.0, processes[0].mass)):.1f} keV")
    11.1 keV
    """

    nucleus: Nucleus
    F_p: FormFactor
    fraction: float | Float[AnyArray, ""]
    element_mass: float | Float[AnyArray, ""]
    kinematics: Upscattering

    channels: ClassVar[tuple[str, ...]] = ("heavy",)
    cut: ClassVar[None] = None

    @classmethod
    def beside(cls, elastic: NucleusScattering, m4: float) -> NucleusUpscattering:
        """On the same isotope as elastic scattering, to a lepton of mass `m4` [MeV]."""
        return cls(elastic.nucleus, elastic.F_p, elastic.fraction, elastic.element_mass, Upscattering(m4))

    @classmethod
    def on(
        cls,
        element: str,
        m4: float,
        *,
        form_factor: str = "helm",
        enrichment: Mapping[int, float] | None = None,
    ) -> tuple[NucleusUpscattering, ...]:
        """On all isotopes of an element, as `NucleusScattering.on` has them."""
        elastic = NucleusScattering.on(element, form_factor=form_factor, enrichment=enrichment)
        return tuple(cls.beside(one, m4) for one in elastic)

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

    def kernels(self, T: Float[AnyArray, " t"]) -> Float[AnyArray, "2 1 3 t"]:
        """Coefficients of E^0, E^-1, E^-2 in the kernel, for one atom of the element.

        Parameters
        ----------
        T : Float[Array, "t"]
            Nuclear recoil energy [MeV], positive.

        Returns
        -------
        Float[Array, "2 1 3 t"]
            (neutrino or antineutrino, channel, power of 1/E, T) [MeV^(power - 3)]; valid for E >= E_min(T).

        References
        ----------
        Magill:2018jla, for a target of spin 1/2: what spin changes is of the order of T/M
        """
        M = self.nucleus.mass
        charge = self.nucleus.Z * self.F_p(jnp.sqrt(2 * M * T))
        kernel = self.fraction * DIPOLE * charge**2 * _bracket(T, M, self.kinematics.m4)
        return jnp.stack([kernel[None], kernel[None]])

    def operators(self, neutrino: Neutrino) -> Complex[AnyArray, "1 3 3"]:
        """mu mu^dagger in the flavour basis [mu_B^2]."""
        return _operators(neutrino)


def to_heavy(process: Process, m4: float) -> Process | None:
    """What stands beside a process where there is a heavy lepton, on the same target; None where nothing does.

    Parameters
    ----------
    process : Process
    m4 : float
        [MeV]

    Returns
    -------
    Process or None
        None beside what scatters on neither electrons nor nuclei.

    Raises
    ------
    NudipoleError
        If there is a cut on the angle: that of massless neutrinos.

    Examples
    --------
    >>> from nudipole.targets import atom
    >>> to_heavy(ElectronScattering.on(atom("Xe")), 0.64).channels
    ('heavy',)
    """
    if process.cut is not None:
        raise NudipoleError("a cut on the angle is known for massless neutrinos alone: no heavy lepton goes beside it")
    if isinstance(process, ElectronScattering):
        return ElectronUpscattering.on(process.atom, m4)
    return NucleusUpscattering.beside(process, m4) if isinstance(process, NucleusScattering) else None


def heaviest(energy: float, mass: float, low: float = 0.0, high: float = math.inf) -> float:
    r"""Largest mass that a neutrino of this energy makes with a recoil from `low` to `high`.

    .. math:: m_4^2 = 2 M T\,\Big(\frac{E}{E_0(T)} - 1\Big), \qquad E_0 = \frac{T + \sqrt{T^2 + 2 M T}}{2}

    at the recoil of those allowed that is nearest to that of the threshold, :math:`T = M(E - m_4)/(M + m_4)` with
    :math:`m_4 = M(\sqrt{1+2E/M}-1)`, where it is largest.

    Parameters
    ----------
    energy, mass : float
        Of the neutrino, and of the struck particle M [MeV].
    low, high : float
        [MeV]

    Returns
    -------
    float
        [MeV]; zero where elastic scattering has no such recoil.

    Examples
    --------
    >>> print(f"{heaviest(18.8, 0.511):.2f} MeV, {heaviest(18.8, 0.511, high=0.03):.2f} MeV")
    3.90 MeV, 2.35 MeV
    """
    ratio = 2 * energy / mass
    # Without the difference of nearly equal numbers on heavy targets.
    most = mass * ratio / (1 + math.sqrt(1 + ratio))
    at_threshold = mass * (energy - most) / (mass + most)
    if low <= at_threshold <= high:
        return float(most)
    T = min(max(at_threshold, low), high)
    least = (T + math.sqrt(T**2 + 2 * mass * T)) / 2
    return math.sqrt(max(2 * mass * T * (energy / least - 1), 0.0)) if T > 0 else 0.0
