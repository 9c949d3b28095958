"""Published bounds from stars, supernovae and the early Universe on the moments of a given neutrino."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nudipole import digits
from nudipole.limits import Record, select
from nudipole.properties import Neutrino, plasmon_moment

#: Processes with where they happen, and what is meant by the moment that each sees.
_PROCESSES = {
    "plasmon-decay": ("stars", "sum over pairs"),
    "spin-flip": ("supernova", "mean of flavours"),
    "big-bang": ("early-universe", "mean of flavours"),
}


@dataclass(frozen=True)
class Bound:
    """One published bound, beside what a neutrino has.

    Attributes
    ----------
    record : Record
    process : str
    moment : float or None
        What the process sees [mu_B]; None where the bound does not apply.
    upper : float
        [mu_B]
    why : str
        Why it does not apply; empty if it does.
    """

    record: Record
    process: str
    moment: float | None
    upper: float
    why: str

    @property
    def excluded(self) -> bool:
        """Whether the moment is above the bound."""
        return self.moment is not None and self.moment > self.upper

    @property
    def has_level(self) -> bool:
        """Whether the publication states a confidence level."""
        return self.record.bound.statistics.cl is not None

    @property
    def label(self) -> str:
        """Who, when, and by what."""
        cl = self.record.bound.statistics.cl
        level = "" if cl is None else f", {digits.level(cl)}"
        return f"{self.record.id.split('-mu-')[-1]} {self.record.year}{level}"

    @property
    def assumptions(self) -> str:
        """Assumptions of the record in words."""
        return "; ".join(f"{name}: {words}" for name, words in self.record.bound.assumptions.items())

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        statistics = self.record.bound.statistics
        return {
            "record": self.record.id,
            "reference": self.record.citation,
            "process": self.process,
            "moment": self.moment,
            "meaning": _PROCESSES[self.process][1],
            "upper": self.upper,
            "unit": "mu_B",
            "cl": statistics.cl,
            "reason": statistics.reason or None,
            "excluded": None if self.moment is None else self.excluded,
            "not_applicable": self.why or None,
            "assumptions": dict(self.record.bound.assumptions),
            "model_dependent": True,
        }


def bounds(neutrino: Neutrino) -> tuple[Bound, ...]:
    """All published limits that are not superseded, by process, the newest first.

    Parameters
    ----------
    neutrino : Neutrino

    Returns
    -------
    tuple of Bound

    Examples
    --------
    >>> found = bounds(Neutrino.majorana(basis="mass", Lambda=[3e-12, 0, 0]))
    >>> next(bound.excluded for bound in found if bound.record.id == "capozzi-2020-mu-omega-cen")
    True
    >>> {bound.why for bound in found if bound.process == "spin-flip"}
    {'of Dirac neutrinos, which have a sterile state to flip to'}
    """
    found = []
    for process, (source, _) in _PROCESSES.items():
        moment = plasmon_moment if process == "plasmon-decay" else _mean
        chosen = select(property="magnetic-moment", status="limit", process=process, source=source)
        rows = [row for row in chosen if _fits(row)]
        for row in sorted(rows, key=lambda row: (-row.year, row.id)):
            why = _why(row, neutrino)
            (_, upper), *_ = row.common or ((None, None),)
            assert upper is not None
            found.append(Bound(row, process, None if why else moment(neutrino), upper, why))
    return tuple(found)


def _fits(row: Record) -> bool:
    ends = row.common
    return (
        ends is not None
        and ends[-1][1] is not None
        and not row.superseded_by
        and row.bound.quantity.flavour
        in (
            "all",
            "any-two",
        )
    )


def _why(row: Record, neutrino: Neutrino) -> str:
    nature = row.bound.quantity.nature
    if nature == "dirac" and neutrino.nature == "majorana":
        return "of Dirac neutrinos, which have a sterile state to flip to"
    if nature == "majorana" and neutrino.nature == "dirac":
        return "of Majorana neutrinos"
    return ""


def _mean(neutrino: Neutrino) -> float:
    """Of one moment for all flavours that moment."""
    return float(np.sqrt(np.sum(np.abs(np.asarray(neutrino.lam)) ** 2) / 3))
