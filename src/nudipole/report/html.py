"""The report as one HTML file: no network, figures as inline SVG."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from pydantic import BaseModel

import nudipole
from nudipole import bibliography, plots, tables
from nudipole.experiments import Limit
from nudipole.experiments.limit import SHOWN
from nudipole.experiments.settings import settings
from nudipole.report.contents import Report, Section

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
    """The HTML page of a report."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["sci"] = _sci
    environment.filters["symbol"] = _symbol
    template = environment.from_string(files("nudipole").joinpath("report/template.html").read_text(encoding="utf-8"))
    sections = [_section(section) for section in report.sections]
    return template.render(
        report=report,
        version=nudipole.__version__,
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        sections=sections,
        has_rows=any(section["rows"] for section in sections),
        constructions=SHOWN,
        references=_references(report),
        tables=_tables(report),
    )


def _section(section: Section) -> dict[str, Any]:
    limit = section.limits[""]
    return {
        "spec": section.experiment.spec,
        "notes": _paragraphs(section.experiment.spec.notes),
        "source": _words(section.experiment.spec.source),
        "settings": settings(section.experiment),
        "limits": section.limits,
        "limit": limit,
        "rows": _rows(section),
        "spectrum": _spectrum_figure(section, limit),
        "profiles": [_profile_figure(item) for item in section.limits.values()],
    }


def _rows(section: Section) -> list[dict[str, Any]]:
    """Comparisons of one published number by construction, a row each."""
    rows: dict[tuple[str, str, float], dict[str, Any]] = {}
    for found in section.comparisons():
        row = rows.setdefault((found.variant, found.quantity, found.published), {"first": found, "ours": {}})
        row["ours"][found.construction] = found
    return list(rows.values())


def _words(source: BaseModel) -> str:
    """A source's settings that are words or switches; numbers stand in the YAML with their units."""
    return ", ".join(
        f"{key.replace('_', ' ')} {'yes' if value else 'no'}" if isinstance(value, bool) else value
        for key, value in source.model_dump().items()
        if isinstance(value, str | bool)
    )


def _paragraphs(text: str) -> list[str]:
    """Paragraphs of text whose lines were broken by hand: one ends with an empty line or with a full stop."""
    parts = re.split(r"\n\s*\n|(?<=[.:!?])\n", text)
    return [" ".join(part.split()) for part in parts if part.strip()]


def _spectrum_figure(section: Section, limit: Limit) -> Markup:
    value = limit.best_fit if limit.lower else limit.upper
    fig, axes = plots.figure(7.4, 4.6)
    plots.spectrum(section.experiment.spectrum(**{limit.parameter: value}), axes)
    what = "best fit" if limit.lower else "upper limit"
    return Markup(plots.svg(fig, f"{section.experiment.name}: spectrum with the signal at the {what}"))


def _profile_figure(limit: Limit) -> Markup:
    fig, axes = plots.figure(5.6, 3.9)
    plots.profile(limit, axes)
    return Markup(plots.svg(fig, f"{limit.experiment.name} {limit.experiment.variant or ''}: profile likelihood"))


def _references(report: Report) -> list[bibliography.Entry]:
    specs = [section.experiment.spec for section in report.sections]
    given = [ref for spec in specs for ref in (*spec.reference, *(item.reference for item in spec.published))]
    # An experiment of the user's own may cite what the bibliography does not have.
    found = {
        ref.texkey: bibliography.Entry(ref.texkey, {"title": ref.title, "eprint": ref.arxiv, "doi": ref.doi})
        for ref in given
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
    mantissa, _, exponent = f"{value:.2e}".partition("e")
    return Markup(f"{mantissa}&thinsp;&times;&thinsp;10<sup>{int(exponent)}</sup>".replace("-", "&minus;"))


def _symbol(parameter: str) -> Markup:
    """A parameter name such as mu_nu with Greek letters and an index."""
    greek = {"mu": "&mu;", "nu": "&nu;", "tau": "&tau;", "lambda": "&lambda;", "r2": "&lang;r&sup2;&rang;"}
    head, _, tail = parameter.partition("_")
    index = re.sub("mu|nu|tau", lambda match: greek[match[0]], tail)
    return Markup(f"{greek.get(head, head)}<sub>{index}</sub>")
