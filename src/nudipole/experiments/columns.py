"""Numbers of one count a bin in the schema: a list, the column of a table, or the column of a file."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Discriminator, Tag

from nudipole.experiments.fields import Closed, Counts, Word


class TableColumn(Closed):
    """A column of a reference table of the package."""

    table: Word
    column: str


class FileColumn(Closed):
    """A column of a CSV file beside the YAML."""

    file: str
    column: str


def one_of(remedy: str, *words: str) -> Discriminator:
    """A union told apart by its form, or by being one of the `words`; anything else is answered with the `remedy`."""

    def form(value: object) -> str | None:
        if isinstance(value, BaseModel):
            value = value.model_dump(by_alias=True)
        if isinstance(value, dict):
            return next((f"a {key}" for key in ("table", "file", "gaussian", "log-normal") if key in value), None)
        return "a list" if isinstance(value, list) else "a word" if value in words else None

    return Discriminator(form, custom_error_type="form", custom_error_message=remedy)


LIST, TABLE, FILE, WORD = Tag("a list"), Tag("a table"), Tag("a file"), Tag("a word")

Column = Annotated[
    Annotated[Counts, LIST] | Annotated[TableColumn, TABLE] | Annotated[FileColumn, FILE],
    one_of("write a list of counts, {table: ..., column: ...} or {file: ..., column: ...}"),
]
