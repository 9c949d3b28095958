"""Neutrino-electron couplings of the Standard Model: tree level and one loop, and what shifts them."""

from __future__ import annotations

import math

import equinox as eqx
import numpy as np
from jaxtyping import Float

from nudipole import constants as const
from nudipole.errors import UnknownName
from nudipole.numerics import AnyArray

_LEPTON_MASSES = np.array([const.m_e, const.m_mu, const.m_tau])


class Couplings(eqx.Module):
    """Left and right couplings of nu_l to the electron, for l = e, mu, tau.

    Attributes
    ----------
    g_L, g_R : Float[Array, "3"]
        (g_V + g_A)/2 and (g_V - g_A)/2; nu_e includes the charged current.

    Examples
    --------
    Of a nu_e at tree level, g_V = 1/2 + 2 sin^2 theta_W:

    >>> print(f"{couplings('tree').g_V[0]:.5f}")
    0.96244
    """

    g_L: Float[AnyArray, " 3"]
    g_R: Float[AnyArray, " 3"]

    @property
    def g_V(self) -> Float[AnyArray, " 3"]:
        """Vector couplings."""
        return self.g_L + self.g_R

    @property
    def g_A(self) -> Float[AnyArray, " 3"]:
        """Axial couplings."""
        return self.g_L - self.g_R


def charge_radius_phase(m_l: float) -> float:
    r"""Flavour-dependent term of the one-loop vector coupling.

    .. math:: \phi_l = -\frac{\alpha}{6\pi}\left(\ln\frac{m_W^2}{m_l^2} + \frac32\right)

    It is the Standard Model charge radius in disguise: 2 phi_l = (sqrt2 pi alpha / 3 G_F) <r^2_l>.

    References
    ----------
    Erler:2013xha
    """
    return -const.alpha / (6 * math.pi) * (math.log(const.m_W**2 / m_l**2) + 1.5)


def sm_charge_radius() -> Float[AnyArray, " 3"]:
    r"""Standard Model charge radii of nu_e, nu_mu, nu_tau [MeV^-2].

    .. math:: \langle r^2_l\rangle = -\frac{G_F}{2\sqrt2\pi^2}\left(3 - 2\ln\frac{m_l^2}{m_W^2}\right)

    The modern convention: twice the radius of the older experiments and of the PDG table.

    Returns
    -------
    Float[Array, "3"]
        [MeV^-2]; negative.

    References
    ----------
    Bernabeu:2000hf

    Examples
    --------
    >>> [f"{float(r2 / const.cm**2):.3g} cm^2" for r2 in sm_charge_radius()]
    ['-8.28e-33 cm^2', '-4.81e-33 cm^2', '-2.97e-33 cm^2']
    """
    logs = np.log(_LEPTON_MASSES**2 / const.m_W**2)
    return -const.G_F / (2 * math.sqrt(2) * math.pi**2) * (3 - 2 * logs)


def vector_shift_per_charge_radius() -> float:
    r"""Shift of g_V per unit of <r^2>, :math:`\sqrt2\pi\alpha/(3 G_F)` [MeV^2]."""
    return math.sqrt(2) * math.pi * const.alpha / (3 * const.G_F)


def _one_loop(with_charge_radius: bool) -> Couplings:
    sZ2 = const.sin2_theta_w_mz
    qcd_W = const.alpha_s_mw / math.pi
    box = -const.alpha_mz / (2 * math.pi * sZ2) * (1 - qcd_W / 2)
    g_eL, g_eR = -0.5 + sZ2, sZ2
    ZZ = -3 * const.alpha_mz / (8 * math.pi * sZ2 * (1 - sZ2))
    phi = np.array([charge_radius_phase(m) for m in _LEPTON_MASSES]) * with_charge_radius
    charged_current = np.array([1.0, 0.0, 0.0])
    rho = const.rho_nc
    g_V = rho * (-0.5 + 2 * const.sin2_theta_w_0) + box + 2 * phi + rho * ZZ * (g_eL**2 - g_eR**2)
    g_A = -0.5 * rho + box + rho * ZZ * (g_eL**2 + g_eR**2) + np.zeros(3)
    g_V, g_A = g_V + charged_current, g_A + charged_current
    return Couplings((g_V + g_A) / 2, (g_V - g_A) / 2)


def _tree() -> Couplings:
    g_R = np.full(3, const.sin2_theta_w_mz)
    return Couplings(g_R - 0.5 + np.array([1.0, 0.0, 0.0]), g_R)


COUPLINGS = {
    "one-loop": lambda: _one_loop(with_charge_radius=True),
    "one-loop-without-charge-radius": lambda: _one_loop(with_charge_radius=False),
    "tree": _tree,
}


def couplings(name: str = "one-loop") -> Couplings:
    """A named set of nu-e couplings.

    Parameters
    ----------
    name : {"one-loop", "one-loop-without-charge-radius", "tree"}
        ``"one-loop"`` contains the Standard Model charge radius through `charge_radius_phase`: add to it only
        what lies beyond the Standard Model. Where the *total* radius is the parameter, use the set without.
        ``"tree"`` takes sin^2 theta_W(m_Z) = 0.23122.

    Returns
    -------
    Couplings

    Raises
    ------
    UnknownName
        For any other name.

    References
    ----------
    Erler:2013xha; with its QCD factor in the WW box the one-loop set is the one used by AtzoriCorona:2022jeb.

    Examples
    --------
    >>> [round(float(g), 4) for g in couplings("one-loop").g_V]
    [0.9521, -0.0397, -0.0353]
    """
    if name not in COUPLINGS:
        raise UnknownName("set of nu-e couplings", name, COUPLINGS)
    return COUPLINGS[name]()
