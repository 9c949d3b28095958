"""Descriptions of experiments: of the library, of the examples, of a file or standard input, checked."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

from nudipole.errors import InputError, UnknownName, likely, shortened
from nudipole.experiments.schema.experiment import ExperimentSpec, validate
from nudipole.files import note_read
from nudipole.io.beside import Beside, Folder
from nudipole.io.yaml import parse, text_of

#: Of a file in its folder.
_LONGEST_NAME = 255


def available() -> list[str]:
    """Names of the experiments in the library."""
    return _names("library")


def examples() -> list[str]:
    """Names of the examples that ship with the package: invented set-ups to start from."""
    return _names("examples")


def _names(folder: str) -> list[str]:
    entries = files("nudipole").joinpath(f"experiments/{folder}").iterdir()
    return sorted(entry.name.removesuffix(".yaml") for entry in entries if entry.name.endswith(".yaml"))


def text(name: str | Path) -> tuple[str, str, Path | None]:
    """YAML text of an experiment, what to call it in messages, and the folder its files may lie in.

    Parameters
    ----------
    name : str or Path
        A name of the library or of an example, the path of a YAML file, or ``"-"`` for standard input.

    Raises
    ------
    UnknownName
        If it is neither a library name nor an existing file.
    InputError
        If the file is larger than 1 MB, not UTF-8 or unreadable.
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


def described(content: str, file: str, variant: str | None = None) -> tuple[ExperimentSpec, str]:
    """Validated description that is a text, with one of its variants applied, and what to call it in messages.

    Raises
    ------
    InputError, UnknownName
        With file, key path and remedy.
    """
    spec = validate(parse(content, file), file)
    if variant is None:
        return spec, file
    if not spec.variants:
        raise InputError(file, "variants", f"there are none: leave {shortened(variant)} out")
    if variant not in spec.variants:
        raise UnknownName(f"variant of {spec.name}", variant, spec.variants)
    file = f"{file} (variant {variant})"
    return spec.changed(spec.variants[variant].set, file), file


def read(name: str | Path, variant: str | None = None) -> tuple[ExperimentSpec, str, Beside | None]:
    """The same of a name of the library or a file, and the files that it may name.

    Raises
    ------
    InputError, UnknownName
        As for `text` and `described`.
    """
    content, file, folder = text(name)
    if folder is not None:
        note_named(parse(content, file), folder)
    spec, file = described(content, file, variant)
    return spec, file, None if folder is None else Folder(folder)
