"""Numbers and matrices that callers hand in, checked by name before they are computed with.

What JAX traces has no value yet: of it only the shape is checked, so that everything here works within ``jit``.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from nudipole.errors import NotANumber, OutOfRange, ShapeError

if TYPE_CHECKING:
    from nudipole.numerics import AnyArray

#: Dimensions that matrices may have, and how to say it.
_BATCHES = {
    False: (2, "one matrix, (3, 3)"),
    True: (math.inf, "matrices, (..., 3, 3)"),
    None: (3, "one matrix, (3, 3), or n of them, (n, 3, 3)"),
}


def number(
    name: str,
    value: Any,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    inside: bool = False,
    unit: str = "",
) -> Any:
    """One real, finite number within [low, high], or what JAX traces in its place.

    Parameters
    ----------
    name : str
        What the caller calls it.
    value : float, or array of shape ()
    low, high : float
    inside : bool
        Whether the ends are excluded.
    unit : str
        Of value and ends, for the message.

    Raises
    ------
    NotANumber
        For text, None, truth values and complex numbers.
    ShapeError
        For arrays with more than one number.
    OutOfRange
        If it is not finite, or outside.

    Examples
    --------
    >>> number("mu_nu", 2e-11), number("E", np.array(3.0))
    (2e-11, 3.0)
    >>> number("mu_nu", [1e-11, 2e-11])
    Traceback (most recent call last):
    nudipole.errors.ShapeError: mu_nu has shape (2,): write one number
    """
    if _traced(value):
        return value
    if isinstance(value, bool | np.bool_) or not isinstance(value, float | int | np.generic):
        value = _single(name, array(name, value))
    elif np.iscomplexobj(value) or not isinstance(value, float | int | np.number):
        raise NotANumber(name, value)
    value = float(value)
    within = low < value < high if inside else low <= value <= high
    if not (math.isfinite(value) and within):
        raise OutOfRange(name, value, low, high, inside=inside, unit=unit)
    return value


def level(cl: Any, name: str = "cl") -> float:
    """A confidence level, a fraction between 0 and 1.

    Raises
    ------
    NotANumber, ShapeError, OutOfRange
        As for `number`.
    """
    found: float = number(name, cl, low=0.0, high=1.0, inside=True)
    return found


def array(name: str, value: Any, *, complex_too: bool = False) -> AnyArray:
    """An array of finite numbers of any shape, as it is.

    Raises
    ------
    NotANumber
        For text, None, truth values, ragged lists, and complex numbers where real ones are due.
    OutOfRange
        If an entry is not finite.
    """
    if _traced(value):
        return cast("AnyArray", value)
    try:
        found = np.asarray(value)
    except (TypeError, ValueError) as error:  # ragged lists
        raise NotANumber(name, value) from error
    if found.dtype.kind not in ("iufc" if complex_too else "iuf"):
        raise NotANumber(name, value)
    finite = np.isfinite(found)
    if not finite.all():
        at = tuple(int(i) for i in np.argwhere(~finite)[0])
        bad = complex(found[at])
        odd = bad.imag if math.isfinite(bad.real) else bad.real
        raise OutOfRange(f"{name}{list(at) if at else ''}", odd, -math.inf)
    return found


def not_negative(name: str, value: Any, unit: str = "") -> AnyArray:
    """An array of finite numbers that are 0 or more.

    Raises
    ------
    NotANumber, OutOfRange
        As for `array`.
    """
    found = array(name, value)
    if not _traced(found) and np.any(np.asarray(found) < 0):
        raise OutOfRange(name, float(np.min(found)), 0.0, unit=unit)
    return found


def matrices(name: str, value: Any, batch: bool | None = None) -> AnyArray:
    """Complex matrices of three neutrinos: one (3, 3), or any number of them.

    Parameters
    ----------
    name : str
    value : Complex[Array, "3 3"] or Complex[Array, "n 3 3"]
    batch : bool, optional
        False: one matrix; True: one or several in any number of dimensions; by default one, or n of them.

    Raises
    ------
    NotANumber, OutOfRange
        As for `array`.
    ShapeError
        If the shape is another.
    """
    found = value if _traced(value) else array(name, value, complex_too=True)
    shape = np.shape(found)
    most, wanted = _BATCHES[batch]
    if shape[-2:] != (3, 3) or len(shape) > most:
        raise ShapeError(name, shape, wanted)
    return found


def _single(name: str, value: AnyArray) -> Any:
    if np.shape(value) != ():
        raise ShapeError(name, np.shape(value), "one number")
    return value[()]


def _traced(value: Any) -> bool:
    """Whether JAX traces it: nothing is traced where JAX was not imported, which takes longer than a small command."""
    jax = sys.modules.get("jax")
    return jax is not None and isinstance(value, jax.core.Tracer)
