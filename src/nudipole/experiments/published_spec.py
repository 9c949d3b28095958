"""Published results in the schema, to be set beside ours."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from nudipole.experiments.fields import Closed, Moment, Word


class Reference(Closed):
    """A publication."""

    texkey: str
    title: str = ""
    arxiv: str = ""
    doi: str = ""
    where: str = ""


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
