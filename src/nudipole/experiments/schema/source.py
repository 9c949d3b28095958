"""Sources in the schema: one mapping for each kind. A new kind: its class, and one line in `SOURCES`."""

from __future__ import annotations

import abc
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import Discriminator, Field, FiniteFloat, NonNegativeFloat, Tag, model_validator

from nudipole import tables, units
from nudipole.io.fields import (
    ISOTOPE,
    Activity,
    Closed,
    Energy,
    Error,
    Flux,
    Length,
    PerTime,
    PositiveFactor,
    Power,
    Relative,
    Share,
    Time,
    Width,
    Word,
)
from nudipole.io.kinds import OneOf


class FileReader(Protocol):
    """Reads a CSV file that lies beside the YAML."""

    def __call__(self, file: str, key: str) -> tables.Table: ...


class Source(Closed):
    """What every source has.

    `nudipole.sources.SOURCES` knows its physics by the same kind, which is called with the `settings`.
    """

    kind: str
    oscillation: str = "nufit-6.0-no"
    flux_uncertainty: bool = True

    @property
    def flux_name(self) -> str:
        """What the nuisances of its fluxes are called after."""
        return self.kind

    @abc.abstractmethod
    def settings(self, read: FileReader) -> dict[str, Any]:
        """Arguments of the source, in internal units."""

    @abc.abstractmethod
    def tables(self) -> list[str]:
        """Reference tables behind it."""


class _Terrestrial(Source):
    """A source on Earth: its neutrinos oscillate over the baseline only where the file says so."""

    propagation: Literal["none", "coherent", "averaged"] = "none"


class _WithLines(_Terrestrial):
    """A source with lines, whose interference is averaged over their width where there is one."""

    line_width: Width | None = None

    @model_validator(mode="after")
    def _width_of_what_interferes(self) -> Self:
        if self.line_width is not None and self.propagation != "coherent":
            raise ValueError("line_width acts on propagation: coherent alone: write that, or leave line_width out")
        return self


class MeasuredFluxes(Closed):
    """A measured linear combination of the fluxes: `weights` are what components contribute at the model's fluxes.

    Value, error and weights are numbers in one and the same unit, such as SNU.
    """

    value: FiniteFloat
    error: Annotated[FiniteFloat, Field(gt=0)]
    weights: Annotated[dict[Word, NonNegativeFloat], Field(min_length=1)]


class AntineutrinosSpec(Closed):
    """Solar neutrinos that arrive as antineutrinos, a component of the beam for each of the `components`.

    Without a `field` no spectrum is distorted, and the parameter is p_antinu, a probability. With one (``core``,
    ``convective``, ``wood-saxon``, ``shell`` or ``table`` and its B0, as in ``convective:50kG``, or a CSV file beside)
    spins precess in it: the parameters are mu_B_product of its shape, and Majorana moments for its size.
    """

    field: str | None = None
    peak: FiniteFloat | None = None
    twist: FiniteFloat = 0.0
    components: Annotated[list[Word], Field(min_length=1)] = Field(default_factory=lambda: ["8B"])

    @model_validator(mode="after")
    def _of_a_field(self) -> Self:
        if self.field is None and (self.peak is not None or self.twist):
            raise ValueError("peak and twist are of a field: name it")
        return self


class SolarSpec(Source):
    """Solar neutrinos, with the errors of the solar model unless `flux_errors` or `measured` say something else."""

    kind: Literal["solar"]
    model: str = "B16-GS98"
    flux_errors: dict[Word, Relative] = Field(default_factory=dict)
    measured: dict[Word, MeasuredFluxes] = Field(default_factory=dict)
    antineutrinos: AntineutrinosSpec | None = None

    @property
    def flux_name(self) -> str:
        """What the nuisances of its fluxes are called after: fluxes with other errors are others."""
        others = ", ".join((*self.flux_errors, *self.measured, *(["antineutrinos"] if self.antineutrinos else [])))
        return f"{self.model} ({others})" if others else self.model

    def settings(self, read: FileReader) -> dict[str, Any]:
        """Arguments of the Sun."""
        measured = [(m.value, m.error, tuple(m.weights.items())) for m in self.measured.values()]
        return {"model": self.model, "oscillation": self.oscillation, "errors": self.flux_errors, "measured": measured}

    def tables(self) -> list[str]:
        """Reference tables behind it."""
        spectra = [name for name in tables.available() if name.startswith("solar-spectrum-")]
        correlated = ["solar-correlations"] if self.model in tables.read("solar-correlations").words("model") else []
        zones = f"solar-zones-{self.model.lower()}"
        inside = ["solar-density-sf3-gs98"] if self.antineutrinos and self.antineutrinos.field else []
        return [zones, "solar-fluxes", *correlated, "solar-lines", "nufit", *spectra, *inside]


Isotope = Annotated[str, Field(pattern=ISOTOPE)]
Fractions = Annotated[dict[Isotope, Share], Field(min_length=1, json_schema_extra={"additionalProperties": False})]


class CycleSpec(Closed):
    """Fission fractions at the start and at the end of a cycle, and the part of it that has gone; linear in between."""

    start: Word | Fractions
    end: Word | Fractions
    burn_up: Share


def _form_of_fuel(value: object) -> str:
    if isinstance(value, str):
        return "a name"
    known = value if isinstance(value, dict) else {}
    return "a cycle" if isinstance(value, CycleSpec) or {"start", "end", "burn_up"} & set(known) else "by isotope"


FuelSpec = Annotated[
    Annotated[Word, Tag("a name")] | Annotated[CycleSpec, Tag("a cycle")] | Annotated[Fractions, Tag("by isotope")],
    Discriminator(_form_of_fuel),
]


def _plain(fuel: str | CycleSpec | dict[str, float]) -> Any:
    return fuel.model_dump() if isinstance(fuel, CycleSpec) else fuel


class CoreSpec(Closed):
    """One core of a reactor site; its own fission fractions are in place of those of the site."""

    power: Power
    baseline: Length
    fractions: FuelSpec | None = None


class ReactorSpec(_Terrestrial):
    """Reactor antineutrinos: one core, or several."""

    kind: Literal["reactor"]
    power: Power | None = None
    baseline: Length | None = None
    cores: Annotated[list[CoreSpec], Field(min_length=1, max_length=100)] | None = None
    spectrum: Literal["summation", "huber-mueller"] = "summation"
    fractions: FuelSpec = "pwr"
    energies: Word = "ma-2013"
    captures: NonNegativeFloat = 0.6
    relative_error: Error = 0.0

    @model_validator(mode="after")
    def _one_form(self) -> ReactorSpec:
        single = (self.power is not None, self.baseline is not None)
        if (self.cores is None) != all(single) or (self.cores is not None and any(single)):
            raise ValueError("give either power and baseline, or cores")
        if self.propagation != "none" and any(core.fractions is not None for core in self.cores or ()):
            raise ValueError("cores with fractions of their own: what oscillates has one fuel, write source.fractions")
        return self

    def settings(self, read: FileReader) -> dict[str, Any]:
        """Arguments of the reactor."""
        cores = [(core.power, core.baseline) for core in self.cores or []]
        if self.power is not None and self.baseline is not None:
            cores = [(self.power, self.baseline)]
        fission = {"fractions": _plain(self.fractions), "spectrum": self.spectrum, "energies": self.energies}
        if any(core.fractions is not None for core in self.cores or ()):
            own = [self.fractions if core.fractions is None else core.fractions for core in self.cores or ()]
            fission["fuels"] = [_plain(one) for one in own]
        return {"cores": cores, "captures": self.captures, "relative_error": self.relative_error, **fission}

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

    def settings(self) -> dict[str, Any]:
        """Arguments of the profile, in internal units."""
        if self.times is not None and self.intensity is not None:
            times = [units.in_internal(self.unit) * time for time in self.times]
            return {"times": tuple(times), "intensity": tuple(self.intensity)}
        return {"centre": self.centre or 0.0, "width": self.width or 0.0}


class PionDecaySpec(_WithLines):
    """Neutrinos of pions and muons that decay at rest."""

    kind: Literal["pion-decay-at-rest"]
    site: Word = "sns-2021"
    protons: PerTime | None = None
    neutrinos_per_proton: PositiveFactor | None = None
    relative_error: Error | None = None
    baseline: Length | None = None
    pulse: PulseSpec | None = None

    @property
    def flux_name(self) -> str:
        """What the nuisances of its fluxes are called after: the facility, whatever the year of its description."""
        return self.site.split("-")[0].upper()

    def settings(self, read: FileReader) -> dict[str, Any]:
        """Arguments of the stopped-pion source."""
        pulse = None if self.pulse is None else self.pulse.settings()
        return {
            "site": self.site,
            "protons": self.protons,
            "neutrinos_per_proton": self.neutrinos_per_proton,
            "relative_error": self.relative_error,
            "baseline": self.baseline,
            "pulse": pulse,
        }

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

    @property
    def flux_name(self) -> str:
        """What the nuisances of its fluxes are called after."""
        return self.nuclide

    def settings(self, read: FileReader) -> dict[str, Any]:
        """Arguments of the radioactive source."""
        place = {"nuclide": self.nuclide, "activity": self.activity, "distance": self.distance}
        return {**place, "delay": self.delay, "duration": self.duration, "relative_error": self.relative_error}

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

    def settings(self, read: FileReader) -> dict[str, Any]:
        """Arguments of the line."""
        kind = {"flavour": self.flavour, "antineutrino": self.antineutrino, "baseline": self.baseline or 0.0}
        return {"E": self.energy, "flux": self.flux, **kind}

    def tables(self) -> list[str]:
        """Reference tables behind it: none."""
        return []


class _Tabulated(Closed):
    """A table of fluxes: a CSV file beside the YAML or a table of the package, as it is or per proton."""

    file: str | None = None
    table: Word | None = None
    protons: PerTime | None = None


class ModeSpec(_Tabulated):
    """One mode of a beam line."""

    @model_validator(mode="after")
    def _one_form(self) -> ModeSpec:
        if (self.file is None) == (self.table is None):
            raise ValueError("give either file or table")
        return self


class HistogramSpec(_Tabulated, _Terrestrial):
    """Fluxes tabulated by flavour: a CSV file beside the YAML, a table of the package, or its parametrised example.

    With `modes` one table for each mode of the beam line: every bin is measured in each of them.
    """

    kind: Literal["histogram"]
    example: Word | None = None
    modes: Annotated[dict[Word, ModeSpec], Field(min_length=2, max_length=100)] | None = None
    baseline: Length | None = None
    relative_error: Error = 0.0

    @model_validator(mode="after")
    def _one_form(self) -> HistogramSpec:
        if sum(given is not None for given in (self.file, self.table, self.example, self.modes)) != 1:
            raise ValueError("give one of file, table, example and modes")
        if self.modes is not None and self.protons is not None:
            raise ValueError("protons of modes belong to each of them: source: {modes: {NAME: {protons: ...}}}")
        if self.propagation != "none" and self.baseline is None:
            raise ValueError("oscillations need a baseline")
        return self

    def by_mode(self) -> dict[str, HistogramSpec]:
        """What is described of each mode, as a beam of its own; empty where there are none."""
        own = {name: dict(mode) for name, mode in (self.modes or {}).items()}
        return {name: self.model_copy(update={**keys, "modes": None}) for name, keys in own.items()}

    def settings(self, read: FileReader) -> dict[str, Any]:
        """Arguments of the tabulated beam."""
        rest = {"protons": self.protons, "baseline": self.baseline or 0.0, "relative_error": self.relative_error}
        if self.example is not None:
            return {"name": self.example, **rest}
        table = read(self.file or "", "source.file") if self.table is None else tables.read(self.table)
        return {"table": table, **rest}

    def tables(self) -> list[str]:
        """Reference tables behind it."""
        if self.modes is not None:
            return [mode.table for mode in self.modes.values() if mode.table]
        found = self.table or (self.example and f"beam-{self.example}")
        return [found] if found else []


#: By kind, as in `nudipole.sources.SOURCES`.
SOURCES: dict[str, type[Source]] = {
    "solar": SolarSpec,
    "reactor": ReactorSpec,
    "pion-decay-at-rest": PionDecaySpec,
    "radioactive": RadioactiveSpec,
    "mono-energetic": MonoEnergeticSpec,
    "histogram": HistogramSpec,
}

SourceSpec = Annotated[Source, OneOf(SOURCES)]
