"""What the bound of red giants takes for granted: observed tips, and predicted ones without a moment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from nudipole import tables
from nudipole.astrophysics.quantities import read
from nudipole.errors import ArgumentError, UnknownName


@dataclass(frozen=True)
class Calibration:
    """An observed tip.

    Attributes
    ----------
    name, label : str
    M_I, error : float
        [mag]
    texkey, distance : str

    Examples
    --------
    >>> calibrations()["omega-cen"].M_I
    -3.96
    """

    name: str
    label: str
    M_I: float
    error: float
    texkey: str
    distance: str


@dataclass(frozen=True)
class Theory:
    """A predicted tip without new physics.

    Attributes
    ----------
    name, label : str
    M_I, error : float
        [mag]
    error_model, error_slope : float
        A second error, that of the model, which grows with the moment [mag, mag per 1e-12 mu_B].
    note : str

    Examples
    --------
    >>> print(f"{theories()['viaux-2013'].at(2.0):.4f}")
    0.0724
    """

    name: str
    label: str
    M_I: float
    error: float
    error_model: float = 0.0
    error_slope: float = 0.0
    note: str = ""

    def at(self, mu12: float) -> float:
        """Error at a moment [mag]."""
        return math.hypot(self.error, self.error_model + self.error_slope * mu12)


@cache
def calibrations() -> dict[str, Calibration]:
    """Observed tips by name.

    Returns
    -------
    dict of Calibration

    Examples
    --------
    >>> list(calibrations())
    ['ngc4258', 'omega-cen', 'lmc-f20', 'lmc-y19', 'm5']
    """
    table = tables.read("trgb-calibrations")
    columns = (table.words("label"), table.column("M_I", "1"), table.column("error", "1"))
    rows = zip(table.words("name"), *columns, table.words("texkey"), table.words("distance"), strict=True)
    return {row[0]: Calibration(row[0], row[1], float(row[2]), float(row[3]), row[4], row[5]) for row in rows}


@cache
def theories() -> dict[str, Theory]:
    """Predicted tips by name.

    Returns
    -------
    dict of Theory

    Examples
    --------
    >>> theories()["mesa"].M_I
    -4.09
    """
    table = tables.read("trgb-theory")
    M_I, error, model, slope = (table.column(name, "1") for name in ("M_I", "error", "error_model", "error_slope"))
    words = zip(table.words("name"), table.words("label"), table.words("note"), strict=True)
    return {
        name: Theory(name, label, float(M_I[i]), float(error[i]), float(model[i]), float(slope[i]), note)
        for i, (name, label, note) in enumerate(words)
    }


def theory_of(given: str | Theory) -> Theory:
    """A predicted tip from a name, or from text such as ``M_I=-4.03,sigma=0.06``.

    Parameters
    ----------
    given : str or Theory

    Returns
    -------
    Theory

    Raises
    ------
    UnknownName, ArgumentError
        If it is neither.

    Examples
    --------
    >>> theory_of("M_I=-4.03,sigma=0.06").error
    0.06
    """
    if isinstance(given, Theory):
        return given
    if "=" not in given:
        if given not in theories():
            raise UnknownName("theory of the tip", given, theories())
        return theories()[given]
    found: dict[str, float] = {}
    remedy = "write M_I=MAGNITUDE,sigma=ERROR, such as M_I=-4.03,sigma=0.06"
    for item in given.split(","):
        key, _, value = (part.strip() for part in item.partition("="))
        if key not in ("M_I", "sigma") or key in found:
            raise ArgumentError("theory", given, remedy)
        found[key] = read(
            "theory", value, "mag", low=-10.0 if key == "M_I" else 0.0, high=10.0 if key == "sigma" else 0.0
        )
    if set(found) != {"M_I", "sigma"}:
        raise ArgumentError("theory", given, remedy)
    return Theory("given", "as given", found["M_I"], found["sigma"])
