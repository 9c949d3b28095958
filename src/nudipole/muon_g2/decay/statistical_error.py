r"""Statistical error of omega_a from a number of positrons.

For N(t) = N_0 exp(-t/tau)[1 + A cos(omega t + phi)] with free phase, over many lifetimes,

.. math:: \frac{\sigma_\omega}{\omega} = \frac{\sqrt 2}{\omega\,\gamma\tau_\mu\,\sqrt{N\,\mathcal{A}^2}}

T counts all positrons above a threshold alike: A^2 is the square of their mean asymmetry. A weights each with its
own asymmetry: A^2 is the mean of the squares. The ratio method forms quarters of the data shifted by half a period; it
removes the exponential and has, to (pi/(omega tau))^2 = 0.1 %, the error of the T method.

References
----------
Muong-2:2006rrc; Muong-2:2021vma
"""

from __future__ import annotations

import math

from nudipole.errors import OutOfRange, UnknownName
from nudipole.muon_g2.decay import figure_of_merit, spectrum
from nudipole.muon_g2.decay.precession import omega_a, tau_lab

METHODS = ("T", "A", "ratio")


def relative_error(
    number: float, asymmetry: float, *, omega: float | None = None, tau: float = tau_lab, duration: float = math.inf
) -> float:
    r"""Relative statistical error of omega_a.

    With a fit of finite length T the variance of the decay times is tau^2 - T^2 e^{T/tau}/(e^{T/tau} - 1)^2 in place
    of tau^2.

    Parameters
    ----------
    number : float
        Positrons in the fit.
    asymmetry : float
        Mean asymmetry (T, ratio), or root of the mean squared one (A), times the polarisation.
    omega : float
        Angular frequency [MeV]; that of the rings by default.
    tau : float
        Lifetime in the laboratory [MeV^-1].
    duration : float
        Of the fit [MeV^-1].

    Returns
    -------
    float

    Raises
    ------
    OutOfRange
        If a number is not positive, or the asymmetry zero or outside [-1, 1].

    Examples
    --------
    >>> round(1e9 * relative_error(4.0e9, 0.38))
    635
    """
    if not number > 0:
        raise OutOfRange("number of positrons", number, 0, inside=True)
    if not 0 < abs(asymmetry) <= 1:
        raise OutOfRange("asymmetry", asymmetry, -1, 1)
    if not duration > 0:
        raise OutOfRange("duration", duration, 0, inside=True)
    w = omega_a() if omega is None else omega
    return math.sqrt(2) / (w * math.sqrt(_variance(duration / tau)) * tau * abs(asymmetry) * math.sqrt(number))


def asymmetry(method: str, low: float, high: float = math.inf, *, polarisation: float = 1.0) -> float:
    """Asymmetry that a method has for positrons between two energies, without detector effects.

    Parameters
    ----------
    method : str
        T, A or ratio.
    low, high : float
        Energies [MeV].
    polarisation : float

    Returns
    -------
    float
        Mean asymmetry (T, ratio), or root of the mean squared one (A).

    Raises
    ------
    UnknownName
        If there is no such method.
    OutOfRange
        If the window is empty.

    Examples
    --------
    >>> round(asymmetry("T", 1700.0), 3), round(asymmetry("A", 1000.0), 3)
    (0.355, 0.271)
    """
    if method not in METHODS:
        raise UnknownName("method", method, METHODS)
    if not 0 <= low < min(high, spectrum.E_max):
        raise OutOfRange("low [MeV]", low, 0, min(high, spectrum.E_max))
    ends = low / spectrum.E_max, min(high / spectrum.E_max, 1.0)
    mean_N, mean_NA = spectrum.energy_integrals(*ends)
    if method == "A":
        squares = float(figure_of_merit.of_window(*ends)) / (ends[1] - ends[0])
        return polarisation * math.sqrt(squares / mean_N)
    return polarisation * float(mean_NA) / float(mean_N)


def _variance(x: float) -> float:
    """Variance of decay times within x lifetimes, in units of tau^2."""
    if x > 100:
        return 1.0
    if x < 0.03:
        return x**2 / 12  # the difference below would lose all digits; the next term is x^4/240
    return 1 - x**2 * math.exp(x) / math.expm1(x) ** 2
