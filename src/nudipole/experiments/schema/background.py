"""Backgrounds in the schema: a template or a spectrum, and what is known of its normalisation."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, FiniteFloat, NonNegativeFloat, Tag, model_validator

from nudipole.experiments.schema.columns import WORD, Column, FileColumn, TableColumn, one_of
from nudipole.experiments.schema.resolution import Energies, EnergyUnit, ResolutionSpec
from nudipole.io.fields import (
    Closed,
    Counts,
    DayOfYear,
    Energy,
    HalfLife,
    MassActivity,
    Rate,
    Relative,
    Share,
    Width,
    Word,
)

#: Of a polynomial.
MAX_DEGREE = 200
_ANGLE = "write flat, or a list of shares of the bins of the angle"


class DecaySpec(Closed):
    """A background that decays in the course of a run, for example 85Kr or 210Po.

    Its rate or activity is the mean over what is measured, not that at the start.
    """

    half_life: HalfLife

    @model_validator(mode="before")
    @classmethod
    def _decays_alone(cls, given: object) -> object:
        if isinstance(given, dict) and {"amplitude", "maximum"} & set(given):
            raise ValueError("half_life and amplitude exclude each other: write two backgrounds")
        return given


class SeasonSpec(Closed):
    """A background that follows a cosine through the year, with a relative amplitude, as cosmic muons do.

    The `maximum` is the month and day at which it is highest.
    """

    amplitude: Share
    maximum: DayOfYear


class GaussianSpec(Closed):
    """Normalisation known to a relative Gaussian error."""

    gaussian: Relative


class LogNormalSpec(Closed):
    """Normalisation known to a relative log-normal error."""

    log_normal: Annotated[Relative, Field(alias="log-normal")]


class BetaSpec(Closed):
    """Electrons or positrons of a beta decay; `offset` is what its gammas add to the energy at which they are seen."""

    kind: Literal["beta"]
    nuclide: Word
    offset: Energy = 0.0


class PileUpSpec(Closed):
    """Two beta decays of the same nuclide in one event: the sum of their energies."""

    kind: Literal["pile-up"]
    nuclide: Word


class LineSpec(Closed):
    """One energy, as it is seen: with the resolution, or as a peak of its own `sigma` and `skewness`."""

    kind: Literal["line"]
    energy: Width
    sigma: Width | None = None
    skewness: Share = 0.0

    @model_validator(mode="after")
    def _skewed(self) -> LineSpec:
        if self.skewness > 0 and self.sigma is None:
            raise ValueError("a skewness needs a sigma")
        return self


class LinesSpec(Closed):
    """Several energies as they are seen, with the resolution, and the share of the activity that each has."""

    kind: Literal["lines"]
    energies: Annotated[list[Width], Field(min_length=1, max_length=1000)]
    shares: Annotated[list[NonNegativeFloat], Field(min_length=1)]

    @model_validator(mode="after")
    def _as_many(self) -> LinesSpec:
        if len(self.shares) != len(self.energies):
            raise ValueError(f"energies has {len(self.energies)} entries, shares has {len(self.shares)}")
        if not sum(self.shares) > 0:
            raise ValueError("one share at least must be positive")
        return self


class ContinuumSpec(Closed):
    """A formula between two energies; `at` is the energy at which the background has its `rate`."""

    from_: Annotated[Energy, Field(alias="from")] = 0.0
    to: Width | None = None
    at: Width | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.to is not None and not self.to > self.from_:
            raise ValueError("to must lie above from")
        if self.at is not None and not (self.from_ <= self.at and (self.to is None or self.at <= self.to)):
            raise ValueError("at must lie between from and to")
        return self


class ExponentialSpec(ContinuumSpec):
    """dN/dE proportional to exp(-E/scale)."""

    kind: Literal["exponential"]
    scale: Width


class PowerLawSpec(ContinuumSpec):
    """dN/dE proportional to E^-index, from a positive energy on."""

    kind: Literal["power-law"]
    index: Annotated[FiniteFloat, Field(ge=-10, le=10)]

    @model_validator(mode="after")
    def _finite(self) -> PowerLawSpec:
        if not self.from_ > 0:
            raise ValueError("a power law begins at a positive energy: write from")
        if self.index <= 1 and self.to is None:
            raise ValueError("a power law of this index has no end: write to")
        return self


class SpectrumTableSpec(Closed):
    """A spectrum linear between energies: two lists in the `unit`, or columns E and shape, or E and rate, of a table.

    A `shape` has any unit, and the activity as its integral; a `rate`, such as [1/(kg d keV)], has no activity.
    """

    kind: Literal["table"]
    table: Word | None = None
    file: str | None = None
    unit: EnergyUnit = "keV"
    energy: Energies | None = None
    shape: list[NonNegativeFloat] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> SpectrumTableSpec:
        if sum(given is not None for given in (self.table, self.file, self.energy)) != 1:
            raise ValueError("give exactly one of table, file, or energy with shape")
        if (self.energy is None) != (self.shape is None):
            raise ValueError("energy and shape go together")
        if self.energy is not None and self.shape is not None and len(self.energy) != len(self.shape):
            raise ValueError(f"energy has {len(self.energy)} entries, shape has {len(self.shape)}")
        return self


SpectrumSpec = Annotated[
    BetaSpec | PileUpSpec | LineSpec | LinesSpec | ExponentialSpec | PowerLawSpec | SpectrumTableSpec,
    Field(discriminator="kind"),
]


class BackgroundSpec(Closed):
    """A background template: counts over the whole exposure, efficiency included, a flat rate, or a known spectrum.

    A `spectrum` is normalised by its `activity`, or by its `rate` at one energy, and folded with the efficiency and
    resolution of the detector, or with a `resolution` of its own; one that is `as_seen` with neither. `errors` are
    those of counts that were simulated.

    With bins of time, counts are those of all bins (time the faster), or those of the bins of energy with the shares
    of the bins of `time`; in the periods of a run they may decay or follow the seasons, the rate or activity being the
    mean over what is measured. A normalisation ``fixed`` is known exactly; ``off`` is what an ON-OFF measurement
    determines, bin by bin or as a smooth spectrum.

    With bins of the angle likewise: counts of all bins, or of those of the energy with shares of the bins of `angle`; a
    rate is flat in its cosine.

    With `polynomial` its shape is known up to a polynomial of this degree in the energy, or in the cosine of the angle
    where there are bins of that, whose coefficients are free.
    """

    counts: Column | None = None
    rate: Rate | None = None
    spectrum: SpectrumSpec | None = None
    activity: MassActivity | None = None
    resolution: ResolutionSpec | None = None
    as_seen: bool = False
    errors: Column | None = None
    time: (
        Annotated[
            Annotated[Literal["flat"], WORD]
            | Annotated[Counts, Tag("a list")]
            | Annotated[TableColumn, Tag("a table")]
            | Annotated[FileColumn, Tag("a file")]
            | Annotated[DecaySpec, Tag("a half_life")]
            | Annotated[SeasonSpec, Tag("a amplitude")],
            one_of(
                "write flat, a list of shares, {table: ..., column: ...}, {file: ..., column: ...}, or of the periods "
                "of a run {half_life: 10.7 yr} or {amplitude: 1.3 %, maximum: 06-28}",
                "flat",
            ),
        ]
        | None
    ) = None
    angle: (
        Annotated[Annotated[Literal["flat"], WORD] | Annotated[Counts, Tag("a list")], one_of(_ANGLE, "flat")] | None
    ) = None
    normalisation: Annotated[
        Annotated[Literal["free", "fixed", "off"], WORD]
        | Annotated[GaussianSpec, Tag("a gaussian")]
        | Annotated[LogNormalSpec, Tag("a log-normal")],
        one_of(
            "write free, fixed, {gaussian: 5 %} or {log-normal: 5 %} (off with an ON-OFF measurement)",
            "free",
            "fixed",
            "off",
        ),
    ]
    contains_sm_signal: bool = False
    polynomial: Annotated[int, Field(ge=1, le=MAX_DEGREE)] | None = None
    note: str = ""

    @model_validator(mode="after")
    def _one_form(self) -> BackgroundSpec:
        forms = [name for name in ("counts", "rate", "spectrum") if getattr(self, name) is not None]
        if forms not in (["counts"], ["rate"], ["spectrum"], ["rate", "spectrum"]):
            words = "counts (a list, or the column of a table or file), a flat rate, or a spectrum with its activity"
            raise ValueError(f"give one of {words}")
        if self.spectrum is None:
            for name in ("activity", "resolution", "as_seen"):
                if getattr(self, name):
                    raise ValueError(f"{name} is of a spectrum: leave it out, or write a spectrum")
        else:
            self._check_spectrum(self.spectrum)
        if self.errors is not None and self.counts is None:
            raise ValueError("errors are those of counts")
        return self

    def _check_spectrum(self, spectrum: SpectrumSpec) -> None:
        at = getattr(spectrum, "at", None)
        if (self.rate is None) != (at is None):
            raise ValueError(
                "a rate of a spectrum is that at one energy: spectrum: {kind: exponential, at: 1 keV, ...}"
                if at is None
                else "spectrum.at is the energy at which the rate is: write rate"
            )
        if self.activity is not None and self.rate is not None:
            raise ValueError("give either activity or rate with spectrum.at")
        if self.activity is None and self.rate is None and not isinstance(spectrum, SpectrumTableSpec):
            remedy = ", or rate with spectrum.at" if isinstance(spectrum, ContinuumSpec) else ""
            raise ValueError(f"spectrum and activity go together{remedy}")
        if self.as_seen and self.resolution is not None:
            raise ValueError("what is as_seen has no resolution: leave one of the two out")
        if self.resolution is not None and isinstance(spectrum, LineSpec) and spectrum.sigma is not None:
            raise ValueError("give either a resolution, or the sigma of the line")
