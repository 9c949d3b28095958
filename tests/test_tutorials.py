"""Every tutorial runs from its first cell to its last, in a kernel of its own, and ends with a picture and exercises."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

TUTORIALS = sorted((Path(__file__).parents[1] / "docs/tutorials").glob("*.md"))
#: Code cells of MyST-NB: options in lines that begin with a colon, then Python.
CELL = re.compile(r"^```\{code-cell\} ipython3\n((?::[^\n]*\n)*)(.*?)^```$", re.DOTALL | re.MULTILINE)


def cells(page):
    """Code of the cells of a page, in order."""
    return [code for _, code in CELL.findall(page.read_text(encoding="utf-8"))]


def executed(page, folder):
    """The page as a notebook with outputs; an error in a cell is one here."""
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in cells(page)])
    resources = {"metadata": {"path": str(folder)}}
    return nbclient.NotebookClient(book, timeout=300, kernel_name="python3", resources=resources).execute()


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_form(page):
    """Read as notebooks by MyST-NB; three exercises at the end; no number computed elsewhere."""
    text = page.read_text(encoding="utf-8")
    assert text.startswith("---\nfile_format: mystnb\nkernelspec:\n  name: python3\n")
    assert text.count("\n```{code-cell}") == len(cells(page)) > 0
    assert ">>>" not in text
    exercises = text.partition("\n## Exercises\n")[2]
    assert re.findall(r"^(\d)\. ", exercises, re.MULTILINE) == ["1", "2", "3"]
    assert exercises.count("*Hint*") == 3 or "*Hint*" in exercises


@pytest.mark.slow
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_runs(page, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    book = executed(page, tmp_path)
    shown = [output for cell in book.cells for output in cell.outputs]
    assert not [output for output in shown if output.output_type == "error"]
    last = [cell for cell in book.cells if cell.outputs][-1]
    assert any({"image/png", "text/html"} & output.get("data", {}).keys() for output in last.outputs)
