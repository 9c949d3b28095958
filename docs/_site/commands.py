"""Sphinx extension: a page for every command, with what its ``--help`` prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer
from sphinx.application import Sphinx

from nudipole.cli.app import app as nudipole

FOLDER = "generated/cli"
WIDTH = 84


def write(app: Sphinx) -> None:
    """All pages, and one that lists them."""
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    command = typer.main.get_command(nudipole)
    found: dict[str, Any] = dict(command.commands)
    pages = {name: _page(f"nudipole {name}", one) for name, one in found.items() if not one.hidden}
    rows = "".join(f"* [`nudipole {name}`]({name}.md): {_first(found[name])}\n" for name in pages)
    names = "\n".join(pages)
    head = "# Commands\n\nEach with what `nudipole COMMAND --help` prints. `nudipole --install-completion` lets the\n"
    head += "shell complete them.\n"
    pages["index"] = f"{head}\n{rows}\n```{{toctree}}\n:hidden:\n\n{names}\n```\n"
    for old in folder.glob("*.md"):
        if old.stem not in pages:
            old.unlink()
    for name, text in pages.items():
        path = folder / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _page(name: str, command: Any, level: int = 1) -> str:
    context = command.context_class(command, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)
    text = f"{'#' * level} {name}\n\n```text\n{command.get_help(context)}\n```\n\n"
    below = getattr(command, "commands", {})
    return text + "".join(_page(f"{name} {word}", one, level + 1) for word, one in below.items() if not one.hidden)


def _first(command: Any) -> str:
    """The first sentence of its help."""
    line = " ".join((command.help or "").partition("\n\n")[0].split())
    return line if line.endswith(".") else f"{line}."


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
