"""The plane of the neutrino's moment and the muon's anomaly: what a model predicts of both, and what is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nudipole import arguments, digits
from nudipole.errors import NudipoleError, UnknownName
from nudipole.experiments.neutrino import described
from nudipole.inference.axis import Axis
from nudipole.io import notebook
from nudipole.io.stamp import stamp
from nudipole.limits import Record, record, select
from nudipole.mixing import Oscillation, nufit
from nudipole.models import MODELS
from nudipole.muon_g2.world import measurement, prediction
from nudipole.muon_g2.world.predictions import Difference
from nudipole.predictions.beams import effective_moments, plasmon_moment
from nudipole.sources.mixtures import Mixture, mixtures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Measurement and prediction of the anomaly by year.
YEARS = {2021: ("world-2021", "wp2020"), 2025: ("world-2025", "wp2025")}
#: Beams in which a record's effective moment is: by its mixture, or by source and flavour.
_BEAMS = {"solar": "solar-pp", "reactor": "reactor"}
_MOST = 20_000


@dataclass(frozen=True)
class Band:
    """A difference of measurement and prediction of the muon's anomaly.

    Attributes
    ----------
    year : int
    value, error : float
        Pure numbers.
    label : str

    Examples
    --------
    >>> found = bands([2025])[0]
    >>> print(f"{1e11 * found.value:.0f} +- {1e11 * found.error:.0f}")
    38 +- 64
    """

    year: int
    value: float
    error: float
    label: str

    def pull(self, delta_a_mu: float) -> float:
        """How far a shift is from the band's centre, in its errors."""
        return (delta_a_mu - self.value) / self.error


@dataclass(frozen=True)
class Line:
    """A published limit, as a limit on the moment of the plane.

    Attributes
    ----------
    record, label, kind : str
        Id of the record; ``laboratory`` or ``stars``.
    published, limit : float
        As published, of the beam, and of the moment of the plane for this model [mu_B].

    Examples
    --------
    >>> lines = correlation("su2h", "f_prime=0,1").lines
    >>> {line.kind for line in lines} == {"laboratory", "stars"}
    True
    """

    record: str
    label: str
    kind: str
    published: float
    limit: float


@dataclass(frozen=True, repr=False)
class Correlation:
    """Moment and shift of the muon's anomaly that a model predicts together.

    Attributes
    ----------
    model, title : str
    varied : tuple of str
        Parameters along the curve, or drawn for the cloud.
    held : dict of float
        The others.
    is_cloud : bool
    mu, delta_a_mu : (n,)
        The moment that cools stars, sqrt(sum |lambda|^2) as of `plasmon_moment` [mu_B]; a pure number.
    parameters : dict of (n,)
        Values of what is varied.
    bands : tuple of Band
    lines : tuple of Line

    Examples
    --------
    >>> found = correlation("su2h", "f_prime=0..1", points=3)
    >>> [f"{mu:.2e} {1e11 * shift:.0f}" for mu, shift in zip(found.mu, found.delta_a_mu)]
    ['0.00e+00 -0', '1.07e-11 33', '2.13e-11 130']
    """

    model: str
    title: str
    varied: tuple[str, ...]
    held: dict[str, float]
    is_cloud: bool
    mu: NDArray[np.float64]
    delta_a_mu: NDArray[np.float64]
    parameters: dict[str, NDArray[np.float64]]
    bands: tuple[Band, ...]
    lines: tuple[Line, ...]

    def __repr__(self) -> str:
        how = "cloud of" if self.is_cloud else "curve along"
        return f"Correlation({self.model}, {how} {', '.join(self.varied)}, {len(self.mu)} points)"

    def _repr_html_(self) -> str:
        from nudipole import plots

        fig, ax = plots.figure()
        self.plot(ax)
        return notebook.shown(repr(self), {}, plots.svg(fig, repr(self)))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the plane, on `ax` or in a new figure."""
        from nudipole import plots

        return plots.correlation(self, ax or plots.figure()[1])

    def within(self, band: Band, sigmas: float = 2.0) -> int:
        """How many points are within a band, and below all limits of the laboratory and of stars."""
        low = np.min([line.limit for line in self.lines], initial=np.inf)
        return int(np.sum((np.abs(self.delta_a_mu - band.value) <= sigmas * band.error) & (self.mu < low)))

    def to_json(self) -> dict[str, Any]:
        """Plain data, schema ``nudipole-correlation/1``."""
        return {
            **stamp("correlation"),
            "model": self.model,
            "varied": list(self.varied),
            "held": dict(self.held),
            "kind": "cloud" if self.is_cloud else "curve",
            "parameters": {name: values.tolist() for name, values in self.parameters.items()},
            "mu": {"unit": "mu_B", "values": self.mu.tolist()},
            "delta_a_mu": self.delta_a_mu.tolist(),
            "pulls": {
                str(band.year): [float(band.pull(shift)) for shift in self.delta_a_mu] for band in self.bands
            },
            "bands": [
                {"year": one.year, "value": one.value, "error": one.error, "label": one.label} for one in self.bands
            ],
            "limits": [
                {"record": one.record, "label": one.label, "kind": one.kind, "published": one.published,
                 "limit": one.limit, "unit": "mu_B"}
                for one in self.lines
            ],
        }  # fmt: skip


def bands(years: Sequence[int] = tuple(YEARS)) -> tuple[Band, ...]:
    """Differences of measurement and prediction of the muon's anomaly, by year.

    Parameters
    ----------
    years : sequence of int
        Of 2021 and 2025.

    Returns
    -------
    tuple of Band

    Raises
    ------
    UnknownName
        For another year.

    Examples
    --------
    >>> [f"{1e11 * one.value:.0f} +- {1e11 * one.error:.0f}" for one in bands()]
    ['251 +- 59', '38 +- 64']
    """
    found = []
    for year in years:
        if year not in YEARS:
            raise UnknownName("year of the anomaly", str(year), map(str, YEARS))
        measured, predicted = YEARS[year]
        one = Difference(measurement(measured), prediction(predicted))
        found.append(Band(year, one.value, one.error, f"{one.measurement.label} - {one.prediction.label}"))
    return tuple(found)


def correlation(
    model: str = "su2h",
    /,
    *vary: str,
    cloud: bool = False,
    points: int = 200,
    seed: int = 1,
    years: Sequence[int] = tuple(YEARS),
    limits: Sequence[str] | None = None,
    oscillation: str | Oscillation | None = None,
    **values: Any,
) -> Correlation:
    """Moment and shift of the muon's anomaly of a model, with what is measured of both.

    Parameters
    ----------
    model : str
        One that predicts both.
    *vary : str
        Of a curve one range, ``f_prime=0..2``; of a cloud several, each drawn evenly in it, or in its logarithm where
        `Axis` has it so. By default f_prime from 0 to 2.
    cloud : bool
    points : int
        On the curve, or of the cloud.
    seed : int
        Of the cloud.
    years : sequence of int
        Whose differences are the bands.
    limits : sequence of str, optional
        Ids of records; by default the strongest of the Sun, of reactors and of stars.
    oscillation : str or Oscillation, optional
    **values
        The other parameters of the model, as of `predict`.

    Returns
    -------
    Correlation

    Raises
    ------
    UnknownName, OutOfRange, UnitError
        For an unknown model, parameter, year or record, or a value without meaning.
    NudipoleError
        If the model does not predict both, or a curve is along several parameters.

    Examples
    --------
    >>> cloud = correlation("su2h", "f=0.001..0.1", "m_R=70..200GeV", cloud=True, points=50)
    >>> cloud.is_cloud, len(cloud.mu), cloud.within(cloud.bands[1]) > 0
    (True, 50, True)
    """
    points = int(arguments.number("points", points, low=2, high=_MOST))
    mixed = nufit(oscillation) if isinstance(oscillation, str) else oscillation or nufit()
    if model not in MODELS:
        raise UnknownName("model", model, MODELS)
    made = MODELS[model]
    fixed = made.completed(values)
    if made.delta_a_mu(fixed) is None:
        both = [name for name, one in MODELS.items() if one.delta_a_mu({}) is not None]
        raise NudipoleError(f"{model} says nothing about the muon's anomaly: models that do are {', '.join(both)}")
    ranges = vary or ("f_prime=0..2",)
    for name in {made.parameter(text.partition("=")[0].strip()).key for text in ranges if "=" in text}:
        if name in {made.parameter(key).key for key in values}:
            raise NudipoleError(f"{name} is varied and held at once: leave out one of them, or vary another")
    if len(ranges) > 1 and not cloud:
        raise NudipoleError(f"{len(ranges)} ranges: a curve is along one parameter, several make a cloud")
    columns = _columns(made.name, ranges, cloud, points, seed)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    neutrinos = [described(model, {**fixed, **row}, oscillation=mixed).neutrino for row in rows]
    shifts = [made.delta_a_mu({**fixed, **row}) for row in rows]
    mu = np.array([plasmon_moment(one) for one in neutrinos])
    largest = neutrinos[int(np.argmax(mu))]
    return Correlation(
        model=model,
        title=made.title,
        varied=tuple(columns),
        held={key: value for key, value in fixed.items() if key not in columns},
        is_cloud=cloud,
        mu=mu,
        delta_a_mu=np.array(shifts, dtype=float),
        parameters={key: np.asarray(column, dtype=float) for key, column in columns.items()},
        bands=bands(years),
        lines=_lines(limits, effective_moments(largest, _limiting(mixed), np.asarray(mixed.pmns())), float(mu.max())),
    )


def _columns(model: str, ranges: Sequence[str], cloud: bool, points: int, seed: int) -> dict[str, NDArray[np.float64]]:
    """Values of what is varied, by key."""
    rng = np.random.default_rng(seed)
    found = {}
    for text in ranges:
        axis = Axis.parse(text, points=2 if cloud else points)
        parameter = MODELS[model].parameter(axis.key)
        if parameter.key in found:
            raise NudipoleError(f"{parameter.key} twice: give one range")
        numbers = np.array([parameter.read(str(value)) for value in axis.values])
        if cloud:
            low, high = float(numbers.min()), float(numbers.max())
            even = rng.uniform(size=points)
            drawn = low * (high / low) ** even if axis.logarithmic else low + (high - low) * even
            numbers = np.array([parameter.checked(value) for value in drawn])
        found[parameter.key] = numbers
    return found


def _limiting(oscillation: Oscillation) -> list[Mixture]:
    known = mixtures(oscillation)
    return [known[name] for name in _BEAMS.values()]


def _lines(ids: Sequence[str] | None, seen: Mapping[str, float], plane: float) -> tuple[Line, ...]:
    """Limits as lines; a beam's is moved to the moment of the plane by the matrix of the model."""
    chosen = _strongest() if ids is None else [record(name) for name in ids]
    found = []
    for item in chosen:
        upper = _upper(item)
        if upper is None:
            raise NudipoleError(f"{item.id} has no upper limit in mu_B to draw")
        beam = _beam(item)
        if beam is None:
            found.append(Line(item.id, _label(item), "stars", upper, upper))
        elif seen[beam] > 0:
            found.append(Line(item.id, _label(item), "laboratory", upper, upper * plane / seen[beam]))
    return tuple(found)


def _beam(item: Record) -> str | None:
    """The beam whose effective moment a record limits; None of stars.

    Raises
    ------
    NudipoleError
        If it is another.
    """
    bound = item.bound
    if bound.process == "plasmon-decay":
        return None
    if bound.quantity.mixture == "solar" or (bound.source == "reactor" and bound.quantity.flavour == "e"):
        return _BEAMS["solar" if bound.quantity.mixture else "reactor"]
    raise NudipoleError(f"{item.id} is neither of the Sun's mixture, of nu_e at a reactor nor of plasmon decay")


def _strongest() -> list[Record]:
    """The strongest limits of the Sun, of reactors and of stars, with a level."""
    found = []
    for given in ({"source": "solar"}, {"source": "reactor"}, {"process": "plasmon-decay"}):
        source, process = given.get("source"), given.get("process")
        rows = select(property="magnetic-moment", status="limit", source=source, process=process)
        found.append(min(filter(_fits, rows), key=lambda item: _upper(item) or np.inf))
    return found


def _fits(item: Record) -> bool:
    try:
        _beam(item)
    except NudipoleError:
        return False
    bound = item.bound
    return _upper(item) is not None and bound.statistics.cl is not None and bound.quantity.nature == "either"


def _upper(item: Record) -> float | None:
    ends = item.common
    return None if item.bound.property != "magnetic-moment" or ends is None else ends[-1][1]


def _label(item: Record) -> str:
    level = item.bound.statistics.cl
    return f"{item.who} {item.year}" + ("" if level is None else f", {digits.level(level)}")
