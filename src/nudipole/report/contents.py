"""What the report says: every experiment with its limits, and all published numbers derived again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from nudipole.errors import OutOfRange
from nudipole.inference.verdict import Verdict
from nudipole.io.stamp import stamp
from nudipole.parallel import Failed, each
from nudipole.report.section import Section, sections_of
from nudipole.validation import Validation, theory


@dataclass(frozen=True)
class Report:
    """Everything that the page shows.

    Attributes
    ----------
    sections : list of Section
    validation : Validation
        Rows of all sections; its failures are the experiments that could not be evaluated, with the reason.
    cl : float
    parameter : str
    around : bool
        Whether the page has, beside these experiments, the limits of the world, stars, precession, the dipole portal
        and the muon's g-2.
    verdict : Verdict or None
        On a neutrino.

    Examples
    --------
    >>> Report([], Validation([], {}), cl=0.9, parameter="mu_nu").to_json()["schema"]
    'nudipole-report/2'
    """

    sections: list[Section]
    validation: Validation
    cl: float
    parameter: str
    around: bool = False
    verdict: Verdict | None = None

    @property
    def failures(self) -> dict[str, str]:
        """Experiments that could not be evaluated, with the reason."""
        return self.validation.failures

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-report/2``."""
        return {
            **stamp("report"),
            "cl": self.cl,
            "parameter": self.parameter,
            "limits": [limit.to_json() for section in self.sections for limit in section.limits.values()],
            "validation": self.validation.to_json(),
            "failures": self.failures,
            "verdict": None if self.verdict is None else self.verdict.to_json(),
        }


def build_report(
    names: Iterable[str],
    *,
    cl: float = 0.90,
    parameter: str = "mu_nu",
    with_theory: bool = False,
    around: bool = False,
    verdict: Verdict | None = None,
    jobs: int = 1,
    prepare: Callable[[], object] | None = None,
    finished: Callable[[str], object] = lambda name: None,
) -> Report:
    """Evaluate experiments with all their variants; one that fails is reported and does not stop the others.

    Parameters
    ----------
    names : iterable of str
        Library names or YAML files.
    cl : float
        Confidence level in (0, 1).
    parameter : str
        What is limited.
    with_theory : bool
        Among the published numbers those that need no experiment.
    around, verdict
        As of `Report`.
    jobs, prepare, finished
        As for `nudipole.parallel.each`.

    Returns
    -------
    Report

    Raises
    ------
    OutOfRange
        If `cl` is not between 0 and 1.

    Examples
    --------
    >>> report = build_report(["nowhere.yaml"])
    >>> list(report.failures)
    ['nowhere.yaml']
    """
    if not 0 < cl < 1:
        raise OutOfRange("cl", cl, 0, 1, inside=True)
    found = each(
        sections_of(cl=cl, parameter=parameter),
        [str(name) for name in names],
        jobs=jobs,
        prepare=prepare,
        finished=finished,
    )
    sections = [result for result in found.values() if not isinstance(result, Failed)]
    rows = theory() if with_theory else []
    rows += [row for section in sections for row in section.rows]
    failures = {name: result.reason for name, result in found.items() if isinstance(result, Failed)}
    return Report(sections, Validation(rows, failures), cl, parameter, around, verdict)
