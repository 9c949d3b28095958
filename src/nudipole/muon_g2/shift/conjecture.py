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

    Returns
    -------
    array
        Pure number.

    Examples
    --------
    >>> f_of_E(1000.0, E_mu=4000.0)
    0.75
    """
    return 1 - E / E_mu


def E_of_f(f: Number, *, E_mu: float = E_magic) -> Number:
    """Energy of the positron if the neutrinos carry the fraction f.

    Parameters
    ----------
    f : array
        Fraction of the muon's energy.
    E_mu : float
        Energy of the muon [MeV].

    Returns
    -------
    array
        [MeV]

    Examples
    --------
    >>> E_of_f(0.75, E_mu=4000.0)
    1000.0
    """
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

    Returns
    -------
    array

    Examples
    --------
    >>> round(1e9 * delta_a_mu(2000.0), 2)
    2.48
    """
    return coefficient * (f(E) if callable(f) else f)


def relative_shift(E: Number, *, coefficient: float = COEFFICIENT, E_mu: float = E_magic) -> Number:
    """Relative shift delta a_mu/a_mu, which by Eq. (9) is that of omega_a: 6 ppm at E = 0.

    Parameters
    ----------
    E : array
        Energy of the positrons [MeV].
    coefficient : float
        delta a_mu at f = 1.
    E_mu : float
        Energy of the muon [MeV].

    Returns
    -------
    array
        Pure number.

    Examples
    --------
    >>> print(f"{1e6 * relative_shift(0.0):.2f} ppm")
    6.00 ppm
    """
    return coefficient * f_of_E(E, E_mu=E_mu) / a_mu


def f_of_shift(shift: float, *, coefficient: float = COEFFICIENT) -> float:
    """Energy fraction that gives a shift of a_mu; outside 0..1 nothing can.

    Parameters
    ----------
    shift : float
        Of a_mu.
    coefficient : float
        delta a_mu at f = 1.

    Returns
    -------
    float

    Examples
    --------
    >>> round(f_of_shift(2.51e-9), 2)
    0.36
    """
    return shift / coefficient


def mu_nu(m_nu: float) -> float:
    """Magnetic moment of a Dirac neutrino, Eq. (4).

    Parameters
    ----------
    m_nu : float
        Mass of the neutrino [MeV].

    Returns
    -------
    float
        [mu_B]

    Raises
    ------
    OutOfRange
        If the mass is not positive.

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

    Raises
    ------
    OutOfRange
        If the mass is not positive.

    Examples
    --------
    A mass of 1 eV gives one turn in two and a half years:

    >>> print(f"{helicity_frequency(1e-6) * const.second:.1e} rad/s")
    8.2e-08 rad/s
    """
    return 2 * mu_nu(m_nu) * const.mu_B * B * gamma


def gamma_nu(f: float, m_nu: float, *, gamma: float = gamma_magic) -> float:
    """Lorentz factor of each of two neutrinos that share the fraction f of the muon's energy, Eq. (5).

    Parameters
    ----------
    f : float
        Fraction of the muon's energy.
    m_nu : float
        Mass of the neutrino [MeV].
    gamma : float
        Of the muon.

    Returns
    -------
    float

    Raises
    ------
    OutOfRange
        If the mass is not positive.

    Examples
    --------
    >>> print(f"{gamma_nu(0.5, 1e-6):.1e}")
    7.7e+08
    """
    _mass(m_nu)
    return f * const.m_mu * gamma / (2 * m_nu)


def uncertainty_of_neutrinos(f: float, m_nu: float, B: float = B_RING) -> float:
    """Energy uncertainty of the two neutrinos, 2 mu_nu B gamma_nu, Eq. (10).

    Parameters
    ----------
    f : float
        Fraction of the muon's energy.
    m_nu : float
        Mass of the neutrino [MeV].
    B : float
        Magnetic field [T].

    Returns
    -------
    float
        [MeV]; the mass drops out.

    Raises
    ------
    OutOfRange
        If the mass is not positive.

    Examples
    --------
    >>> print(f"{uncertainty_of_neutrinos(0.5, 1e-6) / uncertainty_of_neutrinos(0.5, 1e-7):.3f}")
    1.000
    """
    return helicity_frequency(m_nu, B, gamma=gamma_nu(f, m_nu))


def uncertainty_of_muon(shift: float, B: float = B_RING, *, gamma: float = gamma_magic) -> float:
    """The same uncertainty as a change of the muon's moment, delta mu_mu B gamma_mu, Eqs. (3) and (13).

    Parameters
    ----------
    shift : float
        Of a_mu.
    B : float
        Magnetic field [T].
    gamma : float
        Of the muon.

    Returns
    -------
    float
        [MeV]

    Examples
    --------
    With the coefficient that makes the two equal:

    >>> print(f"{uncertainty_of_muon(0.5 * COEFFICIENT) / uncertainty_of_neutrinos(0.5, 1e-6):.2f}")
    1.00
    """
    return shift * const.mu_B * const.m_e / const.m_mu * B * gamma


def frequency_of_shift(shift: float, B: float = B_RING) -> float:
    """Change of omega_a by a shift of a_mu.

    Parameters
    ----------
    shift : float
        Of a_mu.
    B : float
        Magnetic field [T].

    Returns
    -------
    float
        Angular frequency [MeV].

    Examples
    --------
    >>> print(f"{frequency_of_shift(2.5e-9) * const.second:.2f} rad/s")
    3.09 rad/s
    """
    return omega_a(shift, B)


def along_spin(y: Number) -> Number:
    """Positrons emitted along the spin of a mu+ at rest, dP/(dy dOmega) = y^2/pi: largest at y = 1.

    Parameters
    ----------
    y : array
        Energy in units of the largest.

    Returns
    -------
    array
        [1/sr]

    Examples
    --------
    >>> print(f"{along_spin(1.0):.3f}")
    0.318
    """
    return y**2 / math.pi


def against_spin(y: Number) -> Number:
    """Positrons emitted opposite to the spin, 2 y^2 (1 - y)/pi: largest at y = 2/3.

    This is Eq. (8) of the paper, which takes it for the preferred direction.

    Parameters
    ----------
    y : array
        Energy in units of the largest.

    Returns
    -------
    array
        [1/sr]

    Examples
    --------
    >>> against_spin(1.0), against_spin(2 / 3) > against_spin(0.6)
    (0.0, True)
    """
    return 2 * y**2 * (1 - y) / math.pi


class Comparison(NamedTuple):
    """Two hypotheses with as many parameters, fitted to the same data.

    Attributes
    ----------
    p_model, p_constant : float
        Probability of a larger chi2.
    delta : float
        chi2 of the model minus that of the constant: positive where the constant fits better.

    Examples
    --------
    >>> compare(3.0, 2.0, 1).delta > 0
    True
    """

    p_model: float
    p_constant: float
    delta: float


def compare(model: float, constant: float, dof: int) -> Comparison:
    """What two values of chi2 say; of those of Fig. 2 the paper prefers the one closer to dof.

    Parameters
    ----------
    model, constant : float
        chi2 of either.
    dof : int
        Degrees of freedom.

    Returns
    -------
    Comparison

    Raises
    ------
    OutOfRange
        If a chi2 is negative, or there are no degrees of freedom.

    Examples
    --------
    >>> [round(float(number), 3) for number in compare(6.9, 6.2, 8)]
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
