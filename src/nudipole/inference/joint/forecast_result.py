"""What a forecast found: errors, correlations, what each experiment adds, expected limits."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nudipole import digits
from nudipole.io import notebook
from nudipole.io.stamp import stamp

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Accepted values, a lower end None at the edge zero; None where there is no limit.
Ends = tuple[tuple[float | None, float], ...] | None


@dataclass(frozen=True, repr=False)
class Forecast:
    """Expected errors at a truth and expected limits without any of the parameters, of experiments and all together.

    Attributes
    ----------
    experiments : tuple of str
        With the published limits beside.
    insensitive : tuple of str
        Those whose counts do not depend on the parameters.
    parametrisation : tuple of str
    parameters : dict of str
        Units by name.
    truth : dict of float
        In these units.
    errors : dict of dict of float
        One standard deviation of each parameter with all else profiled, by experiment and "together"; infinite where
        nothing is known.
    without : dict of dict of float
        The same of all but one experiment; empty where there is one alone.
    correlations : (p, p)
        Of all together, in the order of `parameters`; NaN where nothing is known.
    limits : dict of dict of tuple of (float or None, float), or None
        Expected intervals by experiment and "together"; None where there is no limit.
    mixing : str
    profiled_mixing : tuple of str
    held : dict of float
    constraints : dict of str
        As of `JointFit`.
    cl : float
    sides : {"one", "two"}
    notes : tuple of str
        Doubts.

    Examples
    --------
    >>> import nudipole as nd
    >>> found = nd.forecast("example-sns-csi", "charge-radius", free=["r2_mu"], limits=False)
    >>> list(found.errors), found.without
    (['example-sns-csi', 'together'], {})
    """

    experiments: tuple[str, ...]
    insensitive: tuple[str, ...]
    parametrisation: tuple[str, ...]
    parameters: Mapping[str, str]
    truth: Mapping[str, float]
    errors: Mapping[str, Mapping[str, float]]
    without: Mapping[str, Mapping[str, float]]
    correlations: NDArray[np.float64]
    limits: Mapping[str, Mapping[str, Ends]]
    mixing: str
    profiled_mixing: tuple[str, ...]
    held: Mapping[str, float]
    constraints: Mapping[str, str]
    cl: float
    sides: str
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return notebook.lines(f"Forecast({self.title})", self._words)

    def _repr_html_(self) -> str:
        from nudipole import plots

        fig, axes = plots.figure()
        self.plot(axes)
        return notebook.shown(self.title, self._words, plots.svg(fig, self.title))

    @property
    def title(self) -> str:
        """What is measured by what."""
        return f"{' + '.join(self.parametrisation)}: {', '.join(self.experiments)}"

    @property
    def _words(self) -> dict[str, str]:
        together = list(self.errors)[-1]
        words = {}
        for name, unit in self.parameters.items():
            error = self.errors[together][name]
            known = f"{digits.number(self.truth[name])} +- {digits.number(error)}" if np.isfinite(error) else "unknown"
            words[f"{name} [{unit}]"] = f"{known}; expected {self.expected(name)}" if self.limits else known
        return words | {"doubts": "; ".join(self.notes)}

    def unit(self, name: str) -> str:
        """Unit of a parameter."""
        return self.parameters[name]

    def expected(self, name: str, experiment: str | None = None) -> str:
        """The expected interval of a parameter for people; of all together unless an experiment is named."""
        found = self.limits.get(experiment or list(self.limits)[-1], {}) if self.limits else {}
        if name not in found:
            return "-"
        ends = found[name]
        if ends is None:
            return "no limit"
        return " or ".join(
            f"< {digits.number(high)}" if low is None else f"{digits.number(low)} to {digits.number(high)}"
            for low, high in ends
        )

    def plot(self, axes: Axes | None = None) -> Axes:
        """Draw errors, or expected limits where no error is known, by experiment; on `axes` or in a new figure."""
        from nudipole import plots

        return plots.forecast(self, axes or plots.figure()[1])

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-forecast/1``."""
        return {
            **stamp("forecast"),
            "experiments": list(self.experiments),
            "insensitive": list(self.insensitive),
            "constraints": dict(self.constraints),
            "parametrisation": list(self.parametrisation),
            "parameters": {name: {"unit": unit, "truth": self.truth[name]} for name, unit in self.parameters.items()},
            "held": dict(self.held),
            "errors": {name: dict(found) for name, found in self.errors.items()},
            "errors_without": {name: dict(found) for name, found in self.without.items()},
            "correlations": self.correlations.tolist(),
            "expected_intervals": {
                name: {key: None if ends is None else [list(pair) for pair in ends] for key, ends in found.items()}
                for name, found in self.limits.items()
            },
            "mixing": {"set": self.mixing, "profiled": list(self.profiled_mixing)},
            "cl": self.cl,
            "sides": self.sides,
            "notes": list(self.notes),
        }

    def to_csv(self) -> str:
        """One row a parameter of an experiment."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["experiment", "parameter", "unit", "truth", "error", "error without", "expected upper"])
        for experiment, errors in self.errors.items():
            for name, error in errors.items():
                other = self.without.get(experiment, {}).get(name)
                ends = self.limits.get(experiment, {}).get(name)
                numbers = [self.truth[name], error, other, ends[-1][1] if ends else None]
                cells = ["" if x is None or not np.isfinite(x) else float(x) for x in numbers]
                writer.writerow([experiment, name, self.parameters[name], *cells])
        return text.getvalue()
