"""Efficiency as a table: of the recoil, of the true or of the reconstructed energy, or of arrival time."""

from __future__ import annotations

from collections.abc import Sequence

import equinox as eqx
import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike, NDArray

from nudipole.detectors.efficiency_functions import FUNCTIONS, nodes
from nudipole.errors import OutOfRange, UnknownName
from nudipole.numerics import AnyArray, jnp

#: Energies that an efficiency may be a function of: that of the bins; what a recoil is worth in electrons, before the
#: resolution; that of the recoil itself.
OF = ("reconstructed", "true", "recoil")


class Efficiency(eqx.Module):
    """Piecewise-linear efficiency; zero below its first node, constant above its last.

    Attributes
    ----------
    E : Float[Array, "n"]
        Nodes, increasing [MeV], or arrival times [MeV^-1].
    value : Float[Array, "n"]
        In [0, 1].
    of : {"reconstructed", "true", "recoil"}
        Which energy `E` is: the difference is a few per cent of the counts near a threshold, and much more between the
        energy of a nuclear recoil and what it is worth in electrons.

    Examples
    --------
    >>> [f"{x:.2f}" for x in Efficiency.table([1.0, 3.0], [0.2, 1.0])(jnp.array([0.5, 2.0, 9.0]))]
    ['0.00', '0.60', '1.00']
    """

    E: Float[AnyArray, " n"]
    value: Float[AnyArray, " n"]
    of: str = eqx.field(static=True)

    @classmethod
    def table(cls, E: ArrayLike, value: ArrayLike, of: str = "reconstructed") -> Efficiency:
        """Checked construction from nodes.

        Raises
        ------
        OutOfRange
            If energies do not increase or an efficiency lies outside [0, 1].
        """
        E, value = np.asarray(E, float), np.asarray(value, float)
        if of not in OF:
            raise UnknownName("energy of an efficiency", of, OF)
        if len(E) != len(value) or len(E) < 2:
            raise OutOfRange("number of efficiency values", len(value), max(2, len(E)), max(2, len(E)))
        for i in np.flatnonzero(~(np.diff(E) > 0)):
            raise OutOfRange(
                f"energy in row {i + 2} of an efficiency", float(E[i + 1]), float(E[i]), inside=True, unit="MeV"
            )
        for i in np.flatnonzero(~((value >= 0) & (value <= 1))):
            where = "efficiency" if len(set(value)) == 1 else f"efficiency in row {i + 1}"
            raise OutOfRange(where, float(value[i]), 0, 1)
        return cls(E, value, of)

    @classmethod
    def constant(cls, value: float) -> Efficiency:
        """The same efficiency at every energy."""
        return cls.table([0.0, 1.0], [value, value])

    @classmethod
    def product(cls, factors: Sequence[Efficiency], tolerance: float = 2e-5) -> Efficiency:
        """Product of several of the reconstructed energy, linear between nodes as close as the tolerance asks.

        Parameters
        ----------
        factors : sequence of Efficiency
        tolerance : float
            By how much the interpolation may miss the product.

        Examples
        --------
        >>> rising, begins = Efficiency.table([0.0, 4.0], [0.0, 1.0]), Efficiency.table([1.0, 2.0], [0.5, 0.5])
        >>> Efficiency.product([rising, begins])(jnp.array([0.5, 1.0, 3.0])).round(4).tolist()
        [0.0, 0.125, 0.375]
        """
        if len(factors) == 1:
            return factors[0]
        # Below the first node of any of them the product is zero, and it may jump there.
        begin = max(float(np.asarray(one.E)[0]) for one in factors)
        marks = np.unique(np.concatenate([np.asarray(one.E) for one in factors]))
        marks = np.concatenate([[begin], marks[marks > begin]])
        marks = marks if len(marks) > 1 else np.array([begin, begin + 1.0])

        def at(E: NDArray[np.float64]) -> NDArray[np.float64]:
            values = [np.interp(E, np.asarray(one.E), np.asarray(one.value)) for one in factors]
            return np.asarray(np.prod(values, axis=0))

        # Between two marks every factor is linear: a chord misses by no more than this.
        middle, value = (marks[1:] + marks[:-1]) / 2, at(marks)
        missed = np.abs(at(middle) - (value[1:] + value[:-1]) / 2)
        pieces = np.maximum(1, np.ceil(np.sqrt(2 * missed / tolerance))).astype(int)
        steps = [np.linspace(a, b, n + 1)[:-1] for a, b, n in zip(marks[:-1], marks[1:], pieces, strict=True)]
        E = np.append(np.concatenate(steps), marks[-1])
        return cls.table(E, at(E))

    @classmethod
    def function(
        cls, name: str, low: float, high: float, *, of: str = "reconstructed", tolerance: float = 2e-5,
        **parameters: float,
    ) -> Efficiency:  # fmt: skip
        """A named function clipped to [0, 1], tabulated where it bends.

        Parameters
        ----------
        name : str
            Of `FUNCTIONS`: logistic, erf, step or decay.
        low, high : float
            Range of the table: the efficiency is zero below it and constant above [MeV, or MeV^-1 for a time].
        of : {"reconstructed", "true", "recoil"}
        tolerance : float
            By how much the interpolation may miss the function.
        **parameters : float
            Of the function, in MeV or MeV^-1.

        Raises
        ------
        UnknownName
            For an unknown function or parameter.
        OutOfRange
            If the range is empty, the tolerance not in [1e-8, 1] or a parameter missing or without meaning.

        Examples
        --------
        >>> trigger = Efficiency.function("step", 0.0, 10.0, plateau=0.9, threshold=2.0)
        >>> trigger.E.tolist(), trigger.value.tolist()
        ([2.0, 10.0], [0.9, 0.9])
        """
        if name not in FUNCTIONS:
            raise UnknownName("efficiency function", name, FUNCTIONS)
        if not low < high:
            raise OutOfRange("lower end of an efficiency function", low, -float("inf"), high, inside=True)
        if not 1e-8 <= tolerance <= 1:
            raise OutOfRange("tolerance of an efficiency function", tolerance, 1e-8, 1)
        function = FUNCTIONS[name].named(parameters)
        # A table may jump at its first node.
        begin = max(low, function.begin)
        if begin >= high:
            return cls.table([low, high], [0.0, 0.0], of)
        x = nodes(function, begin, high, tolerance)
        return cls.table(x, function.clipped(x), of)

    def __call__(self, E: Float[AnyArray, "*e"]) -> Float[AnyArray, "*e"]:
        return jnp.interp(E, self.E, self.value, left=0.0)
