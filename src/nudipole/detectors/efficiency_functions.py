"""Named efficiency functions. A new one: write one class, add one line to the registry.

The variable x is an energy or an arrival time; parameters are in its unit, or one over it (MeV, MeV^-1). A function is
tabulated on few nodes by `nodes`, clipped to [0, 1].
"""

from __future__ import annotations

import abc
import dataclasses
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from nudipole.errors import OutOfRange, UnknownName

Values: TypeAlias = NDArray[np.float64]

#: Grid that every search starts from, and how much finer than the result the grid is that it is chosen from.
_START = 65
_FINER = 64


@dataclass(frozen=True)
class Function(abc.ABC):
    """A function of x, before it is clipped."""

    @classmethod
    def named(cls, parameters: Mapping[str, float]) -> Self:
        """The function with these parameters.

        Raises
        ------
        UnknownName
            For a parameter that the function does not have.
        OutOfRange
            If one is missing, not finite or without meaning.
        """
        kind, fields = cls.__name__.lower(), dataclasses.fields(cls)
        known, required = [f.name for f in fields], [f.name for f in fields if f.default is dataclasses.MISSING]
        for name, value in parameters.items():
            if name not in known:
                raise UnknownName(f"parameter of {kind}", name, known)
            if not np.isfinite(value):
                raise OutOfRange(f"{name} of {kind}", value, -np.inf, np.inf, inside=True)
        if missing := [name for name in required if name not in parameters]:
            name = f"parameters of {kind}: {' and '.join(missing)} missing; their number"
            raise OutOfRange(name, len(parameters), len(required), len(known))
        return cls(**parameters)

    @abc.abstractmethod
    def __call__(self, x: Values) -> Values: ...

    def clipped(self, x: Values) -> Values:
        """The efficiency: the function within [0, 1]."""
        return np.clip(self(x), 0.0, 1.0)

    @property
    @abc.abstractmethod
    def landmark(self) -> float:
        """Where its slope jumps or is largest."""

    @property
    def begin(self) -> float:
        """Below it the function is zero; it may jump there."""
        return -np.inf


@dataclass(frozen=True)
class Logistic(Function):
    """plateau / (1 + exp(-slope (x - midpoint))) + offset"""

    plateau: float
    slope: float
    midpoint: float
    offset: float = 0.0

    def __call__(self, x: Values) -> Values:
        return np.asarray(self.plateau * expit(self.slope * (x - self.midpoint)) + self.offset)

    @property
    def landmark(self) -> float:
        return self.midpoint


@dataclass(frozen=True)
class Erf(Function):
    """plateau (1 + erf((x - midpoint)/(sqrt(2) width)))/2, with width > 0"""

    plateau: float
    midpoint: float
    width: float

    def __post_init__(self) -> None:
        if not self.width > 0:
            raise OutOfRange("width of erf", self.width, 0, inside=True)

    def __call__(self, x: Values) -> Values:
        return np.asarray(self.plateau * ndtr((x - self.midpoint) / self.width))

    @property
    def landmark(self) -> float:
        return self.midpoint


@dataclass(frozen=True)
class Step(Function):
    """plateau for x >= threshold, else zero"""

    plateau: float
    threshold: float

    def __call__(self, x: Values) -> Values:
        return np.where(x >= self.threshold, self.plateau, 0.0)

    @property
    def landmark(self) -> float:
        return self.threshold

    @property
    def begin(self) -> float:
        return self.threshold


@dataclass(frozen=True)
class ExponentialDecay(Function):
    """plateau for x < start, plateau exp(-rate (x - start)) after, with rate >= 0"""

    plateau: float
    start: float
    rate: float

    def __post_init__(self) -> None:
        if not self.rate >= 0:
            raise OutOfRange("rate of decay", self.rate, 0)

    def __call__(self, x: Values) -> Values:
        return np.asarray(self.plateau * np.exp(-self.rate * np.maximum(x - self.start, 0.0)))

    @property
    def landmark(self) -> float:
        return self.start


FUNCTIONS: dict[str, type[Function]] = {"logistic": Logistic, "erf": Erf, "step": Step, "decay": ExponentialDecay}


def nodes(function: Function, low: float, high: float, tolerance: float) -> NDArray[np.float64]:
    r"""Few nodes between which linear interpolation of the clipped function is nowhere off by more than `tolerance`.

    A chord of length h misses by :math:`h^2|f''|/8`. On a fine grid the square roots of what its chords miss therefore
    add up to the number of coarse chords, in units of the root of the tolerance, and say where these shall end.

    Parameters
    ----------
    function : Function
        Smooth within the range, but for its landmark and where it is clipped: those become nodes.
    low, high : float
        Range of x.
    tolerance : float
    """
    landmark = min(max(function.landmark, low), high)
    start = np.union1d(np.linspace(low, high, _START), landmark)
    rough = _bisected(function, start, tolerance / _FINER)
    clips = [_crossings(function, rough, level) for level in (0.0, 1.0)]
    kinks = np.unique(np.concatenate([[low, landmark, high], *clips]))
    fine = _bisected(function.clipped, np.union1d(start, kinks), tolerance / _FINER)
    exact = function.clipped(fine)
    # The small constant keeps nodes apart where the function is straight.
    chords = np.append(0.0, np.cumsum(np.sqrt(_missed(function.clipped, fine) / tolerance) + 1e-6))
    ends = np.interp(kinks, fine, chords)
    share, found = 1.0, kinks
    # Between its nodes the fine grid misses the function too, twice its tolerance at most.
    while np.abs(np.interp(fine, found, function.clipped(found)) - exact).max() > tolerance * (1 - 2 / _FINER):
        inner = [np.linspace(a, b, int(np.ceil((b - a) / share)) + 1)[1:-1] for a, b in itertools.pairwise(ends)]
        found = np.union1d(kinks, np.interp(np.concatenate(inner), chords, fine))
        share *= 0.95
    return _filled(found)


def _filled(x: Values) -> Values:
    """`x` with its widest gaps halved until there are a multiple of 32: variants of a function share compiled code."""
    missing = -len(x) % 32
    if missing == 0 or missing >= len(x):
        return x
    widest = np.argsort(np.diff(x))[-missing:]
    return np.union1d(x, (x[:-1] + x[1:])[widest] / 2)


def _missed(f: Callable[[Values], Values], x: Values) -> Values:
    """By how much each chord between the nodes `x` misses `f`, at worst."""
    shares = np.linspace(0, 1, 9)[1:-1, None]
    chord = (1 - shares) * f(x[:-1]) + shares * f(x[1:])
    return np.asarray(np.abs(f((1 - shares) * x[:-1] + shares * x[1:]) - chord).max(axis=0))


def _bisected(f: Callable[[Values], Values], x: Values, tolerance: float) -> Values:
    """`x` with chords halved until none misses `f` by more than `tolerance`, or 40 times where `f` jumps."""
    for _ in range(40):
        wrong = _missed(f, x) > tolerance
        if not wrong.any():
            break
        x = np.union1d(x, (x[:-1] + x[1:])[wrong] / 2)
    return x


def _crossings(f: Callable[[Values], Values], x: Values, level: float) -> Values:
    """Where `f` crosses `level` between the nodes `x`."""
    side = f(x) > level
    change = side[:-1] != side[1:]
    low, start = x[:-1][change], side[:-1][change]
    high: Values = x[1:][change]
    for _ in range(60):
        middle = (low + high) / 2
        same = (f(middle) > level) == start
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return high
