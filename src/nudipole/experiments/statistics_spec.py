"""Data in the schema, and how they scatter."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Tag

from nudipole.experiments.columns import WORD, Column, FileColumn, TableColumn, one_of
from nudipole.experiments.fields import Closed, Counts, Exposure

Data = Annotated[
    Annotated[Counts, Tag("a list")]
    | Annotated[TableColumn, Tag("a table")]
    | Annotated[FileColumn, Tag("a file")]
    | Annotated[Literal["asimov"], WORD],
    one_of("write a list of counts, asimov, {table: ..., column: ...} or {file: ..., column: ...}", "asimov"),
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


class OnOffSpec(Closed):
    """The background is measured bin by bin without the source, with an exposure of its own.

    For a projection the OFF data are ``asimov``: those of the background with normalisation ``off``.
    """

    kind: Literal["on-off"]
    off_exposure: Exposure
    off: Data


StatisticsSpec = Annotated[
    PoissonSpec | CountingSpec | GaussianBinsSpec | OnOffSpec,
    Field(discriminator="kind"),
]
