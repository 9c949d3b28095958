"""What the report says: limits of every experiment and variant, beside the published values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import nudipole
from nudipole.errors import NudipoleError, OutOfRange
from nudipole.experiments import Experiment, Limit, load
from nudipole.experiments.columns import TableColumn
from nudipole.experiments.published_spec import PublishedSpec


@dataclass(frozen=True)
class Comparison:
    """A published number beside ours.

    Attributes
    ----------
    experiment, variant, quantity : str
        `quantity` is ``upper`` or ``lower``.
    published, ours : float
        [mu_B]
    construction : str
    item : PublishedSpec
    cl : float
        Of ours; that of the published value is `item.cl`.
    """

    experiment: str
    variant: str
    quantity: str
    published: float
    ours: float
    construction: str
    item: PublishedSpec

    cl: float

    @property
    def ratio(self) -> float | None:
        """Ours over published; None where the confidence levels differ."""
        return self.ours / self.published if self.cl == self.item.cl else None


@dataclass(frozen=True)
class Section:
    """One experiment with its variants.

    Attributes
    ----------
    experiment : Experiment
        Without variant.
    limits : dict of Limit
        By variant; ``""`` is the experiment as it stands.
    """

    experiment: Experiment
    limits: dict[str, Limit]

    def comparisons(self) -> list[Comparison]:
        """All published numbers beside ours, for every variant and construction that has them."""
        rows = []
        for variant, limit in self.limits.items():
            for item in self.experiment.spec.published:
                if item.parameter != limit.parameter:
                    continue
                for name, ends in limit.constructions.items():
                    pairs: list[tuple[str, float | None, float | None]] = [("upper", item.upper, ends.upper)]
                    if item.interval is not None:
                        pairs = [
                            ("lower", item.interval[0], ends.lower),
                            ("upper", item.interval[1], ends.upper),
                        ]
                    rows += [
                        Comparison(self.experiment.name, variant, quantity, published, ours, name, item, limit.cl)
                        for quantity, published, ours in pairs
                        if published is not None and ours is not None
                    ]
        return rows

    def tables(self) -> list[str]:
        """Names of the reference tables behind the numbers."""
        spec = self.experiment.spec
        named = [
            item.table
            for item in (spec.data, *(b.counts for b in spec.backgrounds.values()))
            if isinstance(item, TableColumn)
        ]
        if spec.detector.efficiency.table:
            named.append(spec.detector.efficiency.table)
        named += [name for item in spec.named_processes.values() for name in item.tables()]
        return list(dict.fromkeys([*named, *spec.source.tables()]))


@dataclass(frozen=True)
class Report:
    """Everything that the page shows.

    Attributes
    ----------
    sections : list of Section
    failures : dict of str
        Experiments that could not be evaluated, with the reason.
    cl : float
    parameter : str
    """

    sections: list[Section]
    failures: dict[str, str]
    cl: float
    parameter: str

    def comparisons(self) -> list[str]:
        """Ours vs published in lines for a terminal, for the chosen construction."""
        lines = []
        for section in self.sections:
            for row in section.comparisons():
                if row.construction == "unified":
                    name = f"{row.experiment}{' ' + row.variant if row.variant else ''}"
                    lines.append(
                        f"{name:<38} {row.quantity:<6} published {row.published:.2e}  ours {row.ours:.2e}  "
                        + ("" if row.ratio is None else f"ratio {row.ratio:.2f}")
                    )
        return lines

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-report/1``."""
        return {
            "schema": "nudipole-report/1",
            "version": nudipole.__version__,
            "cl": self.cl,
            "parameter": self.parameter,
            "limits": [limit.to_json() for section in self.sections for limit in section.limits.values()],
            "comparisons": [
                {
                    "experiment": row.experiment,
                    "variant": row.variant or None,
                    "quantity": row.quantity,
                    "construction": row.construction,
                    "published": row.published,
                    "published_cl": row.item.cl,
                    "ours": row.ours,
                    "ratio": row.ratio,
                    "texkey": row.item.reference.texkey,
                }
                for section in self.sections
                for row in section.comparisons()
            ],
            "failures": self.failures,
        }


def build_report(
    names: Iterable[str],
    *,
    cl: float = 0.90,
    parameter: str = "mu_nu",
    progress: Callable[[str], object] = lambda step: None,
) -> Report:
    """Evaluate every experiment with all its variants; one that fails does not take the others down.

    Parameters
    ----------
    names : iterable of str
        Library names or YAML files.
    cl : float
    parameter : str
    progress : callable
        Called with the name of the experiment that is about to be evaluated.

    Raises
    ------
    OutOfRange
        If `cl` is not between 0 and 1.
    """
    if not 0 < cl < 1:
        raise OutOfRange("cl", cl, 0, 1, inside=True)
    sections, failures = [], {}
    for name in names:
        progress(str(name))
        try:
            experiment = load(name)
            limits = {"": experiment.limit(parameter, cl=cl)}
            for variant in experiment.spec.variants:
                limits[variant] = load(name, variant).limit(parameter, cl=cl)
        except (NudipoleError, OSError) as error:
            failures[str(name)] = str(error)
            continue
        sections.append(Section(experiment, limits))
    return Report(sections, failures, cl, parameter)
