"""Records of the world's limits: one file a publication, its bounds inside, every key known.

What is stored is what the publication says; a conversion is named, never applied to the stored number.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, FiniteFloat, StringConstraints, ValidationError, field_validator, model_validator

from nudipole.errors import InputError, choices
from nudipole.io.fields import Closed
from nudipole.io.messages import validation_message
from nudipole.limits import words
from nudipole.properties.parameters import PARAMETERS

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
#: Accepted intervals; an end that is None is open.
Ends = tuple[tuple[float | None, float | None], ...]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]

_ARXIV = re.compile(r"^(\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?/\d{7})$")
_DOI = re.compile(r"^10\.\d{4,9}/\S+$")


def _word(kind: str, known: tuple[str, ...] | dict[str, str]) -> Any:
    def checked(value: object) -> str:
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"unknown {kind} {str(value)[:40]!r}: {choices(value, known)}")
        return value

    return checked


class Reference(Closed):
    """Where it was published: a key of ``data/sources.bib``, an arXiv number, a DOI, a record of INSPIRE."""

    texkey: Words | None = None
    arxiv: Words | None = None
    doi: Words | None = None
    inspire: Annotated[int, Field(gt=0)] | None = None
    journal: Text = ""
    authors: Words
    year: Annotated[int, Field(ge=1930, le=2100)]
    where: Text = ""

    @model_validator(mode="after")
    def _resolves(self) -> Self:
        if self.arxiv is not None and not _ARXIV.match(self.arxiv):
            raise ValueError(f"arxiv: {self.arxiv!r} is no number such as 2207.11330 or hep-ex/0101039")
        if self.doi is not None and not _DOI.match(self.doi):
            raise ValueError(f"doi: {self.doi!r} is no DOI such as 10.1103/PhysRevLett.129.161805")
        if (self.texkey, self.arxiv, self.doi, self.inspire) == (None, None, None, None):
            raise ValueError("give a texkey, an arXiv number, a DOI or the number of the record in INSPIRE")
        return self


class Quantity(Closed):
    """Exactly what is bounded."""

    symbol: Words
    flavour: str = "all"
    basis: str = "flavour"
    mixture: str | None = None
    nature: str = "either"
    antineutrino: bool = False
    formula: Text = ""

    _flavour = field_validator("flavour")(staticmethod(_word("flavour", words.FLAVOURS)))
    _basis = field_validator("basis")(staticmethod(_word("basis", words.BASES)))
    _nature = field_validator("nature")(staticmethod(_word("nature", words.NATURES)))

    @model_validator(mode="after")
    def _mixture_of_what(self) -> Self:
        if (self.flavour == "mixture") != (self.mixture is not None):
            raise ValueError("flavour: mixture and a mixture go together")
        if self.mixture is not None and self.mixture not in words.MIXTURES:
            raise ValueError(f"unknown mixture {self.mixture[:40]!r}: {choices(self.mixture, words.MIXTURES)}")
        return self


class Upper(Closed):
    """Values above are excluded; `range` where the limit is given as one, between assumptions."""

    kind: Literal["upper"]
    value: Annotated[FiniteFloat, Field(gt=0)]
    range: tuple[FiniteFloat, FiniteFloat] | None = None
    unit: Words
    as_printed: Words

    @property
    def ends(self) -> Ends:
        """Accepted intervals."""
        return ((None, self.value),)

    @model_validator(mode="after")
    def _within(self) -> Self:
        if self.range is not None and not self.range[0] <= self.value <= self.range[1]:
            raise ValueError("value must lie within range")
        return self


class Lower(Closed):
    """Values below are excluded: a lifetime."""

    kind: Literal["lower"]
    value: Annotated[FiniteFloat, Field(gt=0)]
    unit: Words
    as_printed: Words

    @property
    def ends(self) -> Ends:
        """Accepted intervals."""
        return ((self.value, None),)


class Interval(Closed):
    """Values within are accepted: one interval or several."""

    kind: Literal["interval"]
    intervals: Annotated[list[tuple[FiniteFloat, FiniteFloat]], Field(min_length=1)]
    unit: Words
    as_printed: Words

    @property
    def ends(self) -> Ends:
        """Accepted intervals."""
        return tuple(self.intervals)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        flat = [end for pair in self.intervals for end in pair]
        if any(b <= a for a, b in itertools.pairwise(flat)):
            raise ValueError("ends must rise, and intervals must not overlap")
        return self


class Measured(Closed):
    """A value with its errors."""

    kind: Literal["measured"]
    value: FiniteFloat
    plus: Annotated[FiniteFloat, Field(gt=0)]
    minus: Annotated[FiniteFloat, Field(gt=0)]
    unit: Words
    as_printed: Words

    @property
    def ends(self) -> Ends:
        """One standard deviation, or what `cl` says."""
        return ((self.value - self.minus, self.value + self.plus),)


class Predicted(Closed):
    """What a theory says, for the parameters that `assumptions` name; `formula` where there is one."""

    kind: Literal["predicted"]
    value: FiniteFloat
    unit: Words
    as_printed: Words
    formula: Text = ""

    @property
    def ends(self) -> Ends:
        """The value."""
        return ((self.value, self.value),)


class Curve(Closed):
    """A limit against another quantity: columns of a CSV file beside the record, sorted and unique in x.

    `polygon` is the edge of a region, in order along it, which need not be sorted.
    """

    kind: Literal["curve"]
    table: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+\.csv$")]
    x: Words
    x_unit: Words
    unit: Words
    geometry: Literal["line", "polygon"] = "line"
    as_printed: Words


class NotQuoted(Closed):
    """The publication has no number that is comparable, or none is at hand; `as_printed` says which."""

    kind: Literal["not-quoted"]
    unit: Words
    as_printed: Words


class Statistics(Closed):
    """Confidence level, sides and method; a level that is null has a reason."""

    cl: Annotated[FiniteFloat, Field(gt=0, lt=1)] | None
    reason: Text = ""
    sides: Literal["one", "two", "unstated"] = "one"
    method: str = "unstated"
    expected: FiniteFloat | None = None

    _method = field_validator("method")(staticmethod(_word("method", words.METHODS)))

    @model_validator(mode="after")
    def _level_or_reason(self) -> Self:
        if self.cl is None and not self.reason:
            raise ValueError("cl: null needs a reason, such as 'not stated'")
        return self


class Convention(Closed):
    """How a number of the publication becomes one of the common convention: it is named here, and never applied."""

    as_published: Words
    factor_to_common: FiniteFloat | None = 1.0
    note: Text = ""


class Pdg(Closed):
    """The row of the Review of Particle Physics."""

    node: Literal["S066MGM", "S066CRD", "S066CHR", "S066TMR"]
    reference: Words
    value: Words
    disagrees: Text = ""


class Bound(Closed):
    """One bound.

    Attributes
    ----------
    id : str
    property, source, process, status : str
        Words of `nudipole.limits.words`.
    quantity : Quantity
        Exactly what is bounded.
    result : Upper, Lower, Interval, Measured, Predicted, Curve or NotQuoted
    statistics : Statistics
    exposure : str
    assumptions : dict of str
        By name, with units.
    convention : Convention or None
        How the number becomes one of the common unit and convention.
    parameter : str or None
        nudipole's own name of it.
    supersedes, same_data_as : list of str
        Ids of other bounds.
    pdg : Pdg or None
        The row of the Review of Particle Physics.
    in_fits : bool
        Whether it counts beside experiments in fits unless others are chosen: a limit without public data, which no
        experiment of the library contains.
    checked_against : list of str
    notes : str

    Examples
    --------
    >>> from nudipole.limits import record
    >>> bound = record("xenonnt-2022-mu-solar").bound
    >>> bound.result.value, bound.statistics.cl, bound.quantity.mixture
    (6.4e-12, 0.9, 'solar')
    """

    id: Identifier
    property: str
    quantity: Quantity
    source: str
    process: str
    result: Annotated[Upper | Lower | Interval | Measured | Predicted | Curve | NotQuoted, Field(discriminator="kind")]
    statistics: Statistics
    status: str = "limit"
    exposure: Text = ""
    assumptions: dict[str, Words] = Field(default_factory=dict)
    convention: Convention | None = None
    parameter: Words | None = None
    supersedes: list[Identifier] = Field(default_factory=list)
    same_data_as: list[Identifier] = Field(default_factory=list)
    pdg: Pdg | None = None
    in_fits: bool = False
    checked_against: list[Words] = Field(default_factory=list)
    notes: Text = ""

    _property = field_validator("property")(staticmethod(_word("property", words.PROPERTIES)))
    _source = field_validator("source")(staticmethod(_word("source", words.SOURCES)))
    _process = field_validator("process")(staticmethod(_word("process", words.PROCESSES)))
    _status = field_validator("status")(staticmethod(_word("status", words.STATUSES)))

    @model_validator(mode="after")
    def _unit_of_property(self) -> Self:
        common, others = words.PROPERTIES[self.property], words.UNITS[self.property]
        if self.result.unit not in (common, *others):
            raise ValueError(f"result.unit: {self.result.unit!r} is no unit of a {self.property}: write {common}")
        if self.result.unit != common and self.convention is None:
            raise ValueError(f"convention: name the factor from {self.result.unit} to {common}, or null and why")
        if self.parameter is not None and (
            self.parameter not in PARAMETERS or PARAMETERS[self.parameter].unit != common
        ):
            known = [name for name, parameter in PARAMETERS.items() if parameter.unit == common]
            raise ValueError(
                f"unknown parameter {self.parameter!r} of a {self.property}: {choices(self.parameter, known)}"
            )
        if self.result.kind == "interval" and self.statistics.sides == "one":
            raise ValueError("statistics.sides: an interval is not one-sided: write two, or unstated")
        if (self.result.kind == "predicted") != (self.status == "prediction"):
            raise ValueError("result.kind predicted and status prediction go together")
        return self


class Publication(Closed):
    """A publication and its bounds.

    Attributes
    ----------
    id : str
    experiment : str or None
    collaboration : bool
        Whether those who took the data say it.
    reference : Reference
    provenance : str
        Where the numbers were typed from.
    notes : str
    bounds : list of Bound

    Examples
    --------
    >>> from nudipole.limits import record
    >>> record("xenonnt-2022-mu-solar").publication.reference.arxiv
    '2207.11330'
    """

    id: Identifier
    experiment: Words | None = None
    collaboration: bool
    reference: Reference
    provenance: Words
    notes: Text = ""
    bounds: Annotated[list[Bound], Field(min_length=1, max_length=60)]

    @model_validator(mode="after")
    def _ids_begin_alike(self) -> Self:
        for bound in self.bounds:
            if bound.id != self.id and not bound.id.startswith(f"{self.id}-"):
                raise ValueError(f"bounds: {bound.id} must begin with the publication's id, {self.id}-")
        ids = [bound.id for bound in self.bounds]
        if len(set(ids)) != len(ids):
            raise ValueError("bounds: an id stands twice")
        return self


def validate(data: dict[str, Any], file: str | Path) -> Publication:
    """A publication from plain data.

    Parameters
    ----------
    data : dict
        Of a YAML file, see `nudipole.io.yaml.parse`.
    file : str or Path
        What it is called in messages.

    Returns
    -------
    Publication

    Raises
    ------
    InputError
        For the first problem, with its key path.

    Examples
    --------
    >>> validate({"id": "mine-2026"}, "mine.yaml")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    nudipole.errors.InputError: mine.yaml: collaboration: is required; reference, provenance, bounds are required, too
    """
    try:
        return Publication.model_validate(data)
    except ValidationError as error:
        where, message = validation_message(error, data, Publication)
        raise InputError(file, where, message) from None
