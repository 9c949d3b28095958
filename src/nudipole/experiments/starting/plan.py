"""From a source, a detector and processes to the energies that are counted, all in keV."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nudipole.detectors import QUENCHINGS
from nudipole.experiments.starting.detectors import StartingDetector
from nudipole.experiments.starting.sources import StartingSource
from nudipole.targets.nuclei import isotopes

#: Bins of one process, and those of nuclei where electrons are seen too.
_BINS, _BINS_OF_NUCLEI = 40, 10
#: Nuclei are counted from no less than this part of the largest energy that they give.
_PART = 1 / 30
#: Round numbers within a decade: widths of bins, and edges where they grow; coarser ones over many decades.
_WIDTHS, _STEPS, _COARSE = (1, 2, 2.5, 5, 10), (1, 1.5, 2, 3, 5, 7), (1, 2, 5)
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Plan:
    """What is to be written, and the energies that follow from it."""

    source: StartingSource
    setup: StartingDetector
    target: str
    atoms: tuple[str, ...]
    processes: tuple[str, ...]

    @property
    def energetic(self) -> bool:
        """Whether electrons alone are looked for, far above the lowest threshold."""
        return self.processes == ("nu-e",) and (self.source.angle or not self.setup.sees_nuclei)

    @property
    def at_angles(self) -> bool:
        """Whether the angle of the electrons is cut on."""
        return self.energetic and self.source.angle

    @property
    def electrons(self) -> tuple[float, float]:
        """Energies at which electrons are counted."""
        if self.energetic:
            return self.source.energetic
        return self.setup.electrons, max(self.source.electrons, 10 * self.setup.electrons)

    @property
    def recoil(self) -> tuple[float, float]:
        """Largest recoil energy of a nucleus, and what is seen of it."""
        # Of the lightest element, but protons scatter few neutrinos.
        element = min((element for element in self.atoms if element != "H"), key=_mass, default="H")
        T = 2 * self.source.E**2 / (_mass(element) + 2 * self.source.E)
        kind, _, value, _ = self.setup.quenching
        Z = (float(isotopes(element)[0][1].Z),) if kind == "lindhard" else ()
        quenching = QUENCHINGS[kind]() if kind == "none" else QUENCHINGS[kind](value, *Z)
        return T * 1e3, float(quenching(np.asarray(T))) * 1e3

    @property
    def visible(self) -> bool:
        """Whether the threshold of such detectors today lies well below the end of the recoils."""
        return self.setup.nuclei < 0.6 * self.recoil[1]

    @property
    def nuclei(self) -> tuple[float, float]:
        """Energies at which nuclei are counted."""
        end = self.recoil[1]
        return max(self.setup.nuclei, end * _PART) if self.visible else end / 10, end

    def edges(self) -> tuple[list[float], float | None]:
        """Edges of the bins, and their width if it is one."""
        if self.processes == ("cevns",):
            return _even(*self.nuclei, _BINS)
        if self.processes == ("nu-e",):
            low, high = self.electrons
            return (_growing(low, high), None) if self.at_angles else _even(low, high, _BINS)
        (low, end), high = self.nuclei, self.electrons[1]
        even, _ = _even(low, end, _BINS_OF_NUCLEI)
        before = [edge for edge in _growing(low, even[0]) if edge < 0.9 * even[0]]
        after = [edge for edge in _growing(even[-1], max(high, 3 * even[-1])) if edge > 1.2 * even[-1]]
        return before + even + after, None


def _mass(element: str) -> float:
    """Mean mass of an atom [MeV]."""
    return float(sum(fraction * isotope.atomic_mass for fraction, isotope in isotopes(element)))


def _even(low: float, high: float, number: int) -> tuple[list[float], float]:
    """At most about `number` bins of a round width between multiples of it, and that width."""
    rough = (high - low) / number
    power = 10.0 ** math.floor(math.log10(rough))
    width = next(step * power for step in _WIDTHS if step * power >= rough * (1 - _ROUNDING))
    first, last = math.ceil(low / width - _ROUNDING), math.ceil(high / width - _ROUNDING)
    return [i * width for i in range(first, last + 1)], width


def _growing(low: float, high: float) -> list[float]:
    """Round numbers from `low` to `high`."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = [step * 10.0**power for power in powers for step in (_COARSE if high > 100 * low else _STEPS)]
    return [E for E in steps if low * (1 - _ROUNDING) <= E <= high * (1 + _ROUNDING)]
