"""The report: one file, everything in it, one failure does not take the rest down."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

import nudipole
from nudipole.errors import NudipoleError, OutOfRange
from nudipole.report import build_report, render, section

MINE = """\
name: mine
title: <b>my</b> & other detectors
reference: [{texkey: "Author:2026abc", title: A title, arxiv: "2601.00001"}]
notes: |
  First sentence,
  continued.
  Second <script>alert(1)</script> paragraph.
source: {kind: solar}
target: {element: Xe}
process: {kind: nu-e}
exposure: 1 t yr
detector: {bins: {edges: [1, 2, 3, 5, 10], unit: keV}}
data: asimov
backgrounds: {}
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    (folder / "mine.yaml").write_text(MINE)
    (folder / "broken.yaml").write_text(MINE.replace("Xe", "Xx"))
    steps = []
    names = ["xenonnt-2022", str(folder / "broken.yaml"), "<nope>", str(folder / "mine.yaml")]
    made = build_report(names, finished=steps.append)
    assert steps == names
    return made


@pytest.fixture(scope="module")
def page(report):
    return render(report)


class Page(HTMLParser):
    """Tags, attributes and text of a page; every element that is opened is closed."""

    VOID = ("meta", "link", "img", "br", "hr", "input")

    def __init__(self, text):
        super().__init__()
        self.tags, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_page_is_well_formed(page):
    assert Page(page).open == []


def test_page_has_what_other_descriptions_of_the_atom_give(report, page):
    assert page.count("Atomic model (unified)") == 2
    assert "below the K edge of Xe (34.6 keV): the number depends on this choice" in page
    spread = report.to_json()["limits"][0]["atomic"]["spread"]
    assert list(spread["descriptions"]) == ["stepping", "free-electrons"]
    assert f"{100 * spread['upper'][0]:+.1f} %" in page
    assert report.to_json()["limits"][1]["atomic"]["spread"] is None


def test_page_loads_nothing(page):
    tags = Page(page).tags
    assert not [tag for tag, _ in tags if tag in ("script", "link", "img", "iframe", "object", "embed", "base")]
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)
    for tag, attributes in tags:
        for name in ("src", "srcset", "data", "poster", "background"):
            assert name not in attributes
        for name in ("href", "xlink:href"):
            if tag != "a" and name in attributes:
                assert attributes[name].startswith("#")


def test_page_has_figures(page):
    """Two at the head, stars, a spectrum and a profile of each experiment."""
    assert page.count("<svg ") == 3 + 2 * 2
    assert page.count('role="img"') == 7


def test_names_on_the_page_are_unique(page):
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(ids)


def test_page_compares(page):
    assert "Published numbers, derived again" in page
    assert '<td class="n">6.40e-12</td><td class="n">6.81e-12</td><td class="n">1.06</td>' in page
    assert page.count(">constrained-background</td>") == 1
    assert f"nudipole {nudipole.__version__}" in page


def test_page_cites(page):
    for texkey in ("XENON:2022ltv", "Vinyoles:2016djt", "Author:2026abc"):
        assert f"<code>{texkey}</code>" in page
    assert "https://arxiv.org/abs/2207.11330" in page
    assert "https://arxiv.org/abs/2601.00001" in page
    assert "xenonnt-2022-efficiency" in page


def test_page_says_what_failed(page):
    assert "is not an element" in page
    assert "&lt;nope&gt;" in page


def test_page_escapes_and_wraps(page):
    assert "&lt;b&gt;my&lt;/b&gt; &amp; other detectors" in page
    assert "<p>First sentence, continued.</p>" in page
    assert "<script>" not in page


def test_failures(report):
    assert [section.experiment.name for section in report.sections] == ["xenonnt-2022", "mine"]
    assert len(report.failures) == 2


def test_published_numbers(report):
    official, *_ = (row for row in report.validation.rows if row.quantity == "mu_nu upper, 90 %")
    assert (official.experiment, official.level, official.published) == ("xenonnt-2022", "event-level", 6.4e-12)
    assert official.ratio == pytest.approx(1, abs=0.15)
    assert not [row for row in report.validation.rows if row.experiment == "mine"]
    assert not report.validation.derived


def test_json(report):
    data = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert data["schema"] == "nudipole-report/2"
    assert len(data["limits"]) == len(report.sections[0].limits) + 1
    assert data["validation"]["rows"][0]["texkey"] == "XENON:2022ltv"
    assert len(data["failures"]) == 2


def test_level_outside():
    with pytest.raises(OutOfRange):
        build_report(["xenonnt-2022"], cl=1.5)


def test_nothing_to_report():
    assert "What the data say" in render(build_report([]))


def test_failure_while_fitting(monkeypatch):
    def fails(*_, **__):
        raise NudipoleError("did not converge")

    monkeypatch.setattr(section, "limit", fails)
    assert build_report(["xenonnt-2022"]).failures == {"xenonnt-2022": "did not converge"}
