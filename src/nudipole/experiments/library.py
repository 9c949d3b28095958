"""Texts that describe experiments: of the library, of the examples, of a file or standard input."""

from __future__ import annotations

import os
import re
from importlib.resources import files
from pathlib import Path

from nudipole.errors import InputError, UnknownName, likely
from nudipole.files import note_read
from nudipole.io.yaml import text_of

#: Of a file in its folder.
_LONGEST_NAME = 255
#: Where the files of the package have their title and first reference: a whole parser would take a second for all.
_TITLE, _TEXKEY = re.compile(r"^title: (.+)$", re.MULTILINE), re.compile(r"""texkey: ["']?([\w:.+/-]+)""")

_ANTINEUTRINOS = re.compile(r"^  antineutrinos:", re.MULTILINE)


def available() -> list[str]:
    """Names of the experiments in the library.

    Returns
    -------
    list of str

    Examples
    --------
    >>> "xenonnt-2022" in available(), len(available()) > 20
    (True, True)
    """
    return _names("library")


def examples() -> list[str]:
    """Names of the examples that ship with the package: invented set-ups to start from.

    Returns
    -------
    list of str

    Examples
    --------
    >>> examples()[-2:]
    ['example-sns-csi', 'example-solar-seasons']
    """
    return _names("examples")


def _names(folder: str) -> list[str]:
    entries = files("nudipole").joinpath(f"experiments/{folder}").iterdir()
    return sorted(entry.name.removesuffix(".yaml") for entry in entries if entry.name.endswith(".yaml"))


def searching() -> list[str]:
    """Names of the experiments of the library that look for antineutrinos from the Sun.

    Returns
    -------
    list of str

    Examples
    --------
    >>> searching()[0]
    'borexino-antinu-2019'
    """
    found = ((name, text(name)[0]) for name in available())
    return [name for name, content in found if "kind: solar" in content and _ANTINEUTRINOS.search(content)]


def headline(name: str) -> tuple[str, str]:
    """Title and texkey of the first reference of an experiment or example of the package."""
    content, _, _ = text(name)
    title, texkey = _TITLE.search(content), _TEXKEY.search(content)
    return title[1].strip().strip("'\"") if title else "", texkey[1] if texkey else ""


def text(name: str | Path) -> tuple[str, str, Path | None]:
    """YAML text of an experiment, what to call it in messages, and the folder its files may lie in.

    Parameters
    ----------
    name : str or Path
        A name of the library or of an example, the path of a YAML file, or ``"-"`` for standard input.

    Returns
    -------
    tuple of str, str and Path or None
        The folder is None for what ships with the package.

    Raises
    ------
    UnknownName
        If it is neither a library name nor an existing file.
    InputError
        If the file is larger than 1 MB, not UTF-8 or unreadable.

    Examples
    --------
    >>> content, called, folder = text("xenonnt-2022")
    >>> content.splitlines()[0], called, folder
    ('name: xenonnt-2022', 'xenonnt-2022.yaml', None)
    """
    if str(name) == "-":
        return text_of("-", "an experiment"), "<stdin>", Path.cwd()
    for kind in ("library", "examples"):
        if str(name) in _names(kind):
            shipped = files("nudipole").joinpath(f"experiments/{kind}/{name}.yaml")
            return shipped.read_text(encoding="utf-8"), f"{name}.yaml", None
    path = Path(name)
    if not _is_there(path):
        if path.suffix in (".yaml", ".yml"):
            beside = [entry.name for entry in path.parent.glob("*.y*ml")] if _is_there(path.parent) else []
            close = likely(path.name, beside)
            raise InputError(path, "", f"no such file: did you mean {close!r}?" if close else "no such file")
        raise UnknownName("experiment", str(name)[:80], [*available(), *examples()])
    return text_of(path, "an experiment"), str(path), path.parent


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:  # such as a name that is too long
        raise InputError(str(path)[:200], "", error.strerror or "cannot be read") from error


def note_named(value: object, folder: Path) -> None:
    """Note every file of `folder` that a description names as one that is read, though it be for another variant.

    Raises
    ------
    NudipoleError
        If a command is to write there.
    """
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            note_named(item, folder)
    elif isinstance(value, str) and value and len(value) <= _LONGEST_NAME and "\n" not in value and "\0" not in value:
        path = os.path.join(folder, value)
        if os.path.isfile(path):
            note_read(path)
