"""Two parameters at once: the profile likelihood on a grid, and its regions."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label, zoom
from scipy.special import chdtri

from nudipole import arguments, digits
from nudipole.errors import NoEffect, NudipoleError
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.likelihood import likelihood, named
from nudipole.inference.asked import Asked, Progress, experiments_of, reported
from nudipole.inference.limit import ends
from nudipole.io import notebook
from nudipole.io.stamp import stamp
from nudipole.models import companions, find
from nudipole.statistics import Model, best_fit, described, profile

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

#: The grid reaches this much beyond the regions of a picture, in units of their widths.
_MARGIN = 0.12
#: The largest region of a picture, and that beside a region at this level or above.
_SHOWN, _SHOWN_ABOVE = 0.95, 0.99
#: Points of the coarse grids that look for the regions, how many there are at most, and when they agree.
_COARSE, _FRAMES, _SETTLED = 17, 6, 0.1
#: Steps that narrow down the minimum between points of the grid.
_REFINED = 12
_MOST_POINTS = 400
#: Points between two of the grid at which the edges of regions are looked for.
_FINER = 8

#: Least and greatest values of both parameters.
Extent = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, repr=False)
class Contour:
    r"""Profile likelihood of two parameters.

    .. math:: \Delta\chi^2(a, b) = \min_\eta \chi^2(a, b, \eta) - \min_{a, b, \eta} \chi^2

    Attributes
    ----------
    experiments : tuple of Experiment
    parameters, units : tuple of str
    cl : float
    threshold : float
        Delta chi2 at the edge of the region: the quantile of chi2 with two degrees of freedom. Where a moment is zero
        the region over-covers.
    x, y : (n,)
        Values of the two parameters in their units.
    delta_chi2 : (n, n)
        First axis x.
    best_fit : tuple of float

    Examples
    --------
    A region around (1, 2), whose edges lie 2.15 standard deviations away:

    >>> x, y = np.linspace(-4, 6, 41), np.linspace(-3, 7, 41)
    >>> delta_chi2 = (x[:, None] - 1) ** 2 + (y - 2) ** 2
    >>> found = Contour((), ("r2_e", "r2_mu"), ("cm^2", "cm^2"), 0.9, 4.605, x, y, delta_chi2, (1.0, 2.0))
    >>> [[round(end, 1) for end in ends] for ends in found.extent()], len(found.regions()), found.open_ends()
    ([[-1.1, 3.1], [-0.1, 4.1]], 1, [])
    """

    experiments: tuple[Experiment, ...]
    parameters: tuple[str, str]
    units: tuple[str, str]
    cl: float
    threshold: float
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    delta_chi2: NDArray[np.float64]
    best_fit: tuple[float, float]

    def __repr__(self) -> str:
        return f"Contour({self})"

    def _repr_html_(self) -> str:
        from nudipole import plots

        fig, ax = plots.figure()
        self.plot(ax)
        return notebook.shown(str(self), {}, plots.svg(fig, f"{' and '.join(self.parameters)} of {self.name}"))

    @property
    def name(self) -> str:
        """Names of the experiments."""
        return named(self.experiments)

    def level(self, cl: float) -> float:
        """Delta chi2 at the edge of the region of another confidence level."""
        return float(chdtri(2, 1 - cl))

    def extent(self) -> Extent:
        """Least and greatest values of both parameters in all regions together, between points of the grid too."""
        return self._extent(self._inside)

    def regions(self) -> list[Extent]:
        """The same of each region: several where the data have several solutions."""
        labels, number = label(self._inside, np.ones((3, 3)))
        return [self._extent(labels == k) for k in range(1, number + 1)]

    @cached_property
    def _inside(self) -> NDArray[np.bool_]:
        """Which points of a finer grid, linear between those of the grid, lie in a region."""
        finite = np.minimum(self.delta_chi2, 1e3 * self.threshold)
        return np.asarray(zoom(finite, _FINER, order=1) <= self.threshold)

    def _extent(self, inside: NDArray[np.bool_]) -> Extent:
        fine = (np.linspace(axis[0], axis[-1], n) for axis, n in zip((self.x, self.y), inside.shape, strict=True))
        x, y = (axis[inside.any(axis=1 - k)] for k, axis in enumerate(fine))
        return (float(x[0]), float(x[-1])), (float(y[0]), float(y[-1]))

    def _written(self, extent: Extent) -> str:
        (low_x, high_x), (low_y, high_y) = extent
        (a, b), (unit_a, unit_b) = self.parameters, ("" if unit == "1" else f" {unit}" for unit in self.units)
        x = f"{digits.number(low_x)} <= {a} <= {digits.number(high_x)}{unit_a}"
        return f"{x}, {digits.number(low_y)} <= {b} <= {digits.number(high_y)}{unit_b}"

    def open_ends(self) -> list[str]:
        """Parameters at whose last value on the grid, or first unless that is the edge zero, the region goes on."""
        inside = self.delta_chi2 <= self.threshold
        found = []
        for name, values, rows in ((self.parameters[0], self.x, inside), (self.parameters[1], self.y, inside.T)):
            first = bool(rows[0].any()) and not (find(name).squared and values[0] == 0)
            if first or rows[-1].any():
                found.append(name)
        return found

    def __str__(self) -> str:
        (a, b), regions = self.parameters, self.regions()
        number = "" if len(regions) == 1 else f", {len(regions)} separate ones,"
        return (
            f"{self.name}: {digits.level(self.cl, '')} region of {a} and {b} "
            f"(Delta chi2 = {digits.fixed(self.threshold, 2)}){number} within "
            + " or ".join(self._written(extent) for extent in regions)
            + "".join(f"; it goes on beyond the grid in {name}" for name in self.open_ends())
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the region, on `ax` or in a new figure."""
        from nudipole import plots

        return plots.contour(self, ax or plots.figure()[1])

    def to_xarray(self) -> xr.DataArray:
        """Delta chi2 labelled by the two parameters, whose units are attributes."""
        import xarray as xr

        axes = zip(self.parameters, (self.x, self.y), self.units, strict=True)
        coords = {name: (name, values, {"units": unit}) for name, values, unit in axes}
        return xr.DataArray(
            self.delta_chi2, coords=coords, dims=list(self.parameters), name="delta_chi2", attrs={"units": "1"}
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-contour/1``."""
        return {
            **stamp("contour"),
            "experiments": [{"experiment": e.name, "variant": e.variant} for e in self.experiments],
            "parameters": list(self.parameters),
            "units": list(self.units),
            "cl": self.cl,
            "threshold": self.threshold,
            "best_fit": list(self.best_fit),
            "extent": [list(ends) for ends in self.extent()],
            "regions": [[list(ends) for ends in extent] for extent in self.regions()],
            "open_ends": self.open_ends(),
            "x": self.x.tolist(),
            "y": self.y.tolist(),
            "delta_chi2": self.delta_chi2.tolist(),
        }

    def to_csv(self) -> str:
        """One row a point of the grid."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*(f"{p} [{u}]" for p, u in zip(self.parameters, self.units, strict=True)), "delta_chi2 [1]"])
        for x, row in zip(self.x, self.delta_chi2, strict=True):
            writer.writerows([float(x), float(y), float(value)] for y, value in zip(self.y, row, strict=True))
        return text.getvalue()


def contour(
    experiments: Asked,
    first: str,
    second: str,
    *,
    cl: float = 0.90,
    points: int = 41,
    progress: Progress | None = None,
) -> Contour:
    """Profile likelihood of two parameters of one parametrisation, all others at their defaults.

    Parameters
    ----------
    experiments : Experiment, or several in one likelihood
        Or names, files and descriptions, as `nudipole.load` takes them.
    first, second : str
        For example mu_e and mu_mu.
    cl : float
    points : int
        Of the grid in each direction.
    progress : callable, optional
        Called with words on what is being done; in a notebook they are shown unless given.

    Returns
    -------
    Contour

    Raises
    ------
    UnknownName, NudipoleError
        If there is no such parameter, both are one, or they belong to different parametrisations.
    OutOfRange
        For a level outside (0, 1) or a grid that is too coarse or too fine.
    FitError
        If a fit does not converge.

    Examples
    --------
    >>> found = contour("example-sns-csi", "mu_e", "mu_mu", points=7)
    >>> found.parameters, found.delta_chi2.shape, round(found.threshold, 3)
    (('mu_e', 'mu_mu'), (7, 7), 4.605)
    """
    cl = arguments.level(cl)
    points = int(arguments.number("points of the grid", points, low=5, high=_MOST_POINTS))
    if first == second:
        raise NudipoleError(f"{first} twice: name two different parameters")
    if find(first).group != find(second).group:
        raise NudipoleError(f"{first} and {second} belong to different parametrisations; {companions(first)}")
    with reported(progress, "contour") as step:
        return _contour(experiments_of(experiments), (first, second), cl, points, step)


def _contour(
    experiments: tuple[Experiment, ...], names: tuple[str, str], cl: float, points: int, progress: Progress
) -> Contour:
    first, second = names
    units = tuple(find(name).unit for name in names)
    plane = _Plane(experiments, first, second)
    progress(f"range of {first} and {second}")
    x, y = _framed(plane, cl, points, progress)
    chi2, lowest = np.empty((points, points)), []
    for k, value in enumerate(x):
        progress(f"{first} = {digits.number(value)} {units[0]}")
        chi2[k] = plane.row(float(value), y)
        lowest.append(plane.lowest(float(value)) or (float(chi2[k, 0]), float(value), 0.0))
    least = _refined(plane, sorted(lowest), x)
    try:
        model = plane.model(least[1])
    except NoEffect:
        model = likelihood(experiments, first)
    described(model, best_fit(model), " + ".join(e.name for e in experiments))
    return Contour(
        experiments,
        names,
        (units[0], units[1]),
        cl,
        float(chdtri(2, 1 - cl)),
        x,
        y,
        np.maximum(chi2 - min(least[0], float(chi2.min())), 0.0),
        (least[1], least[2]),
    )


class _Plane(NamedTuple):
    """chi2 of two parameters: the second is fitted, or given in rows, with the first held."""

    experiments: tuple[Experiment, ...]
    first: str
    second: str

    @property
    def scale(self) -> float:
        return find(self.second).size

    def model(self, value: float) -> Model:
        return likelihood(self.experiments, self.second, beside={self.first: value})

    def row(self, value: float, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """chi2 with the first at `value` and the second at `y`."""
        try:
            return profile(self.model(value), y / self.scale).chi2
        except NoEffect:
            # One coupling is zero, and the other is not seen.
            alone = profile(likelihood(self.experiments, self.first), [find(self.first).poi(value)])
            return np.full(len(y), alone.chi2[0])

    def lowest(self, value: float) -> tuple[float, float, float] | None:
        """Least chi2 with the first at `value`, and both parameters there; None where the second is not seen."""
        try:
            fit = best_fit(self.model(value))
        except NoEffect:
            return None
        return fit.chi2, value, fit.poi * self.scale


def _framed(
    plane: _Plane, cl: float, points: int, progress: Progress
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values of both parameters that frame the regions which a picture shows.

    From the intervals of the parameters one by one a coarse grid grows where a region goes on beyond it, and shrinks to
    where one is.
    """
    names = (plane.first, plane.second)
    spans = [_span(plane.experiments, name, cl) for name in names]
    threshold = float(chdtri(2, 1 - max(cl, _SHOWN if cl < _SHOWN else _SHOWN_ABOVE)))
    for _ in range(_FRAMES):
        x, y = (np.linspace(low, high, _COARSE) for low, high in spans)
        chi2 = np.empty((_COARSE, _COARSE))
        for k, value in enumerate(x):
            progress(f"range of {names[0]} and {names[1]}, {names[0]} = {digits.number(value)}")
            chi2[k] = plane.row(float(value), y)
        inside = zoom(np.minimum(chi2 - chi2.min(), 1e3 * threshold), _FINER, order=1) <= threshold
        found = [_frame(inside.any(axis=1 - k), spans[k], squared=find(name).squared) for k, name in enumerate(names)]
        settled = all(
            np.allclose(new, old, atol=_SETTLED * (old[1] - old[0])) for new, old in zip(found, spans, strict=True)
        )
        spans = found
        if settled:
            break
    (low_x, high_x), (low_y, high_y) = spans
    return np.linspace(low_x, high_x, points), np.linspace(low_y, high_y, points)


def _frame(inside: NDArray[np.bool_], span: tuple[float, float], *, squared: bool) -> tuple[float, float]:
    """Ends around what is inside, farther out where it reaches an end of the span."""
    values, width = np.linspace(*span, len(inside)), span[1] - span[0]
    low, high = (float(end) for end in values[inside][[0, -1]])
    margin = _MARGIN * (high - low)
    above = span[1] + width / 2 if inside[-1] else high + margin
    if squared:
        return 0.0, above
    return (span[0] - width / 2 if inside[0] else low - margin), above


def _span(experiments: tuple[Experiment, ...], parameter: str, cl: float) -> tuple[float, float]:
    """Where one parameter alone may be, and half as much beyond."""
    found = ends(experiments, parameter, cl, "delta-chi2")
    low, high = found[0][0], found[-1][1]
    width = high - low
    return (0.0 if find(parameter).squared else low - width / 2), high + width / 2


def _refined(
    plane: _Plane, lowest: list[tuple[float, float, float]], x: NDArray[np.float64]
) -> tuple[float, float, float]:
    """The minimum between the points of the grid: chi2 and both parameters."""
    best = lowest[0]
    step = float(x[1] - x[0])
    low, high = max(best[1] - step, float(x[0])), min(best[1] + step, float(x[-1]))
    golden = (np.sqrt(5) - 1) / 2
    known: dict[float, tuple[float, float, float]] = {}

    def at(value: float) -> tuple[float, float, float]:
        if value not in known:
            found = plane.lowest(value)
            if found is None:
                return best
            known[value] = found
        return known[value]

    left, right = high - golden * (high - low), low + golden * (high - low)
    for _ in range(_REFINED):
        if at(left)[0] <= at(right)[0]:
            high, right = right, left
            left = high - golden * (high - low)
        else:
            low, left = left, right
            right = low + golden * (high - low)
    return min([best, *known.values()])
