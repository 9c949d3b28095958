"""Backgrounds in the schema: a template and what is known of its normalisation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Tag, model_validator

from nudipole.experiments.columns import WORD, Column, FileColumn, TableColumn, one_of
from nudipole.experiments.fields import Closed, Counts, Rate, Relative


class GaussianSpec(Closed):
    """Normalisation known to a relative Gaussian error."""

    gaussian: Relative


class LogNormalSpec(Closed):
    """Normalisation known to a relative log-normal error."""

    log_normal: Annotated[Relative, Field(alias="log-normal")]


class BackgroundSpec(Closed):
    """A background template; counts over the whole exposure, efficiency included, or a flat rate.

    With bins of time, counts are those of all bins (time the faster), or those of the bins of energy with the shares
    of the bins of `time`. A normalisation ``off`` is what an ON-OFF measurement determines bin by bin.
    """

    counts: Column | None = None
    rate: Rate | None = None
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
        Annotated[Literal["free", "off"], WORD]
        | Annotated[GaussianSpec, Tag("a gaussian")]
        | Annotated[LogNormalSpec, Tag("a log-normal")],
        one_of("write free, {gaussian: 5 %} or {log-normal: 5 %} (off with an ON-OFF measurement)", "free", "off"),
    ]
    contains_sm_signal: bool = False
    note: str = ""

    @model_validator(mode="after")
    def _one_form(self) -> BackgroundSpec:
        if (self.counts is None) == (self.rate is None):
            raise ValueError("give either counts (a list, or the column of a table or file) or a flat rate")
        return self
