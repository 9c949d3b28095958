"""Profile likelihood over a grid of any parameters of one parametrisation, counts exact at every point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from nudipole import digits
from nudipole.errors import NudipoleError
from nudipole.experiments import Experiment
from nudipole.experiments.build.experiment import with_heavy
from nudipole.experiments.likelihood import at, likelihood
from nudipole.models import find, neutrinos_of
from nudipole.scans.chunks import cut
from nudipole.scans.description import HEAVY_MASS, Description
from nudipole.scans.work import CONVERGED, FAILED, MISSING, STATUS, Numbers, Variable, Work
from nudipole.statistics import Model, profile
from nudipole.statistics.fit import BATCH

#: Rounds of `Profiles.least`, each on a grid several times finer.
_ROUNDS = 24
#: A round that gains less ends the search.
_GAIN = 1e-9
#: Masses of heavy leptons that stay folded.
_KEPT = 7
#: Points below their neighbours around which it searches.
_VALLEYS = 8


class Profiles(Work):
    r"""chi2 at points of a grid, least over the nuisances of the joint likelihood.

    .. math:: \chi^2(\theta) = \min_\eta \chi^2(\theta, \eta)
    """

    def __init__(self, description: Description) -> None:
        super().__init__(description)
        self.names = [name for name in description.parameters if name != HEAVY_MASS]
        # The usual model of a parameter is checked as it is made: what cannot be fitted is said before the grid.
        usual = next((name for name in self.names if find(name).scale is not None), None)
        if usual is None:
            raise NudipoleError(f"{', '.join(self.names)} alone change no rate: scan a modulus beside")
        self._heavy: dict[float, list[Experiment]] = {}
        masses = description.parameters.get(HEAVY_MASS)
        likelihood(self.experiments if masses is None else self._with(masses.values[-1]), usual)
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
        masses = [point.get(HEAVY_MASS) for point in points]
        if len(set(masses)) > 1:
            found = np.empty(len(points))
            for mass in dict.fromkeys(masses):
                rows = [k for k, other in enumerate(masses) if other == mass]
                found[rows] = self.chi2([points[k] for k in rows])
            return found
        model = self.model(points)
        numbers = np.arange(len(points), dtype=float)
        try:
            return profile(model, numbers).chi2
        except NudipoleError:
            return np.array([_chi2(model, number) for number in numbers])

    def model(self, points: Sequence[Mapping[str, float]]) -> Model:
        """Likelihood whose parameter of interest is the number of a point; all have one heavy lepton, if any."""
        mass = points[0].get(HEAVY_MASS)
        # One shape for every chunk, one compilation.
        filled = [
            {name: point[name] for name in self.names} for point in [*points, *[points[-1]] * (BATCH - len(points))]
        ]
        seen = self.experiments if mass is None else self._with(mass)
        return at(seen, neutrinos_of(filled), parameters=self.names)

    def _with(self, mass: float) -> list[Experiment]:
        """The experiments with a heavy lepton."""
        if mass not in self._heavy:
            found = []
            for experiment in self.experiments:
                (heavy,) = with_heavy(experiment, [mass])
                if heavy is None:
                    raise NudipoleError(
                        f"{HEAVY_MASS}: recoils of a lepton of {digits.number(mass)} MeV reach no bin of "
                        f"{experiment.name}: end at a smaller mass, or scan without it"
                    )
                found.append(heavy)
            self._heavy = {**dict(list(self._heavy.items())[-_KEPT:]), mass: found}
        return self._heavy[mass]

    def least(self, chi2: Numbers) -> tuple[float, dict[str, float]]:
        """Least chi2 within the range of the grid, and where; of masses of heavy leptons only those of the grid.

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
        if HEAVY_MASS in self.description.parameters:
            # Between its masses everything would be folded anew.
            k = list(self.description.parameters).index(HEAVY_MASS)
            low[k] = high[k] = at[k]
            edges[:, k] = at[k]
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
