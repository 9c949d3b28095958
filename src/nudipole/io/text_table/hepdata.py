"""The CSV that HEPData offers for download: blocks with one header each, edges of bins as LOW and HIGH."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nudipole.errors import TableError
from nudipole.io.text_table.lines import Block, Line, Row

_END = re.compile(r"(.*?)(?:\s+IN\s+([A-Za-z0-9/*^() -]+?))?\s+(LOW|HIGH)", re.DOTALL)
_IN = re.compile(r"(.*?)\s+IN\s+([A-Za-z0-9/*^() -]+)", re.DOTALL)
#: Units in capital letters, as older entries have them.
_CAPITALS = {"EV": "eV", "KEV": "keV", "MEV": "MeV", "GEV": "GeV", "TEV": "TeV", "SEC": "s", "CM": "cm", "M": "m"}


def is_hepdata(comments: Sequence[Line]) -> bool:
    """Whether the comments are those that HEPData writes."""
    return any(line.text.startswith("#: ") for line in comments)


def blocks(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines of each table: an empty one ends it."""
    found: list[list[Line]] = [[]]
    for line in lines:
        if line.text:
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [block for block in found if block]


def heading(cell: str) -> str:
    """``E_low [GeV]`` for ``E [GEV] LOW``; units in capital letters as they are meant.

    >>> heading("ETMISS IN GEV LOW"), heading("Recoil energy [keV] HIGH"), heading("Events")
    ('ETMISS_low [GeV]', 'Recoil energy_high [keV]', 'Events [1]')
    """
    match = _END.fullmatch(cell)
    name, unit, end = (match[1], match[2], f"_{match[3].lower()}") if match else (cell, None, "")
    if unit is None and (inside := _IN.fullmatch(name)):
        name, unit = inside[1], inside[2]
    if unit is None and (bracket := re.fullmatch(r"(.*?)\s*\[([^\]]*)\]", name, re.DOTALL)):
        name, unit = bracket[1], bracket[2]
    return f"{name}{end} [{_CAPITALS.get(unit or '', unit or '1')}]"


def joined(found: Sequence[Block], name: str) -> tuple[Block, list[int]]:
    """One table of several that have the same bins, and the place of the one that each column is of.

    A name that another one has is numbered.

    Raises
    ------
    TableError
        If their rows are others, with the line.
    """
    first = found[0]
    heads = [heading(cell) for cell in first.header.cells]
    rows = [Row(n, list(row)) for n, row in first.rows]
    block_of = [0] * len(heads)
    for number, block in enumerate(found[1:], start=2):
        theirs = [heading(cell) for cell in block.header.cells]
        same = next((k for k, (a, b) in enumerate(zip(heads, theirs, strict=False)) if a != b), len(theirs))
        common = [row.cells[:same] for row in block.rows] == [row.cells[:same] for row in first.rows]
        if same == 0 or not common:
            line = block.header.number
            message = f"line {line} begins another table, with rows of its own: keep one table a file"
            raise TableError(f"table {name!r}: {message}")
        same = min(same, _independent(theirs, same))
        for k in range(same, len(theirs)):
            label, _, unit = theirs[k].rpartition(" [")
            taken = theirs[k] in heads or any(head.rpartition(" [")[0] == label for head in heads)
            heads.append(f"{label} ({number}) [{unit}" if taken else theirs[k])
            block_of.append(number - 1)
            for row, other in zip(rows, block.rows, strict=True):
                row.cells.append(other.cells[k])
    return Block(Row(first.header.number, heads), rows, first.separator), block_of


def _independent(heads: Sequence[str], same: int) -> int:
    """Columns of the bins: edges and what lies between them, of the names that begin a table."""
    label = re.sub(r"(_low|_high)? \[[^\]]*\]$", "", heads[0])
    k = 0
    while k < same and re.sub(r"(_low|_high)? \[[^\]]*\]$", "", heads[k]) == label:
        k += 1
    return k
