"""What arrives: spectra and lines of the sources of experiments, side by side."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole import digits
from nudipole.experiments.build.reader import Reader
from nudipole.experiments.build.source import source
from nudipole.experiments.reading import read
from nudipole.io.beside import Folder
from nudipole.io.stamp import stamp

#: One experiment of each source of the library, unless others are given.
SOURCES = ("xenonnt-2022", "gemma-2012", "coherent-csi-2021", "cr51-jinping")


@dataclass(frozen=True)
class Flux:
    """One component of a source, as it arrives at an experiment, all flavours.

    Attributes
    ----------
    experiment, source : str
        Whose, and of which kind.
    component : str
    antineutrino : bool
    E : (n,)
        [MeV]
    spectrum : (n,)
        [1/(cm^2 s MeV)]
    lines : tuple of (float, float)
        Energies [MeV] and fluxes [1/(cm^2 s)].

    Examples
    --------
    >>> pp = fluxes("xenonnt-2022").of("pp")
    >>> print(f"{pp.total:.3g} /(cm^2 s) up to {pp.E[-1]:.3f} MeV")
    5.98e+10 /(cm^2 s) up to 0.423 MeV
    """

    experiment: str
    source: str
    component: str
    antineutrino: bool
    E: NDArray[np.float64]
    spectrum: NDArray[np.float64]
    lines: tuple[tuple[float, float], ...]

    @property
    def total(self) -> float:
        """Integrated [1/(cm^2 s)]."""
        return float(np.trapezoid(self.spectrum, self.E)) + sum(flux for _, flux in self.lines)

    @property
    def label(self) -> str:
        """Component and source."""
        return self.component if self.component == self.source else f"{self.component} ({self.source})"


@dataclass(frozen=True, repr=False)
class Fluxes:
    """Components of several sources.

    Attributes
    ----------
    components : tuple of Flux

    Examples
    --------
    >>> len(fluxes("cr51-jinping").components)
    1
    """

    components: tuple[Flux, ...]

    def __repr__(self) -> str:
        return f"Fluxes({', '.join(one.label for one in self.components)})"

    def of(self, component: str) -> Flux:
        """The first component of this name."""
        return next(one for one in self.components if one.component == component)

    def plot(self, axes: Any = None) -> Any:
        """Draw them; on `axes` or in a new figure."""
        from nudipole import plots

        return plots.fluxes(self, axes or plots.figure(7.0, 4.8)[1])

    def to_csv(self) -> str:
        """One row a node of a spectrum, or a line, which has a flux in place of a density."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(
            [
                "experiment",
                "source",
                "component",
                "antineutrino",
                "E [MeV]",
                "dphi/dE [1/(cm2 s MeV)]",
                "line [1/(cm2 s)]",
            ]
        )
        for one in self.components:
            head = [one.experiment, one.source, one.component, one.antineutrino]
            rows = [(E, y, "") for E, y in zip(one.E.tolist(), one.spectrum.tolist(), strict=True)]
            for E, y, line in [*rows, *((E, "", flux) for E, flux in one.lines)]:
                writer.writerow([*head, digits.typed(E), y, line])
        return text.getvalue()

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-fluxes/1``."""
        return {
            **stamp("fluxes"),
            "components": [
                {
                    "experiment": one.experiment,
                    "source": one.source,
                    "component": one.component,
                    "antineutrino": one.antineutrino,
                    "E": {"values": one.E.tolist(), "unit": "MeV"},
                    "spectrum": {"values": one.spectrum.tolist(), "unit": "1/(cm^2 s MeV)"},
                    "lines": [{"E": E, "flux": flux, "unit": "1/(cm^2 s)"} for E, flux in one.lines],
                    "total": {"value": one.total, "unit": "1/(cm^2 s)"},
                }
                for one in self.components
            ],
        }


def fluxes(experiments: str | Path | Sequence[str | Path] = SOURCES) -> Fluxes:
    """Fluxes that arrive at experiments, of all flavours together; nothing is folded.

    Parameters
    ----------
    experiments : str, path, or several
        Names of the library or of examples, or files; one of each kind of source unless given.

    Returns
    -------
    Fluxes

    Raises
    ------
    InputError, UnknownName
        For names and descriptions that are wrong.

    References
    ----------
    Herrera:2023; Vogel:1989iv

    Examples
    --------
    >>> {one.source for one in fluxes().components} == {"solar", "reactor", "pion-decay-at-rest", "radioactive"}
    True
    """
    names = [experiments] if isinstance(experiments, str | Path) else list(experiments)
    found = []
    for name in names:
        spec, file, beside = read(name)
        reader = Reader(file, beside or Folder(Path.cwd()))
        with reader.at("source"):
            beam = source(spec.source, reader.csv, beside=reader.beside).beam()
        density = np.trace(np.asarray(beam.density), axis1=-2, axis2=-1).real * const.cm**2 * const.second
        line = np.trace(np.asarray(beam.line), axis1=-2, axis2=-1).real * const.cm**2 * const.second
        for s, component in enumerate(beam.components):
            E = np.asarray(beam.E[s], float)
            lit = (E > 0) & np.concatenate([[True], np.diff(E) > 0])
            there = bool(np.any(density[s] > 0))
            found.append(
                Flux(
                    spec.name,
                    spec.source.kind,
                    component,
                    bool(beam.antineutrino[s]),
                    E[lit] if there else np.zeros(0),
                    density[s][lit] if there else np.zeros(0),
                    tuple((float(at), float(y)) for at, y in zip(beam.E_line[s], line[s], strict=True) if y > 0),
                )
            )
    return Fluxes(tuple(found))
