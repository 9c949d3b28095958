"""Rules for every experiment of the library: a new file is tested the day it arrives."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest

import nudipole as nd
from nudipole import bibliography
from nudipole.experiments import available, library, load, read
from nudipole.experiments.library import examples, headline, text
from nudipole.limits import ours, records
from nudipole.report import catalogue
from nudipole.validation import Derivation, cells

NAMES = available()

#: What the library must have.
REAL = {
    "borexino-2017", "coherent-csi-2021", "coherent-csi-2017", "lsnd-2001", "lampf", "bnl-e734", "charm-ii", "donut",
    "xenonnt-2022", "xenon1t-2020", "conus-plus", "dresden-ii",
    "borexino-antinu-2019", "kamland-antinu-2011", "kamland-antinu-2021", "sk-iv-antinu-2020",
}  # fmt: skip
PROJECTED = {
    "gemma-2012", "gemma-ii", "gemma-iii", "texono-2007", "munu-2005", "conus-2022",
    "jinping-10yr", "darwin-xlzd", "juno-antinu", "nova-nd", "dune-nd", "cr51-jinping",
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
def test_knows_the_experiments_that_use_the_same_data(name):
    assert set(read(name)[0].same_data_as or ()) <= set(NAMES) - {name}


@pytest.mark.parametrize("name", NAMES)
def test_cites_what_is_in_the_bibliography(name):
    spec = read(name)[0]
    cited = {ref.key for ref in (*spec.reference, *(item.reference for item in spec.published))}
    assert cited <= set(bibliography.entries())


@pytest.mark.parametrize("name", NAMES)
def test_published_numbers_say_how_they_compare(name):
    """Every one, error by error; a limit is a record, and a number that a record has is not typed again."""
    spec, typed = read(name)[0], []
    assert spec.published or name == "nova-nd"  # of which nothing is published
    for item in spec.published:
        how = item.compare
        assert how is not None, item.words
        assert how.variants <= set(spec.variants)
        assert how.tuned or how.unknown or not any(error.of.startswith("total") for error in how.errors)
        if item.quantity in ("limit", "conversion") and item.record is None:
            typed.append(item)
        if item.quantity == "limit" and spec.data == "asimov":
            assert item.explanation
    for item in typed:
        ends = [item.upper] if item.quantity == "conversion" or item.interval is None else item.interval
        for known in records().values():
            same = known.bound.parameter == item.parameter and known.key == item.reference.key
            flat = [end for pair in known.common or () for end in pair if end is not None]
            assert not (same and flat == pytest.approx(ends, rel=1e-3)), f"{item.words} is the record {known.id}"


def test_what_is_beside_a_record_is_of_an_experiment_that_names_it():
    """The file of ours has every record that an experiment names, and no other."""
    named = {item.record for name in NAMES for item in read(name)[0].published if getattr(item, "record", None)}
    assert set(ours()) == named


@pytest.mark.parametrize("name", NAMES)
def test_folds(name):
    experiment = folded(name)
    sm = experiment.sm_counts
    assert np.all(np.isfinite(sm))
    assert np.all(sm >= -1e-12 * sm.max())  # rounding beyond an end point
    # The Sun makes no antineutrinos that were seen, and they tell of moments in its field alone.
    searches = name in library.searching()
    assert (sm.sum() > 0) != searches
    signal = experiment.signal_counts(**{"p_antinu": 1e-3} if searches else {"mu_nu": 1e-9})
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
            assert f"| {name} |" in page or f"| {name} (" in page
            for error in item.compare.errors:
                assert (error.reference or error.assumed).replace("|", "\\|") in page
    assert "## Since version 0.1.0" in page


def page_rows(page):
    """Cells of the tables of classes by experiment, quantity and published number, each with its class."""
    found, verdict = {}, ""
    for line in page.splitlines():
        if line.startswith("## "):
            verdict = line[3:].lower()
        cells = re.split(r"(?<!\\) \| ", line.strip("| "))
        if line.startswith("| ") and len(cells) > 9:
            found[cells[0], cells[1], cells[2]] = (verdict, cells)
    return found


#: Of every kind one whose published numbers are derived again in every run; the report does so with all.
DERIVED = ("xenonnt-2022", "gemma-2012", "lampf", "charm-ii")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name if name in DERIVED else pytest.param(name, marks=pytest.mark.long) for name in NAMES]
)
def test_published_numbers_come_out(name, request):
    """Each with the class and the value that the page of the documentation says."""
    page = page_rows((request.config.rootpath / "docs/reference/validation.md").read_text(encoding="utf-8"))
    for row in Derivation(name).rows():
        assert not row.error, f"{row.quantity}: {row.error}"
        words = cells(row)
        verdict, shown = page[words.experiment, words.quantity, words.published]
        assert row.verdict == verdict, row.key
        assert float(shown[3]) == pytest.approx(row.ours, rel=5e-3), row.key
        assert not (row.released and row.verdict == "not testable"), row.key
        if row.record:
            beside = [own.ours for own in ours()[row.record] if own.quantity == row.quantity]
            assert any(own == pytest.approx(row.ours, rel=5e-3) for own in beside), row.key


@pytest.mark.slow
@pytest.mark.parametrize("name", ["xenonnt-2022", "dresden-ii", "gemma-2012", "charm-ii"])
def test_ours_is_what_limit_gives_by_default(name):
    """Also for projections, and for parameters with a sign."""
    derivation = Derivation(name)
    rows = derivation.rows()
    for item in derivation.spec.published:
        if item.quantity != "limit" or item.compare.expected or item.compare.solution:
            continue
        found = nd.limit(load(name, item.compare.variant), item.parameter, cl=item.cl)
        ends = [found.upper] if item.interval is None else [found.lower, found.upper]
        ours = [row.ours for row in rows if row.record == item.record]
        assert ours == pytest.approx(ends, rel=1e-9)


def test_at_least_ten_are_reproduced(request):
    """By the page, whose values the slow test compares; none of them is tuned."""
    page = page_rows((request.config.rootpath / "docs/reference/validation.md").read_text(encoding="utf-8"))
    assert sum(verdict == "reproduced" for verdict, _ in page.values()) >= 10


@pytest.mark.parametrize("name", [*available(), *examples()])
def test_headlines_are_those_of_the_description(name):
    spec, *_ = read(name)
    assert headline(name) == (spec.title, spec.reference[0].texkey)
