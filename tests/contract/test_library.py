"""Rules for every experiment of the library: a new file is tested the day it arrives."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest

from nudipole import bibliography
from nudipole.experiments import available, load, read
from nudipole.experiments.library import examples, headline, text
from nudipole.report import catalogue
from nudipole.validation import Derivation, validate

NAMES = available()

#: What the library must have.
REAL = {
    "borexino-2017", "coherent-csi-2021", "coherent-csi-2017", "lsnd-2001", "lampf", "bnl-e734", "charm-ii", "donut",
    "xenonnt-2022", "xenon1t-2020", "conus-plus", "dresden-ii",
}  # fmt: skip
PROJECTED = {
    "gemma-2012", "gemma-ii", "gemma-iii", "texono-2007", "munu-2005", "conus-2022",
    "jinping-10yr", "darwin-xlzd", "nova-nd", "dune-nd", "cr51-jinping",
}  # fmt: skip


@cache
def folded(name):
    return load(name)


def test_the_searches_of_the_field_are_there():
    assert set(NAMES) >= REAL | PROJECTED
    for name in REAL | PROJECTED:
        assert (read(name)[0].data == "asimov") == (name in PROJECTED)


@pytest.mark.parametrize("name", NAMES)
def test_opens_with_a_note(name):
    keys = re.findall(r"^(\w+):", text(name)[0], re.MULTILINE)
    assert keys[:3] == ["name", "title", "notes"]
    notes = read(name)[0].notes
    assert notes.isascii()
    for word in ("Published", "Approximated", "Trust"):
        assert re.search(rf"^{word}\b", notes, re.MULTILINE), f"{name}: the notes have no paragraph {word}"


@pytest.mark.parametrize("name", NAMES)
def test_cites_what_is_in_the_bibliography(name):
    spec = read(name)[0]
    cited = {ref.texkey for ref in (*spec.reference, *(item.reference for item in spec.published))}
    assert cited <= set(bibliography.entries())


@pytest.mark.parametrize("name", NAMES)
def test_published_numbers_say_how_they_compare(name):
    spec = read(name)[0]
    compared = [item for item in spec.published if item.compare is not None]
    assert compared or name == "nova-nd"  # of which nothing is published
    for item in compared:
        assert item.compare.variant is None or item.compare.variant in spec.variants
        assert len(item.compare.why) > 10
        if item.quantity == "limit" and spec.data == "asimov":
            assert item.explanation


@pytest.mark.parametrize("name", NAMES)
def test_folds(name):
    experiment = folded(name)
    sm = experiment.sm_counts
    assert np.all(np.isfinite(sm))
    assert np.all(sm >= -1e-12 * sm.max())  # rounding beyond an end point
    assert sm.sum() > 0
    signal = experiment.signal_counts(mu_nu=1e-9)
    assert np.all(np.isfinite(signal))
    assert np.all(signal >= -1e-9 * sm.max())
    assert signal.sum() > 0
    for counts in experiment.background_counts.values():
        assert np.all(np.isfinite(counts))
    if experiment.given_data is not None:
        assert experiment.given_data.shape == sm.shape[1:]


def test_page_of_the_documentation_is_current(request):
    """`make docs` writes it."""
    page = request.config.rootpath / "docs/reference/experiments.md"
    made = catalogue([read(name)[0] for name in NAMES], "experiments")
    assert page.read_text(encoding="utf-8") == made
    for name in NAMES:
        assert (page.parent / "experiments" / f"{name}.png").exists()


def test_page_of_the_validation_has_every_number(request):
    """The numbers themselves are compared in the slow test."""
    page = (request.config.rootpath / "docs/reference/validation.md").read_text(encoding="utf-8")
    for name in NAMES:
        for item in read(name)[0].published:
            if item.compare is not None:
                assert f"| {name} |" in page or f"| {name} (" in page
                assert item.compare.why.replace("|", "\\|") in page


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_published_numbers_come_out(name, request):
    """Every one within its tolerance, and as the page of the documentation says."""
    page = (request.config.rootpath / "docs/reference/validation.md").read_text(encoding="utf-8")
    rows = Derivation(name).rows()
    for row in rows:
        assert row.passed, f"{row.quantity}: published {row.published}, ours {row.ours}: {row.error}"
        variant = f" ({row.variant})" if row.variant else ""
        unit = f" [{row.unit}]" if row.unit else ""
        cells = [
            re.split(r"(?<!\\) \| ", line.strip("| "))
            for line in page.splitlines()
            if line.startswith(f"| {name}{variant} | {row.quantity}{unit} | ")
        ]
        assert any(float(cell[3]) == pytest.approx(row.ours, rel=5e-3) for cell in cells), row.quantity


@pytest.mark.slow
def test_at_least_thirty_of_them():
    levels = {}
    for name in NAMES:
        for item in read(name)[0].published:
            if item.compare is not None:
                levels[name] = levels.get(name, 0) + 1
    assert sum(levels.values()) + len(validate([]).rows) >= 30


@pytest.mark.parametrize("name", [*available(), *examples()])
def test_headlines_are_those_of_the_description(name):
    spec, *_ = read(name)
    assert headline(name) == (spec.title, spec.reference[0].texkey)
