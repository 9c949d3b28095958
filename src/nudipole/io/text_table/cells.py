"""Cells as numbers: decimal commas, per cent signs, minus signs of a typesetter."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nudipole.errors import TableError
from nudipole.io.text_table.lines import Row

#: A number as Python's ``float`` reads it, in ASCII digits.
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?(?:\d+,\d*|,\d+)(?:[eE][+-]?\d+)?", re.ASCII)
#: As 1,234 and 1,234 may be a thousand or one and a bit.
_THOUSAND = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_PER_CENT = re.compile(r"(.*\S)\s*%")
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})


def is_number(cell: str) -> bool:
    """Whether a cell is a number with a decimal point."""
    return NUMBER.fullmatch(cell) is not None


def decimal_points(rows: Sequence[Row], separator: str, heads: Sequence[str], name: str) -> tuple[list[Row], bool]:
    """Rows whose decimal commas, if there are, are points; and whether there were.

    Raises
    ------
    TableError
        If some numbers have a decimal comma and others a point, or a comma may be one of thousands.
    """
    rows = [Row(n, [_plain_minus(cell) for cell in row]) for n, row in rows]
    # One column has no separator: 3,5 may be two cells.
    if separator in ("", ","):
        return rows, False
    with_comma = [(n, k, cell) for n, row in rows for k, cell in enumerate(row) if _COMMA.fullmatch(_bare(cell))]
    if not with_comma:
        return rows, False
    for n, row in rows:
        for k, cell in enumerate(row):
            if "." in cell and is_number(_bare(cell)):
                line, _, comma = with_comma[0]
                message = (
                    f"line {n}, column {heads[k]!r}: {cell!r} has a decimal point, {comma!r} in line {line} a comma"
                )
                raise TableError(f"table {name!r}: {message}: write all numbers with points")
    if all(_THOUSAND.fullmatch(_bare(cell)) for *_, cell in with_comma):
        n, k, cell = with_comma[0]
        points, thousands = _bare(cell).replace(",", "."), _bare(cell).replace(",", "")
        message = f"line {n}, column {heads[k]!r}: {cell!r} may be {points} or {thousands}: write the one that is meant"
        raise TableError(f"table {name!r}: {message}")
    return [
        Row(n, [cell.replace(",", ".") if _COMMA.fullmatch(_bare(cell)) else cell for cell in row]) for n, row in rows
    ], True


def _plain_minus(cell: str) -> str:
    changed = cell.translate(_MINUS)
    return changed if changed != cell and is_number(_bare(changed.replace(",", "."))) else cell


def _bare(cell: str) -> str:
    """A number without its per cent sign."""
    match = _PER_CENT.fullmatch(cell)
    return match[1] if match else cell


def per_cent(rows: Sequence[Row], k: int, unit: str, head: str, name: str) -> tuple[list[Row], str, bool]:
    """Rows without the per cent signs of a column, its unit, and whether there were any.

    Raises
    ------
    TableError
        If some cells have the sign and others have not.
    """
    signed = [row for row in rows if _PER_CENT.fullmatch(row.cells[k]) and is_number(_bare(row.cells[k]))]
    if not signed or unit not in ("", "1", "%"):
        return list(rows), unit, False
    for n, row in rows:
        if not _PER_CENT.fullmatch(row[k]) and not (is_number(row[k]) and float(row[k]) == 0):
            message = f"line {n}, column {head!r}: {row[k]!r} has no per cent sign, line {signed[0].number} has one"
            raise TableError(f"table {name!r}: {message}: write it in every row, or [%] in the header and none")
    return [Row(n, [*row[:k], _bare(row[k]), *row[k + 1 :]]) for n, row in rows], "%", True
