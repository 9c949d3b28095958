"""From pydantic's list of problems to one line: key path and what to write."""

from __future__ import annotations

import re
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from nudipole.errors import choices, likely, shortened
from nudipole.io.fields import ISOTOPE
from nudipole.io.kinds import models_in

#: Keys that a message lists.
_MOST = 12
#: Characters of a message of pydantic's or of a validator.
_MOST_TEXT = 500


def validation_message(error: ValidationError, data: object, model: type[BaseModel]) -> tuple[str, str]:
    """Key path and message of the most telling problem, with the keys of all the others."""
    problems = sorted(error.errors(include_url=False), key=lambda problem: _rank(problem["type"]))
    loc = {id(p): _written(p["loc"], data, keep_last=p["type"] == "missing") for p in problems}
    problems = [p for p in problems if not _misses_a_member(p, loc[id(p)], list(loc.values()))]
    # One problem a key: a value that fits no member of a union has one for each of them.
    telling = {_path(loc[id(p)]): p for p in reversed(problems)}
    first = problems[0]
    key = _path(loc[id(first)])
    others = {path: p for path, p in reversed(telling.items()) if path != key}
    missing = [path for path, p in others.items() if p["type"] == "missing"]
    wrong = [path or "the file itself" for path, p in others.items() if p["type"] != "missing"]
    more = f"; {_listed(missing)} {'is' if len(missing) == 1 else 'are'} required, too" if missing else ""
    more += f"; also wrong: {_listed(wrong)}" if wrong else ""
    return key, _text(first, loc[id(first)], model) + more


def _misses_a_member(problem: Any, loc: list[int | str], others: list[list[int | str]]) -> bool:
    """Whether a mapping or list is only said not to be the plain member of a union, and more is wrong within it."""
    plain = problem["type"] in ("string_type", "list_type", "dict_type", "float_type", "literal_error")
    return plain and any(len(other) > len(loc) and other[: len(loc)] == loc for other in others)


def _listed(paths: list[str]) -> str:
    shown = ", ".join(paths[:_MOST])
    return shown if len(paths) <= _MOST else f"{shown}, ... ({len(paths)} in all)"


def _rank(kind: str) -> int:
    """A wrong value tells more than the union members it failed to match."""
    order = ["value_error", "extra_forbidden", "missing"]
    return order.index(kind) if kind in order else len(order)


def _written(loc: tuple[int | str, ...], data: object, *, keep_last: bool) -> list[int | str]:
    """`loc` without the names of union members, which are not in the file."""
    path: list[int | str] = []
    for i, key in enumerate(loc):
        here: Any = data
        # The name of a union's member may be that of a key, too: a number has nothing within.
        last = loc[i + 1 :] == ("[key]",) or all(isinstance(tag, str) and " " in tag for tag in loc[i + 1 :])
        leads_on = isinstance(data, dict) and key in data and (last or isinstance(data[key], dict | list))
        if leads_on or (isinstance(data, list) and isinstance(key, int) and key < len(data)):
            data = here[key]
        elif not (keep_last and i == len(loc) - 1 and isinstance(data, dict)):
            continue
        path.append(key)
    return path


def _path(loc: list[int | str]) -> str:
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in loc)
    return text.lstrip(".")


def _text(problem: Any, loc: list[int | str], model: type[BaseModel]) -> str:
    kind, message, value = problem["type"], problem["msg"], problem.get("input")
    if kind == "missing":
        return "is required"
    if kind == "extra_forbidden":
        tag = problem["loc"][-2] if len(problem["loc"]) > 1 else None
        known = _keys_beside(model, loc, tag)
        close = likely(loc[-1], known) if loc else None
        return f"unknown key: did you mean {close!r}?" if close else f"unknown key: {choices('', known)}"
    if kind.startswith("union_tag") or (kind.startswith("model_") and _kinds(model, loc)):
        given = value.get("kind") if isinstance(value, dict) else value
        kinds = _kinds(model, loc)
        if not isinstance(given, str) or not (isinstance(value, dict) or likely(given, kinds)):
            words = (
                f"write a mapping with a kind, one of {', '.join(kinds)}" if kinds else "write a mapping with a kind"
            )
            return words if isinstance(value, dict) else f"{words} (got {shortened(value)})"
        if not isinstance(value, dict) and given in kinds:
            return f"{shortened(given)} has keys of its own: write {{kind: {given}, ...}}"
        return f"unknown kind {shortened(given)}: {choices(given, kinds)}"
    if kind.partition(" ")[0] == "form":
        close = _form_meant(problem, loc, model)
        hint = f"did you mean {close!r}? " if close else ""
        written = isinstance(value, str | int | float)
        return f"{hint}{message}" + (f" (got {shortened(value)})" if written else "")
    message = re.sub(r"^(Value error|Assertion failed), ", "", message)
    message = re.sub(r"^(Input|String|List|Dictionary) should ", "must ", message).replace(" after validation", "")
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        known = _keys_beside(model, [*loc, ""], None) if loc and kind != "dict_type" else []
        message = "must be a mapping of keys to values" + (f": {choices('', known)}" if known else "")
    if kind == "string_pattern_mismatch":
        isotope = problem["ctx"]["pattern"] == ISOTOPE
        words = "an isotope such as 76Ge" if isotope else "one word of letters, digits, '.', '_', '+' and '-'"
        message = f"must be {words}"
    written = isinstance(value, str | int | float) and repr(value) not in message and "got" not in message
    message = message[:_MOST_TEXT] + (f" (got {shortened(value)})" if written else "")
    close = likely(value, re.findall(r"'([^']*)'", message.partition(" (got")[0])) if kind == "literal_error" else None
    return f"{message}: did you mean {close!r}?" if close else message


def _form_meant(problem: Any, loc: list[int | str], model: type[BaseModel]) -> str | None:
    """The word, or the key of a mapping, that was probably meant where a value has none of several forms."""
    value = problem["input"]
    if isinstance(value, str):
        return likely(value, problem["type"].split()[1:])
    known = _keys_beside(model, [*loc, ""], None)
    close = (likely(key, known) for key in value if key not in known) if isinstance(value, dict) else ()
    return next((found for found in close if found), None)


def _keys_beside(model: type[BaseModel], loc: list[int | str], tag: object) -> list[str]:
    """Keys that may stand where the last of `loc` stands, in the member of a union that `tag` may name."""
    models = [model]
    for key in loc[:-1]:
        fields = [field for m in models for name, field in m.model_fields.items() if key in (name, field.alias)]
        # An index or a name that the user chose leads into what its parent holds.
        models = [inner for field in fields for inner in models_in(field.annotation, field.metadata)] or models
    of_kind = [m for m in models if "kind" in m.model_fields and tag in get_args(m.model_fields["kind"].annotation)]
    models = of_kind or models
    return sorted({field.alias or name for m in models for name, field in m.model_fields.items()})


def _kinds(model: type[BaseModel], loc: list[int | str]) -> list[str]:
    """The kinds that a mapping at `loc` may have."""
    models = [model]
    for key in loc:
        fields = [field for m in models for name, field in m.model_fields.items() if key in (name, field.alias)]
        models = [inner for field in fields for inner in models_in(field.annotation, field.metadata)] or models
    fields = [m.model_fields["kind"] for m in models if "kind" in m.model_fields] if loc else []
    return list(dict.fromkeys(str(kind) for field in fields for kind in get_args(field.annotation)))
