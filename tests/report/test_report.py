"""The report: one file, everything in it, one failure does not take the rest down."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

import nudipole
from nudipole import Neutrino, verdict
from nudipole.errors import NudipoleError, OutOfRange
from nudipole.report import build_report, render
from nudipole.report.typeset import typeset
from nudipole.report.verdict import page as verdict_page
from nudipole.validation import derivation

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
        self.tags, self.open, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not set(self.open) & {"style", "script", "code", "title"}:
            self.words.append(data)


def check_page(text):
    """What every page holds: well formed, names unique, links that lead somewhere, nothing loaded, symbols set."""
    page = Page(text)
    assert page.open == []
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert {link[1:] for link in links if link.startswith("#")} <= set(names)
    assert all(link.startswith(("#", "https://")) for link in links)
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(names)
    assert not [tag for tag, _ in page.tags if tag in ("link", "img", "iframe", "object", "embed", "base")]
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)
    for tag, attributes in page.tags:
        assert not {"src", "srcset", "data", "poster", "background"} & set(attributes)
        for name in ("href", "xlink:href"):
            if tag != "a" and name in attributes:
                assert attributes[name].startswith("#")
    numbers = {int(name.removeprefix("ref-")) for name in names if name.startswith("ref-")}
    assert numbers == set(range(1, len(numbers) + 1))
    plain = re.compile(r"\b(?:mu|nu|nubar|r2|q|lambda)_\w+|\d[eE][-+]?\d+\b|\+-|\bd?chi2\b")
    assert not [words.strip() for words in page.words if plain.search(words)]


def test_page_is_one_file_whose_links_lead_somewhere(page):
    check_page(page)


def test_page_has_what_other_descriptions_of_the_atom_give(report, page):
    assert page.count("Atomic model (unified)") == 2
    assert "below the K edge of Xe (34.6 keV): the number depends on this choice" in page
    spread = report.to_json()["limits"][0]["atomic"]["spread"]
    assert list(spread["descriptions"]) == ["stepping", "free-electrons"]
    assert f"{100 * spread['upper'][0]:+.1f} %".replace("-", "−") in page
    assert report.to_json()["limits"][1]["atomic"]["spread"] is None


def test_page_has_figures(page):
    """All limits, a spectrum and a profile of each experiment; colours for a dark page."""
    assert page.count("<svg ") == page.count('role="img"') == 1 + 2 * 2
    assert '[style*="stroke: #000000"] { stroke: #ebebeb !important; }' in page


def test_page_compares(page):
    assert "Published numbers, derived again" in page
    numbers = re.sub(r"<[^>]+>", " ", page[page.index('id="reproduced"') :])
    assert re.search(r"6\.40 × 10 −12\s+\[\d+\]\s+6\.81 × 10 −12\s+1\.06", numbers)
    assert page.count(">constrained-background</td>") == 1
    assert f"nudipole {nudipole.__version__}" in page


def test_page_cites(page):
    for texkey in ("XENON:2022ltv", "Author:2026abc"):
        assert f"<code>{texkey}</code>" in page
    assert 'href="https://arxiv.org/abs/2207.11330" rel="noreferrer">Aprile et al., Phys. Rev. Lett. 129 161805' in page
    assert 'href="https://arxiv.org/abs/2601.00001" rel="noreferrer">A title' in page
    assert "xenonnt-2022-efficiency" in page


def test_page_says_what_failed(page):
    assert "is not an element" in page
    assert "&lt;nope&gt;" in page


def test_page_escapes_and_wraps(page):
    assert "&lt;b&gt;my&lt;/b&gt; &amp; other detectors" in page
    assert "<p>First sentence, continued.</p>" in page
    assert "<script>alert" not in page


def test_typeset():
    assert typeset("r2_e = (1.2 +- 0.3)e-32 cm^2 <i>") == (
        "⟨r²⟩<sub>e</sub> = (1.2 ± 0.3) × 10<sup>−32</sup> cm<sup>2</sup> &lt;i&gt;"
    )
    assert typeset("nubar_e of 8B, 1e11 1/(cm^2 s), dchi2 -2") == (
        "ν̄<sub>e</sub> of <sup>8</sup>B, 10<sup>11</sup> cm<sup>−2</sup> s<sup>−1</sup>, Δχ² −2"
    )
    assert typeset("solar-8B and my_mu_file.yaml") == "solar-8B and my_mu_file.yaml"


def seen(browser, path, **settings):
    """The page without complaint, request, or anything that sticks out at its sides."""
    browser.open(path, **settings)
    assert browser.run("document.documentElement.scrollWidth") <= settings["width"]
    browser.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert browser.run("document.documentElement.scrollWidth") <= settings["width"]
    assert browser.requests == []
    assert browser.complaints == []


@pytest.fixture
def written(page, tmp_path):
    (tmp_path / "page.html").write_text(page)
    return tmp_path / "page.html"


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1400, True)])
def test_browser_shows_the_page(browser, written, width, dark):
    seen(browser, written, width=width, dark=dark)
    shade = "getComputedStyle(document.querySelector('figure text')).fill"
    assert browser.run(shade) == ("rgb(226, 230, 235)" if dark else "rgb(0, 0, 0)")


def test_browser_folds_finds_and_sorts(browser, written):
    browser.open(written, width=1400)
    is_open = "document.getElementById('experiment-xenonnt-2022').open"
    assert not browser.run(is_open)
    # By keys alone: the fold, the search and back.
    browser.run("document.querySelector('#experiment-xenonnt-2022 > summary').focus()")
    browser.press("Enter")
    browser.until(is_open)
    browser.press("Enter")
    browser.until(f"!{is_open}")
    browser.press("/", "/")
    assert browser.run("document.activeElement.id") == "search"
    browser.write("mu_nu constrained-background")
    browser.until("document.getElementById('found').textContent !== ''")
    assert browser.run("document.getElementById('experiment-mine').hidden")
    assert not browser.run("document.getElementById('experiment-xenonnt-2022').hidden")
    browser.press("Escape")
    browser.until(
        "!document.getElementById('experiment-mine').hidden && document.getElementById('search').value === ''"
    )
    # A link into a fold opens it.
    browser.run("location.hash = '#ref-1'")
    browser.until("document.getElementById('ref-1').checkVisibility()")
    cells = "[...document.querySelectorAll('#experiments > .scroll td:first-child')].map(one => one.textContent)"
    assert browser.run(cells) == ["xenonnt-2022", "mine"]
    browser.run("document.querySelectorAll('#experiments > .scroll th button')[2].focus()")
    for order in ("ascending", "descending"):
        browser.press("Enter")
        browser.until(f"document.querySelectorAll('#experiments > .scroll th')[2].ariaSort === '{order}'")
        values = browser.run(
            "[...document.querySelectorAll('#experiments > .scroll td:nth-child(3)')].map(one => Number(one.dataset.v))"
        )
        assert values == sorted(values, reverse=order == "descending")
    assert browser.complaints == []


def test_browser_reaches_everything_by_tab(browser, written):
    browser.open(written, width=1400)
    reached = []
    for _ in range(14):
        browser.press("Tab")
        reached.append(browser.run("document.activeElement.id || document.activeElement.getAttribute('href')"))
    assert reached[0] == "#summary"
    assert {"fold", "search", "#experiments", "#references"} <= set(reached)


@pytest.mark.slow
def test_whole_page(browser, tmp_path):
    """With all that is known beside experiments, and a verdict."""
    one = Neutrino.dirac(basis="flavour", magnetic=np.diag([3e-9, 0, 0]))
    text = render(build_report(["lampf"], with_theory=True, around=True, verdict=verdict(one, "lampf")))
    check_page(text)
    for name in ("summary", "limits", "stars", "precession", "portal", "g-2", "verdict", "references"):
        assert f'<section id="{name}">' in text
        assert f'href="#{name}"' in text
    assert "excluded at 90% CL by experiments" in text
    (tmp_path / "whole.html").write_text(text)
    for width, dark in ((390, True), (1400, False)):
        seen(browser, tmp_path / "whole.html", width=width, dark=dark)
    (tmp_path / "verdict.html").write_text(verdict_page(verdict(one, "lampf")))
    seen(browser, tmp_path / "verdict.html", width=390)


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
    check_page(render(build_report([])))


def test_failure_while_fitting(monkeypatch):
    def fails(*_, **__):
        raise NudipoleError("did not converge")

    monkeypatch.setattr(derivation, "limit", fails)
    assert build_report(["xenonnt-2022"]).failures == {"xenonnt-2022": "did not converge"}
