"""An experiment: its response, its data, and the questions one can ask of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import equinox as eqx
import numpy as np
from jaxtyping import Complex, Float
from numpy.typing import NDArray

import nudipole
from nudipole import units
from nudipole.detectors import Detector
from nudipole.errors import NudipoleError
from nudipole.experiments.moments import MomentLikelihood
from nudipole.experiments.signal import NeutrinoSignal
from nudipole.experiments.spec import ExperimentSpec
from nudipole.interactions import ElectronScattering
from nudipole.mixing import Oscillation
from nudipole.numerics import AnyArray
from nudipole.properties import PARAMETRISATIONS, Parametrisation, find, is_amplitude, mu_eff
from nudipole.rates import Response
from nudipole.sources import Beam
from nudipole.statistics import Background, Model, check

if TYPE_CHECKING:
    from nudipole.experiments.limit import Limit

#: A fit's parameter of interest is in this unit of the parameter, squared for a moment: numbers of order one.
SCALES = {"mu_B": 1e-11, "cm^2": 1e-32, "e": 1e-13}
#: Flux uncertainties below this fraction of the largest are left out of the fit.
_NEGLIGIBLE = 0.02


@dataclass(frozen=True)
class Experiment:
    """A folded experiment with its data.

    Attributes
    ----------
    spec : ExperimentSpec
        The validated description.
    variant : str or None
        The variant that was applied to it.
    oscillation : Oscillation
        Relates the mass and flavour bases of the neutrino's properties.
    beam, process, detector
        What was folded.
    response : Response
        Counts per unit operator, over the whole exposure.
    given_data : (b,) or None
        Observed counts; None for an Asimov projection.
    backgrounds : tuple of Background
    """

    spec: ExperimentSpec
    variant: str | None
    oscillation: Oscillation
    beam: Beam
    process: ElectronScattering
    detector: Detector
    response: Response
    given_data: NDArray[np.float64] | None
    backgrounds: tuple[Background, ...]

    @property
    def name(self) -> str:
        """Name in the library or in the file."""
        return self.spec.name

    @property
    def bins(self) -> NDArray[np.float64]:
        """Bin edges [MeV]."""
        return np.asarray(self.detector.bins)

    @cached_property
    def sm_counts(self) -> NDArray[np.float64]:
        """Counts that the Standard Model predicts, (component, bin)."""
        return self.counts(PARAMETRISATIONS["universal"], {"mu_nu": 0.0})

    @property
    def sm_in_background(self) -> bool:
        """Whether a background already contains the Standard Model's neutrino scattering."""
        return any(background.contains_sm_signal for background in self.spec.backgrounds.values())

    @property
    def observed(self) -> NDArray[np.float64]:
        """Observed counts; for a projection the expected ones without new physics."""
        if self.given_data is not None:
            return self.given_data
        expected = sum((np.asarray(b.counts) for b in self.backgrounds), np.zeros(len(self.bins) - 1))
        return expected if self.sm_in_background else expected + self.sm_counts.sum(axis=0)

    def counts(self, parametrisation: Parametrisation, values: Mapping[str, float]) -> NDArray[np.float64]:
        """Expected counts of a neutrino, (component, bin), without backgrounds."""
        numbers = {name: np.asarray(value, float) for name, value in values.items()}
        return np.asarray(_counts(self.response, self.process, self.oscillation, parametrisation, numbers))

    def signal_counts(self, **values: float) -> NDArray[np.float64]:
        """Counts beyond the Standard Model, (component, bin), of a neutrino given by its parameters.

        Parameters
        ----------
        **values : float
            Parameters of one parametrisation in their units, e.g. ``mu_nu=2e-11`` [mu_B].
        """
        return self.counts(_owner(values), values) - self.sm_counts

    def mu_eff(self, **values: float) -> float:
        """Effective moment [mu_B] of a neutrino given by its parameters, in the beam as `dipole_rho` has it."""
        numbers = {name: np.asarray(value, float) for name, value in values.items()}
        return float(_mu_eff(self.dipole_rho, self.oscillation, _owner(values), numbers))

    @cached_property
    def dipole_rho(self) -> NDArray[np.complex128]:
        """Density matrix of the beam as the dipole channel of this experiment sees it, trace 1."""
        seen = np.asarray(self.response.W)[:, self.response.channels.index("dipole")].sum(axis=(0, 1))
        matrix: NDArray[np.complex128] = seen / np.trace(seen).real
        return matrix

    @cached_property
    def _flux_shift(self) -> NDArray[np.float64]:
        """Principal axes of the flux uncertainties, (k, component), the largest first."""
        if not self.spec.source.flux_uncertainty:
            return np.zeros((0, len(self.beam.components)))
        values, vectors = np.linalg.eigh(np.asarray(self.beam.covariance))
        shift = np.sqrt(np.maximum(values, 0))[:, None] * vectors.T
        dipole = self.response.channels.index("dipole")
        weight = np.abs(np.einsum("sbii->s", np.asarray(self.response.W[:, dipole])))
        matters = np.abs(shift) @ weight > _NEGLIGIBLE * np.max(np.abs(shift) @ weight, initial=0)
        kept: NDArray[np.float64] = shift[matters][::-1]
        return kept

    def model(self, parameter: str = "mu_nu") -> Model:
        """Likelihood of one parameter: of its square in SCALES^2 for a moment, of itself for one with a sign.

        Raises
        ------
        UnknownName
            If no parametrisation has the parameter.
        NudipoleError
            If the parameter alone changes no rate (a phase).
        """
        _, parametrisation = find(parameter)
        unit = parametrisation.parameters[parameter].unit
        if unit not in SCALES:
            raise NudipoleError(f"{parameter} alone changes no rate: choose a modulus to limit")
        scale = SCALES[unit]
        plus = self.counts(parametrisation, {parameter: scale}) - self.sm_counts
        fixed = np.zeros_like(plus) if self.sm_in_background else self.sm_counts
        if is_amplitude(parameter):
            signal = NeutrinoSignal(fixed, plus, np.zeros_like(plus), self._flux_shift)
        else:
            minus = self.counts(parametrisation, {parameter: -scale}) - self.sm_counts
            linear, quadratic = (plus - minus) / 2, (plus + minus) / 2
            signal = NeutrinoSignal(fixed, linear, quadratic, self._flux_shift)
        return check(
            Model(
                self.observed,
                self.backgrounds,
                signal,
                signal_nuisances=[f"flux {k + 1}" for k in range(len(self._flux_shift))],
                poi_name=f"{parameter}^2" if is_amplitude(parameter) else parameter,
                poi_lower=0.0 if is_amplitude(parameter) else -np.inf,
            )
        )

    def moment_likelihood(self, normalisations: Mapping[str, float] | None = None) -> MomentLikelihood:
        """Likelihood of any dipole matrix lambda (flavour basis, mu_B), thousands a call.

        Parameters
        ----------
        normalisations : mapping of str to float, optional
            Factors of the backgrounds, for example `Limit.nuisances`; 1 where not given.
        """
        norms = normalisations or {}
        fixed = np.zeros(len(self.bins) - 1) if self.sm_in_background else self.sm_counts.sum(axis=0)
        background = sum((norms.get(b.name, 1.0) * np.asarray(b.counts) for b in self.backgrounds), fixed)
        W = np.asarray(self.response.W)[:, self.response.channels.index("dipole")].sum(axis=0)
        return MomentLikelihood.from_response(W, background, self.observed)

    def settings(self) -> dict[str, str]:
        """Exposure, bins, resolution, efficiency and normalisations in words."""
        spec, edges = self.spec, self.bins * 1e3
        sigma = np.asarray(self.detector.resolution.sigma(self.bins[[0, -1]])) * 1e3
        given = spec.detector.efficiency
        source = given.table or given.file or (f"{given.constant:g}" if given.constant is not None else "a list")
        return {
            "exposure": f"{units.express(spec.exposure, 't yr'):.4g} t yr",
            "bins": f"{len(edges) - 1} from {edges[0]:g} to {edges[-1]:g} keV",
            "resolution": f"{spec.detector.resolution.kind}, {sigma[0]:.3g} keV at {edges[0]:g} keV and "
            f"{sigma[1]:.3g} keV at {edges[-1]:g} keV",
            "efficiency": f"{source}, of the {given.of} energy",
            "normalisations": "; ".join(
                f"{b.name} {b.normalisation}" + (f" {100 * float(b.width):.3g} %" if b.constrained else "")
                for b in self.backgrounds
            ),
        }

    def limit(self, parameter: str = "mu_nu", *, cl: float = 0.90, construction: str = "unified") -> Limit:
        """Limit or interval on one parameter; see `nudipole.experiments.limit.Limit`."""
        from nudipole.experiments.limit import limit

        return limit(self, parameter, cl=cl, construction=construction)

    def spectrum(self, **values: float) -> Spectrum:
        """Expected components against the data, for the parameters of a neutrino (none: Standard Model)."""
        signal = self.signal_counts(**values) if values else np.zeros_like(self.sm_counts)
        return Spectrum(
            experiment=self.spec,
            variant=self.variant,
            bins=self.bins,
            observed=None if self.given_data is None else self.observed,
            backgrounds={b.name: np.asarray(b.counts) for b in self.backgrounds},
            standard_model=dict(zip(self.beam.components, self.sm_counts, strict=True)),
            signal=dict(zip(self.beam.components, signal, strict=True)),
            values=dict(values),
        )


@dataclass(frozen=True)
class Spectrum:
    """Expected counts per bin and component, beside the data.

    Attributes
    ----------
    experiment : ExperimentSpec
    variant : str or None
    bins : (b+1,)
        Edges [MeV].
    observed : (b,) or None
    backgrounds, standard_model, signal : dict of (b,)
        Templates at their nominal normalisation, and the counts of every beam component: of the Standard Model (part
        of a background where that says so) and beyond it.
    values : dict
        Parameters of the signal.
    """

    experiment: ExperimentSpec
    variant: str | None
    bins: NDArray[np.float64]
    observed: NDArray[np.float64] | None
    backgrounds: dict[str, NDArray[np.float64]]
    standard_model: dict[str, NDArray[np.float64]]
    signal: dict[str, NDArray[np.float64]]
    values: dict[str, float]

    def total(self) -> NDArray[np.float64]:
        """All expected counts, the Standard Model's neutrinos counted once."""
        parts = [*self.backgrounds.values(), *self.signal.values()]
        if not any(item.contains_sm_signal for item in self.experiment.backgrounds.values()):
            parts.extend(self.standard_model.values())
        total: NDArray[np.float64] = np.sum(parts, axis=0)
        return total

    def columns(self) -> dict[str, NDArray[np.float64]]:
        """Everything as columns of equal length, energies in keV, counts per bin."""
        observed = {} if self.observed is None else {"observed [1]": self.observed}
        return (
            {"E_low [keV]": self.bins[:-1] * 1e3, "E_high [keV]": self.bins[1:] * 1e3}
            | observed
            | {"expected [1]": self.total()}
            | {f"background {name} [1]": counts for name, counts in self.backgrounds.items()}
            | {f"SM {name} [1]": counts for name, counts in self.standard_model.items()}
            | {f"signal {name} [1]": counts for name, counts in self.signal.items()}
        )

    def to_csv(self) -> str:
        """CSV with a header that states the units."""
        columns = self.columns()
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([f"{number:.8g}" for number in row] for row in zip(*columns.values(), strict=True))
        return text.getvalue()

    def to_json(self) -> dict[str, object]:
        """Plain data of the same columns."""
        return {
            "schema": "nudipole-spectrum/1",
            "version": nudipole.__version__,
            "experiment": self.experiment.name,
            "variant": self.variant,
            "parameters": dict(self.values),
            "columns": {name: [float(x) for x in column] for name, column in self.columns().items()},
        }


@eqx.filter_jit
def _counts(
    response: Response,
    process: ElectronScattering,
    oscillation: Oscillation,
    parametrisation: Parametrisation,
    values: Mapping[str, Float[AnyArray, ""]],
) -> Float[AnyArray, "s b"]:
    neutrino = parametrisation.neutrino(values).to_flavour(oscillation.pmns())
    return response.counts(process.operators(neutrino))


@eqx.filter_jit
def _mu_eff(
    rho: Complex[AnyArray, "3 3"],
    oscillation: Oscillation,
    parametrisation: Parametrisation,
    values: Mapping[str, Float[AnyArray, ""]],
) -> Float[AnyArray, ""]:
    return mu_eff(rho, parametrisation.neutrino(values).to_flavour(oscillation.pmns()).lam)


def _owner(values: Mapping[str, float]) -> Parametrisation:
    """The parametrisation that all these parameters belong to."""
    owner: Parametrisation | None = None
    for name in values:
        _, found = find(name)
        if owner is not None and found is not owner:
            others = ", ".join(parameter for parameter in owner.parameters if parameter not in values)
            raise NudipoleError(f"{' and '.join(values)} belong to different parametrisations; beside them go {others}")
        owner = found
    return PARAMETRISATIONS["universal"] if owner is None else owner
