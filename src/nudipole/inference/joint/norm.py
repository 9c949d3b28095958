"""Profile of the norm of a vector of moments, all of its components free."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nudipole.experiments.constraint import Constraint
from nudipole.experiments.features import MOMENT
from nudipole.experiments.parametrised import constrained
from nudipole.inference.joint.problem import Problem, phase_of
from nudipole.inference.joint.profile import Profiler, Tracing
from nudipole.inference.joint.result import Row
from nudipole.statistics.blocks import Minimum

Numbers = NDArray[np.float64]

#: Relative error of the measurement that holds the norm at a value, whose share of chi2 is then below 1e-6.
_HELD = 1e-4
#: Least square of a norm that it is relative to.
_LEAST = 1e-2
_NAME = "norm"


def norm_row(posed: Problem, profiler: Profiler, step: Callable[[str], object]) -> Row:
    r"""The row of :math:`|\Lambda| = \sqrt{\sum_k |\Lambda_k|^2}`.

    Parameters
    ----------
    posed : Problem
    profiler : Profiler
    step : callable

    Returns
    -------
    Row
    """
    vector = [parameter for parameter in posed.moduli if phase_of(parameter)]
    curve = _Norm(posed, profiler, [parameter.name for parameter in vector], step).curve()
    best = float(np.linalg.norm([posed.value(profiler.best.x)[parameter.name] for parameter in vector]))
    return Row(f"|{vector[0].name.rsplit('_', 1)[0]}|", vector[0].unit, MOMENT, best, curve, None)


class _Norm(Tracing):
    """The norm, which a precise measurement beside all others holds at a value."""

    def __init__(self, posed: Problem, profiler: Profiler, names: list[str], step: Callable[[str], object]) -> None:
        super().__init__(profiler, names[0], False, step)
        self.components = self.blocks.places(names)
        self.name, self.low = "norm", 0.0
        # The trace of lambda^dagger lambda is twice the squared norm, in either basis.
        held = Constraint(_NAME, 1.0, 1.0, masses=(0.5, 0.5, 0.5))
        self.model = constrained(held, posed.names, posed.held, posed.mixing)

    def _value(self, x: Numbers) -> float:
        return float(np.linalg.norm(x[self.components]))

    def _mirrored(self, found: Minimum) -> Minimum:
        return found

    def _placed(self, x: Numbers, value: float) -> Numbers:
        moved, norm = x.copy(), self._value(x)
        moved[self.components] = moved[self.components] * value / norm if norm > 0 else value / np.sqrt(3)
        return moved

    def _minimised(self, x: Numbers, value: float) -> Minimum:
        error = _HELD * max(value**2, _LEAST)
        self.model = self.model.having([value**2], type(self.model.statistic)([error]), self.model.auxiliary)
        both = self.profiler.blocks.beside(_NAME, self.model)
        found = both.minimise(self._placed(x, value))
        return found._replace(chi2=found.chi2 - both.by_model(found.x)[_NAME])
