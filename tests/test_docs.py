"""The examples of the documentation are executed, and its links lead somewhere."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nudipole as nd

ROOT = Path(__file__).parents[1]


def _written() -> list[Path]:
    """The pages of the documentation, without those that the site writes for itself."""
    docs = ROOT / "docs"
    return [page for page in sorted(docs.rglob("*.md")) if docs / "generated" not in page.parents]


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *_written()]
MODULES = sorted((ROOT / "src/nudipole").rglob("*.py"))


def test_links_lead_to_files(subtests):
    for page in PAGES:
        with subtests.test(page.name):
            for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
                if not target.startswith("http"):
                    assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", [page for page in PAGES if ">>>" in page.read_text()], ids=lambda page: page.name)
def test_examples_of_pages(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    failures, tried = doctest.testfile(str(page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert tried > 0
    assert failures == 0


@pytest.mark.parametrize("module", [path for path in MODULES if ">>>" in path.read_text()], ids=lambda path: path.stem)
def test_examples_of_docstrings(module, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = ".".join(module.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
    __import__(name)
    failures, tried = doctest.testmod(sys.modules[name], optionflags=doctest.NORMALIZE_WHITESPACE)
    assert tried > 0
    assert failures == 0


def test_five_lines_of_the_readme():
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[1]
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    comment = code.partition("print(limit)\n")[2]
    assert printed.strip() == " ".join(line.removeprefix("# ") for line in comment.splitlines())


def test_yaml_of_the_how_to_runs(tmp_path, by_hand):
    from nudipole.experiments import load

    page = (ROOT / "docs/how-to/add-an-experiment.md").read_text(encoding="utf-8")
    (tmp_path / "my.yaml").write_text(re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1], encoding="utf-8")
    limit = nd.limit(load(tmp_path / "my.yaml"), "mu_nu")
    assert limit.upper == pytest.approx(by_hand(limit), rel=1e-3)


def test_record_of_the_how_to_is_sound(tmp_path):
    from nudipole.limits.contribution import checked

    page = (ROOT / "docs/how-to/limits-of-the-world.md").read_text(encoding="utf-8")
    (tmp_path / "mine-2026.yaml").write_text(re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1], encoding="utf-8")
    assert [bound.id for bound in checked(tmp_path / "mine-2026.yaml").bounds] == ["mine-2026-mu-e"]
    table = nd.limits.select(flavour="e", own=tmp_path / "mine-2026.yaml")
    assert [item.id for item in table if item.yours] == ["mine-2026-mu-e"]


def test_flux_table_of_the_docs():
    """The reactor fluxes that the page states are those of the package, to the printed digits."""
    from nudipole import units
    from nudipole.sources.reactor import Reactor

    sites = {
        "GEMMA": ("3 GW", "13.9 m", "pwr"),
        "TEXONO": ("2.9 GW", "28 m", "texono"),
        "CONUS": ("3.9 GW", "17.1 m", "conus"),
        "CONUS+": ("3.6 GW", "20.7 m", "pwr"),
        "Dresden-II": ("2.96 GW", "10.39 m", "pwr"),
    }
    page = (ROOT / "docs/explanation/sources-and-targets.md").read_text(encoding="utf-8")
    rows = {
        site: row for site, *row in re.findall(r"^\| ([\w+-]+) \|" + r" ([\d.e]+) \|" * 5 + "$", page, re.MULTILINE)
    }
    assert rows.keys() == sites.keys()
    for site, (power, baseline, fractions) in sites.items():
        quoted, *stated = map(float, rows[site])
        for k, spectrum in enumerate(("summation", "huber-mueller")):
            beam = Reactor.named(units.parse(power, "W"), units.parse(baseline, "m"), fractions, spectrum).beam()
            flux = units.express(float(beam.flux().sum()), "1/cm^2/s")
            assert stated[2 * k] == pytest.approx(flux, rel=4e-3)  # half of the last digit
            assert stated[2 * k + 1] == pytest.approx(flux / quoted, abs=6e-4)


def test_source_imports_jax_in_one_place():
    outside = [
        path.name
        for path in MODULES
        if re.search(r"^\s*(import jax\b(?!typing)|from jax\b(?!typing|\.scipy))", path.read_text(), re.MULTILINE)
    ]
    assert outside == ["numerics.py"]


TEXKEY = re.compile(r"\b[A-Z][A-Za-z-]+:[0-9]{4}[a-z]{2,3}\b")


def test_cited_texkeys_are_in_the_bibliography(subtests):
    from nudipole import bibliography

    for page in [*MODULES, *_written()]:
        with subtests.test(str(page.relative_to(ROOT))):
            cited = set(TEXKEY.findall(page.read_text(encoding="utf-8"))) - {"Me:2026abc"}
            assert cited <= set(bibliography.entries())


def test_glossary_has_the_words_of_the_output():
    """What `--explain` explains, and every word once."""
    from nudipole.cli.explain import WORDS

    page = (ROOT / "docs/explanation/glossary.md").read_text(encoding="utf-8")
    heads = [head for line in re.findall(r"^### (.+)$", page, re.MULTILINE) for head in line.lower().split(", ")]
    assert len(heads) == len(set(heads))
    assert {word.name.lower() for word in WORDS} <= set(heads)


@pytest.mark.slow
def test_the_notebook_runs(tmp_path):
    """Every cell, in a kernel of its own; what it shows is not empty."""
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    book = nbformat.read(ROOT / "docs/tutorials/five-jobs.ipynb", as_version=4)
    nbformat.validate(book)
    nbclient.NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output for cell in book.cells for output in cell.get("outputs", [])]
    assert not [output for output in shown if output.output_type == "error"]
    pages = [output.data["text/html"] for output in shown if "text/html" in output.get("data", {})]
    assert sum("<svg" in page for page in pages) >= 5
    printed = "".join(output.text for output in shown if output.get("name") == "stdout")
    assert "xenonnt-2022 + borexino-2017: mu_nu < " in printed
    assert "excluded; effective moment " in printed
