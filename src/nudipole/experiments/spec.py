"""The schema of an experiment's YAML. Every key, its unit and its default stand here, once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    Discriminator,
    Field,
    FiniteFloat,
    NonNegativeFloat,
    Tag,
    ValidationError,
    model_validator,
)

from nudipole.errors import InputError
from nudipole.experiments.fields import (
    MAX_BINS,
    Closed,
    Counts,
    Energy,
    Exposure,
    Moment,
    Rate,
    Relative,
    RootEnergy,
    Width,
    Word,
)
from nudipole.experiments.source_spec import SourceSpec
from nudipole.experiments.validation_message import validation_message


class Reference(Closed):
    """A publication."""

    texkey: str
    title: str = ""
    arxiv: str = ""
    doi: str = ""
    where: str = ""


class TableColumn(Closed):
    """A column of a reference table of the package."""

    table: Word
    column: str


class FileColumn(Closed):
    """A column of a CSV file beside the YAML."""

    file: str
    column: str


def _word(value: object) -> object:
    """YAML reads an unquoted true as a truth value, not as the word."""
    return "true" if value is True else value


def _form(value: object) -> str | None:
    """Which form of a union is meant, so that messages speak of that one alone."""
    if isinstance(value, BaseModel):
        value = value.model_dump(by_alias=True)
    if isinstance(value, dict):
        return next((f"a {key}" for key in ("table", "file", "gaussian", "log-normal") if key in value), None)
    return "a list" if isinstance(value, list) else "a word" if value in ("asimov", "free") else None


def _one_of(remedy: str) -> Discriminator:
    return Discriminator(_form, custom_error_type="form", custom_error_message=remedy)


_LIST, _TABLE, _FILE, _WORD = Tag("a list"), Tag("a table"), Tag("a file"), Tag("a word")


class TargetSpec(Closed):
    """What is struck: a chemical symbol."""

    element: str


class ElectronSpec(Closed):
    """nu-e scattering."""

    kind: Literal["nu-e"]
    binding: Literal["stepping", "free"] = "stepping"
    couplings: Literal["one-loop", "tree"] = "one-loop"


class ExactSpec(Closed):
    """No smearing."""

    kind: Literal["none"]


class ConstantSpec(Closed):
    """sigma(E) = a."""

    kind: Literal["constant"]
    a: Width


class SqrtSpec(Closed):
    """sigma(E) = a sqrt(E)."""

    kind: Literal["sqrt"]
    a: RootEnergy


class SqrtLinearSpec(Closed):
    """sigma(E) = a sqrt(E) + b E."""

    kind: Literal["sqrt-linear"]
    a: RootEnergy
    b: NonNegativeFloat = 0.0


class EfficiencySpec(Closed):
    """A number, a table of the package, a CSV file beside the YAML, or two lists.

    A table or file has the columns E (with its unit) and efficiency.
    """

    of: Annotated[Literal["reconstructed", "true"], BeforeValidator(_word)]
    constant: Annotated[float, Field(ge=0, le=1)] | None = None
    table: Word | None = None
    file: str | None = None
    unit: Literal["eV", "keV", "MeV", "GeV"] = "keV"
    energy: list[NonNegativeFloat] | None = None
    value: list[NonNegativeFloat] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> EfficiencySpec:
        forms = [
            self.constant is not None,
            self.table is not None,
            self.file is not None,
            self.energy is not None,
        ]
        if sum(forms) != 1:
            raise ValueError("give exactly one of constant, table, file, or energy with value")
        if (self.energy is None) != (self.value is None):
            raise ValueError("energy and value go together")
        if self.energy is not None and self.value is not None and len(self.energy) != len(self.value):
            raise ValueError(f"energy has {len(self.energy)} entries, value has {len(self.value)}")
        return self


class BinsSpec(Closed):
    """Edges with their unit, or from, to and width."""

    edges: Annotated[list[FiniteFloat], Field(min_length=2, max_length=MAX_BINS + 1)] | None = None
    unit: Literal["eV", "keV", "MeV", "GeV"] = "keV"
    from_: Annotated[Energy | None, Field(alias="from")] = None
    to: Energy | None = None
    width: Width | None = None

    @model_validator(mode="after")
    def _one_form(self) -> BinsSpec:
        steps = (self.from_, self.to, self.width)
        if (self.edges is None) != all(step is not None for step in steps) or (
            self.edges is not None and any(step is not None for step in steps)
        ):
            raise ValueError("give either edges (with unit) or all of from, to and width")
        return self


class DetectorSpec(Closed):
    """Response of the detector."""

    bins: BinsSpec
    resolution: Annotated[ExactSpec | ConstantSpec | SqrtSpec | SqrtLinearSpec, Field(discriminator="kind")] = (
        ExactSpec(kind="none")
    )
    efficiency: EfficiencySpec = EfficiencySpec(of="reconstructed", constant=1.0)


class GaussianSpec(Closed):
    """Normalisation known to a relative Gaussian error."""

    gaussian: Relative


class LogNormalSpec(Closed):
    """Normalisation known to a relative log-normal error."""

    log_normal: Annotated[Relative, Field(alias="log-normal")]


class BackgroundSpec(Closed):
    """A background template; counts over the whole exposure, efficiency included, or a flat rate."""

    counts: (
        Annotated[
            Annotated[Counts, _LIST] | Annotated[TableColumn, _TABLE] | Annotated[FileColumn, _FILE],
            _one_of("write a list of counts, {table: ..., column: ...} or {file: ..., column: ...}"),
        ]
        | None
    ) = None
    rate: Rate | None = None
    normalisation: Annotated[
        Annotated[Literal["free"], _WORD]
        | Annotated[GaussianSpec, Tag("a gaussian")]
        | Annotated[LogNormalSpec, Tag("a log-normal")],
        _one_of("write free, {gaussian: 5 %} or {log-normal: 5 %}"),
    ]
    contains_sm_signal: bool = False
    note: str = ""

    @model_validator(mode="after")
    def _one_form(self) -> BackgroundSpec:
        if (self.counts is None) == (self.rate is None):
            raise ValueError("give either counts (a list, or the column of a table or file) or a flat rate")
        return self


class PublishedSpec(Closed):
    """A published result on a moment, to be set beside ours."""

    parameter: Word
    upper: Moment | None = None
    interval: Annotated[list[Moment], Field(min_length=2, max_length=2)] | None = None
    cl: Annotated[float, Field(gt=0, lt=1)]
    construction: str
    reference: Reference
    explanation: str = ""

    @model_validator(mode="after")
    def _one_form(self) -> PublishedSpec:
        if (self.upper is None) == (self.interval is None):
            raise ValueError("give either upper or interval")
        return self


class VariantSpec(Closed):
    """A change of some keys, with the reason for it."""

    note: str
    set: dict[str, Any]


class ExperimentSpec(Closed):
    """One experiment."""

    name: Word
    title: str
    reference: Annotated[list[Reference], Field(min_length=1)]
    notes: str
    source: SourceSpec
    target: TargetSpec
    process: Annotated[ElectronSpec, Field()]
    exposure: Exposure
    detector: DetectorSpec
    data: Annotated[
        Annotated[Counts, _LIST]
        | Annotated[TableColumn, _TABLE]
        | Annotated[FileColumn, _FILE]
        | Annotated[Literal["asimov"], _WORD],
        _one_of("write a list of counts, asimov, {table: ..., column: ...} or {file: ..., column: ...}"),
    ]
    backgrounds: dict[Word, BackgroundSpec]
    published: list[PublishedSpec] = Field(default_factory=list)
    variants: dict[Word, VariantSpec] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _signal_counted_once(self) -> ExperimentSpec:
        containing = [name for name, item in self.backgrounds.items() if item.contains_sm_signal]
        if len(containing) > 1:
            raise ValueError(f"only one background may contain the SM signal, not {containing}")
        return self


def validate(data: dict[str, Any], file: str | Path) -> ExperimentSpec:
    """`data` as an `ExperimentSpec`.

    Raises
    ------
    InputError
        For the first problem, with its key path.
    """
    try:
        return ExperimentSpec.model_validate(data)
    except ValidationError as error:
        where, message = validation_message(error, data, ExperimentSpec)
        raise InputError(file, where, message) from None
    except RecursionError:
        raise InputError(file, "", "nested too deeply") from None
