"""Raffelt's simple criteria: at one point of a star new losses stay below what burns there."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nudipole.astrophysics.bound import Assumption, AstroBound
from nudipole.astrophysics.losses import emissivity
from nudipole.astrophysics.plasmon import loss
from nudipole.astrophysics.strength import Strength
from nudipole.errors import UnknownName
from nudipole.properties import Neutrino

#: Of parameters that a criterion bounds: the property, and its unit.
PROPERTIES = {"mu": ("magnetic-moment", "mu_nu", "mu_B", 1e-12), "charge": ("millicharge", "q_nu", "e", 1e-14)}


@dataclass(frozen=True)
class Criterion:
    """A point of a star, and the largest loss there.

    Attributes
    ----------
    title : str
    T, rho, Y_e : float
        [K, g/cm^3, 1]
    most : float
        [erg/(g s)]
    why : str
    references : tuple of str

    Examples
    --------
    >>> STARS["globular-clusters"].most
    10.0
    """

    title: str
    T: float
    rho: float
    Y_e: float
    most: float
    why: str
    references: tuple[str, ...]


STARS = {
    "sun": Criterion(
        "centre of the Sun",
        1.57e7,
        150.0,
        0.85,
        1.925,
        "mean of the Sun, L/M: more would shorten its life",
        ("Raffelt:1999",),
    ),
    "helium-stars": Criterion(
        "helium-burning stars",
        1e8,
        1e4,
        0.5,
        80.0,
        "mean of helium burning: more would halve its duration",
        ("Raffelt:1988",),
    ),
    "globular-clusters": Criterion(
        "red giants of globular clusters, simple criterion",
        1e8,
        2e5,
        0.5,
        10.0,
        "Raffelt's criterion at the mean density of the core",
        ("Raffelt:1990", "Raffelt:1999"),
    ),
}


def simple_bound(star: str, of: str = "mu", *, neutrino: Neutrino | None = None) -> AstroBound:
    """Bound from the losses at one point of a star: an order of magnitude.

    Parameters
    ----------
    star : str
        Of `STARS`.
    of : {"mu", "charge"}
    neutrino : Neutrino, optional
        To be judged.

    Returns
    -------
    AstroBound

    Raises
    ------
    UnknownName
        For another star or property.

    References
    ----------
    Raffelt:1990; Raffelt:1999; Raffelt:1988

    Examples
    --------
    >>> [f"{simple_bound(star, of).value:.1e}" for star in STARS for of in ("mu", "charge")]
    ['3.5e-10', '7.8e-14', '3.0e-11', '4.1e-14', '2.8e-12', '1.7e-14']
    """
    if star not in STARS:
        raise UnknownName("star", star, STARS)
    if of not in PROPERTIES:
        raise UnknownName("property", of, PROPERTIES)
    one = STARS[star]
    quantity, symbol, unit, size = PROPERTIES[of]
    found = emissivity(one.T, one.rho, Y_e=one.Y_e)
    scale = Strength(
        found.strength.C2, found.strength.C2_sm, size**2 if of == "mu" else 0.0, size**2 if of == "charge" else 0.0
    )
    lost = float(loss(found.plasma, scale).channels[2 if of == "mu" else 3]) / one.rho
    moment = None
    if neutrino is not None:
        strength = Strength.of(neutrino)
        moment = math.sqrt(float(strength.mu2 if of == "mu" else strength.q2))
    pairs = "lambda_jk" if of == "mu" else "q_jk"
    return AstroBound(
        name=star,
        title=one.title,
        kind="upper",
        value=size * math.sqrt(one.most / lost),
        unit=unit,
        reason="an order of magnitude has none",
        method="order-of-magnitude",
        quantity=quantity,
        symbol=symbol,
        formula=f"{symbol}^2 = sum_jk |{pairs}|^2 (Dirac), sum_{{j<k}} (Majorana)",
        assumptions={
            "T": Assumption(one.T, "K"),
            "rho": Assumption(one.rho, "g/cm^3"),
            "Y_e": Assumption(one.Y_e, "1"),
            "largest loss": Assumption(one.most, "erg/(g s)", one.why),
        },
        numbers={"loss": Assumption(lost, "erg/(g s)", f"of {symbol} = {size:g} {unit}")},
        doubts=("one point stands for a star: a criterion, not a fit",),
        references=one.references,
        moment=moment,
    )
