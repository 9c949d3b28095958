"""The settings of an experiment in words, for people who read a result."""

from __future__ import annotations

import numpy as np

from nudipole import units
from nudipole.experiments.experiment import Experiment


def settings(experiment: Experiment) -> dict[str, str]:
    """Exposure, bins, resolution, efficiency, statistics and normalisations; what there is none of is left out."""
    spec, edges = experiment.spec, experiment.bins * 1e3
    sigma = np.asarray(experiment.parts[0].detector.resolution.sigma(experiment.bins[[0, -1]])) * 1e3
    detector = spec.detector
    words = {
        "exposure": exposure(spec.exposure),
        "bins": f"{len(edges) - 1} from {edges[0]:g} to {edges[-1]:g} keV",
        "time": "",
        "resolution": f"{detector.resolution.kind}, {sigma[0]:.3g} keV at {edges[0]:g} keV and "
        f"{sigma[1]:.3g} keV at {edges[-1]:g} keV",
        "efficiency": f"{detector.efficiency.words}, of the {detector.efficiency.of} energy",
        "statistics": spec.statistics.kind,
        "normalisations": "; ".join(
            f"{b.name} {b.normalisation}" + (f" {100 * float(b.width):.3g} %" if b.constrained else "")
            for b in experiment.backgrounds
        ),
        "nuisances": ", ".join(spec.nuisances),
    }
    if detector.time is not None:
        times, unit = detector.time.edges, detector.time.unit
        words["time"] = f"{len(times) - 1} bins from {times[0]:g} to {times[-1]:g} {unit}"
    return {key: text for key, text in words.items() if text}


def exposure(value: float) -> str:
    """An exposure in the unit that suits its size."""
    unit = next((unit for unit in ("t yr", "kg yr") if units.express(value, unit) >= 1), "kg d")
    return f"{units.express(value, unit):.4g} {unit}"
