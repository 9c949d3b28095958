"""Every tutorial runs from its first cell to its last, in a kernel of its own, and ends with a picture and exercises.

Cells tagged `remove-cell` assert what the text around them says; pages rendered by MyST-NB do not show them.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

TUTORIALS = sorted((Path(__file__).parents[1] / "docs/tutorials").glob("*.md"))
#: All others are run by `make test-long`, and while the site is built.
SHORT = ("xenonnt",)
#: Code cells of MyST-NB: options in lines that begin with a colon, then Python.
CELL = re.compile(r"^```\{code-cell\} ipython3\n((?::[^\n]*\n)*)(.*?)^```$", re.DOTALL | re.MULTILINE)


def cells(page):
    """Code of the cells of a page, in order."""
    return [code for _, code in CELL.findall(page.read_text(encoding="utf-8"))]


def executed(page, folder):
    """Cells of the page with their outputs; an error in one is an error here."""
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in cells(page)])
    resources = {"metadata": {"path": str(folder)}}
    return nbclient.NotebookClient(book, timeout=300, kernel_name="python3", resources=resources).execute().cells


def test_form(subtests):
    """What MyST-NB reads as a notebook; a picture and three exercises at the end, each with a hint."""
    assert len(TUTORIALS) >= 10
    for page in TUTORIALS:
        with subtests.test(page.stem):
            text = page.read_text(encoding="utf-8")
            assert text.startswith("---\nfile_format: mystnb\nkernelspec:\n  name: python3\n")
            assert text.count("\n```{code-cell}") == len(cells(page)) > 5
            assert ">>>" not in text
            assert "\n## The picture\n" in text
            exercises = text.partition("\n## Exercises\n")[2]
            assert re.findall(r"^(\d)\. ", exercises, re.MULTILINE) == ["1", "2", "3"]
            assert exercises.count("*Hint*") == 3


def length(page):
    return () if page.stem in SHORT else pytest.mark.long


@pytest.mark.slow
@pytest.mark.parametrize("page", [pytest.param(page, id=page.stem, marks=length(page)) for page in TUTORIALS])
def test_runs(page, tmp_path, monkeypatch):
    # Where a command stands in a cell it is that of this Python.
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    shown = [output for cell in executed(page, tmp_path) for output in cell.outputs]
    assert not list(tmp_path.iterdir()), "pages are executed where they stand: they write nothing there"
    assert not [output.text for output in shown if output.get("name") == "stderr" and "Warning" in output.text]
    pictures = [output for output in shown if output.get("data", {}).keys() & {"image/png", "image/svg+xml"}]
    pages = [output for output in shown if "<svg" in output.get("data", {}).get("text/html", "")]
    assert pictures or pages
    assert shown[-1] in pictures + pages
