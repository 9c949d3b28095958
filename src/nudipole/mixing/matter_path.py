r"""What neutrinos cross: densities and a transverse magnetic field along a straight path, in cells.

The field may jump between cells, never within one, so that every cell has its two ends. A twist is the phase of a
complex field, :math:`B_\perp e^{i\phi}`.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole.arguments import array, number
from nudipole.errors import OutOfRange, ShapeError

#: Internal value [MeV] of the energy of one Bohr magneton in one gauss.
MU_B_GAUSS = const.mu_B * 1e-4


class Path(NamedTuple):
    """A path in cells, from where neutrinos are born (or may be) to where they leave.

    Attributes
    ----------
    r : (n,)
        Ends of the cells, increasing [1/MeV].
    n_e, n_n : (n,)
        Electrons and neutrons there [mol/cm^3].
    start, end : (n - 1,)
        Transverse field at both ends of each cell [G], complex where it twists.

    Examples
    --------
    >>> path = Path.of([0.0, 1e20], [0, 0], [0, 0], [1e4], [0])
    >>> path.largest
    10000.0
    """

    r: NDArray[np.float64]
    n_e: NDArray[np.float64]
    n_n: NDArray[np.float64]
    start: NDArray[np.complex128]
    end: NDArray[np.complex128]

    @classmethod
    def of(cls, r: Any, n_e: Any, n_n: Any, start: Any, end: Any) -> Path:
        """The same, checked.

        Parameters
        ----------
        r, n_e, n_n : (n,)
        start, end : (n - 1,)
            As of the attributes.

        Raises
        ------
        NotANumber, OutOfRange
            For what is no finite number, negative densities, and radii that do not increase.
        ShapeError
            If lengths do not go together.
        """
        r, n_e, n_n = (np.asarray(array(name, x), float) for name, x in (("r", r), ("n_e", n_e), ("n_n", n_n)))
        first, last = (np.asarray(array(name, x, complex_too=True), complex) for name, x in (("B", start), ("B", end)))
        if r.ndim != 1 or len(r) < 2:
            raise ShapeError("r", r.shape, "at least two radii")
        for name, x, length in (("n_e", n_e, len(r)), ("n_n", n_n, len(r)), ("B", first, len(r) - 1)):
            if x.shape != (length,):
                raise ShapeError(name, x.shape, f"({length},)")
        if last.shape != first.shape:
            raise ShapeError("B", last.shape, f"({len(r) - 1},)")
        if np.any(np.diff(r) <= 0):
            raise OutOfRange("step between radii", float(np.diff(r).min()), 0, inside=True)
        for name, x in (("n_e", n_e), ("n_n", n_n)):
            if x.min() < 0:
                raise OutOfRange(name, float(x.min()), 0, unit="mol/cm^3")
        return cls(r, n_e, n_n, first, last)

    @classmethod
    def uniform(cls, length: float, field: float, *, n_e: float = 0.0, n_n: float = 0.0, cells: int = 1) -> Path:
        """Constant field and densities.

        Parameters
        ----------
        length : float
            [1/MeV]
        field : float
            [G]
        n_e, n_n : float
            [mol/cm^3]
        cells : int

        Examples
        --------
        >>> Path.uniform(1e3 * const.cm, 1e3).start
        array([1000.+0.j])
        """
        length = number("length", length, low=0, inside=True)
        r, one = np.linspace(0, length, cells + 1), np.ones(cells + 1)
        return cls.of(r, n_e * one, n_n * one, field * one[1:], field * one[1:])

    @property
    def largest(self) -> float:
        """Largest field [G]."""
        return float(max(np.abs(self.start).max(), np.abs(self.end).max()))

    @property
    def turns(self) -> float:
        """The phase of a moment of one Bohr magneton along the whole path, without matter or masses [rad]."""
        cells = np.diff(self.r) * (np.abs(self.start) + np.abs(self.end)) / 2
        return float(MU_B_GAUSS * cells.sum()) if math.isfinite(cells.sum()) else math.inf
