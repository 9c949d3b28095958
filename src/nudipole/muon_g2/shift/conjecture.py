r"""The shift of a_mu that the magnetic moments of the decay neutrinos are conjectured to cause.

Carneiro and Sobrinho (CarneiroSobrinho:2023) equate the precession frequencies of boosted neutrinos and muon,

.. math:: \delta\mu_\mu\,\gamma_\mu = 2\,\mu_\nu\,\gamma_\nu \qquad (1)

With the moment of a Dirac neutrino, mu_nu/mu_B = 3 G_F m_e m_nu/(4 sqrt(2) pi^2) (4), and neutrinos that carry the
fraction f of the muon's energy, f m_mu gamma_mu = 2 m_nu gamma_nu (5), the masses of electron and neutrino drop out:

.. math:: \delta a_\mu = \frac{3\,G_F\,m_\mu^2}{4\sqrt 2\,\pi^2}\,f \qquad (7)

This module computes what that says. It does not say that it is so: docs/explanation/muon-g2.md has the objections.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from scipy.stats import chi2

from nudipole import constants as const
from nudipole.errors import OutOfRange
from nudipole.muon_g2.decay.precession import B_RING, E_magic, a_mu, gamma_magic, omega_a
from nudipole.muon_g2.decay.spectrum import Number
from nudipole.muon_g2.shift import printed

#: mu_nu/(mu_B m_nu) of a Dirac neutrino [MeV^-1], Eq. (4): 3.2e-19 for each eV.
MOMENT_PER_MASS: float = 3 * const.G_F * const.m_e / (4 * math.sqrt(2) * math.pi**2)
#: delta a_mu/f of Eq. (7) with the constants of this package, 6.997e-9.
COEFFICIENT: float = MOMENT_PER_MASS * const.m_mu**2 / const.m_e
#: The same as printed.
PRINTED_COEFFICIENT: float = printed.COEFFICIENT
#: Energy of the muons as the paper rounds it [MeV].
PRINTED_ENERGY: float = printed.ENERGY


def f_of_E(E: Number, *, E_mu: float = E_magic) -> Number:
    """Fraction of the muon's energy that the neutrinos carry, f = 1 - E/E_mu.

    Parameters
    ----------
    E : array
        Energy of the positron [MeV].
    E_mu : float
        Energy of the muon [MeV].
    """
    return 1 - E / E_mu


def E_of_f(f: Number, *, E_mu: float = E_magic) -> Number:
    """Energy of the positron [MeV] if the neutrinos carry the fraction f."""
    return (1 - f) * E_mu


def delta_a_mu(
    E: Number, f: Callable[[Number], Number] | Number = f_of_E, *, coefficient: float = COEFFICIENT
) -> Number:
    """Shift of a_mu seen with positrons of one energy, Eq. (7); a pure number.

    Parameters
    ----------
    E : array
        Energy of the positrons [MeV].
    f : callable or array
        Energy fraction of the neutrinos, of E or as it is.
    coefficient : float
        delta a_mu at f = 1.

    Examples
    --------
    >>> round(1e9 * delta_a_mu(2000.0), 2)
    2.48
    """
    return coefficient * (f(E) if callable(f) else f)


def relative_shift(E: Number, *, coefficient: float = COEFFICIENT, E_mu: float = E_magic) -> Number:
    """Relative shift delta a_mu/a_mu, which by Eq. (9) is that of omega_a: 6 ppm at E = 0."""
    return coefficient * f_of_E(E, E_mu=E_mu) / a_mu


def f_of_shift(shift: float, *, coefficient: float = COEFFICIENT) -> float:
    """Energy fraction that gives a shift of a_mu; outside 0..1 nothing can.

    Examples
    --------
    >>> round(f_of_shift(2.51e-9), 2)
    0.36
    """
    return shift / coefficient


def mu_nu(m_nu: float) -> float:
    """Magnetic moment [mu_B] of a Dirac neutrino of mass m_nu [MeV], Eq. (4).

    Examples
    --------
    >>> f"{mu_nu(1e-6):.4g}"
    '3.203e-19'
    """
    _mass(m_nu)
    return MOMENT_PER_MASS * m_nu


def helicity_frequency(m_nu: float, B: float = B_RING, *, gamma: float = 1.0) -> float:
    r"""Frequency with which a neutrino's helicity turns in a transverse field.

    .. math:: \omega = 2\,\mu_\nu\,B\,\gamma

    In the laboratory gamma is 1: the field in the neutrino's frame is gamma times larger, and its clock gamma times
    slower. The paper compares proper frequencies and multiplies by gamma_nu.

    Parameters
    ----------
    m_nu : float
        [MeV]
    B : float
        [T]
    gamma : float

    Returns
    -------
    float
        Angular frequency [MeV].
    """
    return 2 * mu_nu(m_nu) * const.mu_B * B * gamma


def gamma_nu(f: float, m_nu: float, *, gamma: float = gamma_magic) -> float:
    """Lorentz factor of each of two neutrinos that share the fraction f of the muon's energy, Eq. (5)."""
    _mass(m_nu)
    return f * const.m_mu * gamma / (2 * m_nu)


def uncertainty_of_neutrinos(f: float, m_nu: float, B: float = B_RING) -> float:
    """Energy uncertainty 2 mu_nu B gamma_nu of the two neutrinos [MeV], Eq. (10)."""
    return helicity_frequency(m_nu, B, gamma=gamma_nu(f, m_nu))


def frequency_of_shift(shift: float, B: float = B_RING) -> float:
    """Change of omega_a by a shift of a_mu [MeV]."""
    return omega_a(shift, B)


class Comparison(NamedTuple):
    """Two hypotheses with as many parameters, fitted to the same data.

    Attributes
    ----------
    p_model, p_constant : float
        Probability of a larger chi2.
    delta : float
        chi2 of the model minus that of the constant: positive where the constant fits better.
    """

    p_model: float
    p_constant: float
    delta: float


def compare(
    model: float = printed.CHI2_MODEL, constant: float = printed.CHI2_CONSTANT, dof: int = printed.DOF
) -> Comparison:
    """What two values of chi2 say: by default those of Fig. 2, of which the paper prefers the one closer to dof.

    Examples
    --------
    >>> [round(float(number), 3) for number in compare()]
    [0.547, 0.625, 0.7]
    """
    if min(model, constant) < 0:
        raise OutOfRange("chi2", min(model, constant), 0)
    if dof < 1:
        raise OutOfRange("dof", dof, 1)
    return Comparison(float(chi2.sf(model, dof)), float(chi2.sf(constant, dof)), model - constant)


def _mass(m_nu: float) -> None:
    if not m_nu > 0:
        raise OutOfRange("m_nu [MeV]", m_nu, 0, inside=True)
