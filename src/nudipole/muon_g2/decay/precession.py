r"""Precession of the muon's spin in a storage ring, and the corrections of electric field and vertical motion.

Frequencies are angular and, as everything with hbar = 1, in MeV; divide by ``2 pi hbar`` (`hertz`) for Hz.
Magnetic fields are in tesla.

.. math::

    \vec\omega_a = \frac{e}{m_\mu}
    \Big[a_\mu \vec B - \big(a_\mu - \frac{1}{\gamma^2 - 1}\big)\vec\beta\times\vec E\Big],
    \qquad \omega_c = \frac{eB}{\gamma m_\mu}

(sizes; omega_a is the frequency of the spin relative to the momentum, without gamma).

References
----------
Bargmann:1959gz; Muong-2:2006rrc
"""

from __future__ import annotations

import math

from nudipole import constants as const
from nudipole.errors import OutOfRange
from nudipole.muon_g2.world.measurements import constant, measurement

#: Anomaly that fixes the magic momentum: the measured world average of 2025.
a_mu: float = measurement("world-2025").value
#: Lifetime of a muon at rest [MeV^-1].
tau_mu: float = constant("tau_mu").value * const.second


def magic_gamma(a: float) -> float:
    """Lorentz factor at which an electric field does not turn the spin relative to the momentum, sqrt(1 + 1/a).

    Parameters
    ----------
    a : float
        The anomaly.

    Returns
    -------
    float

    Raises
    ------
    OutOfRange
        If the anomaly is not positive.

    Examples
    --------
    >>> print(f"{magic_gamma(a_mu):.2f}")
    29.30
    """
    if not a > 0:
        raise OutOfRange("a_mu", a, 0, inside=True)
    return math.sqrt(1 + 1 / a)


#: Lorentz factor of muons at the magic momentum: 29.30.
gamma_magic: float = magic_gamma(a_mu)
#: Their momentum m_mu/sqrt(a_mu) and energy [MeV], and their lifetime in the laboratory [MeV^-1].
p_magic: float = const.m_mu / math.sqrt(a_mu)
E_magic: float = const.m_mu * gamma_magic
tau_lab: float = gamma_magic * tau_mu
#: Field of the rings at Brookhaven and Fermilab [T], and radius of their orbit [mm].
B_RING: float = constant("B_ring").value
R_RING: float = constant("r_ring").value


def beta(gamma: float) -> float:
    """Speed, sqrt(1 - 1/gamma^2).

    Parameters
    ----------
    gamma : float

    Returns
    -------
    float

    Raises
    ------
    OutOfRange
        If gamma is below 1.

    Examples
    --------
    >>> beta(1.25)
    0.6
    """
    if not gamma >= 1:
        raise OutOfRange("gamma", gamma, 1)
    return math.sqrt(1 - 1 / gamma**2)


def lifetime(gamma: float = gamma_magic) -> float:
    """Lifetime gamma tau_mu in the laboratory; 64.4 us at the magic momentum.

    Parameters
    ----------
    gamma : float

    Returns
    -------
    float
        [MeV^-1]

    Examples
    --------
    >>> print(f"{1e6 * lifetime() / const.second:.1f} us")
    64.4 us
    """
    return gamma * tau_mu


def omega_a(a: float = a_mu, B: float = B_RING) -> float:
    r"""Anomalous precession frequency.

    .. math:: \omega_a = a_\mu e B/m_\mu = 2\,a_\mu\,\mu_B\,(m_e/m_\mu)\,B

    Parameters
    ----------
    a : float
        Anomaly.
    B : float
        Magnetic field [T].

    Returns
    -------
    float
        Angular frequency [MeV].

    Examples
    --------
    >>> print(f"{1e-3 * hertz(omega_a()):.0f} kHz")
    229 kHz
    """
    return a * 2 * const.mu_B * const.m_e / const.m_mu * B


def omega_c(B: float = B_RING, gamma: float = gamma_magic) -> float:
    """Cyclotron frequency, e B/(gamma m_mu).

    Parameters
    ----------
    B : float
        Magnetic field [T].
    gamma : float

    Returns
    -------
    float
        Angular frequency [MeV].

    Examples
    --------
    >>> print(f"{1e-6 * hertz(omega_c()):.2f} MHz")
    6.70 MHz
    """
    return omega_a(1.0, B) / gamma


def omega_s(a: float = a_mu, B: float = B_RING, gamma: float = gamma_magic) -> float:
    """Frequency of the spin itself, omega_c + omega_a.

    Parameters
    ----------
    a : float
        Anomaly.
    B : float
        Magnetic field [T].
    gamma : float

    Returns
    -------
    float
        Angular frequency [MeV].

    Examples
    --------
    >>> print(f"{omega_s() / omega_c():.4f} turns of the spin in one of the muon")
    1.0342 turns of the spin in one of the muon
    """
    return omega_c(B, gamma) + omega_a(a, B)


def electric_factor(gamma: float, a: float = a_mu) -> float:
    """Factor a - 1/(gamma^2 - 1) in front of beta x E, zero at the magic momentum.

    Parameters
    ----------
    gamma : float
    a : float
        Anomaly.

    Returns
    -------
    float

    Raises
    ------
    OutOfRange
        If gamma is not above 1.

    Examples
    --------
    >>> abs(electric_factor(gamma_magic)) < 1e-12 < electric_factor(2 * gamma_magic)
    True
    """
    if not gamma > 1:
        raise OutOfRange("gamma", gamma, 1, inside=True)
    return a - 1 / (gamma**2 - 1)


def electric_field_correction(n: float, x2: float, *, r: float = R_RING, gamma: float = gamma_magic) -> float:
    r"""Relative correction to add to a measured omega_a for the electric field of the quadrupoles.

    .. math:: C_e = 2 n (1 - n)\,\beta^2\,\langle x_e^2\rangle/R_0^2

    Parameters
    ----------
    n : float
        Field index, between 0 and 1.
    x2 : float
        Mean squared radial offset of the equilibrium orbits [mm^2].
    r : float
        Radius of the central orbit [mm].
    gamma : float

    Returns
    -------
    float

    Raises
    ------
    OutOfRange
        If the field index is outside [0, 1].

    References
    ----------
    Muong-2:2006rrc

    Examples
    --------
    >>> print(f"{1e6 * electric_field_correction(0.108, 120.0):.2f} ppm")
    0.46 ppm
    """
    _index(n)
    return 2 * n * (1 - n) * beta(gamma) ** 2 * x2 / r**2


def pitch_correction(n: float, y2: float, *, r: float = R_RING) -> float:
    r"""Relative correction to add to a measured omega_a for the vertical oscillation, which tilts the momentum.

    .. math:: C_p = n\,\langle y^2\rangle/(2 R_0^2) = \langle\psi^2\rangle/2

    Parameters
    ----------
    n : float
        Field index, between 0 and 1.
    y2 : float
        Mean squared vertical offset [mm^2]; the angle psi has the mean square n y2/r^2.
    r : float
        Radius of the central orbit [mm].

    Returns
    -------
    float

    Raises
    ------
    OutOfRange
        If the field index is outside [0, 1].

    References
    ----------
    Muong-2:2006rrc

    Examples
    --------
    >>> print(f"{1e6 * pitch_correction(0.108, 170.0):.2f} ppm")
    0.18 ppm
    """
    _index(n)
    return n * y2 / (2 * r**2)


def hertz(omega: float) -> float:
    """Frequency of an angular frequency, omega/(2 pi hbar).

    Parameters
    ----------
    omega : float
        Angular frequency [MeV].

    Returns
    -------
    float
        [Hz]

    Examples
    --------
    >>> print(f"{hertz(2 * math.pi / const.second):.3f}")
    1.000
    """
    return omega / (2 * math.pi * const.hbar)


def _index(n: float) -> None:
    if not 0 <= n <= 1:
        raise OutOfRange("field index n", n, 0, 1)
