"""Predictions of a_mu by the Standard Model, what they are made of, and named terms of new physics on top.

The numbers are in ``data/tables/muon-g2-predictions``. Of the white paper of 2025 only the total and the leading
hadronic vacuum polarisation are there: its other parts were not found in a source that could be read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from nudipole import tables
from nudipole.errors import NudipoleError, OutOfRange, UnknownName
from nudipole.muon_g2.world.measurements import Measurement


@dataclass(frozen=True)
class Term:
    """A contribution to a_mu: a part of the Standard Model, or new physics.

    Attributes
    ----------
    name : str
    value, error : float
        Pure numbers.
    texkey, status, note : str
        Status as in `nudipole.muon_g2.world.measurements.Measurement`, or ``given`` by the user.

    Raises
    ------
    OutOfRange
        If the value is not finite, or the error negative or infinite.

    Examples
    --------
    >>> Term("leptoquark", 251e-11).error
    0.0
    """

    name: str
    value: float
    error: float = 0.0
    texkey: str = ""
    status: str = "given"
    note: str = ""

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise OutOfRange(f"a_mu of {self.name}", self.value, -1, 1)
        if not 0 <= self.error < math.inf:
            raise OutOfRange(f"error of {self.name}", self.error, 0)


#: New physics, and its error, lie far below the anomaly itself, 1.17e-3.
MOST_NEW = 1e-3


def new_physics(name: str, value: float, error: float = 0.0) -> Term:
    """A contribution beyond the Standard Model.

    Raises
    ------
    NudipoleError
        If it is as large as a_mu, such as one in units of 1e-11.
    """
    if not (abs(value) < MOST_NEW and 0 <= error < MOST_NEW):
        raise NudipoleError("a_mu is 1.17e-3 in all: write a pure number far below that")
    return Term(name, value, error)


@dataclass(frozen=True)
class Prediction:
    """A prediction of a_mu; pure numbers.

    Attributes
    ----------
    name, label : str
    year : int
    value, error : float
    parts : tuple of Term
        As far as they are known.
    added : tuple of Term
        Terms of new physics that value and error contain.
    texkey, status, note : str

    Examples
    --------
    >>> paper = prediction("wp2025")
    >>> print(f"{paper.label}: ({1e11 * paper.value:.0f} +- {1e11 * paper.error:.0f})e-11")
    White paper 2025: (116592033 +- 62)e-11
    """

    name: str
    label: str
    year: int
    value: float
    error: float
    parts: tuple[Term, ...]
    texkey: str
    status: str
    note: str
    added: tuple[Term, ...] = ()

    def plus(self, *terms: Term) -> Prediction:
        """The prediction with new physics, whose errors are independent of it and of each other.

        Examples
        --------
        >>> new = prediction("wp2020").plus(Term("leptoquark", 251e-11))
        >>> new.label, round(new.value * 1e11)
        ('White paper 2020 + leptoquark', 116592061)
        """
        names = [term.name for term in (*self.added, *terms)]
        if len(set(names)) < len(names):
            raise NudipoleError(f"{', '.join(names)}: give every term a name of its own")
        return replace(
            self,
            label=" + ".join([self.label, *(term.name for term in terms)]),
            value=self.value + sum(term.value for term in terms),
            error=math.hypot(self.error, *(term.error for term in terms)),
            added=(*self.added, *terms),
        )


@dataclass(frozen=True)
class Difference:
    """Measurement minus prediction.

    Attributes
    ----------
    measurement : Measurement
    prediction : Prediction

    Examples
    --------
    >>> from nudipole.muon_g2.world.measurements import measurement
    >>> print(f"{Difference(measurement('world-2025'), prediction('wp2025')).sigma:.1f} sigma")
    0.6 sigma
    """

    measurement: Measurement
    prediction: Prediction

    @property
    def value(self) -> float:
        """The difference, a pure number."""
        return self.measurement.value - self.prediction.value

    @property
    def error(self) -> float:
        """Both errors in quadrature."""
        return math.hypot(self.measurement.error, self.prediction.error)

    @property
    def sigma(self) -> float:
        """The difference in units of its error."""
        return self.value / self.error

    @property
    def ppm(self) -> tuple[float, float]:
        """Difference and error relative to the measured value, in parts per million."""
        return 1e6 * self.value / self.measurement.value, 1e6 * self.error / self.measurement.value


@cache
def predictions() -> dict[str, Prediction]:
    """All predictions by name, in the order of their years.

    Returns
    -------
    dict of Prediction

    Examples
    --------
    >>> {"wp2020", "wp2025"} <= set(predictions())
    True
    """
    table = tables.read("muon-g2-predictions")
    values, errors, years = (table.column(name, "1") for name in ("a_mu", "error", "year"))
    totals: dict[str, Prediction] = {}
    parts: dict[str, list[Term]] = {}
    for k, name in enumerate(table.words("name")):
        label, term, texkey, status, note = (
            table.words(key)[k].removeprefix("-") for key in ("label", "term", "texkey", "status", "note")
        )
        value, error = float(values[k]), float(errors[k])
        if term == "total":
            totals[name] = Prediction(name, label, int(years[k]), value, error, (), texkey, status, note)
        else:
            parts.setdefault(name, []).append(Term(term, value, error, texkey, status, note))
    complete = (replace(total, parts=tuple(parts.get(name, ()))) for name, total in totals.items())
    return {total.name: total for total in sorted(complete, key=lambda total: total.year)}


def prediction(name: str) -> Prediction:
    """The prediction called `name`.

    Parameters
    ----------
    name : str
        Of `predictions`.

    Returns
    -------
    Prediction

    Raises
    ------
    UnknownName
        If there is none.

    Examples
    --------
    >>> prediction("wp2025").year
    2025
    """
    try:
        return predictions()[name]
    except KeyError:
        raise UnknownName("prediction", name, predictions()) from None


def g_s(a: float) -> float:
    """The g factor of the spin, 2 (1 + a).

    Parameters
    ----------
    a : float
        The anomaly.

    Returns
    -------
    float

    Examples
    --------
    >>> g_s(0.0)
    2.0
    """
    return 2 * (1 + a)


def projected(value: float, errors: Sequence[float]) -> float:
    """Expected significance of a shift of a_mu: its size in units of errors added in quadrature.

    Parameters
    ----------
    value : float
        Of the shift.
    errors : sequence of float
        Of measurement, prediction, and whatever else.

    Returns
    -------
    float

    Raises
    ------
    OutOfRange
        If all errors are zero.

    Examples
    --------
    >>> round(projected(251e-11, [14.5e-11, 62e-11]), 1)
    3.9
    """
    total = math.hypot(*errors)
    if not total > 0:
        raise OutOfRange("error", total, 0, inside=True)
    return value / total
