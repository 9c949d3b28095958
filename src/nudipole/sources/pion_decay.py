r"""Pions and muons that decay at rest in the target of a proton beam.

A positive pion at rest gives a line of nu_mu, the muon then antinu_mu and nu_e, all known exactly:

.. math:: E_0 = \frac{m_\pi^2 - m_\mu^2}{2 m_\pi}, \qquad
          \frac{dN}{dE}(\bar\nu_\mu) = \frac{64E^2}{m_\mu^3}\Big(\frac34 - \frac{E}{m_\mu}\Big), \qquad
          \frac{dN}{dE}(\nu_e) = \frac{192E^2}{m_\mu^3}\Big(\frac12 - \frac{E}{m_\mu}\Big)

for :math:`E < m_\mu/2`. Facilities (SNS, LAMPF, ESS) differ in power, time structure and distance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import equinox as eqx
import numpy as np
from numpy.typing import ArrayLike, NDArray

from nudipole import constants as const
from nudipole import tables
from nudipole.errors import OutOfRange, UnknownName
from nudipole.mixing import Oscillation
from nudipole.sources.beam import Beam
from nudipole.sources.oscillated import Flight
from nudipole.sources.pulse import Pulse, TimeEfficiency

COMPONENTS = ("nu_mu", "antinu_mu", "nu_e")
#: Nodes of the spectra of muon decay; trapezoids between them integrate to 1 within 1e-5.
_NODES = 401
_US = 1e-6 * const.second
#: Parts of a bin of time, each with the efficiency of its middle.
_PARTS = 500


@cache
def _particle(name: str) -> tuple[float, float]:
    """Mass [MeV] and lifetime [MeV^-1]."""
    table = tables.read("beam-pion-decay")
    row = table.words("particle").index(name)
    return float(table.column("mass", "MeV")[row]), float(table.column("lifetime", "s")[row]) * const.second


def line_energy() -> float:
    """Energy of the nu_mu of a pion decay at rest, 29.79 MeV.

    References
    ----------
    ParticleDataGroup:2024cfk (masses)
    """
    m_pi = _particle("pi+")[0]
    return (m_pi**2 - const.m_mu**2) / (2 * m_pi)


@cache
def spectrum(component: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes E [MeV] and dN/dE [1/MeV] of ``"antinu_mu"`` or ``"nu_e"`` from the decay of one muon at rest."""
    m = const.m_mu
    E = np.linspace(0, m / 2, _NODES)
    if component == "antinu_mu":
        return E, 64 * E**2 / m**3 * (3 / 4 - E / m)
    if component == "nu_e":
        return E, 192 * E**2 / m**3 * np.maximum(1 / 2 - E / m, 0)
    raise UnknownName("neutrino with a continuous spectrum", component, COMPONENTS[1:])


class PionDecayAtRest(eqx.Module):
    """Neutrinos of pions and muons at rest.

    Attributes
    ----------
    protons : float
        On target per time [MeV]; ``units.parse("5.7e20 1/d", "1/s")`` gives it.
    neutrinos_per_proton : float
        Of each of the three kinds.
    baseline : float
        [MeV^-1]
    relative_error : float
        Of the flux, common to the three.
    pulse : Pulse
        Time profile of the protons.
    oscillation : Oscillation or None
        None: flavours stay what they were.
    coherent : bool
        False: oscillations averaged over.
    line_width : float
        Standard deviation of the energy of a line [MeV]: its interference is averaged over it; 0 for none.

    Raises
    ------
    OutOfRange
        If a number is not positive, or the error or the width negative.

    Examples
    --------
    >>> PionDecayAtRest.named("sns-2021").beam().components
    ('nu_mu', 'antinu_mu', 'nu_e')
    """

    protons: float = eqx.field(converter=float, static=True)
    neutrinos_per_proton: float = eqx.field(converter=float, static=True)
    baseline: float = eqx.field(converter=float, static=True)
    relative_error: float = eqx.field(converter=float, static=True, default=0.0)
    pulse: Pulse = Pulse()
    oscillation: Oscillation | None = None
    coherent: bool = eqx.field(static=True, default=True)
    line_width: float = eqx.field(converter=float, static=True, default=0.0)

    def __check_init__(self) -> None:
        for name, unit in (("protons", "MeV"), ("neutrinos_per_proton", ""), ("baseline", "MeV^-1")):
            if not 0 < getattr(self, name) < math.inf:
                raise OutOfRange(name, getattr(self, name), 0, inside=True, unit=unit)
        for name, unit in (("relative_error", ""), ("line_width", "MeV")):
            if not 0 <= getattr(self, name) < math.inf:
                raise OutOfRange(name, getattr(self, name), 0, unit=unit)

    @classmethod
    def named(
        cls,
        site: str = "sns-2021",
        *,
        protons: float | None = None,
        neutrinos_per_proton: float | None = None,
        relative_error: float | None = None,
        baseline: float | None = None,
        pulse: Pulse | Mapping[str, Any] | None = None,
        oscillation: Oscillation | None = None,
        coherent: bool = True,
        line_width: float = 0.0,
    ) -> PionDecayAtRest:
        """A facility by name; `protons` (per time), `neutrinos_per_proton`, `relative_error`, `baseline` and `pulse`
        (or its arguments) replace the tabulated ones.

        Raises
        ------
        UnknownName
            If there is no such site.
        """
        table = tables.read("beam-pion-decay-sites")
        if site not in table.words("site"):
            raise UnknownName("source of pions at rest", site, table.words("site"))
        row = table.words("site").index(site)
        if protons is None:
            protons = float(table.column("protons_per_day", "1/d")[row]) / (86400 * const.second)
        if baseline is None:
            baseline = float(table.column("baseline", "m")[row]) * 100 * const.cm
        if pulse is None:
            centre, width = (float(table.column(f"pulse_{key}", "us")[row]) * _US for key in ("centre", "width"))
            pulse = (
                Pulse.rectangle(centre, width) if table.words("pulse")[row] == "rectangular" else Pulse(centre, width)
            )
        if isinstance(pulse, Mapping):
            pulse = Pulse(**pulse)
        yield_, error = (
            float(table.column(key, "1")[row]) if given is None else given
            for key, given in (("neutrinos_per_proton", neutrinos_per_proton), ("relative_error", relative_error))
        )
        return cls(protons, yield_, baseline, error, pulse, oscillation, coherent, line_width)

    @property
    def flight(self) -> Flight:
        """From the target of the protons to that of the neutrinos."""
        return Flight((self.baseline,), (1.0,), self.oscillation, self.coherent, self.line_width)

    def beam(self) -> Beam:
        """The line of nu_mu and the spectra of antinu_mu and nu_e, of equal flux."""
        flux = self.protons * self.neutrinos_per_proton / (4 * math.pi * self.baseline**2)
        flight = self.flight
        parts = [flight.lines("nu_mu", np.array([line_energy()]), np.array([flux]), "mu")]
        for name, flavour, antineutrino in (("antinu_mu", "mu", True), ("nu_e", "e", False)):
            E, dN_dE = spectrum(name)
            parts.append(flight.continuum(name, E, flux * dN_dE, flavour, antineutrino=antineutrino))
        return Beam.assemble(parts, np.full((3, 3), self.relative_error**2))

    def timing(self, edges: ArrayLike, efficiency: TimeEfficiency | None = None) -> NDArray[np.float64]:
        r"""Fraction of each component that arrives in each bin of time.

        Prompt nu_mu follow the pulse and the pion lifetime, delayed antinu_mu and nu_e also that of the muon. With
        F(t; tau) the fraction of a pulse decayed by t, that of the muons is
        :math:`[\tau_\mu F(t;\tau_\mu) - \tau_\pi F(t;\tau_\pi)]/(\tau_\mu - \tau_\pi)`.

        Parameters
        ----------
        edges : array of shape (b + 1,)
            Increasing times [MeV^-1], on the clock of the pulse; the flight of the neutrinos is left out.
        efficiency : callable, optional
            Of an arrival at the times [MeV^-1] of an array, smooth but for kinks (jumps belong on an edge). The
            fractions are then those that are counted, to 1e-4.

        Returns
        -------
        array of shape (3, b)
            In the order of the components; each row adds up to what falls between the outer edges, at most 1.

        Raises
        ------
        OutOfRange
            If the edges do not increase or the efficiency is not between 0 and 1.
        """
        t = np.asarray(edges, float)
        if t.ndim != 1 or len(t) < 2 or not np.all(np.diff(t) > 0):
            raise OutOfRange("step between edges of time", float(np.min(np.diff(t), initial=0.0)), 0)
        if efficiency is None:
            return self._arrived(t)
        parts = np.append((t[:-1, None] + np.diff(t)[:, None] * np.arange(_PARTS) / _PARTS).ravel(), t[-1])
        passed = np.asarray(efficiency((parts[1:] + parts[:-1]) / 2), float)
        for extreme in (float(passed.min()), float(passed.max())):
            if not 0 <= extreme <= 1:
                raise OutOfRange("efficiency of an arrival time", extreme, 0, 1)
        counted: NDArray[np.float64] = (self._arrived(parts) * passed).reshape(3, -1, _PARTS).sum(axis=-1)
        return counted

    def _arrived(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Fractions between neighbouring times, (3, len(t) - 1)."""
        (_, tau_pi), (_, tau_mu) = _particle("pi+"), _particle("mu+")
        pions, muons = (self.pulse.decayed(t, tau) for tau in (tau_pi, tau_mu))
        delayed = np.diff((tau_mu * muons - tau_pi * pions) / (tau_mu - tau_pi))
        return np.stack([np.diff(pions), delayed, delayed])
