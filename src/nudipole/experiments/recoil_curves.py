"""Recoils of the sources and targets of experiments before any detector, side by side."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import arguments, digits, units
from nudipole.errors import NudipoleError
from nudipole.experiments.loader import load
from nudipole.interactions import ElectronScattering
from nudipole.io.stamp import stamp
from nudipole.models import neutrino_of
from nudipole.properties import Neutrino
from nudipole.rates import recoil_spectrum

Numbers = NDArray[np.float64]

#: One experiment of each source that is drawn, unless others are given; and the moment [mu_B].
EXPERIMENTS, MOMENT = ("xenonnt-2022", "gemma-2012", "conus-plus", "coherent-csi-2021"), 1e-11
_POINTS = 240
#: Recoils that are drawn: from this part of the least counted one on, from 1 eV, or from what a many-body factor has.
_BELOW, _LEAST = 0.1, 1e-6


@dataclass(frozen=True)
class RecoilCurve:
    """One process of an experiment.

    Attributes
    ----------
    experiment, process : str
    T : (t,)
        [MeV]
    weak, moment : (t,)
        Rates of the Standard Model, and what the moment adds [1/(keV kg d)].

    Examples
    --------
    >>> one = RecoilCurve("mine", "nu-e", np.array([1e-3]), np.array([1.0]), np.array([2.0]))
    >>> one.label
    'mine, nu-e'
    """

    experiment: str
    process: str
    T: Numbers
    weak: Numbers
    moment: Numbers

    @property
    def label(self) -> str:
        """Experiment and process."""
        return f"{self.experiment}, {self.process}"

    @property
    def crossing(self) -> float | None:
        """Recoil [MeV] up to which the moment adds more than the Standard Model has; None if nowhere."""
        below = np.flatnonzero(self.moment < self.weak)
        last = int(below[0]) if len(below) else len(self.T)
        return float(self.T[last - 1]) if last else None


@dataclass(frozen=True)
class RecoilCurves:
    """Those of several experiments.

    Attributes
    ----------
    curves : tuple of RecoilCurve
    moment : float
        [mu_B], of all flavours.
    """

    curves: tuple[RecoilCurve, ...]
    moment: float

    def plot(self, axes: Any = None) -> Any:
        """Draw them; on `axes` or in a new figure."""
        from nudipole import plots

        return plots.recoil_curves(self, axes or plots.figure(7.0, 5.2)[1])

    def to_csv(self) -> str:
        """One row a recoil energy of a curve."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["experiment", "process", "T [keV]", "weak [1/(keV kg d)]", "moment [1/(keV kg d)]"])
        for one in self.curves:
            for row in zip(one.T.tolist(), one.weak.tolist(), one.moment.tolist(), strict=True):
                writer.writerow([one.experiment, one.process, digits.typed(1e3 * row[0]), *row[1:]])
        return text.getvalue()

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-recoil-curves/1``."""
        return {
            **stamp("recoil-curves"),
            "moment": {"value": self.moment, "unit": "mu_B"},
            "unit": "1/(keV kg d)",
            "curves": [
                {
                    "experiment": one.experiment,
                    "process": one.process,
                    "T": {"values": (1e3 * one.T).tolist(), "unit": "keV"},
                    "weak": one.weak.tolist(),
                    "moment": one.moment.tolist(),
                }
                for one in self.curves
            ],
        }


def recoil_curves(
    experiments: str | Path | Sequence[str | Path] = EXPERIMENTS, *, moment: float = MOMENT
) -> RecoilCurves:
    """Rates of recoils at experiments before their detectors: the Standard Model's, and what a moment adds.

    Parameters
    ----------
    experiments : str, Path or sequence of them
        Names of the library or files.
    moment : float
        Of all flavours [mu_B].

    Returns
    -------
    RecoilCurves

    Raises
    ------
    NudipoleError
        For a process that leaves no spectrum of recoils, and as `nudipole.load`.
    OutOfRange
        For a moment that is not positive.

    References
    ----------
    Vogel:1989iv; Freedman:1973yd

    Examples
    --------
    >>> xenon = recoil_curves("xenonnt-2022").curves[0]
    >>> print(f"{xenon.crossing * 1e3:.1f} keV")
    3.7 keV
    """
    mu = arguments.number("moment", moment, low=0.0, inside=True, unit="mu_B")
    names = [experiments] if isinstance(experiments, str | Path) else list(experiments)
    none, dipole = Neutrino.dirac(basis="flavour"), neutrino_of({"mu_nu": mu})
    found = []
    for name in names:
        experiment = load(name)
        per = units.parse("1 keV kg d", "keV kg d")
        for part in experiment.parts:
            first = part.folded[0][0][0]
            if first.kinematics.one_to_one:
                raise NudipoleError(f"{experiment.name}: {part.name} leaves one energy alone, no spectrum of recoils")
            T = _energies(first, part.detector.recoil_range()[0], experiment.beam)
            total = sum(exposure for _, exposure in part.folded)
            rates = []
            for neutrino in (none, dipole):
                flavours = neutrino.to_flavour(experiment.oscillation.pmns())
                rate = np.zeros(len(T))
                for isotopes, exposure in part.folded:
                    folded = recoil_spectrum(experiment.beam, isotopes, T, exposure=exposure / total)
                    rate += np.asarray(folded.counts(isotopes[0].operators(flavours))).sum(axis=0)
                rates.append(rate * per)
            there = rates[1] > 0
            found.append(
                RecoilCurve(experiment.name, part.name, T[there], rates[0][there], (rates[1] - rates[0])[there])
            )
    return RecoilCurves(tuple(found), mu)


def _energies(process: Any, counted: float, beam: Any) -> Numbers:
    """Recoils from below those that are counted to the kinematic limit."""
    energies = np.concatenate([beam.endpoints, beam.line_energies])
    highest = float(np.max(process.kinematics.T_max(energies, float(process.mass))))
    least = max(_BELOW * counted, _LEAST)
    if isinstance(process, ElectronScattering):
        factors = (process.atom.weak_factor, process.atom.dipole_factor)
        least = max([least, *(float(factor.T[0]) for factor in factors if factor is not None)])
    evenly = np.geomspace(least, highest * (1 - 1e-9), _POINTS)
    # A step is drawn, and read from the table, as one: with an energy on either side of each edge.
    steps = np.asarray(process.edges, float)
    steps = steps[(steps > least) & (steps < highest)]
    return np.unique(np.concatenate([evenly, steps * (1 - 1e-6), steps * (1 + 1e-6)]))
