"""From a library name, a file or standard input to a checked description of an experiment."""

from __future__ import annotations

import math
import os
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from nudipole.errors import InputError, UnknownName, likely, shortened
from nudipole.experiments.build import build
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.spec import ExperimentSpec, validate
from nudipole.files import note_read

MAX_BYTES = 1_000_000
MAX_DEPTH = 12
MAX_NODES = 50_000
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
        return _decode(sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>"), "<stdin>", Path.cwd()
    for kind in ("library", "examples"):
        if str(name) in _names(kind):
            shipped = files("nudipole").joinpath(f"experiments/{kind}/{name}.yaml")
            return shipped.read_text(encoding="utf-8"), f"{name}.yaml", None
    path = Path(name)
    try:
        if path.is_dir():
            raise InputError(path, "", "is a folder: name a YAML file in it")
        if not path.exists():
            if path.suffix in (".yaml", ".yml"):
                beside = [entry.name for entry in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
                close = likely(path.name, beside)
                raise InputError(path, "", f"no such file: did you mean {close!r}?" if close else "no such file")
            raise UnknownName("experiment", str(name)[:80], [*available(), *examples()])
        note_read(path)
        with path.open("rb") as stream:
            return _decode(stream.read(MAX_BYTES + 1), path), str(path), path.parent
    except OSError as error:
        raise InputError(str(path)[:200], "", error.strerror or "cannot be read") from error


def _decode(raw: bytes, file: str | Path) -> str:
    if len(raw) > MAX_BYTES:
        raise InputError(file, "", f"larger than {MAX_BYTES // 1_000_000} MB: not an experiment")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(file, "", f"not UTF-8 text (byte {error.start})") from error


def parse(content: str, file: str | Path) -> dict[str, Any]:
    """Plain data of a YAML 1.2 document: no tags, anchors or aliases, bounded depth and size, no NaN.

    Raises
    ------
    InputError
        With the line of the problem.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent

    def reader() -> Any:
        yaml = YAML(typ="safe", pure=True)
        yaml.allow_duplicate_keys = False
        return yaml

    try:
        depth = 0
        for nodes, event in enumerate(reader().parse(content)):
            line = f"line {event.start_mark.line + 1}"
            if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
                raise InputError(file, line, "anchors and aliases are not allowed")
            if isinstance(event, NodeEvent) and getattr(event, "tag", None):
                raise InputError(file, line, "tags are not allowed")
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > MAX_DEPTH or nodes > MAX_NODES:
                raise InputError(file, line, f"deeper than {MAX_DEPTH} levels or over {MAX_NODES} entries")
        data = reader().load(content)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}" if mark else ""
        reason = ", ".join(str(part).splitlines()[0] for part in (error.context, error.problem) if part)
        raise InputError(file, where, f"not valid YAML: {reason}") from error
    except (YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        reason = (str(error).splitlines() or ["unreadable"])[0]
        raise InputError(file, "", f"not valid YAML: {reason}") from error
    if data is None:
        raise InputError(file, "", "is empty: start from `nudipole show xenonnt-2022`")
    if not isinstance(data, dict):
        raise InputError(file, "", "an experiment is a mapping of keys to values")
    _check_plain(data, file, "")
    return data


def _check_plain(value: object, file: str | Path, where: str) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise InputError(file, where, f"the key {key!r} must be a word")
            _check_plain(item, file, f"{where}.{key}".lstrip("."))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            _check_plain(item, file, f"{where}[{i}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise InputError(file, where, f"{value} is not a number to compute with")


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


def read(name: str | Path, variant: str | None = None) -> tuple[ExperimentSpec, str, Path | None]:
    """Validated description of an experiment, with one of its variants applied; the rest as for `text`.

    Raises
    ------
    InputError, UnknownName
        With file, key path and remedy.
    """
    content, file, folder = text(name)
    data = parse(content, file)
    if folder is not None:
        note_named(data, folder)
    spec = validate(data, file)
    if variant is not None:
        if not spec.variants:
            raise InputError(file, "variants", f"there are none: leave {shortened(variant)} out")
        if variant not in spec.variants:
            raise UnknownName(f"variant of {spec.name}", variant, spec.variants)
        file = f"{file} (variant {variant})"
        spec = spec.changed(spec.variants[variant].set, file)
    return spec, file, folder


def load(name: str | Path, variant: str | None = None) -> Experiment:
    """The experiment called `name`, ready to fit.

    Parameters
    ----------
    name : str or Path
        A name of `available()`, the path of a YAML file, or ``"-"`` for standard input.
    variant : str, optional
        One of the variants that the file describes.

    Examples
    --------
    >>> load("xenonnt-2022").observed[:4].tolist()
    [4.0, 11.0, 14.0, 12.0]
    """
    spec, file, folder = read(name, variant)
    return build(spec, file=file, folder=folder, variant=variant)
