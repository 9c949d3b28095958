r"""Radiative decay nu_i -> nu_j gamma: what lifetimes say about moments.

.. math:: \Gamma = \frac{\mu^2}{8\pi}\Big(\frac{m_i^2 - m_j^2}{m_i}\Big)^3
          = 5.307\,\mathrm{s}^{-1}\,\Big(\frac{\mu}{\mu_B}\Big)^2
            \Big(\frac{m_i^2 - m_j^2}{m_i^2}\Big)^3\Big(\frac{m_i}{\mathrm{eV}}\Big)^3
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from nudipole import constants as const
from nudipole.astrophysics.bound import Assumption, AstroBound
from nudipole.astrophysics.quantities import read
from nudipole.errors import ArgumentError, UnknownName
from nudipole.mixing import Oscillation, nufit
from nudipole.models.w_loop import masses
from nudipole.properties import Neutrino, radiative_widths

#: Width of mu_B and 1 eV, to a massless neutrino [1/s].
COEFFICIENT = const.mu_B_natural**2 * const.eV**3 / (8 * math.pi) * const.second


@dataclass(frozen=True)
class Lifetime:
    """A lower bound on a lifetime.

    Attributes
    ----------
    title : str
    value : float
        [s], or [s/eV] of a lifetime over mass.
    over_mass : bool
    why : str
    references : tuple of str

    Examples
    --------
    >>> LIFETIMES["solar"].over_mass
    True
    """

    title: str
    value: float
    over_mass: bool
    why: str
    references: tuple[str, ...]


LIFETIMES = {
    "cmb": Lifetime(
        "spectrum of the microwave background", 1e19, False, "few 1e19 s, the weaker end", ("Mirizzi:2007",)
    ),
    "cmb-best": Lifetime("spectrum of the microwave background", 5e20, False, "the stronger end", ("Mirizzi:2007",)),
    "age": Lifetime("age of the Universe", 4.35e17, False, "neutrinos live as long", ("Mirizzi:2007",)),
    "solar": Lifetime(
        "no gamma rays from solar neutrinos",
        7e9,
        True,
        "useless beside the others, and shown for that",
        ("Raffelt:1999",),
    ),
}


def lifetime(mu: float, m: float, m_final: float = 0.0) -> float:
    """Lifetime of a neutrino by radiative decay.

    Parameters
    ----------
    mu : float
        Transition moment, with the electric one in quadrature [mu_B].
    m, m_final : float
        [eV]

    Returns
    -------
    float
        [s]; infinite without a moment or a lighter neutrino.

    References
    ----------
    Raffelt:1999

    Examples
    --------
    >>> print(f"{lifetime(1e-12, 0.05):.4e} s")
    1.5074e+27 s
    """
    share = max(1 - (m_final / m) ** 2, 0.0)
    width = COEFFICIENT * mu**2 * share**3 * m**3
    return 1 / width if width > 0 else math.inf


def decay_bound(
    lifetime_of: str | None = None,
    *,
    mass: Any = 0.05,
    final_mass: Any = 0.0,
    lifetime: Any = None,
    neutrino: Neutrino | None = None,
    oscillation: str | Oscillation | None = None,
) -> AstroBound:
    """Bound on a transition moment from a lifetime.

    Parameters
    ----------
    lifetime_of : str, optional
        Of `LIFETIMES`; that of the microwave background unless given.
    mass, final_mass : float or str
        Of the decaying neutrino and of the other [eV].
    lifetime : float or str, optional
        Another lower bound, in place of those [s].
    neutrino : Neutrino, optional
        To be judged: the state that decays fastest, with the masses of the splittings and the lightest massless.
    oscillation : str or Oscillation, optional
        Splittings, and what takes flavours to mass states.

    Returns
    -------
    AstroBound

    Raises
    ------
    UnknownName, ArgumentError
        For an unknown lifetime or two of them, and masses without meaning.

    References
    ----------
    Mirizzi:2007; Raffelt:1999

    Examples
    --------
    >>> [f"{decay_bound(name).value:.2e}" for name in ("cmb", "cmb-best", "age")]
    ['1.23e-08', '1.74e-09', '5.89e-08']
    """
    if lifetime is not None and lifetime_of is not None:
        raise ArgumentError("lifetime", str(lifetime), f"stands for that of {lifetime_of}: give one of both")
    lifetime_of = lifetime_of or "cmb"
    if lifetime_of not in LIFETIMES:
        raise UnknownName("lifetime", lifetime_of, LIFETIMES)
    one = LIFETIMES[lifetime_of]
    m, m_final = read("mass", mass, "eV"), read("final-mass", final_mass, "eV", ends=True)
    if m_final >= m:
        raise ArgumentError("final-mass", str(final_mass), f"must be below the mass of what decays, {m:g} eV")
    given = None if lifetime is None else read("lifetime", lifetime, "s")
    tau = given if given is not None else one.value * (m if one.over_mass else 1.0)
    unit = COEFFICIENT * (1 - (m_final / m) ** 2) ** 3 * m**3
    moment = None
    if neutrino is not None:
        mixing = oscillation if isinstance(oscillation, Oscillation) else nufit(oscillation or "nufit-6.0-no")
        states = neutrino.to_mass(mixing.pmns())
        widths = radiative_widths(states, masses(0.0, mixing)).sum(axis=0)
        moment = math.sqrt(float(np.max(widths)) / unit)
    return AstroBound(
        name="decay",
        title=f"radiative decay, {one.title if given is None else 'given lifetime'}",
        kind="upper",
        value=1 / math.sqrt(tau * unit),
        reason="that of the lifetime, which is an order of magnitude",
        source="cosmic",
        process="radiative-decay",
        formula="mu_ij^2 = |mu_ij|^2 + |eps_ij|^2 of one pair; of a matrix its fastest decay over the assumed one",
        assumptions={
            "mass": Assumption(m, "eV", "of what decays"),
            "final mass": Assumption(m_final, "eV"),
            "lifetime": Assumption(tau, "s", one.why if given is None else "as given"),
            "given neutrino": Assumption("masses of the splittings, the lightest massless"),
        },
        numbers={
            "coefficient": Assumption(COEFFICIENT, "1/s", "width of mu_B and 1 eV"),
            "lifetime of 1e-12 mu_B": Assumption(1 / (unit * 1e-24), "s"),
        },
        doubts=(
            "the bound goes as m^(-3/2): a lighter neutrino has none to speak of",
            "weaker than stars by three orders of magnitude or more",
        ),
        references=one.references,
        moment=moment,
    )
