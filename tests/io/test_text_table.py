"""CSV as people save it: the same numbers as Python's csv and float, or a line that says what to write."""

from __future__ import annotations

import csv
import random
import re
from pathlib import Path

import numpy as np
import pytest

from nudipole.errors import NudipoleError, TableError
from nudipole.io.text_table import table
from nudipole.io.text_table.header import ALIASES
from nudipole.io.text_table.lines import SEPARATORS

ROWS = [[0.5, 0.0], [1.0, 0.1], [2.5, 0.45], [11.0, 0.8]]
HEPDATA = """#: table_doi: 10.17182/hepdata.1.v1/t1
#: name: Table 1
#: SQRT(S) [GeV];;8000.0
'ETMISS IN GEV LOW','ETMISS IN GEV HIGH','Data','stat +','stat -'
200.0,225.0,0.0,1.0,-1.0
225.0,250.0,6.0,2.4,-2.4

#: SQRT(S) [GeV];;8000.0
'ETMISS IN GEV LOW','ETMISS IN GEV HIGH','Expected Background','stat +','stat -'
200.0,225.0,0.31,0.1,-0.1
225.0,250.0,0.95,0.41,-0.51
"""


def _text(separator=",", comma=False, header="E [keV]|efficiency [1]", end="\n", **more):
    rows = [[repr(x).replace(".", ",") if comma else repr(x) for x in row] for row in ROWS]
    lines = [header.replace("|", separator), *(separator.join(row) + more.get("tail", "") for row in rows)]
    return more.get("before", "") + end.join(lines) + end


SAVED = {
    "commas": _text(),
    "semicolons and decimal commas": _text(";", comma=True),
    "tabs and decimal commas": _text("\t", comma=True),
    "blanks": _text("  "),
    "blanks and decimal commas": _text(" ", comma=True),
    "byte order mark, CRLF, a trailing comma": _text(end="\r\n", tail=",", before="\ufeff"),
    "old line ends": _text(end="\r"),
    "comments": _text(before="# from Fig. 3, digitised\n% by hand\n\n"),
    "a comment that a spreadsheet quotes": _text(before='"# from Fig. 3, digitised",\n'),
    "a separator that a spreadsheet declares": _text(";", before="sep=;\n"),
    "empty cells below": _text() + ",\n,\n",
    "unit in parentheses": _text(header="E (keV)|efficiency (1)"),
    "unit after a comma": _text(";", header="E, keV;efficiency, 1"),
    "unit after a comma in quotes": _text(header='"E, keV","efficiency, 1"'),
    "unit without a blank": _text(header="E[keV]|efficiency[1]"),
    "units in a second row": _text(header="E|efficiency\nkeV|1"),
    "units in a second row, in brackets": _text(";", header="E|efficiency\n[keV]|[-]"),
    "other names": _text(header="Energy [keV]|Eff. [1]"),
    "quotes": _text(header='"E [keV]"|"efficiency [1]"'),
    "words beside": _text().replace("[1]\n", "[1],note\n").replace("\n0.5,0.0", "\n0.5,0.0,a") + "",
}
SAVED["words beside"] = re.sub(r"(?m)^([\d.]+,[\d.]+)$", r"\1,b", SAVED["words beside"])


@pytest.mark.parametrize("text", SAVED.values(), ids=SAVED)
def test_read_as_it_was_saved(text):
    read = table(text, "mine.csv")
    assert np.column_stack([read.column("E", "keV"), read.column("efficiency", "1")]).tolist() == ROWS
    at = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert all(re.split(r"[^\d]", at[read.line(k) - 1])[0] == str(int(ROWS[k][0])) for k in range(4))


def test_what_was_understood_is_said():
    assert table(_text(";", comma=True, before="# mine\n", header="Energy (keV);eff."), "x").understood == (
        "4 rows, E [keV], efficiency; separated by semicolons, decimal commas; 'Energy' is read as E, 'eff.' as "
        "efficiency; 1 line of comments left out"
    )
    assert "units from line 2" in table(SAVED["units in a second row"], "x").understood


@pytest.mark.parametrize("header", ["E [keV]|efficiency [%]", "E, keV;efficiency, %"])
def test_per_cent_is_a_unit(header):
    assert table(_text(";", header=header), "x").units["efficiency"] == "%"


def test_per_cent_signs_of_cells():
    read = table("E [keV],efficiency\n1,5 %\n2,45%\n", "x")
    assert read.column("efficiency", "%").tolist() == [5.0, 45.0]
    with pytest.raises(TableError, match="line 3, column 'efficiency': '45' has no per cent sign, line 2 has one"):
        table("E [keV],efficiency\n1,5 %\n2,45\n", "x")


def test_hepdata_as_downloaded():
    read = table(HEPDATA, "x")
    assert read.column("ETMISS_low", "GeV").tolist() == [200, 225]
    assert read.column("Data", "1").tolist() == [0, 6]
    assert read.column("Expected Background", "1").tolist() == [0.31, 0.95]
    assert read.column("stat - (2)", "1").tolist() == [-0.1, -0.51]
    read = table('#: name: T\n"E [KEV]","E [KEV] LOW","E [KEV] HIGH","N"\n1.5,1,2,3\n', "x")
    assert read.units == {"E": "keV", "E_low": "keV", "E_high": "keV", "N": "1"}
    with pytest.raises(TableError, match="line 9 begins another table, with rows of its own: keep one"):
        table(HEPDATA.replace("225.0,250.0,0.95", "225.0,275.0,0.95"), "x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a header and at least one row"),
        ("E [keV],x [1]\n", "a header and at least one row"),
        ("0.5,0.1\n1,0.2\n", r"line 1 has numbers where the header is due: write names and units above it"),
        ("# E [keV],eff [1]\n0.5,0.1\n1,0.2\n", "if line 1 names the columns, write it without its #"),
        ("E [keV],x [1]\n0,5,0,1\n1,0,0,2\n", "line 2 has 4 cells, the header 2.*for decimal commas separate cells by"),
        ("E [keV],x [1]\n0.5;0.1\n", "line 2 has 1 cell.*separate header and rows by the same character"),
        ("E [keV],x [1]\n0.5 0.1\n", "the header is separated by commas, the row by blanks"),
        ("E [keV];x [1]\n0,5;0.1\n", r"line 2, column 'x': '0.1' has a decimal point, '0,5' in line 2 a comma"),
        ("E [keV];x [1]\n1,250;1\n", "line 2, column 'E': '1,250' may be 1.250 or 1250"),
        ('E [keV],x [1]\n"0,5,1\n', "line 2: a quotation mark is not closed"),
        ("E [keV],E [keV]\n1,2\n", "line 1: columns 1 and 2 have the same name, 'E'"),
        ("eff [1],acceptance [1]\n1,2\n", "columns 1 and 2 have the same name, 'eff' and 'acceptance'"),
        (",,x [1]\n1,2,3\n", "line 1: columns 1 and 2 have no name"),
    ],
)
def test_refusals_name_line_and_remedy(text, message):
    with pytest.raises(TableError, match=message):
        table(text, "x")


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("", "the cell is empty: write a number, or leave the row out"),
        ("1_0", "no number: write thousands without|no number: write one"),
        ('"0,5"', "'0,5' is no number: write a decimal point, or separate all cells by semicolons"),
        ("1 234", "write thousands without a mark"),
        ("0.5 0.1", "is no number: write one, with a decimal point"),
        ("<0.1", "is no number"),
        ("١", "is no number"),
    ],
)
def test_cells_that_are_no_numbers(cell, message):
    with pytest.raises(TableError, match=f"line 3, column 'x': .*{message}|line 3, column 'x': {message}"):
        table(f"E [keV],x [1]\n1,2\n3,{cell}\n", "t").column("x", "1")


def test_aliases_are_unambiguous():
    words = [alias for aliases in ALIASES.values() for alias in aliases]
    assert len({re.sub(r"[\s_.-]+", " ", word.casefold()) for word in words}) == len(words)


_ALPHABET = [*"0123456789.,;\t eE+-#%'\"[]()kVx\n\r_", "−", "µ", "\u00a0", "\ufeff", "\x00", "١", "½", "nan", "inf"]


def mutated(text: str, draw: random.Random) -> str:
    """A text with a few characters or lines changed."""
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(text) + 1) if text else 0
        match draw.randrange(5):
            case 0:
                text = text[:at] + draw.choice(_ALPHABET) + text[at:]
            case 1:
                text = text[:at] + text[at + draw.randint(1, 3) :]
            case 2:
                text = text[:at] + draw.choice(_ALPHABET) + text[at + 1 :]
            case 3:
                lines = text.split("\n")
                k = draw.randrange(len(lines))
                text = "\n".join([*lines[:k], draw.choice(lines), *lines[k + draw.randrange(2) :]])
            case _:
                old, new = draw.choice(_ALPHABET), draw.choice(_ALPHABET)
                text = text.replace(old, new, draw.randint(1, 20))
    return text


def _cells(line: str, separator: str | None, quote: str) -> list[str]:
    if separator is None:
        return [line]
    if separator == " ":
        return re.findall(r'"[^"]*"|[^\s"]+', line)
    return next(csv.reader([line], delimiter=separator, quotechar=quote, skipinitialspace=True))


def _as_python(cell: str, commas: bool) -> float:
    cell = cell.strip().strip('"').strip().removesuffix("%").replace("−", "-").replace("–", "-")
    try:
        return float(cell.replace(",", ".") if commas else cell)
    except ValueError:
        return np.nan


def _is_one_line(message: str) -> bool:
    assert "\n" not in message
    assert len(message) < 400
    return False


def check_against_csv_and_float(text: str) -> bool:
    """Whether it was read, in which case every number is that of Python's csv and float, and no row is lost."""
    try:
        read = table(text, "x")
        numbers = {name: read.column(name, unit) for name, unit in read.units.items() if unit}
    except NudipoleError as error:
        return _is_one_line(str(error))
    commas, lines = "decimal commas" in read.understood, re.split("\r\n|\n|\r", text)
    separator = next((s for s, word in SEPARATORS.items() if f"separated by {word}" in read.understood), None)
    quote = "'" if "ETMISS" in text else '"'
    assert all(a < b for a, b in zip(read.lines, read.lines[1:], strict=False))
    for k, name in enumerate(read.units):
        for row, value in enumerate(numbers.get(name, ())):
            cells = [_as_python(cell, commas) for cell in _cells(lines[read.line(row, name) - 1], separator, quote)]
            expected = cells if name in read.lines_of else [cells[k]]
            assert value in expected or (np.isnan(value) and np.isnan(expected).any()), (text, name, row)
    lost = set(range(1, len(lines) + 1)) - set(read.lines)
    lost -= {n for lines_of in read.lines_of.values() for n in lines_of}
    below = [n for n in lost if n > min(read.lines) and re.match(r"\W*\d", lines[n - 1]) and "stat" not in lines[n - 1]]
    assert all(re.match(r"\s*[\"']?\s*[#%]", lines[n - 1]) for n in below), text
    return True


@pytest.mark.parametrize("number", [400, pytest.param(100_000, marks=[pytest.mark.slow, pytest.mark.long])])
def test_mutated_files_give_the_same_numbers_or_a_refusal(number):
    draw, texts = random.Random(number), [*SAVED.values(), HEPDATA]
    read = sum(check_against_csv_and_float(mutated(draw.choice(texts), draw)) for _ in range(number))
    assert 0.1 * number < read < 0.9 * number


def test_the_names_of_the_docs_are_those_that_are_read():
    page = Path(__file__).resolve().parents[2].joinpath("docs/how-to/files.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` | {', '.join(aliases)} |" in page for name, aliases in ALIASES.items())
