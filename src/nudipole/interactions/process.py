"""What every process has in common: channels, kernel x operator, and the cross section they add up to."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from jaxtyping import Complex, Float

from nudipole.interactions.angle import AngleCut
from nudipole.interactions.kinematics import Kinematics
from nudipole.numerics import AnyArray, jnp
from nudipole.properties import Neutrino


class Process(Protocol):
    """An interaction as a sum of channels: what the fold needs to know of it.

    Attributes
    ----------
    channels : tuple of str
    kinematics : Kinematics
        Which recoils a neutrino of energy E leaves, and in which functions of E the kernels are written.
    mass, target_mass : float
        Of the struck particle and of the unit that `kernels` counts for [MeV].
    edges : Float[Array, "k"]
        Recoil energies at which the kernels step [MeV].
    cut : AngleCut or None
        On the angle of the struck particle.
    """

    channels: ClassVar[tuple[str, ...]]

    @property
    def kinematics(self) -> Kinematics: ...

    @property
    def cut(self) -> AngleCut | None: ...

    @property
    def mass(self) -> Any: ...

    @property
    def target_mass(self) -> Any: ...

    @property
    def edges(self) -> Float[AnyArray, " k"]: ...

    def kernels(self, T: Float[AnyArray, " t"]) -> Float[AnyArray, "2 c p t"]: ...

    def operators(self, neutrino: Neutrino) -> Complex[AnyArray, "c 3 3"]: ...


def dsigma_dT(
    T: Float[AnyArray, " t"],
    E_nu: float,
    operators: Complex[AnyArray, "c 3 3"],
    rho: Complex[AnyArray, "3 3"],
    process: Process,
    *,
    antineutrino: bool = False,
) -> Float[AnyArray, " t"]:
    r"""Cross section per atom of a neutrino in the state `rho` [MeV^-3]; zero beyond the kinematic limit.

    .. math:: d\sigma/dT = \sum_c K_c(E, T)\,{\rm Tr}[\rho\,O_c], \qquad T \le 2E^2/(M + 2E)

    (T <= E where a photon is absorbed). A cut on the angle is left to the fold.

    Parameters
    ----------
    T : Float[Array, "t"]
        Recoil energies [MeV].
    E_nu : float
        Neutrino energy [MeV].
    operators : Complex[Array, "c 3 3"]
        Of the process, in the flavour basis.
    rho : Complex[Array, "3 3"]
        Flavour density matrix (for antineutrinos its transpose, as a beam stores it).
    process : Process
    antineutrino : bool

    Returns
    -------
    Float[Array, "t"]
        [MeV^-3]; zero beyond the kinematic limit.

    Examples
    --------
    A neutrino of 1 MeV gives a free electron at most 0.797 MeV:

    >>> from nudipole import constants as const
    >>> from nudipole.interactions import ElectronScattering
    >>> from nudipole.mixing import pure_flavour
    >>> from nudipole.targets import atom
    >>> process = ElectronScattering.on(atom("H", binding="free"))
    >>> operators = process.operators(Neutrino.dirac(basis="flavour"))
    >>> sigma = dsigma_dT(jnp.array([0.1, 0.7, 0.8]), 1.0, operators, pure_flavour("e"), process)
    >>> [f"{x / const.cm**2:.2e} cm^2/MeV" for x in sigma.tolist()]
    ['9.59e-45 cm^2/MeV', '8.07e-45 cm^2/MeV', '0.00e+00 cm^2/MeV']
    """
    kinematics = process.kinematics
    lowest, highest = kinematics.T_min(E_nu, process.mass), kinematics.T_max(E_nu, process.mass)
    kernel = jnp.einsum("cpt,p->ct", process.kernels(T)[int(antineutrino)], kinematics.basis(E_nu))
    weights = jnp.real(jnp.einsum("ij,cji->c", rho, operators))
    return jnp.where((lowest <= T) & (highest >= T), weights @ kernel, 0.0)
