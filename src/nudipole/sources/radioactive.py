"""Artificial sources: electron capture in 51Cr and 37Ar, beta decay of 144Ce-144Pr, and a line of any energy."""

from __future__ import annotations

import math
from functools import cache

import equinox as eqx
import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole import tables
from nudipole.errors import NudipoleError, OutOfRange, UnknownName
from nudipole.mixing import FLAVOURS, Oscillation
from nudipole.sources.beam import Beam
from nudipole.sources.beta_decay import branches, mixture
from nudipole.sources.oscillated import Flight

_DAY = 86400 * const.second


@cache
def lines(nuclide: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Line energies [MeV] and the fraction of decays in each.

    Raises
    ------
    UnknownName
        If no such nuclide captures electrons; the message lists those that do.

    References
    ----------
    SAGE:1998fvr (51Cr), Abdurashitov:2005tb (37Ar)
    """
    table = tables.read("radioactive-lines")
    rows = [i for i, name in enumerate(table.words("nuclide")) if name == nuclide]
    if not rows:
        raise UnknownName("source of electron capture", nuclide, set(table.words("nuclide")))
    return table.column("E", "MeV")[rows], table.column("fraction", "1")[rows]


@cache
def mean_life(nuclide: str) -> float:
    """Half-life over ln 2 [MeV^-1].

    Raises
    ------
    UnknownName
        If there is no such nuclide; the message lists them.
    """
    table = tables.read("radioactive-half-lives")
    if nuclide not in table.words("nuclide"):
        raise UnknownName("radioactive source", nuclide, table.words("nuclide"))
    half_life = float(table.column("half_life", "d")[table.words("nuclide").index(nuclide)])
    return half_life * _DAY / math.log(2)


class RadioactiveSource(eqx.Module):
    """A source small against its distance: nu_e of electron capture, or antinu_e of beta decay.

    Attributes
    ----------
    nuclide : str
        ``"51Cr"``, ``"37Ar"``, or ``"144Ce"``: two antineutrinos per decay, its own and that of 144Pr, in equilibrium.
    activity : float
        At the reference time [MeV]; ``units.parse("3 MCi", "Bq")`` gives it. Of 144Ce that of the parent.
    distance : float
        [MeV^-1]
    delay : float
        From the reference time to the beginning of the exposure [MeV^-1].
    duration : float
        Of the exposure, over which the flux is averaged [MeV^-1]; 0 for the flux at its beginning.
    relative_error : float
        Of the activity.
    oscillation : Oscillation or None
        None: the flavour stays what it was.
    coherent : bool
        False: oscillations averaged over.
    line_width : float
        Standard deviation of the energy of a line [MeV]: its interference is averaged over it; 0 for none.

    Raises
    ------
    UnknownName
        If there is no such nuclide.
    OutOfRange
        If activity or distance is not positive, or a time, the error or the width negative.
    NudipoleError
        If there is a width but no line.

    Examples
    --------
    >>> RadioactiveSource.named("51Cr").beam().line_energies.round(3).tolist()
    [0.747, 0.427, 0.752, 0.432]
    """

    nuclide: str = eqx.field(static=True)
    activity: float = eqx.field(converter=float, static=True)
    distance: float = eqx.field(converter=float, static=True)
    delay: float = eqx.field(converter=float, static=True, default=0.0)
    duration: float = eqx.field(converter=float, static=True, default=0.0)
    relative_error: float = eqx.field(converter=float, static=True, default=0.0)
    oscillation: Oscillation | None = None
    coherent: bool = eqx.field(static=True, default=True)
    line_width: float = eqx.field(converter=float, static=True, default=0.0)

    def __check_init__(self) -> None:
        mean_life(self.nuclide)
        for name, unit in (("activity", "MeV"), ("distance", "MeV^-1")):
            if not 0 < getattr(self, name) < math.inf:
                raise OutOfRange(name, getattr(self, name), 0, inside=True, unit=unit)
        positive = (("delay", "MeV^-1"), ("duration", "MeV^-1"), ("relative_error", ""), ("line_width", "MeV"))
        for name, unit in positive:
            if not 0 <= getattr(self, name) < math.inf:
                raise OutOfRange(name, getattr(self, name), 0, unit=unit)
        if self.line_width and not self.has_lines:
            raise NudipoleError(f"{self.nuclide} has a spectrum and no lines: leave line_width out")

    @classmethod
    def named(
        cls,
        nuclide: str = "51Cr",
        activity: float = 3.7e16 / const.second,
        distance: float = 100 * const.cm,
        *,
        delay: float = 0.0,
        duration: float = 0.0,
        relative_error: float = 0.0,
        oscillation: Oscillation | None = None,
        coherent: bool = True,
        line_width: float = 0.0,
    ) -> RadioactiveSource:
        """A source by the name of its nuclide; by default 1 MCi (3.7e16 Bq) at one metre."""
        return cls(nuclide, activity, distance, delay, duration, relative_error, oscillation, coherent, line_width)

    @property
    def has_lines(self) -> bool:
        """Whether the nuclide captures electrons."""
        return self.nuclide in tables.read("radioactive-lines").words("nuclide")

    @property
    def flight(self) -> Flight:
        """From the source to the target."""
        return Flight((self.distance,), (1.0,), self.oscillation, self.coherent, self.line_width)

    def mean_activity(self) -> float:
        """Activity averaged over the exposure [MeV]."""
        tau = mean_life(self.nuclide)
        lived = self.duration / tau
        average = -math.expm1(-lived) / lived if lived > 0 else 1.0
        return self.activity * math.exp(-self.delay / tau) * average

    def beam(self) -> Beam:
        """One component: the lines of a nuclide that captures electrons, or else the spectrum of its beta decays."""
        flux = self.mean_activity() / (4 * math.pi * self.distance**2)
        if self.has_lines:
            E, fraction = lines(self.nuclide)
            part = self.flight.lines(self.nuclide, E, flux * fraction, "e")
        else:
            E, dN_dE = mixture(branches(self.nuclide))
            part = self.flight.continuum(self.nuclide, E, flux * dN_dE, "e", antineutrino=True)
        return Beam.assemble([part], np.array([[self.relative_error**2]]))


class MonoEnergetic(eqx.Module):
    """Neutrinos of one energy, born with one flavour.

    Attributes
    ----------
    E : float
        [MeV]
    flux : float
        At the target, of all flavours [MeV^3]; ``units.parse("1e10 1/cm^2/s", "1/cm^2/s")`` gives it.
    flavour : str
        ``"e"``, ``"mu"`` or ``"tau"``.
    antineutrino : bool
    baseline : float
        [MeV^-1]
    oscillation : Oscillation or None
        None: the flavour stays what it was.
    coherent : bool
        False: oscillations averaged over.
    line_width : float
        Standard deviation of the energy of a line [MeV]: its interference is averaged over it; 0 for none.

    Raises
    ------
    OutOfRange
        If energy or flux is not positive, or the baseline or the width negative.
    UnknownName
        If there is no such flavour.

    Examples
    --------
    >>> from nudipole import units
    >>> source = MonoEnergetic(E=0.862, flux=units.parse("1e10 1/cm^2/s", "1/cm^2/s"))
    >>> source.beam().line_energies.tolist()
    [0.862]
    """

    E: float = eqx.field(converter=float, static=True)
    flux: float = eqx.field(converter=float, static=True)
    flavour: str = eqx.field(static=True, default="e")
    antineutrino: bool = eqx.field(static=True, default=False)
    baseline: float = eqx.field(converter=float, static=True, default=0.0)
    oscillation: Oscillation | None = None
    coherent: bool = eqx.field(static=True, default=True)
    line_width: float = eqx.field(converter=float, static=True, default=0.0)

    def __check_init__(self) -> None:
        for name, unit in (("E", "MeV"), ("flux", "MeV^3")):
            if not 0 < getattr(self, name) < math.inf:
                raise OutOfRange(name, getattr(self, name), 0, inside=True, unit=unit)
        if self.flavour not in FLAVOURS:
            raise UnknownName("flavour", self.flavour, FLAVOURS)

    @classmethod
    def named(
        cls,
        E: float = 1.0,
        flux: float = 1e10 / const.cm**2 / const.second,
        flavour: str = "e",
        antineutrino: bool = False,
        *,
        baseline: float = 0.0,
        oscillation: Oscillation | None = None,
        coherent: bool = True,
        line_width: float = 0.0,
    ) -> MonoEnergetic:
        """By default 1e10 nu_e of 1 MeV per cm^2 and s."""
        return cls(E, flux, flavour, antineutrino, baseline, oscillation, coherent, line_width)

    @property
    def flight(self) -> Flight:
        """Over the baseline."""
        return Flight((self.baseline,), (1.0,), self.oscillation, self.coherent, self.line_width)

    def beam(self) -> Beam:
        """One component with one line."""
        name = f"{'antinu' if self.antineutrino else 'nu'}_{self.flavour}"
        E, flux = np.array([self.E]), np.array([self.flux])
        return Beam.assemble([self.flight.lines(name, E, flux, self.flavour, antineutrino=self.antineutrino)])
