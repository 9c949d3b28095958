"""Which parameters of a model are excluded: the verdict along one or two of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from nudipole import arguments, digits
from nudipole.errors import NudipoleError, UnknownName
from nudipole.experiments.constraint import Constraint
from nudipole.experiments.neutrino import described
from nudipole.experiments.panel import Panel
from nudipole.inference.asked import Asked, Progress, reported
from nudipole.inference.axis import Axis
from nudipole.inference.verdict.judge import prepared
from nudipole.inference.verdict.judgement import Judgement, along, threshold
from nudipole.inference.verdict.stars import bounds
from nudipole.io import notebook
from nudipole.io.stamp import stamp
from nudipole.mixing import nufit
from nudipole.models import MODELS
from nudipole.properties import Neutrino, plasmon_moment

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[np.float64]

_MOST = 200
#: How close edges are found, in units of the step of the grid.
_CLOSE = 1e-4
#: Matrices whose shapes agree to this differ in their size alone.
_SAME = 9


@dataclass(frozen=True, repr=False)
class Region:
    """The verdict on a model along one or two of its parameters.

    Attributes
    ----------
    model, title : str
    names, units : tuple of str
        What is varied.
    axes : tuple of (n,)
        Values in these units.
    logarithmic : tuple of bool
    held : dict of float
        The other parameters, in the units `held_units`.
    delta_chi2, p : (n,) or (n, m)
        As of a verdict of all experiments together; NaN where the model has no neutrino.
    plasmon : (n,) or (n, m)
        Moment that cools stars [mu_B].
    stars : tuple of (str, float)
        The strongest bound on it that has a confidence level: its record and value [mu_B].
    experiments, constraints : tuple of str
    cl : float
    failures : dict of str
        Points where the model says no, and why.
    edges : tuple of float
        Of one parameter the values at which the verdict changes, found between the points of the grid.

    Examples
    --------
    >>> found = region("su2h", ["f=0.01..1"], ["lampf"], points=5)
    >>> found.names, found.excluded.shape
    (('f',), (5,))
    """

    model: str
    title: str
    names: tuple[str, ...]
    units: tuple[str, ...]
    axes: tuple[Numbers, ...]
    logarithmic: tuple[bool, ...]
    held: dict[str, float]
    held_units: dict[str, str]
    delta_chi2: Numbers
    p: Numbers
    plasmon: Numbers
    stars: tuple[str, float]
    experiments: tuple[str, ...]
    constraints: tuple[str, ...]
    cl: float
    failures: dict[str, str]
    edges: tuple[float, ...] = ()

    def __repr__(self) -> str:
        return notebook.lines(f"Region of {self.model}", self._words)

    def _repr_html_(self) -> str:
        from nudipole import plots

        fig, axes = plots.figure()
        self.plot(axes)
        return notebook.shown(f"Region of {self.model}", self._words, plots.svg(fig, f"region of {self.model}"))

    @property
    def threshold(self) -> float:
        """Delta chi2 above which a point is excluded."""
        return threshold(self.cl, squared=True)

    @property
    def excluded(self) -> NDArray[np.bool_]:
        """Which points all experiments together exclude."""
        return np.asarray(self.p < 1 - self.cl)

    @property
    def _words(self) -> dict[str, str]:
        words = {"verdict": self.sentence, "held": ", ".join(f"{k} = {digits.plain(v)}" for k, v in self.held.items())}
        return {key: text for key, text in words.items() if text}

    @property
    def sentence(self) -> str:
        """The answer in one line."""
        number = int(self.excluded.sum())
        what = f"{number} of {self.p.size} points are excluded at {digits.level(self.cl)} by experiments"
        if len(self.axes) > 1:
            return what
        unit = "" if self.units[0] == "1" else f" {self.units[0]}"
        ends = [f"{digits.number(edge)}{unit}" for edge in self.edges]
        return what + (f"; the edge is at {self.names[0]} = {', '.join(ends)}" if ends else "")

    def plot(self, axes: Axes | None = None) -> Axes:
        """Draw it, on `axes` or in a new figure."""
        from nudipole import plots

        made: Axes = plots.region_of_model(self, axes or plots.figure()[1])
        return made

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-region/1``; null where the model has no neutrino."""
        return {
            **stamp("region"),
            "model": self.model,
            "parameters": list(self.names),
            "units": list(self.units),
            "held": dict(self.held),
            "axes": [axis.tolist() for axis in self.axes],
            "delta_chi2": _plain(self.delta_chi2),
            "p": _plain(self.p),
            "excluded": self.excluded.tolist(),
            "plasmon_moment": {"values": _plain(self.plasmon), "unit": "mu_B"},
            "stars": {"record": self.stars[0], "upper": self.stars[1], "unit": "mu_B", "model_dependent": True},
            "experiments": list(self.experiments),
            "constraints": list(self.constraints),
            "cl": self.cl,
            "verdict": self.sentence,
            "edges": list(self.edges),
            "failures": dict(self.failures),
        }

    def to_csv(self) -> str:
        """One row a point."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        head = [f"{name} [{unit}]" for name, unit in zip(self.names, self.units, strict=True)]
        writer.writerow([*head, "delta_chi2 [1]", "p [1]", "excluded", "plasmon moment [mu_B]"])
        for place in np.ndindex(self.p.shape):
            values = [float(axis[k]) for axis, k in zip(self.axes, place, strict=True)]
            excluded = str(bool(self.excluded[place])).lower()
            writer.writerow(
                [*values, float(self.delta_chi2[place]), float(self.p[place]), excluded, float(self.plasmon[place])]
            )
        return text.getvalue()


def _plain(numbers: Numbers) -> Any:
    return np.where(np.isfinite(numbers), numbers, None).tolist()  # type: ignore[call-overload]


def region(
    model: str,
    vary: Sequence[str],
    experiments: Asked | None = None,
    *,
    points: int = 21,
    drop: Iterable[str] = (),
    published: Iterable[str | Constraint] | None = None,
    oscillation: str | None = None,
    cl: float = 0.90,
    progress: Progress | None = None,
    **values: Any,
) -> Region:
    """Where a model is excluded, along one or two of its parameters, nuisances profiled at every point.

    Parameters
    ----------
    model : str
    vary : sequence of str
        One range or two: f=1e-3..1, f_prime=0.1..2, as of `Axis`.
    experiments, drop, published, cl, progress
        As of `nudipole.inference.verdict.verdict`.
    points : int
        Of each range.
    oscillation : str, optional
    **values
        The other parameters.

    Returns
    -------
    Region

    Raises
    ------
    UnknownName, OutOfRange, UnitError, NudipoleError
        For what is unknown or has no meaning.

    Examples
    --------
    >>> found = region("su2h", ["f=0.01..1", "f_prime=1,2"], "lampf", points=3)
    >>> found.delta_chi2.shape, found.names
    ((3, 2), ('f', 'f_prime'))
    """
    cl = arguments.level(cl)
    points = int(arguments.number("points", points, low=2, high=_MOST))
    if model not in MODELS:
        raise UnknownName("model", model, MODELS)
    if len(vary) not in (1, 2):
        raise NudipoleError(f"{len(vary)} ranges: a region is along one parameter or two; hold others by their values")
    made = MODELS[model]
    axes, numbers = [Axis.parse(text, points=points) for text in vary], []
    keys = [made.parameter(axis.key).key for axis in axes]
    if len(set(keys)) < len(keys):
        raise NudipoleError(f"{keys[0]} twice: give one range")
    for name in {made.parameter(key).key for key in values}:
        if name in keys:
            raise NudipoleError(f"{name} is varied and held at once: leave out one of them")
    for axis, key in zip(axes, keys, strict=True):
        numbers.append(np.array([made.parameter(key).read(str(value)) for value in axis.values]))
    with reported(progress, "region") as step:
        shape = tuple(len(column) for column in numbers)
        neutrinos, failures = _neutrinos(model, keys, numbers, values, oscillation)
        panel = prepared(nufit(oscillation or "nufit-6.0-no"), experiments, drop, published, step)
        found = _judged(panel, neutrinos, step)
        edges = _edges(panel, model, keys, numbers, found, values, oscillation, cl, axes) if len(keys) == 1 else ()
        strongest = min(
            (b for b in bounds(next(iter(neutrinos.values()))) if b.process == "plasmon-decay" and b.has_level),
            key=lambda bound: bound.upper,
        )
    delta, p, plasmon = (np.full(shape, np.nan) for _ in range(3))
    for place, judgement in found.items():
        delta[place], p[place] = judgement.delta_chi2, judgement.p
        plasmon[place] = plasmon_moment(neutrinos[place])
    fixed = made.completed(values)
    return Region(
        model=model,
        title=made.title,
        names=tuple(keys),
        units=tuple(made.keys[key].unit for key in keys),
        axes=tuple(numbers),
        logarithmic=tuple(axis.logarithmic for axis in axes),
        held={key: value for key, value in fixed.items() if key not in keys},
        held_units={key: parameter.unit for key, parameter in made.keys.items()},
        delta_chi2=delta,
        p=p,
        plasmon=plasmon,
        stars=(strongest.record.id, strongest.upper),
        experiments=tuple(one.name for one in panel.experiments),
        constraints=tuple(one.name for one in panel.constraints),
        cl=cl,
        failures=failures,
        edges=edges,
    )


def _neutrinos(
    model: str, keys: list[str], numbers: list[Numbers], values: dict[str, Any], oscillation: str | None
) -> tuple[dict[tuple[int, ...], Neutrino], dict[str, str]]:
    """Neutrinos by their place on the grid, and where there is none."""
    found, failures = {}, {}
    for place in np.ndindex(*(len(column) for column in numbers)):
        own = {key: float(column[k]) for key, column, k in zip(keys, numbers, place, strict=True)}
        try:
            neutrino = described(model, {**values, **own}, oscillation=oscillation).neutrino
        except NudipoleError as error:
            failures[", ".join(f"{key} = {digits.plain(value)}" for key, value in own.items())] = str(error)
            continue
        if neutrino.interferes:
            raise NudipoleError(f"{model} has charges or radii: test its points one by one")
        found[place] = neutrino
    if not found:
        raise NudipoleError(f"no point has a neutrino: {next(iter(failures.values()))}")
    return found, failures


def _judged(
    panel: Panel, neutrinos: dict[tuple[int, ...], Neutrino], step: Progress
) -> dict[tuple[int, ...], Judgement]:
    """Judgements of all; those of neutrinos that differ in their size alone share a likelihood."""
    groups: dict[bytes, list[tuple[tuple[int, ...], float]]] = {}
    for place, neutrino in neutrinos.items():
        lam = np.asarray(neutrino.lam)
        size = float(np.linalg.norm(lam))
        shape = np.round(lam / size, _SAME) + 0.0 if size else np.zeros_like(lam)
        groups.setdefault(shape.tobytes(), []).append((place, size))
    found: dict[tuple[int, ...], Judgement] = {}
    done = 0
    for members in groups.values():
        places, sizes = [place for place, _ in members], np.array([size for _, size in members])
        done += len(places)
        step(f"{done} of {len(neutrinos)} points")
        reference = int(np.argmax(sizes))
        if sizes[reference] == 0:
            continue
        blocks = panel.blocks(neutrinos[places[reference]])
        strengths = [float(x) for x in (sizes / sizes[reference]) ** 2]
        found |= dict(zip(places, along(blocks, strengths), strict=True))
    return found


def _edges(
    panel: Panel,
    model: str,
    keys: list[str],
    numbers: list[Numbers],
    found: dict[tuple[int, ...], Judgement],
    values: dict[str, Any],
    oscillation: str | None,
    cl: float,
    axes: list[Axis],
) -> tuple[float, ...]:
    """Values of one parameter at which the verdict changes."""
    (key,), (points,), logarithmic = keys, numbers, axes[0].logarithmic
    excess = {k: judgement.delta_chi2 - threshold(cl, squared=True) for (k,), judgement in found.items()}

    def above(x: float) -> float:
        at = float(np.exp(x)) if logarithmic else x
        neutrino = described(model, {**values, key: at}, oscillation=oscillation).neutrino
        return along(panel.blocks(neutrino), [1.0])[0].delta_chi2 - threshold(cl, squared=True)

    edges = []
    for k in range(len(points) - 1):
        if k in excess and k + 1 in excess and excess[k] * excess[k + 1] < 0:
            ends = np.log(points[k : k + 2]) if logarithmic else points[k : k + 2]
            low, high = sorted(map(float, ends))
            at = brentq(above, low, high, xtol=_CLOSE * (high - low))
            edges.append(float(np.exp(at)) if logarithmic else float(at))
    return tuple(edges)
