r"""Heavy neutral leptons with a transition dipole: conventions for d, radiative decay, flight.

.. math:: \mathcal L = d_a\,\bar\nu_{aL}\sigma^{\mu\nu}N F_{\mu\nu} + {\rm h.c.}, \qquad \mu_a = 2 d_a, \qquad
          \Gamma(N\to\nu\gamma) = \frac{m_4^3}{4\pi}\sum_a |d_a|^2\times\{1\ {\rm Dirac},\ 2\ {\rm Majorana}\}

A Majorana lepton decays to neutrinos and to antineutrinos.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from nudipole import arguments
from nudipole import constants as const
from nudipole.errors import OutOfRange, UnknownName
from nudipole.properties.neutrino import NATURES
from nudipole.properties.vertex import dipole_of_moment


@dataclass(frozen=True)
class DipoleConvention:
    """What a paper calls the strength of the portal.

    Attributes
    ----------
    lagrangian : str
    cross_section : str
        Prefactor of the bracket 1/T - 1/E + ...
    factor : float
        d of `nudipole` over that of the paper, both in one unit.
    papers : tuple of str

    Examples
    --------
    >>> DIPOLE_CONVENTIONS["mu"].factor
    0.5
    """

    lagrangian: str
    cross_section: str
    factor: float
    papers: tuple[str, ...]


#: By the symbol as people say it: d (here), mu, and d of a prefactor alpha d^2.
DIPOLE_CONVENTIONS = {
    "d": DipoleConvention(
        "d nubar_L sigma^{mu nu} N F_{mu nu} + h.c.", "4 alpha d^2", 1.0, ("Magill:2018jla", "Brdar:2020quo")
    ),
    "mu": DipoleConvention("(mu/2) nubar_L sigma^{mu nu} N F_{mu nu} + h.c.", "alpha mu^2", 0.5, ("Vogel:1989iv",)),
    "alpha-d2": DipoleConvention(
        "(d/2) nubar_L sigma^{mu nu} N F_{mu nu} + h.c.; printed without the 1/2",
        "alpha d^2",
        0.5,
        ("Shoemaker:2020kji",),
    ),
}


def dipole_in_common(value: float, convention: str = "d", *, unit: str = "1/GeV") -> float:
    """Coupling d [1/GeV] of L = d nubar sigma N F from the number of a paper.

    Parameters
    ----------
    value : float
    convention : str
        Of `DIPOLE_CONVENTIONS`.
    unit : {"1/GeV", "mu_B"}
        Of the value.

    Returns
    -------
    float

    Raises
    ------
    UnknownName, NotANumber, OutOfRange
        For an unknown convention or unit, and for what is no number.

    References
    ----------
    Magill:2018jla; Shoemaker:2020kji

    Examples
    --------
    The same best fit read as a moment, and as d of the printed Lagrangian:

    >>> [f"{dipole_in_common(2.2e-9, convention, unit='mu_B'):.4e}" for convention in ("mu", "d")]
    ['3.2593e-07', '6.5187e-07']
    """
    if convention not in DIPOLE_CONVENTIONS:
        raise UnknownName("convention of the dipole", convention, DIPOLE_CONVENTIONS)
    if unit not in ("1/GeV", "mu_B"):
        raise UnknownName("unit of the dipole", unit, ("1/GeV", "mu_B"))
    number = float(arguments.number("dipole", value, unit=unit))
    in_GeV = 2 * dipole_of_moment(number) if unit == "mu_B" else number
    return DIPOLE_CONVENTIONS[convention].factor * in_GeV


def heavy_width(m4: float, d: float, nature: str) -> float:
    """Width of N -> nu gamma.

    Parameters
    ----------
    m4 : float
        [MeV]
    d : float
        Square root of the sum of squares over flavours [1/GeV].
    nature : {"dirac", "majorana"}
        Of the heavy lepton.

    Returns
    -------
    float
        [MeV]

    Raises
    ------
    UnknownName, NotANumber, OutOfRange
        For another nature, and for a mass or a coupling without meaning.

    References
    ----------
    Magill:2018jla

    Examples
    --------
    >>> print(f"{1e-3 * heavy_width(100.0, 1e-6, 'dirac'):.6e} GeV")
    7.957747e-17 GeV
    """
    if nature not in NATURES:
        raise UnknownName("nature of the heavy lepton", nature, NATURES)
    m4 = arguments.number("mass", m4, low=0.0, inside=True, unit="MeV")
    coupling = arguments.number("d", d, low=0.0, inside=True, unit="1/GeV") * 1e-3
    once = coupling**2 * m4**3 / (4 * math.pi)
    return float(2 * once if nature == "majorana" else once)


def heavy_lifetime(m4: float, d: float, nature: str) -> float:
    """Lifetime by N -> nu gamma [s]; parameters as of `heavy_width`.

    Parameters
    ----------
    m4, d : float
    nature : str

    Returns
    -------
    float

    Raises
    ------
    UnknownName, NotANumber, OutOfRange
        As of `heavy_width`.

    Examples
    --------
    >>> print(f"{heavy_lifetime(1.0, 1e-6, 'dirac'):.6e} s")
    8.271335e-03 s
    """
    return 1 / (heavy_width(m4, d, nature) * const.second)


def decay_length(m4: float, energy: float, d: float, nature: str) -> float:
    r"""Mean path before the decay, :math:`\sqrt{E^2-m_4^2}/(m_4\Gamma)`.

    Parameters
    ----------
    m4, energy : float
        Mass and total energy of the lepton [MeV].
    d : float
        [1/GeV]
    nature : str

    Returns
    -------
    float
        [m]

    Raises
    ------
    UnknownName, NotANumber, OutOfRange
        As of `heavy_width`, and for an energy below the mass.

    Examples
    --------
    >>> print(f"{decay_length(30.0, 40.0, 1e-6, 'dirac'):.1f} m")
    81.0 m
    """
    width = heavy_width(m4, d, nature)
    if not energy > m4:
        raise OutOfRange("energy of the heavy lepton", energy, m4, inside=True, unit="MeV")
    return float(math.sqrt(energy**2 - m4**2) / (m4 * width) / const.cm / 100)


def decayed(length: float, path: float) -> float:
    """Fraction of leptons that decay on a path, with a decay length in the same unit.

    Parameters
    ----------
    length, path : float

    Returns
    -------
    float

    Examples
    --------
    >>> print(f"{decayed(81.0, 0.2):.1e}")
    2.5e-03
    """
    return -math.expm1(-path / length)
