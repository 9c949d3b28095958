"""References of a page, numbered in the order in which they are cited."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from markupsafe import Markup, escape

from nudipole import bibliography
from nudipole.limits import Record

#: Fields of an entry that say where it was published.
_PLACE = ("journal", "volume", "pages", "howpublished", "year")


class Source(NamedTuple):
    """Where a number can be read: the key, the line of the list, an address or nothing."""

    key: str
    citation: str
    url: str


@dataclass
class References:
    """Gives each source its number at its first citation.

    Examples
    --------
    >>> found = References()
    >>> found.cite("XENON:2022ltv"), found.cite("XENON:2022ltv") == '<a class="ref" href="#ref-1">[1]</a>'
    (Markup('<a class="ref" id="cite-1" href="#ref-1">[1]</a>'), True)
    >>> found.listed[0].url
    'https://arxiv.org/abs/2207.11330'
    """

    known: dict[str, Source] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)

    def add(self, key: str, citation: str, url: str = "") -> None:
        """What a key stands for that the bundled bibliography may not have."""
        self.known.setdefault(key, Source(key, citation, url))

    def cite(self, key: str, where: str = "") -> Markup:
        """A link to the entry, whose number it shows; `where` is the place in it."""
        first = key not in self._numbers
        number = self._numbers.setdefault(key, len(self._numbers) + 1)
        name = Markup(' id="cite-{}"').format(number) if first else ""
        title = Markup(' title="{}"').format(where) if where else ""
        return Markup('<a class="ref"{} href="#ref-{}"{}>[{}]</a>').format(name, number, title, number)

    def record(self, item: Record) -> Markup:
        """The same of a record of the world's limits."""
        self.add(item.key, item.citation, item.url)
        return self.cite(item.key, item.publication.reference.where)

    @property
    def listed(self) -> list[Source]:
        """What was cited, by number."""
        bundled = bibliography.entries()
        found = []
        for key in self._numbers:
            if key in bundled:
                found.append(Source(key, _short(bundled[key]), bundled[key].url))
            else:
                found.append(self.known.get(key, Source(key, str(escape(key)), "")))
        return found


def _short(entry: bibliography.Entry) -> str:
    """Authors and place of an entry, without the title."""
    names = entry.fields.get("author", "").split(" and ")
    first = names[0].partition(",")[0]
    authors = (
        f"{first} et al."
        if len(names) > 2 or "others" in names[1:]
        else " and ".join(n.partition(",")[0] for n in names)
    )
    kept = {name: entry.fields[name] for name in _PLACE if name in entry.fields}
    return bibliography.Entry(entry.texkey, {"author": authors, **kept}).citation
