"""The style of the bibliography: INSPIRE texkeys are the labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pybtex.plugin import register_plugin
from pybtex.style.formatting.unsrt import Style
from pybtex.style.labels import BaseLabelStyle
from pybtex.style.template import field, sentence


class TexkeyLabels(BaseLabelStyle):
    """The key of each entry."""

    def format_labels(self, sorted_entries: Iterable[Any]) -> Iterable[str]:
        """In their order."""
        return (entry.key for entry in sorted_entries)


class TexkeyStyle(Style):
    """Entries as pybtex writes them, in the order of their keys."""

    default_label_style = TexkeyLabels

    def sort(self, entries: Iterable[Any]) -> list[Any]:
        """By key."""
        return sorted(entries, key=lambda entry: entry.key.lower())

    def format_title(self, e: Any, which_field: str, as_sentence: bool = True) -> Any:
        """As it is written: capitals of titles are names of experiments more often than not."""
        title = field(which_field)
        return sentence[title] if as_sentence else title


register_plugin("pybtex.style.formatting", "texkeys", TexkeyStyle)
