r"""A skewed Gaussian resolution.

.. math:: p(x|E) = \frac{2}{\omega}\,\varphi(z)\,\Phi(\alpha z), \qquad z = \frac{x-\xi}{\omega}

of mean E and standard deviation :math:`\sigma(E)`: with :math:`\delta = \alpha/\sqrt{1+\alpha^2}`,
:math:`\omega = \sigma/\sqrt{1 - 2\delta^2/\pi}` and :math:`\xi = E - \omega\delta\sqrt{2/\pi}`.
"""

from __future__ import annotations

import equinox as eqx
import numpy as np
from jax.scipy.special import ndtr
from jaxtyping import Float
from numpy.typing import NDArray

from nudipole.detectors.resolution import REACH, Resolution
from nudipole.errors import OutOfRange
from nudipole.numerics import AnyArray, jax, jnp, leaf

#: Strongest skewness: beyond it the distribution is half a Gaussian, and the rule below loses its digits.
STRONGEST = 20.0
#: Gauss-Legendre rule of Owen's function.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


class Skewed(Resolution):
    """A skewed Gaussian of mean E and of the standard deviation of another resolution.

    Attributes
    ----------
    inner : Resolution
        Whose sigma it has.
    alpha : float
        Shape: 0 is a Gaussian; a positive one has its tail at high energies.

    Raises
    ------
    OutOfRange
        If alpha is beyond +-20.

    References
    ----------
    Azzalini, Scand. J. Stat. 12, 171 (1985)

    Examples
    --------
    >>> from nudipole.detectors import ConstantWidth
    >>> below, _ = Skewed(ConstantWidth(0.1), 2.0).cumulative(jnp.array([1.0]), jnp.array([1.0, 1.3]))
    >>> np.asarray(below[:, 0]).round(4).tolist()
    [0.5336, 0.9951]
    """

    inner: Resolution
    alpha: float | Float[AnyArray, ""] = eqx.field(converter=leaf)

    def __check_init__(self) -> None:
        if not isinstance(self.alpha, jax.core.Tracer) and not abs(float(self.alpha)) <= STRONGEST:
            raise OutOfRange("alpha of a skewed resolution", float(self.alpha), -STRONGEST, STRONGEST)

    def sigma(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        return self.inner.sigma(E)

    def kinks(self) -> NDArray[np.float64]:
        return self.inner.kinks()

    def _delta(self) -> AnyArray:
        return self.alpha / (1 + self.alpha**2) ** 0.5

    def cumulative(
        self, E: Float[AnyArray, " e"], x: Float[AnyArray, " x"]
    ) -> tuple[Float[AnyArray, "x e"], Float[AnyArray, "x e"]]:
        r"""As `Resolution.cumulative`: with Owen's function T,

        .. math:: F_0 = \Phi(z) - 2\,T(z, \alpha), \qquad
                  F_1 = \omega\Big[\sqrt{\tfrac2\pi}\,\delta\,[\Phi(\sqrt{1+\alpha^2}\,z) - F_0]
                        - 2\varphi(z)\,\Phi(\alpha z)\Big]
        """
        sigma, delta, alpha = self.sigma(E), self._delta(), self.alpha
        smeared = sigma > 0
        omega = jnp.where(smeared, sigma, 1.0) / jnp.sqrt(1 - 2 * delta**2 / np.pi)
        z = (x[:, None] - E) / omega + delta * np.sqrt(2 / np.pi)
        below = jnp.clip(ndtr(z) - 2 * _owen(z, jnp.asarray(alpha)), 0.0, 1.0)
        density = 2 * jnp.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * ndtr(alpha * z)
        shifted = np.sqrt(2 / np.pi) * delta * (ndtr(jnp.sqrt(1 + alpha**2) * z) - below)
        return jnp.where(smeared, below, x[:, None] > E), jnp.where(smeared, omega * (shifted - density), 0.0)

    def reach(self, E: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Within 8 omega of the place xi, outside of which there is less than twice a Gaussian's tail."""
        delta = np.asarray(self._delta())
        omega = np.asarray(self.sigma(E)) / np.sqrt(1 - 2 * delta**2 / np.pi)
        place = E - omega * delta * np.sqrt(2 / np.pi)
        return place - (REACH + 0.2) * omega, place + (REACH + 0.2) * omega


def _owen(h: Float[AnyArray, "x e"], a: Float[AnyArray, ""]) -> Float[AnyArray, "x e"]:
    r"""Owen's function :math:`T(h, a) = \frac1{2\pi}\int_0^a dt\,e^{-h^2(1+t^2)/2}/(1+t^2)`, by t = sinh u."""
    end = jnp.arcsinh(a)

    # One node after the other: unrolled they would take long to compile.
    def added(total: jax.Array, rule: jax.Array) -> tuple[jax.Array, None]:
        t2 = jnp.sinh(end * (1 + rule[0]) / 2) ** 2
        return total + rule[1] / jnp.sqrt(1 + t2) * jnp.exp(-(h**2) * (1 + t2) / 2), None

    total, _ = jax.lax.scan(added, jnp.zeros_like(h), jnp.stack([_NODES, _WEIGHTS], axis=1))
    return total * end / (4 * np.pi)
