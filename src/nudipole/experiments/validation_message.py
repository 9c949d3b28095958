"""From pydantic's list of problems to one line: key path and what to write."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from nudipole.experiments.fields import ISOTOPE


def validation_message(error: ValidationError, data: object, model: type[BaseModel]) -> tuple[str, str]:
    """Key path and message of the most telling problem, with the number of the others."""
    problems = error.errors(include_url=False)
    first = min(problems, key=lambda problem: _rank(problem["type"]))
    loc = _written(first["loc"], data, keep_last=first["type"] == "missing")
    others = {_path(_written(p["loc"], data, keep_last=p["type"] == "missing")) for p in problems} - {_path(loc)}
    more = f" (and {len(others)} more)" if others else ""
    return _path(loc), _text(first, loc, model) + more


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
        last = loc[i + 1 :] in ((), ("[key]",))
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
        close = get_close_matches(str(loc[-1]), known, n=1) if loc else []
        return f"unknown key: did you mean {close[0]!r}?" if close else f"unknown key: choose from {', '.join(known)}"
    if kind.startswith("union_tag"):
        given = value.get("kind") if isinstance(value, dict) else value
        choices = problem["ctx"].get("expected_tags", "").replace("'", "")
        if given is None or not choices:
            return "write a mapping with a kind"
        return f"unknown kind {str(given)[:40]!r}: choose from {choices}"
    message = re.sub(r"^(Value error|Assertion failed), ", "", message)
    message = re.sub(r"^(Input|String|List|Dictionary) should ", "must ", message).replace(" after validation", "")
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        message = "must be a mapping of keys to values"
    if kind == "string_pattern_mismatch":
        isotope = problem["ctx"]["pattern"] == ISOTOPE
        words = "an isotope such as 76Ge" if isotope else "one word of letters, digits, '.', '_', '+' and '-'"
        message = f"must be {words}"
    shown = f" (got {value!r})" if isinstance(value, str | int | float) and "got" not in message else ""
    return message[:200] + (shown if len(shown) <= 60 else f"{shown[:56]}...)")


def _keys_beside(model: type[BaseModel], loc: list[int | str], tag: object) -> list[str]:
    """Keys that may stand where the last of `loc` stands, in the member of a union that `tag` may name."""
    models = [model]
    for key in loc[:-1]:
        fields = [field for m in models for name, field in m.model_fields.items() if key in (name, field.alias)]
        # An index or a name that the user chose leads into what its parent holds.
        models = [inner for field in fields for inner in _models_in(field.annotation)] or models
    of_kind = [m for m in models if "kind" in m.model_fields and tag in get_args(m.model_fields["kind"].annotation)]
    models = of_kind or models
    return sorted({field.alias or name for m in models for name, field in m.model_fields.items()})


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]
