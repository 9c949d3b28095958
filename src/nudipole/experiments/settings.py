"""The settings of an experiment in words, for people who read a result."""

from __future__ import annotations

import numpy as np

from nudipole import digits, units
from nudipole.experiments.experiment import Experiment


def settings(experiment: Experiment) -> dict[str, str]:
    """Exposure, bins, resolution, efficiency, statistics, normalisations, files; what there is none of is left out."""
    spec, edges = experiment.spec, experiment.bins
    sigma = np.asarray(experiment.parts[0].detector.resolution.sigma(edges[[0, -1]]))
    detector, samples = spec.detector, spec.samples or {}
    words = {
        "exposure": spec.exposure_written,
        "bins": f"{len(edges) - 1} from {energy(edges[0])} to {energy(edges[-1])}",
        "time": "",
        "angle": "",
        "samples": ", ".join(f"{name} ({item.note})" if item.note else name for name, item in samples.items()),
        "resolution": f"{detector.resolution.kind}, {energy(sigma[0])} at {energy(edges[0])} and "
        f"{energy(sigma[1])} at {energy(edges[-1])}",
        "efficiency": "; times ".join(given.words for given in detector.efficiency),
        "statistics": spec.statistics.kind + (", one smooth spectrum fitted to ON and OFF" if spec.smooth_off else ""),
        "normalisations": "; ".join(
            f"{b.name} {b.normalisation}"
            + (f" {digits.percent(float(b.width))}" if float(b.width) > 0 else "")
            + (f", polynomial of degree {degree}" if (degree := spec.backgrounds[b.name].polynomial) else "")
            for b in experiment.backgrounds
        ),
        "nuisances": ", ".join(spec.nuisances),
        "columns": "; ".join(f"{key}: {text}" for key, text in experiment.columns.items()),
        "files": " | ".join(f"{name}: {text}" for name, text in experiment.files.items()),
    }
    if detector.time is not None:
        times, unit = detector.time.edges, detector.time.unit
        words["time"] = f"{len(times) - 1} bins from {digits.plain(times[0])} to {digits.plain(times[-1])} {unit}"
        if detector.time.start is not None:
            words["time"] += f" after {detector.time.start}, flux as 1/r^2 of the Sun's distance"
    if (angle := detector.angle) is not None:
        ends = (digits.plain(angle.cos_theta[0]), digits.plain(angle.cos_theta[-1]))
        error = f", error {digits.plain(1e3 * angle.sigma, 4)} mrad in each plane" if angle.sigma else ""
        words["angle"] = f"{len(angle.names)} bins of cos(theta) from {ends[0]} to {ends[1]}{error}"
    return {key: text for key, text in words.items() if text}


def energy(value: float) -> str:
    """An energy in the unit that suits its size; keV serve a wide range."""
    unit = next((unit for unit, least in (("GeV", 1.0), ("MeV", 3.0), ("keV", 0.1)) if
                 units.express(value, unit) >= least), "eV")  # fmt: skip
    return f"{digits.plain(units.express(value, unit), 3)} {unit}"
