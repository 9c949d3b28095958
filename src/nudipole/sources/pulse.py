"""Sources whose neutrinos arrive in pulses: the pulse, and what an experiment asks of such a source."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol, Self, TypeAlias, runtime_checkable

import equinox as eqx
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr, ndtr

from nudipole.errors import OutOfRange
from nudipole.sources.oscillated import floats

#: A pulse shorter than this, relative to the lifetime, is an instant.
_INSTANT = 1e-9

#: Efficiency as a function of arrival times [MeV^-1], on the clock of the pulse.
TimeEfficiency: TypeAlias = Callable[[NDArray[np.float64]], ArrayLike]


@runtime_checkable
class Pulsed(Protocol):
    """A source with a time profile; ``isinstance(source, Pulsed)`` tells it from a steady one."""

    def timing(self, edges: ArrayLike, efficiency: TimeEfficiency | None = None) -> NDArray[np.float64]:
        """Fraction of each component of the beam that arrives, and is counted, in each bin of time."""


class Pulse(eqx.Module):
    """Time profile of the protons: a Gaussian, or a table that is linear in between.

    Attributes
    ----------
    centre, width : float
        Mean and standard deviation of a Gaussian [MeV^-1]; width 0 is an instant.
    times, intensity : tuple of float
        Nodes [MeV^-1] and heights in any unit; they replace the Gaussian unless empty.

    Raises
    ------
    OutOfRange
        If the width is negative, times do not increase, or the intensity is negative or zero throughout.

    Examples
    --------
    Of pions born at a constant rate over one lifetime, the fraction 1/e has decayed at its end:

    >>> pulse = Pulse.rectangle(centre=0.5, length=1.0)
    >>> pulse.decayed(np.array([0.0, 1.0, 20.0]), lifetime=1.0).round(3).tolist()
    [0.0, 0.368, 1.0]
    """

    centre: float = eqx.field(converter=float, static=True, default=0.0)
    width: float = eqx.field(converter=float, static=True, default=0.0)
    times: tuple[float, ...] = eqx.field(converter=floats, static=True, default=())
    intensity: tuple[float, ...] = eqx.field(converter=floats, static=True, default=())

    def __check_init__(self) -> None:
        if not 0 <= self.width < math.inf:
            raise OutOfRange("width of the pulse", self.width, 0, unit="MeV^-1")
        if len(self.times) != len(self.intensity) or len(self.times) == 1:
            least = max(2, len(self.times))
            raise OutOfRange("number of intensities of the pulse", len(self.intensity), least, least)
        if self.times:
            for i in np.flatnonzero(~(np.diff(self.times) > 0)):
                low, high = self.times[i : i + 2]
                raise OutOfRange(f"time {i + 2} of the pulse", high, low, inside=True, unit="MeV^-1")
            for i in np.flatnonzero(~(np.array(self.intensity) >= 0)):
                raise OutOfRange(f"intensity {i + 1} of the pulse", self.intensity[i], 0)
            if not max(self.intensity) > 0:
                raise OutOfRange("largest intensity of the pulse", max(self.intensity), 0, inside=True)

    @classmethod
    def rectangle(cls, centre: float, length: float) -> Self:
        """Protons at a constant rate during `length`, around `centre` [MeV^-1]."""
        return cls(times=(centre - length / 2, centre + length / 2), intensity=(1.0, 1.0))

    def decayed(self, t: NDArray[np.float64], lifetime: float) -> NDArray[np.float64]:
        """Fraction of particles, born with the pulse, that have decayed before `t`."""
        if self.times:
            return self._decayed_table(t, lifetime)
        t = t - self.centre
        if self.width < _INSTANT * lifetime:
            return -np.expm1(-np.maximum(t, 0) / lifetime)
        x, ratio = t / self.width, self.width / lifetime
        left: NDArray[np.float64] = ndtr(x) - np.exp(ratio**2 / 2 - x * ratio + log_ndtr(x - ratio))
        return np.maximum(left, 0)

    def _decayed_table(self, t: NDArray[np.float64], lifetime: float) -> NDArray[np.float64]:
        """Exact for a piecewise-linear pulse: a sum over its cells of those born and of those still alive."""
        nodes = np.unique(np.concatenate([self.times, t]))
        p = np.interp(nodes, self.times, self.intensity, left=0, right=0)
        h, slope = np.diff(nodes), np.diff(p) / np.diff(nodes)
        # A pulse may begin or end with a step: outside of it nothing is born.
        outside = (nodes[1:] <= self.times[0]) | (nodes[:-1] >= self.times[-1])
        q = np.exp(-h / lifetime)
        born = (p[1:] + p[:-1]) / 2 * h
        kept = lifetime * (p[1:] - p[:-1] * q) - slope * lifetime**2 * (1 - q)
        alive, total, decayed = 0.0, 0.0, np.zeros(len(nodes))
        for k in range(len(h)):
            alive = alive * q[k] + (0.0 if outside[k] else kept[k])
            total += 0.0 if outside[k] else born[k]
            decayed[k + 1] = total - alive
        area = float(np.trapezoid(self.intensity, self.times))
        return decayed[np.searchsorted(nodes, t)] / area
