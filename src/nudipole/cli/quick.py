"""Work of other packages at import that no command needs, left out: a twelfth of the time of a short command."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import LazyLoader
from types import ModuleType


class _WithoutTables(SourceFileLoader):
    """Loads `matplotlib.artist`, which writes a table of settings into the docstring of every class that draws."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        module.kwdoc = lambda artist: ""  # type: ignore[attr-defined]


class _Quick(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in ("numpy.f2py", "matplotlib.artist"):
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is None or not isinstance(spec.loader, SourceFileLoader):
            return None
        if fullname == "numpy.f2py":
            # SciPy asks for everything that NumPy has, also for its compiler of Fortran: it is loaded when it is used.
            spec.loader = LazyLoader(spec.loader)
        else:
            spec.loader = _WithoutTables(spec.loader.name, spec.loader.path)
        return spec


def leave_out() -> None:
    """From now on, in this process: for the command alone, as a notebook may show these docstrings."""
    sys.meta_path.insert(0, _Quick())
