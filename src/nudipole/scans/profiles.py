"""Profile likelihood over a grid of any parameters of one parametrisation, counts exact at every point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float

from nudipole.errors import NudipoleError
from nudipole.experiments import Experiment
from nudipole.experiments.combination import joined
from nudipole.experiments.experiment import SCALES
from nudipole.experiments.signal import NeutrinoSignal
from nudipole.numerics import jax, jnp
from nudipole.properties import find
from nudipole.scans.chunks import cut
from nudipole.scans.description import Description
from nudipole.scans.work import CONVERGED, FAILED, MISSING, STATUS, Numbers, Variable, Work
from nudipole.statistics import Model, profile
from nudipole.statistics.fit import BATCH

#: Rounds of `Profiles.least`, each on a grid several times finer.
_ROUNDS = 24
#: A round that gains less ends the search.
_GAIN = 1e-9
#: Points below their neighbours around which it searches.
_VALLEYS = 8


class PointSignal(eqx.Module):
    """Signals of several points, of which the parameter of interest is the number.

    Attributes
    ----------
    signals : NeutrinoSignal
        With the points along the first axis of its leaves.
    """

    signals: NeutrinoSignal

    def __call__(self, poi: Float[Array, ""], eta: Float[Array, " k"]) -> Float[Array, " b"]:
        """Counts per bin of a point."""
        signal = jax.tree.map(lambda leaf: leaf[poi.astype(int)], self.signals)
        counts: Float[Array, " b"] = signal(jnp.zeros(()), eta)
        return counts


class Profiles(Work):
    r"""chi2 at points of a grid, least over the nuisances of the joint likelihood.

    .. math:: \chi^2(\theta) = \min_\eta \chi^2(\theta, \eta)
    """

    def __init__(self, description: Description) -> None:
        super().__init__(description)
        # The usual model of a parameter is checked as it is made: what cannot be fitted is said before the grid.
        usual = next((name for name, axis in description.parameters.items() if axis.unit in SCALES), None)
        if usual is None:
            raise NudipoleError(f"{', '.join(description.parameters)} alone change no rate: scan a modulus beside")
        joined(self.experiments, lambda experiment: experiment.model(usual))
        self.chunks = cut(description.shape, BATCH)
        self.dimensions = tuple(description.parameters)
        self.variables = {
            "chi2": Variable("float64", np.nan, {"long_name": "chi2 to the saturated model", "units": "1"}),
            "status": Variable("uint8", MISSING, dict(STATUS)),
        }

    def inputs(self) -> Iterable[Model]:
        """The model of the first point."""
        return [self.model([self.description.values(self.chunks.indices(0)[0])])]

    def compute(self, number: int) -> dict[str, Numbers]:
        """chi2 of a chunk."""
        points = [self.description.values(index) for index in self.chunks.indices(number)]
        shape = [part.stop - part.start for part in self.chunks.region(number)]
        chi2 = self.chi2(points)
        status = np.where(np.isnan(chi2), FAILED, CONVERGED).astype(np.uint8)
        return {"chi2": chi2.reshape(shape), "status": status.reshape(shape)}

    def chi2(self, points: Sequence[Mapping[str, float]]) -> Numbers:
        """chi2 of neutrinos given by their parameters; NaN where no minimiser converged."""
        model = self.model(points)
        numbers = np.arange(len(points), dtype=float)
        try:
            return profile(model, numbers).chi2
        except NudipoleError:
            return np.array([_chi2(model, number) for number in numbers])

    def model(self, points: Sequence[Mapping[str, float]]) -> Model:
        """Likelihood whose parameter of interest is the number of a point."""
        if len(self.experiments) == 1:
            return point_model(self.experiments[0], points)
        return joined(self.experiments, lambda experiment: point_model(experiment, points))

    def least(self, chi2: Numbers) -> tuple[float, dict[str, float]]:
        """Least chi2 within the range of the grid, and where.

        Ever finer grids around the lowest of the points that lie below their neighbours: parameters with a sign have
        several minima.

        Parameters
        ----------
        chi2 : (*grid,)
            At all points.

        Raises
        ------
        NudipoleError
            If it is finite nowhere.
        """
        finite = np.where(np.isfinite(chi2), chi2, np.inf)
        if not np.isfinite(finite).any():
            raise NudipoleError("chi2 is finite nowhere on the grid: choose another range")
        found = [self._least_near(index, float(finite[index])) for index in _valleys(finite)[:_VALLEYS]]
        best, at = min(found, key=lambda item: item[0])
        return best, dict(zip(self.description.parameters, map(float, at), strict=True))

    def _least_near(self, index: tuple[int, ...], best: float) -> tuple[float, Numbers]:
        """Least chi2 around a point of the grid, where it is `best`."""
        axes = [np.array(axis.values) for axis in self.description.parameters.values()]
        edges = np.array([[axis[0], axis[-1]] for axis in axes]).T
        at = np.array([axis[k] for axis, k in zip(axes, index, strict=True)])
        low = np.array([axis[max(k - 1, 0)] for axis, k in zip(axes, index, strict=True)])
        high = np.array([axis[min(k + 1, len(axis) - 1)] for axis, k in zip(axes, index, strict=True)])
        per_axis = max(3, int(BATCH ** (1 / len(axes)) + 1e-9))
        for _ in range(_ROUNDS):
            grids = [np.linspace(a, b, per_axis if b > a else 1) for a, b in zip(low, high, strict=True)]
            points = np.stack([x.ravel() for x in np.meshgrid(*grids, indexing="ij")], axis=1)
            found = np.concatenate([self._at(points[k : k + BATCH]) for k in range(0, len(points), BATCH)])
            gain = best - float(found.min())
            if gain > 0:
                best, at = float(found.min()), points[int(np.argmin(found))]
            step = (high - low) / (per_axis - 1)
            if gain <= _GAIN and np.all(step <= 1e-4 * (edges[1] - edges[0])):
                break
            low, high = np.maximum(at - step, edges[0]), np.minimum(at + step, edges[1])
        return best, at

    def _at(self, points: Numbers) -> Numbers:
        """chi2 of points (n, parameter); inf where there is none."""
        names = list(self.description.parameters)
        found = self.chi2([dict(zip(names, map(float, point), strict=True)) for point in points])
        return np.where(np.isfinite(found), found, np.inf)


def _valleys(chi2: Numbers) -> list[tuple[int, ...]]:
    """Points of a grid that are not above any neighbour along an axis, the lowest first."""
    low = np.isfinite(chi2)
    for axis in range(chi2.ndim):
        line = np.moveaxis(chi2, axis, 0)
        wall = np.full((1, *line.shape[1:]), np.inf)
        beside = np.minimum(np.concatenate([wall, line[:-1]]), np.concatenate([line[1:], wall]))
        low &= np.moveaxis(line <= beside, 0, axis)
    places = [tuple(int(k) for k in place) for place in np.argwhere(low)]
    return sorted(places, key=lambda place: (float(chi2[place]), place))


def _chi2(model: Model, number: float) -> float:
    try:
        return float(profile(model, [number]).chi2[0])
    except NudipoleError:
        return float("nan")


def point_model(experiment: Experiment, points: Sequence[Mapping[str, float]]) -> Model:
    """Likelihood of one experiment whose parameter of interest is the number of a point.

    Parameters
    ----------
    experiment : Experiment
    points : sequence of mapping of str to float
        Parameters of one parametrisation in their units.
    """
    _, parametrisation = find(next(iter(points[0])))
    signal_in_background = experiment.sm_in_background

    def counts(of: Experiment, values: Mapping[str, float]) -> Numbers:
        """(3, component, bin): what a signal has as coefficients of the powers of its parameter, here none."""
        found = of.counts(parametrisation, values)
        found = found - of.sm_counts if signal_in_background else found
        return np.stack([found, np.zeros_like(found), np.zeros_like(found)])

    sides = [
        (replace(experiment, parts=v.plus), None if v.minus is None else replace(experiment, parts=v.minus))
        for v in experiment.variations
    ]
    shift = experiment.flux_shift_for(points[0])
    signals = []
    for values in points:
        nominal = counts(experiment, values)
        plus = [counts(up, values) for up, _ in sides]
        minus = [
            2 * nominal - p if down is None else counts(down, values) for p, (_, down) in zip(plus, sides, strict=True)
        ]
        none = np.zeros((0, *nominal.shape))
        signals.append(
            NeutrinoSignal(
                nominal,
                np.reshape(list(shift.values()), (-1, nominal.shape[1])),
                np.stack([(p - m) / 2 for p, m in zip(plus, minus, strict=True)]) if plus else none,
                np.stack([(p + m) / 2 - nominal for p, m in zip(plus, minus, strict=True)]) if plus else none,
            )
        )
    # One shape for every chunk, one compilation.
    signals += [signals[-1]] * (BATCH - len(signals))
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *signals)
    return Model(
        experiment.observed,
        experiment.backgrounds,
        PointSignal(stacked),
        signal_nuisances=[*shift, *(v.name for v in experiment.variations)],
        poi_name="point",
        poi_lower=0.0,
        statistic=experiment.statistic,
    )
