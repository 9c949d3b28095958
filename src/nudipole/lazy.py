"""Public names that are imported on first use, so that what needs only a part of a package waits for nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any


def on_first_use(
    package: str, public: Sequence[str], **modules: Iterable[str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a package (PEP 562).

    Parameters
    ----------
    package : str
        Its ``__name__``.
    public : sequence of str
        Its ``__all__``.
    **modules : iterable of str
        Names by the module of the package that they are in. A public name that is in none is a module itself.
    """
    home = {name: module for module, names in modules.items() for name in names}

    def getattribute(name: str) -> Any:
        if name in home:
            return getattr(import_module(f"{package}.{home[name]}"), name)
        if name in public:
            return import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def directory() -> list[str]:
        return list(public)

    return getattribute, directory
