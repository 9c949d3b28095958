"""Predictions of a model along one parameter, the others held."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import NudipoleError
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.neutrino import described
from nudipole.inference.axis import Axis
from nudipole.io import notebook
from nudipole.io.stamp import stamp
from nudipole.mixing import Oscillation
from nudipole.predictions.observables import Observables, of_described, seen
from nudipole.sources.mixtures import Mixture

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, repr=False)
class Sweep:
    """Predictions along a parameter.

    Attributes
    ----------
    name, parameter, unit : str
    values : (n,)
        Of the parameter [unit].
    logarithmic : bool
        Their spacing.
    predictions : tuple of Observables or None
        None where a value has no meaning together with the others.
    failures : dict of str
        Why, by value.

    Examples
    --------
    >>> found = sweep("su2h", "m_h=100..400GeV", points=4)
    >>> found.values.tolist(), len(found.column("delta_a_mu"))
    ([100.0, 200.0, 300.0, 400.0], 4)
    """

    name: str
    parameter: str
    unit: str
    values: NDArray[np.float64]
    logarithmic: bool
    predictions: tuple[Observables | None, ...]
    failures: dict[str, str]

    def __repr__(self) -> str:
        low, high = (digits.number(float(end)) for end in self.values[[0, -1]])
        return f"Sweep({self.name}, {self.parameter} from {low} to {high} {self.unit}, {len(self.values)} points)"

    def _repr_html_(self) -> str:
        from nudipole import plots

        fig, ax = plots.figure()
        self.plot(ax)
        return notebook.shown(repr(self), {}, plots.svg(fig, repr(self)))

    def columns(self) -> list[str]:
        """Names of what varies: beams of effective moments, then delta_a_mu and m_nu where there are any."""
        first = next((one for one in self.predictions if one is not None), None)
        if first is None:
            return []
        more = [name for name in ("delta_a_mu", "m_nu") if getattr(first, name) is not None]
        return [*(f"mu_eff {name}" for name in first.mu_eff), "plasmon", *more]

    def column(self, name: str) -> NDArray[np.float64]:
        """Values of one of `columns`; NaN where there is no prediction."""

        def of(one: Observables | None) -> float:
            if one is None:
                return float("nan")
            if name.startswith("mu_eff "):
                return one.mu_eff[name.removeprefix("mu_eff ")]
            value = getattr(one, name)
            return float("nan") if value is None else float(value)

        return np.array([of(one) for one in self.predictions])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw effective moments along the parameter, with the muon's shift on a second axis."""
        from nudipole import plots

        return plots.sweep(self, ax or plots.figure()[1])

    def units(self) -> dict[str, str]:
        """Unit of each of `columns`."""
        known = {"delta_a_mu": "1", "m_nu": "eV"}
        return {name: known.get(name, "mu_B") for name in self.columns()}

    def to_csv(self) -> str:
        """One row a value; the header states the units."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        units = self.units()
        writer.writerow([f"{self.parameter} [{self.unit}]", *(f"{name} [{unit}]" for name, unit in units.items())])
        columns = [self.values, *(self.column(name) for name in units)]
        writer.writerows(map(float, row) for row in zip(*columns, strict=True))
        return text.getvalue()

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-sweep/1``."""
        units = self.units()
        return {
            **stamp("sweep"),
            "name": self.name,
            "parameter": self.parameter,
            "unit": self.unit,
            "values": self.values.tolist(),
            "held": _held(self),
            "columns": {name: {"unit": units[name], "values": self.column(name).tolist()} for name in units},
            "failures": dict(self.failures),
        }


def _held(made: Sweep) -> dict[str, float]:
    """Parameters that are not varied."""
    first = next((one for one in made.predictions if one is not None), None)
    return {} if first is None else {key: value for key, value in first.values.items() if key != made.parameter}


def sweep(
    given: str | Path | Mapping[str, Any],
    vary: str,
    /,
    *,
    points: int = 41,
    grid: str = "auto",
    beams: Iterable[str | Experiment | Mixture] | None = None,
    oscillation: str | Oscillation | None = None,
    **values: Any,
) -> Sweep:
    """Predictions of a model along one parameter.

    Parameters
    ----------
    given : str, Path or mapping
        A model, or a file with one.
    vary : str
        ``m_h=100..1000GeV`` or ``m_h=100,200,300 GeV``.
    points, grid
        Of a range, as of `nudipole.inference.Axis`.
    beams, oscillation, **values
        As of `predict`.

    Returns
    -------
    Sweep

    Raises
    ------
    InputError, UnknownName, UnitError, OutOfRange, NudipoleError
        As of `predict`; if the neutrino has no model, or no point has a prediction.

    Examples
    --------
    >>> found = sweep("su2h", "f=0,0.01,0.02")
    >>> [f"{mu:.2e}" for mu in found.column("mu_eff reactor")]
    ['0.00e+00', '7.10e-12', '1.42e-11']
    """
    axis = Axis.parse(vary, points=points, grid=grid)
    first = described(given, values, oscillation=oscillation)
    if first.model is None:
        raise NudipoleError(f"{first.name} is given by matrices: only a model has parameters to vary")
    parameter = first.model.parameter(axis.key)
    if parameter.key in {first.model.parameter(name).key for name in values}:
        raise NudipoleError(f"{parameter.key} is varied and held at once: leave out one of them")
    numbers = [parameter.read(str(value)) for value in axis.values]
    shown = seen(first.oscillation, beams)
    found: list[Observables | None] = []
    failures = {}
    for number in numbers:
        try:
            one = described(first.model.name, {**first.values, parameter.key: number}, oscillation=first.oscillation)
            found.append(of_described(one, shown))
        except NudipoleError as error:
            found.append(None)
            failures[digits.plain(number)] = str(error)
    if not any(one is not None for one in found):
        raise NudipoleError(f"no value of {parameter.name} has a prediction: {next(iter(failures.values()))}")
    return Sweep(first.name, parameter.key, parameter.unit, np.array(numbers), axis.logarithmic, tuple(found), failures)
