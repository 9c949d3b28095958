"""How a published number is compared with ours in the schema: its reference, and the errors of the comparison."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from nudipole.io.fields import Closed, Relative, Word


class Reference(Closed):
    """A publication: by its texkey in INSPIRE, or the number in arXiv or the DOI of one that has none there."""

    texkey: str = ""
    title: str = ""
    arxiv: str = ""
    doi: str = ""
    where: str = ""

    @property
    def key(self) -> str:
        """What to cite it by."""
        return self.texkey or (f"arXiv:{self.arxiv}" if self.arxiv else self.doi)

    @model_validator(mode="after")
    def _resolves(self) -> Reference:
        if not self.key:
            raise ValueError("give a texkey, an arXiv number or a DOI")
        return self


class ErrorSpec(Closed):
    """One error of what a published number is compared by, in ours or in the published one.

    Its size is a fraction of the published value, or of the width of a published interval; or it is computed: from
    `variants` as the most that one of them moves ours, from the expected `band` as half of what lies between its
    edges at one standard deviation. A size has a reference, or is assumed for a reason.
    """

    of: Annotated[str, Field(min_length=1)]
    size: Annotated[Relative, Field(gt=0)] | None = None
    variants: Annotated[list[Word], Field(min_length=1)] | None = None
    band: bool = False
    reference: str = ""
    assumed: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> ErrorSpec:
        computed = (self.variants is not None) + self.band
        if (self.size is not None) + computed != 1:
            raise ValueError("give one of size, variants and band")
        if self.size is not None and bool(self.reference) == bool(self.assumed):
            raise ValueError("a size has either a reference, or a reason why it is assumed")
        return self


class ConfigurationSpec(Closed):
    """The variant that the published number is of, where it is not the experiment as it stands."""

    variant: Word
    why: Annotated[str, Field(min_length=1)]


class BesideSpec(Closed):
    """What stands beside ours: another variant, or another construction."""

    variant: Word | None = None
    construction: str | None = None

    @field_validator("construction")
    @classmethod
    def _known_construction(cls, construction: str | None) -> str | None:
        from nudipole.statistics.asymptotics import CONSTRUCTIONS

        if construction is not None and construction not in CONSTRUCTIONS:
            raise ValueError(f"no construction {construction[:40]!r}: choose from {', '.join(CONSTRUCTIONS)}")
        return construction

    @property
    def words(self) -> str:
        """Which it is."""
        return ", ".join(word for word in (self.variant, self.construction) if word)


class CompareSpec(Closed):
    """How a published number is derived again, and what is known about how closely it must come out.

    Ours is what `limit` gives by default. The errors are combined in quadrature; what ours may be off by is twice
    that. A `conversion` is fitted, but to a number that was made from the same published one: it tests a step, not the
    chain. `tuned` says which input was fixed by this number or its sibling; `unknown`, which essential input is not
    known, so that nothing is tested. Where the data have several solutions `solution` says which interval the published
    one is.
    """

    errors: list[ErrorSpec] = Field(default_factory=list)
    configuration: ConfigurationSpec | None = None
    beside: list[BesideSpec] = Field(default_factory=list)
    expected: bool = False
    conversion: bool = False
    tuned: str = ""
    unknown: str = ""
    solution: Literal["nearest-to-zero", "lowest", "highest", "hull"] | None = None

    @model_validator(mode="after")
    def _errors_or_reason(self) -> CompareSpec:
        if not (self.errors or self.unknown):
            raise ValueError("errors: list what the comparison is uncertain by, or say in unknown why it tests nothing")
        return self

    @property
    def variant(self) -> str | None:
        """That the published number is of."""
        return self.configuration.variant if self.configuration else None

    @property
    def variants(self) -> set[str]:
        """All that are evaluated."""
        named = {item.variant for item in self.beside} | {self.variant}
        return {name for name in named if name} | {name for item in self.errors for name in item.variants or ()}
