"""Published results in the schema: what was found, written here or in a record of the world's limits."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    FiniteFloat,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from nudipole import digits, units
from nudipole.errors import UnknownName
from nudipole.experiments.schema.compare import CompareSpec, Reference
from nudipole.io.fields import Closed, Energy, Flux, Pure, Word
from nudipole.properties.parameters import Parameter, find

if TYPE_CHECKING:
    from nudipole.limits import Record

Level = Annotated[Pure, Field(gt=0, lt=1)]
_WRITTEN = {"type": ["string", "number"], "examples": ["6.4e-12 mu_B", "1.2e-32 cm^2"]}
#: A number in the unit of the parameter, which a validator of its model reads.
InItsUnit = Annotated[FiniteFloat, WithJsonSchema(_WRITTEN)]


class _Published(Closed):
    """What every published number has."""

    reference: Reference
    explanation: str = ""
    compare: CompareSpec | None = None


def _known(parameter: str) -> Parameter:
    try:
        return find(parameter)
    except UnknownName as error:
        raise ValueError(str(error)) from error


def _in_unit_of(parameter: str, value: object) -> float:
    unit = find(parameter).unit
    return units.parse(value, like="") if unit == "1" else units.parse(value, like=unit) / units.in_internal(unit)


def _either(schema: dict[str, Any]) -> None:
    """In the schema of editors: a record, or what it would say."""
    said = ["parameter", "cl", "reference"]
    schema["required"] = [name for name in schema.get("required", []) if name not in (*said, "upper")]
    schema["anyOf"] = [{"required": ["record"]}, {"required": said}]


class _OnParameter(_Published):
    """A number that has the unit of a parameter: that of a record of the world's limits, or written here.

    With a `record` the number, its parameter, its level (unless none is stated) and its reference are those of the
    record, in the common convention; none of them is written again.
    """

    model_config = ConfigDict(json_schema_extra=_either)

    record: Word | None = None
    parameter: Word
    cl: Level

    @property
    def unit(self) -> str:
        """Of the parameter."""
        return find(self.parameter).unit

    @field_validator("parameter")
    @classmethod
    def _known(cls, parameter: str) -> str:
        _known(parameter)
        return parameter

    @model_validator(mode="before")
    @classmethod
    def _of_record(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("record") is None:
            return data
        return _filled(data, cls._numbers)

    @staticmethod
    @abstractmethod
    def _numbers(ends: list[float | None]) -> dict[str, Any]:
        """The numbers as fields, from the ends of a record."""


def _recorded(name: str, factor: float | None = None) -> tuple[Record, list[float | None]]:
    """A record of the world's limits, and its ends in the common convention.

    A `factor` to it is assumed where the record does not know the convention.
    """
    from nudipole.limits import record

    try:
        known = record(name)
    except UnknownName as error:
        raise ValueError(str(error)) from error
    common = known.common
    if factor is not None:
        if common is not None:
            raise ValueError(f"factor: the record {known.id} knows its convention: leave it out")
        ends = getattr(known.bound.result, "ends", ())
        common = tuple((low and low * factor, high and high * factor) for low, high in ends)
    if not common:
        raise ValueError(f"record: {known.id} has no number in the common convention")
    return known, [end for pair in common for end in pair]


def _filled(data: dict[str, Any], numbers: Callable[[list[float | None]], dict[str, Any]]) -> dict[str, Any]:
    """What is written, with what its record says."""
    from nudipole.limits.words import PROPERTIES

    known, ends = _recorded(str(data["record"]), data.get("factor"))
    if data.get("sensitivity"):
        if known.bound.statistics.expected is None:
            raise ValueError(f"sensitivity: the record {known.id} has no expected limit")
        ends = [None, known.bound.statistics.expected]
    unit = PROPERTIES[known.bound.property].removesuffix("1")
    of = known.publication.reference
    keys = {"texkey": of.texkey, "arxiv": of.arxiv, "doi": of.doi, "where": of.where}
    from_record = {
        "parameter": known.bound.parameter,
        "cl": known.bound.statistics.cl,
        "reference": {key: value for key, value in keys.items() if value},
        **{
            name: [f"{end:.12g} {unit}".strip() for end in value]
            if isinstance(value, list)
            else f"{value:.12g} {unit}".strip()
            for name, value in numbers(ends).items()
        },
    }
    for name, value in from_record.items():
        if value is not None and data.get(name) is not None:
            raise ValueError(f"{name}: stands in the record {known.id}: leave it out here")
    return {**data, **{name: value for name, value in from_record.items() if value is not None}}


class PublishedLimit(_OnParameter):
    """An upper limit or an interval on one parameter, in the parameter's unit.

    A radius is ours as a shift from the Standard Model's; `includes_sm` says that the published one is the whole.
    `sensitivity` stands for the expected limit of the record in place of the observed one; `factor` for one to the
    common convention where the record does not know its own.
    """

    quantity: Literal["limit"] = "limit"
    upper: InItsUnit | None = None
    interval: Annotated[list[InItsUnit], Field(min_length=2, max_length=2)] | None = None
    construction: str
    includes_sm: bool = False
    factor: FiniteFloat | None = None
    sensitivity: bool = False

    @staticmethod
    def _numbers(ends: list[float | None]) -> dict[str, Any]:
        if len(ends) != 2 or ends[1] is None:
            raise ValueError("record: has several intervals, or a lower limit, which is not compared")
        return {"upper": ends[1]} if ends[0] is None else {"interval": ends}

    @property
    def ends(self) -> list[float]:
        """The upper end, or both."""
        return self.interval or [] if self.upper is None else [self.upper]

    @property
    def words(self) -> str:
        """The result in a line."""
        low, high = map(digits.plain, self.interval or (None, self.upper))
        ends = f"< {high}" if self.interval is None else f"from {low} to {high}"
        return f"{self.parameter} {ends} {self.unit} at {digits.level(self.cl)}, {self.construction}".replace(
            " 1 at", " at"
        )

    @field_validator("upper", mode="before")
    @classmethod
    def _upper(cls, value: object, info: ValidationInfo) -> object:
        return value if value is None or "parameter" not in info.data else _in_unit_of(info.data["parameter"], value)

    @field_validator("interval", mode="before")
    @classmethod
    def _interval(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, list) or "parameter" not in info.data:
            return value
        return [_in_unit_of(info.data["parameter"], end) for end in value]

    @model_validator(mode="after")
    def _one_form(self) -> PublishedLimit:
        if (self.upper is None) == (self.interval is None):
            raise ValueError("give either upper or interval")
        if self.interval is not None and not self.interval[0] < self.interval[1]:
            raise ValueError("the interval must begin below its end")
        if self.record is None and (self.factor is not None or self.sensitivity):
            raise ValueError("factor and sensitivity go with a record")
        if self.includes_sm and self.parameter not in ("r2_e", "r2_mu", "r2_tau"):
            raise ValueError("includes_sm is for the charge radius of one flavour: r2_e, r2_mu or r2_tau")
        return self


class PublishedConversion(_OnParameter):
    """An upper limit that only converts another of the same experiment, without a fit of its own."""

    quantity: Literal["conversion"]
    upper: InItsUnit
    from_: Annotated[InItsUnit, Field(alias="from")]

    @staticmethod
    def _numbers(ends: list[float | None]) -> dict[str, Any]:
        if len(ends) != 2 or ends[0] is not None:
            raise ValueError("record: is no upper limit")
        return {"upper": ends[1]}

    @property
    def words(self) -> str:
        """The result in a line."""
        upper, level, converted = digits.plain(self.upper), digits.level(self.cl), digits.plain(self.from_)
        return f"{self.parameter} < {upper} {self.unit} at {level}, converted from {converted} {self.unit}"

    @field_validator("upper", mode="before")
    @classmethod
    def _in_unit(cls, value: object, info: ValidationInfo) -> object:
        return value if "parameter" not in info.data else _in_unit_of(info.data["parameter"], value)

    @field_validator("from_", mode="before")
    @classmethod
    def _from(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, str) and value[:1].isalpha():
            _, (low, high) = _recorded(value)
            if low is not None:
                raise ValueError("from: is no upper limit")
            return high
        return cls._in_unit(value, info)


class _Events(_Published):
    """A number of events, of a process or background, or of all."""

    of: Word | None = None
    value: FiniteFloat
    error: Annotated[FiniteFloat, Field(gt=0)] | None = None

    def _in_words(self, what: str) -> str:
        error = "" if self.error is None else f" +- {digits.plain(self.error)}"
        return f"{digits.plain(self.value)}{error} events {what}" + ("" if self.of is None else f" of {self.of}")


class PublishedCounts(_Events):
    """Events that the Standard Model or a background predicts in all bins."""

    quantity: Literal["counts"]

    @property
    def words(self) -> str:
        """The result in a line."""
        return self._in_words("expected")


class PublishedFit(_Events):
    """Events of a process in the data: the Standard Model's, freely scaled."""

    quantity: Literal["fitted-counts"]

    @property
    def words(self) -> str:
        """The result in a line."""
        return self._in_words("fitted")


class PublishedWindow(_Published):
    """Counts in a window of energies, over what is expected there without new physics.

    The error is that of the expectation, of counts that scatter: its root, unless more is in it. How far the counts lie
    above is given in such errors, which is naive: neither shapes nor the errors of normalisations count.
    """

    quantity: Literal["window"]
    from_: Annotated[Energy, Field(alias="from")]
    to: Energy
    observed: Annotated[FiniteFloat, Field(ge=0)]
    expected: Annotated[FiniteFloat, Field(gt=0)]
    error: Annotated[FiniteFloat, Field(gt=0)]

    @property
    def naive(self) -> float:
        """Observed counts above the expectation in errors of that."""
        return (self.observed - self.expected) / self.error

    @property
    def place(self) -> str:
        """The window in words."""
        low, high = (digits.plain(units.express(end, "keV")) for end in (self.from_, self.to))
        return f"from {low} to {high} keV"

    @property
    def words(self) -> str:
        """The result in a line."""
        expected = f"{digits.plain(self.expected)} +- {digits.plain(self.error)}"
        counts = f"{digits.plain(self.observed)} counts {self.place}, {expected} expected"
        return f"{counts} ({digits.fixed(self.naive, 1)} sigma, naively)"

    @model_validator(mode="after")
    def _rises(self) -> PublishedWindow:
        if not self.from_ < self.to:
            raise ValueError("from must lie below to")
        return self


class PublishedFlux(_Published):
    """Total flux at the detector."""

    quantity: Literal["flux"]
    value: Flux

    @property
    def words(self) -> str:
        """The result in a line."""
        return f"flux {digits.plain(units.express(self.value, '1/(cm^2 s)'))} 1/(cm^2 s)"


class PublishedAntineutrinoFlux(_Published):
    """A limit on the flux of solar antineutrinos above an energy, which is that on the probability at another scale."""

    quantity: Literal["antineutrino-flux"]
    above: Energy
    value: Flux
    probability: Annotated[Pure, Field(gt=0)]

    @property
    def words(self) -> str:
        """The result in a line."""
        flux, above = digits.plain(units.express(self.value, "1/(cm^2 s)")), digits.plain(self.above)
        return f"flux {flux} 1/(cm^2 s) above {above} MeV where {digits.plain(self.probability)} are converted"


class PublishedFluxLimits(_Published):
    """Upper limits on the flux of antineutrinos in the bins, that of counting each, the cross section at its centre."""

    quantity: Literal["flux-limits"]
    values: Annotated[list[Flux], Field(min_length=1)]
    cl: Level
    without: list[Word] = Field(default_factory=list)

    @property
    def words(self) -> str:
        """The result in a line."""
        less = f", without the background {', '.join(self.without)}" if self.without else ""
        return f"limits on the flux in {len(self.values)} bins at {digits.level(self.cl)}{less}"


class PublishedWeight(_Published):
    """Counts that one parameter makes over those of another at the same value."""

    quantity: Literal["weight"]
    parameters: Annotated[list[Word], Field(min_length=2, max_length=2)]
    value: Annotated[FiniteFloat, Field(gt=0)]

    @property
    def words(self) -> str:
        """The result in a line."""
        return f"{self.parameters[0]}^2 counts {digits.plain(self.value)} times as much as {self.parameters[1]}^2"

    @field_validator("parameters")
    @classmethod
    def _known(cls, parameters: list[str]) -> list[str]:
        if len({_known(name).group for name in parameters}) > 1:
            raise ValueError("the two parameters must be of one parametrisation")
        return parameters


_KINDS = (
    "limit",
    "conversion",
    "counts",
    "fitted-counts",
    "window",
    "flux",
    "antineutrino-flux",
    "flux-limits",
    "weight",
)


def _kind(value: Any) -> str | None:
    given = getattr(value, "quantity", None) if isinstance(value, BaseModel) else None
    if isinstance(value, dict):
        given = value.get("quantity", "limit")
    return given if given in _KINDS else None


PublishedSpec = Annotated[
    Annotated[PublishedLimit, Tag("limit")]
    | Annotated[PublishedConversion, Tag("conversion")]
    | Annotated[PublishedCounts, Tag("counts")]
    | Annotated[PublishedFit, Tag("fitted-counts")]
    | Annotated[PublishedWindow, Tag("window")]
    | Annotated[PublishedFlux, Tag("flux")]
    | Annotated[PublishedAntineutrinoFlux, Tag("antineutrino-flux")]
    | Annotated[PublishedFluxLimits, Tag("flux-limits")]
    | Annotated[PublishedWeight, Tag("weight")],
    Discriminator(_kind, custom_error_type="form", custom_error_message=f"quantity must be one of {', '.join(_KINDS)}"),
]
