"""Radiative decay of a heavy lepton, in one record."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from nudipole import digits
from nudipole.errors import OutOfRange
from nudipole.io.stamp import stamp
from nudipole.properties import NATURES, decay_length, heavy_lifetime, heavy_width, moment_of_dipole


@dataclass(frozen=True)
class HeavyDecay:
    """Width, lifetime and decay length by nature.

    Attributes
    ----------
    mass : float
        [MeV]
    d : float
        Square root of the sum of squares over flavours [1/GeV].
    energy : float or None
        Total energy of the lepton [MeV].
    width : dict of float
        [GeV]
    lifetime : dict of float
        [s]
    length : dict of float
        [m]; empty without an energy.

    Examples
    --------
    >>> found = decay(100.0, 1e-6)
    >>> print(f"{found.width['dirac']:.4e} GeV, {found.lifetime['majorana']:.4e} s")
    7.9577e-17 GeV, 4.1357e-09 s
    """

    mass: float
    d: float
    energy: float | None
    width: dict[str, float]
    lifetime: dict[str, float]
    length: dict[str, float]

    @property
    def moment(self) -> float:
        """mu = 2 d [mu_B]."""
        return moment_of_dipole(self.d)

    def __str__(self) -> str:
        head = (
            f"N -> nu gamma, m4 = {digits.plain(self.mass, 6)} MeV, d = {digits.plain(self.d, 6)} 1/GeV, "
            f"mu = 2 d = {digits.number(self.moment, 5)} mu_B; L = d nubar_L sigma N F + h.c."
        )
        lines = [
            head,
            f"{'':<10}{'width [GeV]':>16}{'lifetime [s]':>16}" + (f"{'length [m]':>16}" if self.length else ""),
        ]
        for nature in self.width:
            row = [self.width[nature], self.lifetime[nature], *([self.length[nature]] if self.length else [])]
            lines.append(f"{nature:<10}" + "".join(f"{digits.number(x, 7):>16}" for x in row))
        if self.energy is not None:
            gamma = self.energy / self.mass
            lines.append(f"length     at {digits.plain(self.energy, 6)} MeV, gamma = {digits.number(gamma)}")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-portal-decay/1``."""
        return {
            **stamp("portal-decay"),
            "mass": self.mass,
            "mass_unit": "MeV",
            "d": self.d,
            "d_unit": "1/GeV",
            "moment": self.moment,
            "moment_unit": "mu_B",
            "lagrangian": "d nubar_L sigma^{mu nu} N F_{mu nu} + h.c.",
            "energy": self.energy,
            "width": self.width,
            "width_unit": "GeV",
            "lifetime": self.lifetime,
            "lifetime_unit": "s",
            "length": self.length or None,
            "length_unit": "m",
        }


def decay(mass: float, d: float, *, energy: float | None = None, nature: str | None = None) -> HeavyDecay:
    """Radiative decay of a heavy lepton, for Dirac and Majorana ones.

    Parameters
    ----------
    mass : float
        [MeV]
    d : float
        [1/GeV]
    energy : float, optional
        Total energy [MeV], for the decay length.
    nature : {"dirac", "majorana"}, optional
        Both unless given.

    Returns
    -------
    HeavyDecay

    Raises
    ------
    UnknownName, NotANumber, OutOfRange
        For another nature, a mass or coupling that is not positive, and an energy below the mass.

    References
    ----------
    Magill:2018jla

    Examples
    --------
    >>> print(f"{decay(30.0, 1e-6, energy=40.0).length['dirac']:.1f} m")
    81.0 m
    """
    natures = NATURES if nature is None else (nature,)
    width = {one: 1e-3 * heavy_width(mass, d, one) for one in natures}
    lifetime = {one: heavy_lifetime(mass, d, one) for one in natures}
    if energy is not None and not math.isfinite(energy):
        raise OutOfRange("energy of the heavy lepton", energy, mass, inside=True, unit="MeV")
    length = {} if energy is None else {one: decay_length(mass, energy, d, one) for one in natures}
    return HeavyDecay(float(mass), float(d), energy, width, lifetime, length)
