"""The core of SN1987A: right-handed neutrinos, made by the flip of left-handed ones, must not carry its energy away.

Dirac neutrinos alone: what a Majorana neutrino flips to is an antineutrino, which is trapped as neutrinos are. Above
the window right-handed neutrinos are trapped, too, by flipping back.
"""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import numpy as np

from nudipole import constants as const
from nudipole.astrophysics.bound import Assumption, AstroBound
from nudipole.astrophysics.core import Core
from nudipole.astrophysics.flip import flip_rate_static
from nudipole.astrophysics.quantities import read
from nudipole.astrophysics.strength import flip_moments
from nudipole.errors import ArgumentError, UnknownName
from nudipole.mixing import Oscillation
from nudipole.properties import FLAVOURS, Neutrino

CRITERIA = ("luminosity", "rate")
TARGETS = ("both", "protons", "electrons")
#: Largest luminosity in right-handed neutrinos [erg/s], and largest rate [erg/(g s)].
MOST_LUMINOSITY, MOST_RATE = 1e53, 1e19
#: Near the neutrinosphere: energy of neutrinos [MeV], density [g/cm^3], protons for each nucleon, temperature [MeV].
SPHERE = (20.0, 1e11, 0.2, 5.0)
#: Axial coupling of nucleons.
_G_A = 1.27


def supernova_bound(
    core: Core | None = None,
    *,
    criterion: str = "luminosity",
    targets: str = "both",
    luminosity: Any = None,
    rate: Any = None,
    neutrino: Neutrino | None = None,
    oscillation: str | Oscillation | None = None,
) -> AstroBound:
    """Window that SN1987A excludes, for Dirac neutrinos.

    Parameters
    ----------
    core : Core, optional
    criterion : {"luminosity", "rate"}
        Of the whole core [erg/s], or of a gram [erg/(g s)].
    targets : {"both", "protons", "electrons"}
        What neutrinos flip on.
    luminosity, rate : float or str, optional
        The largest one, of the criterion that is used: 1e53 erg/s or 1e19 erg/(g s) unless given.
    neutrino : Neutrino, optional
        To be judged.
    oscillation : str or Oscillation, optional
        Takes moments of mass states to flavours.

    Returns
    -------
    AstroBound
        A window: free streaming below, trapping above.

    Raises
    ------
    UnknownName, ArgumentError
        For unknown words, numbers without meaning, and the number of the other criterion.
    PropertyRule
        For Majorana neutrinos.

    References
    ----------
    Barbieri:1988; Ayala:1999; Kuznetsov:2009

    Examples
    --------
    >>> found = supernova_bound()
    >>> print(f"{found.value:.2e} .. {found.upper_end:.0e} mu_B")
    2.07e-12 .. 6e-09 mu_B
    """
    for name, given, known in (("criterion", criterion, CRITERIA), ("targets", targets, TARGETS)):
        if given not in known:
            raise UnknownName(name, given, known)
    for name, number in (("luminosity", luminosity), ("rate", rate)):
        if number is not None and name != criterion:
            raise ArgumentError(
                name, str(number), f"has no effect on the criterion of {criterion}: choose that of {name}"
            )
    core = core or Core()
    found = core.luminosities()
    summed = {
        flavour: sum(x for name, x in parts.items() if targets in ("both", name)) for flavour, parts in found.items()
    }
    if criterion == "rate":
        most = read("rate", MOST_RATE if rate is None else rate, "erg/(g s)") * core.volume * core.density
    else:
        most = read("luminosity", MOST_LUMINOSITY if luminosity is None else luminosity, "erg/s")
    # Of a moment of electron neutrinos alone: what others add depends on their moments.
    low = 1e-12 * math.sqrt(most / summed["e"])
    low_all = 1e-12 * math.sqrt(most / sum(summed.values()))
    on_protons, on_electrons = core.rates(core.mu_nue or 3 * core.temperature)
    gamma = float(on_protons[0] + on_electrons[0])
    radius = (3 * core.volume / (4 * math.pi)) ** (1 / 3)
    path = 1e-12 * math.sqrt(const.c / gamma / radius)
    high = trapping_moment()
    moment = None
    if neutrino is not None:
        squares = flip_moments(neutrino, "the bound of SN1987A", oscillation)
        moment = math.sqrt(sum(squares[name] * summed[name] for name in FLAVOURS) / summed["e"])
    between = (
        f"between {path:.1e} mu_B, where the mean free path of the flip is the core's radius, and the upper edge, "
        "right-handed neutrinos leave from deeper, hotter layers than others: excluded in models of one zone"
    )
    doubts = (
        "free-streaming edge: a factor of two by the rate, of three by the model of the core (0.4e-12 .. 2e-12 mu_B)",
        between,
        "the upper edge is an order of magnitude: 5e-9 .. 1e-8 mu_B with the place of the neutrinosphere",
        "energy of the outgoing neutrino taken as that of the incoming one; no spin precession on the way",
    )
    if low >= high:
        return _window(
            core, None, None, criterion, targets, most, doubts, {}, moment, "the whole window is closed by trapping"
        )
    numbers = {
        "k_p": Assumption(core.k_p, "MeV", "screening of protons"),
        "k_e": Assumption(core.k_e, "MeV", "of electrons"),
        "mu_e": Assumption(core.mu_e, "MeV"),
        "luminosity": Assumption(summed["e"], "erg/s", "nu_e of 1e-12 mu_B"),
        "on protons": Assumption(found["e"]["protons"], "erg/s"),
        "on electrons": Assumption(found["e"]["electrons"], "erg/s"),
        "nu_mu and nu_tau add": Assumption(
            sum(summed.values()) / summed["e"] - 1, "1", "of the luminosity, with equal moments"
        ),
        "value for equal moments": Assumption(low_all, "mu_B", "of all flavours"),
        "mean free path is the radius at": Assumption(path, "mu_B"),
    }
    return _window(core, low, high, criterion, targets, most, doubts, numbers, moment, "")


def _window(
    core: Core,
    low: float | None,
    high: float | None,
    criterion: str,
    targets: str,
    most: float,
    doubts: tuple[str, ...],
    numbers: dict[str, Assumption],
    moment: float | None,
    reason: str,
) -> AstroBound:
    units = {"temperature": "MeV", "density": "g/cm^3", "Y_p": "1", "mu_nue": "MeV", "volume": "cm^3"}
    assumed = {one.name: Assumption(getattr(core, one.name), units[one.name]) for one in fields(core)}
    what = "largest luminosity" if criterion == "luminosity" else "largest rate, times the mass of the core"
    return AstroBound(
        name="supernova",
        title="SN1987A, flip to right-handed neutrinos",
        kind="none" if low is None else "window",
        value=low,
        upper_end=high,
        reason=reason or "a criterion of energy loss has none",
        method="energy-loss",
        source="supernova",
        process="spin-flip",
        formula="mu^2 = (lambda^dagger lambda)_ee, other flavours with the weight of their luminosity",
        nature="dirac",
        assumptions={
            **assumed,
            "criterion": Assumption(most, "erg/s", what),
            "targets": Assumption(targets, "", "protons at rest; electrons in hard thermal loops, protons screening"),
            "neutrinosphere": Assumption(
                f"E = {SPHERE[0]:g} MeV, {SPHERE[1]:g} g/cm^3, Y_p = {SPHERE[2]:g}, T = {SPHERE[3]:g} MeV",
                "",
                "of the upper edge",
            ),
        },
        numbers=numbers,
        doubts=doubts,
        references=("Barbieri:1988", "Ayala:1999", "Kuznetsov:2006", "Kuznetsov:2009", "Raffelt:1999"),
        moment=moment,
        factor=2.0,
    )


def trapping_moment(
    E: float = SPHERE[0], density: float = SPHERE[1], Y_p: float = SPHERE[2], T: float = SPHERE[3]
) -> float:
    r"""Moment at which right-handed neutrinos flip back as often as left-handed ones scatter, near the neutrinosphere.

    .. math:: \alpha\mu^2 Y_p\Big[\ln(1 + z) - \frac{z}{1 + z}\Big] = \frac{G_F^2E^2}{4\pi}(1 + 3g_A^2)

    Parameters
    ----------
    E : float
        Energy of the neutrinos [MeV].
    density : float
        [g/cm^3]
    Y_p : float
    T : float
        [MeV]

    Returns
    -------
    float
        [mu_B], an order of magnitude.

    References
    ----------
    Raffelt:1999

    Examples
    --------
    >>> print(f"{trapping_moment():.0e}")
    6e-09
    """
    core = Core(T, density, Y_p, 0.0)
    flip = float(flip_rate_static(np.array([E]), core.n_p, math.hypot(core.k_p, core.k_e))[0])
    n = core.n_p / Y_p
    weak = n * const.G_F**2 * E**2 / (4 * math.pi) * (1 + 3 * _G_A**2)
    return math.sqrt(weak / flip) / const.mu_B_natural
