"""Vector couplings of neutrinos to protons and neutrons in the Standard Model: tree level and one loop."""

from __future__ import annotations

import math
from collections.abc import Callable

import equinox as eqx
import numpy as np
from jaxtyping import Float

from nudipole import constants as const
from nudipole.errors import UnknownName
from nudipole.interactions.electron_couplings import charge_radius_phase
from nudipole.numerics import AnyArray, leaf


class NucleonCouplings(eqx.Module):
    """Vector couplings of nu_l to a nucleon, for l = e, mu, tau.

    Attributes
    ----------
    g_p : Float[Array, "3"]
        To the proton; the charge radius of a neutrino shifts it.
    g_n : Float[Array, ""]
        To the neutron, the same for every flavour.

    Examples
    --------
    At tree level the coupling is the weak isospin of the neutron:

    >>> float(nucleon_couplings("tree").g_n)
    -0.5
    """

    g_p: Float[AnyArray, " 3"] = eqx.field(converter=leaf)
    g_n: float | Float[AnyArray, ""] = eqx.field(converter=leaf)


def _one_loop(with_charge_radius: bool) -> NucleonCouplings:
    sZ2, rho = const.sin2_theta_w_mz, const.rho_nc
    qcd_W, qcd_Z = const.alpha_s_mw / math.pi, const.alpha_s_mz / math.pi
    box_WW = -const.alpha_mz / (2 * math.pi * sZ2) * (1 - qcd_W / 2)
    cross_WW = const.alpha_mz / (8 * math.pi * sZ2) * (1 + qcd_W)
    ZZ = -3 * const.alpha_mz / (8 * math.pi * sZ2 * (1 - sZ2)) * (1 - qcd_Z)
    # Left minus right: the vector part of the box with two Z on a u or a d quark.
    ZZ_u = ZZ * ((0.5 - 2 / 3 * sZ2) ** 2 - (2 / 3 * sZ2) ** 2)
    ZZ_d = ZZ * ((-0.5 + sZ2 / 3) ** 2 - (sZ2 / 3) ** 2)
    phi = np.array([charge_radius_phase(m) for m in (const.m_e, const.m_mu, const.m_tau)]) * with_charge_radius
    g_p = rho * (0.5 - 2 * const.sin2_theta_w_0) + 2 * cross_WW + box_WW - 2 * phi + rho * (2 * ZZ_u + ZZ_d)
    g_n = -0.5 * rho + 2 * box_WW + cross_WW + rho * (2 * ZZ_d + ZZ_u)
    return NucleonCouplings(g_p, g_n)


def tree(sin2_theta_w: float | Float[AnyArray, ""] = const.sin2_theta_w_0) -> NucleonCouplings:
    """Tree-level couplings, g_p = 1/2 - 2 sin^2 theta_W and g_n = -1/2, for any (or a traced) weak mixing angle."""
    return NucleonCouplings((0.5 - 2 * leaf(sin2_theta_w)) * np.ones(3), -0.5)


NUCLEON_COUPLINGS: dict[str, Callable[[], NucleonCouplings]] = {
    "one-loop": lambda: _one_loop(with_charge_radius=True),
    "one-loop-without-charge-radius": lambda: _one_loop(with_charge_radius=False),
    "tree": tree,
}


def nucleon_couplings(name: str = "one-loop") -> NucleonCouplings:
    r"""A named set of neutrino-nucleon couplings.

    .. math::

        g_V^p &= \rho\left(\tfrac12 - 2 s_0^2\right) + 2\,{\rm W\times W} + \Box_{WW} - 2\phi_l
                 + \rho\left(2\,{\rm ZZ}_u + {\rm ZZ}_d\right) \\
        g_V^n &= -\tfrac{\rho}{2} + 2\,\Box_{WW} + {\rm W\times W} + \rho\left(2\,{\rm ZZ}_d + {\rm ZZ}_u\right)

    Parameters
    ----------
    name : {"one-loop", "one-loop-without-charge-radius", "tree"}
        ``"one-loop"`` contains the Standard Model charge radius through `charge_radius_phase`: add to it only
        what lies beyond the Standard Model. Where the *total* radius is the parameter, use the set without.
        ``"tree"`` takes sin^2 theta_W(0) = 0.23857.

    Returns
    -------
    NucleonCouplings

    Raises
    ------
    UnknownName
        For any other name.

    References
    ----------
    Erler:2013xha, as used by AtzoriCorona:2022jeb

    Examples
    --------
    >>> [round(float(g), 4) for g in nucleon_couplings().g_p]
    [0.0382, 0.03, 0.0256]
    """
    if name not in NUCLEON_COUPLINGS:
        raise UnknownName("set of nucleon couplings", name, NUCLEON_COUPLINGS)
    return NUCLEON_COUPLINGS[name]()
