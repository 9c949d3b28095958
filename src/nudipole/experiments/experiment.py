"""An experiment: its description, response and data, and what it expects to count of a neutrino."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Complex, Float
from numpy.typing import NDArray

from nudipole import digits, moved
from nudipole.errors import NudipoleError
from nudipole.experiments import labelled
from nudipole.experiments.build.parts import Part
from nudipole.experiments.conversion import weights
from nudipole.experiments.flux_names import flux_names
from nudipole.experiments.schema.experiment import ExperimentSpec
from nudipole.experiments.spectrum import Spectrum
from nudipole.interactions import Process
from nudipole.io import notebook
from nudipole.io.beside import Beside
from nudipole.kept import compiled, kept
from nudipole.mixing import Oscillation
from nudipole.models import neutrino_of
from nudipole.numerics import AnyArray, jax
from nudipole.properties import Neutrino, mu_eff
from nudipole.rates import Response
from nudipole.sources import Beam
from nudipole.sources.beam import Converted
from nudipole.sources.oscillated import Flight
from nudipole.statistics import Background, Gaussian, Statistic

if TYPE_CHECKING:
    import xarray as xr


class Side(NamedTuple):
    """Responses at one standard deviation of a nuisance, and templates (b,) of the backgrounds that it moves."""

    parts: tuple[Part, ...]
    backgrounds: Mapping[str, NDArray[np.float64]]


class Variation(NamedTuple):
    """What a nuisance makes of responses and backgrounds, up and down; without the latter the change is mirrored.

    A `free` one has no constraint: its standard deviation is no error, but a step of the interpolation.
    """

    name: str
    plus: Side
    minus: Side | None
    free: bool


class TemplateErrors(NamedTuple):
    """Backgrounds that were simulated, and the relative statistical error (b,) of all of them together in every bin."""

    backgrounds: tuple[str, ...]
    relative: NDArray[np.float64]

    @property
    def nuisances(self) -> tuple[str, ...]:
        """One for each bin with an error."""
        return tuple(f"templates in bin {k + 1}" for k in np.flatnonzero(self.relative))


@dataclass(frozen=True, repr=False)
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
        Of the nuisances in responses and backgrounds.
    bins : (e+1,)
        Edges of the bins of energy [MeV].
    times : (t+1,) or None
        Edges of the bins of arrival time [MeV^-1]; counts then have b = e x t bins, time the faster.
    modes : tuple of str
        Names of the modes of the beam, in which every bin of energy is measured; counts then have b = e x m bins, mode
        the faster. Empty for one beam.
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
    files : dict of str
        What was understood of the files that it names.
    flight : Flight or None
        From where the neutrinos are born to the target; None where no path changes them (the Sun).
    file, beside
        What the description is called in messages, and the files that it may name.
    samples : tuple of str
        Names of sub-samples, each with all bins; counts then have b = s x e x t bins, one sample after the other.
    template_errors : TemplateErrors or None
        Of simulated backgrounds.
    polynomials : mapping of str to (k, b)
        Change of a background by each free coefficient of its shape.
    sharing : mapping of str to bool
        Nuisances that a combination shares (or not), whatever the description says: see `nudipole.experiments.sharing`.

    Raises
    ------
    AttributeError
        For a name that it does not have, nor had in an earlier version.

    Examples
    --------
    >>> import nudipole as nd
    >>> experiment = nd.load("xenonnt-2022")
    >>> experiment.name, len(experiment.bins) - 1, experiment.counts(mu_nu=2e-11).dims
    ('xenonnt-2022', 29, ('component', 'energy'))
    """

    spec: ExperimentSpec
    variant: str | None
    oscillation: Oscillation
    beam: Beam
    parts: tuple[Part, ...]
    variations: tuple[Variation, ...]
    bins: NDArray[np.float64]
    times: NDArray[np.float64] | None
    modes: tuple[str, ...]
    given_data: NDArray[np.float64] | None
    backgrounds: tuple[Background, ...]
    off_background: NDArray[np.float64] | None
    statistic: Statistic
    notes: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    flight: Flight | None = None
    file: str | Path | None = None
    beside: Beside | None = None
    sharing: Mapping[str, bool] = field(default_factory=dict)
    samples: tuple[str, ...] = ()
    template_errors: TemplateErrors | None = None
    polynomials: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            return moved.method(self, name)

    def __repr__(self) -> str:
        return notebook.lines(f"Experiment {self._titled}", self._words)

    def _repr_html_(self) -> str:
        return notebook.shown(self._titled, self._words)

    @property
    def _titled(self) -> str:
        variant = "" if self.variant is None else f" ({self.variant})"
        return f"{self.name}{variant}: {self.spec.title}"

    @property
    def _words(self) -> dict[str, str]:
        """What it is, in a few lines; what there is none of is left out."""
        spec, (low, high) = self.spec, self.bins[[0, -1]] * 1e3
        times = "" if self.times is None else f", {len(self.times) - 1} of time"
        times = f", each for {' and '.join(self.modes)}" if self.modes else times
        times = f"{times}, in each of {', '.join(self.samples)}" if self.samples else times
        bins = f"{len(self.bins) - 1} from {digits.plain(low, 4)} to {digits.plain(high, 4)} keV{times}"
        counted = "" if self.given_data is None else digits.plain(float(self.given_data.sum()), 6)
        words = {
            "source": spec.source.kind,
            "processes": "; ".join(item.words for item in spec.named_processes.values()),
            "target": f"{spec.target.name}, {spec.exposure_written}",
            "bins": bins,
            "data": f"{counted} in all ({spec.statistics.kind})" if counted else "none: a projection",
            "backgrounds": ", ".join(self.background_counts),
            "nuisances": ", ".join(variation.name for variation in self.variations),
            "variants": ", ".join(spec.variants),
            "notes": "; ".join(self.notes),
        }
        return {key: text for key, text in words.items() if text}

    @property
    def name(self) -> str:
        """Name in the library or in the file."""
        return self.spec.name

    @cached_property
    def sm_counts(self) -> NDArray[np.float64]:
        """Counts that the Standard Model predicts, (component, bin)."""
        shape = (len(self.beam.components), self.parts[0].response.W.shape[2])
        return kept(_expected, self.parts, self.oscillation, neutrino_of({}), self.beam.converted, shape=shape)

    @property
    def sm_in_background(self) -> bool:
        """Whether a background already contains the Standard Model's neutrino scattering."""
        return any(background.contains_sm_signal for background in self.spec.backgrounds.values())

    @cached_property
    def background_counts(self) -> dict[str, NDArray[np.float64]]:
        """Backgrounds at their nominal normalisation, (b,) each; what an OFF measurement says among them."""
        fitted = {b.name: np.asarray(b.counts) for b in self.backgrounds}
        return fitted if self.off_background is None else {"OFF": self.off_background} | fitted

    def on(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Those of counts (..., b) with the source: the first half where one spectrum is fitted to ON and OFF."""
        return counts[..., : counts.shape[-1] // 2] if self.spec.smooth_off else counts

    @property
    def observed(self) -> NDArray[np.float64]:
        """Observed counts; for a projection the expected ones without new physics."""
        if self.given_data is not None:
            return self.given_data
        expected = sum(self.background_counts.values(), np.zeros(self.sm_counts.shape[1]))
        return expected if self.sm_in_background else expected + self.sm_counts.sum(axis=0)

    def counts(self, neutrino: Neutrino | None = None, /, **values: float) -> xr.DataArray:
        """Expected counts of a neutrino, without backgrounds, labelled.

        Parameters
        ----------
        neutrino : Neutrino, optional
            Or its parameters:
        **values : float
            Parameters of one parametrisation in their units, e.g. ``mu_nu=2e-11`` [mu_B]; none: the Standard Model.

        Returns
        -------
        xarray.DataArray
            By component of the beam and bin of energy (and time or mode), see `nudipole.experiments.labelled.counts`.

        Raises
        ------
        UnknownName, NotANumber, ShapeError, OutOfRange
            For an unknown parameter, or a value that is not one finite number.
        NudipoleError
            If both a neutrino and parameters are given.
        """
        found = self.expected(given(neutrino, values))
        unit = self.spec.statistics.quantity if self.spec.statistics.kind == "relative" else "1"
        return labelled.counts(found, self.beam.components, self.bins, self.times, self.modes, self.samples, unit=unit)

    def expected(self, neutrino: Neutrino) -> NDArray[np.float64]:
        """Expected counts of a neutrino, (component, bin), without backgrounds."""
        return _expected(self.parts, self.oscillation, neutrino, self.beam.converted)

    @property
    def response(self) -> labelled.Responses:
        """What the experiment sees of any neutrino, folded once: `to_xarray` labels it."""
        return labelled.Responses(self.parts, self.bins, self.times, self.modes, self.samples)

    def counts_by_process(self, neutrino: Neutrino) -> dict[str, NDArray[np.float64]]:
        """Expected counts of a neutrino, (component, bin) for every process."""
        return _counts_by_process(self.parts, self.oscillation, neutrino, self.beam.converted)

    def counted(self, parts: Sequence[Part], neutrinos: Neutrino) -> dict[str, NDArray[np.float64]]:
        """Counts (n, component, bin) of many neutrinos, whose matrices are (n, 3, 3), for every process.

        Parameters
        ----------
        parts : sequence of Part
            Those of the experiment, or of a variation.
        neutrinos : Neutrino
        """
        return _counted(parts, self.oscillation, neutrinos, self.beam.converted)

    def signal_counts(self, neutrino: Neutrino | None = None, /, **values: float) -> NDArray[np.float64]:
        """Counts beyond the Standard Model, (component, bin).

        Parameters
        ----------
        neutrino : Neutrino, optional
            Or its parameters:
        **values : float
            Parameters of one parametrisation in their units, e.g. ``mu_nu=2e-11`` [mu_B].

        Raises
        ------
        UnknownName, NotANumber, ShapeError, OutOfRange
            For an unknown parameter, or a value that is not one finite number.
        """
        return self.expected(given(neutrino, values)) - self.sm_counts

    def mu_eff(self, neutrino: Neutrino | None = None, /, **values: float) -> float:
        """Effective moment [mu_B] of a neutrino, or of its parameters, in the beam as `dipole_rho` has it."""
        return float(_mu_eff(self.dipole_rho, self.oscillation, given(neutrino, values)))

    @cached_property
    def dipole(self) -> NDArray[np.complex128]:
        """Dipole channel of the response, all processes added, (component, bin, 3, 3)."""
        folded = (part.response for part in self.parts if "dipole" in part.response.channels)
        none = np.zeros((len(self.beam.components), self.sm_counts.shape[1], 3, 3), complex)
        return sum((np.asarray(r.W)[:, r.channels.index("dipole")] for r in folded), none)

    @property
    def first_parameter(self) -> str:
        """What it is asked for where nothing else is: mu_nu, or of a search for solar antineutrinos their own."""
        converted = [one for one in self.beam.converted if one is not None]
        if not converted or self.sees_moments:
            return "mu_nu"
        return "p_antinu" if converted[0].field is None else "mu_B_product"

    @property
    def sees_moments(self) -> bool:
        """Whether any of its processes has a dipole channel."""
        return any("dipole" in part.response.channels for part in self.parts)

    @cached_property
    def dipole_rho(self) -> NDArray[np.complex128]:
        """Density matrix of the beam as the dipole channel of this experiment sees it, trace 1.

        Raises
        ------
        NudipoleError
            If it has no such channel.
        """
        seen = self.dipole.sum(axis=(0, 1))
        if not self.sees_moments:
            raise NudipoleError(f"{self.name} sees no moments: none of its processes has a dipole channel")
        matrix: NDArray[np.complex128] = seen / np.trace(seen).real
        return matrix

    @cached_property
    def flux_shift(self) -> dict[str, NDArray[np.float64]]:
        """Principal axes of the flux uncertainties by name, (component,) each, the largest first."""
        if not self.spec.source.flux_uncertainty:
            return {}
        values, vectors = np.linalg.eigh(np.asarray(self.beam.covariance))
        shift = (np.sqrt(np.maximum(values, 0))[:, None] * vectors.T)[::-1]
        # The same source gives the same names in every experiment.
        return dict(zip(flux_names(self.spec.source.flux_name, self.beam.components, shift), shift, strict=True))

    def spectrum(self, neutrino: Neutrino | None = None, /, **values: float) -> Spectrum:
        """Expected components against the data, for a neutrino or its parameters (none: the Standard Model).

        Parameters
        ----------
        neutrino : Neutrino, optional
            Or its parameters:
        **values : float
            As of `counts`.

        Returns
        -------
        Spectrum

        Raises
        ------
        UnknownName, NotANumber, ShapeError, OutOfRange, NudipoleError
            As for `counts`.
        """
        sm = self._by_name(self.counts_by_process(neutrino_of({})))
        other = values or neutrino is not None
        total = self._by_name(self.counts_by_process(given(neutrino, values))) if other else sm
        return Spectrum(
            experiment=self.spec,
            variant=self.variant,
            bins=self.bins,
            times=self.times,
            modes=self.modes,
            samples=self.samples,
            observed=None if self.given_data is None else self.observed,
            errors=np.asarray(self.statistic.error) if isinstance(self.statistic, Gaussian) else None,
            backgrounds=dict(self.background_counts),
            standard_model=sm,
            signal={name: total[name] - counts for name, counts in sm.items()},
            values=dict(values),
            neutrino="" if neutrino is None else " ".join(str(neutrino).split()),
        )

    def _by_name(self, counts: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
        """Counts of every process and component; the process is left out of the name where there is only one."""
        return {
            component if len(counts) == 1 else f"{process} {component}": row
            for process, rows in counts.items()
            for component, row in zip(self.beam.components, rows, strict=True)
        }


def given(neutrino: Neutrino | None, values: Mapping[str, float]) -> Neutrino:
    """A neutrino, or that of its parameters.

    Raises
    ------
    NudipoleError
        If there are both.
    """
    if neutrino is not None and values:
        raise NudipoleError(f"a neutrino and {', '.join(values)}: give either")
    return neutrino_of(values) if neutrino is None else neutrino


#: What is converted of each component of a beam; empty where nothing is.
Conversions = tuple[Converted | None, ...]


def _expected(
    parts: Sequence[Part], oscillation: Oscillation, neutrino: Neutrino, converted: Conversions
) -> NDArray[np.float64]:
    return total(_counts_by_process(parts, oscillation, neutrino, converted))


def _counts_by_process(
    parts: Sequence[Part], oscillation: Oscillation, neutrino: Neutrino, converted: Conversions
) -> dict[str, NDArray[np.float64]]:
    batch = jax.tree.map(lambda leaf: np.asarray(leaf)[None], neutrino)
    return {name: counts[0] for name, counts in _counted(parts, oscillation, batch, converted).items()}


def _counted(
    parts: Sequence[Part], oscillation: Oscillation, neutrinos: Neutrino, converted: Conversions
) -> dict[str, NDArray[np.float64]]:
    found: dict[str, NDArray[np.float64]] = {}
    for part in parts:
        counts = np.asarray(_counts(part.response, part.process, oscillation, neutrinos, converted))
        found[part.name] = found[part.name] + counts if part.name in found else counts
    return found


@compiled
def _counts(
    response: Response, process: Process, oscillation: Oscillation, neutrinos: Neutrino, converted: Conversions
) -> Float[AnyArray, "n s b"]:
    U = oscillation.pmns()

    def of(one: Neutrino) -> Float[AnyArray, "s b"]:
        counts = response.counts(process.operators(one.to_flavour(U)))
        return counts * weights(converted, one, U)[:, None] if converted else counts

    return jax.vmap(of)(neutrinos)


@compiled
def _mu_eff(rho: Complex[AnyArray, "3 3"], oscillation: Oscillation, neutrino: Neutrino) -> Float[AnyArray, ""]:
    return mu_eff(rho, neutrino.to_flavour(oscillation.pmns()).lam)


def total(counts: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Sum over processes."""
    found: NDArray[np.float64] = np.sum(list(counts.values()), axis=0)
    return found
