"""The references behind every number: ``data/sources.bib`` by texkey."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from nudipole.errors import UnknownName

_ENTRY = re.compile(r"@(\w+)\{([^,\s]+),(.*?)\n\}", re.DOTALL)
_FIELD = re.compile(r"(\w+)\s*=\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
#: LaTeX accents and the combining characters that they are; those named by a letter need braces or a blank.
_ACCENTS = {"'": 0x301, "`": 0x300, "^": 0x302, '"': 0x308, "~": 0x303, "=": 0x304, "c": 0x327, "v": 0x30C, "u": 0x306}
_ACCENT = re.compile(r"""\\(?:(['`^"~=])\s*|([cvu])(?=[\s{])\s*)\{?\\?([A-Za-z])\}?""")


def _accented(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", match[3] + chr(_ACCENTS[match[1] or match[2]]))


@dataclass(frozen=True)
class Entry:
    """One reference.

    Attributes
    ----------
    texkey : str
        INSPIRE key where there is one.
    fields : dict of str
        author, title, journal, year, eprint, doi, ... as far as known.
    """

    texkey: str
    fields: dict[str, str]

    @property
    def url(self) -> str:
        """Where to read it: arXiv, DOI, or an empty string."""
        if eprint := self.fields.get("eprint"):
            return f"https://arxiv.org/abs/{eprint}"
        if doi := self.fields.get("doi"):
            return f"https://doi.org/{doi}"
        return self.fields.get("url", "")

    @property
    def bibtex(self) -> str:
        """The entry as BibTeX."""
        lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in self.fields.items())
        return f"@article{{{self.texkey},\n{lines}\n}}\n"

    @property
    def citation(self) -> str:
        """Author, title and place in one line."""
        place = " ".join(
            self.fields[name] for name in ("journal", "volume", "pages") if name in self.fields
        ) or self.fields.get("howpublished", "")
        year = f"({self.fields['year']})" if "year" in self.fields else ""
        parts = [self.fields.get("author", ""), self.fields.get("title", ""), f"{place} {year}".strip()]
        text = _ACCENT.sub(_accented, ", ".join(part for part in parts if part))
        return re.sub(r"[{}]|\\\w+", "", text).strip()


@cache
def entries() -> dict[str, Entry]:
    """All references by texkey."""
    text = files("nudipole").joinpath("data/sources.bib").read_text(encoding="utf-8")
    found = {}
    for _, texkey, body in _ENTRY.findall(text):
        fields = {name.lower(): value for name, value in _FIELD.findall(body)}
        found[texkey] = Entry(texkey, fields)
    return found


def entry(texkey: str) -> Entry:
    """The reference called `texkey`.

    Raises
    ------
    UnknownName
        If sources.bib has no such key.
    """
    if texkey not in entries():
        raise UnknownName("reference", texkey, entries())
    return entries()[texkey]
