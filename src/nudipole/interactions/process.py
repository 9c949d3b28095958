"""What every process has in common: channels, kernel x operator, and the cross section they add up to."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from jaxtyping import Complex, Float

from nudipole.numerics import AnyArray, jnp


class Process(Protocol):
    """An interaction as a sum of channels: what the fold needs to know of it."""

    channels: ClassVar[tuple[str, ...]]

    @property
    def mass(self) -> Any: ...

    @property
    def target_mass(self) -> Any: ...

    @property
    def edges(self) -> Float[AnyArray, " k"]: ...

    def kernels(self, T: Float[AnyArray, " t"]) -> Float[AnyArray, "2 c 3 t"]: ...


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
    """
    kernel = jnp.einsum("cpt,p->ct", process.kernels(T)[int(antineutrino)], float(E_nu) ** -jnp.arange(3.0))
    weights = jnp.real(jnp.einsum("ij,cji->c", rho, operators))
    return jnp.where(2 * E_nu**2 / (process.mass + 2 * E_nu) >= T, weights @ kernel, 0.0)
