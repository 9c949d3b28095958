"""What arrives of each flavour, and which interference of mass states was averaged on the way, from which energy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole import units
from nudipole.mixing import FLAVOURS
from nudipole.sources import Beam
from nudipole.sources.interference import PAIRS, averaged_below, over_line
from nudipole.sources.oscillated import Flight, phases

_METRE = 100 * const.cm
#: Phase of a line beyond which a reader is told how well energy and path must be known [rad].
_FAST = 100.0
#: Interference of which less than this is left has been averaged.
_WHOLE = 0.99


@dataclass(frozen=True)
class SurvivingLine:
    """One line of a component.

    Attributes
    ----------
    E : float
        [MeV]
    survival : float
        Probability that the flavour is found that it was born with.
    phase : dict of float
        Of each pair of mass states, on the longest path [rad]; empty where nothing interferes.
    kept : dict of float
        What is left of the interference of each pair: 1 where nothing is averaged.
    """

    E: float
    survival: float
    phase: dict[str, float]
    kept: dict[str, float]


@dataclass(frozen=True)
class Survival:
    """What arrives of one component.

    Attributes
    ----------
    component, flavour : str
    antineutrino : bool
    flux : float
        Of all flavours [MeV^3].
    probability : float
        That the flavour is found that it was born with, averaged over the flux.
    E : (float, float) or None
        Where the spectrum begins and ends [MeV]; None of lines.
    lines : tuple of SurvivingLine
    """

    component: str
    flavour: str
    antineutrino: bool
    flux: float
    probability: float
    E: tuple[float, float] | None
    lines: tuple[SurvivingLine, ...]


@dataclass(frozen=True)
class Propagation:
    """How the neutrinos of a source come to the target.

    Attributes
    ----------
    kind : str
        ``"none"``: flavours stay what they were; ``"coherent"``: mass states interfere; ``"averaged"``: they do not.
    oscillation : str
        Set of oscillation parameters.
    paths : tuple of float
        Lengths [MeV^-1]; none from the Sun, whose neutrinos are a mixture of mass states.
    line_width : float
        [MeV]; 0 for none.
    averaged_below : dict of float
        Energy [MeV] below which less than half of the interference of a pair is left in spectra, on the longest path.
    components : tuple of Survival
    """

    kind: str
    oscillation: str
    paths: tuple[float, ...]
    line_width: float
    averaged_below: dict[str, float]
    components: tuple[Survival, ...]

    @classmethod
    def of(cls, beam: Beam, flight: Flight | None, name: str) -> Propagation:
        """Of a beam, after its `flight`, by the set `name` of oscillation parameters."""
        survivals = tuple(_survivals(beam, flight))
        if flight is None:
            return cls("averaged", name, (), 0.0, {}, survivals)
        if flight.oscillation is None:
            return cls("none", name, flight.paths, 0.0, {}, survivals)
        if not flight.coherent:
            return cls("averaged", name, flight.paths, 0.0, {}, survivals)
        m2, scale = np.asarray(flight.oscillation.masses_squared()), float(flight.scales().max())
        ratio = {pair: abs(float(m2[j] - m2[k])) / float(np.ptp(m2)) for pair, (j, k) in PAIRS.items()}
        spectra = any(survival.E for survival in survivals)
        below = {pair: averaged_below(ratio[pair], scale) for pair in PAIRS} if spectra else {}
        return cls("coherent", name, flight.paths, flight.line_width, below, survivals)

    def words(self) -> list[str]:
        """Lines for people who read a result."""
        if self.kind == "none":
            return ["none on the way: every flavour arrives as it was born, P = 1"]
        way = f" over {_lengths(self.paths)}" if self.paths else ", mass states from the Sun"
        lines = [f"{self.kind}{way} ({self.oscillation})"]
        for (flavour, anti), mean in self.spectra.items():
            lines.append(f"{_found(flavour, mean)}, mean of the spectrum of {'antinu' if anti else 'nu'}_{flavour}")
        for survival in self.components:
            lines += [
                f"{_found(survival.flavour, line.survival)} at {_energy(line.E)} (line of {survival.component})"
                for line in survival.lines
            ]
        return lines + self._averaged() if self.kind == "coherent" else lines

    @property
    def spectra(self) -> dict[tuple[str, bool], float]:
        """Probability by flavour and whether antineutrino, averaged over the flux of all components with a spectrum."""
        groups: dict[tuple[str, bool], list[Survival]] = {}
        for survival in self.components:
            if survival.E:
                groups.setdefault((survival.flavour, survival.antineutrino), []).append(survival)
        return {
            kind: float(np.average([s.probability for s in group], weights=[s.flux for s in group]))
            for kind, group in groups.items()
        }

    def _averaged(self) -> list[str]:
        """What was averaged: in spectra from which energy downwards, of lines how much."""
        lines = []
        ends = [survival.E for survival in self.components if survival.E]
        if ends:
            low, high = min(first for first, _ in ends), max(last for _, last in ends)
            found = {pair: E for pair, E in self.averaged_below.items() if low < E}
            text = ", ".join(
                f"{pair} throughout" if high <= E else f"{pair} below {_energy(E)}" for pair, E in found.items()
            )
            longest = " on the longest path" if len(set(self.paths)) > 1 else ""
            lines.append(f"averaged over the nodes of the spectrum{longest}: {text or 'nothing'}")
        found_lines = [line for survival in self.components for line in survival.lines]
        return lines + _lines_words(found_lines, self.line_width) if found_lines else lines

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "kind": self.kind,
            "oscillation": self.oscillation,
            "paths": {"values": [path / _METRE for path in self.paths], "unit": "m"},
            "line_width": {"value": self.line_width or None, "unit": "MeV"},
            "averaged_below": {**self.averaged_below, "unit": "MeV"} if self.averaged_below else None,
            "spectra": [
                {"flavour": flavour, "antineutrino": anti, "survival": mean}
                for (flavour, anti), mean in self.spectra.items()
            ],
            "components": {
                survival.component: {
                    "flavour": survival.flavour,
                    "antineutrino": survival.antineutrino,
                    "survival": survival.probability,
                    "lines": [
                        {
                            "energy": line.E,
                            "unit": "MeV",
                            "survival": line.survival,
                            "phase": line.phase,
                            "interference": line.kept,
                        }
                        for line in survival.lines
                    ],
                }
                for survival in self.components
            },
        }


def _survivals(beam: Beam, flight: Flight | None) -> Iterator[Survival]:
    for s, (name, flavour) in enumerate(zip(beam.components, beam.flavours, strict=True)):
        if not flavour:  # what was converted on the way
            continue
        i, E = FLAVOURS.index(flavour), np.asarray(beam.E[s])
        density, line = (np.einsum("nii->ni", np.asarray(part[s])).real for part in (beam.density, beam.line))
        born = np.trapezoid(density, E, axis=0) + line.sum(axis=0)
        lit = np.flatnonzero(line.sum(axis=1) > 0)
        lines = tuple(_line(float(beam.E_line[s, n]), float(line[n, i] / line[n].sum()), flight) for n in lit)
        carried = E[density.sum(axis=1) > 0]
        ends = (float(E[0]), float(carried[-1])) if len(carried) else None
        total = float(born.sum())
        yield Survival(name, flavour, beam.antineutrino[s], total, float(born[i]) / total, ends, lines)


def _line(E: float, survival: float, flight: Flight | None) -> SurvivingLine:
    if flight is None or flight.oscillation is None or not flight.coherent:
        return SurvivingLine(E, survival, {}, {})
    between = phases(flight.oscillation, np.array([E]), max(flight.paths))
    kept: NDArray[np.float64] = np.abs(over_line(between, np.array([flight.line_width / E])))[0]
    return SurvivingLine(
        E,
        survival,
        {pair: float(between[0, j, k]) for pair, (j, k) in PAIRS.items()},
        {pair: float(kept[j, k]) for pair, (j, k) in PAIRS.items()},
    )


def _lines_words(lines: list[SurvivingLine], width: float) -> list[str]:
    """What was averaged of each line, and how well energies must be known where nothing was."""
    averaged = [line for line in lines if width > 0 or min(line.kept.values()) < _WHOLE]
    words = []
    for line in averaged:
        left = ", ".join(f"{pair} {kept:.3f}" for pair, kept in line.kept.items())
        why = f"width {_energy(width)}" if width > 0 else "phases beyond double precision"
        words.append(f"interference left at {_energy(line.E)} ({why}): {left}")
    pair, phase = max(
        ((pair, abs(phase)) for line in lines for pair, phase in line.phase.items()), key=lambda item: item[1]
    )
    if averaged:
        return words
    if phase < _FAST:
        return ["nothing averaged of lines"]
    change = f"a change of {100 / phase:.2g} % in energy or path turns {pair} by 1 rad"
    return [f"nothing averaged of lines: {change} (line_width averages)"]


def _found(flavour: str, probability: float) -> str:
    return f"P({flavour} -> {flavour}) = {probability:.4g}"


def _energy(E: float) -> str:
    unit = next((unit for unit, least in (("GeV", 1e3), ("MeV", 1.0), ("keV", 1e-3)) if least <= E), "eV")
    return f"{units.express(E, unit):.4g} {unit}"


def _lengths(paths: tuple[float, ...]) -> str:
    """The path, or the shortest and the longest."""
    low, high = min(paths), max(paths)
    return _length(low) if low == high else f"{len(paths)} paths from {_length(low)} to {_length(high)}"


def _length(path: float) -> str:
    metres = path / _METRE
    return f"{metres:.4g} m" if metres < 1000 else f"{metres / 1000:.4g} km"
