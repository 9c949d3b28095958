"""Building blocks of the schema: quantities with units, words, mappings that know all their keys."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationInfo,
    WithJsonSchema,
)

from nudipole import units
from nudipole.errors import UnitError


def _positive(value: float) -> float:
    if not value > 0:
        raise ValueError("must be positive")
    return value


def _not_negative(value: float) -> float:
    if not value >= 0:
        raise ValueError("must not be negative")
    return value


def _quantity(unit: str) -> BeforeValidator:
    """A quantity like `unit`; in PE where the context of the validation has the photoelectrons for an energy."""

    def parsed(value: object, info: ValidationInfo) -> float:
        return units.parse(value, unit, (info.context or {}).get("light_yield"))

    return BeforeValidator(parsed)


def light_yield(value: object) -> float:
    """Photoelectrons for an energy, ``13.35 1/keV`` or ``13.35 PE/keV`` [MeV^-1].

    Raises
    ------
    UnitError
        For anything else.
    """
    if isinstance(value, str):
        value = re.sub(r"(?<=[\d\s])(?:PE|pe|phe|photoelectrons?)\s*/", "1/", value[:100])
    return units.parse(value, "1/keV")


def electron_equivalent(unit: object) -> object:
    """A unit of energy without the ``ee`` of what is reconstructed: keV for keVee.

    >>> electron_equivalent("keVee"), electron_equivalent("PE")
    ('keV', 'PE')
    """
    return re.sub(r"^([kM]?eV)_?ee$", r"\1", unit) if isinstance(unit, str) else unit


def _bare(value: object) -> bool:
    """Whether per cent are not written."""
    return not isinstance(value, str) or not ("%" in value or "percent" in value)


def _per_cent(value: object) -> float:
    """A relative error: 5 may mean 5 % or five hundred, so that a number alone is an error, but for 0."""
    try:
        number = units.parse(value, like="")
    except UnitError as error:
        raise ValueError(f"write a relative error in per cent, for example '5 %' (got {str(value)[:40]!r})") from error
    if _bare(value) and number != 0:
        likely = 100 * number if abs(number) < 1 else number
        raise ValueError(f"a relative error is written in per cent: write for example '{likely:.6g} %' (got {value})")
    return number


def _share(value: object) -> float:
    """A fraction of a whole, which may be written in per cent."""
    number = units.parse(value, like="")
    if not 0 <= number <= 1:
        raise ValueError(f"must lie from 0 to 1, or from '0 %' to '100 %' (got {value})")
    return number


def _date(value: object) -> str:
    """A day, which YAML reads as a date where it is not quoted."""
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ValueError(f"write a date such as 2012-01-31 (got {str(value)[:40]!r})") from None


def _day_of_year(value: object) -> str:
    """A day of any year, month first."""
    try:
        return date.fromisoformat(f"2000-{value}").isoformat()[5:]
    except ValueError:
        raise ValueError(f"write month and day such as 06-28 (got {str(value)[:40]!r})") from None


def _written(*examples: str) -> WithJsonSchema:
    """What an editor is told: quantities are written as a number with a unit."""
    return WithJsonSchema({"type": "string", "examples": list(examples)})


#: Numbers without dimension, which may be written in per cent.
_OR_PER_CENT = WithJsonSchema({"type": ["number", "string"], "examples": [0.9, "90 %"]})
Energy = Annotated[FiniteFloat, _quantity("keV"), AfterValidator(_not_negative), _written("1 keV")]
Width = Annotated[FiniteFloat, _quantity("keV"), AfterValidator(_positive), _written("70 eV")]
RootEnergy = Annotated[FiniteFloat, _quantity("keV^0.5"), AfterValidator(_not_negative), _written("0.31 keV^0.5")]
Exposure = Annotated[FiniteFloat, _quantity("kg s"), AfterValidator(_positive), _written("1.16 t yr")]
Rate = Annotated[
    FiniteFloat, _quantity("1/(t yr keV)"), AfterValidator(_not_negative), _written("16 events/(t yr keV)")
]
Relative = Annotated[FiniteFloat, BeforeValidator(_per_cent), AfterValidator(_positive), _written("5 %", "100 %")]
Error = Annotated[
    FiniteFloat,
    BeforeValidator(_per_cent),
    Field(ge=0, lt=1),
    WithJsonSchema({"anyOf": [{"type": "string", "examples": ["5 %"]}, {"const": 0}]}),
]
Pure = Annotated[FiniteFloat, _quantity(""), _OR_PER_CENT]
Share = Annotated[FiniteFloat, BeforeValidator(_share), _OR_PER_CENT]
PositiveShare = Annotated[Share, Field(gt=0)]
Length = Annotated[FiniteFloat, _quantity("m"), AfterValidator(_positive), _written("17.1 m")]
Time = Annotated[FiniteFloat, _quantity("d"), AfterValidator(_not_negative), _written("55 d")]
HalfLife = Annotated[FiniteFloat, _quantity("d"), AfterValidator(_positive), _written("138.4 d", "10.7 yr")]
Power = Annotated[FiniteFloat, _quantity("GW"), AfterValidator(_positive), _written("3.9 GW")]
Activity = Annotated[FiniteFloat, _quantity("Bq"), AfterValidator(_positive), _written("3 MCi")]
MassActivity = Annotated[FiniteFloat, _quantity("1/(t d)"), AfterValidator(_positive), _written("0.175 1/(t d)")]
PerTime = Annotated[FiniteFloat, _quantity("1/d"), AfterValidator(_positive), _written("5.7e20 1/d")]
Flux = Annotated[FiniteFloat, _quantity("1/(cm^2 s)"), AfterValidator(_positive), _written("1e12 1/(cm^2 s)")]
LightYield = Annotated[
    FiniteFloat, BeforeValidator(light_yield), AfterValidator(_positive), _written("13.35 1/keV", "13.35 PE/keV")
]
InverseEnergy = Annotated[FiniteFloat, _quantity("1/keV"), AfterValidator(_positive), _written("13.35 1/keV")]
HeavyMass = Annotated[FiniteFloat, _quantity("keV"), AfterValidator(_positive), _written("640 keV")]
Mass = Annotated[FiniteFloat, _quantity("eV"), AfterValidator(_positive), _written("1 eV")]
Radius = Annotated[FiniteFloat, _quantity("fm"), AfterValidator(_positive), _written("4.8 fm")]
Angle = Annotated[FiniteFloat, _quantity("mrad"), AfterValidator(_not_negative), _written("20 mrad")]
PositiveFactor = Annotated[Pure, Field(gt=0)]
BirksConstant = Annotated[FiniteFloat, _quantity("cm/MeV"), AfterValidator(_not_negative), _written("0.0109 cm/MeV")]
Density = Annotated[FiniteFloat, _quantity("g/cm^3"), AfterValidator(_positive), _written("0.88 g/cm^3")]
Lindhard = Annotated[FiniteFloat, Field(gt=0, lt=1)]
#: Pattern of the name of an isotope, such as 76Ge.
ISOTOPE = r"^\d{1,3}[A-Z][a-z]?$"
#: Pattern of the symbol of an element.
ELEMENT = r"^[A-Z][a-z]?$"
Date = Annotated[str, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
DayOfYear = Annotated[str, BeforeValidator(_day_of_year), WithJsonSchema({"type": "string", "pattern": r"^\d\d-\d\d$"})]
MAX_BINS = 10_000
Counts = Annotated[list[FiniteFloat], Field(min_length=1, max_length=MAX_BINS)]
Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$", max_length=80)]


class Closed(BaseModel):
    """A mapping that knows all its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False, defer_build=True)
