"""Sphinx extension: writes the API reference, one page for every public package and object, before the site is read."""

from __future__ import annotations

import inspect
import re
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import public
from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.errors import NoUri
from sphinx.pycode import ModuleAnalyzer
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.logging import getLogger

logger = getLogger(__name__)

FOLDER = "generated/api"
TITLES = {"class": "Classes", "function": "Functions", "module": "Modules", "data": "Data"}
#: What autodoc is asked for, by kind.
DIRECTIVES = {
    "class": (".. autoclass:: {full}\n   :members:\n   :member-order: bysource\n"),
    "function": ".. autofunction:: {full}\n",
    "module": ".. automodule:: {full}\n   :members: {members}\n   :member-order: bysource\n",
}


#: Modules that no package shows, and whose objects people meet all the same.
BESIDE = ("nudipole.errors", "nudipole.experiments.likelihood")


def write(app: Sphinx) -> None:
    """All pages; those that have not changed are left, so that they are not read again."""
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    objects = public.objects()
    pages = {f"{public.page(one, objects)}.rst": _object(one) for one in objects.values()}
    pages |= {f"{name}.rst": _package(name, objects) for name in public.packages()}
    pages |= {f"{name}.rst": _beside(name) for name in BESIDE}
    pages["index.rst"] = _index()
    for old in folder.glob("*.rst"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _heading(title: str, line: str = "=") -> str:
    return f"{title}\n{line * len(title)}\n\n"


def _summary(value: Any) -> str:
    """The first line of a docstring."""
    return prose((inspect.getdoc(value) or "").partition("\n")[0])


def _index() -> str:
    rooms = [*public.packages(), *BESIDE]
    rows = "".join(f"   * - :py:mod:`{name}`\n     - {_summary(import_module(name))}\n" for name in rooms)
    names = "".join(f"   {name}\n" for name in rooms)
    return (
        _heading("Python API")
        + "Every public package, and on its page every public object. What is not here may change without notice.\n"
        + "Searches find functions, classes and their methods by name.\n\n"
        + f".. list-table::\n   :widths: auto\n\n{rows}\n.. toctree::\n   :hidden:\n\n{names}"
    )


def _beside(name: str) -> str:
    module = import_module(name)
    names = [member for member in _members(module) if name != "nudipole.errors" or member in _errors()]
    members = ", ".join(names)
    return _heading(name) + DIRECTIVES["module"].format(full=name, members=members)


def _errors() -> list[str]:
    module = import_module("nudipole.errors")
    return [name for name in _members(module) if inspect.isclass(vars(module)[name])]


def _package(name: str, objects: dict[str, public.Public]) -> str:
    """Docstring, then what the package shows by kind; what has its page elsewhere is linked there."""
    text = _heading(name) + f".. automodule:: {name}\n   :no-members:\n\n"
    by_name = {full: one for one in objects.values() for full in (one.full, *one.aliases)}
    shown = [(known, by_name[f"{name}.{known}"]) for known in dir(import_module(name)) if f"{name}.{known}" in by_name]
    for kind, title in TITLES.items():
        rows = [(known, one) for known, one in shown if one.kind == kind]
        if rows:
            text += _heading(title, "-") + ".. list-table::\n   :widths: auto\n\n"
            for known, one in rows:
                text += f"   * - :py:obj:`{known} <{one.full}>`\n     - {_about(one)}\n"
            text += "\n"
    below = [room for room in public.packages() if room.rpartition(".")[0] == name]
    if below:
        text += _heading("Packages", "-") + ".. list-table::\n   :widths: auto\n\n"
        text += "".join(f"   * - :py:mod:`{room}`\n     - {_summary(import_module(room))}\n" for room in below) + "\n"
    return text


def _about(one: public.Public) -> str:
    return _comment(one).partition("\n")[0] if one.kind == "data" else _summary(one.value)


def _object(one: public.Public) -> str:
    text = f":orphan:\n\n{_heading(one.full)}In :py:mod:`{one.package}`"
    if one.aliases:
        rooms = [alias.rpartition(".")[0] for alias in one.aliases]
        text += "; shown by " + ", ".join(f":py:mod:`{room}`" for room in rooms) + " as well"
    text += ".\n\n"
    if one.kind == "data":
        return text + _data(one)
    members = ", ".join(_members(one.value)) if one.kind == "module" else ""
    return text + DIRECTIVES[one.kind].format(full=one.full, members=members)


def _members(module: ModuleType) -> list[str]:
    """What a module defines: its functions and classes, and data that a comment describes."""
    described = {name for room, name in ModuleAnalyzer.for_module(module.__name__).find_attr_docs() if not room}
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (
            (name in described and isinstance(value, (str, float, int, tuple, dict)))
            or (getattr(value, "__module__", None) == module.__name__ and callable(value))
        )
    ]


def _data(one: public.Public) -> str:
    text = f".. py:data:: {one.full}\n   :type: {type(one.value).__name__}\n\n"
    text += "".join(f"   {line}\n" for line in _comment(one).splitlines()) + "\n"
    if isinstance(one.value, dict):
        text += "   .. list-table::\n      :widths: auto\n\n"
        for key, value in one.value.items():
            text += f"      * - ``{key}``\n        - {_member(value)}\n"
    elif isinstance(one.value, tuple):
        text += "   ``" + "``, ``".join(map(str, one.value)) + "``\n"
    elif isinstance(one.value, (str, float)):
        text += f"   ``{one.value}``\n"
    return text


def _member(value: Any) -> str:
    """One line about a member of a registry."""
    if inspect.isclass(value) or inspect.isroutine(value):
        return f":py:obj:`~{value.__module__}.{value.__qualname__}`: {_summary(value)}"
    if meaning := getattr(value, "meaning", ""):
        return prose(meaning) + (f" [{unit}]" if (unit := getattr(value, "unit", "")) else "")
    line = " ".join(str(value).split())
    return f"``{line if len(line) < 100 else line[:97] + '...'}``"


def _comment(one: public.Public) -> str:
    """The comment ``#:`` above data, or the text below it, where it is made."""
    modules = sorted(name for name in sys.modules if name.partition(".")[0] == "nudipole")
    for module in sorted(modules, key=lambda name: not name.startswith(one.package)):
        if vars(sys.modules[module]).get(one.name) is not one.value:
            continue
        comment = ModuleAnalyzer.for_module(module).find_attr_docs().get(("", one.name))
        if comment:
            return "\n".join(comment).strip()
    return ""


def link(app: Sphinx, env: Any, node: Any, contnode: Any) -> Any:
    """Names of objects where they are made, or at another package, lead to their page."""
    if node.get("refdomain") != "py":
        return None
    target = _canonical(node["reftarget"], node.get("py:module"))
    if target is None:
        return None
    domain = env.get_domain("py")
    try:
        return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", target, node, contnode)
    except NoUri:
        return None


_BY_ID: dict[int, str] = {}


def _canonical(target: str, module: str | None) -> str | None:
    """The public name of an object of this package, or None."""
    if not _BY_ID:
        _BY_ID.update({id(one.value): one.full for one in public.objects().values()})
    target = target.replace("nd.", "nudipole.", 1) if target.startswith("nd.") else target
    for full in (target, f"{module}.{target}" if module else target):
        if full.startswith("nudipole."):
            found = _found(full)
            if found is not None:
                return found
    return None


def _found(full: str) -> str | None:
    """The public name of what this dotted name leads to; of a member, that of its class with the member."""
    parts = full.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            value: Any = import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        for k, name in enumerate(parts[cut:], start=cut):
            value = getattr(value, name, None)
            if value is None:
                break
            if id(value) in _BY_ID:
                return ".".join([_BY_ID[id(value)], *parts[k + 1 :]])
    return None


def aliases() -> dict[str, str]:
    """Full names of public classes by the name that docstrings have for them, where there is but one."""
    names: dict[str, list[str]] = {}
    for one in public.objects().values():
        if one.kind == "class":
            names.setdefault(one.name, []).append(one.full)
    errors = {name: f"nudipole.errors.{name}" for name in _errors()}
    return errors | {name: full[0] for name, full in names.items() if len(full) == 1}


#: Shapes of arrays, whose stars would begin an emphasis: Float[Array, "*s"], (*n, 3).
SHAPE = re.compile(r"""(?<![`\w])(?:[A-Z]\w+\[[^\[\]"]*"[^"]*"\]|\(\*[^()]*\))""")
#: What is no prose in a line: code, roles, and what is between a pair of backticks.
CODE = re.compile(r"(``.+?``|:\w+:`[^`]+`|`[^`]+`)")


def prose(line: str) -> str:
    """A line in which bars are bars, and shapes are code."""
    parts = CODE.split(line)
    parts[::2] = [SHAPE.sub(r"``\g<0>``", part).replace("|", "\\|") for part in parts[::2]]
    return "".join(parts)


def plain(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Docstrings are written to be read as they are: what reStructuredText would take for its own is protected."""
    verbatim, example = -1, False  # the indentation of the directive that a line is in; whether it is of an example
    for k, line in enumerate(lines):
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        indent = len(line) - len(line.lstrip())
        if verbatim >= 0 and line.strip() and indent <= verbatim:
            verbatim = -1
        if line.lstrip().startswith(".. ") or line.rstrip().endswith("::"):
            verbatim = indent
        elif verbatim < 0 and not example:
            lines[k] = prose(line)


BACK = re.compile(r'(class="viewcode-back" href="[^"]*?/)([\w.]+)(-\w+)?\.html#([^"]+)"')


def back(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """From source to description: a source file may have objects that several packages show, viewcode knows one."""
    if pagename.startswith("_modules/") and "body" in context:
        objects = app.env.get_domain("py").objects
        context["body"] = BACK.sub(lambda match: _back(match, objects), context["body"])


def _back(match: re.Match[str], objects: dict[str, Any]) -> str:
    """The anchor that the page has: its name or its package, then the longest end of the one given that is there."""
    start, full, kind, anchor = match.groups("")
    words = anchor.split(".")
    for k in range(len(words)):
        for base in (full.rpartition(".")[0], full):
            name = ".".join([base, *words[k:]])
            if name in objects and objects[name].docname == f"{FOLDER}/{full}{kind}":
                return f'{start}{full}{kind}.html#{objects[name].node_id}"'
    return match[0]


def complete(app: Sphinx, exception: Exception | None) -> None:
    """Every public object has been described, on the page that it should have."""
    if exception is not None or app.builder.name != "html":
        return
    described = app.env.get_domain("py").objects
    objects = public.objects()
    for one in objects.values():
        entry = described.get(one.full)
        if entry is None or entry.docname != f"{FOLDER}/{public.page(one, objects)}":
            logger.warning("the site does not describe %s on a page of its own", one.full)


class Names(SphinxPostTransform):
    """Code such as ``nd.limit(...)`` or ``nudipole limit`` in the text of pages leads to what it names."""

    default_priority = 6
    CALL = re.compile(r"^((?:nd|nudipole)(?:\.[A-Za-z_]\w*)+)(?:\(.*\))?$", re.DOTALL)
    COMMAND = re.compile(r"^nudipole ([a-z][a-z0-9-]*)")

    def run(self, **kwargs: Any) -> None:
        """Of one page."""
        for literal in list(self.document.findall(nodes.literal)):
            if isinstance(literal.parent, (nodes.reference, nodes.title, pending_xref)):
                continue
            target = self._target(literal.astext())
            if target is not None and target[0] != self.env.docname:
                uri = self.app.builder.get_relative_uri(self.env.docname, target[0])
                link = nodes.reference("", "", internal=True, refuri=f"{uri}#{target[1]}".rstrip("#"))
                literal.parent.replace(literal, link)
                link += literal

    def _target(self, text: str) -> tuple[str, str] | None:
        """Page and anchor of what a piece of code names."""
        if command := self.COMMAND.match(text):
            page = f"generated/cli/{command[1]}"
            return (page, "") if page in self.env.all_docs else None
        if call := self.CALL.match(text):
            name = call[1].replace("nd.", "nudipole.", 1) if call[1].startswith("nd.") else call[1]
            entry = self.env.get_domain("py").objects.get(_canonical(name, None) or name)
            return (entry.docname, entry.node_id) if entry is not None else None
        return None


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("builder-inited", write)
    app.connect("autodoc-process-docstring", plain, priority=400)
    app.connect("missing-reference", link)
    app.connect("html-page-context", back)
    app.connect("build-finished", complete)
    app.add_post_transform(Names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
