"""From text to a table, and in words what was understood of it."""

from __future__ import annotations

from collections.abc import Sequence

from nudipole.errors import TableError
from nudipole.io.text_table import hepdata
from nudipole.io.text_table.cells import decimal_points, is_number, per_cent
from nudipole.io.text_table.header import known, name_and_unit, units_of_row
from nudipole.io.text_table.lines import SEPARATORS, Block, Line, Row, block, split
from nudipole.tables import Table

#: Words of a cell that a message has room for.
_SHOWN = 40


def table(text: str, name: str) -> Table:
    """A table from text with one header and any usual separator.

    Cells are separated by commas, semicolons, tabs or blanks, whichever gives every row as many as the header. Where
    it is not the comma, numbers may have decimal commas. Lines that begin with # or %, empty lines and empty cells
    at the end of rows are left out. A unit stands in brackets, after a comma or in a second row. Names are those of
    `nudipole.io.text_table.header.ALIASES`, too. `Table.understood` says what was taken for what.

    Parameters
    ----------
    text : str
    name : str
        What to call it in messages.

    Returns
    -------
    Table

    Raises
    ------
    TableError
        With line and column, and what to write.

    Examples
    --------
    >>> read = table("# digitised\\nEnergy (keV);eff\\n0,5;0\\n2;0,75\\n", "eff.csv")
    >>> read.column("E", "keV").tolist(), read.understood
    ([0.5, 2.0], "2 rows, E [keV], efficiency; separated by semicolons, decimal commas; 'Energy' is read as E, 'eff' \
as efficiency; 1 line of comments left out")
    """
    lines, comments, declared = split(text)
    below: dict[int, tuple[int, ...]] = {}
    if hepdata.is_hepdata(comments):
        blocks = [block(b, name, declared) for b in hepdata.blocks(lines)] or [_none(name)]
        for part in blocks:
            _check_header(part.header, comments, name)
        found, block_of = hepdata.joined(blocks, name)
        below = {k: tuple(row.number for row in blocks[b].rows) for k, b in enumerate(block_of) if b > 0}
    else:
        found = block(lines, name, declared)
        _check_header(found.header, comments, name)
    named = [name_and_unit(cell) for cell in found.header.cells]
    rows, words = found.rows, [f"separated by {SEPARATORS[found.separator]}"] if found.separator else []
    if not any(unit for _, unit in named) and (given := units_of_row(rows[0].cells)) and len(rows) > 1:
        named = [(label, unit) for (label, _), unit in zip(named, given, strict=True)]
        words.append(f"units from line {rows[0].number}")
        rows = rows[1:]
    labels, units = _names(found.header, [label for label, _ in named], name), [unit for _, unit in named]
    rows, commas = decimal_points(rows, found.separator, labels, name)
    words += ["decimal commas"] if commas else []
    for k, label in enumerate(labels):
        rows, units[k], signs = per_cent(rows, k, units[k], label, name)
        words += [f"per cent signs in {label}"] if signs else []
    meant = [known(label, labels) for label in labels]
    _check_twice(found.header, labels, meant, name)
    return Table(
        name,
        None,
        dict(zip(meant, units, strict=True)),
        {label: tuple(row.cells[k] for row in rows) for k, label in enumerate(meant)},
        lines=tuple(row.number for row in rows),
        understood=_words(rows, meant, units, labels, words, len(comments), hepdata.is_hepdata(comments)),
        lines_of={meant[k]: numbers for k, numbers in below.items()},
    )


def _none(name: str) -> Block:
    raise TableError(f"table {name!r}: a header and at least one row are needed")


def _check_header(header: Row, comments: Sequence[Line], name: str) -> None:
    """A first line of numbers is none."""
    if not all(is_number(cell.replace(",", ".")) for cell in header.cells):
        return
    above = [line for line in comments if line.number < header.number]
    remedy = "write names and units above it, such as E [keV],efficiency [1]"
    if above and len(above[-1].text.strip("#% \t").split()) >= len(header.cells):
        remedy = f"if line {above[-1].number} names the columns, write it without its {above[-1].text.strip()[0]}"
    raise TableError(f"table {name!r}: line {header.number} has numbers where the header is due: {remedy}")


def _names(header: Row, labels: list[str], name: str) -> list[str]:
    """Names, of which one may be empty: that of a column that counts the rows."""
    nameless = [str(k + 1) for k, label in enumerate(labels) if not label]
    if len(nameless) > 1:
        message = f"line {header.number}: columns {' and '.join(nameless[:3])} have no name: write one for each"
        raise TableError(f"table {name!r}: {message}")
    return labels


def _check_twice(header: Row, labels: Sequence[str], meant: Sequence[str], name: str) -> None:
    for k, label in enumerate(meant):
        if label in meant[:k]:
            first = meant.index(label)
            both = f"{labels[first]!r} and {labels[k]!r}" if labels[first] != labels[k] else f"{label!r}"
            message = f"line {header.number}: columns {first + 1} and {k + 1} have the same name, {both}"
            raise TableError(f"table {name!r}: {message}: rename one")


def _words(
    rows: Sequence[Row],
    meant: Sequence[str],
    units: Sequence[str],
    labels: Sequence[str],
    words: Sequence[str],
    comments: int,
    from_hepdata: bool,
) -> str:
    columns = ", ".join(f"{label} [{unit}]" if unit else label for label, unit in zip(meant, units, strict=True))
    renamed = [
        f"{label[:_SHOWN]!r} {'is read ' if k == 0 else ''}as {name}"
        for k, (label, name) in enumerate((a, b) for a, b in zip(labels, meant, strict=True) if a != b)
    ]
    parts = [
        f"{len(rows)} row{'' if len(rows) == 1 else 's'}, {columns}",
        ", ".join(words),
        ", ".join(renamed),
        f"{comments} line{'' if comments == 1 else 's'} of {'HEPData' if from_hepdata else 'comments'} left out"
        if comments
        else "",
    ]
    return "; ".join(part for part in parts if part)
