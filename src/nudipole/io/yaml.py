"""YAML as people bring it: text of bounded size, plain data without tags, anchors or surprises."""

from __future__ import annotations

import copy
import io
import math
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from nudipole.errors import InputError, shortened
from nudipole.files import note_read

#: Of a file; levels of nesting; entries.
MAX_BYTES = 1_000_000
MAX_DEPTH = 12
MAX_NODES = 50_000


def text_of(path: str | Path, what: str) -> str:
    """Text of a file, or of standard input for ``"-"``.

    Parameters
    ----------
    path : str or Path
    what : str
        Such as "an experiment", for the message about a file that is too large to be one.

    Raises
    ------
    InputError
        If it is larger than 1 MB, not UTF-8 or unreadable.
    """
    if str(path) == "-":
        return _decoded(sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>", what)
    path = Path(path)
    try:
        if path.is_dir():
            raise InputError(path, "", "is a folder: name a YAML file in it")
        note_read(path)
        with path.open("rb") as stream:
            return _decoded(stream.read(MAX_BYTES + 1), path, what)
    except FileNotFoundError as error:
        raise InputError(str(path)[:200], "", "no such file") from error
    except OSError as error:
        raise InputError(str(path)[:200], "", error.strerror or "cannot be read") from error


def _decoded(raw: bytes, file: str | Path, what: str) -> str:
    if len(raw) > MAX_BYTES:
        raise InputError(file, "", f"larger than {MAX_BYTES // 1_000_000} MB: not {what}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(file, "", f"not UTF-8 text (byte {error.start})") from error


def parse(content: str, file: str | Path, what: str = "an experiment") -> dict[str, Any]:
    """Plain data of a YAML 1.2 document: no tags, anchors or aliases, bounded depth and size, no NaN.

    Parameters
    ----------
    content : str
    file : str or Path
        What to call it in messages.
    what : str
        Such as "an experiment", for the message about what is no mapping.

    Raises
    ------
    InputError
        With the line of the problem.
    """
    # Reading takes a thousand times longer than a copy, and variants read the same text again.
    return copy.deepcopy(_parsed(content, file, what))


@lru_cache(maxsize=512)
def _parsed(content: str, file: str | Path, what: str) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.composer import Composer
    from ruamel.yaml.constructor import SafeConstructor
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.events import CollectionStartEvent

    class Bounded(Composer):
        """Refuses an entry before it is made: reading the text is what takes long, so it is read once."""

        nodes = level = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            event = self.parser.peek_event()
            line = f"line {event.start_mark.line + 1}"
            if event.anchor:
                raise InputError(file, line, "anchors and aliases are not allowed")
            if event.tag:
                raise InputError(file, line, "tags are not allowed")
            opens = isinstance(event, CollectionStartEvent)
            self.nodes, self.level = self.nodes + 1, self.level + opens
            if self.level > MAX_DEPTH or self.nodes > MAX_NODES:
                raise InputError(file, line, f"deeper than {MAX_DEPTH} levels or over {MAX_NODES} entries")
            node = super().compose_node(parent, index)
            self.level -= opens
            return node

    class Located(SafeConstructor):
        """Says where a value stands that looks like a date and is none."""

        def construct_object(self, node: Any, deep: bool = False) -> Any:
            try:
                return super().construct_object(node, deep)
            except InputError:
                raise
            except ValueError as error:
                where = f"line {node.start_mark.line + 1}"
                raise InputError(file, where, f"{shortened(node.value)} is no date: {error}") from error

    yaml = YAML(typ="safe", pure=True)
    yaml.allow_duplicate_keys = False
    yaml.Composer = Bounded
    yaml.Constructor = Located
    try:
        data = yaml.load(content)
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
    return _mapping(data, file, what)


def dumped(documents: Sequence[Mapping[str, Any]]) -> str:
    """Plain data as YAML, each document after a line ``---``; read again every number is the same.

    Numbers with an exponent have a decimal point, without which YAML 1.1 takes them for text.

    Parameters
    ----------
    documents : sequence of mapping

    Examples
    --------
    >>> print(dumped([{"name": "x", "values": [{"value": 1e-11}]}]), end="")
    ---
    name: x
    values:
    - {value: 1.0e-11}
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.representer import SafeRepresenter

    class Pointed(SafeRepresenter):
        """Writes 1.0e-11."""

    def number(representer: Any, value: float) -> Any:
        digits, exponent, power = repr(value).partition("e")
        text = f"{digits}.0e{power}" if exponent and "." not in digits else repr(value)
        return representer.represent_scalar("tag:yaml.org,2002:float", text)

    Pointed.add_representer(float, number)
    yaml = YAML(typ="safe", pure=True)
    yaml.Representer = Pointed
    yaml.default_flow_style = None
    yaml.width = 4096
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.allow_unicode = True
    text = io.StringIO()
    for document in documents:
        text.write("---\n")
        yaml.dump(dict(document), text)
    return text.getvalue()


def plain(data: Mapping[str, Any], file: str | Path) -> dict[str, Any]:
    """What someone hands over instead of a document, as the same plain data.

    Tuples and arrays of NumPy become lists, its numbers those of Python.

    Raises
    ------
    InputError
        If something in it is no text, number, truth value, list or mapping, or there is too much.
    """
    # Whoever hands over arrays has imported it; whoever reads files need not.
    import numpy as np

    nodes = 0

    def converted(value: object, where: str, depth: int) -> Any:
        nonlocal nodes
        nodes += 1
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            raise InputError(file, where, f"deeper than {MAX_DEPTH} levels or over {MAX_NODES} entries")
        if isinstance(value, np.ndarray | np.generic):
            value = value.tolist()
        if isinstance(value, Mapping):
            return {key: converted(item, f"{where}.{key}".lstrip("."), depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [converted(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(value)]
        if isinstance(value, Path):
            return str(value)
        if value is None or isinstance(value, str | bool | int | float):
            return value
        raise InputError(file, where, f"is of type {type(value).__name__}: write text, a number, a list or a mapping")

    return _mapping(converted(data, "", 0), file)


def _mapping(data: object, file: str | Path, what: str = "an experiment") -> dict[str, Any]:
    if data is None:
        raise InputError(file, "", "is empty: start from `nudipole show xenonnt-2022`")
    if not isinstance(data, dict):
        raise InputError(file, "", f"{what} is a mapping of keys to values")
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
