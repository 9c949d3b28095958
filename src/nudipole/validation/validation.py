"""All published numbers of the library, derived again: rows by class, and what changed since an earlier version."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from nudipole.io.stamp import stamp
from nudipole.parallel import Failed, each
from nudipole.validation.derivation import Derivation
from nudipole.validation.row import CLASSES, Row
from nudipole.validation.theory import theory

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: What version 0.1.0 said of each number: within a tolerance that was typed as a total, or not compared.
_BEFORE = "version-0.1.0.csv"


class Change(NamedTuple):
    """What is said of a number now, and what version 0.1.0 said."""

    row: Row
    before: str


@dataclass(frozen=True)
class Validation:
    """Rows of all experiments.

    Attributes
    ----------
    rows : list of Row
    failures : dict of str
        Experiments that could not be evaluated at all, with the reason.

    Examples
    --------
    >>> Validation([], {"mine": "no such file"}).derived
    False
    """

    rows: list[Row]
    failures: dict[str, str]

    @property
    def derived(self) -> bool:
        """Whether every number could be derived, whatever came out."""
        return not self.failures and all(row.ours is not None and not row.error for row in self.rows)

    def by_class(self) -> dict[str, list[Row]]:
        """The rows of each class, in the order of `CLASSES`."""
        found = {name: [row for row in self.rows if row.verdict == name] for name in CLASSES}
        return {name: rows for name, rows in found.items() if rows}

    def summary(self) -> str:
        """One line: how many of each class; no score."""
        if not self.rows:
            return "no published number to compare with"
        counts = ", ".join(f"{len(rows)} {name}" for name, rows in self.by_class().items())
        return f"{len(self.rows)} published numbers: {counts}"

    def changes(self) -> list[Change]:
        """What version 0.1.0 said of each number, where it knew it."""
        text = files("nudipole").joinpath("validation", _BEFORE).read_text(encoding="utf-8")
        before = {row["key"]: row["said"] for row in csv.DictReader(text.splitlines())}
        return [Change(row, before.get(row.key, "")) for row in self.rows]

    def plot(self) -> Figure:
        """Draw how far ours is off, in combined errors."""
        from nudipole import plots

        return plots.validation({name: rows for name, rows in self.by_class().items() if name != "not derived"})

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-validation/2``."""
        return {
            **stamp("validation"),
            "derived": self.derived,
            "classes": {name: len(rows) for name, rows in self.by_class().items()},
            "rows": [row.to_json() for row in self.rows],
            "failures": self.failures,
        }


def validate(
    names: Sequence[str],
    *,
    with_theory: bool = True,
    jobs: int = 1,
    prepare: Callable[[], object] | None = None,
    finished: Callable[[str], object] = lambda name: None,
) -> Validation:
    """Derive every published number of the named experiments again.

    Parameters
    ----------
    names : sequence of str
        Library names or YAML files.
    with_theory : bool
        Beside them the numbers that need no experiment.
    jobs, prepare, finished
        As for `nudipole.parallel.each`.

    Returns
    -------
    Validation

    Examples
    --------
    >>> {row.verdict for row in validate([]).rows}
    {'reproduced'}
    """
    found = each(derive, names, jobs=jobs, prepare=prepare, finished=finished)
    rows = theory() if with_theory else []
    rows += [row for result in found.values() if not isinstance(result, Failed) for row in result]
    return Validation(rows, {name: result.reason for name, result in found.items() if isinstance(result, Failed)})


def derive(name: str) -> list[Row]:
    """Rows of one experiment."""
    return Derivation(name).rows()
