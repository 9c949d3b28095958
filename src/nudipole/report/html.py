"""The report as one HTML file: no network, figures as inline SVG."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from pydantic import BaseModel

from nudipole import bibliography, digits, plots, tables
from nudipole.astrophysics import all_bounds
from nudipole.experiments import atomic_choice
from nudipole.experiments.settings import settings
from nudipole.report.catalogue import paragraphs
from nudipole.report.contents import Report
from nudipole.report.section import Section
from nudipole.validation import CLASSES, Row, Validation, cells, not_reproduced
from nudipole.validation.words import Cells
from nudipole.version import __version__

#: Constants, edges and weights, cross sections, couplings, conversion in the Sun, constructions.
_METHODS = (
    "CODATA:2022",
    "ParticleDataGroup:2024cfk",
    "Schoonjans:2011",
    "Vogel:1989iv",
    "Erler:2013xha",
    "Denton:2019ovn",
    "Cowan:2010js",
)


def render(report: Report) -> str:
    """The HTML page of a report.

    Parameters
    ----------
    report : Report

    Returns
    -------
    str

    Examples
    --------
    >>> from nudipole.report import build_report
    >>> render(build_report([]))[:15]
    '<!DOCTYPE html>'
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["sci"] = _sci
    environment.filters["symbol"] = _symbol
    template = environment.from_string(files("nudipole").joinpath("report/template.html").read_text(encoding="utf-8"))
    sections = [_section(section) for section in report.sections]
    limits = [section.limits[""] for section in report.sections]
    return template.render(
        report=report,
        version=__version__,
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        sections=sections,
        rows=_by_class(report.validation),
        lost=not_reproduced(report.validation),
        stars=all_bounds(),
        astro=Markup(plots.svg(plots.astro_bounds(all_bounds()), "bounds of stars and cosmology")),
        landscape=Markup(plots.svg(plots.landscape(limits), "upper limits of all experiments")) if limits else "",
        ratios=Markup(plots.svg(report.validation.plot(), "ours over published")),
        references=_references(report),
        tables=_tables(report),
    )


def _section(section: Section) -> dict[str, Any]:
    spec = section.experiment.spec
    return {
        "spec": spec,
        "notes": paragraphs(spec.notes),
        "source": _words(spec.source),
        "settings": settings(section.experiment),
        "electrons": atomic_choice.in_words([section.experiment], section.limits[""].parameter),
        "depends": atomic_choice.dependence([section.experiment]),
        "limits": section.limits,
        "limit": section.limits[""],
        "figures": {name: Markup(text) for name, text in section.figures.items()},
        "explained": _explained(section),
    }


def _by_class(found: Validation) -> list[tuple[str, str, list[tuple[Row, Cells]]]]:
    """Rows with their words by what they show."""
    return [(name, CLASSES[name], [(row, cells(row)) for row in rows]) for name, rows in found.by_class().items()]


def _explained(section: Section) -> dict[str, list[str]]:
    """Why ours differs, with the published numbers that it is about."""
    found: dict[str, list[str]] = {}
    for item in section.experiment.spec.published:
        if item.explanation:
            found.setdefault(item.explanation, []).append(item.words)
    return found


def _words(source: BaseModel) -> str:
    """A source's settings that are words or switches; numbers stand in the YAML with their units."""
    return ", ".join(
        f"{key.replace('_', ' ')} {'yes' if value else 'no'}" if isinstance(value, bool) else value
        for key, value in source.model_dump().items()
        if isinstance(value, str | bool)
    )


def _references(report: Report) -> list[bibliography.Entry]:
    specs = [section.experiment.spec for section in report.sections]
    given = [ref for spec in specs for ref in (*spec.reference, *(item.reference for item in spec.published))]
    # An experiment of the user's own may cite what the bibliography does not have.
    found = {
        ref.key: bibliography.Entry(ref.key, {"title": ref.title, "eprint": ref.arxiv, "doi": ref.doi}) for ref in given
    }
    found |= {key: bibliography.Entry(key, {}) for _, meta in _tables(report) for key in meta.texkey}
    found |= {key: bibliography.Entry(key, {}) for key in _METHODS}
    known = bibliography.entries()
    return [known.get(key, found[key]) for key in sorted(found)]


def _tables(report: Report) -> list[tuple[str, tables.Meta]]:
    names = dict.fromkeys(name for section in report.sections for name in section.tables())
    found = [(name, tables.read(name).meta) for name in names]
    return [(name, meta) for name, meta in found if meta is not None]


def _sci(value: float | None) -> Markup:
    """A number as 6.4 x 10^-12."""
    if value is None:
        return Markup("&ndash;")
    if value == 0:
        return Markup("0")
    mantissa, _, exponent = digits.number(value).partition("e")
    if not exponent:
        return Markup(mantissa.replace("-", "&minus;"))
    return Markup(f"{mantissa}&thinsp;&times;&thinsp;10<sup>{int(exponent)}</sup>".replace("-", "&minus;"))


def _symbol(parameter: str) -> Markup:
    """A parameter name such as mu_nu with Greek letters and an index."""
    greek = {"mu": "&mu;", "nu": "&nu;", "tau": "&tau;", "lambda": "&lambda;", "r2": "&lang;r&sup2;&rang;"}
    head, _, tail = parameter.partition("_")
    index = re.sub("mu|nu|tau", lambda match: greek[match[0]], tail)
    return Markup(f"{greek.get(head, head)}<sub>{index}</sub>")
