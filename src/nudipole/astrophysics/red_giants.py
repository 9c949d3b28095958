r"""The tip of the red-giant branch: losses by plasmon decay delay helium ignition and make it brighter.

.. math:: \Delta M_I = -0.25\,[(\mu_{12}^2 + 0.64)^{1/2} - 0.8 - 0.18\,\mu_{12}^{3/2}]\ \mathrm{mag}, \qquad
          M_0 + \Delta M_I(\mu_{12}) = M_\mathrm{obs} - k\sqrt{s_\mathrm{obs}^2 + s_\mathrm{th}^2}
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from nudipole import arguments, digits, tables
from nudipole.astrophysics.bound import Assumption, AstroBound
from nudipole.astrophysics.red_giant_inputs import Calibration, Theory, calibrations, theories, theory_of
from nudipole.astrophysics.strength import Strength
from nudipole.errors import UnknownName
from nudipole.properties import Neutrino

#: Where the formula has its least value, in 1e-12 mu_B: beyond, its fit has no meaning at all.
_TURN = 13.6
#: Up to here the tracks that the formula was fitted to reach; those of MESA end at 5.
_FITTED = 5.0
SIDES = ("one", "two")
SLOPES = ("formula", "mesa")
DEFAULT_CALIBRATION, DEFAULT_THEORY = "ngc4258", "spans-published"


def brightening(mu12: float, slope: str = "formula") -> float:
    """Change of the I-band magnitude of the tip.

    Parameters
    ----------
    mu12 : float
        Moment [1e-12 mu_B].
    slope : {"formula", "mesa"}
        The formula of the literature, or straight lines between tracks of MESA up to 5.

    Returns
    -------
    float
        [mag]; negative is brighter.

    Raises
    ------
    UnknownName
        For another slope.

    References
    ----------
    Viaux:2013; Capozzi:2020; Franz:2023

    Examples
    --------
    >>> [f"{brightening(mu):.5f}" for mu in (1, 1.5, 4.5)], f"{brightening(2, 'mesa'):.3f}"
    (['-0.07516', '-0.14233', '-0.51307'], '-0.168')
    """
    if slope not in SLOPES:
        raise UnknownName("slope", slope, SLOPES)
    if slope == "mesa":
        table = tables.read("trgb-mesa")
        M = table.column("M_I", "1")
        mu = table.column("mu", "mu_B") * 1e12
        return float(np.interp(mu12, mu, M - M[0])) if mu12 <= mu[-1] else float("nan")
    return -0.25 * (math.sqrt(mu12**2 + 0.64) - 0.8 - 0.18 * math.pow(mu12, 1.5))


def core_growth(mu12: float) -> float:
    """Growth of the core's mass at helium ignition.

    Parameters
    ----------
    mu12 : float
        Moment [1e-12 mu_B].

    Returns
    -------
    float
        [solar masses]

    References
    ----------
    Raffelt:1990

    Examples
    --------
    >>> [f"{core_growth(mu):.6f}" for mu in (1, 3)]
    ['0.006105', '0.031973']
    """
    return 0.025 * (math.sqrt(1 + mu12**2) - 1 - 0.17 * math.pow(mu12, 1.5))


def _end(excess: Callable[[float], float], slope: str) -> float | None:
    """Where a rising function has its zero; None where it has none in the range of the slope."""
    last = _TURN if slope == "formula" else _FITTED
    return float(brentq(excess, 0.0, last, xtol=1e-12)) if excess(last) > 0 else None


def moment_at(calibration: Calibration, theory: Theory, k: float, slope: str = "formula") -> float | None:
    """The moment at which the tip is k errors too bright.

    Parameters
    ----------
    calibration : Calibration
    theory : Theory
    k : float
        Standard deviations.
    slope : {"formula", "mesa"}

    Returns
    -------
    float or None
        [1e-12 mu_B]; None where there is none: theory without new physics is as bright already, or tracks end before.

    Examples
    --------
    >>> print(f"{moment_at(calibrations()['ngc4258'], theories()['capozzi-like'], 1.645):.3f}")
    1.475
    >>> moment_at(calibrations()["omega-cen"], theories()["mesa"], 1.645) is None
    True
    """

    def excess(mu12: float) -> float:
        total = math.hypot(calibration.error, theory.at(mu12))
        return calibration.M_I - k * total - theory.M_I - brightening(mu12, slope)

    return None if excess(0.0) >= 0 else _end(excess, slope)


def cls_moment(calibration: Calibration, theory: Theory, alpha: float, slope: str = "formula") -> float | None:
    r"""The moment that CLs excludes: the p-value of the data over that without a moment is alpha.

    Parameters
    ----------
    calibration : Calibration
    theory : Theory
    alpha : float
        0.05 for 95 % on one side.
    slope : {"formula", "mesa"}

    Returns
    -------
    float or None
        [1e-12 mu_B]; always there unless tracks end before.

    Examples
    --------
    >>> print(f"{cls_moment(calibrations()['omega-cen'], theories()['mesa'], 0.05):.2f}")
    1.02
    """
    faint = calibration.M_I - theory.M_I
    alone = norm.logsf(faint / math.hypot(calibration.error, theory.at(0.0)))

    def excess(mu12: float) -> float:
        total = math.hypot(calibration.error, theory.at(mu12))
        return float(math.log(alpha) - norm.logsf((faint - brightening(mu12, slope)) / total) + alone)

    return _end(excess, slope)


def red_giant_bound(
    calibration: str = DEFAULT_CALIBRATION,
    theory: str | Theory = DEFAULT_THEORY,
    *,
    cl: float = 0.95,
    sides: str = "one",
    slope: str = "formula",
    neutrino: Neutrino | None = None,
) -> AstroBound:
    """Bound from the tip of the red-giant branch.

    Parameters
    ----------
    calibration : str
        Of `calibrations`.
    theory : str or Theory
        Of `theories`, or ``M_I=-4.03,sigma=0.06``.
    cl : float
    sides : {"one", "two"}
        One-sided: k = 1.645 at 95 %; two: 1.96.
    slope : {"formula", "mesa"}
    neutrino : Neutrino, optional
        To be judged.

    Returns
    -------
    AstroBound
        Where theory is brighter than the data by more than k errors there is no solution: the value is then that of
        CLs, and says so.

    Raises
    ------
    UnknownName, ArgumentError, OutOfRange
        For unknown words, and levels outside (0, 1).

    References
    ----------
    Raffelt:1990; Viaux:2013; Capozzi:2020; Franz:2023

    Examples
    --------
    >>> print(f"{red_giant_bound('ngc4258', 'capozzi-like').value:.3e}")
    1.475e-12
    """
    cl = arguments.level(cl)
    for name, given, known in (
        ("sides", sides, SIDES),
        ("slope", slope, SLOPES),
        ("calibration", calibration, calibrations()),
    ):
        if given not in known:
            raise UnknownName(name, given, known)
    observed, predicted = calibrations()[calibration], theory_of(theory)
    alpha = 1 - cl if sides == "one" else (1 - cl) / 2
    k = float(norm.isf(alpha))
    simple, bounded = moment_at(observed, predicted, k, slope), cls_moment(observed, predicted, alpha, slope)
    distance = math.hypot(observed.error, predicted.at(0.0))
    off = (observed.M_I - predicted.M_I) / distance
    doubts = ["stars with free mass, helium and metallicity leave values up to 6e-12 mu_B unconstrained (Franz:2023)"]
    value, reason, cut = simple, "", off >= k
    if simple is None:
        value = bounded
        if cut:
            doubts.insert(
                0,
                f"no solution: theory is {digits.number(off)} errors brighter than the data; the value is that of CLs",
            )
        else:
            reason = "the tip is not bright enough anywhere in the range of the " + (
                "formula" if slope == "formula" else "tracks"
            )
            value = None
    if value is not None and value > _FITTED:
        doubts.insert(0, "beyond 5e-12 mu_B the formula is extrapolated")
    numbers = {
        "k": Assumption(k, "1", f"{sides}-sided, {digits.level(cl)}"),
        "theory brighter by": Assumption(off, "1", "in combined errors"),
        "CLs": Assumption(
            "none" if bounded is None else bounded * 1e-12, "mu_B", "weaker where theory is brighter than the data"
        ),
        "without CLs": Assumption(
            "no solution" if simple is None else simple * 1e-12, "" if simple is None else "mu_B"
        ),
    }
    if value is not None:
        numbers["tip brighter by"] = Assumption(-brightening(value, slope), "mag")
        numbers["core heavier by"] = Assumption(core_growth(value), "M_sun")
    strength = None if neutrino is None else math.sqrt(float(Strength.of(neutrino).mu2))
    return AstroBound(
        name="red-giants",
        title=f"tip of the red-giant branch, {observed.label}",
        kind="none" if value is None else "upper",
        value=None if value is None else value * 1e-12,
        reason=reason,
        cl=cl,
        sides=sides,
        method="cls" if cut else "stellar-evolution",
        formula="mu^2 = sum_jk |lambda_jk|^2 (Dirac), sum_{j<k} (Majorana); electric moments alike",
        assumptions={
            "M_I observed": Assumption(
                observed.M_I, "mag", f"{observed.label}, +- {digits.plain(observed.error)}, {observed.distance}"
            ),
            "M_I theory": Assumption(
                predicted.M_I, "mag", f"{predicted.label}, +- {digits.plain(predicted.at(0.0), 3)}"
            ),
            "slope": Assumption(slope, "", "change of the tip with the moment"),
            "errors": Assumption("normal, theory and data added in quadrature"),
        },
        numbers=numbers,
        doubts=tuple(doubts),
        references=tuple(dict.fromkeys((observed.texkey, "Capozzi:2020", "Viaux:2013", "Franz:2023", "Raffelt:1990"))),
        moment=strength,
    )


def red_giant_table(*, cl: float = 0.95, sides: str = "one", slope: str = "formula") -> list[AstroBound]:
    """Bounds of every calibration with every theory.

    Parameters
    ----------
    cl, sides, slope
        As of `red_giant_bound`.

    Returns
    -------
    list of AstroBound

    Examples
    --------
    >>> len(red_giant_table())
    25
    """
    settings: dict[str, Any] = {"cl": cl, "sides": sides, "slope": slope}
    return [red_giant_bound(one, theory, **settings) for one in calibrations() for theory in theories()]
