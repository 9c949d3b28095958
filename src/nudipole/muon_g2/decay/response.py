"""What a detector makes of N(E) and A(E): a measured asymmetry as a table, or acceptance and resolution.

Calorimeters miss part of the positrons at low energy, and smear all: the asymmetry that is seen is more linear in the
energy and crosses zero near 1 GeV, below the 1.30 GeV of muon decay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from nudipole import tables
from nudipole.errors import OutOfRange, TableError
from nudipole.muon_g2.decay import spectrum
from nudipole.units import parse

Array = NDArray[np.float64]
#: Nodes of true energy.
_TRUE = 2000


@dataclass(frozen=True)
class TabulatedAsymmetry:
    """A(E) between given points, linear; constant outside them, which `check_covers` keeps out of a window.

    Attributes
    ----------
    E : array
        Energies [MeV], rising.
    A : array
        Asymmetry at them, between -1 and 1.
    errors : array, optional
        Of the asymmetry, independent from point to point.

    Raises
    ------
    TableError
        If energies do not rise, or are not as many as asymmetries.
    OutOfRange
        If an asymmetry is outside [-1, 1].

    Examples
    --------
    >>> TabulatedAsymmetry(np.array([1000.0, 3000.0]), np.array([0.0, 0.8]))(np.array([2000.0])).tolist()
    [0.4]
    """

    E: Array
    A: Array
    errors: Array | None = None

    def __post_init__(self) -> None:
        if self.errors is not None and (self.errors.shape != self.A.shape or not np.all(self.errors >= 0)):
            raise TableError("an asymmetry has one error for each value, not below zero")
        if self.E.shape != self.A.shape or self.E.ndim != 1 or len(self.E) < 2:
            raise TableError("an asymmetry needs at least two energies, and one value for each")
        if not np.all(np.diff(self.E) > 0):
            raise TableError("the energies of an asymmetry must rise from row to row")
        outside = self.A[~((self.A >= -1) & (self.A <= 1))]
        if len(outside):
            raise OutOfRange("asymmetry", float(outside[0]), -1, 1)

    def __call__(self, E: Array) -> Array:
        """The asymmetry at energies [MeV]."""
        return np.interp(E, self.E, self.A)

    def slopes(self, function: Callable[[Callable[[Array], Array]], Array]) -> Array:
        """Derivatives (n, rows) of what a function (n,) makes of the asymmetry, by the value in each row."""
        step = 1e-4
        found = []
        for k in range(len(self.A)):
            moved = []
            for sign in (1, -1):
                A = self.A.copy()
                A[k] = np.clip(A[k], step - 1, 1 - step) + sign * step
                moved.append(function(replace(self, A=A)))
            found.append((moved[0] - moved[1]) / (2 * step))
        return np.stack(found, axis=-1)

    def check_covers(self, window: tuple[float, float]) -> None:
        """Refuse a window [MeV] that reaches beyond the points.

        Raises
        ------
        TableError
            With the two ranges.
        """
        if window[0] < self.E[0] or window[1] > self.E[-1]:
            known, wanted = (f"{1e-3 * low:.4g} to {1e-3 * high:.4g} GeV" for low, high in (self.E[[0, -1]], window))
            raise TableError(f"the asymmetry is given from {known}, the window is {wanted}: add rows or narrow it")


def read_asymmetry(text: str, *, name: str) -> TabulatedAsymmetry:
    r"""Asymmetry from CSV text with the columns ``E [GeV],A [1]`` (any unit of energy), and ``error [1]`` if there is.

    Parameters
    ----------
    text : str
    name : str
        What to call it in messages.

    Returns
    -------
    TabulatedAsymmetry

    Raises
    ------
    TableError, UnitError
        If the columns are others, or no asymmetry against energy.

    Examples
    --------
    >>> read_asymmetry("E [GeV],A [1]\n1,0\n3,0.8\n", name="mine").E.tolist()
    [1000.0, 3000.0]
    """
    table = tables.parse(text, name=name)
    if not {"E", "A"} <= set(table.columns):
        raise TableError(f"table {name!r}: write the columns E [GeV],A [1] (found {', '.join(table.columns)})")
    if not table.units["E"]:
        raise TableError(f"table {name!r}: the header says no unit: write E [GeV]")
    unit = parse(f"1 {table.units['E']}", "GeV")
    errors = table.column("error", "1") if "error" in table.columns else None
    return TabulatedAsymmetry(table.column("E", table.units["E"]) * unit, table.column("A", "1"), errors)


@dataclass(frozen=True)
class Calorimeter:
    """Acceptance and Gaussian resolution of a calorimeter.

    Attributes
    ----------
    acceptance : callable
        Probability to count a positron, of true energy [MeV].
    a, b : float
        Resolution sigma/E = sqrt(a^2/(E/GeV) + b^2); 0 and 0 are none.

    Raises
    ------
    OutOfRange
        If a or b is outside [0, 1).

    Examples
    --------
    A sharp detector that sees everything, above half of the largest energy:

    >>> fraction, asymmetry = Calorimeter(np.ones_like).seen(np.array([0.5, 1.0]) * spectrum.E_max)
    >>> fraction.round(3).tolist(), asymmetry.round(3).tolist()
    ([0.271], [0.308])
    """

    acceptance: Callable[[Array], Array]
    a: float = 0.0
    b: float = 0.0

    def __post_init__(self) -> None:
        for name, value in (("a", self.a), ("b", self.b)):
            if not 0 <= value < 1:
                raise OutOfRange(f"resolution {name}", value, 0, 1)

    def seen(self, edges: Array) -> tuple[Array, Array]:
        """Fraction of all positrons, and their asymmetry, in bins of measured energy.

        Parameters
        ----------
        edges : array, shape (n + 1,)
            [MeV]

        Returns
        -------
        fraction, asymmetry : array, shape (n,)
            The asymmetry is zero in a bin without positrons.
        """
        cells = np.linspace(0.0, 1.0, _TRUE + 1)
        mean_N, mean_NA = spectrum.energy_integrals(cells[:-1], cells[1:])
        E = (cells[1:] + cells[:-1]) / 2 * spectrum.E_max
        width = E * np.sqrt(self.a**2 / (E * 1e-3) + self.b**2)
        with np.errstate(divide="ignore"):
            below = ndtr((edges[:, None] - E) / width)  # without resolution: a step
        kept = np.diff(below, axis=0) * self.acceptance(E) / _TRUE
        fraction, polarised = kept @ mean_N, kept @ mean_NA
        return fraction, np.divide(polarised, fraction, out=np.zeros_like(fraction), where=fraction > 0)
