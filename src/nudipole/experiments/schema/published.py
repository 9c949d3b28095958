"""Published results in the schema: what was found, and how closely ours must agree with it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
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
from nudipole.io.fields import Closed, Energy, Flux, Pure, Relative, Word
from nudipole.properties.parameters import Parameter, find

Level = Annotated[Pure, Field(gt=0, lt=1)]
_WRITTEN = {"type": ["string", "number"], "examples": ["6.4e-12 mu_B", "1.2e-32 cm^2"]}
#: A number in the unit of the parameter, which a validator of its model reads.
InItsUnit = Annotated[FiniteFloat, WithJsonSchema(_WRITTEN)]


class Reference(Closed):
    """A publication."""

    texkey: str
    title: str = ""
    arxiv: str = ""
    doi: str = ""
    where: str = ""


class CompareSpec(Closed):
    """How a published number is derived again, and how closely it must come out.

    The tolerance is a fraction of the published value, or of the width of a published interval; with `squared` it is
    the factor between the squares less one, whichever is larger. A `conversion` is fitted, but to a number that was
    made from the same published one: it tests a step, not the chain. Where the data have several solutions `solution`
    says which interval the published one is.
    """

    tolerance: Relative
    why: Annotated[str, Field(min_length=1)]
    variant: Word | None = None
    construction: str = "unified"
    expected: bool = False
    squared: bool = False
    conversion: bool = False
    solution: Literal["nearest-to-zero", "lowest", "highest", "hull"] | None = None

    @model_validator(mode="after")
    def _known_construction(self) -> CompareSpec:
        from nudipole.statistics.asymptotics import CONSTRUCTIONS

        if self.construction not in CONSTRUCTIONS:
            raise ValueError(f"no construction {self.construction[:40]!r}: choose from {', '.join(CONSTRUCTIONS)}")
        return self


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
    return units.parse(value, like=unit) / units.in_internal(unit)


class _OnParameter(_Published):
    """A number that has the unit of a parameter."""

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


class PublishedLimit(_OnParameter):
    """An upper limit or an interval on one parameter, in the parameter's unit.

    A radius is ours as a shift from the Standard Model's; `includes_sm` says that the published one is the whole.
    """

    quantity: Literal["limit"] = "limit"
    upper: InItsUnit | None = None
    interval: Annotated[list[InItsUnit], Field(min_length=2, max_length=2)] | None = None
    construction: str
    includes_sm: bool = False

    @property
    def ends(self) -> list[float]:
        """The upper end, or both."""
        return self.interval or [] if self.upper is None else [self.upper]

    @property
    def words(self) -> str:
        """The result in a line."""
        low, high = map(digits.plain, self.interval or (None, self.upper))
        ends = f"< {high}" if self.interval is None else f"from {low} to {high}"
        return f"{self.parameter} {ends} {self.unit} at {digits.level(self.cl)}, {self.construction}"

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
        if self.includes_sm and self.parameter not in ("r2_e", "r2_mu", "r2_tau"):
            raise ValueError("includes_sm is for the charge radius of one flavour: r2_e, r2_mu or r2_tau")
        return self


class PublishedConversion(_OnParameter):
    """An upper limit that only converts another of the same experiment, without a fit of its own."""

    quantity: Literal["conversion"]
    upper: InItsUnit
    from_: Annotated[InItsUnit, Field(alias="from")]

    @property
    def words(self) -> str:
        """The result in a line."""
        upper, level, converted = digits.plain(self.upper), digits.level(self.cl), digits.plain(self.from_)
        return f"{self.parameter} < {upper} {self.unit} at {level}, converted from {converted} {self.unit}"

    @field_validator("upper", "from_", mode="before")
    @classmethod
    def _in_unit(cls, value: object, info: ValidationInfo) -> object:
        return value if "parameter" not in info.data else _in_unit_of(info.data["parameter"], value)


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


_KINDS = ("limit", "conversion", "counts", "fitted-counts", "window", "flux", "weight")


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
    | Annotated[PublishedWeight, Tag("weight")],
    Discriminator(_kind, custom_error_type="form", custom_error_message=f"quantity must be one of {', '.join(_KINDS)}"),
]
