"""The data of a table of HEPData, in YAML, as CSV that descriptions can name."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

from nudipole.errors import InputError, UnknownName
from nudipole.io.text_table.header import known
from nudipole.io.text_table.hepdata import heading
from nudipole.io.yaml import parse, text_of

_PARTS = ("independent_variables", "dependent_variables")


def read(name: str | Path, table: str | None = None) -> tuple[dict[str, Any], str]:
    """Plain data of a table, and what to call it in messages.

    Parameters
    ----------
    name : str or Path
        A file with the data of one table, or a submission in one file; ``"-"`` for standard input.
    table : str, optional
        Name of a table, where the file has several.

    Returns
    -------
    tuple of dict and str

    Raises
    ------
    InputError
        If it is no YAML, a submission whose data are in other files, or has several tables and none is named.
    UnknownName
        If there is no such table.

    Examples
    --------
    >>> size = Path("t.yaml").write_text("independent_variables: []\\ndependent_variables: []\\n")
    >>> read("t.yaml")[1]
    't.yaml'
    """
    file = "<stdin>" if str(name) == "-" else str(name)[:200]
    parts = re.split(r"(?m)^---.*$", text_of(name, "a table of HEPData"))
    documents = [parse(part, file, "a table of HEPData") for part in parts if part.strip()]
    found = [document for document in documents if any(part in document for part in _PARTS)]
    files = [str(document["data_file"])[:80] for document in documents if "data_file" in document]
    if files and not found:
        raise InputError(file, "", f"is a submission: name one of its tables, {', '.join(files)[:300]}")
    if len(found) > 1 or table is not None:
        named = {str(document.get("name", "")): document for document in found}
        if table is None:
            raise InputError(file, "", f"has {len(named)} tables: name one of them, {', '.join(named)[:300]}")
        if table not in named:
            raise UnknownName(f"table of {file}", table, named)
        return named[table], file
    return (found or documents or [{}])[0], file


def csv_of(data: dict[str, Any], file: str) -> str:
    """A table as CSV with names and units in its header; the ends of bins and errors are columns of their own.

    Parameters
    ----------
    data : dict
        With the independent and dependent variables of HEPData.
    file : str
        What to call it in messages.

    Returns
    -------
    str

    Raises
    ------
    InputError
        With the key: a variable without header or values, columns of different lengths.

    Examples
    --------
    >>> energy = {"header": {"name": "Energy", "units": "keV"}, "values": [{"low": 1, "high": 2}]}
    >>> events = {"header": {"name": "Events"}, "values": [{"value": 3, "errors": [{"symerror": 1.7}]}]}
    >>> print(csv_of({"independent_variables": [energy], "dependent_variables": [events]}, "t"), end="")
    E_low [keV],E_high [keV],Events [1],Events error [1]
    1,2,3,1.7
    """
    columns: dict[str, list[str]] = {}
    for part in _PARTS:
        variables = data.get(part)
        if not isinstance(variables, list) or (part == _PARTS[1] and not variables):
            raise InputError(file, part, "a list of variables with header and values is due: is it a table of HEPData?")
        for k, variable in enumerate(variables):
            where = f"{part}[{k}]"
            for name, cells in _columns(variable, file, where).items():
                if name in columns:
                    raise InputError(file, where, f"the name {name!r} twice: change one")
                columns[name] = cells
    lengths = {len(cells) for cells in columns.values()}
    if len(lengths) != 1 or lengths == {0}:
        words = ", ".join(f"{name} {len(cells)}" for name, cells in columns.items())
        raise InputError(file, "", f"every variable needs one value a row: {words[:300]}")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()


def _columns(variable: Any, file: str, where: str) -> dict[str, list[str]]:
    """Columns of one variable."""
    header = variable.get("header") if isinstance(variable, dict) else None
    values = variable.get("values") if isinstance(variable, dict) else None
    if not isinstance(header, dict) or not isinstance(header.get("name"), str) or not isinstance(values, list):
        raise InputError(file, where, "write header: {name: ...} and values: [...]")
    if not all(isinstance(value, dict) for value in values):
        raise InputError(file, f"{where}.values", "write {value: ...} or {low: ..., high: ...} for each row")
    name, unit = " ".join(header["name"].split()), str(header.get("units") or "").strip()
    numeric = all(isinstance(cell, int | float) for value in values for key, cell in value.items() if key != "errors")

    def named(suffix: str = "") -> str:
        written = heading(f"{name} [{unit}]" if unit else name).rpartition(" [")
        short = known(f"{written[0]}{suffix}", [])
        return f"{short} [{written[2]}" if unit or numeric else short

    found: dict[str, list[str]] = {}
    keys = [key for key in ("value", "low", "high") if any(key in value for value in values)]
    for key in keys:
        if not all(key in value for value in values):
            row = next(i for i, value in enumerate(values) if key not in value)
            raise InputError(file, f"{where}.values[{row}]", f"has no {key}, other rows have one")
        found[named("" if key == "value" else f"_{key}")] = [str(value[key]) for value in values]
    for label, cells in _errors(values, file, where).items():
        found[named(f" error{label}")] = cells
    return found


def _errors(values: list[dict[str, Any]], file: str, where: str) -> dict[str, list[str]]:
    """Columns of errors by what is added to the name; rows without one have an empty cell."""
    found: dict[str, list[str]] = {}
    for row, value in enumerate(values):
        for error in value.get("errors") or ():
            if not isinstance(error, dict) or not {"symerror", "asymerror"} & set(error):
                raise InputError(file, f"{where}.values[{row}].errors", "write symerror, or asymerror: {plus, minus}")
            label = f" {error['label']}" if error.get("label") else ""
            given = {label: error["symerror"]} if "symerror" in error else {}
            if isinstance(error.get("asymerror"), dict):
                given |= {
                    f"{label} {sign}": error["asymerror"].get(key) for sign, key in (("+", "plus"), ("-", "minus"))
                }
            for name, cell in given.items():
                found.setdefault(name, [""] * len(values))[row] = "" if cell is None else str(cell)
    return found
