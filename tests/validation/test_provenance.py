"""The list of what is to be verified is complete, and the page in the documentation is the list."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from nudipole.validation.provenance import marks, page

PAGE = Path(__file__).parents[2] / "docs/reference/to-verify.md"


def test_every_mark_of_the_data_is_in_the_list():
    """Counted in the files themselves, line breaks or not."""
    root, listed = files("nudipole"), {mark.file for mark in marks()}
    for folder, end in (("experiments/library", ".yaml"), ("limits/library", ".yaml"), ("data/tables", "meta.toml")):
        for path in sorted(Path(str(root.joinpath(folder))).rglob(f"*{end}")):
            text = " ".join(path.read_text(encoding="utf-8").split())
            said = re.search("to be verified|to be checked|from memory", text) is not None
            assert said == (str(path.relative_to(str(root))) in listed), path.name


def test_the_page_is_the_list():
    if not PAGE.is_file():
        pytest.skip("no documentation beside the tests")
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m nudipole.validation > docs/reference/to-verify.md"
