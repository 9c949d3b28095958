"""Energy resolution: how reconstructed energies scatter about E. A new kind: a class, a line in `resolutions`.

`sigma` uses operators only, so that it serves NumPy arrays (where the fold places its nodes) and traced ones alike.
"""

from __future__ import annotations

import abc
from functools import lru_cache

import equinox as eqx
import numpy as np
from jax.scipy.special import gammaln, ndtr
from jaxtyping import Float
from numpy.typing import NDArray
from scipy.special import gammainccinv, gammaincinv
from scipy.special import ndtr as normal_cumulative

from nudipole.detectors.gamma_distribution import gamma_cumulative
from nudipole.errors import OutOfRange
from nudipole.numerics import AnyArray, jnp, leaf

#: How many standard deviations of the resolution the fold follows beyond the outermost bins.
REACH = 8.0
#: The same as a probability, for distributions that are not Gaussian.
_TAIL = float(normal_cumulative(-REACH))


class Resolution(eqx.Module):
    r"""Distribution p(x|E) of the reconstructed energy x; here a Gaussian of mean E and a width that depends on it.

    Examples
    --------
    What lies within eight standard deviations of 1 MeV:

    >>> low, high = Sqrt(0.01).reach(np.array([1.0]))
    >>> low.round(12).tolist(), high.round(12).tolist()
    ([0.92], [1.08])
    """

    @abc.abstractmethod
    def sigma(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        """Standard deviation of the reconstructed energy [MeV] at the energy `E` [MeV]."""

    def cumulative(
        self, E: Float[AnyArray, " e"], x: Float[AnyArray, " x"]
    ) -> tuple[Float[AnyArray, "x e"], Float[AnyArray, "x e"]]:
        r"""Probability and first moment below reconstructed energies.

        .. math:: F_0 = \int_{-\infty}^x dx'\,p(x'|E), \qquad F_1 = \int_{-\infty}^x dx'\,(x'-E)\,p(x'|E)

        For a Gaussian :math:`F_0 = \Phi(z)`, :math:`F_1 = -\sigma\varphi(z)`, :math:`z = (x-E)/\sigma`.

        Parameters
        ----------
        E : Float[Array, "e"]
            Energies [MeV].
        x : Float[Array, "x"]
            Reconstructed energies [MeV].

        Returns
        -------
        tuple of Float[Array, "x e"]
            F_0 and F_1 [MeV]; where sigma = 0 a step that excludes E = x, so that an edge belongs to the bin above.
        """
        sigma, above = self.sigma(E), x[:, None]
        safe = jnp.where(sigma > 0, sigma, 1.0)
        z = (above - E) / safe
        density = jnp.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        smeared = sigma > 0
        return jnp.where(smeared, ndtr(z), above > E), jnp.where(smeared, -safe * density, 0.0)

    def reach(self, E: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Reconstructed energies [MeV] below and above which lies less than a tail of 8 Gaussian sigmas, 6e-16."""
        sigma = np.asarray(self.sigma(E))
        return E - REACH * sigma, E + REACH * sigma

    def kinks(self) -> NDArray[np.float64]:
        """Energies [MeV] where the distribution does not change smoothly with E."""
        return np.zeros(0)


class Exact(Resolution):
    """No smearing.

    Examples
    --------
    >>> Exact().sigma(np.array([1.0, 4.0])).tolist()
    [0.0, 0.0]
    """

    def sigma(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        return 0.0 * E


class ConstantWidth(Resolution):
    """sigma(E) = a, with a in MeV.

    Attributes
    ----------
    a : float
        [MeV]

    Examples
    --------
    >>> ConstantWidth(0.1).sigma(np.array([1.0, 4.0])).tolist()
    [0.1, 0.1]
    """

    a: float | Float[AnyArray, ""] = eqx.field(converter=leaf)

    def sigma(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        return self.a + 0.0 * E


class Sqrt(Resolution):
    """sigma(E) = a sqrt(E), with a in MeV^0.5.

    Attributes
    ----------
    a : float
        [MeV^0.5]

    Examples
    --------
    >>> Sqrt(0.1).sigma(np.array([1.0, 4.0])).tolist()
    [0.1, 0.2]
    """

    a: float | Float[AnyArray, ""] = eqx.field(converter=leaf)

    def sigma(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        return self.a * E**0.5


class SqrtLinear(Resolution):
    """sigma(E) = a sqrt(E) + b E.

    Attributes
    ----------
    a : float
        [MeV^0.5]
    b : float
        Pure number.

    References
    ----------
    XENON:2020rca Eq. (1), for example

    Examples
    --------
    >>> SqrtLinear(0.1, 0.02).sigma(np.array([1.0, 4.0])).round(12).tolist()
    [0.12, 0.28]
    """

    a: float | Float[AnyArray, ""] = eqx.field(converter=leaf)
    b: float | Float[AnyArray, ""] = eqx.field(converter=leaf)

    def sigma(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        return self.a * E**0.5 + self.b * E


class Fano(Resolution):
    r"""sigma^2(E) = noise^2 + F epsilon E: electronic noise, and the statistics of the pairs of charges.

    Attributes
    ----------
    noise : float
        Standard deviation of the electronic noise [MeV].
    fano : float
        Fano factor F, about 0.11 in Ge.
    pair_energy : float
        epsilon, mean energy per pair, 2.96 eV in cold Ge [MeV].

    Raises
    ------
    OutOfRange
        If one of them is negative.

    Examples
    --------
    With 60 eV of noise, a line of 10 keV in germanium is 83 eV wide:

    >>> germanium = Fano(noise=60e-6, fano=0.11, pair_energy=2.96e-6)
    >>> print(f"{germanium.sigma(np.array(10e-3)) * 1e6:.1f} eV")
    82.8 eV
    """

    noise: float | Float[AnyArray, ""] = eqx.field(converter=leaf)
    fano: float | Float[AnyArray, ""] = eqx.field(converter=leaf)
    pair_energy: float | Float[AnyArray, ""] = eqx.field(converter=leaf)

    def __check_init__(self) -> None:
        for name in ("noise", "fano", "pair_energy"):
            if not getattr(self, name) >= 0:
                raise OutOfRange(f"{name} of the resolution", float(getattr(self, name)), 0)

    def sigma(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        return (self.noise**2 + self.fano * self.pair_energy * E) ** 0.5


@lru_cache(maxsize=32)
def _gamma_reach(
    shape_per_energy: float, spread: float, energies: bytes
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """As `Resolution.reach`; every variation of a detector asks again for what takes long to invert."""
    E = np.frombuffer(energies)
    k = GammaPhotoelectrons(shape_per_energy, spread)._shape(E)
    return E / k * gammaincinv(k, _TAIL), E / k * gammainccinv(k, _TAIL)


class GammaPhotoelectrons(Resolution):
    r"""Gamma distribution of mean E, as that of a number of photoelectrons.

    .. math:: p(x|E) = \frac{(k/E)^k\,x^{k-1}\,e^{-kx/E}}{\Gamma(k)}, \qquad \frac1k = \frac1{1 + s E} + v^2

    A relative spread v, as of light that depends on the place in the detector, adds in square. A light yield Y drops
    out: the number of photoelectrons is Gamma distributed with mean Y E and shape k, so this is the distribution of
    that number over Y. An energy of zero is always reconstructed as zero.

    Attributes
    ----------
    shape_per_energy : float
        s [MeV^-1]; 9.56 per keV for COHERENT CsI.
    spread : float
        v, a pure number.

    Raises
    ------
    OutOfRange
        If s is not positive, or v is negative.

    References
    ----------
    COHERENT:2021xmm, data release

    Examples
    --------
    >>> csi = GammaPhotoelectrons(9.56e3)
    >>> print(f"{csi.sigma(np.array(1e-3)) * 1e3:.4f} keV")
    0.3077 keV
    """

    shape_per_energy: float | Float[AnyArray, ""] = eqx.field(converter=leaf)
    spread: float | Float[AnyArray, ""] = eqx.field(converter=leaf, default=0.0)

    def __check_init__(self) -> None:
        if not self.shape_per_energy > 0:
            raise OutOfRange("shape_per_energy of the resolution [1/MeV]", float(self.shape_per_energy), 0, inside=True)
        if not float(self.spread) >= 0:
            raise OutOfRange("spread of the resolution", float(self.spread), 0)

    def _shape(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        """k, one over the relative variance."""
        k: AnyArray = 1 + self.shape_per_energy * E
        return k / (1 + self.spread**2 * k)

    def sigma(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        return E / self._shape(E) ** 0.5

    def cumulative(
        self, E: Float[AnyArray, " e"], x: Float[AnyArray, " x"]
    ) -> tuple[Float[AnyArray, "x e"], Float[AnyArray, "x e"]]:
        r"""As `Resolution.cumulative`: with P the regularised incomplete gamma function and z = k x/E,

        .. math:: F_0 = P(k, z), \qquad F_1 = E\,[P(k+1, z) - P(k, z)] = -E\,\frac{z^k e^{-z}}{\Gamma(k+1)}
        """
        k = self._shape(E)
        inside = (x[:, None] > 0) & (E > 0)
        z = k * jnp.where(inside, x[:, None], 1.0) / jnp.where(E > 0, E, 1.0)
        step = (x[:, None] > 0).astype(float)
        moment = -E * jnp.exp(k * jnp.log(z) - z - gammaln(k + 1))
        return jnp.where(inside, gamma_cumulative(k, z), step), jnp.where(inside, moment, 0.0)

    def reach(self, E: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return _gamma_reach(float(self.shape_per_energy), float(self.spread), E.tobytes())
