"""Projected limits as functions of the set-up: any number of a description varied over a grid."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nudipole import digits, units
from nudipole.errors import InputError, NudipoleError, UnknownName
from nudipole.experiments.build.experiment import build
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.reading import Named, read
from nudipole.experiments.schema.experiment import ExperimentSpec, NuisanceSpec
from nudipole.inference.asked import Progress, reported
from nudipole.inference.axis import MAX_POINTS, Axis
from nudipole.inference.ends import nearest
from nudipole.inference.limit import ends
from nudipole.io import notebook
from nudipole.io.stamp import stamp
from nudipole.models import find
from nudipole.statistics import CONSTRUCTIONS
from nudipole.targets.compound import formula

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


@dataclass(frozen=True, repr=False)
class Sensitivity:
    """Median expected upper limits over a grid.

    Attributes
    ----------
    experiment, parameter, unit, construction : str
    cl : float
    axes : tuple of Axis
    limits, lowers : list of float or None
        Upper and lower ends, in the order of the product of the axes, the last the fastest; None where no limit
        exists. A lower end of 0 is the boundary. Of several intervals those of the one nearest to no effect.
    others : list of tuple of (lower, upper)
        The further intervals at each point: other solutions that data without signal would accept.
    failures : dict of str
        Reasons by point, written as in a row of the table.
    left_out : tuple of str
        Nuisances that change what is varied, and so have no meaning beside it.

    Examples
    --------
    >>> found = sensitivity("example-reactor-ge", {"exposure": ["10 kg d"]})
    >>> found.points(), found.unit, found.failures
    ([('10 kg d',)], 'mu_B', {})
    """

    experiment: str
    parameter: str
    unit: str
    construction: str
    cl: float
    axes: tuple[Axis, ...]
    limits: list[float | None]
    lowers: list[float | None]
    others: list[tuple[tuple[float, float], ...]]
    failures: dict[str, str]
    left_out: tuple[str, ...]

    def __repr__(self) -> str:
        return notebook.lines(f"Sensitivity({self._titled})", self._words, width=240)

    def _repr_html_(self) -> str:
        from nudipole import plots

        try:
            fig, ax = plots.figure()
            self.plot(ax)
            picture = plots.svg(fig, self._titled)
        except NudipoleError:
            # Of more than two numbers there is none.
            picture = ""
        return notebook.shown(self._titled, self._words, picture)

    @property
    def _titled(self) -> str:
        what = f"expected {self.parameter} [{self.unit}] at {digits.level(self.cl)}"
        none = f"; no limit at {len(self.failures)} of {len(self.limits)} points" if self.failures else ""
        return f"{self.experiment}: {what} ({self.construction}){none}"

    @property
    def _words(self) -> dict[str, str]:
        def written(point: tuple[Any, ...], limit: float | None) -> str:
            return self.failures[", ".join(map(str, point))] if limit is None else digits.number(limit)

        rows = zip(self.points(), self.limits, strict=True)
        words = {", ".join(map(str, point)): written(point, limit) for point, limit in rows}
        return words | ({"left out": ", ".join(self.left_out)} if self.left_out else {})

    def points(self) -> list[tuple[Any, ...]]:
        """What is written at every point that has been computed."""
        return list(itertools.islice(itertools.product(*(axis.values for axis in self.axes)), len(self.limits)))

    def to_csv(self) -> str:
        """One row for each point, values as written in the description; empty where there is no limit."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        header = [f"{axis.key} [{axis.unit or 1}]" if axis.numbers else axis.key for axis in self.axes]
        signed = any(self.lowers)
        most = max((len(others) for others in self.others), default=0)
        more = [f"{end} {k + 2}" for k in range(most) for end in ("lower", "upper")]
        ends = ["lower", "upper", *more] if signed else [""]
        reasons = ["failure"] if self.failures else []
        writer.writerow([*header, *(f"{self.parameter} {end}".strip() + f" [{self.unit}]" for end in ends), *reasons])
        numbers = itertools.product(*(axis.numbers or axis.values for axis in self.axes))
        rows = zip(numbers, self.points(), self.lowers, self.limits, self.others, strict=False)
        for point, written, lower, upper, others in rows:
            shown = [lower, upper, *itertools.chain(*others)] if signed else [upper]
            cells = ["" if end is None else float(end) for end in shown]
            reason = [self.failures.get(", ".join(map(str, written)), "")] if self.failures else []
            writer.writerow([*point, *cells, *[""] * (len(ends) - len(cells)), *reason])
        return text.getvalue()

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the ends against what was varied, on `ax` or in a new figure.

        Raises
        ------
        NudipoleError
            If more than two numbers were varied.
        """
        from nudipole import plots

        return plots.sensitivity(self, ax or plots.figure()[1])

    def to_xarray(self) -> xr.DataArray:
        """Expected upper ends labelled by what is varied; NaN where there is no limit."""
        import xarray as xr

        coords = {
            axis.key: (axis.key, list(axis.numbers or axis.values), {"units": axis.unit or "1"}) for axis in self.axes
        }
        shape = [len(axis.values) for axis in self.axes]
        limits = np.full(int(np.prod(shape)), np.nan)
        limits[: len(self.limits)] = [np.nan if end is None else end for end in self.limits]
        return xr.DataArray(
            limits.reshape(shape),
            coords=coords,
            dims=[axis.key for axis in self.axes],
            name=f"{self.parameter}_upper",
            attrs={"units": self.unit, "cl": self.cl, "construction": self.construction},
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-sensitivity/1``."""
        return {
            **stamp("sensitivity"),
            "experiment": self.experiment,
            "parameter": self.parameter,
            "unit": self.unit,
            "construction": self.construction,
            "cl": self.cl,
            "axes": [{"key": a.key, "values": list(a.values), "unit": a.unit} for a in self.axes],
            "expected_lower": list(self.lowers),
            "expected_upper": list(self.limits),
            "expected_other_intervals": [[list(interval) for interval in found] for found in self.others],
            "failures": dict(self.failures),
            "left_out": list(self.left_out),
        }


def sensitivity(
    name: Named | Experiment,
    vary: Mapping[str, str | Sequence[Any]] | Sequence[Axis],
    parameter: str = "mu_nu",
    *,
    points: int = 9,
    grid: str = "auto",
    cl: float = 0.90,
    construction: str = "unified",
    variant: str | None = None,
    progress: Progress | None = None,
) -> Sensitivity:
    """Median expected upper limit at every point of a grid of descriptions.

    Data, if there are any, are replaced by the expectation; background counts are scaled where the exposure varies.

    Parameters
    ----------
    name : str, Path, mapping or Experiment
        As for `nudipole.load`.
    vary : mapping, or sequence of Axis
        Ranges or values by key of the description: ``{"detector.threshold": "0.2..2 keV", "target.element":
        ["Ge", "Xe"]}``.
    parameter, cl
        As for `nudipole.limit`.
    points, grid
        Of a range, see `Axis.parse`.
    construction : str
        An asymptotic one: expected limits of few counts are only as good as that.
    variant : str, optional
        Of the description.
    progress : callable, optional
        Called with words on what is being done; in a notebook they are shown unless given.

    Returns
    -------
    Sensitivity

    Raises
    ------
    InputError, UnknownName
        If the description is wrong, has no such key, or a value is not valid for it, before the first point.
    NudipoleError
        If `vary` is a key without values.

    Examples
    --------
    >>> found = sensitivity("example-reactor-ge", {"exposure": ["10 kg d", "1000 kg d"]})
    >>> found.limits[0] > found.limits[1]
    True
    """
    if isinstance(vary, Mapping):
        axes = [Axis.of(key, given, points=points, grid=grid) for key, given in vary.items()]
    elif isinstance(vary, str):
        raise NudipoleError(
            f"vary = {vary!r} has no values: write {{{vary!r}: [...]}} or {{{vary!r}: 'FROM..TO UNIT'}}"
        )
    else:
        axes = list(vary)
    with reported(progress, "sensitivity") as step:
        for result in growing(name, axes, parameter=parameter, cl=cl, construction=construction, variant=variant):
            step(", ".join(map(str, result.points()[-1])))
    return result


def growing(
    name: Named | Experiment,
    axes: Sequence[Axis],
    *,
    parameter: str = "mu_nu",
    cl: float = 0.90,
    construction: str = "unified",
    variant: str | None = None,
) -> Iterator[Sensitivity]:
    """The same with one more point at every step, for whoever writes down what is finished.

    Parameters
    ----------
    name : str, Path, mapping or Experiment
        As for `nudipole.load`.
    axes : sequence of Axis
    parameter, cl, construction
        As for `limit`.
    variant : str, optional

    Raises
    ------
    InputError, UnknownName
        If the description is wrong, has no such key, or a value is not valid for it, before the first point.
    """
    if construction not in CONSTRUCTIONS:
        raise UnknownName("construction", construction, CONSTRUCTIONS)
    if not axes:
        raise NudipoleError("nothing is varied: name a key of the description, for example detector.threshold")
    if isinstance(name, Experiment):
        spec, file, beside = name.spec, str(name.file or name.name), name.beside
    else:
        spec, file, beside = read(name, variant)
    unit = find(parameter).unit
    points = list(itertools.product(*(axis.values for axis in axes)))
    if len(points) > MAX_POINTS**2:
        raise NudipoleError(f"{len(points)} points: choose fewer")
    left_out = tuple(name for name, given in spec.nuisances.items() if any(_changes(given, axis.key) for axis in axes))
    if left_out:
        shared = [name for name in spec.shared if name not in left_out]
        spec = spec.changed({"nuisances": dict.fromkeys(left_out), "shared": shared}, file)
    specs = [_changed(spec, axes, point, file) for point in points]
    limits: list[float | None] = []
    lowers: list[float | None] = []
    others: list[tuple[tuple[float, float], ...]] = []
    failures: dict[str, str] = {}
    for point, changed in zip(points, specs, strict=True):
        lower: float | None = None
        upper: float | None = None
        more: tuple[tuple[float, float], ...] = ()
        try:
            found = ends(build(changed, file=file, beside=beside), parameter, cl, construction, expected=True)
            lower, upper = nearest(found)
            more = tuple(interval for interval in found if interval != (lower, upper))
        except NudipoleError as error:
            failures[", ".join(map(str, point))] = str(error)
        lowers.append(lower)
        limits.append(upper)
        others.append(more)
        results = (list(limits), list(lowers), list(others), dict(failures), left_out)
        yield Sensitivity(spec.name, parameter, unit, construction, cl, tuple(axes), *results)


def _changes(nuisance: NuisanceSpec, key: str) -> bool:
    """Whether a nuisance changes what is at `key`, or something within it."""
    for side in (nuisance.plus, nuisance.minus or {}):
        found: Any = side
        for name in key.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        if found is not None:
            return True
    return False


def _check_target(spec: ExperimentSpec, key: str, file: str) -> None:
    """A name that is no element is a mistake to be told before the first point, not a point without a limit."""
    try:
        formula(spec.target.name)
    except UnknownName as error:
        element = spec.target.element
        message = f"{element[:40]!r} is not an element: write its symbol, for example Xe" if element else str(error)
        raise InputError(file, key, message) from error


def _changed(spec: ExperimentSpec, axes: Sequence[Axis], point: Sequence[Any], file: str) -> ExperimentSpec:
    made = spec
    for axis, value in zip(axes, point, strict=True):
        made = made.changed(axis.change(value), f"{file} ({axis.key} = {value})")
        if axis.key.startswith("target."):
            _check_target(made, axis.key, f"{file} ({axis.key} = {value})")
    given = made.statistics
    if (
        given.kind == "on-off"
        and made.exposure != spec.exposure
        and "statistics.off_exposure" not in [a.key for a in axes]
    ):
        # Times with and without the source grow together, unless one of them alone is asked for.
        off = f"{units.express(given.off_exposure * made.exposure / spec.exposure, 'kg s')!r} kg s"
        made = made.changed({"statistics": {"off_exposure": off}}, file)
    if given.kind == "on-off" and given.off != "asimov":
        raise InputError(file, "statistics.off", "is measured: a projection needs asimov and a background of that name")
    if given.kind in ("gaussian", "relative"):
        raise InputError(file, "statistics", "Gaussian errors belong to the data: a projection needs counts")
    return made.projected(spec.exposure, file)
