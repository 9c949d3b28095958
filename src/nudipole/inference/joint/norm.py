"""Profile of the norm of a vector of moments, all of its components free."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nudipole.experiments.constraint import Constraint
from nudipole.experiments.parametrised import constrained
from nudipole.inference.joint.problem import Problem, phase_of
from nudipole.inference.joint.profile import Curve, Profiler, Tracing
from nudipole.statistics import Gaussian
from nudipole.statistics.blocks import Minimum

Numbers = NDArray[np.float64]

#: Relative error of the measurement that draws the squared norm to a value, and how close it has to come.
_SOFT, _CLOSE = 0.01, 1e-5
#: Least square of a norm that both are relative to.
_LEAST = 1e-2
#: Times that the measurement is moved.
_MOST = 30
_NAME = "norm"


def norm_curve(posed: Problem, profiler: Profiler, step: Callable[[str], object]) -> Curve:
    r"""The curve of :math:`|\Lambda| = \sqrt{\sum_k |\Lambda_k|^2}`.

    Parameters
    ----------
    posed : Problem
    profiler : Profiler
    step : callable

    Returns
    -------
    Curve
    """
    return _Norm(posed, profiler, [parameter.name for parameter in posed.moduli if phase_of(parameter)], step).curve()


class _Norm(Tracing):
    """The norm, which a measurement beside all others draws to a value."""

    # The curves of the components know where it is least.
    points, random = 12, 0

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
        """The minimum on the sphere, by the method of multipliers: a hard wall would make a narrow, bent valley."""
        square = value**2
        error, target, at = _SOFT * max(square, _LEAST), square, self._placed(x, value)
        for _ in range(_MOST):
            model = self.model.having([target], Gaussian([error]), self.model.auxiliary)
            both = self.profiler.blocks.beside(_NAME, model)
            found = both.minimise(at)
            at, missed = found.x, square - self._value(found.x) ** 2
            if abs(missed) < _CLOSE * max(square, _LEAST):
                break
            target += missed
        there = found.converged and abs(missed) < _CLOSE * max(square, _LEAST)
        return found._replace(chi2=found.chi2 - both.by_model(found.x)[_NAME], converged=bool(there))
