"""Our own re-derivation beside a record, from one file that `make docs` writes with the results of `validate`."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from nudipole.errors import NudipoleError

#: Written by ``python -m nudipole.limits VALIDATION.json``.
OURS = "ours.json"


class Ours(NamedTuple):
    """What `nudipole validate` found for one number of a record.

    Attributes
    ----------
    experiment : str
        Of the library, with the variant where the number is of one.
    quantity : str
        Which end of which parameter.
    published, ours : float
        In `unit`, in the common convention.
    unit : str
    verdict : str
        Reproduced, consistent, not reproduced, not testable, tuned.
    pull : float or None
        Ours less published in combined errors.

    Examples
    --------
    >>> str(Ours("mine", "mu_e upper, 90 %", 2e-11, 2.2e-11, "mu_B", "reproduced", 0.6))
    'mine: mu_e upper, 90 % 2.2e-11 mu_B, reproduced (+0.6 combined errors off)'
    """

    experiment: str
    quantity: str
    published: float
    ours: float
    unit: str
    verdict: str
    pull: float | None

    def __str__(self) -> str:
        off = "" if self.pull is None else f" ({self.pull:+.1f} combined errors off)"
        return f"{self.experiment}: {self.quantity} {self.ours:.3g} {self.unit}, {self.verdict}{off}"


@cache
def ours() -> dict[str, tuple[Ours, ...]]:
    """Our numbers by the id of the record.

    Returns
    -------
    dict of tuple of Ours

    Raises
    ------
    NudipoleError
        If the file is damaged.

    Examples
    --------
    >>> ours()["xenonnt-2022-mu-solar"][0].experiment
    'xenonnt-2022'
    """
    path = files("nudipole").joinpath("limits/library", OURS)
    if not path.is_file():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {name: tuple(Ours(**item) for item in items) for name, items in data.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise NudipoleError(f"{OURS} is damaged: {error}") from error


def joined(validation: dict[str, Any]) -> str:
    """The file, from a record of ``nudipole validate --json``.

    Parameters
    ----------
    validation : dict

    Returns
    -------
    str
        JSON.

    Examples
    --------
    >>> joined({"rows": []})
    '{}\\n'
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for row in validation["rows"]:
        if row["record"] and row["ours"] is not None:
            variant = f" ({row['variant']})" if row["variant"] else ""
            item = Ours(
                experiment=f"{row['experiment']}{variant}",
                quantity=row["quantity"],
                published=_rounded(row["published"]),
                ours=_rounded(row["ours"]),
                unit=row["unit"],
                verdict=row["class"],
                pull=None if row["pull"] is None else round(row["pull"], 1),
            )
            found.setdefault(row["record"], []).append(item._asdict())
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


def _rounded(value: float) -> float:
    """To six digits: twice what a table shows, so that rounding again is harmless; the same on every machine."""
    return float(f"{value:.5e}")
