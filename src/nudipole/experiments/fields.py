"""Building blocks of the schema: quantities with units, words, mappings that know all their keys."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, NonNegativeFloat

from nudipole import units


def _positive(value: float) -> float:
    if not value > 0:
        raise ValueError("must be positive")
    return value


def _not_negative(value: float) -> float:
    if not value >= 0:
        raise ValueError("must not be negative")
    return value


def _quantity(unit: str) -> BeforeValidator:
    return BeforeValidator(partial(units.parse, like=unit))


Energy = Annotated[FiniteFloat, _quantity("keV"), AfterValidator(_not_negative)]
Width = Annotated[FiniteFloat, _quantity("keV"), AfterValidator(_positive)]
RootEnergy = Annotated[FiniteFloat, _quantity("keV^0.5"), AfterValidator(_not_negative)]
Exposure = Annotated[FiniteFloat, _quantity("kg s"), AfterValidator(_positive)]
Rate = Annotated[FiniteFloat, _quantity("1/(t yr keV)"), AfterValidator(_not_negative)]
Relative = Annotated[FiniteFloat, _quantity(""), AfterValidator(_positive)]
Length = Annotated[FiniteFloat, _quantity("m"), AfterValidator(_positive)]
Time = Annotated[FiniteFloat, _quantity("d"), AfterValidator(_not_negative)]
Power = Annotated[FiniteFloat, _quantity("GW"), AfterValidator(_positive)]
Activity = Annotated[FiniteFloat, _quantity("Bq"), AfterValidator(_positive)]
PerTime = Annotated[FiniteFloat, _quantity("1/d"), AfterValidator(_positive)]
Flux = Annotated[FiniteFloat, _quantity("1/(cm^2 s)"), AfterValidator(_positive)]
Moment = Annotated[FiniteFloat, _quantity("mu_B"), AfterValidator(_not_negative)]
MAX_BINS = 10_000
Counts = Annotated[list[NonNegativeFloat], Field(min_length=1, max_length=MAX_BINS)]
Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$", max_length=80)]


class Closed(BaseModel):
    """A mapping that knows all its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)
