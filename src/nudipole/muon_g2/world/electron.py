"""The electron's anomaly a_e: measured and predicted, and to how many figures they are the same."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from nudipole import tables
from nudipole.errors import ArgumentError


@dataclass(frozen=True)
class ElectronAnomaly:
    """A measurement and a prediction of a_e of one time.

    Attributes
    ----------
    measured, predicted : str
        Labels.
    values, errors : (float, float)
        Of measurement and prediction; pure numbers.
    texkeys, statuses : (str, str)
    note : str
        What the prediction depends on.

    Examples
    --------
    >>> then = electron_anomaly(2016)
    >>> then.measured, f"{then.sigma:.1f} sigma", then.figures
    ('Harvard 2008', '-1.3 sigma', (9, 11))
    """

    measured: str
    predicted: str
    values: tuple[float, float]
    errors: tuple[float, float]
    texkeys: tuple[str, str]
    statuses: tuple[str, str]
    note: str = ""

    @property
    def difference(self) -> tuple[float, float]:
        """Measurement minus prediction, and its error."""
        return self.values[0] - self.values[1], math.hypot(*self.errors)

    @property
    def sigma(self) -> float:
        """The difference in units of its error."""
        value, error = self.difference
        return value / error

    @property
    def figures(self) -> tuple[int, int]:
        """Figures of a_e, and decimals of g/2 = 1 + a_e, that are the same before the first that differs."""
        one, two = (f"{1e3 * value:.14f}".replace(".", "") for value in self.values)
        same = next((k for k, (a, b) in enumerate(zip(one, two, strict=True)) if a != b), len(one))
        return same, same + 2


@cache
def electron_anomaly(as_of: int | None = None) -> ElectronAnomaly:
    """The last measurement and prediction of a_e up to a year.

    Parameters
    ----------
    as_of : int, optional
        All that is known unless given.

    Returns
    -------
    ElectronAnomaly

    Raises
    ------
    ArgumentError
        If there was none of them yet.

    Examples
    --------
    >>> electron_anomaly().measured
    'Northwestern 2023'
    """
    table = tables.read("electron-anomaly")
    years, values, errors = (table.column(name, "1") for name in ("year", "a_e", "error"))
    found = []
    for kind in ("measured", "predicted"):
        rows = [k for k, one in enumerate(table.words("kind")) if one == kind and (as_of is None or years[k] <= as_of)]
        if not rows:
            raise ArgumentError("as_of", as_of, f"the table of a_e has nothing {kind} before {int(min(years))}")
        found.append(max(rows, key=lambda k: float(years[k])))
    one, two = found
    words = {name: table.words(name) for name in ("label", "texkey", "status", "note")}
    return ElectronAnomaly(
        words["label"][one],
        words["label"][two],
        (float(values[one]), float(values[two])),
        (float(errors[one]), float(errors[two])),
        (words["texkey"][one], words["texkey"][two]),
        (words["status"][one], words["status"][two]),
        words["note"][two].removeprefix("-"),
    )
