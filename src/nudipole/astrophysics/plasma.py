r"""A plasma of electrons and positrons: chemical potential, plasma frequency, and the two branches of photons in it.

The dispersion relations are the analytic ones of Braaten and Segel, correct to order alpha at any temperature and
degeneracy as long as :math:`K^2 \ll p^2` of typical electrons. Written with :math:`y = v_* k/\omega` they need no
root finding: :math:`K^2 = \omega_p^2 F_T(y)` on the transverse branch and :math:`\omega^2 = \omega_p^2 F_L(y)` on the
longitudinal one, so that integrals over k are taken along y.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Float

from nudipole import constants as const
from nudipole.numerics import AnyArray, jax, jnp

#: Nodes in each panel of an integral over electrons.
_NODES = 20
#: Ends of the panels in (E - mu)/T: the edge of the Fermi sea is in the middle one, what is beyond is below 1e-17.
_PANELS = np.array([-40.0, -12.0, -3.5, 3.5, 12.0, 45.0])
#: Steps of Newton's method for the chemical potential, and its last step that is not to be squared by one more.
_STEPS, _LAST = 40, 1e-8
#: Fermi energy in units of T below which electrons begin as a gas without degeneracy.
_DEGENERATE = 3.0
#: Below this y the functions of the dispersion are their series, whose terms then fall as 0.04^n.
_SERIES = 0.2


class Plasma(eqx.Module):
    """Electrons and positrons in equilibrium; every field may be an array, all of one shape.

    Attributes
    ----------
    T : Float[Array, "*n"]
        Temperature [MeV].
    n_e : Float[Array, "*n"]
        Density of electrons less positrons [MeV^3].
    mu_e : Float[Array, "*n"]
        Chemical potential with the rest mass [MeV].
    omega_p : Float[Array, "*n"]
        Plasma frequency [MeV].
    omega_1 : Float[Array, "*n"]
        Frequency of first order [MeV], whose ratio to `omega_p` is the typical velocity `v_star`.

    References
    ----------
    Braaten:1993

    Examples
    --------
    >>> star = Plasma.at(1e8 * const.k_B, electron_density(1e6))
    >>> print(f"{star.omega_p / 1e-3:.3f} keV, v* = {star.v_star:.3f}, k_max = {star.k_max / 1e-3:.3f} keV")
    17.977 keV, v* = 0.627, k_max = 20.749 keV
    """

    T: Float[AnyArray, "*n"]
    n_e: Float[AnyArray, "*n"]
    mu_e: Float[AnyArray, "*n"]
    omega_p: Float[AnyArray, "*n"]
    omega_1: Float[AnyArray, "*n"]

    @classmethod
    def at(cls, T: Any, n_e: Any, *, nodes: int = _NODES) -> Plasma:
        """The plasma of a temperature and a density.

        Parameters
        ----------
        T : Float[Array, "*#n"]
            [MeV]
        n_e : Float[Array, "*#n"]
            Electrons less positrons [MeV^3], positive.
        nodes : int
            Of each panel of the integrals; for estimates of their error.

        Returns
        -------
        Plasma
            Differentiable once in both.
        """
        T, n_e = jnp.broadcast_arrays(jnp.asarray(T, float), jnp.asarray(n_e, float))
        made: Plasma = _plasma(T, n_e, nodes)
        return made

    @property
    def v_star(self) -> Float[AnyArray, "*n"]:
        """Typical velocity of the electrons, in units of c."""
        return self.omega_1 / self.omega_p

    @property
    def k_max(self) -> Float[AnyArray, "*n"]:
        """Largest momentum of longitudinal plasmons, where their branch meets the light cone [MeV]."""
        return self.omega_p * jnp.sqrt(longitudinal(self.v_star))

    def transverse_mode(self, k: Any) -> tuple[Float[AnyArray, "*n"], Float[AnyArray, "*n"]]:
        """Frequency [MeV] and residue Z of a transverse plasmon.

        Parameters
        ----------
        k : Float[Array, "*#n"]
            [MeV]
        """
        omega, Z = _mode(self, jnp.asarray(k, float), transverse_branch)
        return omega, Z

    def longitudinal_mode(self, k: Any) -> tuple[Float[AnyArray, "*n"], Float[AnyArray, "*n"]]:
        """Frequency [MeV] and residue Z of a longitudinal plasmon; NaN above `k_max`, where there is none.

        Parameters
        ----------
        k : Float[Array, "*#n"]
            [MeV]
        """
        k = jnp.asarray(k, float)
        omega, Z = _mode(self, jnp.minimum(k, self.k_max), longitudinal_branch)
        return jnp.where(k < self.k_max, omega, jnp.nan), jnp.where(k < self.k_max, Z, jnp.nan)


def electron_density(rho: Any, Y_e: Any = 0.5) -> Float[AnyArray, "*n"]:
    """Density of electrons less positrons.

    Parameters
    ----------
    rho : Float[Array, "*#n"]
        Density of matter [g/cm^3].
    Y_e : Float[Array, "*#n"]
        Electrons for each nucleon.

    Returns
    -------
    Float[Array, "*n"]
        [MeV^3]

    Examples
    --------
    >>> print(f"{electron_density(2e5) * 1e18:.3e} eV^3")
    4.627e+14 eV^3
    """
    return jnp.asarray(rho, float) * jnp.asarray(Y_e, float) * (const.N_A * const.hbar_c**3)


def _energies(x_min: AnyArray, T: AnyArray, nodes: int) -> tuple[AnyArray, AnyArray, AnyArray, AnyArray]:
    """Nodes and weights in (E - mu)/T - x_min, and energies and momenta there [MeV]; the first is the root of it.

    In the root p^3 is smooth at rest.
    """
    x_min = x_min[..., None]
    above = jnp.maximum(_PANELS + jnp.maximum(x_min, 0.0), x_min) - x_min
    s = jnp.sqrt(jax.lax.stop_gradient(above))
    at, weight = np.polynomial.legendre.leggauss(nodes)
    # Ends move with mu, but their motion changes nothing: it is left out of derivatives.
    half, middle = (s[..., 1:] - s[..., :-1]) / 2, (s[..., 1:] + s[..., :-1]) / 2
    s = (middle[..., None] + half[..., None] * at).reshape(*half.shape[:-1], -1)
    ds = (half[..., None] * weight).reshape(*half.shape[:-1], -1)
    kinetic = T[..., None] * s**2
    return s, 2 * s * ds, const.m_e + kinetic, s * jnp.sqrt(T[..., None] * (2 * const.m_e + kinetic))


def _fermi(mu: AnyArray, T: AnyArray, nodes: int) -> tuple[AnyArray, AnyArray, AnyArray]:
    r"""Density of one kind (times pi^2), and its parts of omega_p^2 and omega_1^2.

    Integrated by parts: with :math:`G = p^3/3, p^3/(3E), p^5/(3E^3)` the integrands of Braaten and Segel are dG/dp f,
    and :math:`-df/dE` is a peak of fixed shape in (E - mu)/T.
    """
    x_min = (const.m_e - mu) / T
    s, dx, E, p = _energies(x_min, T, nodes)
    tail = jnp.exp(-jnp.abs(s**2 + x_min[..., None]))
    cubed = dx * tail / (1 + tail) ** 2 * p**3 / 3
    return cubed.sum(-1), (cubed / E).sum(-1), (cubed * p**2 / E**3).sum(-1)


def _net(mu: AnyArray, T: AnyArray, nodes: int) -> AnyArray:
    """Electrons less positrons [MeV^3]; where both are many the difference is taken before the integral."""
    apart = _fermi(mu, T, nodes)[0] - _fermi(-mu, T, nodes)[0]
    little = jnp.minimum(mu, T) / T
    _, dx, E, p = _energies(const.m_e / T, T, nodes)
    fall = jnp.exp(-E / T[..., None])
    both = 1 + fall**2 + 2 * fall * jnp.cosh(little)[..., None]
    difference = 2 * fall * (1 - fall**2) * jnp.sinh(little)[..., None] / both**2
    together = (dx * difference * p**3 / 3).sum(-1)
    return jnp.where(mu < T, together, apart) / np.pi**2


@partial(jax.jit, static_argnames="nodes")
def _plasma(T: AnyArray, n_e: AnyArray, nodes: int) -> Plasma:
    mu = _chemical_potential(T, n_e, nodes)
    electrons, positrons = _fermi(mu, T, nodes), _fermi(-mu, T, nodes)
    omega2_p, omega2_1 = (4 * const.alpha / np.pi * (electrons[i] + positrons[i]) for i in (1, 2))
    return Plasma(T, n_e, mu, jnp.sqrt(omega2_p), jnp.sqrt(omega2_1))


def _chemical_potential(T: AnyArray, n_e: AnyArray, nodes: int) -> AnyArray:
    """Newton's method in ln n(mu), which is concave: from below it never overshoots."""
    still_T, still_n = jax.lax.stop_gradient(T), jax.lax.stop_gradient(n_e)
    top = jnp.sqrt(jnp.cbrt(3 * np.pi**2 * still_n) ** 2 + const.m_e**2)

    def density(mu: AnyArray) -> tuple[AnyArray, AnyArray]:
        return jax.jvp(lambda at: _net(at, still_T, nodes), (mu,), (jnp.ones_like(mu),))

    def better(state: tuple[jax.Array, jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array, jax.Array]:
        mu, _, count = state
        n, slope = density(mu)
        new = jnp.clip(mu - jnp.log(n / still_n) * n / slope, 1e-15 * top, top)
        return new, jnp.max(jnp.abs(new - mu) / mu), count + 1

    def going(state: tuple[jax.Array, jax.Array, jax.Array]) -> jax.Array:
        return (state[1] > _LAST) & (state[2] < _STEPS)

    begun = jnp.where(top - const.m_e > _DEGENERATE * still_T, top, _dilute(still_T, still_n, nodes))
    start = (jnp.minimum(begun, top), jnp.asarray(jnp.inf), jnp.asarray(0))
    mu = jax.lax.stop_gradient(jax.lax.while_loop(going, better, start)[0])
    # One more step carries the derivatives.
    return mu - (_net(mu, T, nodes) - n_e) / density(mu)[1]


def _dilute(T: AnyArray, n_e: AnyArray, nodes: int) -> AnyArray:
    """Chemical potential without degeneracy, n = 2 sinh(mu/T) n_0, which is below the true one."""
    # The classical density at mu = 0, from that of Fermi and Dirac far below the edge.
    low = const.m_e - 30 * T
    log_n0 = jnp.log(_fermi(low, T, nodes)[0] / np.pi**2) - low / T
    x = jnp.log(n_e) - log_n0
    large = x > 20
    return T * jnp.where(large, x, jnp.arcsinh(jnp.exp(jnp.where(large, 0.0, x)) / 2))


def transverse(y: AnyArray) -> AnyArray:
    r"""F_T of the transverse branch, :math:`\frac{3}{2y^2}\big[1 - \frac{1-y^2}{2y}\ln\frac{1+y}{1-y}\big]`."""
    small = y < _SERIES
    safe = jnp.where(small, 0.5, y)
    series = 3 * sum(y ** (2 * k - 2) / (4 * k**2 - 1) for k in range(1, 14))
    return jnp.where(small, series, 1.5 / safe**2 * (1 - (1 - safe**2) * jnp.arctanh(safe) / safe))


def longitudinal(y: AnyArray) -> AnyArray:
    r"""F_L of the longitudinal branch, :math:`\frac{3}{y^2}\big[\frac{1}{2y}\ln\frac{1+y}{1-y} - 1\big]`."""
    small = y < _SERIES
    safe = jnp.where(small, 0.5, y)
    series = 3 * sum(y ** (2 * k - 2) / (2 * k + 1) for k in range(1, 14))
    return jnp.where(small, series, 3 / safe**2 * (jnp.arctanh(safe) / safe - 1))


def transverse_branch(plasma: Plasma, theta: AnyArray) -> tuple[AnyArray, AnyArray, AnyArray]:
    r"""Momentum, frequency [MeV] and residue of transverse plasmons with :math:`k/\omega = \tanh\theta`."""
    t = jnp.tanh(theta)
    y = plasma.v_star * t
    mass = plasma.omega_p * jnp.sqrt(transverse(y))
    k, omega = mass * jnp.sinh(theta), mass * jnp.cosh(theta)
    bracket = 3 * (plasma.omega_p / omega) ** 2 + (1 + t**2) * (1 - y**2) - 2 / jnp.cosh(theta) ** 2
    return k, omega, 2 * (1 - y**2) / bracket


def longitudinal_branch(plasma: Plasma, theta: AnyArray) -> tuple[AnyArray, AnyArray, AnyArray]:
    r"""Momentum, frequency [MeV] and residue of longitudinal plasmons with :math:`k/\omega = \tanh\theta`."""
    y = plasma.v_star * jnp.tanh(theta)
    F = longitudinal(y)
    omega = plasma.omega_p * jnp.sqrt(F)
    Z = 2 * (1 - y**2) / (3 / F - (1 - y**2)) * jnp.cosh(theta) ** 2
    return omega * jnp.tanh(theta), omega, Z


@partial(jax.jit, static_argnames="branch")
def _mode(plasma: Plasma, k: AnyArray, branch: Any) -> tuple[AnyArray, AnyArray]:
    """The point of a branch that has this momentum, which rises along the branch."""
    shape = jnp.broadcast_shapes(plasma.T.shape, k.shape)
    low, high = jnp.zeros(shape), jnp.full(shape, 40.0)

    def halved(_: int, ends: tuple[AnyArray, AnyArray]) -> tuple[AnyArray, AnyArray]:
        low, high = ends
        middle = (low + high) / 2
        below = branch(plasma, middle)[0] < k
        return jnp.where(below, middle, low), jnp.where(below, high, middle)

    low, high = jax.lax.fori_loop(0, 60, halved, (low, high))
    _, omega, Z = branch(plasma, (low + high) / 2)
    return omega, Z
