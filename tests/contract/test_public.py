"""What people may use is written down: the names of every public package, and a docstring for each callable.

Public is what a package shows in ``dir()``. Not public are the packages `INTERNAL`: the command line, data, how text is
read, and the schema and the builder of descriptions, whose face is `nudipole.experiments`.
"""

from __future__ import annotations

import dataclasses
import inspect
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel

import nudipole

INTERNAL = ("nudipole.cli", "nudipole.data", "nudipole.io", "nudipole.experiments.schema", "nudipole.experiments.build")

#: Packages whose docstrings are being written.
PENDING = ("nudipole", "nudipole.experiments", "nudipole.inference")

NAMES: dict[str, str] = {}


def _packages() -> list[str]:
    """All packages but those that are internal, or within one that is."""
    below = pkgutil.walk_packages(nudipole.__path__, "nudipole.")
    packages = ["nudipole", *(module.name for module in below if module.ispkg)]
    return [name for name in packages if not any(f"{name}.".startswith(f"{room}.") for room in INTERNAL)]


PACKAGES = _packages()


def _shown(room: ModuleType) -> Iterator[tuple[str, Any]]:
    """What a package shows; of a module that it shows, what that defines."""
    for name in dir(room):
        value = getattr(room, name)
        if isinstance(value, ModuleType) and value.__name__ not in PACKAGES:
            own = vars(value).items()
            yield from ((f"{name}.{n}", v) for n, v in own if getattr(v, "__module__", None) == value.__name__)
        else:
            yield name, value


def _callables() -> list[Any]:
    """Public classes and functions, each at the first package that shows it."""
    found: dict[int, Any] = {}
    for package in PACKAGES:
        for name, value in _shown(import_module(package)) if package not in PENDING else ():
            private = name.rpartition(".")[2].startswith("_")
            if (inspect.isclass(value) or inspect.isroutine(inspect.unwrap(value))) and not private:
                found.setdefault(id(value), pytest.param(value, id=f"{package}.{name}"))
    return list(found.values())


def _sections(doc: str) -> dict[str, str]:
    """Text of a docstring by the title of its section; what comes before the first has the title ''."""
    parts = re.split(r"^(\w[\w ]*)\n-{3,}\n", doc, flags=re.MULTILINE)
    return dict(zip(["", *parts[1::2]], parts[::2], strict=True))


def _described(section: str) -> set[str]:
    """Names that a section of parameters or attributes describes."""
    heads = re.findall(r"^(\S.*?)(?: :.*)?$", section, re.MULTILINE)
    return {name.lstrip("*") for head in heads for name in head.split(", ")}


def _fields(kind: type) -> set[str]:
    """What an object of this class is made of."""
    if issubclass(kind, BaseModel):
        return set(kind.model_fields)
    if dataclasses.is_dataclass(kind):
        return {field.name for field in dataclasses.fields(kind) if not field.name.startswith("_")}
    if issubclass(kind, tuple):
        return set(getattr(kind, "_fields", ()))
    return _parameters(kind.__init__)


def _parameters(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters) - {"self", "cls"}


def _exempt(value: Any) -> bool:
    """Exceptions and protocols: a summary says it all."""
    return inspect.isclass(value) and (issubclass(value, Exception) or getattr(value, "_is_protocol", False))


@pytest.mark.parametrize("package", PACKAGES)
def test_names(package):
    assert " ".join(dir(import_module(package))) == NAMES[package]


def _missing(value: Any) -> list[str]:
    """What the docstring of a public callable lacks."""
    sections = _sections(inspect.cleandoc(value.__doc__ or ""))
    if not sections[""].strip():
        return ["summary"]
    if _exempt(value):
        return []
    wanted = _fields(value) if inspect.isclass(value) else _parameters(value)
    told = _described(sections.get("Parameters", "")) | _described(sections.get("Attributes", ""))
    lacking = sorted(wanted - told)
    if not inspect.isclass(value):
        nothing = inspect.signature(value).return_annotation in ("None", None)
        lacking += [] if nothing or sections.keys() & {"Returns", "Yields"} else ["Returns"]
    return lacking + ([] if ">>> " in value.__doc__ else ["an example"])


@pytest.mark.parametrize("value", _callables())
def test_docstring(value):
    assert _missing(value) == []
