"""Tables of limits as people paste them: CSV, JSON, BibTeX, LaTeX, Markdown, HTML."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable

from nudipole import bibliography
from nudipole.errors import UnknownName
from nudipole.io.stamp import stamp
from nudipole.limits.curves import curve
from nudipole.limits.database import Record
from nudipole.limits.ours import ours
from nudipole.limits.selection import COLUMNS, Limits


def written(table: Limits, form: str) -> str:
    """A table in one of `FORMATS`.

    Parameters
    ----------
    table : Limits
    form : str

    Returns
    -------
    str

    Raises
    ------
    UnknownName
        If there is no such format.

    Examples
    --------
    >>> from nudipole.limits import select
    >>> written(select(search="xenonnt-2022"), "csv").splitlines()[0]
    'id,property,flavour,bound,CL,who,year,source,status,reference,kind,lower,value,upper,unit,level,factor_to_common,ours,class,url'
    """
    if form not in FORMATS:
        raise UnknownName("format", form, FORMATS)
    return FORMATS[form](table)


def _csv(table: Limits) -> str:
    """Words as in all tables, and numbers to compute with: as published, with the factor to the common convention."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        [*COLUMNS, "kind", "lower", "value", "upper", "unit", "level", "factor_to_common", "ours", "class", "url"]
    )
    for item, row in zip(table, table.rows(), strict=True):
        lower, value, upper = item.numbers
        convention, level = item.bound.convention, item.bound.statistics.cl
        factor = 1.0 if convention is None else convention.factor_to_common
        numbers = ["" if x is None else x for x in (lower, value, upper)]
        own = ours().get(item.id, ())
        beside = [" ".join(f"{one.ours:g}" for one in own), ", ".join(dict.fromkeys(one.verdict for one in own))]
        rest = [item.bound.result.unit, "" if level is None else level, "" if factor is None else factor]
        rest += [*beside, item.url]
        writer.writerow([*row, item.bound.result.kind, *numbers, *rest])
    return text.getvalue()


def _json(table: Limits) -> str:
    return json.dumps({**stamp("limits"), "limits": table.to_json()}, indent=2) + "\n"


def _markdown(table: Limits) -> str:
    def line(cells: list[str]) -> str:
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

    linked = [[*row[:-1], f"[{row[-1]}]({item.url})"] for row, item in zip(table.rows(), table, strict=True)]
    return "\n".join([line(list(COLUMNS)), "|" + "---|" * len(COLUMNS), *map(line, linked)]) + "\n"


def _html(table: Limits) -> str:
    return table._repr_html_() + "\n"


_LATEX = {"&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#", "^": r"\^{}", "<": "$<$", ">": "$>$", "~": r"\~{}"}


def _latex(table: Limits) -> str:
    def cells(row: list[str]) -> str:
        return " & ".join("".join(_LATEX.get(letter, letter) for letter in cell) for cell in row) + r" \\"

    columns = [1, 2, 3, 4, 8, 5, 6]
    rows = [
        cells([row[k] for k in columns])[:-3] + rf" & \cite{{{item.cite_key}}} \\"
        for row, item in zip(table.rows(), table, strict=True)
    ]
    head = cells([COLUMNS[k] for k in columns])[:-3] + r" & reference \\"
    body = [r"\begin{tabular}{llllllll}", r"\hline", head, r"\hline", *rows, r"\hline", r"\end{tabular}"]
    return "\n".join(body) + "\n"


def bibtex(item: Record) -> str:
    """The entry of the publication of a record: that of ``sources.bib``, or made of its fields.

    Parameters
    ----------
    item : Record

    Returns
    -------
    str

    Examples
    --------
    >>> from nudipole.limits import record
    >>> bibtex(record("xenonnt-2022-mu-solar")).splitlines()[0]
    '@article{XENON:2022ltv,'
    """
    of = item.publication.reference
    if of.texkey is not None and of.texkey in bibliography.entries():
        return bibliography.entries()[of.texkey].bibtex
    names = re.split(r", | and ", of.authors.removesuffix(" et al."))
    others = ["others"] if of.authors.endswith(" et al.") else []
    fields = {"author": " and ".join([*names, *others]), "year": str(of.year)}
    fields |= {"howpublished": of.journal} if of.journal else {}
    fields |= {"eprint": of.arxiv, "archiveprefix": "arXiv"} if of.arxiv else {}
    fields |= {"doi": of.doi} if of.doi else {}
    fields |= {"url": f"https://inspirehep.net/literature/{of.inspire}"} if of.inspire else {}
    # Without a title it is no article for BibTeX.
    return bibliography.Entry(item.cite_key, fields).bibtex.replace("@article", "@misc", 1)


def _bibtex(table: Limits) -> str:
    return "\n".join(dict.fromkeys(bibtex(item) for item in table))


#: Writers by the name of the format.
FORMATS: dict[str, Callable[[Limits], str]] = {
    "csv": _csv,
    "json": _json,
    "bibtex": _bibtex,
    "latex": _latex,
    "markdown": _markdown,
    "html": _html,
}


def _points(item: Record) -> str:
    """How many points a curve has, and over what they reach."""
    result = item.bound.result
    if result.kind != "curve":
        return ""
    if item.yours:
        return f"against {result.x} [{result.x_unit}], {result.table} beside your file"
    x, _ = curve(item)
    ends = f"{result.x} {x.min():g} to {x.max():g} {result.x_unit}"
    return f"{len(x)} points, {ends} ({result.table}); in Python nudipole.limits.curve"


def _year(item: Record) -> str:
    """The year, unless the citation has it."""
    year = str(item.year)
    return "" if year in item.citation else f", {year}"


def shown(item: Record) -> str:
    """All fields of a record in lines, for people.

    Parameters
    ----------
    item : Record

    Returns
    -------
    str

    Examples
    --------
    >>> from nudipole.limits import record
    >>> print(shown(record("xenonnt-2022-mu-solar")).splitlines()[1])
    bound         < 6.4e-12 mu_B (printed: < 6.4 x 10^-12 mu_B)
    """
    bound, of = item.bound, item.publication
    quantity, statistics = bound.quantity, bound.statistics
    every = {"all": "all neutrinos", "any-two": "any two neutrinos"}
    whose = f"the {quantity.mixture} mixture" if quantity.mixture else f"nu_{quantity.flavour}"
    whose = every.get(quantity.flavour, whose)
    sides = "sides not stated" if statistics.sides == "unstated" else f"{statistics.sides}-sided"
    level = f"{100 * statistics.cl:g} % CL" if statistics.cl is not None else f"no level ({statistics.reason})"
    expected = "" if statistics.expected is None else f", median expected {statistics.expected:g}"
    lines = {
        "bound": f"{item.written} (printed: {bound.result.as_printed})",
        "convention": item.converted,
        "quantity": f"{bound.property} {quantity.symbol} of {whose}, {quantity.basis} basis"
        + (", antineutrinos" if quantity.antineutrino else "")
        + ("" if quantity.nature == "either" else f", {quantity.nature} neutrinos")
        + (f"; {quantity.formula}" if quantity.formula else ""),
        "statistics": f"{level}, {sides}, method {statistics.method.replace('unstated', 'not stated')}{expected}",
        "curve": _points(item),
        "status": f"{bound.status}, yours" if item.yours else bound.status,
        "data": ", ".join(filter(None, (item.who, bound.exposure, f"{bound.source} source, {bound.process}"))),
        "assumes": "; ".join(f"{name}: {text}" for name, text in bound.assumptions.items()),
        "reference": f"{item.citation}{_year(item)} [{item.key}] {item.url}",
        "supersedes": ", ".join(bound.supersedes),
        "superseded by": ", ".join(item.superseded_by),
        "same data as": ", ".join(bound.same_data_as),
        "PDG": "" if bound.pdg is None else f"{bound.pdg.reference}, {bound.pdg.value} ({bound.pdg.node})"
        + (f"; differs: {bound.pdg.disagrees}" if bound.pdg.disagrees else ""),
        "parameter": bound.parameter or "",
        "ours": "; ".join(str(own) for own in ours().get(item.id, ())),
        "provenance": of.provenance,
        "checked": ", ".join(bound.checked_against),
        "notes": " ".join(text if text[-1] in ".!?" else f"{text}." for text in (bound.notes, of.notes) if text),
    }  # fmt: skip
    kept = {key: text for key, text in lines.items() if text}
    width = max(map(len, lines)) + 1
    return "\n".join([item.id, *(f"{key:<{width}}{text}" for key, text in kept.items())])
