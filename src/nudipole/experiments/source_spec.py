"""Sources in the schema: one mapping for each kind, which also makes the source."""

from __future__ import annotations

import abc
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import Field, FiniteFloat, NonNegativeFloat, model_validator

from nudipole import tables, units
from nudipole.errors import OutOfRange
from nudipole.io.fields import (
    Activity,
    Closed,
    Energy,
    Error,
    Flux,
    Length,
    PerTime,
    Power,
    Relative,
    Share,
    Time,
    Width,
    Word,
)
from nudipole.mixing import Oscillation, nufit
from nudipole.sources import (
    Beam,
    Histogram,
    MonoEnergetic,
    PionDecayAtRest,
    Pulse,
    RadioactiveSource,
    Reactor,
    Solar,
)
from nudipole.sources.oscillated import Flight
from nudipole.sources.solar import Measurement


class Source(Protocol):
    """What makes a beam."""

    @property
    def flight(self) -> Flight | None:
        """From where the neutrinos are born to the target; None where no path changes them."""

    def beam(self) -> Beam: ...


class _Terrestrial(Closed):
    """A source on Earth: its neutrinos oscillate over the baseline only where the file says so."""

    oscillation: str = "nufit-6.0-no"
    propagation: Literal["none", "coherent", "averaged"] = "none"
    flux_uncertainty: bool = True

    def mixing(self) -> Oscillation:
        """Parameters that relate mass and flavour bases."""
        return nufit(self.oscillation)

    @property
    def flux_name(self) -> str:
        """What the nuisances of its fluxes are called after."""
        return str(getattr(self, "kind", ""))

    @property
    def _flight(self) -> dict[str, Any]:
        travels = self.propagation != "none"
        return {"oscillation": self.mixing() if travels else None, "coherent": self.propagation == "coherent"}

    @abc.abstractmethod
    def source(self, read: FileReader) -> Source:
        """The source that the mapping describes."""

    @abc.abstractmethod
    def tables(self) -> list[str]:
        """Reference tables behind it."""


class _WithLines(_Terrestrial):
    """A source with lines, whose interference is averaged over their width where there is one."""

    line_width: Width | None = None

    @model_validator(mode="after")
    def _width_of_what_interferes(self) -> Self:
        if self.line_width is not None and self.propagation != "coherent":
            raise ValueError("line_width acts on propagation: coherent alone: write that, or leave line_width out")
        return self

    @property
    def _flight(self) -> dict[str, Any]:
        return {**super()._flight, "line_width": self.line_width or 0.0}


class FileReader(Protocol):
    """Reads a CSV file that lies beside the YAML."""

    def __call__(self, file: str, key: str) -> tables.Table: ...


class MeasuredFluxes(Closed):
    """A measured linear combination of the fluxes: `weights` are what components contribute at the model's fluxes.

    Value, error and weights are numbers in one and the same unit, such as SNU.
    """

    value: FiniteFloat
    error: Annotated[FiniteFloat, Field(gt=0)]
    weights: Annotated[dict[Word, NonNegativeFloat], Field(min_length=1)]


class SolarSpec(Closed):
    """Solar neutrinos, with the errors of the solar model unless `flux_errors` or `measured` say something else."""

    kind: Literal["solar"]
    model: str = "B16-GS98"
    oscillation: str = "nufit-6.0-no"
    flux_uncertainty: bool = True
    flux_errors: dict[Word, Relative] = Field(default_factory=dict)
    measured: dict[Word, MeasuredFluxes] = Field(default_factory=dict)

    @property
    def flux_name(self) -> str:
        """What the nuisances of its fluxes are called after: fluxes with other errors are others."""
        others = ", ".join((*self.flux_errors, *self.measured))
        return f"{self.model} ({others})" if others else self.model

    def mixing(self) -> Oscillation:
        """Parameters of conversion in the Sun."""
        return nufit(self.oscillation)

    def source(self, read: FileReader) -> Source:
        """The Sun."""
        measured = [Measurement(m.value, m.error, tuple(m.weights.items())) for m in self.measured.values()]
        return Solar.named(self.model, self.oscillation, errors=self.flux_errors, measured=measured)

    def tables(self) -> list[str]:
        """Reference tables behind it."""
        spectra = [name for name in tables.available() if name.startswith("solar-spectrum-")]
        correlated = ["solar-correlations"] if self.model in tables.read("solar-correlations").words("model") else []
        zones = f"solar-zones-{self.model.lower()}"
        return [zones, "solar-fluxes", *correlated, "solar-lines", "nufit", *spectra]


class CoreSpec(Closed):
    """One core of a reactor site."""

    power: Power
    baseline: Length


class ReactorSpec(_Terrestrial):
    """Reactor antineutrinos: one core, or several."""

    kind: Literal["reactor"]
    power: Power | None = None
    baseline: Length | None = None
    cores: Annotated[list[CoreSpec], Field(min_length=1, max_length=100)] | None = None
    spectrum: Literal["summation", "huber-mueller"] = "summation"
    fractions: Word | dict[str, Share] = "pwr"
    energies: Word = "ma-2013"
    captures: NonNegativeFloat = 0.6

    @model_validator(mode="after")
    def _one_form(self) -> ReactorSpec:
        single = (self.power is not None, self.baseline is not None)
        if (self.cores is None) != all(single) or (self.cores is not None and any(single)):
            raise ValueError("give either power and baseline, or cores")
        return self

    def source(self, read: FileReader) -> Source:
        """The reactor."""
        cores = [(core.power, core.baseline) for core in self.cores or []]
        if self.power is not None and self.baseline is not None:
            cores = [(self.power, self.baseline)]
        settings: dict[str, Any] = {"captures": self.captures, "cores": cores, **self._flight}
        return Reactor.named(fractions=self.fractions, spectrum=self.spectrum, energies=self.energies, **settings)

    def tables(self) -> list[str]:
        """Reference tables behind it."""
        shapes = "reactor-spectrum-" if self.spectrum == "summation" else "reactor-polynomials"
        rest = ("reactor-fission", "reactor-errors", "reactor-spectrum-239U", "reactor-spectrum-239Np", shapes)
        return [name for name in tables.available() if name.startswith(rest)]


class PulseSpec(Closed):
    """Time profile of the protons: a Gaussian, or a table that is linear in between."""

    centre: Time | None = None
    width: Time | None = None
    unit: Literal["ns", "us", "ms", "s"] = "us"
    times: Annotated[list[FiniteFloat], Field(min_length=2, max_length=10_000)] | None = None
    intensity: list[NonNegativeFloat] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> PulseSpec:
        if (self.width is None) == (self.times is None) or (self.centre is None) != (self.width is None):
            raise ValueError("give either centre and width of a Gaussian, or times and intensity")
        if (self.times is None) != (self.intensity is None):
            raise ValueError("times and intensity go together")
        return self

    def pulse(self) -> Pulse:
        """The profile."""
        if self.times is not None and self.intensity is not None:
            unit = units.in_internal(self.unit)
            try:
                return Pulse(times=tuple(unit * time for time in self.times), intensity=tuple(self.intensity))
            except OutOfRange as error:
                raise (error.in_unit(self.unit, unit) if error.unit else error) from error
        return Pulse(centre=self.centre or 0.0, width=self.width or 0.0)


class PionDecaySpec(_WithLines):
    """Neutrinos of pions and muons that decay at rest."""

    kind: Literal["pion-decay-at-rest"]
    site: Word = "sns-2021"
    protons: PerTime | None = None
    baseline: Length | None = None
    pulse: PulseSpec | None = None

    @property
    def flux_name(self) -> str:
        """What the nuisances of its fluxes are called after."""
        return self.site

    def source(self, read: FileReader) -> Source:
        """The stopped-pion source."""
        pulse = None if self.pulse is None else self.pulse.pulse()
        return PionDecayAtRest.named(
            self.site, protons=self.protons, baseline=self.baseline, pulse=pulse, **self._flight
        )

    def tables(self) -> list[str]:
        """Reference tables behind it."""
        return ["beam-pion-decay", "beam-pion-decay-sites"]


class RadioactiveSpec(_WithLines):
    """Neutrinos of an artificial source: electron captures, or the beta decays of 144Ce and its daughter."""

    kind: Literal["radioactive"]
    nuclide: Word
    activity: Activity
    distance: Length
    delay: Time = 0.0
    duration: Time = 0.0
    relative_error: Error = 0.0

    def source(self, read: FileReader) -> Source:
        """The radioactive source."""
        times: dict[str, Any] = {"delay": self.delay, "duration": self.duration, "relative_error": self.relative_error}
        return RadioactiveSource.named(self.nuclide, self.activity, self.distance, **times, **self._flight)

    def tables(self) -> list[str]:
        """Reference tables behind it."""
        return ["radioactive-lines", "radioactive-beta-branches", "radioactive-half-lives"]


class MonoEnergeticSpec(_WithLines):
    """Neutrinos of one energy, born with one flavour; the flux is that at the target."""

    kind: Literal["mono-energetic"]
    energy: Energy
    flux: Flux
    flavour: Literal["e", "mu", "tau"] = "e"
    antineutrino: bool = False
    baseline: Length | None = None

    @model_validator(mode="after")
    def _needs_a_baseline(self) -> MonoEnergeticSpec:
        if self.propagation != "none" and self.baseline is None:
            raise ValueError("oscillations need a baseline")
        return self

    def source(self, read: FileReader) -> Source:
        """The line."""
        path: dict[str, Any] = {"baseline": self.baseline or 0.0, **self._flight}
        return MonoEnergetic.named(self.energy, self.flux, self.flavour, self.antineutrino, **path)

    def tables(self) -> list[str]:
        """Reference tables behind it: none."""
        return []


class HistogramSpec(_Terrestrial):
    """Fluxes tabulated by flavour: a CSV file beside the YAML, a table of the package, or its parametrised example."""

    kind: Literal["histogram"]
    file: str | None = None
    table: Word | None = None
    example: Word | None = None
    protons: PerTime | None = None
    baseline: Length | None = None
    relative_error: Error = 0.0

    @model_validator(mode="after")
    def _one_form(self) -> HistogramSpec:
        if sum(given is not None for given in (self.file, self.table, self.example)) != 1:
            raise ValueError("give one of file, table and example")
        if self.propagation != "none" and self.baseline is None:
            raise ValueError("oscillations need a baseline")
        return self

    def source(self, read: FileReader) -> Source:
        """The tabulated beam."""
        settings: dict[str, Any] = {
            "baseline": self.baseline or 0.0,
            "relative_error": self.relative_error,
            **self._flight,
        }
        if self.example is not None:
            return Histogram.named(self.example, protons=self.protons, **settings)
        table = read(self.file or "", "source.file") if self.table is None else tables.read(self.table)
        return Histogram.from_table(table, protons=self.protons, **settings)

    def tables(self) -> list[str]:
        """Reference tables behind it."""
        found = self.table or (self.example and f"beam-{self.example}")
        return [found] if found else []


SourceSpec = Annotated[
    SolarSpec | ReactorSpec | PionDecaySpec | RadioactiveSpec | MonoEnergeticSpec | HistogramSpec,
    Field(discriminator="kind"),
]
