"""Lines of a text as cells: comments, empty lines, and what separates the cells."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import NamedTuple

from nudipole.errors import TableError

#: What may separate cells, in the order in which they are tried; blanks come last, of any number.
SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas", " ": "blanks"}
#: Lines that say nothing: of a person, of TeX and Matlab. A lone # is the name of a column that counts rows.
_COMMENT = re.compile(r"""^\s*["']?\s*(?:#(?!["']?\s*[,;\t])|%)""")
_DECLARED = re.compile(r"""^"?sep=(.)"?\s*$""", re.IGNORECASE)
#: A name with its unit, where blanks separate cells.
_BLANKS = re.compile(r"""\s*(?:"([^"]*)"|([^\s"\[]+(?:\s*\[[^\]]*\]|\s+\([^)]*\))?))""")


class Line(NamedTuple):
    """A line with what it is called by people: the first is 1."""

    number: int
    text: str


class Row(NamedTuple):
    """Cells of a line, without blanks around them."""

    number: int
    cells: list[str]


class Block(NamedTuple):
    """A header, the rows below it and what separates their cells: a key of `SEPARATORS`, or nothing for one column."""

    header: Row
    rows: list[Row]
    separator: str


def split(text: str) -> tuple[list[Line], list[Line], str]:
    """Lines that say something, comments, and the separator that a first line ``sep=;`` of a spreadsheet declares.

    An empty line in between is kept as one without text: it may end a table.
    """
    every = [Line(k, line) for k, line in enumerate(re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff")), start=1)]
    declared = _DECLARED.match(every[0].text)
    if declared and declared[1] in SEPARATORS:
        every = every[1:]
    comments = [line for line in every if _COMMENT.match(line.text)]
    said = [Line(n, "" if _empty(line) else line) for n, line in every if not _COMMENT.match(line)]
    return said, comments, declared[1] if declared and declared[1] in SEPARATORS else ""


def _empty(line: str) -> bool:
    """Whether a line is empty, or has empty cells only, as spreadsheets write below the last row."""
    return not line.strip(" \t,;")


def block(lines: Sequence[Line], name: str, declared: str = "") -> Block:
    """A header and its rows, by the separator with which all rows have as many cells as the header.

    Raises
    ------
    TableError
        If there is none; with the line that differs.
    """
    lines = [line for line in lines if line.text]
    if len(lines) < 2:
        raise TableError(f"table {name!r}: a header and at least one row are needed")
    head = lines[0].text
    quote = "'" if re.match(r"\s*'[^']*'\s*(?:[;,\t]|$)", head) else '"'
    outside = re.sub(f"{quote}[^{quote}]*{quote}", "", head)
    tried = [declared] if declared else [separator for separator in "\t;," if separator in outside]
    if not tried:
        tried = [" "] if any(len(line.text.split()) > 1 for line in lines[1:]) else [""]
    refused = None
    for separator in tried:
        try:
            return _of_one_length(
                [Row(n, cells(line, separator, name, n, quote)) for n, line in lines], separator, name
            )
        except TableError as error:
            refused = refused or error
    assert refused is not None
    raise refused


def cells(line: str, separator: str, name: str, number: int, quote: str = '"') -> list[str]:
    """Cells of a line.

    Raises
    ------
    TableError
        If a quotation mark is not closed in its line.
    """
    if separator == "":
        return [line.strip().strip('"').strip()]
    if separator == " ":
        found, at = [], 0
        line = line.rstrip()
        while at < len(line):
            match = _BLANKS.match(line, at)
            if match is None:
                raise TableError(f"table {name!r}: line {number}: close the brackets and quotation marks")
            found.append((match[1] if match[1] is not None else match[2]).strip())
            at = match.end()
        return found
    if quote not in line:
        return [cell.strip() for cell in line.split(separator)]
    try:
        (row,) = csv.reader([line], delimiter=separator, quotechar=quote, skipinitialspace=True, strict=True)
    except (csv.Error, ValueError) as error:
        message = f"line {number}: a quotation mark is not closed, or stands inside of a cell: {line.strip()[:40]!r}"
        raise TableError(f"table {name!r}: {message}") from error
    return [cell.strip() for cell in row]


def _of_one_length(found: list[Row], separator: str, name: str) -> Block:
    """Rows without the empty cells at their ends that have no name."""
    header, *rows = found
    width = len(header.cells)
    while width > 1 and not header.cells[width - 1] and not any("".join(row.cells[width - 1 :]) for row in rows):
        width -= 1
    for number, row in rows:
        if len(row) < width or any(row[width:]):
            raise TableError(f"table {name!r}: line {number} has {_counted(row)}, {_why(header, row, separator)}")
    return Block(Row(header.number, header.cells[:width]), [Row(n, row[:width]) for n, row in rows], separator)


def _counted(row: list[str]) -> str:
    return f"{len(row)} cell{'' if len(row) == 1 else 's'}"


def _why(header: Row, row: list[str], separator: str) -> str:
    """What the header has, and what to do."""
    said = f"the header {len(header.cells)} (line {header.number})"
    if separator == ",":
        if len(row) == 1 and re.search(r"[;\t]", row[0]):
            return f"{said}: separate header and rows by the same character"
        if len(row) == 1 and len(row[0].split()) == len(header.cells):
            return f"{said}: the header is separated by commas, the row by blanks: take one of them"
        if len(row) == 2 * len(header.cells) and all(cell.isdigit() for cell in row[1::2]):
            return f"{said}: for decimal commas separate cells by semicolons"
    separated = f"cells are separated by {SEPARATORS[separator]}" if separator else "there is one column"
    return f"{said}: {separated}, every row needs one for each name"
