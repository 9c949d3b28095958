"""What a joint fit found: best values, limits with all others profiled and one at a time, and their doubts."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nudipole import digits
from nudipole.inference.joint.profile import Curve
from nudipole.io import notebook
from nudipole.io.stamp import stamp

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nudipole.inference.joint.sampled import JointPosterior


@dataclass(frozen=True)
class Row:
    """One parameter of a joint fit.

    Attributes
    ----------
    name, unit : str
    size : float
        The unit of `profile` and `alone` [unit].
    best : float or None
        Of the deepest minimum; None of a combination of parameters.
    profile : Curve or None
        All others at their best.
    alone : Curve or None
        All others at zero.
    driven : dict of float
        What each experiment, each constraint and all pulls of nuisances add to Delta chi2 at the upper end of the
        profile, the most first; none where there is no end.

    Examples
    --------
    >>> curve = Curve(np.array([0.0, 2.0]), np.array([0.0, 4.0]), ((None, 1.6),))
    >>> row = Row("mu_e", "mu_B", 1e-11, 0.0, curve, None, {"mine": 2.7})
    >>> row.words(), row.words("alone"), row.upper()
    ('< 1.60e-11', '-', 1.6e-11)
    """

    name: str
    unit: str
    size: float
    best: float | None
    profile: Curve | None
    alone: Curve | None
    driven: Mapping[str, float]

    def intervals(self, which: str = "profile") -> list[tuple[float | None, float]]:
        """Accepted values in the unit of the parameter; a lower end is None at the edge zero."""
        curve = getattr(self, which)
        if curve is None:
            return []
        return [(None if low is None else low * self.size, high * self.size) for low, high in curve.intervals]

    def upper(self, which: str = "profile") -> float:
        """Upper end of the last interval."""
        return self.intervals(which)[-1][1]

    def words(self, which: str = "profile") -> str:
        """The accepted values, for people."""
        curve = getattr(self, which)
        if curve is None:
            return "-"
        if curve.unbounded:
            return "no limit"
        accepted = " or ".join(
            f"< {digits.number(high)}" if low is None else f"{digits.number(low)} to {digits.number(high)}"
            for low, high in self.intervals(which)
        )
        return accepted if curve.converged else f"{accepted} (?)"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "unit": self.unit,
            "best_fit": self.best,
            **{which: self._curve(which) for which in ("profile", "alone")},
            "driven_by": dict(self.driven),
        }

    def _curve(self, which: str) -> dict[str, Any] | None:
        curve = getattr(self, which)
        if curve is None:
            return None
        return {
            "intervals": [list(ends) for ends in self.intervals(which)],
            "unbounded": curve.unbounded,
            "converged": curve.converged,
            "values": (curve.values * self.size).tolist(),
            "delta_chi2": curve.delta_chi2.tolist(),
        }


@dataclass(frozen=True, repr=False)
class JointFit:
    """A fit of all parameters of a neutrino to many experiments.

    Attributes
    ----------
    experiments : tuple of str
        Whose data are fitted, with their variants.
    insensitive : tuple of str
        Those that were left out because the parameters change none of their counts.
    constraints : dict of str
        Published results beside, by id of the record: what they are and how they count.
    parametrisation : tuple of str
    rows : tuple of Row
        Of every parameter with a limit, and of the norm of a vector of moments.
    phases : dict of float or None
        Phases at the best fit [rad], relative to the first, or those that are held; None where the moments that they
        belong to are zero.
    phases_profiled : bool
    held : dict of float
        Parameters that are held, in their units.
    chi2 : float
        At the best fit, relative to the saturated model.
    chi2_of : dict of float
        Share of each experiment and constraint, and "pulls" of all nuisances.
    chi2_sm : float
        With all parameters of the fit at zero, where nuisances are at their best.
    chi2_of_sm : dict of float
        Shares of that.
    minima : tuple of (float, dict of float)
        All local minima that were found within the threshold: how much higher than the deepest, and where.
    minuit : float or None
        chi2 of the careful refit; None where it gave up.
    pulls : dict of float
        Nuisances at the best fit, those of the mixing in standard deviations.
    mixing : str
        Set of oscillation parameters.
    profiled_mixing : tuple of str
        Its parameters that are profiled; all others are fixed.
    cl, threshold : float
        Confidence level, Delta chi2 at the ends of intervals.
    sides : {"one", "two"}
    starts : int
    notes : tuple of str
        Doubts.
    posterior : JointPosterior or None
        Samples, where draws were asked for.

    Examples
    --------
    >>> import nudipole as nd
    >>> found = nd.fit([], "flavour-diagonal", free=["mu_e"], published=["gemma-2012-mu-e"], mixing="fixed", starts=1)
    >>> found
    JointFit(flavour-diagonal: 1 published limit)
      mu_e [mu_B]: < 2.90e-11 (alone -)
      chi2: 0.00, 0.00 without
      doubts: zero is an edge: intervals that reach it over-cover; zero fits as well as the best fit ...
    """

    experiments: tuple[str, ...]
    insensitive: tuple[str, ...]
    constraints: Mapping[str, str]
    parametrisation: tuple[str, ...]
    rows: tuple[Row, ...]
    phases: Mapping[str, float | None]
    phases_profiled: bool
    held: Mapping[str, float]
    chi2: float
    chi2_of: Mapping[str, float]
    chi2_sm: float
    chi2_of_sm: Mapping[str, float]
    minima: tuple[tuple[float, dict[str, float]], ...]
    minuit: float | None
    pulls: Mapping[str, float]
    mixing: str
    profiled_mixing: tuple[str, ...]
    cl: float
    threshold: float
    sides: str
    starts: int
    notes: tuple[str, ...]
    posterior: JointPosterior | None = None

    def __repr__(self) -> str:
        return notebook.lines(f"JointFit({self.title})", self._words)

    def _repr_html_(self) -> str:
        from nudipole import plots

        fig, axes = plots.figure()
        self.plot(axes)
        return notebook.shown(self.title, self._words, plots.svg(fig, self.title))

    @property
    def title(self) -> str:
        """What was fitted to what."""
        counted = {"experiment": len(self.experiments), "published limit": len(self.constraints)}
        what = " and ".join(f"{n} {word}{'s' if n > 1 else ''}" for word, n in counted.items() if n)
        return f"{' + '.join(self.parametrisation)}: {what}"

    @property
    def _words(self) -> dict[str, str]:
        words = {f"{row.name} [{row.unit}]": f"{row.words()} (alone {row.words('alone')})" for row in self.rows}
        return words | {
            "chi2": f"{digits.fixed(self.chi2, 2)}, {digits.fixed(self.chi2_sm, 2)} without",
            "doubts": "; ".join(self.notes),
        }

    @property
    def gains(self) -> dict[str, float]:
        """How much each of the shares of chi2 prefers the best fit to zero, the most first."""
        gains = {name: self.chi2_of_sm[name] - self.chi2_of[name] for name in self.chi2_of}
        return dict(sorted(gains.items(), key=lambda item: -abs(item[1])))

    def row(self, name: str) -> Row:
        """The row of a parameter.

        Raises
        ------
        UnknownName
            If there is none.
        """
        from nudipole.errors import UnknownName

        for row in self.rows:
            if row.name == name:
                return row
        raise UnknownName("parameter of the fit", name, [row.name for row in self.rows])

    def plot(self, axes: Axes | None = None) -> Axes:
        """Draw the profiles, on `axes` or in a new figure."""
        from nudipole import plots

        made: Axes = plots.joint(self, axes or plots.figure()[1])
        return made

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-fit/1``."""
        return {
            **stamp("fit"),
            "experiments": list(self.experiments),
            "insensitive": list(self.insensitive),
            "constraints": dict(self.constraints),
            "parametrisation": list(self.parametrisation),
            "parameters": {row.name: row.to_json() for row in self.rows},
            "phases": {"profiled": self.phases_profiled, "values": dict(self.phases), "unit": "rad"},
            "held": dict(self.held),
            "chi2": self.chi2,
            "chi2_of": dict(self.chi2_of),
            "chi2_standard_model": self.chi2_sm,
            "chi2_of_standard_model": dict(self.chi2_of_sm),
            "minima": [{"delta_chi2": delta, "values": values} for delta, values in self.minima],
            "minimisers": {"newton": self.chi2, "minuit": self.minuit},
            "pulls": dict(self.pulls),
            "mixing": {"set": self.mixing, "profiled": list(self.profiled_mixing)},
            "cl": self.cl,
            "sides": self.sides,
            "threshold": self.threshold,
            "starts": self.starts,
            "notes": list(self.notes),
            "posterior": None if self.posterior is None else self.posterior.to_json(self.cl),
        }

    def to_csv(self) -> str:
        """One row a point of a curve."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["parameter", "unit", "others", "value", "delta_chi2 [1]"])
        for row in self.rows:
            for which, others in (("profile", "profiled"), ("alone", "zero")):
                curve = getattr(row, which)
                if curve is not None:
                    points = zip(np.asarray(curve.values) * row.size, curve.delta_chi2, strict=True)
                    writer.writerows([row.name, row.unit, others, float(x), float(y)] for x, y in points)
        return text.getvalue()
