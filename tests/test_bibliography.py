"""Every texkey in the package leads to a reference."""

from __future__ import annotations

import re

import pytest

from nudipole import bibliography, tables
from nudipole.bibliography import Entry, entries, entry
from nudipole.errors import UnknownName


def test_entries():
    assert len(entries()) > 10


def test_entry(subtests):
    for texkey in sorted(entries()):
        with subtests.test(texkey):
            found = entry(texkey)
            assert {"title", "year"} <= set(found.fields)
            assert "{" not in found.citation
            assert "\\" not in found.citation
            assert re.fullmatch(r"(https?://\S+)?", found.url)


def test_every_table_is_cited(subtests):
    for name in tables.available():
        with subtests.test(name):
            assert set(tables.read(name).meta.texkey) <= set(entries())


def test_no_texkey_twice():
    text = bibliography.files("nudipole").joinpath("data/sources.bib").read_text(encoding="utf-8")
    keys = re.findall(r"^@\w+\{([^,]+),", text, re.MULTILINE)
    assert len(keys) == len(set(keys)) == len(entries())


def test_xenonnt():
    found = entry("XENON:2022ltv")
    assert found.url == "https://arxiv.org/abs/2207.11330"
    assert "XENON" in found.citation


def test_accents():
    author = r"T{\'o}rtola and Jos\'e and Pe\~{n}a and Bergstr{\"o}m and \v{S} and \c c and Mart{\'\i}n"
    assert Entry("a", {"author": author}).citation == "Tórtola and José and Peña and Bergström and Š and ç and Martín"


def test_unknown():
    with pytest.raises(UnknownName, match="did you mean 'XENON:2022ltv'"):
        entry("XENON:2022lt")


def test_url():
    assert Entry("a", {"doi": "10.1/x"}).url == "https://doi.org/10.1/x"
    assert Entry("a", {"url": "https://x.org"}).url == "https://x.org"
    assert Entry("a", {}).url == ""
    assert Entry("a", {}).citation == ""
