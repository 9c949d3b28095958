"""The verdict on a neutrino: experiment by experiment, all together, and by stars and cosmology."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nudipole import digits
from nudipole.astrophysics import AstroBound
from nudipole.inference.verdict.stars import Bound
from nudipole.io import notebook
from nudipole.io.stamp import stamp

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Row:
    """What one experiment, one published limit, or all together say.

    Attributes
    ----------
    name : str
    kind : str
        "data", "published" of a limit whose data are not public, or "joint".
    mu_eff : float or None
        Effective moment in the beam [mu_B]; None of all together, and of a neutrino without moments.
    limit : float or None
        The most that it may be if the neutrino is scaled [mu_B].
    counts : float or None
        Beyond the Standard Model.
    unit : str
        Of the counts: 1 for events.
    best : float
        Strength at the best fit, one for the neutrino itself; squared of moments alone.
    scale : float or None
        Largest factor of all properties that is accepted; None where nothing is excluded.
    delta_chi2, over_sm, p : float
        As of `nudipole.inference.verdict.judgement.Judgement`.
    excluded : bool
        At the confidence level of the verdict.
    doubt : str

    Examples
    --------
    >>> row = Row("mine", "data", 3e-11, 2e-11, 50.0, "1", 0.0, 0.67, 4.0, 4.0, 0.023, True)
    >>> row.pull, row.excluded
    (2.0, True)
    """

    name: str
    kind: str
    mu_eff: float | None
    limit: float | None
    counts: float | None
    unit: str
    best: float
    scale: float | None
    delta_chi2: float
    over_sm: float
    p: float
    excluded: bool
    doubt: str = ""

    @property
    def pull(self) -> float:
        """Standard deviations that the neutrino lies above the best fit."""
        return float(np.sqrt(self.delta_chi2))

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name,
            "kind": self.kind,
            "mu_eff": None if self.mu_eff is None else {"value": self.mu_eff, "limit": self.limit, "unit": "mu_B"},
            "counts_beyond_sm": None if self.counts is None else {"value": self.counts, "unit": self.unit},
            "best_strength": self.best,
            "largest_scale": self.scale,
            "delta_chi2": self.delta_chi2,
            "delta_chi2_over_sm": self.over_sm,
            "p": self.p,
            "excluded": self.excluded,
            "doubt": self.doubt or None,
        }


@dataclass(frozen=True, repr=False)
class Verdict:
    """Whether a neutrino survives.

    Attributes
    ----------
    name : str
        Of the model or of the file.
    title : str
    values, units : dict
        Parameters of a model.
    nature : str
    squared : bool
        Whether the strengths of rows are squares: of moments alone.
    rows : tuple of Row
    joint : Row
        All rows in one likelihood.
    properties : tuple of Row
        Of a neutrino with several kinds of properties each kind alone, all experiments in one likelihood.
    drives : str
        The row that says most against the neutrino in the joint likelihood; empty if none does.
    insensitive : tuple of str
        Experiments that the neutrino changes nothing in.
    bounds : tuple of Bound
        Published ones of stars and cosmology, model dependent.
    computed : dict of AstroBound
        Ours, with the default assumptions of `nudipole.astrophysics`.
    mixing : str
    cl : float
    doubts : tuple of str

    Examples
    --------
    >>> import nudipole as nd
    >>> found = nd.verdict({"nature": "majorana", "basis": "mass", "Lambda": ["1e-10 mu_B", 0, 0]}, "lampf")
    >>> found.excluded, found.sentence.split(":")[0]
    (False, 'not excluded at 90% CL by experiments')
    """

    name: str
    title: str
    values: dict[str, float]
    units: dict[str, str]
    nature: str
    squared: bool
    rows: tuple[Row, ...]
    joint: Row
    properties: tuple[Row, ...]
    drives: str
    insensitive: tuple[str, ...]
    bounds: tuple[Bound, ...]
    computed: dict[str, AstroBound]
    mixing: str
    cl: float
    doubts: tuple[str, ...]

    def __repr__(self) -> str:
        return notebook.lines(f"Verdict on {self.name}", self._words)

    def _repr_html_(self) -> str:
        from nudipole import plots

        fig, axes = plots.figure()
        self.plot(axes)
        return notebook.shown(f"Verdict on {self.name}", self._words, plots.svg(fig, f"verdict on {self.name}"))

    @property
    def excluded(self) -> bool:
        """Whether all experiments together exclude the neutrino."""
        return self.joint.excluded

    @property
    def sentence(self) -> str:
        """The answer in one line."""
        level, joint = digits.level(self.cl), self.joint
        by = f", most by {self.drives}" if self.drives else ""
        what = "" if self.squared else "all its properties "
        scale = "" if joint.scale is None else f"; {what}scaled by {digits.number(joint.scale)} it is just allowed"
        scale += "; a projection" if joint.doubt.startswith("a projection") else ""
        if joint.excluded:
            return f"excluded at {level} by experiments: Delta chi2 = {digits.fixed(joint.delta_chi2, 2)}{by}{scale}"
        return f"not excluded at {level} by experiments: Delta chi2 = {digits.fixed(joint.delta_chi2, 2)}{scale}"

    @property
    def stars_sentence(self) -> str:
        """What stars and cosmology say, in one line."""
        applicable = [bound for bound in self.bounds if bound.moment is not None]
        against = [bound for bound in applicable if bound.excluded]
        if not applicable:
            return "no bound of stars or cosmology applies"
        ours = sum(bound.verdict == "excluded" for bound in self.computed.values())
        both = f"{len(against)} of {len(applicable)} published bounds and {ours} of {len(self.computed)} computed here"
        return f"{both} exclude it (stars and cosmology, model dependent)"

    @property
    def _words(self) -> dict[str, str]:
        excluding = ", ".join(row.name for row in self.rows if row.excluded)
        words = {
            "verdict": self.sentence,
            "excluded by": excluding or "none alone",
            "stars": self.stars_sentence,
            "doubts": "; ".join(self.doubts),
        }
        return {key: text for key, text in words.items() if text}

    def plot(self, axes: Axes | None = None) -> Axes:
        """Draw the pulls, on `axes` or in a new figure."""
        from nudipole import plots

        made: Axes = plots.verdict(self, axes or plots.figure()[1])
        return made

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-verdict/1``."""
        return {
            **stamp("verdict"),
            "name": self.name,
            "title": self.title or None,
            "parameters": {key: {"value": value, "unit": self.units[key]} for key, value in self.values.items()},
            "nature": self.nature,
            "strength": "squared" if self.squared else "signed",
            "cl": self.cl,
            "verdict": self.sentence,
            "excluded": self.excluded,
            "joint": self.joint.to_json(),
            "properties": [row.to_json() for row in self.properties],
            "driven_by": self.drives or None,
            "experiments": [row.to_json() for row in self.rows],
            "insensitive": list(self.insensitive),
            "stars_and_cosmology": {
                "published": [bound.to_json() for bound in self.bounds],
                "computed": {name: bound.to_json() for name, bound in self.computed.items()},
            },
            "mixing": self.mixing,
            "doubts": list(self.doubts),
        }

    def to_csv(self) -> str:
        """One row an experiment."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        measured = ["mu_eff [mu_B]", "limit [mu_B]", "counts beyond SM", "unit of counts"]
        writer.writerow(["name", "kind", *measured, "delta_chi2 [1]", "delta_chi2 over SM [1]", "p [1]", "excluded"])
        for row in (*self.rows, self.joint):
            cells = ("" if cell is None else cell for cell in (row.mu_eff, row.limit, row.counts))
            tested = (row.delta_chi2, row.over_sm, row.p, str(row.excluded).lower())
            writer.writerow([row.name, row.kind, *cells, row.unit, *tested])
        return text.getvalue()
