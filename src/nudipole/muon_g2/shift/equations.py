"""Every equation and number of Carneiro and Sobrinho, printed beside computed, with a verdict that is computed, too.

An equation is reproduced if its two sides, computed apart, are equal; a number if ours, rounded as the paper's is, is
the same. Where only the constants as the paper rounds them give its number, the verdict says so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nudipole import constants as const
from nudipole.errors import OutOfRange
from nudipole.muon_g2.decay import figure_of_merit, precession, spectrum
from nudipole.muon_g2.shift import averages as of
from nudipole.muon_g2.shift import conjecture, entanglement, figure2, printed
from nudipole.muon_g2.world.measurements import measurement
from nudipole.muon_g2.world.predictions import Difference, prediction

REPRODUCED, ROUNDED, NOT = "reproduced", "reproduced with the paper's rounding", "not reproduced"
_PRINTED_NUMBER = re.compile(r"^(-?\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$")


@dataclass(frozen=True)
class Claim:
    """One equation or number of the paper.

    Attributes
    ----------
    where, what, unit : str
    printed : str or None
        A number with the digits of the paper; None for an equation between two things.
    left, right : float or None
        Both sides of an equation.
    ours : float or None
        The printed number, computed.
    rounded : float or None
        The same with the constants as the paper rounds them.
    verdict : str
        REPRODUCED, ROUNDED or NOT.
    note : str

    Examples
    --------
    >>> one = number("Eq. (4)", "mu_nu for 1 eV", "3.2e-19", 3.2026e-19, "mu_B")
    >>> one.verdict
    'reproduced'
    """

    where: str
    what: str
    unit: str
    printed: str | None
    left: float | None
    right: float | None
    ours: float | None
    rounded: float | None
    verdict: str
    note: str


def digit(text: str) -> float:
    """One unit of the last digit of a number as it is printed.

    Parameters
    ----------
    text : str

    Returns
    -------
    float

    Examples
    --------
    >>> digit("2"), digit("0.35"), digit("3.2e-19")
    (1.0, 0.01, 1e-20)
    """
    match = _PRINTED_NUMBER.match(text)
    assert match is not None, text
    return float(f"1e{int(match[3] or 0) - len(match[2] or '')}")


def number(
    where: str, what: str, text: str, ours: float, unit: str = "", *, rounded: float | None = None, note: str = ""
) -> Claim:
    """A number of the paper beside ours: the same if they differ by no more than half of its last digit.

    Parameters
    ----------
    where, what, text : str
        The last as printed.
    ours : float
    unit : str
    rounded : float, optional
        With the paper's rounded constants.
    note : str

    Returns
    -------
    Claim

    Examples
    --------
    >>> number("Eq. (7)", "k", "7.2e-9", 6.997e-9, rounded=7.191e-9).verdict
    "reproduced with the paper's rounding"
    """
    close = digit(text) * (0.5 + 1e-9)
    same = abs(ours - float(text)) <= close
    same_rounded = rounded is not None and abs(rounded - float(text)) <= close
    verdict = REPRODUCED if same else ROUNDED if same_rounded else NOT
    return Claim(where, what, unit, text, None, None, ours, rounded, verdict, note)


def equation(
    where: str, what: str, left: float, right: float, unit: str = "", *, note: str = "", claimed: float = 1e-9
) -> Claim:
    """Both sides of an equation.

    Parameters
    ----------
    where, what : str
    left, right : float
    unit, note : str
    claimed : float
        Relative difference up to which they are equal.

    Returns
    -------
    Claim

    Examples
    --------
    >>> equation("Eq. (0)", "one", 1.0, 2.0).verdict
    'not reproduced'
    """
    equal = abs(left - right) <= claimed * max(abs(left), abs(right))
    return Claim(where, what, unit, None, left, right, None, None, REPRODUCED if equal else NOT, note)


def claims(f: float = 0.35, m_nu: float = printed.M_NU) -> tuple[Claim, ...]:
    """All of them, in the order of the paper.

    Parameters
    ----------
    f : float
        Fraction of the muon's energy that the neutrinos carry, above 0 and up to 1.
    m_nu : float
        Mass of the neutrinos [MeV].

    Returns
    -------
    tuple of Claim

    Raises
    ------
    OutOfRange
        If the fraction or the mass is none.

    Examples
    --------
    >>> found = claims()
    >>> {one.verdict for one in found} == {REPRODUCED, ROUNDED, NOT}
    True
    """
    if not 0 < f <= 1:
        raise OutOfRange("f", f, 0, 1, inside=True)
    parts = (_size(f, m_nu), _energies(), _spectrum(), _averages(), _figure2(), _entanglement(f, m_nu))
    return tuple(claim for part in parts for claim in part)


def _size(f: float, m_nu: float) -> Iterator[Claim]:
    gamma_mu, gamma_nu, mu_nu = precession.gamma_magic, conjecture.gamma_nu(f, m_nu), conjecture.mu_nu(m_nu)
    shift, magneton = conjecture.COEFFICIENT * f, const.m_e / const.m_mu
    left, right = shift * magneton * gamma_mu, 2 * mu_nu * gamma_nu
    apart = "left from Eq. (7) with measured constants, right from Eqs. (4) and (5)"
    yield equation("Eq. (1)", "delta mu_mu gamma_mu = 2 mu_nu gamma_nu", left, right, "mu_B", note=apart)
    tesla = const.mu_B  # [MeV/T]
    dipole = shift * (tesla * magneton) * gamma_mu
    yield equation("Eq. (2)", "(delta g/2)(e/2m_mu) gamma_mu = 2 mu_nu gamma_nu", dipole, right * tesla, "MeV/T")
    yield equation("Eq. (3)", "delta a_mu mu_B (m_e/m_mu) gamma_mu = 2 mu_nu gamma_nu", left, right, "mu_B")
    closed = 3 * const.G_F * const.m_e * m_nu / (4 * math.sqrt(2) * math.pi**2)
    yield equation("Eq. (4)", "mu_nu = 3 e G_F m_nu/(8 sqrt(2) pi^2)", mu_nu, closed, "mu_B")
    yield number("Eq. (4)", "mu_nu for 1 eV", "3.2e-19", conjecture.mu_nu(const.eV), "mu_B")
    energy = f * const.m_mu * gamma_mu
    yield equation("Eq. (5)", "f m_mu gamma_mu = 2 m_nu gamma_nu", energy, 2 * m_nu * gamma_nu, "MeV")
    by_masses = printed.MOMENT * (const.m_mu / const.m_e) * (const.m_mu / const.eV) * f
    known = "equal as far as 3.2e-19 is known"
    what = "delta a_mu = 3.2e-19 (m_mu/m_e)(m_mu/1 eV) f"
    yield equation("Eq. (6)", what, shift, by_masses, note=known, claimed=0.05 / 3.2)
    heavy, light = (
        2 * conjecture.mu_nu(m) * conjecture.gamma_nu(f, m) / (magneton * gamma_mu) for m in (const.eV, 1e-3 * const.eV)
    )
    yield equation("Eq. (6)", "delta a_mu for m_nu = 1 eV and for 1 meV", heavy, light, note="the mass drops out")
    k = printed.MOMENT * (printed.M_MU / printed.M_E) * (printed.M_MU / const.eV)
    text, how = f"{printed.COEFFICIENT:.1e}".replace("e-0", "e-"), "rounded: 106 MeV, 0.5 MeV, 3.2e-19"
    yield number("Eq. (7)", "delta a_mu/f", text, conjecture.COEFFICIENT, rounded=k, note=how)


def _energies() -> Iterator[Claim]:
    value, error = printed.DIFFERENCE
    rows = (("E of the positron for it", "2.0", 0), ("E for one standard deviation more", "1.7", 1),
            ("E for one standard deviation less", "2.3", -1))  # fmt: skip

    def needed(sign: int, k: float) -> tuple[float, float]:
        f = (value + sign * error) / k
        return f, 1e-3 * conjecture.E_of_f(f, E_mu=printed.ENERGY)

    ks = (conjecture.COEFFICIENT, printed.COEFFICIENT)
    yield number("p. 2", "f for 2.51e-9", "0.35", needed(0, ks[0])[0], rounded=needed(0, ks[1])[0])
    for what, text, sign in rows:
        ours, rounded = (needed(sign, k)[1] for k in ks)
        yield number("p. 2", what, text, ours, "GeV", rounded=rounded)
    merit = _mean_energy(1000.0, lambda E: spectrum.figure_of_merit(E / printed.ENERGY))
    note = f"mean; above 1.7 GeV {_mean_energy(1700.0, of.positrons):.2f}, weighted with N A^2 {merit:.2f}"
    mean = _mean_energy(1000.0, of.positrons)
    yield number("p. 2", "central energy of the positrons above 1 GeV", "2.0", mean, "GeV", note=note)


def _mean_energy(low: float, weight: of.Shape) -> float:
    nodes, weights = of.rule(low, printed.ENERGY)
    w = weights * weight(nodes)
    return 1e-3 * float(w @ nodes / w.sum())


def _spectrum() -> Iterator[Claim]:
    y = np.linspace(0.0, 1.0, 100_001)
    largest = float(y[np.argmax(conjecture.against_spin(y))])
    yield number("Eq. (8)", "y of the largest dP/(dy dOmega)", "0.67", largest)
    at = 2 / 3
    for name, cosine in (("along", 1.0), ("opposite to", -1.0)):
        michel = spectrum.michel(at, cosine) / (2 * math.pi)
        what = f"2 y^2 (1 - y)/pi is the spectrum {name} the spin, y = 2/3"
        yield equation("Eq. (8)", what, conjecture.against_spin(at), michel, "1/sr")
    zero = 1e-3 * spectrum.ZERO_CROSSING * spectrum.E_max
    yield number("note 1", "energy below which A < 0", "1.0", zero, "GeV", note="of muon decay, without a detector")
    best = 1e-3 * figure_of_merit.best_energy() * spectrum.E_max
    yield number("note 1", "energy of the highest sensitivity", "2.6", best, "GeV", note="N A^2 of muon decay")


def _averages() -> Iterator[Claim]:
    near, analytic = of.nearest(), of.of_curve("A of muon decay", of.analytic)
    what = "mean of the curve, 1.0 to 2.7 GeV"
    yield number("Fig. 1", what, "1.96", 1e6 * near.mean, "ppm", note=f"nearest definition: {near.name}")
    yield number("Fig. 1", "its +-", "0.68", 1e6 * (near.spread or 0), "ppm", note="spread of the curve, not an error")
    note = f"+- {1e6 * (analytic.spread or 0):.2f}; largest at {1e-3 * (analytic.peak or 0):.2f} GeV"
    yield number("Fig. 1", "the same with A of muon decay", "1.96", 1e6 * analytic.mean, "ppm", note=note)
    what = "where the curve is largest (near E for 2.51e-9)"
    yield number("Fig. 1", what, "2.0", 1e-3 * (near.peak or 0), "GeV", note=near.name)
    differences = [
        Difference(measurement(a), prediction(b)) for a, b in (("world-2021", "wp2020"), ("world-2025", "wp2025"))
    ]
    value, error = differences[0].ppm
    by_ppm = [1e6 * one / printed.A_MU for one in printed.DIFFERENCE]
    yield number("p. 2", "observed difference", "2.14", value, "ppm", rounded=by_ppm[0], note="cut, not rounded")
    yield number("p. 2", "its error", "0.50", error, "ppm", rounded=by_ppm[1])
    for one, year in zip(differences, (2021, 2025), strict=True):
        away = abs(1e6 * printed.AVERAGE[0] - one.ppm[0]) / one.ppm[1]
        what = f"1.96 ppm within one standard deviation, {year}"
        size = f"{1e11 * one.value:.0f} +- {1e11 * one.error:.0f} e-11"
        note = f"difference {one.ppm[0]:.2f} +- {one.ppm[1]:.2f} ppm, {size}"
        yield Claim("p. 2", what, "sd", None, None, None, away, None, REPRODUCED if away <= 1 else NOT, note)


def _figure2() -> Iterator[Claim]:
    yield number("Eq. (9)", "a_mu", "1.17e-3", precession.a_mu)
    shift = printed.OBSERVED[0] * precession.a_mu
    exact = precession.omega_a(precession.a_mu + shift)
    linear = precession.omega_a() * (1 + shift / precession.a_mu)
    yield equation("Eq. (9)", "omega_a = omega_a0 (1 + delta a_mu/a_mu)", exact, linear, "MeV")
    (hertz, relative, rounding), best = figure2.implied_shift(), figure2.nearest()
    others = ", ".join(f"{one.curve} {1e6 * one.mean:.2f}" for one in figure2.means() if one.curve != best.curve)
    verdict = REPRODUCED if abs(best.away) <= rounding else NOT
    note = (
        f"{hertz:.2f} Hz below E821 2000, +- {1e6 * rounding:.2f} ppm by rounding; curve {best.curve}; others: {others}"
    )
    what = "mean shift that omega_a0/2pi = 229.07361 kHz implies"
    yield Claim("Fig. 2", what, "ppm", f"{1e6 * relative:.2f}", None, None, 1e6 * best.mean, None, verdict, note)
    p = figure2.quoted()
    rows = (("the energy dependence", printed.CHI2_MODEL, "0.86", p.p_model),
            ("the constant", printed.CHI2_CONSTANT, "0.78", p.p_constant))  # fmt: skip
    for name, chi2, text, chance in rows:
        note = f"quoted {chi2}/{printed.DOF}; p = {chance:.3f}"
        yield number("Fig. 2", f"chi2/dof of {name}", text, chi2 / printed.DOF, note=note)
    better = REPRODUCED if p.delta < 0 else NOT
    note = f"p-values; chi2 is larger by {p.delta:.1f}"
    what = "the energy dependence fits better than a constant"
    yield Claim("Fig. 2", what, "", None, p.p_model, p.p_constant, None, None, better, note)


def _entanglement(f: float, m_nu: float) -> Iterator[Claim]:
    both, gamma = conjecture.uncertainty_of_neutrinos(f, m_nu), conjecture.gamma_nu(f, m_nu)
    each = conjecture.mu_nu(m_nu) * const.mu_B * precession.B_RING * gamma
    turning = 2 * each / gamma / const.hbar
    note = f"{both / const.hbar:.3g} rad/s; a helicity turns with {turning:.1e} rad/s in the laboratory"
    yield equation("Eq. (10)", "delta E = 2 mu_nu B gamma_nu, twice that of each", both, 2 * each, "MeV", note=note)
    yield equation("p. 3", "delta E_nu delta t_nu = 1/2", each / both, 0.5, "hbar", note="delta t_nu = 1/delta E")
    period = 1 / (2 * both)
    note = f"delta t = 1/(2 delta E) = {period * const.hbar:.3g} s"
    yield equation("p. 3", "delta E delta t = 1/2", both * period, 0.5, "hbar", note=note)
    states = entanglement.evolution()
    start, most = states[0], max(states, key=lambda one: one.flipped)
    yield equation("Eq. (11)", "both helicities flipped after half a period", most.flipped, 1.0,
                   note="two-level evolution, step by step")  # fmt: skip
    change = max(abs(one.forward - start.forward) for one in states)
    what = "tracing over them changes the positron's distribution"
    verdict, note = REPRODUCED if change > 1e-9 else NOT, f"later and before: changed by {change:.0e}"
    yield Claim("Eq. (12)", what, "", None, most.forward, start.forward, None, None, verdict, note)
    of_muon = conjecture.uncertainty_of_muon(conjecture.COEFFICIENT * f)
    note = "with Eq. (10) it is Eq. (1); that the two are equal is a postulate"
    yield equation("Eq. (13)", "delta E = delta mu_mu B gamma_mu", both, of_muon, "MeV", note=note)
