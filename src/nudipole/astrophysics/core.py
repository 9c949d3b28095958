"""A core of one zone after the collapse of a star, and the right-handed neutrinos that it makes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole.astrophysics.flip import flip_rate, flip_rate_static, hard_thermal_loop
from nudipole.astrophysics.plasma import Plasma, electron_density
from nudipole.astrophysics.quantities import read
from nudipole.properties import FLAVOURS

Array = NDArray[np.float64]
#: Squared moment of 1e-12 mu_B in natural units [MeV^-2].
_UNIT = (1e-12 * const.mu_B_natural) ** 2
#: 1 MeV^4 in erg/cm^3.
_ERG = const.e_charge * 1e13 / const.hbar_c**3
_ENERGIES = 40


@dataclass(frozen=True)
class Core:
    """A core of one zone.

    Attributes
    ----------
    temperature : float
        [MeV]
    density : float
        [g/cm^3]
    Y_p : float
        Protons (and electrons) for each nucleon.
    mu_nue : float
        Chemical potential of electron neutrinos [MeV]; those of other flavours have none.
    volume : float
        [cm^3]

    Examples
    --------
    >>> core = Core()
    >>> [f"{float(x):.2f}" for x in (core.mu_e, core.k_p, core.k_e)]
    ['218.22', '35.68', '21.68']
    """

    temperature: float = 30.0
    density: float = 3e14
    Y_p: float = 0.3
    mu_nue: float = 160.0
    volume: float = 4 / 3 * math.pi * 1e18

    @classmethod
    def of(
        cls, temperature: Any = 30.0, density: Any = 3e14, Yp: Any = 0.3, mu_nue: Any = 160.0, volume: Any = None
    ) -> Core:
        """From numbers, or text with units.

        Parameters
        ----------
        temperature, density, Yp, mu_nue, volume : float or str
            [MeV, g/cm^3, 1, MeV, cm^3]

        Returns
        -------
        Core

        Raises
        ------
        ArgumentError
            For values without meaning, or beyond the range of the formulas.
        """
        return cls(
            read("temperature", temperature, "MeV", low=1.0, high=100.0, ends=True),
            read("density", density, "g/cm^3", low=1e12, high=3e15, ends=True),
            read("Yp", Yp, "1", low=0.0, high=1.0),
            read("mu-nue", mu_nue, "MeV", low=0.0, high=500.0, ends=True),
            cls.volume if volume is None else read("volume", volume, "cm^3"),
        )

    @property
    def n_p(self) -> float:
        """Density of protons [MeV^3]."""
        return float(electron_density(self.density, self.Y_p))

    @property
    def mu_e(self) -> float:
        """Chemical potential of electrons [MeV]."""
        return float(Plasma.at(self.temperature, self.n_p).mu_e)

    @property
    def k_p(self) -> float:
        """Screening momentum of protons [MeV]."""
        return math.sqrt(4 * math.pi * const.alpha * self.n_p / self.temperature)

    @property
    def k_e(self) -> float:
        """Screening momentum of electrons [MeV]."""
        squares = self.mu_e**2 + math.pi**2 * self.temperature**2 / 3
        return math.sqrt(4 * const.alpha / math.pi * squares)

    def rates(self, E: Any) -> tuple[Array, Array]:
        """Rates of the flip on protons and on electrons.

        Parameters
        ----------
        E : Float[Array, "n"]
            [MeV]

        Returns
        -------
        tuple of Float[Array, "n"]
            For 1e-12 mu_B [1/s].
        """
        E, k_e, k_p = np.atleast_1d(np.asarray(E, float)), self.k_e, self.k_p
        protons = flip_rate_static(E, self.n_p, math.hypot(k_p, k_e))
        electrons = flip_rate(
            E, self.temperature, lambda x, k: hard_thermal_loop(x, k, k_e), screening=k_p, k_most=2 * self.mu_e
        )
        return _UNIT * const.second * protons, _UNIT * const.second * electrons

    def luminosities(self) -> dict[str, dict[str, float]]:
        """Luminosities in right-handed neutrinos.

        Returns
        -------
        dict of dict of float
            By flavour, then protons and electrons; for 1e-12 mu_B [erg/s]. Electron antineutrinos are left out,
            muon and tau neutrinos have theirs.
        """
        T, most = self.temperature, max(self.mu_nue, 0.0)
        at, weight = np.polynomial.legendre.leggauss(_ENERGIES)
        edges = np.array([0.0, max(most - 8 * T, 0.0), most + 8 * T, most + 30 * T])
        half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
        E = (middle[:, None] + half[:, None] * at).ravel()
        dE = (half[:, None] * weight).ravel()
        keep = dE > 0
        E, dE = E[keep], dE[keep]
        by_target = self.rates(E)
        found = {}
        for flavour in FLAVOURS:
            mu, copies = (self.mu_nue, 1) if flavour == "e" else (0.0, 2)
            f = copies / (np.exp(np.minimum((E - mu) / T, 700.0)) + 1)
            # Rates are per second: the other factors are in MeV^4.
            density = [float(np.sum(dE * E**3 * f * rate)) / (2 * math.pi**2) for rate in by_target]
            found[flavour] = dict(zip(("protons", "electrons"), (_ERG * self.volume * x for x in density), strict=True))
        return found
