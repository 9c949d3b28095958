"""Data in the schema, and how they scatter."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Tag

from nudipole.experiments.schema.columns import WORD, Column, FileColumn, TableColumn, one_of
from nudipole.io.fields import Closed, Counts, Exposure, Word

Data = Annotated[
    Annotated[Counts, Tag("a list")]
    | Annotated[TableColumn, Tag("a table")]
    | Annotated[FileColumn, Tag("a file")]
    | Annotated[Literal["asimov"], WORD],
    one_of("write a list of counts, asimov, {table: ..., column: ...} or {file: ..., column: ...}", "asimov"),
]


#: Of an experiment, whose samples may have data of their own.
ObservedData = Annotated[
    Annotated[Counts, Tag("a list")]
    | Annotated[TableColumn, Tag("a table")]
    | Annotated[FileColumn, Tag("a file")]
    | Annotated[Literal["asimov", "by-sample"], WORD],
    one_of(
        "write a list of counts, asimov, by-sample, {table: ..., column: ...} or {file: ..., column: ...}",
        "asimov",
        "by-sample",
    ),
]


class PoissonSpec(Closed):
    """Counts of a Poisson distribution in every bin."""

    kind: Literal["poisson"] = "poisson"


class CountingSpec(Closed):
    """One count in one window."""

    kind: Literal["counting"]


class GaussianBinsSpec(Closed):
    """Numbers with Gaussian errors in every bin, for example what remains after a subtraction."""

    kind: Literal["gaussian"]
    errors: Column


class RelativeSpec(Closed):
    """Gaussian measurements of what is proportional to the number of events, such as a cross section.

    The expectation of a bin is `standard_model` times its events over those that the Standard Model makes of the beam:
    exposure, flux and a constant efficiency drop out. Where an experiment has subtracted the Standard Model's events
    of some components of the beam, `standard_model` is that of the others, and what was `subtracted` is added again to
    data and expectation.
    """

    kind: Literal["relative"]
    standard_model: Column
    errors: Column
    subtracted: list[Word] = Field(default_factory=list)
    quantity: str = "measured quantity"


#: Of a smooth ON-OFF measurement, the bins of the one after those of the other.
ON_OFF = ("ON", "OFF")


class OnOffSpec(Closed):
    """The background is measured bin by bin without the source, with an exposure of its own.

    For a projection the OFF data are ``asimov``: those of the background with normalisation ``off``.

    With `off_shape` ``smooth`` the spectrum without the source is not free bin by bin: it is the sum of the backgrounds
    with normalisation ``off``, each with a free factor (and the free shape of its `polynomial`), the same in the ON and
    OFF counts, to which all of them are fitted together.
    """

    kind: Literal["on-off"]
    off_exposure: Exposure
    off: Data
    off_shape: Literal["free", "smooth"] = "free"


StatisticsSpec = Annotated[
    PoissonSpec | CountingSpec | GaussianBinsSpec | RelativeSpec | OnOffSpec,
    Field(discriminator="kind"),
]
