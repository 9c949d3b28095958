r"""Naturalness: the moment that may come with a mass without a cancellation, by dimensional arguments and by running.

The operator of a moment makes a mass by the same loop without the photon, or by closing the photon on it: a moment
that is too large needs a mass that cancels it.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole.errors import NudipoleError, OutOfRange
from nudipole.models.matrices import universal
from nudipole.models.model import Model, Values
from nudipole.models.parameter import ModelParameter, mass, number
from nudipole.models.w_loop import LEPTON_MASSES

if TYPE_CHECKING:
    from nudipole.mixing import Oscillation
    from nudipole.properties import Neutrino

_TEV = 1e6
#: Vacuum expectation value of the Higgs field [MeV], (sqrt2 G_F)^(-1/2).
V = 1 / math.sqrt(math.sqrt(2) * const.G_F)
_TAN2 = const.sin2_theta_w_mz / (1 - const.sin2_theta_w_mz)
#: Cases of the Majorana bounds: coefficient [mu_B/eV], and whether with 1/ln(Lambda^2/M_W^2), else (TeV/Lambda)^2.
CASES = {1: (1e-10, True), 2: (1e-9, False), 3: (1e-7, True), 4: (4e-9, False)}
_DM = ModelParameter("dm", "eV", "mass that the moment makes, at most the neutrino's", 1.0, True, 0.0, 1.0, low=0.0)
_NUMERALS = {"i": 1.0, "ii": 2.0, "iii": 3.0, "iv": 4.0}


def general(dm: float, Lambda: float) -> float:
    r"""Moment that comes with a mass by a loop at the scale Lambda, :math:`2 m_e\,\delta m/\Lambda^2` [mu_B].

    Parameters
    ----------
    dm, Lambda : float
        [MeV]

    Returns
    -------
    float

    References
    ----------
    Giunti:2014ixa; Jana:2022

    Examples
    --------
    >>> print(f"{general(const.eV, 1e6):.2e}")
    1.02e-18
    """
    return 2 * const.m_e * dm / Lambda**2


def quadratic(dm: float, Lambda: float, alpha: float = const.alpha) -> float:
    r"""Largest natural Dirac moment by closing the photon: :math:`16\pi m_e\,\delta m/(\alpha\Lambda^2)`.

    Parameters
    ----------
    dm, Lambda : float
        [MeV]
    alpha : float

    Returns
    -------
    float
        [mu_B]

    References
    ----------
    Bell:2005kz

    Examples
    --------
    >>> print(f"{quadratic(const.eV, 1e6):.5e} {quadratic(const.eV, 1e6, 1 / 128):.2e}")
    3.51985e-15 3.29e-15
    """
    return 16 * math.pi * const.m_e * dm / (alpha * Lambda**2)


def running(r: float) -> float:
    r"""How operators mix by running, :math:`f(r) = 1 - r - \frac23\tan^2\theta_W - \frac13(1 + r)\tan^4\theta_W`.

    It vanishes at r = 0.7468, a cancellation of the two operators, C_- = r C_+.

    Parameters
    ----------
    r : float

    Returns
    -------
    float

    References
    ----------
    Bell:2005kz

    Examples
    --------
    >>> print(f"{running(0.0):.4f} {FINE_TUNED:.4f}")
    0.7693 0.7468
    """
    return 1 - r - 2 / 3 * _TAN2 - (1 + r) / 3 * _TAN2**2


#: Where `running` vanishes.
FINE_TUNED = (1 - 2 / 3 * _TAN2 - _TAN2**2 / 3) / (1 + _TAN2**2 / 3)


def logarithmic(dm: float, Lambda: float, r: float) -> float:
    r"""Largest natural Dirac moment by running from Lambda to v.

    .. math:: \frac{|\mu|}{\mu_B} = \frac{G_F m_e}{\sqrt2\pi\alpha}\,\frac{\delta m}{\alpha\ln(\Lambda/v)}\,
              \frac{32\pi\sin^4\theta_W}{9|f(r)|}

    Parameters
    ----------
    dm, Lambda : float
        [MeV]; Lambda above v = 246 GeV.
    r : float
        C_-/C_+ of the two operators.

    Returns
    -------
    float
        [mu_B]; infinite where f(r) = 0: no bound.

    Raises
    ------
    OutOfRange
        If Lambda is not above v.

    References
    ----------
    Bell:2005kz

    Examples
    --------
    >>> [f"{logarithmic(const.eV, 1e6, r):.3e}" for r in (-1, 0, 2)]
    ['5.965e-15', '1.395e-14', '8.315e-15']
    """
    if not Lambda > V:
        raise OutOfRange("Lambda", Lambda / 1e3, V / 1e3, inside=True, unit="GeV")
    f = abs(running(r))
    if f < 1e-15:
        return math.inf
    couplings = const.G_F * const.m_e / (math.sqrt(2) * math.pi * const.alpha**2)
    mixing = 32 * math.pi * const.sin2_theta_w_mz**2 / (9 * f)
    return couplings * dm / math.log(Lambda / V) * mixing


def enhancement() -> NDArray[np.float64]:
    r"""Yukawa factors of Majorana moments, :math:`R_{ab} = |m_\tau^2/(m_a^2 - m_b^2)|`; zero on the diagonal.

    Returns
    -------
    Float[Array, "3 3"]

    References
    ----------
    Bell:2006wi

    Examples
    --------
    >>> R = enhancement()
    >>> [f"{x:.4f}" for x in (R[2, 1], R[2, 0], R[1, 0])]
    ['1.0035', '1.0000', '282.8414']
    """
    squared = LEPTON_MASSES**2
    difference = np.abs(squared[:, None] - squared) + np.eye(3)
    return np.asarray(const.m_tau**2 / difference * (1 - np.eye(3)))


def majorana(m: float, Lambda: float, case: int) -> NDArray[np.float64]:
    """Largest natural Majorana transition moments, |mu_ab| by flavour [mu_B].

    Case 1: one loop, dimension 7, W part; 2: two loops, dimension 5, W part; 3 and 4: the same of the B part.

    Parameters
    ----------
    m : float
        Entry of the mass matrix [eV].
    Lambda : float
        [MeV]; above the W's mass in cases 1 and 3.
    case : {1, 2, 3, 4}

    Returns
    -------
    Float[Array, "3 3"]

    Raises
    ------
    OutOfRange
        If Lambda is not above the W's mass where its logarithm is taken.

    References
    ----------
    Bell:2006wi; Giunti:2014ixa

    Examples
    --------
    >>> bound = majorana(1.0, 1e6, 4)
    >>> print(f"{bound[0, 1]:.2e} {bound[1, 2]:.2e}")
    1.13e-06 4.01e-09
    """
    coefficient, log = CASES[case]
    if log and not Lambda > const.m_W:
        raise OutOfRange("Lambda", Lambda / 1e3, const.m_W / 1e3, inside=True, unit="GeV")
    size = 1 / math.log((Lambda / const.m_W) ** 2) if log else (_TEV / Lambda) ** 2
    return np.asarray(coefficient * m * size * enhancement())


class _DiracBound(Model):
    """A bound that is the same for every Dirac neutrino."""

    kind = "bound"
    lagrangian = "L = (1/2) mu nubar sigma^{ab} nu F_ab, an effective operator of new physics at Lambda"
    neglects = "factors of order one; a symmetry or a cancellation makes larger moments possible"

    @abstractmethod
    def _bound(self, values: Values) -> float:
        """Of the moment [mu_B]."""

    def _neutrino(self, values: Values, oscillation: Oscillation | None) -> Neutrino:
        bound = self._bound(values)
        if not math.isfinite(bound):
            message = f"{self.name}.r = {values['r']:.6g}: the operators cancel, f(r) = 0, and there is no bound"
            raise NudipoleError(message)
        return universal(bound)

    def _m_nu(self, values: Values) -> float:
        return values["dm"]

    def _doubts(self, values: Values) -> list[str]:
        return ["the largest natural value, not a prediction"]


class NaturalnessGeneral(_DiracBound):
    """Moment and mass by the same loop."""

    name = "naturalness"
    title = "Naturalness, general argument: moment and mass by one loop"
    declared = (_DM, mass("Lambda", "scale of new physics", 1.0, "TeV"))
    formula = "mu = 2 m_e dm/Lambda^2 = 1.02e-18 mu_B (dm/eV) (TeV/Lambda)^2"
    validity = "dimensional argument; without a symmetry that protects the mass"
    references = ("Giunti:2014ixa", "Jana:2022")

    def _bound(self, values: Values) -> float:
        return general(values["dm"] * const.eV, values["Lambda"] * _TEV)


class NaturalnessDirac(_DiracBound):
    """Dirac moments, quadratic dependence on the scale."""

    name = "naturalness-dirac"
    title = "Naturalness of Dirac moments, quadratic in the scale"
    declared = (_DM, mass("Lambda", "scale of new physics", 1.0, "TeV"))
    formula = "mu = 16 pi m_e dm/(alpha Lambda^2) = 3.52e-15 mu_B (dm/eV) (TeV/Lambda)^2"
    validity = "Lambda well above v; at a TeV the logarithmic form is as strong"
    references = ("Bell:2005kz", "Giunti:2014ixa")

    def _bound(self, values: Values) -> float:
        return quadratic(values["dm"] * const.eV, values["Lambda"] * _TEV)


class NaturalnessDiracRunning(_DiracBound):
    """Dirac moments, by running of operators."""

    name = "naturalness-dirac-rge"
    title = "Naturalness of Dirac moments, by running of operators"
    declared = (
        _DM,
        mass("Lambda", "scale of new physics", 1.0, "TeV"),
        number("r", "ratio C_-/C_+ of the operators at Lambda", 0.0),
    )
    formula = (
        "mu/mu_B = (G_F m_e/(sqrt2 pi alpha)) [dm/(alpha ln(Lambda/v))] 32 pi sin^4 theta_W/(9 |f|), "
        "f = 1 - r - (2/3) tan^2 - (1/3)(1 + r) tan^4"
    )
    validity = "Lambda above v = 246 GeV; where f(r) = 0, at r = 0.7468, the operators cancel and there is no bound"
    references = ("Bell:2005kz",)

    def _bound(self, values: Values) -> float:
        return logarithmic(values["dm"] * const.eV, values["Lambda"] * _TEV, values["r"])

    def _doubts(self, values: Values) -> list[str]:
        found = super()._doubts(values)
        if abs(running(values["r"])) < 0.1:
            found.append(f"operators cancel, |f| = {abs(running(values['r'])):.2g}: a fine-tuned point")
        return found


class NaturalnessMajorana(Model):
    """Majorana transition moments, four ways to make a mass of them."""

    name = "naturalness-majorana"
    title = "Naturalness of Majorana transition moments"
    kind = "bound"
    declared = (
        ModelParameter("m", "eV", "entry of the mass matrix", 1.0, True, 0.0, 1.0, low=0.0),
        mass("Lambda", "scale of new physics", 1.0, "TeV"),
        number("case", "i, ii: W part at one, two loops; iii, iv: B part at one, two loops", 4.0,
               allowed=(1.0, 2.0, 3.0, 4.0), words=_NUMERALS),
    )  # fmt: skip
    lagrangian = "operators of dimension 7 with W or B field strength, antisymmetric in flavour"
    formula = (
        "|mu_ab| <= (i) 1e-10 m/ln(Lambda^2/M_W^2), (ii) 1e-9 m (TeV/Lambda)^2, (iii) 1e-7 m/ln(Lambda^2/M_W^2), "
        "(iv) 4e-9 m (TeV/Lambda)^2, each times R_ab mu_B/eV; R_ab = |m_tau^2/(m_a^2 - m_b^2)|"
    )
    validity = "orders of magnitude; the abstract: stronger than experiment only above Lambda = 10-100 TeV"
    neglects = "factors of order one; entries of the mass matrix are taken equal"
    references = ("Bell:2006wi", "Davidson:2005cs", "Giunti:2014ixa")

    def _neutrino(self, values: Values, oscillation: Oscillation | None) -> Neutrino:
        from nudipole.properties.neutrino import Neutrino

        bound = majorana(values["m"], values["Lambda"] * _TEV, int(values["case"]))
        return Neutrino.majorana(basis="flavour", lam=np.triu(bound) - np.tril(bound))

    def _m_nu(self, values: Values) -> float:
        return values["m"]

    def _doubts(self, values: Values) -> list[str]:
        return ["largest natural values, all three at once: the matrix is no prediction"]
