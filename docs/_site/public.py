"""What of nudipole is public, and the page of each: the list that the API reference is written from.

Public is what a package shows in ``dir()``, as in `tests/contract/test_public.py`; an object has its page at the
first package that shows it, `nudipole` itself before all others.
"""

from __future__ import annotations

import inspect
import pkgutil
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import nudipole

#: Packages that are nobody's interface, with all that is within.
INTERNAL = ("nudipole.cli", "nudipole.data", "nudipole.io", "nudipole.experiments.schema", "nudipole.experiments.build")


@dataclass(frozen=True)
class Public:
    """One public object.

    Attributes
    ----------
    package : str
        The first package that shows it.
    name : str
        What it is called there.
    value : object
        Itself.
    aliases : tuple of str
        Full names under which other packages show it.
    """

    package: str
    name: str
    value: Any
    aliases: tuple[str, ...] = ()

    @property
    def full(self) -> str:
        """Package and name."""
        return f"{self.package}.{self.name}"

    @property
    def kind(self) -> str:
        """class, function, module or data."""
        if isinstance(self.value, ModuleType):
            return "module"
        if inspect.isclass(self.value):
            return "class"
        return "function" if inspect.isroutine(inspect.unwrap(self.value)) else "data"


def packages() -> list[str]:
    """All public packages, by name."""
    below = pkgutil.walk_packages(nudipole.__path__, "nudipole.")
    names = ["nudipole", *(module.name for module in below if module.ispkg)]
    return [name for name in names if not any(f"{name}.".startswith(f"{room}.") for room in INTERNAL)]


def objects() -> dict[str, Public]:
    """All public objects that are no packages, by full name; each once."""
    rooms = packages()
    shown: dict[int, list[tuple[str, str, Any]]] = {}
    for package in rooms:
        room = import_module(package)
        for name in dir(room):
            value = getattr(room, name)
            if not (isinstance(value, ModuleType) and value.__name__ in rooms):
                shown.setdefault(_identity(package, name, value), []).append((package, name, value))
    found = {}
    for (package, name, value), *others in shown.values():
        aliases = tuple(f"{other}.{known}" for other, known, _ in others)
        found[f"{package}.{name}"] = Public(package, name, value, aliases)
    return found


def _identity(package: str, name: str, value: Any) -> int:
    """Numbers and text may be one object by accident: they are told apart by their name."""
    return hash((package, name)) if isinstance(value, (str, float, int)) else id(value)


def page(public: Public, everything: dict[str, Public]) -> str:
    """The name of its page: a class that differs from a function by its capitals alone says that it is one."""
    taken = [full for full in everything if full.lower() == public.full.lower()]
    clash = len(taken) > 1 or public.full.lower() in (name.lower() for name in packages())
    return f"{public.full}-{public.kind}" if clash else public.full
