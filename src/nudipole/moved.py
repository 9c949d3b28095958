"""Names that README or docs of an earlier version had shown, and where they are now.

They work for this version, with a DeprecationWarning, and go with the next.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

#: Modules by their former name.
MODULES = {
    "nudipole.experiments.bayesian": "nudipole.inference.credible",
    "nudipole.experiments.fitting": "nudipole.inference.limit",
    "nudipole.experiments.pyhf_import": "nudipole.histfactory.imported",
    "nudipole.experiments.pyhf_spec": "nudipole.histfactory.schema",
    "nudipole.muon_g2.anomaly": "nudipole.muon_g2.world.anomaly",
    "nudipole.muon_g2.averages": "nudipole.muon_g2.shift.averages",
    "nudipole.muon_g2.entanglement": "nudipole.muon_g2.shift.entanglement",
    "nudipole.muon_g2.fit_many": "nudipole.muon_g2.wiggle.fit_many",
    "nudipole.muon_g2.fit_model": "nudipole.muon_g2.wiggle.fit_model",
    "nudipole.muon_g2.forecast": "nudipole.muon_g2.shift.forecast",
    "nudipole.muon_g2.measurements": "nudipole.muon_g2.world.measurements",
    "nudipole.muon_g2.precession": "nudipole.muon_g2.decay.precession",
    "nudipole.muon_g2.predictions": "nudipole.muon_g2.world.predictions",
    "nudipole.muon_g2.response": "nudipole.muon_g2.decay.response",
    "nudipole.statistics.posterior": "nudipole.sampling.posterior",
}


#: Names of modules that became packages: where they are now.
ATTRIBUTES = {"nudipole.muon_g2.shift.COEFFICIENT": "nudipole.muon_g2.shift.conjecture"}
#: Methods by class and former name: functions that take what the method was of as their first argument.
METHODS = {
    "Experiment.limit": ("nudipole.inference.limit", "limit", "nudipole.limit(experiment, ...)"),
    "Experiment.moment_likelihood": (
        "nudipole.experiments.likelihood",
        "moments",
        "nudipole.experiments.likelihood.moments(experiment, ...)",
    ),
}


# `importlib.abc` has bases for such a class; importing it takes a tenth of the time of a small command.
class _Moved:
    """Finds a module by its former name, after all others have not."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Of a module that has moved, or None."""
        return ModuleSpec(fullname, self) if fullname in MODULES else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """An empty one, which nobody gets to see."""

    def exec_module(self, module: ModuleType) -> None:
        """Put the module itself in its place."""
        new = MODULES[module.__name__]
        warnings.warn(f"{module.__name__} is now {new}", DeprecationWarning, stacklevel=2)
        sys.modules[module.__name__] = import_module(new)


def find_moved_modules() -> None:
    """Let Python find modules by their former names."""
    if not any(isinstance(finder, _Moved) for finder in sys.meta_path):
        sys.meta_path.append(_Moved())


def attribute(package: str, name: str) -> Any:
    """What a package had as a module, under the name it had there.

    Raises
    ------
    AttributeError
        If the module never had it.
    """
    home = ATTRIBUTES.get(f"{package}.{name}")
    if home is None:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    warnings.warn(f"{package}.{name} is now {home}.{name}", DeprecationWarning, stacklevel=3)
    return getattr(import_module(home), name)


def method(owner: object, name: str) -> Callable[..., Any]:
    """What a class had as a method, and is now a function.

    Raises
    ------
    AttributeError
        If it never had it.
    """
    kind = type(owner).__name__
    if f"{kind}.{name}" not in METHODS:
        raise AttributeError(f"{kind!r} object has no attribute {name!r}")
    module, function, words = METHODS[f"{kind}.{name}"]
    warnings.warn(f"{kind}.{name} is now {words}", DeprecationWarning, stacklevel=3)
    return partial(getattr(import_module(module), function), owner)
