"""Profile likelihood over a grid of any parameters of one parametrisation, counts exact at every point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from nudipole.errors import NudipoleError
from nudipole.experiments.likelihood import at, likelihood
from nudipole.models import find, neutrinos_of
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


class Profiles(Work):
    r"""chi2 at points of a grid, least over the nuisances of the joint likelihood.

    .. math:: \chi^2(\theta) = \min_\eta \chi^2(\theta, \eta)
    """

    def __init__(self, description: Description) -> None:
        super().__init__(description)
        # The usual model of a parameter is checked as it is made: what cannot be fitted is said before the grid.
        usual = next((name for name in description.parameters if find(name).scale is not None), None)
        if usual is None:
            raise NudipoleError(f"{', '.join(description.parameters)} alone change no rate: scan a modulus beside")
        likelihood(self.experiments, usual)
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
        # One shape for every chunk, one compilation.
        filled = [*points, *[points[-1]] * (BATCH - len(points))]
        return at(self.experiments, neutrinos_of(filled), parameters=self.description.parameters)

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
