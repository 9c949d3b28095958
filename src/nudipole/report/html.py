"""The report as one HTML file: no network, figures as inline SVG."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

import nudipole
from nudipole import bibliography, plots, tables
from nudipole.experiments import Limit
from nudipole.report.contents import Report, Section


def render(report: Report) -> str:
    """The HTML page of a report."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["sci"] = _sci
    template = environment.from_string(files("nudipole").joinpath("report/template.html").read_text(encoding="utf-8"))
    return template.render(
        report=report,
        version=nudipole.__version__,
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        sections=[_section(section) for section in report.sections],
        references=_references(report),
        tables=_tables(report),
    )


def _section(section: Section) -> dict[str, Any]:
    limit = section.limits[""]
    return {
        "spec": section.experiment.spec,
        "limits": section.limits,
        "limit": limit,
        "comparisons": section.comparisons(),
        "spectrum": _spectrum_figure(section, limit),
        "profiles": [_profile_figure(item) for item in section.limits.values()],
    }


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
    keys = {ref.texkey for section in report.sections for ref in section.experiment.spec.reference}
    keys |= {key for _, meta in _tables(report) for key in meta.texkey}
    known = bibliography.entries()
    return [known[key] for key in sorted(keys) if key in known]


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
