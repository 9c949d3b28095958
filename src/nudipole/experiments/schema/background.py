"""Backgrounds in the schema: a template and what is known of its normalisation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Tag, model_validator

from nudipole.experiments.schema.columns import WORD, Column, FileColumn, TableColumn, one_of
from nudipole.experiments.schema.detector import ResolutionSpec
from nudipole.io.fields import Closed, Counts, Energy, MassActivity, Rate, Relative, Share, Width, Word


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


SpectrumSpec = Annotated[BetaSpec | PileUpSpec | LineSpec, Field(discriminator="kind")]


class BackgroundSpec(Closed):
    """A background template: counts over the whole exposure, efficiency included, a flat rate, or a known spectrum.

    A `spectrum` is normalised by its `activity` and folded with the efficiency and resolution of the detector, or with
    a `resolution` of its own.

    With bins of time, counts are those of all bins (time the faster), or those of the bins of energy with the shares
    of the bins of `time`. A normalisation ``fixed`` is known exactly; ``off`` is what an ON-OFF measurement determines
    bin by bin.
    """

    counts: Column | None = None
    rate: Rate | None = None
    spectrum: SpectrumSpec | None = None
    activity: MassActivity | None = None
    resolution: ResolutionSpec | None = None
    time: (
        Annotated[
            Annotated[Literal["flat"], WORD]
            | Annotated[Counts, Tag("a list")]
            | Annotated[TableColumn, Tag("a table")]
            | Annotated[FileColumn, Tag("a file")],
            one_of("write flat, a list of shares, {table: ..., column: ...} or {file: ..., column: ...}", "flat"),
        ]
        | None
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
    note: str = ""

    @model_validator(mode="after")
    def _one_form(self) -> BackgroundSpec:
        if sum(form is not None for form in (self.counts, self.rate, self.spectrum)) != 1:
            forms = "counts (a list, or the column of a table or file), a flat rate, or a spectrum with its activity"
            raise ValueError(f"give one of {forms}")
        if (self.spectrum is None) != (self.activity is None):
            raise ValueError("spectrum and activity go together")
        if self.resolution is not None and self.spectrum is None:
            raise ValueError("only a spectrum is folded with a resolution")
        if self.resolution is not None and isinstance(self.spectrum, LineSpec) and self.spectrum.sigma is not None:
            raise ValueError("give either a resolution, or the sigma of the line")
        return self
