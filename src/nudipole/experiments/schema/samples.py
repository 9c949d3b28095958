"""Sub-samples in the schema: the same bins for each range of another observable, such as the shape of a pulse."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, model_validator

from nudipole.experiments.schema.detector import EfficiencySpec
from nudipole.experiments.schema.statistics import Data
from nudipole.io.fields import Closed, Share, Word


def _form(value: object) -> str:
    known = value.__class__ is EfficiencySpec or (isinstance(value, dict) and "of" in value)
    return "an efficiency" if known else "by process" if isinstance(value, dict) else "a number"


OneShare = Annotated[
    Annotated[Share, Tag("a number")] | Annotated[EfficiencySpec, Tag("an efficiency")], Discriminator(_form)
]
SampleShare = Annotated[
    Annotated[Share, Tag("a number")]
    | Annotated[EfficiencySpec, Tag("an efficiency")]
    | Annotated[
        dict[Word, OneShare],
        Field(min_length=1, json_schema_extra={"not": {"required": ["of"]}}),
        Tag("by process"),
    ],
    Discriminator(_form),
]

#: Keys of a background that a sample may not change: they are of all samples together.
_COMMON = ("normalisation", "contains_sm_signal", "polynomial")


class SampleSpec(Closed):
    """What one sub-sample has of its own: a share of the signal, data, and changes of the backgrounds.

    The `share` of the recoils that fall into it is a number or an efficiency, of all processes or of each by name. A
    background is that of the description with the keys that are changed here, null if there is none; its normalisation
    is one and the same in all samples.
    """

    note: str = ""
    share: SampleShare
    data: Data | None = None
    backgrounds: dict[Word, dict[str, Any] | None] = Field(default_factory=dict)
    statistics: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _of_its_own(self) -> SampleSpec:
        for name, change in self.backgrounds.items():
            for key in change or {}:
                if key in _COMMON:
                    raise ValueError(f"backgrounds.{name}.{key} is that of all samples: write it beside them")
        return self

    def share_of(self, process: str) -> float | EfficiencySpec:
        """Of a process."""
        return self.share[process] if isinstance(self.share, dict) else self.share
