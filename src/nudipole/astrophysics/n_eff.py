"""The number of neutrinos of the early Universe: right-handed ones must not add more than is allowed. Dirac alone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.optimize import brentq

from nudipole import digits
from nudipole.astrophysics.bound import Assumption, AstroBound
from nudipole.astrophysics.early_universe import (
    ELECTROWEAK,
    HIGHEST,
    Array,
    degrees_of_freedom,
    extra_neutrinos,
    flips_per_expansion,
)
from nudipole.astrophysics.quantities import read
from nudipole.astrophysics.strength import flip_moments
from nudipole.properties import Neutrino

#: Moments that are looked at [1e-12 mu_B].
_RANGE = (1e-3, 1e3)
#: Below, hadrons carry the charges, and the equation of state moves fast [GeV].
_HADRONS = 0.2


def extra_of(neutrino: Neutrino, T_RH: float, strength: float = 1.0) -> float:
    r"""What the right-handed partners of a neutrino add to N_eff.

    Left-handed neutrinos of all flavours are in equilibrium: every right-handed eigenstate of
    :math:`\lambda\lambda^\dagger` fills by itself.

    Parameters
    ----------
    neutrino : Neutrino
        Dirac.
    T_RH : float
        [GeV]
    strength : float
        Factor on its matrices.

    Returns
    -------
    float

    Raises
    ------
    PropertyRule
        For Majorana neutrinos.

    Examples
    --------
    >>> nu = Neutrino.dirac(basis="flavour", magnetic=np.diag([2.7e-12, 0, 0]))
    >>> three = Neutrino.dirac(basis="flavour", magnetic=2.7e-12 * np.eye(3))
    >>> print(f"{extra_of(nu, 100.0):.3f}, of three {extra_of(three, 100.0):.3f}")
    0.063, of three 0.190
    """
    flip_moments(neutrino, "N_eff")
    squares = np.maximum(np.linalg.eigvalsh(np.asarray(neutrino.lam) @ np.asarray(neutrino.lam).conj().T), 0.0)
    return float(np.sum(extra_neutrinos(strength * np.sqrt(squares) * 1e12, T_RH, species=1)))


def _solved(extra: Any, allowed: float) -> float | None:
    """Where a rising function of the logarithm reaches what is allowed."""
    low, high = (math.log(x) for x in _RANGE)
    if extra(math.exp(high)) < allowed:
        return None
    if extra(math.exp(low)) > allowed:
        return math.exp(low)
    return math.exp(float(brentq(lambda x: extra(math.exp(x)) - allowed, low, high, xtol=1e-6)))


def decoupling_temperature(mu12: float) -> float | None:
    """Temperature below which the flip is slower than the expansion.

    Parameters
    ----------
    mu12 : float
        [1e-12 mu_B]

    Returns
    -------
    float or None
        [GeV]; None where it lies beyond the table.

    Examples
    --------
    >>> [f"{decoupling_temperature(mu):.2g}" for mu in (2.7, 10, 30)]
    ['31', '2.2', '0.28']
    """

    def excess(log_T: float) -> float:
        return float(mu12**2 * flips_per_expansion(math.exp(log_T)) - 1)

    low, high = math.log(0.01), math.log(HIGHEST)
    return math.exp(float(brentq(excess, low, high))) if excess(low) < 0 < excess(high) else None


def n_eff_bound(allowed: Any = 0.2, T_reheating: Any = 100.0, *, neutrino: Neutrino | None = None) -> AstroBound:
    """Bound from the number of neutrinos, for Dirac neutrinos with equal diagonal moments.

    Parameters
    ----------
    allowed : float or str
        Largest Delta N_eff.
    T_reheating : float or str
        Temperature at which the Universe begins without right-handed neutrinos [GeV].
    neutrino : Neutrino, optional
        To be judged, with all its entries.

    Returns
    -------
    AstroBound

    Raises
    ------
    ArgumentError
        For numbers without meaning, or a temperature beyond the table of degrees of freedom.
    PropertyRule
        For Majorana neutrinos.

    References
    ----------
    Elmfors:1997; Li:2023; Carenza:2024; Borsanyi:2016

    Examples
    --------
    >>> [f"{n_eff_bound(0.2, T).value:.2e}" for T in ("100 GeV", "1 GeV")]
    ['3.07e-12', '9.38e-12']
    """
    most = read("allowed", allowed, "1")
    T_RH = read("T-reheating", T_reheating, "GeV", low=0.01, high=HIGHEST, ends=True)
    value = _solved(lambda mu: float(extra_neutrinos(np.array([mu]), T_RH)[0]), most)
    full = float(extra_neutrinos(np.array([_RANGE[1]]), T_RH)[0])
    moment, numbers = None, {}
    if neutrino is not None:
        given = extra_of(neutrino, T_RH)
        numbers["Delta N_eff of the neutrino"] = Assumption(given, "1")
        size = math.sqrt(sum(flip_moments(neutrino, "N_eff").values()) / 3)
        moment = size
        if value is not None and size > 0:
            strength = _solved(lambda s: extra_of(neutrino, T_RH, s * 1e-12 / size), most)
            moment = value * size / strength if strength is not None else 0.0
    if value is not None:
        decoupled = decoupling_temperature(value)
        numbers["T of decoupling"] = Assumption("above the table" if decoupled is None else decoupled, "GeV")
    numbers["Delta N_eff in equilibrium"] = Assumption(full, "1", "of 1e-9 mu_B, the most")
    thermal = 3 * float((10.75 / degrees_of_freedom(min(T_RH, HIGHEST))[1]) ** (4 / 3))
    numbers["three decoupled at the start"] = Assumption(thermal, "1", "the plateau")
    doubts = [
        "15 % in mu: degrees of freedom, charges near the QCD transition; W bosons left out",
        "a bound on mu and T_RH together: what flips before T_RH does not count",
    ]
    if T_RH > ELECTROWEAK:
        doubts.insert(
            0,
            f"T_RH above {ELECTROWEAK:g} GeV: there is no photon, the operator is one of hypercharge and weak isospin",
        )
    if T_RH < _HADRONS:
        doubts.insert(0, "T_RH below the QCD transition: 30 % in mu")
    return AstroBound(
        name="n-eff",
        title=f"N_eff of the early Universe, from {digits.plain(T_RH, 3)} GeV on",
        kind="none" if value is None else "upper",
        value=None if value is None else value * 1e-12,
        reason="even full equilibrium adds less than is allowed"
        if value is None
        else "that of the allowed Delta N_eff, which is given",
        method="counting",
        source="early-universe",
        process="big-bang",
        formula="equal diagonal moments of three Dirac neutrinos; of a matrix the eigenvalues of lambda lambda^dagger",
        nature="dirac",
        assumptions={
            "Delta N_eff allowed": Assumption(most, "1"),
            "T_RH": Assumption(T_RH, "GeV", "no right-handed neutrinos before"),
            "degrees of freedom": Assumption("Borsanyi et al."),
            "rate": Assumption("one-loop, massless fermions, charges switched on smoothly"),
        },
        numbers=numbers,
        doubts=tuple(doubts),
        references=("Elmfors:1997", "Li:2023", "Carenza:2024", "Borsanyi:2016"),
        moment=moment,
    )


def n_eff_table(mu12: Array, T_RH: Array) -> Array:
    """Delta N_eff against moment and temperature of reheating.

    Parameters
    ----------
    mu12 : Float[Array, "n"]
        [1e-12 mu_B]
    T_RH : Float[Array, "m"]
        [GeV]

    Returns
    -------
    Float[Array, "n m"]

    Examples
    --------
    >>> n_eff_table(np.array([1.0, 10.0]), np.array([1.0, 100.0])).shape
    (2, 2)
    """
    return np.stack([extra_neutrinos(mu12, float(T)) for T in T_RH], axis=1)
