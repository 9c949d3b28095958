"""The report as one HTML file: no network, pictures as inline SVG, references numbered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup
from pydantic import BaseModel

from nudipole import plots, tables
from nudipole.experiments import atomic_choice, available
from nudipole.experiments.settings import settings
from nudipole.limits import ours, record
from nudipole.report import around
from nudipole.report.catalogue import paragraphs
from nudipole.report.contents import Report
from nudipole.report.references import References
from nudipole.report.section import Section
from nudipole.report.templates import rendered
from nudipole.report.typeset import labelled, number
from nudipole.report.verdict import picture
from nudipole.validation import CLASSES, cells
from nudipole.version import __version__

_METHODS = {
    "constants": "CODATA:2022",
    "couplings": "Erler:2013xha",
    "particles": "ParticleDataGroup:2024cfk",
    "cross sections": "Vogel:1989iv",
    "atomic edges and weights": "Schoonjans:2011",
    "conversion in the Sun": "Denton:2019ovn",
    "constructions": "Cowan:2010js",
}
#: Paragraphs of the notes on an experiment; `nudipole show` has all of them.
_NOTES = 1
#: Values of the user's own experiments in the global picture.
_MARKS = 3


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
    references = _references(report)
    drawn = {section.experiment.spec.name for section in report.sections}
    moments = [item for item in (s.limits[""] for s in report.sections) if item.parameter == report.parameter]
    about = around.about() if report.around else {}
    if report.around:
        about = about | {"global_picture": around.global_picture(_marks(report))}
    classes = report.validation.by_class()
    lost: dict[str, list[Any]] = {}
    for row in classes.get("not reproduced", []):
        lost.setdefault(row.experiment, []).append(row)
    return rendered(
        "report.html",
        report=report,
        around=report.around,
        version=__version__,
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        chapters=_chapters(report),
        sections=[_section(section) for section in report.sections],
        drawn=drawn,
        classes={name: [(row, cells(row)) for row in rows] for name, rows in classes.items()},
        meanings=CLASSES,
        lost=lost,
        landscape=labelled(plots.svg(plots.landscape(moments), "upper limits of all experiments")) if moments else "",
        own=lambda name: _own(name, drawn),
        methods=_METHODS,
        tables=_tables(report),
        references=references,
        cite=references.cite,
        cite_record=lambda name: references.record(record(name)),
        verdict=report.verdict,
        verdict_picture=picture(report.verdict) if report.verdict else "",
        **about,
    )


def _chapters(report: Report) -> dict[str, str]:
    """Titles of the sections that the page has, by their names."""
    shown = {
        "summary": ("Summary", True),
        "limits": ("Limits of the world", report.around),
        "experiments": ("Experiments", bool(report.sections)),
        "reproduced": ("Reproduced, and not", bool(report.validation.rows)),
        "stars": ("Stars, early Universe", report.around),
        "precession": ("Precession", report.around),
        "portal": ("Dipole portal", report.around),
        "g-2": ("Muon g−2", report.around),
        "verdict": ("Verdict", report.verdict is not None),
        "inputs": ("Inputs", True),
        "references": ("References", True),
    }
    return {name: title for name, (title, there) in shown.items() if there}


def _section(section: Section) -> dict[str, Any]:
    spec, limit = section.experiment.spec, section.limits[""]
    rows = [(row, cells(row)) for row in section.rows]
    classes = [row.verdict for row in section.rows]
    return {
        "spec": spec,
        "projected": spec.data == "asimov",
        "notes": paragraphs(spec.notes)[:_NOTES],
        "settings": _settings(section),
        "electrons": atomic_choice.in_words([section.experiment], limit.parameter),
        "depends": atomic_choice.dependence([section.experiment]),
        "limits": section.limits,
        "limit": limit,
        "fit": limit.fit_in_words(),
        "figures": {name: labelled(text) for name, text in section.figures.items()},
        "caption": f"{'Background' if spec.data == 'asimov' else 'Data, background'}, and the signal at our "
        f"{'best fit' if limit.lower else 'upper limit'}.",
        "rows": rows,
        "verdicts": [f"{classes.count(name)} {name}" for name in CLASSES if name in classes],
        "explained": _explained(section),
    }


def _settings(section: Section) -> dict[str, str]:
    """What an experiment is made of, in words."""
    spec = section.experiment.spec
    backgrounds = [
        f"{name}{' (with neutrinos of the Standard Model)' if item.contains_sm_signal else ''}"
        f"{f': {item.note}' if item.note else ''}"
        for name, item in spec.backgrounds.items()
    ]
    processes = "; ".join(item.words for item in spec.named_processes.values())
    found = {
        "source": _words(spec.source),
        "target, process": f"{spec.target.name}; {processes}",
        **settings(section.experiment),
        "backgrounds": "; ".join(backgrounds),
    }
    return {name: text for name, text in found.items() if text}


def _own(name: str, drawn: set[str]) -> Markup:
    """Our numbers for a record, with a link to the experiment where it is on the page, and what they show."""
    found = ours().get(name, ())
    numbers = []
    for item in found:
        experiment, shown = item.experiment.split(" ")[0], number(item.ours)
        linked = Markup('<a href="#experiment-{}">{}</a>').format(experiment, shown)
        numbers.append(linked if experiment in drawn else shown)
    words = " / ".join(dict.fromkeys(item.verdict for item in found))
    return Markup(", ").join(numbers) + (f" {words}" if words else "")


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


def _marks(report: Report) -> dict[str, float]:
    """Limits on the moment of experiments that are not of the library."""
    known = set(available())
    limits = [section.limits[""] for section in report.sections if section.experiment.spec.name not in known]
    return {limit.name: limit.upper for limit in limits[:_MARKS] if limit.unit == "mu_B"}


def _references(report: Report) -> References:
    """With what an experiment of the user's own cites, and the bibliography does not have."""
    found = References()
    for section in report.sections:
        spec = section.experiment.spec
        for ref in (*spec.reference, *(item.reference for item in spec.published)):
            url = f"https://arxiv.org/abs/{ref.arxiv}" if ref.arxiv else f"https://doi.org/{ref.doi}" if ref.doi else ""
            found.add(ref.key, ref.title or "", url)
    return found


def _tables(report: Report) -> list[tuple[str, tables.Meta]]:
    names = dict.fromkeys(name for section in report.sections for name in section.tables())
    found = [(name, tables.read(name).meta) for name in names]
    return [(name, meta) for name, meta in found if meta is not None]
