"""An experiment: its response, its data, and the questions one can ask of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import equinox as eqx
import numpy as np
from jaxtyping import Complex, Float
from numpy.typing import NDArray

from nudipole import arguments
from nudipole.errors import NudipoleError, UnknownName
from nudipole.experiments.moments import MomentLikelihood
from nudipole.experiments.parts import Part
from nudipole.experiments.signal import NeutrinoSignal
from nudipole.experiments.spec import ExperimentSpec
from nudipole.experiments.spectrum import Spectrum
from nudipole.interactions import Process
from nudipole.mixing import Oscillation
from nudipole.numerics import AnyArray
from nudipole.properties import PARAMETRISATIONS, Parametrisation, companions, find, is_amplitude, mu_eff
from nudipole.rates import Response
from nudipole.sources import Beam
from nudipole.sources.oscillated import Flight
from nudipole.statistics import Background, Gaussian, Model, Poisson, Statistic, check

if TYPE_CHECKING:
    from nudipole.experiments.fitting import Sampling
    from nudipole.experiments.limit import Limit
    from nudipole.experiments.model_limit import Toys

#: A fit's parameter of interest is in this unit of the parameter, squared for a moment: numbers of order one.
SCALES = {"mu_B": 1e-11, "cm^2": 1e-32, "e": 1e-13}
#: Flux uncertainties below this fraction of the largest are left out of the fit.
_NEGLIGIBLE = 0.02


class Variation(NamedTuple):
    """Responses at one standard deviation of a nuisance, up and down; without the latter the change is mirrored."""

    name: str
    plus: tuple[Part, ...]
    minus: tuple[Part, ...] | None


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
    beam : Beam
    parts : tuple of Part
        Processes with their detector responses, folded with the beam over the whole exposure.
    variations : tuple of Variation
        Of the nuisances in the response.
    bins : (e+1,)
        Edges of the bins of energy [MeV].
    times : (t+1,) or None
        Edges of the bins of arrival time [MeV^-1]; counts then have b = e x t bins, time the faster.
    given_data : (b,) or None
        Observed counts; None for an Asimov projection.
    backgrounds : tuple of Background
        Those that are fitted.
    off_background : (b,) or None
        Expected from a measurement without the source, which the statistic knows.
    statistic : Statistic
        How the numbers of the bins are distributed.
    notes : tuple of str
        Doubts about the description, each with its key, for whoever reads a result.
    columns : dict of str
        How the rows of tables were taken for the bins, by key of the description.
    flight : Flight or None
        From where the neutrinos are born to the target; None where no path changes them (the Sun).
    file, folder
        What the description is called in messages, and where the files that it names lie.
    """

    spec: ExperimentSpec
    variant: str | None
    oscillation: Oscillation
    beam: Beam
    parts: tuple[Part, ...]
    variations: tuple[Variation, ...]
    bins: NDArray[np.float64]
    times: NDArray[np.float64] | None
    given_data: NDArray[np.float64] | None
    backgrounds: tuple[Background, ...]
    off_background: NDArray[np.float64] | None
    statistic: Statistic
    notes: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    flight: Flight | None = None
    file: str | Path | None = None
    folder: Path | None = None

    @property
    def name(self) -> str:
        """Name in the library or in the file."""
        return self.spec.name

    @cached_property
    def sm_counts(self) -> NDArray[np.float64]:
        """Counts that the Standard Model predicts, (component, bin)."""
        return self.counts(PARAMETRISATIONS["universal"], {"mu_nu": 0.0})

    def sm_counts_of(self, parts: tuple[Part, ...]) -> NDArray[np.float64]:
        """The same with other responses, for example of a variation."""
        return _total(self._counted(parts, PARAMETRISATIONS["universal"], {}))

    @property
    def sm_in_background(self) -> bool:
        """Whether a background already contains the Standard Model's neutrino scattering."""
        return any(background.contains_sm_signal for background in self.spec.backgrounds.values())

    @cached_property
    def background_counts(self) -> dict[str, NDArray[np.float64]]:
        """Backgrounds at their nominal normalisation, (b,) each; what an OFF measurement says among them."""
        fitted = {b.name: np.asarray(b.counts) for b in self.backgrounds}
        return fitted if self.off_background is None else {"OFF": self.off_background} | fitted

    @property
    def observed(self) -> NDArray[np.float64]:
        """Observed counts; for a projection the expected ones without new physics."""
        if self.given_data is not None:
            return self.given_data
        expected = sum(self.background_counts.values(), np.zeros(self.sm_counts.shape[1]))
        return expected if self.sm_in_background else expected + self.sm_counts.sum(axis=0)

    def counts(self, parametrisation: Parametrisation, values: Mapping[str, float]) -> NDArray[np.float64]:
        """Expected counts of a neutrino, (component, bin), without backgrounds."""
        return _total(self.counts_by_process(parametrisation, values))

    def counts_by_process(
        self, parametrisation: Parametrisation, values: Mapping[str, float]
    ) -> dict[str, NDArray[np.float64]]:
        """Expected counts of a neutrino, (component, bin) for every process."""
        return self._counted(self.parts, parametrisation, values)

    def _counted(
        self, parts: tuple[Part, ...], parametrisation: Parametrisation, values: Mapping[str, float]
    ) -> dict[str, NDArray[np.float64]]:
        numbers = _numbers(parametrisation, values)
        counted: dict[str, NDArray[np.float64]] = {}
        for part in parts:
            counts = np.asarray(_counts(part.response, part.process, self.oscillation, parametrisation, numbers))
            counted[part.name] = counted[part.name] + counts if part.name in counted else counts
        return counted

    def signal_counts(self, **values: float) -> NDArray[np.float64]:
        """Counts beyond the Standard Model, (component, bin), of a neutrino given by its parameters.

        Parameters
        ----------
        **values : float
            Parameters of one parametrisation in their units, e.g. ``mu_nu=2e-11`` [mu_B].

        Raises
        ------
        UnknownName, NotANumber, ShapeError, OutOfRange
            For an unknown parameter, or a value that is not one finite number.
        """
        return self.counts(_owner(values), values) - self.sm_counts

    def mu_eff(self, **values: float) -> float:
        """Effective moment [mu_B] of a neutrino given by its parameters, in the beam as `dipole_rho` has it."""
        owner = _owner(values)
        return float(_mu_eff(self.dipole_rho, self.oscillation, owner, _numbers(owner, values)))

    @cached_property
    def _dipole(self) -> NDArray[np.complex128]:
        """Dipole channel of the response, all processes added, (component, bin, 3, 3)."""
        folded = (part.response for part in self.parts if "dipole" in part.response.channels)
        W: NDArray[np.complex128] = np.sum([np.asarray(r.W)[:, r.channels.index("dipole")] for r in folded], axis=0)
        return W

    @cached_property
    def dipole_rho(self) -> NDArray[np.complex128]:
        """Density matrix of the beam as the dipole channel of this experiment sees it, trace 1."""
        seen = self._dipole.sum(axis=(0, 1))
        matrix: NDArray[np.complex128] = seen / np.trace(seen).real
        return matrix

    @cached_property
    def flux_shift(self) -> dict[str, NDArray[np.float64]]:
        """Principal axes of the flux uncertainties by name, (component,) each, the largest first."""
        if not self.spec.source.flux_uncertainty:
            return {}
        values, vectors = np.linalg.eigh(np.asarray(self.beam.covariance))
        shift = (np.sqrt(np.maximum(values, 0))[:, None] * vectors.T)[::-1]
        # Called by their place among all axes: the same source gives the same names in every experiment.
        return {f"{self.spec.source.flux_name} flux {k + 1}": axis for k, axis in enumerate(shift)}

    def flux_shift_for(self, parameters: Iterable[str]) -> dict[str, NDArray[np.float64]]:
        """Those axes that matter where these parameters are fitted, each beside zeros."""
        moved = [p for p in parameters if find(p)[1].parameters[p].unit in SCALES]
        return self._that_matter(np.concatenate([self._polynomial(self.parts, p) for p in moved]))

    def _that_matter(self, counts: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Axes with a share of the largest effect on counts (n, component, bin), for any of the n."""
        axes = self.flux_shift
        shift = np.reshape(list(axes.values()), (-1, counts.shape[1]))
        effect = np.abs(shift) @ np.abs(counts).sum(axis=2).T
        matters = np.any(effect > _NEGLIGIBLE * np.max(effect, axis=0, initial=0), axis=1)
        return {name: axis for k, (name, axis) in enumerate(axes.items()) if matters[k]}

    def model(self, parameter: str = "mu_nu", *, beside: Mapping[str, float] | None = None) -> Model:
        """Likelihood of one parameter: of its square in SCALES^2 for a moment, of itself for one with a sign.

        Parameters
        ----------
        parameter : str
        beside : mapping of str to float, optional
            Other parameters of the same parametrisation, held at values in their units; a moment then is no square in
            the likelihood, as moments may interfere.

        Raises
        ------
        UnknownName
            If no parametrisation has the parameter.
        NudipoleError
            If the parameter alone changes no rate: a phase, or one that no process of the experiment feels.
        """
        squared = is_amplitude(parameter)
        return self._model(
            partial(self._polynomial, parameter=parameter, beside=beside),
            f"{parameter}^2" if squared and beside is None else parameter,
            lower=0.0 if squared else -np.inf,
        )

    def strength_model(self, process: str | None = None) -> Model:
        """Likelihood of the number of events of a process in units of the Standard Model's, fluxes as they are.

        Parameters
        ----------
        process : str, optional
            All processes together, unless given.

        Raises
        ------
        NudipoleError
            If there is no such process, or a background already contains the Standard Model's neutrinos.
        """
        if self.sm_in_background:
            raise NudipoleError(f"{self.name}: the Standard Model's events are part of a background, not to be fitted")
        if process is not None and process not in self.spec.named_processes:
            raise UnknownName(f"process of {self.name}", process, self.spec.named_processes)
        return self._model(partial(self._strength, process=process), "strength", lower=-np.inf, with_fluxes=False)

    def _strength(self, parts: tuple[Part, ...], process: str | None) -> NDArray[np.float64]:
        """Counts (component, bin) as coefficients of the powers 0, 1, 2 of the strength of a process."""
        counted = self._counted(parts, PARAMETRISATIONS["universal"], {})
        scaled = _total(counted) if process is None else counted[process]
        return np.stack([_total(counted) - scaled, scaled, np.zeros_like(scaled)])

    def _model(
        self,
        polynomial: Callable[[tuple[Part, ...]], NDArray[np.float64]],
        poi_name: str,
        *,
        lower: float,
        with_fluxes: bool = True,
    ) -> Model:
        """Likelihood whose signal is a polynomial in the parameter of interest for the parts of any variation."""
        nominal = polynomial(self.parts)
        flux_shift = self._that_matter(nominal) if with_fluxes else {}
        if not np.any(nominal[1:]):
            raise NudipoleError(f"{poi_name} changes no count of {self.name}: limit another parameter")
        # Without a downward variation the change is mirrored, and the curvature zero.
        sides = [
            (plus, 2 * nominal - plus if variation.minus is None else polynomial(variation.minus))
            for variation in self.variations
            for plus in [polynomial(variation.plus)]
        ]
        none = np.zeros((0, *nominal.shape))
        signal = NeutrinoSignal(
            nominal,
            np.reshape(list(flux_shift.values()), (-1, nominal.shape[1])),
            np.stack([(plus - minus) / 2 for plus, minus in sides]) if sides else none,
            np.stack([(plus + minus) / 2 - nominal for plus, minus in sides]) if sides else none,
        )
        return check(
            Model(
                self.observed,
                self.backgrounds,
                signal,
                signal_nuisances=[*flux_shift, *(variation.name for variation in self.variations)],
                poi_name=poi_name,
                poi_lower=lower,
                statistic=self.statistic,
            )
        )

    def _polynomial(
        self, parts: tuple[Part, ...], parameter: str, beside: Mapping[str, float] | None = None
    ) -> NDArray[np.float64]:
        """Counts (component, bin) as coefficients of the powers 0, 1, 2 of the parameter of interest."""
        if parameter in (beside or {}):
            raise NudipoleError(f"{parameter} is fitted: leave it out of those held beside it")
        parametrisation = _owner({parameter: 0.0, **(beside or {})})
        unit = parametrisation.parameters[parameter].unit
        if unit not in SCALES:
            moduli = [name for name, given in parametrisation.parameters.items() if given.unit in SCALES]
            raise NudipoleError(f"{parameter} alone changes no rate: choose a modulus to limit, {', '.join(moduli)}")

        def at(value: float) -> NDArray[np.float64]:
            return _total(self._counted(parts, parametrisation, {parameter: value, **(beside or {})}))

        zero, plus = at(0.0), at(SCALES[unit])
        fixed = zero - self.sm_counts_of(parts) if self.sm_in_background else zero
        if is_amplitude(parameter) and beside is None:
            return np.stack([np.zeros_like(zero) if self.sm_in_background else fixed, plus - zero, np.zeros_like(zero)])
        minus = at(-SCALES[unit])
        return np.stack([fixed, (plus - minus) / 2, (plus + minus) / 2 - zero])

    def moment_likelihood(self, normalisations: Mapping[str, float] | None = None) -> MomentLikelihood:
        """Likelihood of any dipole matrix lambda (flavour basis, mu_B), thousands a call.

        Parameters
        ----------
        normalisations : mapping of str to float, optional
            Factors of the backgrounds, for example `Limit.nuisances`, whose pulls are left out; 1 where not given.

        Raises
        ------
        UnknownName, NotANumber, ShapeError, OutOfRange
            For a name that is no nuisance of the experiment, or a factor that is not one finite number >= 0.
        """
        if not isinstance(self.statistic, Poisson):
            raise NudipoleError(f"{self.name}: matrices of moments are evaluated with Poisson bins only")
        norms = self._factors(normalisations or {})
        fixed = np.zeros(self.sm_counts.shape[1]) if self.sm_in_background else self.sm_counts.sum(axis=0)
        background = sum((norms.get(b.name, 1.0) * np.asarray(b.counts) for b in self.backgrounds), fixed)
        return MomentLikelihood.from_response(self._dipole.sum(axis=0), background, self.observed)

    def _factors(self, normalisations: Mapping[str, float]) -> dict[str, float]:
        """Those of the backgrounds among the nuisances of a fit."""
        backgrounds = [b.name for b in self.backgrounds]
        known = [*backgrounds, *self.flux_shift, *(variation.name for variation in self.variations)]
        for name in normalisations:
            if name not in known:
                raise UnknownName(f"nuisance of {self.name}", name, known)
        return {
            name: arguments.number(f"factor of {name}", normalisations[name], low=0.0)
            for name in backgrounds
            if name in normalisations
        }

    def limit(
        self,
        parameter: str = "mu_nu",
        *,
        cl: float = 0.90,
        construction: str | None = None,
        method: str = "asymptotic",
        toys: Toys | None = None,
        sampling: Sampling | None = None,
        power_constrained: bool = False,
    ) -> Limit:
        """Limit or interval on one parameter; see `nudipole.experiments.fitting.limit`."""
        from nudipole.experiments.fitting import limit

        return limit(
            [self],
            parameter,
            cl=cl,
            construction=construction,
            method=method,
            toys=toys,
            sampling=sampling,
            power_constrained=power_constrained,
        )

    def spectrum(self, **values: float) -> Spectrum:
        """Expected components against the data, for the parameters of a neutrino (none: Standard Model)."""
        owner = _owner(values)
        sm = self._by_name(self.counts_by_process(owner, {}))
        total = self._by_name(self.counts_by_process(owner, values)) if values else sm
        return Spectrum(
            experiment=self.spec,
            variant=self.variant,
            bins=self.bins,
            times=self.times,
            observed=None if self.given_data is None else self.observed,
            errors=np.asarray(self.statistic.error) if isinstance(self.statistic, Gaussian) else None,
            backgrounds=dict(self.background_counts),
            standard_model=sm,
            signal={name: total[name] - counts for name, counts in sm.items()},
            values=dict(values),
        )

    def _by_name(self, counts: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
        """Counts of every process and component; the process is left out of the name where there is only one."""
        return {
            component if len(counts) == 1 else f"{process} {component}": row
            for process, rows in counts.items()
            for component, row in zip(self.beam.components, rows, strict=True)
        }


@eqx.filter_jit
def _counts(
    response: Response,
    process: Process,
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


def _total(counts: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Sum over processes."""
    total: NDArray[np.float64] = np.sum(list(counts.values()), axis=0)
    return total


def _numbers(parametrisation: Parametrisation, values: Mapping[str, float]) -> dict[str, NDArray[np.float64]]:
    """The values of parameters, each one finite number."""
    for name in values:
        if name not in parametrisation.parameters:
            raise UnknownName("parameter", name, parametrisation.parameters)
    units = {name: parametrisation.parameters[name].unit for name in values}
    return {name: np.asarray(arguments.number(name, value, unit=units[name])) for name, value in values.items()}


def _owner(values: Mapping[str, float]) -> Parametrisation:
    """The parametrisation that all these parameters belong to."""
    owner: Parametrisation | None = None
    first = next(iter(values), "")
    for name in values:
        _, found = find(name)
        if owner is not None and found is not owner:
            raise NudipoleError(f"{' and '.join(values)} belong to different parametrisations; {companions(first)}")
        owner = found
    return PARAMETRISATIONS["universal"] if owner is None else owner
