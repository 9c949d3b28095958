"""All published numbers that the library claims, derived again: the table, its text, its Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nudipole.io.stamp import stamp
from nudipole.parallel import Failed, each
from nudipole.validation.derivation import Derivation
from nudipole.validation.row import LEVELS, Row
from nudipole.validation.theory import theory

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
    >>> Validation([], {"mine": "no such file"}).passed
    False
    """

    rows: list[Row]
    failures: dict[str, str]

    @property
    def passed(self) -> bool:
        """Whether every number lies within its tolerance."""
        return not self.failures and all(row.passed for row in self.rows)

    def by_level(self) -> dict[str, int]:
        """How many numbers rest on what."""
        return {level: n for level in LEVELS if (n := sum(row.level == level for row in self.rows))}

    def summary(self) -> str:
        """One line."""
        if not self.rows:
            return "no published number to compare with"
        good = sum(row.passed for row in self.rows)
        levels = ", ".join(f"{n} {level}" for level, n in self.by_level().items())
        return f"{good} of {len(self.rows)} published numbers within their tolerance ({levels})"

    def plot(self) -> Figure:
        """Draw ours over published."""
        from nudipole import plots

        return plots.validation(self.rows, LEVELS)

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-validation/1``."""
        return {
            **stamp("validation"),
            "passed": self.passed,
            "levels": self.by_level(),
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
    >>> validate([]).passed
    True
    """
    found = each(derive, names, jobs=jobs, prepare=prepare, finished=finished)
    rows = theory() if with_theory else []
    rows += [row for result in found.values() if not isinstance(result, Failed) for row in result]
    return Validation(rows, {name: result.reason for name, result in found.items() if isinstance(result, Failed)})


def derive(name: str) -> list[Row]:
    """Rows of one experiment."""
    return Derivation(name).rows()
