r"""Inverse beta decay, nubar_e p -> e^+ n, on free protons at rest.

.. math:: \frac{d\sigma}{dE_e} = 2 m_p\,\frac{G_F^2\cos^2\theta_C}{2\pi(s-m_p^2)^2}
          \big[A(t) - (s-u)B(t) + (s-u)^2C(t)\big]\,(1 + \delta_{\rm rad})

of which `sigma` is an approximation. A neutrino of energy E leaves a positron of kinetic energy
:math:`T = E - \Delta - m_e` if the neutron takes none; what it takes lowers the positron by up to 2 E^2/m_p.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import equinox as eqx
import numpy as np
from jaxtyping import Complex, Float

from nudipole import arguments
from nudipole import constants as const
from nudipole.errors import UnknownName
from nudipole.numerics import AnyArray, jnp
from nudipole.properties import Neutrino

FORMS = ("full", "approximation")
#: Neutron minus proton, proton, neutron [MeV].
DELTA = 1.29333236
M_P = 938.27208816
M_N = M_P + DELTA
#: What a neutrino needs, beside the kinetic energy of the positron, if the neutron takes none [MeV].
OFFSET = DELTA + const.m_e
#: cos theta_C, g_1(0), anomalous moment kappa_p - kappa_n, squared masses of form factors and of the pion [MeV^2].
_COSINE, _AXIAL, _XI, _M_V2, _M_A2, _M_PI2 = 0.9746, -1.270, 3.706, 0.71e6, 1e6, 139.57**2
#: Energies of the positron at which one energy of a neutrino is looked at.
_NODES = 8


def sigma(E: Float[AnyArray, "*n"]) -> Float[AnyArray, "*n"]:
    r"""Total cross section, the approximation of Strumia and Vissani.

    .. math:: \sigma = 10^{-43}\,\mathrm{cm}^2\; p_e E_e\, E^{-0.07056 + 0.02018\ln E - 0.001953\ln^3 E},
              \qquad E_e = E - \Delta

    Parameters
    ----------
    E : Float[Array, "*n"]
        Energy of the antineutrino [MeV].

    Returns
    -------
    Float[Array, "*n"]
        [MeV^-2]; zero where there is no reaction. Within 0.5 % of the full form up to 100 MeV, 3 % off at 300 MeV.

    Raises
    ------
    NotANumber, OutOfRange
        For what is no number, or negative.

    References
    ----------
    Strumia:2003zx Eq. (25)

    Examples
    --------
    >>> print(f"{sigma(10.0) / const.cm**2:.4e} cm^2")
    6.7767e-42 cm^2
    """
    return _approximate(jnp.asarray(arguments.not_negative("E", E, "MeV"), float))


def _approximate(E: Float[AnyArray, "*n"]) -> Float[AnyArray, "*n"]:
    reacts = DELTA + const.m_e < E
    x = jnp.where(reacts, E, 10.0)
    E_e, log = x - DELTA, jnp.log(x)
    p_e = jnp.sqrt(E_e**2 - const.m_e**2)
    power = -0.07056 + 0.02018 * log - 0.001953 * log**3
    return jnp.where(reacts, 1e-43 * const.cm**2 * p_e * E_e * x**power, 0.0)


def positron_ends(E: Float[AnyArray, "*n"]) -> tuple[Float[AnyArray, "*n"], Float[AnyArray, "*n"]]:
    r"""Least and largest total energy of the positron.

    .. math:: E_e = E - \delta - \frac{E^*}{m_p}(E_e^* \pm p_e^*), \qquad \delta = \frac{m_n^2-m_p^2-m_e^2}{2m_p}

    with the energies * in the centre of mass.

    Parameters
    ----------
    E : Float[Array, "*n"]
        Energy of the antineutrino [MeV].

    Returns
    -------
    pair of Float[Array, "*n"]
        [MeV]; equal to each other below the threshold, 1.806 MeV.

    References
    ----------
    Strumia:2003zx Eqs. (12), (13)

    Examples
    --------
    >>> least, largest = positron_ends(np.array([10.0]))
    >>> print(f"{float(least[0]):.3f} {float(largest[0]):.3f}")
    8.524 8.706
    """
    s = M_P**2 + 2 * M_P * E
    root = s**0.5
    E_star, E_e = (s - M_P**2) / (2 * root), (s - M_N**2 + const.m_e**2) / (2 * root)
    squared = E_e**2 - const.m_e**2
    p_e = (squared * (squared > 0) * (E_e > 0)) ** 0.5
    delta = (M_N**2 - M_P**2 - const.m_e**2) / (2 * M_P)
    return E - delta - E_star / M_P * (E_e + p_e), E - delta - E_star / M_P * (E_e - p_e)


def dsigma_dE_e(E: Float[AnyArray, "*n"], E_e: Float[AnyArray, "*n"]) -> Float[AnyArray, "*n"]:
    r"""Cross section by the energy of the positron, form factors, nucleon masses and radiative corrections included.

    Parameters
    ----------
    E, E_e : Float[Array, "*n"]
        Energies of the antineutrino, and of the positron within `positron_ends` [MeV]; without meaning outside.

    Returns
    -------
    Float[Array, "*n"]
        [MeV^-3]

    References
    ----------
    Strumia:2003zx Eqs. (3) to (11), (14), with the constants there (g_1(0) = -1.270, cos theta_C = 0.9746)

    Examples
    --------
    The two ends of 10 MeV, backwards and forwards: what is nearly isotropic favours low energies.

    >>> ends = positron_ends(np.array([10.0]))
    >>> [f"{float(dsigma_dE_e(np.array([10.0]), end)[0]) / const.cm**2:.2e} cm^2/MeV" for end in ends]
    ['3.94e-41 cm^2/MeV', '3.51e-41 cm^2/MeV']
    """
    M, m2 = (M_P + M_N) / 2, const.m_e**2
    t = M_N**2 - M_P**2 - 2 * M_P * (E - E_e)
    s_u = 2 * M_P * (E + E_e) - m2
    tau = t / (4 * M**2)
    dipole = (1 - tau) * (1 - t / _M_V2) ** 2
    f1, f2 = (1 - (1 + _XI) * tau) / dipole, _XI / dipole
    g1 = _AXIAL / (1 - t / _M_A2) ** 2
    g2 = 2 * M**2 * g1 / (_M_PI2 - t)
    A = (
        (t - m2)
        / 16
        * (
            4 * f1**2 * (4 * M**2 + t + m2)
            + 4 * g1**2 * (-4 * M**2 + t + m2)
            + f2**2 * (t**2 / M**2 + 4 * t + 4 * m2)
            + 4 * m2 * t * g2**2 / M**2
            + 8 * f1 * f2 * (2 * t + m2)
            + 16 * m2 * g1 * g2
        )
    )
    A = A - DELTA**2 / 16 * (
        (4 * f1**2 + t * f2**2 / M**2) * (4 * M**2 + t - m2)
        + 4 * g1**2 * (4 * M**2 - t + m2)
        + 4 * m2 * g2**2 * (t - m2) / M**2
        + 8 * f1 * f2 * (2 * t - m2)
        + 16 * m2 * g1 * g2
    )
    A = A - 2 * m2 * M * DELTA * g1 * (f1 + f2)
    B = t * g1 * (f1 + f2) + m2 * DELTA * (f2**2 + f1 * f2 + 2 * g1 * g2) / (4 * M)
    C = (f1**2 + g1**2) / 4 - t * f2**2 / (16 * M**2)
    squared = A - s_u * B + s_u**2 * C
    radiative = 1 + const.alpha / math.pi * (6.0 + 1.5 * jnp.log(M_P / (2 * E_e)) + 1.2 * (const.m_e / E_e) ** 1.5)
    flux = 2 * math.pi * (2 * M_P * E) ** 2
    return 2 * M_P * const.G_F**2 * _COSINE**2 / flux * squared * radiative


class FromThreshold(eqx.Module):
    r"""Kinematics of inverse beta decay: T = E - Delta - m_e, and what the neutron takes as a spread of it.

    Attributes
    ----------
    spread : bool
        Whether the neutron takes its share.

    Examples
    --------
    >>> kind = FromThreshold(False)
    >>> print(f"{kind.E_min(8.0, 0.0):.4f} MeV")
    9.8043 MeV
    """

    spread: bool = eqx.field(static=True)

    logarithmic: ClassVar[bool] = False
    one_to_one: ClassVar[bool] = True

    def basis(self, E: float) -> Float[AnyArray, " 1"]:
        """One: a kernel is the cross section."""
        return jnp.ones(1)

    def E_min(self, T: Float[Any, "*t"], mass: Any) -> Float[Any, "*t"]:
        """The neutrino energy of T [MeV]."""
        return T + OFFSET

    def T_min(self, E: Float[Any, "*e"], mass: Any) -> Float[Any, "*e"]:
        """T of a neutrino of energy E [MeV]; zero below the threshold."""
        return (E - OFFSET) * (E > OFFSET)

    def T_max(self, E: Float[Any, "*e"], mass: Any) -> Float[Any, "*e"]:
        """The same as `T_min`."""
        return self.T_min(E, mass)

    def farthest(self, T: float) -> float:
        """The largest T of which some positrons have no more than a kinetic energy [MeV], generously."""
        if not self.spread or not math.isfinite(T):
            return T
        E_e = T + const.m_e
        return 1.02 * (E_e + DELTA) / max(1 - 2.05 * E_e / M_P, 1e-3) - OFFSET

    def seen(self, T: Float[AnyArray, " t"]) -> tuple[Float[AnyArray, "k t"], Float[AnyArray, "k t"]]:
        """Kinetic energies of positrons [MeV] and their shares, which sum to one."""
        if not self.spread:
            return T[None], jnp.ones_like(T)[None]
        E_e, parts = _parts(T + OFFSET)
        total = parts.sum(axis=0)
        return E_e - const.m_e, parts / jnp.where(total > 0, total, 1.0)


def _parts(E: Float[AnyArray, " t"]) -> tuple[Float[AnyArray, "k t"], Float[AnyArray, "k t"]]:
    """Energies of the positron between its ends and the parts of the cross section there [MeV^-2]."""
    least, largest = positron_ends(E)
    x, w = np.polynomial.legendre.leggauss(_NODES)
    half = (largest - least) / 2
    E_e = jnp.maximum((largest + least) / 2 + half * x[:, None], const.m_e)
    return E_e, dsigma_dE_e(E, E_e) * half * w[:, None]


class InverseBeta(eqx.Module):
    """Inverse beta decay on the free protons of a target.

    Attributes
    ----------
    target_mass : float
        Of the target per free proton [MeV].
    form : {"full", "approximation"}
        By `dsigma_dE_e`, with what the neutron takes; or by `sigma`, the neutron at rest.

    Raises
    ------
    UnknownName
        If there is no such form.

    Examples
    --------
    >>> process = InverseBeta(const.atomic_mass)
    >>> process.channels
    ('charged-current',)
    """

    target_mass: float | Float[AnyArray, ""]
    form: str = eqx.field(static=True, default="full")

    channels: ClassVar[tuple[str, ...]] = ("charged-current",)
    cut: ClassVar[None] = None

    def __check_init__(self) -> None:
        if self.form not in FORMS:
            raise UnknownName("form of the cross section", self.form, FORMS)

    @property
    def kinematics(self) -> FromThreshold:
        """Energies before and after."""
        return FromThreshold(self.form == "full")

    @property
    def mass(self) -> float:
        """Mass of the struck particle [MeV]."""
        return M_P

    @property
    def edges(self) -> Float[AnyArray, " 0"]:
        """Energies at which the kernel steps [MeV]: none but the threshold."""
        return jnp.zeros(0)

    def kernels(self, T: Float[AnyArray, " t"]) -> Float[AnyArray, "2 1 1 t"]:
        """Cross section of one free proton.

        Parameters
        ----------
        T : Float[Array, "t"]
            Energy of the antineutrino less `OFFSET` [MeV], positive.

        Returns
        -------
        Float[Array, "2 1 1 t"]
            (neutrino or antineutrino, channel, one, T) [MeV^-2]; zero for neutrinos.

        References
        ----------
        Strumia:2003zx
        """
        E = T + OFFSET
        total = _approximate(E) if self.form == "approximation" else _parts(E)[1].sum(axis=0)
        return jnp.stack([jnp.zeros_like(total), total])[:, None, None]

    def operators(self, neutrino: Neutrino) -> Complex[AnyArray, "1 3 3"]:
        """The electron flavour: no property of a neutrino changes its charged current."""
        return jnp.zeros((1, 3, 3), complex).at[0, 0, 0].set(1.0)
