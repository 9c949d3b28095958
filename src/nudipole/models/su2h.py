r"""SU(2)_H: a horizontal symmetry of the first two families, which lets a moment be large and keeps the mass small.

The two loops of :math:`\eta_a^+` mixed with :math:`\phi_a^+` (a = 1, 2) around a tau add up in the moment, which is
antisymmetric in the two neutrinos, and cancel in the mass, which is symmetric.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole.errors import OutOfRange
from nudipole.models.model import Model, Values
from nudipole.models.parameter import coupling, mass, number

if TYPE_CHECKING:
    from nudipole.mixing import Oscillation
    from nudipole.properties import Neutrino

#: One GeV in MeV.
_GEV = 1e3
#: Where the bracket is taken from its series around equal masses of tau and scalar.
_AROUND, _TERMS = 0.2, 40
#: Normalisations of the moment: as printed in the talk, and as it follows from the printed Yukawa terms.
PRINTED, CONSISTENT = 8.0, 16.0
#: Charged scalars up to here were within the reach of LEP [GeV]: half of its largest energy, 209 GeV.
_LEP = 104.5


def bracket(M: float | NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Loop of a tau and a charged scalar of mass `M` that both couple to the photon.

    .. math:: B(M) = \frac1{M^2}\int_0^1 \frac{x\,dx}{1 - x + t x}
              = \frac1{M^2}\left[-\frac1{1-t} - \frac{\ln t}{(1-t)^2}\right], \qquad t = m_\tau^2/M^2

    Parameters
    ----------
    M : Float[Array, "*n"]
        Mass of the scalar [MeV].

    Returns
    -------
    Float[Array, "*n"]
        [MeV^-2]; for heavy scalars [ln(1/t) - 1]/M^2, as printed.

    Raises
    ------
    OutOfRange
        If a mass is not positive.

    References
    ----------
    Leveille:1977rc; Babu:2020ivd

    Examples
    --------
    >>> print(f"{bracket(1e5) * 1e10:.4f}, as printed {2 * math.log(1e5 / const.m_tau) - 1:.4f}")
    7.0653, as printed 7.0606
    """
    M = np.asarray(M, dtype=float)
    if not np.all(M > 0):
        raise OutOfRange("mass of a scalar", float(np.min(M)), 0.0, inside=True, unit="MeV")
    t = (const.m_tau / M) ** 2
    x = 1 - t
    near = np.abs(x) < _AROUND
    # -1/x - ln(1 - x)/x^2 = sum x^m/(m + 2), the pole having gone.
    m = np.arange(_TERMS)
    series = np.sum(np.where(near, x, 0.0)[..., None] ** m / (m + 2.0), axis=-1)
    y, s = np.where(near, 0.5, x), np.where(near, 0.5, t)
    return np.asarray(np.where(near, series, -1 / y - np.log(s) / y**2) / M**2)


def moment(f: float, f_prime: float, sin2alpha: float, m_h: float, m_H: float, n: float = CONSISTENT) -> float:
    r"""Transition moment of nu_e and nu_mu.

    .. math:: \frac{\mu_{\nu_e\nu_\mu}}{\mu_B} = \frac{2 m_e m_\tau f f' \sin2\alpha}{n\,\pi^2}\,[B(m_h) - B(m_H)]

    Parameters
    ----------
    f, f_prime, sin2alpha : float
        Couplings, and the mixing of the charged scalars.
    m_h, m_H : float
        Masses of the charged scalars [MeV].
    n : {16, 8}
        16 follows from the Yukawa terms, both diagrams and L = -(1/4) nu^T C^-1 lambda sigma nu F, the normalisation of
        all cross sections here; 8 is what the talk prints.

    Returns
    -------
    float
        [mu_B]

    Raises
    ------
    OutOfRange
        If a mass is not positive.

    References
    ----------
    Babu:2020ivd; Jana:2022

    Examples
    --------
    >>> print(f"{moment(1, 1, 1, 1e5, 2e5, n=8):.3e} {moment(1, 1, 1, 1e5, 2e5):.3e}")
    1.139e-08 5.696e-09
    """
    difference = float(bracket(m_h) - bracket(m_H))
    return 2 * const.m_e * const.m_tau * f * f_prime * sin2alpha * difference / (n * math.pi**2)


def delta_a_neutral(f_prime: float, M: float) -> float:
    r"""Shift of a_mu by one real neutral scalar between mu_L and tau_R.

    .. math:: \Delta a_\mu = \frac{m_\mu^2 f'^2}{32\pi^2} \int_0^1
              \frac{(x^2 - x^3)\,dx}{m_\mu^2 x^2 + (m_\tau^2 - m_\mu^2)x + M^2(1 - x)}
              \to \frac{m_\mu^2 f'^2}{96\pi^2 M^2}

    Its coupling to one real component is f'/sqrt2; couplings are chiral, so that no m_tau/m_mu enhances it.

    Parameters
    ----------
    f_prime : float
    M : float
        [MeV]

    Returns
    -------
    float
        Positive.

    Raises
    ------
    OutOfRange
        If the mass is not positive.

    References
    ----------
    Leveille:1977rc; Babu:2021jnu

    Examples
    --------
    >>> print(f"{delta_a_neutral(1.0, 1e5):.5e}")
    1.17129e-09
    """
    if not M > 0:
        raise OutOfRange("mass of a scalar", M, 0.0, inside=True, unit="MeV")
    # In units of the largest scale; nodes crowd at x = 1, where a heavy scalar's denominator is least.
    scale = max(M, const.m_tau)
    m2, F2, M2 = (const.m_mu / scale) ** 2, (const.m_tau / scale) ** 2, (M / scale) ** 2
    u, w = _nodes()
    # x = 1 - e^-s, s from 0 to 40: even decades of 1 - x.
    s = 20 * (u + 1)
    y = np.exp(-s)
    x = -np.expm1(-s)
    integrand = x**2 * y / (m2 * x**2 + (F2 - m2) * x + M2 * y) * y
    return float(const.m_mu**2 * f_prime**2 / (32 * math.pi**2 * scale**2) * 20 * np.sum(w * integrand))


@cache
def _nodes() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of a quadrature on (-1, 1), made where it is first needed."""
    return np.polynomial.legendre.leggauss(300)


def delta_a_charged(f: float, sin2alpha: float, m_h: float, m_H: float) -> float:
    r"""Shift of a_mu by the charged scalars between mu_L and nu_tau.

    .. math:: \Delta a_\mu = -\frac{m_\mu^2 f^2}{96\pi^2}
              \left(\frac{\cos^2\alpha}{m_h^2} + \frac{\sin^2\alpha}{m_H^2}\right), \qquad |\alpha| \le 45^\circ

    Parameters
    ----------
    f, sin2alpha : float
    m_h, m_H : float
        [MeV]; h is mostly eta.

    Returns
    -------
    float
        Negative.

    References
    ----------
    Leveille:1977rc; Babu:2021jnu

    Examples
    --------
    >>> print(f"{delta_a_charged(1.0, 0.0, 1e5, 1e6):.4e}")
    -1.1782e-09
    """
    sin2 = (1 - math.sqrt(max(1 - sin2alpha**2, 0.0))) / 2
    return -(const.m_mu**2) * f**2 / (96 * math.pi**2) * ((1 - sin2) / m_h**2 + sin2 / m_H**2)


def mass_of_one_diagram(f: float, f_prime: float, sin2alpha: float, m_h: float, m_H: float) -> float:
    r"""Mass that one of the two diagrams would give alone, :math:`f f' \sin2\alpha\, m_\tau \ln(m_H^2/m_h^2)/32\pi^2`.

    Parameters
    ----------
    f, f_prime, sin2alpha : float
    m_h, m_H : float
        [MeV]

    Returns
    -------
    float
        [MeV]; an estimate, to a factor of two.

    Examples
    --------
    >>> print(f"{1e3 * mass_of_one_diagram(0.01408301, 1.0, 0.2, 1.5e5, 5e5):.1f} keV")
    38.2 keV
    """
    return f * f_prime * sin2alpha * const.m_tau * math.log((m_H / m_h) ** 2) / (32 * math.pi**2)


class SU2H(Model):
    """Large transition moment by a horizontal symmetry, with its shift of the muon's anomaly."""

    name = "su2h"
    title = "SU(2)_H horizontal symmetry of electron and muon families"
    declared = (
        coupling("f", "Yukawa coupling of eta to psi_L and psi_3L", 0.03, 0.01),
        coupling("f_prime", "Yukawa coupling of Phi to psi_L and tau_R", 1.0, 1.0),
        number("sin2alpha", "sine of twice the mixing angle of charged scalars, eta with phi", 0.2, low=-1.0, high=1.0),
        mass("m_h", "charged scalar h+, mostly eta", 150.0),
        mass("m_H", "charged scalar H+, mostly phi", 500.0),
        mass("m_R", "CP-even neutral scalar", 100.0),
        mass("m_I", "CP-odd neutral scalar", 300.0),
        number("splitting", "relative difference of m_h^2 of the two partners: breaking of SU(2)_H", 0.0, low=0.0),
        number("n", "normalisation: 16 as it follows, 8 as printed", CONSISTENT, allowed=(PRINTED, CONSISTENT)),
    )
    lagrangian = (
        "L = h1 Tr(psibar_L phi_S psi_R) + h2 psibar_3L phi_S tau_R + h3 psibar_3L Phi i tau_2 psi_R^T "
        "+ f eta tau_2 psi_L^T tau_2 C psi_3L + f' Tr(psibar_L Phi) tau_R + h.c.; (SU(2)_L, Y, SU(2)_H): "
        "psi_L (2, -1/2, 2), psi_R (1, -1, 2), psi_3L (2, -1/2, 1), tau_R (1, -1, 1), phi_S (2, 1/2, 1), "
        "Phi (2, 1/2, 2), eta (1, 1, 2)"
    )
    formula = (
        "mu_nue_numu = (2 m_e m_tau f f' sin2alpha/(n pi^2)) [B(m_h) - B(m_H)] mu_B, "
        "B(M) = [-1/(1-t) - ln(t)/(1-t)^2]/M^2, t = m_tau^2/M^2; "
        "delta a_mu = m_mu^2 f'^2/(96 pi^2) (1/m_R^2 + 1/m_I^2) "
        "- m_mu^2 f^2/(96 pi^2) (cos^2 alpha/m_h^2 + sin^2 alpha/m_H^2), the neutral part with its full integral"
    )
    validity = (
        "one loop; scalars lighter than the tau are computed, but not meant. Abstract of Babu:2021jnu: a neutral "
        "scalar near 100 GeV for the anomaly of 2021, sign and size not free; the HL-LHC can probe all of the model"
    )
    neglects = (
        "electron and muon masses in the loops (they break SU(2)_H), mixing of neutral scalars, the mass from their "
        "breaking but for `splitting`; collider and precision bounds other than those of the abstract"
    )
    references = ("Babu:2020ivd", "Babu:2021jnu", "Jana:2022", "Voloshin:1987qy", "Leveille:1977rc")

    def _neutrino(self, values: Values, oscillation: Oscillation | None) -> Neutrino:
        from nudipole.properties.neutrino import Neutrino

        mu = moment(*_loop(values), n=values["n"])
        lam = np.zeros((3, 3), complex)
        lam[0, 1], lam[1, 0] = mu, -mu
        return Neutrino.majorana(basis="flavour", lam=lam)

    def _delta_a_mu(self, values: Values) -> float:
        neutral = sum(delta_a_neutral(values["f_prime"], _GEV * values[key]) for key in ("m_R", "m_I"))
        m_h, m_H = _GEV * values["m_h"], _GEV * values["m_H"]
        return neutral + delta_a_charged(values["f"], values["sin2alpha"], m_h, m_H)

    def _m_nu(self, values: Values) -> float:
        couplings = values["f"] * values["f_prime"] * values["sin2alpha"]
        return abs(couplings) * const.m_tau * math.log1p(values["splitting"]) / (32 * math.pi**2) / const.eV

    def _doubts(self, values: Values) -> list[str]:
        found = []
        alone = abs(mass_of_one_diagram(*_loop(values))) / const.eV
        if alone > 0:
            found.append(
                f"without SU(2)_H one diagram alone would give a mass of {alone / 1e3:.3g} keV; they cancel in the "
                "symmetric limit"
            )
        light = [key for key in ("m_h", "m_H") if values[key] < _LEP]
        if light:
            found.append(f"{', '.join(light)} within the reach of LEP, {_LEP:g} GeV: pairs would have been made there")
        large = [key for key in ("f", "f_prime") if abs(values[key]) > math.sqrt(4 * math.pi)]
        if large:
            found.append(f"{', '.join(large)} above sqrt(4 pi): one loop is not enough")
        if values["m_h"] == values["m_H"]:
            found.append("m_h = m_H: the moment vanishes, mixing of equal masses has no meaning")
        if values["n"] == PRINTED:
            found.append("n = 8 as printed: twice what follows in the normalisation of the cross sections here")
        return found


def _loop(values: Values) -> tuple[float, float, float, float, float]:
    """What the loops of charged scalars take, masses in MeV."""
    return (
        values["f"],
        values["f_prime"],
        values["sin2alpha"],
        _GEV * values["m_h"],
        _GEV * values["m_H"],
    )
