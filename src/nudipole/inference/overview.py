"""What a description means: the numbers that a person looks at before trusting it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole.experiments import atomic_choice
from nudipole.experiments.build.parts import Part
from nudipole.experiments.conversion import weights
from nudipole.experiments.experiment import Experiment, total
from nudipole.experiments.likelihood import flux_axes
from nudipole.experiments.propagation import Propagation
from nudipole.experiments.settings import settings
from nudipole.experiments.spectrum import Spectrum
from nudipole.inference.ends import nearest
from nudipole.inference.limit import ends
from nudipole.io.stamp import stamp
from nudipole.models import find, neutrino_of, neutrinos_of
from nudipole.rates import recoil_spectrum

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_POINTS = 200


@dataclass(frozen=True)
class Overview:
    """Flux, recoils, response and expected counts of an experiment.

    Attributes
    ----------
    experiment : Experiment
    parameter : str
    value, lower : float
        Ends of the median expected interval; the signals shown are at the upper one.
    others : tuple of (lower, upper)
        Further intervals that data without signal would accept, away from no effect.
    flux : dict of (E, dphi_dE)
        Spectra of the components with one [MeV], [1/(cm^2 s MeV)].
    lines : dict of list of (E, phi)
        Lines of the components with any [MeV], [1/(cm^2 s)].
    flux_total : float
        [1/(cm^2 s)]
    propagation : Propagation
        What arrives of each flavour, and what was averaged on the way.
    T : (t,)
        Recoil energies [MeV].
    recoils : dict of dict of (t,)
        dR/dT over the exposure [1/MeV] by process, of the Standard Model and of the signal beyond it.
    response : dict of (t,)
        Probability that a recoil is counted, by process.
    spectrum : Spectrum
        Expected counts, with the signal at `value`.
    nuisances : dict of (float, float)
        Relative change of all the Standard Model's counts at one standard deviation, up and down.

    Examples
    --------
    >>> import nudipole as nd
    >>> found = overview(nd.load("xenonnt-2022"))
    >>> print(f"{found.flux_total:.2e} 1/(cm^2 s), expected {found.parameter} < {found.value:.2e} {found.unit}")
    6.54e+10 1/(cm^2 s), expected mu_nu < 1.06e-11 mu_B
    """

    experiment: Experiment
    parameter: str
    value: float
    lower: float
    others: tuple[tuple[float, float], ...]
    flux: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
    lines: dict[str, list[tuple[float, float]]]
    flux_total: float
    propagation: Propagation
    T: NDArray[np.float64]
    recoils: dict[str, dict[str, NDArray[np.float64]]]
    response: dict[str, NDArray[np.float64]]
    spectrum: Spectrum
    nuisances: dict[str, tuple[float, float]]

    @property
    def components(self) -> tuple[str, ...]:
        """Components of the beam."""
        return self.experiment.beam.components

    @property
    def unit(self) -> str:
        """Of the parameter."""
        return find(self.parameter).unit

    def counts(self) -> dict[str, float]:
        """Sums over all bins: Standard Model and signal by process, backgrounds."""
        experiment = self.experiment
        sm = experiment.counts_by_process(neutrino_of({}))
        signal = experiment.counts_by_process(neutrino_of({self.parameter: self.value}))
        rows = {f"SM {name}": float(counts.sum()) for name, counts in sm.items()}
        rows |= {f"signal {name}": float((counts - sm[name]).sum()) for name, counts in signal.items()}
        backgrounds = experiment.background_counts.items()
        return rows | {f"background {name}": float(experiment.on(c).sum()) for name, c in backgrounds}

    @property
    def of_backgrounds(self) -> dict[str, tuple[str, float, float]]:
        """Nuisances that move a background and no signal: which most, and its relative change up and down."""
        found: dict[str, tuple[str, float, float]] = {}
        for variation in self.experiment.variations:
            if variation.plus.parts is not self.experiment.parts:
                continue
            for name, counts in variation.plus.backgrounds.items():
                nominal = self.experiment.background_counts[name].sum()
                up = counts.sum() / nominal - 1 if nominal > 0 else 0.0
                other = None if variation.minus is None else variation.minus.backgrounds.get(name)
                down = -up if variation.minus is None else 0.0 if other is None else other.sum() / nominal - 1
                if variation.name not in found or abs(up) > abs(found[variation.name][1]):
                    found[variation.name] = (name, float(up), float(down))
        return found

    def plot(self) -> Figure:
        """Draw it all on one page."""
        from nudipole import plots

        return plots.overview(self)

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-check/1``."""
        spec = self.experiment.spec
        return {
            **stamp("check"),
            "experiment": spec.name,
            "variant": self.experiment.variant,
            "flux": {"total": self.flux_total, "unit": "1/(cm^2 s)"},
            "propagation": self.propagation.to_json(),
            "parameter": self.parameter,
            "expected_lower": self.lower,
            "expected_upper": self.value,
            "expected_other_intervals": [list(interval) for interval in self.others],
            "unit": self.unit,
            "counts": self.counts(),
            "nuisances": {name: {"plus": up, "minus": down} for name, (up, down) in self.nuisances.items()},
            "atomic": atomic_choice.to_json([self.experiment], self.parameter),
            "settings": settings(self.experiment),
            "notes": list(self.experiment.notes),
        }


def overview(experiment: Experiment, parameter: str | None = None, *, cl: float = 0.90) -> Overview:
    """Flux, recoils, response and expected counts, with the signal at the expected limit.

    Parameters
    ----------
    experiment : Experiment
    parameter : str, optional
        Whose signal is shown; that of `Experiment.first_parameter` unless given.
    cl : float
        Of the expected limit.

    Raises
    ------
    UnknownName, NudipoleError
        As for `limit`.
    """
    parameter = parameter or experiment.first_parameter
    intervals = ends(experiment, parameter, cl, "unified", expected=True)
    lower, value = nearest(intervals)
    flux, lines = _flux(experiment)
    T = _recoil_energies(experiment)
    # What is converted has the flux of a reference, which is no flux.
    made = [one is None for one in experiment.beam.converted] or True
    return Overview(
        experiment=experiment,
        parameter=parameter,
        value=value,
        lower=lower,
        others=tuple(interval for interval in intervals if interval != (lower, value)),
        flux=flux,
        lines=lines,
        flux_total=float(np.sum(np.asarray(experiment.beam.flux()) * made)) / _PER_CM2_S,
        propagation=Propagation.of(experiment.beam, experiment.flight, experiment.oscillation.name),
        T=T,
        recoils=_recoils(experiment, parameter, value, T),
        response={part.name: np.asarray(part.detector.response(T)).sum(axis=0) for part in experiment.parts},
        spectrum=experiment.spectrum(**{parameter: value}),
        nuisances=_nuisances(experiment, parameter),
    )


#: One neutrino per square centimetre and second [MeV^3].
_PER_CM2_S = 1 / (const.cm**2 * const.second)


def _flux(
    experiment: Experiment,
) -> tuple[dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]], dict[str, list[tuple[float, float]]]]:
    beam = experiment.beam
    spectra, lines = {}, {}
    for s, name in enumerate(beam.components):
        if beam.converted and beam.converted[s] is not None:
            continue
        dphi_dE = np.einsum("nii->n", np.asarray(beam.density[s])).real / _PER_CM2_S
        if np.any(dphi_dE > 0):
            spectra[name] = (np.asarray(beam.E[s]), dphi_dE)
        phi = np.einsum("lii->l", np.asarray(beam.line[s])).real / _PER_CM2_S
        found = [(float(E), float(p)) for E, p in zip(np.asarray(beam.E_line[s]), phi, strict=True) if p > 0]
        if found:
            lines[name] = found
    return spectra, lines


def _recoil_energies(experiment: Experiment) -> NDArray[np.float64]:
    """From well below what is counted to the largest recoil that is counted or made."""
    ranges = [part.detector.recoil_range() for part in experiment.parts]
    low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
    return np.geomspace(max(low / 3, 1e-5 * high), 1.2 * high, _POINTS)


def _recoils(
    experiment: Experiment, parameter: str, value: float, T: NDArray[np.float64]
) -> dict[str, dict[str, NDArray[np.float64]]]:
    rates: dict[str, dict[str, NDArray[np.float64]]] = {}
    for part in experiment.parts:
        for group, exposure in part.folded:
            response = recoil_spectrum(experiment.beam, group, T, exposure=exposure)
            for label, values in (("SM", {}), ("signal", {parameter: value})):
                neutrino = neutrino_of(values).to_flavour(experiment.oscillation.pmns())
                rates_of = np.asarray(response.counts(part.process.operators(neutrino)))
                if experiment.beam.converted:
                    U = experiment.oscillation.pmns()
                    rates_of = rates_of * np.asarray(weights(experiment.beam.converted, neutrino, U))[:, None]
                rate = rates_of.sum(axis=0)
                found = rates.setdefault(part.name, {})
                found[label] = found.get(label, np.zeros(len(T))) + rate
    for found in rates.values():
        found["signal"] = found["signal"] - found["SM"]
    return rates


def _nuisances(experiment: Experiment, parameter: str) -> dict[str, tuple[float, float]]:
    by_component = experiment.sm_counts.sum(axis=1)
    whole = by_component.sum()
    if not whole > 0:
        return {}
    changes = {}
    for name, axis in flux_axes(experiment, [parameter]).items():
        shift = float(abs(axis @ by_component) / whole)
        changes[name] = (shift, -shift)
    for variation in experiment.variations:
        if variation.plus.parts is experiment.parts:
            changes[variation.name] = (0.0, 0.0)
            continue
        up = _sm_total(experiment, variation.plus.parts) / whole - 1
        down = -up if variation.minus is None else _sm_total(experiment, variation.minus.parts) / whole - 1
        changes[variation.name] = (float(up), float(down))
    return changes


def _sm_total(experiment: Experiment, parts: tuple[Part, ...]) -> float:
    """All counts of the Standard Model with the responses of a variation."""
    return float(total(experiment.counted(parts, neutrinos_of([{}]))).sum())
