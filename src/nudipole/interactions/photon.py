r"""Ionisation of an atom by the millicharge of a neutrino, in the equivalent-photon approximation.

.. math:: \frac{d\sigma}{dT} = \frac{2\alpha}{\pi}\,\frac{\sigma_\gamma(T)}{T}\,\ln\frac{E}{m_\nu}\;
          {\rm Tr}\,\rho\,q^\dagger q

The neutrino's field is a flux of nearly real photons, which the atom absorbs: T is what its electrons take, up to all
of E. This stands for the squared millicharge on bound electrons, where free electrons fall short by factors; what
interferes with the weak amplitude stays with `ElectronScattering`. Photoabsorption is not all at energies far above
those of binding: in xenon free electrons give more from about 15 keV on, but for the K shell.
"""

from __future__ import annotations

import math
from typing import ClassVar

import equinox as eqx
import numpy as np
from jaxtyping import Complex, Float

from nudipole import constants as const
from nudipole.interactions.kinematics import Absorption
from nudipole.numerics import AnyArray, jnp
from nudipole.properties import Neutrino
from nudipole.targets.photoabsorption import Photoabsorption

#: 2 alpha / pi
_PHOTONS = 2 * const.alpha / math.pi


class EquivalentPhoton(eqx.Module):
    """Absorption of the photons of a charged neutrino by the atoms of a target.

    Attributes
    ----------
    photoabsorption : Photoabsorption
        Cross section of the unit that `target_mass` is the mass of.
    target_mass : float
        [MeV]
    neutrino_mass : float
        Where the logarithm is cut off [MeV]; 1 eV by convention.

    References
    ----------
    Chen:2014dsa; AtzoriCorona:2022jeb

    Examples
    --------
    Each charge sees its own flavour only:

    >>> from nudipole.targets import photoabsorption
    >>> process = EquivalentPhoton(photoabsorption({"Ge": 1}), target_mass=67.7e3)
    >>> neutrino = Neutrino.dirac(basis="flavour", charge=np.diag([2e-13, 0, 0]))
    >>> [f"{square:.0e}" for square in process.operators(neutrino)[0].real.diagonal()]
    ['4e-26', '0e+00', '0e+00']
    """

    photoabsorption: Photoabsorption
    target_mass: float = eqx.field(converter=float, static=True)
    neutrino_mass: float = eqx.field(converter=float, static=True, default=1e-6)

    channels: ClassVar[tuple[str, ...]] = ("charge",)
    kinematics: ClassVar[Absorption] = Absorption()
    cut: ClassVar[None] = None
    mass: ClassVar[float] = const.m_e

    @property
    def edges(self) -> Float[AnyArray, " k"]:
        """Energies [MeV] at which the cross section steps or bends: all nodes of its table, power laws in between.

        Within a few eV of M and N edges it changes tenfold and more, which wider panels of the fold would miss.
        """
        return np.unique(np.asarray(self.photoabsorption.T))

    def kernels(self, T: Float[AnyArray, " t"]) -> Float[AnyArray, "2 1 2 t"]:
        """Coefficients of 1 and of ln(E/MeV) in the kernel, for one unit of the target.

        Parameters
        ----------
        T : Float[Array, "t"]
            Energy that the atom absorbs [MeV], positive.

        Returns
        -------
        Float[Array, "2 1 2 t"]
            (neutrino or antineutrino, channel, 1 or ln E, T) [MeV^-3]; valid for E >= T.
        """
        photons = _PHOTONS * self.photoabsorption(T) / T
        kernel = jnp.stack([-math.log(self.neutrino_mass) * photons, photons])[None]
        return jnp.stack([kernel, kernel])

    def operators(self, neutrino: Neutrino) -> Complex[AnyArray, "1 3 3"]:
        """q^+ q in the flavour basis."""
        return (neutrino.charge.conj().T @ neutrino.charge)[None]
