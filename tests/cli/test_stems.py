"""Names of pictures contain what they are of, and are bounded."""

from __future__ import annotations

from nudipole.cli.shared import stem_of


def test_names_of_experiments_in_names_of_files():
    assert stem_of(None) == ""
    assert stem_of(["borexino-2017", "folder/mine.yaml"]) == "borexino-2017+mine-"
    assert stem_of(["a" * 60, "b" * 60]) == f"{'a' * 60}+1-more-"
