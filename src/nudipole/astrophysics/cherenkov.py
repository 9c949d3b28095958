r"""Cherenkov radiation nu_L -> nu_R gamma: of a transparent medium a rate too small to see, of a star none at all.

.. math:: \frac{d\Gamma}{d\omega} = \frac{\mu^2}{4\pi}\,\omega^2\,\frac{(n^2 - 1)^2}{n^2}, \qquad \omega \ll E
"""

from __future__ import annotations

import math
from typing import Any

from nudipole import constants as const
from nudipole.astrophysics.bound import Assumption, AstroBound
from nudipole.astrophysics.quantities import read
from nudipole.astrophysics.strength import flip_moments
from nudipole.errors import ArgumentError
from nudipole.properties import Neutrino

#: Water, and what photomultipliers see [eV].
INDEX, LOW, HIGH = 1.33, 1.5, 3.5


def cherenkov_rate(mu: float, n: float = INDEX, low: float = LOW, high: float = HIGH) -> float:
    """Rate of photons that a neutrino radiates in a transparent medium.

    Parameters
    ----------
    mu : float
        [mu_B]
    n : float
        Refractive index; 1 or less radiates nothing.
    low, high : float
        Energies of the photons [eV].

    Returns
    -------
    float
        [1/s]

    References
    ----------
    Grimus:1993

    Examples
    --------
    >>> rate = cherenkov_rate(1e-10)
    >>> print(f"{rate:.3e} /s = {rate / const.c * 100:.3e} /m")
    4.671e-19 /s = 1.558e-27 /m
    """
    if n <= 1:
        return 0.0
    integral = (high**3 - low**3) / 3 * const.eV**3
    return (mu * const.mu_B_natural) ** 2 / (4 * math.pi) * integral * (n**2 - 1) ** 2 / n**2 * const.second


def cherenkov_bound(
    *, mu: Any = 1e-10, index: Any = INDEX, low: Any = LOW, high: Any = HIGH, neutrino: Neutrino | None = None
) -> AstroBound:
    """Why Cherenkov radiation bounds nothing, with the rate that it has.

    Parameters
    ----------
    mu : float or str
        Of the rate [mu_B].
    index : float or str
        Refractive index.
    low, high : float or str
        Energies of the photons [eV].
    neutrino : Neutrino, optional
        Whose largest moment of a flavour is taken in place of mu; Dirac.

    Returns
    -------
    AstroBound
        Of the kind "none".

    Raises
    ------
    ArgumentError, PropertyRule
        For numbers without meaning; for Majorana neutrinos.

    References
    ----------
    Grimus:1993; Mohanty:1995

    Examples
    --------
    >>> cherenkov_bound().kind
    'none'
    """
    moment = read("mu", mu, "mu_B", ends=True)
    n = read("index", index, "1", low=0.0, high=10.0)
    first, last = read("low", low, "eV"), read("high", high, "eV")
    if not first < last:
        raise ArgumentError("high", str(high), f"must be more than {first:g} eV")
    if neutrino is not None:
        moment = math.sqrt(max(flip_moments(neutrino, "Cherenkov radiation to a right-handed neutrino").values()))
    rate = cherenkov_rate(moment, n, first, last)
    reason = (
        "matter of stars has n < 1 for transverse photons, and the space-like longitudinal branch is Landau damped; "
        "in a transparent medium the rate is too small to see"
    )
    return AstroBound(
        name="cherenkov",
        title="Cherenkov radiation",
        kind="none",
        value=None,
        reason=reason,
        method="theory",
        source="matter",
        process="spin-flip",
        nature="dirac",
        formula="mu^2 = (lambda^dagger lambda) of a flavour",
        assumptions={
            "mu": Assumption(moment, "mu_B"),
            "index": Assumption(n, "1"),
            "photons from": Assumption(first, "eV"),
            "photons to": Assumption(last, "eV", "far below the energy of the neutrino"),
        },
        numbers={"rate": Assumption(rate, "1/s"), "rate along the way": Assumption(rate / const.c * 100, "1/m")},
        doubts=("the published 0.2e-13 mu_B (Mohanty:1995) needs n > 1 in the core of a supernova, a numerical error",),
        references=("Grimus:1993", "Mohanty:1995"),
        moment=None if neutrino is None else moment,
    )
