"""Sphinx extension: the tables of contents, and pages of files that lie outside the folder of the documentation."""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

#: Sections of the site by folder: pages that come first, as far as there are such, then all others by name.
SECTIONS = {
    "tutorials": (
        "Tutorials",
        *("xenonnt", "five-jobs", "reactor", "phases", "does-my-model-survive", "your-detector", "stars"),
        *("solar-antineutrinos", "dipole-portal", "muon-g2", "toys-on-a-cluster"),
    ),
    "how-to": ("How to", "read-the-output", "python", "add-an-experiment"),
    "explanation": ("Explanation", "glossary", "limits", "conventions"),
    "generated": ("Python, commands, project", "api/index", "cli/index", "changelog", "contributing"),
    "reference": ("Reference", "yaml", "experiments"),
}
#: Pages made of files at the top of the repository.
FILES = {"changelog": "CHANGELOG.md", "contributing": "CONTRIBUTING.md"}
LINK = re.compile(r"(\]\()(?!https?://|#|mailto:)([^)]+)\)")


def contents(app: Sphinx, docname: str, source: list[str]) -> None:
    """The first page carries the tables of contents, which GitHub would show as code."""
    if docname == app.config.root_doc:
        for folder, (caption, *first) in SECTIONS.items():
            here = {page.stem for page in (Path(app.srcdir) / folder).glob("*.*") if page.suffix in (".md", ".ipynb")}
            pages = [page for page in first if page in here or "/" in page] + sorted(here - set(first))
            listed = "\n".join(f"{folder}/{page}" for page in pages)
            source[0] += f"\n\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{listed}\n```\n"


def write(app: Sphinx) -> None:
    """Copies of the files, with links that lead from where the copies are."""
    folder = Path(app.srcdir) / "generated"
    folder.mkdir(exist_ok=True)
    for name, file in FILES.items():
        text = (Path(app.srcdir).parent / file).read_text(encoding="utf-8")
        text = LINK.sub(lambda match: f"{match[1]}{_from_generated(match[2])})", text)
        path = folder / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _from_generated(target: str) -> str:
    return "../" + target.removeprefix("docs/") if target.startswith("docs/") else f"../../{target}"


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("builder-inited", write)
    app.connect("source-read", contents)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
