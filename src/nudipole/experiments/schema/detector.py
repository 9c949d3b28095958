"""Detectors in the schema: bins, quenching, efficiency, arrival time; resolutions are in `schema.resolution`."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    FiniteFloat,
    NonNegativeFloat,
    Tag,
    WithJsonSchema,
    model_validator,
)

from nudipole import digits
from nudipole.experiments.schema.resolution import EnergyUnit, ExactSpec, ResolutionSpec
from nudipole.io.fields import (
    ELEMENT,
    MAX_BINS,
    Angle,
    BirksConstant,
    Closed,
    Date,
    Density,
    Energy,
    LightYield,
    Lindhard,
    PositiveFactor,
    PositiveShare,
    Pure,
    Share,
    Width,
    Word,
)

TimeUnit = Literal["ns", "us", "ms", "s", "d", "yr"]
#: Of the periods of a run.
OF_RUNS = ("d", "yr")
#: Efficiencies of one product.
_MOST = 20
Edges = Annotated[list[FiniteFloat], Field(min_length=2, max_length=MAX_BINS + 1)]


def _word(value: object) -> object:
    """YAML reads an unquoted true as a truth value, not as the word."""
    return "true" if value is True else value


class UnquenchedSpec(Closed):
    """Nuclear recoils give as much as electrons."""

    kind: Literal["none"]


class FactorSpec(Closed):
    """E_ee = factor T."""

    kind: Literal["factor"]
    factor: PositiveShare


class LindhardSpec(Closed):
    """E_ee = T k g/(1 + k g), with g of the reduced energy."""

    kind: Literal["lindhard"]
    k: Lindhard


class PolynomialSpec(Closed):
    """E_ee = c1 T + c2 T^2 + ..., both in the `unit`; constant above `up_to`."""

    kind: Literal["polynomial"]
    unit: Literal["eV", "keV", "MeV"]
    coefficients: Annotated[list[FiniteFloat], Field(min_length=1, max_length=12)]
    up_to: Energy | None = None


class QuenchingTableSpec(Closed):
    """E_ee at recoil energies T, linear in between: two lists in the `unit`, or columns T and E_ee of a CSV file."""

    kind: Literal["table"]
    table: Word | None = None
    file: str | None = None
    unit: Literal["eV", "keV", "MeV"] = "keV"
    T: list[NonNegativeFloat] | None = None
    E_ee: list[NonNegativeFloat] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> QuenchingTableSpec:
        if sum((self.table is not None, self.file is not None, self.T is not None)) != 1:
            raise ValueError("give exactly one of table, file, or T with E_ee")
        if (self.T is None) != (self.E_ee is None):
            raise ValueError("T and E_ee go together")
        if self.T is not None and self.E_ee is not None and len(self.T) != len(self.E_ee):
            raise ValueError(f"T has {len(self.T)} entries, E_ee has {len(self.E_ee)}")
        return self


def _kind_alone(value: object) -> object:
    """A kind without keys of its own may be written as a word."""
    return {"kind": "none"} if value == "none" else value


_OfAKind = Annotated[
    UnquenchedSpec | FactorSpec | LindhardSpec | PolynomialSpec | QuenchingTableSpec, Field(discriminator="kind")
]
OneQuenchingSpec = Annotated[_OfAKind, BeforeValidator(_kind_alone, json_schema_input_type=_OfAKind | Literal["none"])]
Element = Annotated[str, Field(pattern=ELEMENT)]


def _one_or_each(value: object) -> str:
    """A mapping by elements has no kind, and names that begin with a capital letter."""
    each = isinstance(value, dict) and "kind" not in value and any(str(key)[:1].isupper() for key in value)
    return "by element" if each else "of all"


#: One for all elements of a compound, or one for each.
QuenchingSpec = Annotated[
    Annotated[OneQuenchingSpec, Tag("of all")]
    | Annotated[
        dict[Element, OneQuenchingSpec],
        Field(min_length=1, json_schema_extra={"additionalProperties": False}),
        Tag("by element"),
    ],
    Discriminator(_one_or_each),
]


class LinearSpec(Closed):
    """E = factor T."""

    kind: Literal["linear"]
    factor: PositiveFactor


class BirksSpec(Closed):
    """E = factor times the integral of 1/(1 + kB dE/dx): light of electrons in a scintillator, the target."""

    kind: Literal["birks"]
    factor: PositiveFactor = 1.0
    kB: BirksConstant
    density: Density
    mean_excitation: Width


ScaleSpec = Annotated[LinearSpec | BirksSpec | PolynomialSpec | QuenchingTableSpec, Field(discriminator="kind")]


class EfficiencySpec(Closed):
    """A number, a table of the package, a CSV file beside the YAML, two lists, or a named function.

    It is a function of one of three energies: of the nuclear ``recoil`` (T, keV_nr), of what it is worth in electrons
    (``E_ee``, called ``true``, too) before the resolution, or of the ``reconstructed`` one, that of the bins. A table
    or file has the columns E (with its unit; T of a recoil) and efficiency. The parameters of a function are numbers,
    those with a dimension in powers of `unit`.
    """

    of: Annotated[
        Literal["reconstructed", "E_ee", "true", "recoil"],
        BeforeValidator(_word),
        WithJsonSchema({"enum": ["reconstructed", "E_ee", "true", True, "recoil"]}),
    ]
    constant: Share | None = None
    table: Word | None = None
    file: str | None = None
    unit: EnergyUnit = "keV"
    energy: list[NonNegativeFloat] | None = None
    value: list[Share] | None = None
    function: Word | None = None
    parameters: dict[Word, Pure] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> EfficiencySpec:
        forms = (self.constant, self.table, self.file, self.energy, self.function)
        if sum(form is not None for form in forms) != 1:
            raise ValueError("give exactly one of constant, table, file, function, or energy with value")
        if (self.energy is None) != (self.value is None):
            raise ValueError("energy and value go together")
        if self.energy is not None and self.value is not None and len(self.energy) != len(self.value):
            raise ValueError(f"energy has {len(self.energy)} entries, value has {len(self.value)}")
        if (self.function is None) != (self.parameters is None):
            raise ValueError("function and parameters go together")
        return self

    @property
    def words(self) -> str:
        """Where the numbers come from, and which energy they are of."""
        constant = None if self.constant is None else digits.plain(self.constant)
        energy = {"recoil": "energy of the nuclear recoil", "reconstructed": "reconstructed energy"}
        source = self.table or self.file or self.function or constant or "a list"
        return f"{source}, of the {energy.get(self.of, 'energy in electrons before the resolution')}"


def _in_a_list(value: object) -> object:
    if not isinstance(value, dict | EfficiencySpec | list | tuple):
        raise ValueError("write a mapping such as {of: reconstructed, constant: 0.9}, or a list of them")
    if isinstance(value, list | tuple) and not 0 < len(value) <= _MOST:
        raise ValueError(f"a list of efficiencies has 1 to {_MOST} of them (got {len(value)})")
    return [value] if isinstance(value, dict | EfficiencySpec) else value


#: One efficiency, or the factors of a product; how many is checked before, so that one that is wrong is not none, too.
_Several = Annotated[list[EfficiencySpec], Field(min_length=1, max_length=_MOST)]
Efficiencies = Annotated[
    tuple[EfficiencySpec, ...], BeforeValidator(_in_a_list, json_schema_input_type=EfficiencySpec | _Several)
]


class BinsSpec(Closed):
    """Edges with their unit, or from, to and width; from 6 PE on, they are shown in that unit."""

    edges: Edges | None = None
    unit: EnergyUnit = "keV"
    from_: Annotated[Energy | None, Field(alias="from")] = None
    to: Energy | None = None
    width: Width | None = None

    @model_validator(mode="before")
    @classmethod
    def _in_photoelectrons(cls, data: Any) -> Any:
        first = data.get("from") if isinstance(data, dict) else None
        named = isinstance(first, str) and re.search(r"[\d\s]PE$", first.strip()) is not None
        return {"unit": "PE", **data} if named else data

    @model_validator(mode="after")
    def _one_form(self) -> BinsSpec:
        steps = (self.from_, self.to, self.width)
        if (self.edges is None) != all(step is not None for step in steps) or (
            self.edges is not None and any(step is not None for step in steps)
        ):
            raise ValueError("give either edges (with unit) or all of from, to and width")
        return self


class TimeEfficiencySpec(Closed):
    """Efficiency of the arrival time: two lists, or a named function of the time."""

    time: list[FiniteFloat] | None = None
    value: list[Share] | None = None
    function: Word | None = None
    parameters: dict[Word, Pure] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> TimeEfficiencySpec:
        if (self.time is None) == (self.function is None):
            raise ValueError("give either time with value, or function with parameters")
        if (self.time is None) != (self.value is None) or (self.function is None) != (self.parameters is None):
            raise ValueError("time goes with value, function with parameters")
        if self.time is not None and self.value is not None and len(self.time) != len(self.value):
            raise ValueError(f"time has {len(self.time)} entries, value has {len(self.value)}")
        return self


class TimeSpec(Closed):
    """Bins of the arrival time, on the clock of the beam pulse, or periods of a run that has a `start`.

    A pulsed source has arrival times. The Sun has periods, whose edges are times since the `start` at 0 h: its flux
    follows the distance of the Earth. Of each period the share `live` is measured; the exposure is that of all.
    """

    edges: Edges
    unit: TimeUnit
    efficiency: TimeEfficiencySpec | None = None
    start: Date | None = None
    live: list[PositiveShare] | None = None

    @model_validator(mode="after")
    def _of_a_run(self) -> TimeSpec:
        if self.start is None:
            if self.live is not None:
                raise ValueError("live is of the periods of a run: write its start, such as 2012-01-31")
            return self
        if self.efficiency is not None:
            raise ValueError("efficiency is of arrival times: of the periods of a run write live, a share for each")
        if self.live is not None and len(self.live) != len(self.edges) - 1:
            raise ValueError(f"live has {len(self.live)} entries for {len(self.edges) - 1} periods")
        return self


class AngleBinsSpec(Closed):
    """Bins of the cosine of the angle between the electron and the neutrino, of nu-e scattering.

    The angle is measured with the error `sigma` in each of the two planes that contain the beam.
    """

    cos_theta: Annotated[list[FiniteFloat], Field(min_length=2, max_length=101)]
    sigma: Angle = 0.0

    @model_validator(mode="after")
    def _forward(self) -> AngleBinsSpec:
        edges = self.cos_theta
        if any(high <= low for low, high in pairwise(edges)) or not (edges[0] > 0 and edges[-1] <= 1):
            raise ValueError("cos_theta must increase from edge to edge, above 0 and up to 1 at most")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Of the bins."""
        return tuple(f"cos {digits.plain(low)} to {digits.plain(high)}" for low, high in pairwise(self.cos_theta))


class DetectorSpec(Closed):
    """Response of the detector, that of a process unless the process has its own.

    Bins below the `threshold` are left out; one that contains it begins there. `scale` says at which energy of the bins
    an electron is seen, at its own unless given; resolution and efficiency are at the energy that is seen.
    """

    bins: BinsSpec
    threshold: Energy | None = None
    light_yield: LightYield | None = None
    scale: ScaleSpec | None = None
    resolution: ResolutionSpec = ExactSpec(kind="none")
    efficiency: Efficiencies = (EfficiencySpec(of="reconstructed", constant=1.0),)
    time: TimeSpec | None = None
    angle: AngleBinsSpec | None = None
