"""Sphinx extension: every INSPIRE texkey in text is a link into the bibliography."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

#: What may be a key of the bibliography; whether it is one, that tells.
TEXKEY = re.compile(r"\b[A-Za-z][\w-]*:[0-9]{4}(?:[a-z]{2,3}|\.[0-9]+)?\b")
#: What a texkey is left alone in: code, links that lead elsewhere, titles that become anchors, the bibliography.
LEFT = (nodes.literal_block, nodes.doctest_block, nodes.reference, nodes.citation, nodes.title, pending_xref, nodes.raw)


class Texkeys(SphinxPostTransform):
    """Replaces texkeys by links, after citations have been read."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        """Of one page."""
        known = {entry.key: entry for entry in self.env.get_domain("cite").citations}
        for text in list(self.document.findall(nodes.Text)):
            if TEXKEY.search(text) and not _within(text, LEFT):
                self._replace(text, known)

    def _replace(self, text: nodes.Text, known: dict[str, Any]) -> None:
        parts: list[nodes.Node] = []
        end = 0
        for match in TEXKEY.finditer(text):
            if match[0] not in known:
                continue
            entry = known[match[0]]
            uri = self.app.builder.get_relative_uri(self.env.docname, entry.bibliography_key.docname)
            parts += [nodes.Text(text[end : match.start()])] if match.start() > end else []
            link = nodes.reference("", match[0], internal=True, refuri=f"{uri}#{entry.citation_id}")
            parts.append(link)
            end = match.end()
        if parts:
            parts += [nodes.Text(text[end:])] if end < len(text) else []
            text.parent.replace(text, parts)


def _within(node: nodes.Node, kinds: tuple[type, ...]) -> bool:
    while node is not None:
        if isinstance(node, kinds):
            return True
        node = node.parent
    return False


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_post_transform(Texkeys)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
