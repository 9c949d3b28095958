"""Measurements of the anomaly a_mu and their averages, 1979-2025, and the constants that belong to them.

The numbers are in ``data/tables/muon-g2-measurements`` and ``muon-g2-constants``, each with its reference and with how
it was checked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from nudipole import tables
from nudipole.errors import NudipoleError, UnknownName

#: Averages of the table that `combined` makes again, and of what.
COMBINATIONS: dict[str, tuple[str, ...]] = {
    "e821-published": ("e821-plus", "e821-2001"),
    "world-2021": ("e821", "fnal-run1"),
    "fnal-run123": ("fnal-run1", "fnal-run23"),
    "world-2023": ("e821", "fnal-run123"),
    "world-2025": ("e821", "fnal"),
}


@dataclass(frozen=True)
class Measurement:
    """A value of a_mu with its error; pure numbers.

    Attributes
    ----------
    name, label : str
    year : int
        Of the publication.
    kind : str
        ``measurement`` of one data set, ``average`` of several, or ``combination`` computed here.
    particle : str
        mu+, mu- or mu+- for both.
    value, error : float
        error is the total.
    stat, syst : float or None
        Its parts, where they are known.
    texkey, status, note : str
        status is published, secondary (quoted elsewhere), to-verify (seen in neither), or computed.

    Examples
    --------
    >>> world = measurement("world-2025")
    >>> print(f"{world.kind}: ({1e11 * world.value:.1f} +- {1e11 * world.error:.1f})e-11")
    average: (116592071.5 +- 14.5)e-11
    """

    name: str
    label: str
    year: int
    kind: str
    particle: str
    value: float
    error: float
    stat: float | None
    syst: float | None
    texkey: str
    status: str
    note: str

    @property
    def ppm(self) -> float:
        """Relative error in parts per million."""
        return 1e6 * self.error / self.value

    @property
    def experiment(self) -> str:
        """Where it was measured: cern, e821, fnal or world."""
        return self.name.partition("-")[0]


@cache
def measurements() -> dict[str, Measurement]:
    """All measurements and averages by name, in the order of their years.

    Returns
    -------
    dict of Measurement

    Examples
    --------
    >>> [name for name, one in measurements().items() if one.kind == "average" and one.year > 2020]
    ['world-2021', 'fnal-run123', 'world-2023', 'fnal', 'world-2025']
    """
    table = tables.read("muon-g2-measurements")
    numbers = {name: table.column(name, "1") for name in ("year", "a_mu", "stat", "syst", "error")}
    found = {}
    for k, name in enumerate(table.words("name")):
        words = {key: table.words(key)[k] for key in ("label", "kind", "particle", "texkey", "status")}
        note = table.words("note")[k]
        stat, syst = (None if math.isnan(numbers[key][k]) else float(numbers[key][k]) for key in ("stat", "syst"))
        found[name] = Measurement(
            name=name,
            year=int(numbers["year"][k]),
            value=float(numbers["a_mu"][k]),
            error=float(numbers["error"][k]),
            stat=stat,
            syst=syst,
            note="" if note == "-" else note,
            **words,
        )
    return found


def measurement(name: str) -> Measurement:
    """The measurement or average called `name`.

    Parameters
    ----------
    name : str
        Of `measurements`.

    Returns
    -------
    Measurement

    Raises
    ------
    UnknownName
        If there is none.

    Examples
    --------
    >>> measurement("world-2025").ppm < 0.125
    True
    """
    try:
        return measurements()[name]
    except KeyError:
        raise UnknownName("measurement", name, measurements()) from None


def combined(names: Sequence[str], *, label: str = "combined") -> Measurement:
    r"""Best linear unbiased average of measurements.

    .. math:: \bar a = \frac{1^T V^{-1} a}{1^T V^{-1} 1}, \qquad \sigma^2 = \frac{1}{1^T V^{-1} 1}

    The systematic errors of measurements at the same ring are taken as fully correlated, where both are known, and
    everything else as independent. With that the published averages come out (`COMBINATIONS`).

    Parameters
    ----------
    names : sequence of str
        Of `measurements`.
    label : str

    Returns
    -------
    Measurement
        Of the kind ``combination``.

    Raises
    ------
    NudipoleError
        If a measurement is named twice: its data would count double.

    Examples
    --------
    >>> ours, published = combined(COMBINATIONS["world-2021"]), measurement("world-2021")
    >>> abs(ours.value - published.value) < 0.1 * published.error
    True
    """
    if len(set(names)) < len(names):
        raise NudipoleError(f"{', '.join(names)}: name every measurement once")
    parts = [measurement(name) for name in names]
    V = np.diag([part.error**2 for part in parts])
    for i, one in enumerate(parts):
        for k, two in enumerate(parts[:i]):
            if one.experiment == two.experiment and one.syst is not None and two.syst is not None:
                V[i, k] = V[k, i] = one.syst * two.syst
    weights = np.linalg.solve(V, np.ones(len(parts)))
    return Measurement(
        name="+".join(names),
        label=label,
        year=max(part.year for part in parts),
        kind="combination",
        particle="mu+-" if len({part.particle for part in parts}) > 1 else parts[0].particle,
        value=float(weights @ [part.value for part in parts] / weights.sum()),
        error=float(weights.sum() ** -0.5),
        stat=None,
        syst=None,
        texkey=", ".join(dict.fromkeys(part.texkey for part in parts)),
        status="computed",
        note="systematic errors of one ring correlated",
    )


@dataclass(frozen=True)
class MeasuredConstant:
    """A number of ``muon-g2-constants``: value and error in the unit of its row.

    Attributes
    ----------
    value, error : float
        In the unit of the row.

    Examples
    --------
    >>> constant("r_ring").value
    7112.0
    """

    value: float
    error: float


@cache
def constant(name: str, of: str = "-") -> MeasuredConstant:
    """A constant of the table.

    Parameters
    ----------
    name : str
    of : str
        The set, for what differs between sets of constants.

    Returns
    -------
    Constant

    Raises
    ------
    UnknownName
        If there is none.

    Examples
    --------
    The magnetic field of the rings, in tesla:

    >>> constant("B_ring").value
    1.45127
    """
    table = tables.read("muon-g2-constants")
    keys = list(zip(table.words("name"), table.words("set"), strict=True))
    if (name, of) not in keys:
        raise UnknownName("constant", f"{name} of {of}", (f"{one} of {two}" for one, two in keys))
    k = keys.index((name, of))
    return MeasuredConstant(float(table.column("value", "1")[k]), float(table.column("error", "1")[k]))
