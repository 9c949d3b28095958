r"""Conversion along the cycle of the Sun's activity: what a flux would do that followed the sunspots.

.. math:: B(t) = B_0\,|\sin(\pi t/T)|, \qquad t = 0 \text{ at the minimum of activity}

The field in the Sun changes its sign from cycle to cycle; a conversion knows its size alone. A neutrino crosses the Sun
in seconds, so that each moment of the cycle is a field at rest.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import ArgumentError, NudipoleError
from nudipole.io import notebook
from nudipole.precession import fields
from nudipole.precession.conversion import Conversion
from nudipole.precession.evolution import precession
from nudipole.precession.fields import Field
from nudipole.properties import Neutrino
from nudipole.sources.solar import COMPONENTS, LINES, lines, spectrum

Numbers = NDArray[np.float64]

#: Times of half a cycle, from the minimum of activity to its maximum.
_TIMES = 6


@dataclass(frozen=True, repr=False)
class Cycle:
    """A flux along a cycle.

    Attributes
    ----------
    years : (t,)
        After a minimum of activity.
    field : (t,)
        Its size over the largest one.
    survival : (t,)
        Of nu_e as nu_e at the Earth, mean over the source's spectrum.
    converted : (t,)
        Sum of the partners, the same mean.
    strongest : Conversion
        At the maximum of activity.
    doubts : tuple of str

    Examples
    --------
    >>> mine = Neutrino.majorana(basis="mass", Lambda=[0, 0, 1e-12])
    >>> float(cycle(mine, "core:10kG", source="8B", energies=[10.0]).years[-1])
    11.0
    """

    years: Numbers
    field: Numbers
    survival: Numbers
    converted: Numbers
    strongest: Conversion
    doubts: tuple[str, ...]

    @property
    def swing(self) -> float:
        """By how much the flux of nu_e is less at most than at the minimum of activity, relative."""
        return float(1 - self.survival.min() / self.survival[0])

    def __repr__(self) -> str:
        return notebook.lines("Cycle", self._words)

    def _repr_html_(self) -> str:
        return notebook.shown("Cycle", self._words)

    @property
    def _words(self) -> dict[str, str]:
        return {
            "period": f"{digits.plain(float(self.years[-1]))} yr",
            "converted at most": digits.number(float(self.converted.max()), 4),
            "nu_e less by at most": digits.percent(self.swing, 2),
            "doubts": "; ".join(self.doubts),
        }

    def to_csv(self) -> str:
        """One row a time."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["t [yr]", "B/B0 [1]", "P nu_e [1]", "P converted [1]"])
        for row in zip(self.years, self.field, self.survival, self.converted, strict=True):
            writer.writerow([repr(float(x)) for x in row])
        return text.getvalue()

    def to_json(self) -> dict[str, Any]:
        """The part `cycle` of a record of `nudipole precession --json`."""
        return {
            "years": self.years.tolist(),
            "field": self.field.tolist(),
            "survival": self.survival.tolist(),
            "converted": self.converted.tolist(),
            "swing": self.swing,
            "doubts": list(self.doubts),
        }


def cycle(
    neutrino: Neutrino,
    field: str | File | Field,
    *,
    source: str = "8B",
    years: float = 11.0,
    progress: Callable[[str], None] | None = None,
    **options: Any,
) -> Cycle:
    """The flux of a component of the Sun along a cycle of activity, the field being |sin(pi t/T)| of its largest value.

    Parameters
    ----------
    neutrino : Neutrino
    field : str, Path or Field
        At the maximum of activity, as `precession` takes it.
    source : str
        Component of the Sun.
    years : float
        From minimum to minimum.
    progress : callable, optional
    **options
        Of `precession`: energies, model, oscillation, method, peak, twist, ...

    Returns
    -------
    Cycle

    Raises
    ------
    ArgumentError
        For a period that is not positive.
    NudipoleError
        As `precession`.

    References
    ----------
    Akhmedov:2002mf

    Examples
    --------
    >>> mine = Neutrino.dirac(basis="mass", magnetic=2e-11 * np.eye(3))
    >>> found = cycle(mine, "convective:50kG", source="7Be")
    >>> found.survival[0] > found.survival[5] and found.swing > 0.05
    True
    """
    if not (math.isfinite(years) and 0 < years < 1000):
        raise ArgumentError("cycle", years, "must be years from minimum to minimum, such as 11")
    shaped = {name: options.pop(name) for name in ("peak", "twist", "correlation", "seed") if name in options}
    where = fields.field(field, **shaped)
    if where.B0 == 0:
        raise NudipoleError("a cycle of a field that is zero: write its value at the maximum of activity")
    t = np.linspace(0, years / 2, _TIMES)
    size = np.sin(np.pi * t / years)
    top = precession(neutrino, field=where, source=source, progress=progress, **options)
    weights = _weights(source, top.E)
    survival, converted = np.empty(_TIMES), np.empty(_TIMES)
    for k, share in enumerate(size):
        if top.method == "first-order":  # exactly with the square of the field
            P, kept = top.total[0] * share**2, top.kept[0, :, 0]
        else:
            now = where.scaled(where.B0 * float(share))
            run = precession(neutrino, field=now, source=source, progress=progress, **{**options, "method": "full"})
            P, kept = run.total[0], run.kept[0, :, 0]
        survival[k], converted[k] = weights @ kept, weights @ P
    doubts = [
        "that the field follows |sin(pi t/T)| as sunspots roughly do, and vanishes at the minimum, is an assumption",
        *top.doubts,
    ]
    if top.method == "first-order":
        doubts.insert(1, "by the first order nu_e do not fall: what is converted is less than 1e-3 of them")
    if np.any(np.diff(survival) > 1e-3 * survival[0]):
        doubts.insert(1, "spins turn back in a strong field: the flux is not least at the maximum of activity")

    def whole(rising: Numbers) -> Numbers:
        """With the second half of the cycle, which runs backwards."""
        return np.concatenate([rising, rising[-2::-1]])

    later = np.concatenate([t, years - t[-2::-1]])
    return Cycle(later, whole(size), whole(survival), whole(converted), top, tuple(doubts))


def _weights(source: str, E: Numbers) -> Numbers:
    """Shares of energies in the flux of a component."""
    if source in COMPONENTS and source not in LINES:
        at, shape = spectrum(source)
        weights = np.interp(E, at, shape) * (np.gradient(E) if len(E) > 1 else 1.0)
        return np.asarray(weights / weights.sum())
    known, shares = lines(source)
    near = np.array([shares[np.argmin(np.abs(known - one))] for one in E])
    return np.asarray(near / near.sum())
