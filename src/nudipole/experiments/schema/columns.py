"""Numbers of one count a bin in the schema: a list, the column of a table, or the column of a file."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Discriminator, Tag

from nudipole.io.fields import Closed, Counts, Word


class _Column(Closed):
    """A column of a table that gives the bins of its rows, or whose rows are the bins in their order.

    `bins` is needed where a table gives the energies twice: E for E_low and E_high, or E. ``none`` reads the rows in
    their order whatever energies the table gives.
    """

    column: str
    bins: Word | None = None


class TableColumn(_Column):
    """A column of a reference table of the package."""

    table: Word


class FileColumn(_Column):
    """A column of a CSV file beside the YAML."""

    file: str


def one_of(remedy: str, *words: str) -> Discriminator:
    """A union told apart by its form, or by being one of the `words`; anything else is answered with the `remedy`."""

    def form(value: object) -> str | None:
        if isinstance(value, BaseModel):
            value = value.model_dump(by_alias=True)
        if isinstance(value, dict):
            return next(
                (
                    f"a {key}"
                    for key in ("table", "file", "gaussian", "log-normal", "half_life", "amplitude")
                    if key in value
                ),
                None,
            )
        return "a list" if isinstance(value, list) else "a word" if value in words else None

    # The words stand in the type of the error, of which a message makes a suggestion.
    return Discriminator(form, custom_error_type=" ".join(("form", *words)), custom_error_message=remedy)


LIST, TABLE, FILE, WORD = Tag("a list"), Tag("a table"), Tag("a file"), Tag("a word")

Column = Annotated[
    Annotated[Counts, LIST] | Annotated[TableColumn, TABLE] | Annotated[FileColumn, FILE],
    one_of("write a list of counts, {table: ..., column: ...} or {file: ..., column: ...}"),
]
