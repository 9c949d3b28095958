"""From a HistFactory workspace to a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import InputError, NudipoleError, OutOfRange, UnknownName
from nudipole.histfactory.bounds import Bounds
from nudipole.histfactory.schema import (
    Channel,
    HistoSys,
    Lumi,
    MeasurementSpec,
    NormFactor,
    NormSys,
    ParameterSpec,
    Sample,
    ShapeFactor,
    ShapeSys,
    StatError,
    Workspace,
)
from nudipole.histfactory.signal import SignalBuilder
from nudipole.statistics import Background, Joint, Model, OnOff, Poisson, Statistic, check

Numbers = NDArray[np.float64]


class _Row(NamedTuple):
    """A sample, and which bins of the workspace are those of its channel."""

    channel: Channel
    sample: Sample
    bins: slice

    @property
    def where(self) -> str:
        return f"channel {self.channel.name}, sample {self.sample.name}"

    def spread(self, numbers: Any, size: int) -> Numbers:
        """Numbers of the channel among zeros for the other bins."""
        whole = np.zeros(size)
        whole[self.bins] = numbers
        return whole


def model(workspace: Workspace, file: str = "workspace", *, measurement: str | None = None) -> Model:
    """The likelihood of a workspace, its parameter of interest and every systematic as pyhf has them by default.

    Normalisations and shapes that a Gaussian measurement constrains become unit-normal nuisances of the signal; a
    sample whose one modifier is a free normfactor becomes a background with free normalisation, one whose only
    modifier is a shapesys a background that OFF counts measure. Nuisances keep to the bounds of the workspace, or to
    those that pyhf has by default (see `pyhf_bounds`). Of the parameter of interest a lower bound of zero is the edge
    of the physical region; other bounds of it only belong to fits, and `workspace_limit` says where a number lies
    outside.

    Parameters
    ----------
    workspace : Workspace
    file : str
        What to call it in messages.
    measurement : str, optional
        The first, unless named.

    Returns
    -------
    Model

    Raises
    ------
    UnknownName
        No such measurement.
    InputError
        What the likelihood has no counterpart for: a shapefactor, a parameter of interest that is no normfactor, free
        factors or shapesys beside other modifiers, several shapesys in one bin, bounds of a shapesys that matter.

    Examples
    --------
    >>> from nudipole.histfactory import validate, workspace
    >>> from nudipole.statistics import Background, LinearSignal
    >>> counts = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]), poi_name="mu")
    >>> again = model(validate(workspace(counts).workspace, "counts"))
    >>> again.poi_name, again.expected(1.0, [0.0]).tolist()
    ('mu', [12.0, 9.0])
    """
    return imported(workspace, file, measurement=measurement).model


class Imported(NamedTuple):
    """A likelihood, and what of its workspace is not in it.

    Attributes
    ----------
    model : Model
    bounds : tuple of float
        Of the parameter of interest: but for a lower one of zero they are not in the model.
    notes : list of str
        Bounds of pyhf that hold no fit here.

    Examples
    --------
    >>> from nudipole.statistics import Background, LinearSignal
    >>> counts = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]), poi_name="mu")
    >>> Imported(counts, (0.0, 10.0), []).model.poi_name
    'mu'
    """

    model: Model
    bounds: tuple[float, float]
    notes: list[str]


def imported(workspace: Workspace, file: str = "workspace", *, measurement: str | None = None) -> Imported:
    """The likelihood of a workspace and what to know about it; as `model`.

    Parameters
    ----------
    workspace, file, measurement
        As for `model`.

    Returns
    -------
    Imported

    Raises
    ------
    UnknownName, InputError
        As for `model`.

    Examples
    --------
    >>> from nudipole.histfactory import validate, workspace
    >>> from nudipole.statistics import Background, LinearSignal
    >>> counts = Model([12, 7], [Background("flat", [8, 8], "gaussian", 0.1)], LinearSignal([4, 1]), poi_name="mu")
    >>> imported(validate(workspace(counts).workspace, "counts")).bounds[0]
    0.0
    """
    importer = _Importer(workspace, file, _measurement(workspace, measurement))
    return Imported(importer.model(), importer.bounds.poi(importer.poi), importer.notes)


def _measurement(workspace: Workspace, name: str | None) -> MeasurementSpec:
    if name is None:
        return workspace.measurements[0]
    for found in workspace.measurements:
        if found.name == name:
            return found
    raise UnknownName("measurement", name, [m.name for m in workspace.measurements])


class _Importer:
    def __init__(self, workspace: Workspace, file: str, measurement: MeasurementSpec) -> None:
        self.file, self.poi = file, measurement.config.poi
        self.settings = {p.name: p for p in measurement.config.parameters}
        data = {o.name: o.data for o in workspace.observations}
        self.rows: list[_Row] = []
        self.observed: list[float] = []
        for channel in workspace.channels:
            start = len(self.observed)
            self.observed += data[channel.name]
            bins = slice(start, len(self.observed))
            self.rows += [_Row(channel, sample, bins) for sample in channel.samples]
        self.size = len(self.observed)
        self.builder = SignalBuilder(self.size)
        self.free: dict[str, Numbers] = {}
        #: Bounds of the nuisances, as the model counts them.
        self.limits: dict[str, tuple[float, float]] = {}
        self.constrained: list[str] = []
        self.fixed: dict[str, float] = {}
        self.bounds = Bounds(file, self.settings)
        self.notes: list[str] = []
        self.off = np.full(self.size, np.nan)
        self.ratio = np.full(self.size, np.nan)
        self.shapesys: set[str] = set()

    def model(self) -> Model:
        self._check_kinds()
        self._check_poi()
        for row in self.rows:
            self._sample(row)
        self._gammas()
        self._check_settings()
        signal = self.builder.build(self.constrained, self.fixed)
        counted = np.isfinite(self.off)
        order = np.concatenate([np.flatnonzero(counted), np.flatnonzero(~counted)])
        signal = _reordered(signal, order)
        lower, _ = self.bounds.poi(self.poi)
        nuisances = [*self.free, *self.constrained]
        imported = Model(
            np.array(self.observed)[order],
            [Background(name, counts[order]) for name, counts in self.free.items()],
            signal,
            statistic=self._statistic(order, int(counted.sum())),
            signal_nuisances=self.constrained,
            poi_name=self.poi,
            poi_lower=0.0 if lower == 0 else -np.inf,
            auxiliary=[0.0] * len(self.free) + [self._auxiliary(name) for name in self.constrained],
            limits=np.array([self.limits[name] for name in nuisances]).reshape(-1, 2).T,
        )
        try:
            return check(imported)
        except InputError:
            raise
        except NudipoleError as error:
            raise InputError(self.file, "", str(error)) from error

    def _fail(self, row: _Row, message: str) -> InputError:
        return InputError(self.file, row.where, message)

    def _check_kinds(self) -> None:
        """One parameter of one name: only shapes and norms may share one."""
        kinds: dict[str, str] = {}
        for row in self.rows:
            for m in row.sample.modifiers:
                kind = "histosys or normsys" if isinstance(m, HistoSys | NormSys) else m.type
                if kinds.setdefault(m.name, kind) != kind:
                    raise self._fail(row, f"{m.name!r} is a {m.type} here and a {kinds[m.name]} elsewhere: rename one")

    def _check_poi(self) -> None:
        owners = [m for row in self.rows for m in row.sample.modifiers if m.name == self.poi]
        if not self.poi or not owners:
            raise InputError(self.file, "measurements", f"parameter of interest {self.poi!r} modifies no sample")
        if not all(isinstance(m, NormFactor) for m in owners):
            raise InputError(self.file, "measurements", f"parameter of interest {self.poi!r} is not a normfactor")
        setting = self.settings.get(self.poi)
        if setting is not None and setting.fixed:
            raise InputError(self.file, "measurements", f"parameter of interest {self.poi!r} is fixed")

    def _sample(self, row: _Row) -> None:
        modifiers = row.sample.modifiers
        others = [m for m in modifiers if isinstance(m, NormFactor) and m.name != self.poi]
        held = {m.name: self._fixed(m.name, 1.0) for m in others}
        free = [m for m in others if held[m.name] is None]
        factor = float(np.prod([value for value in held.values() if value is not None]))
        data = factor * np.array(row.sample.data)
        if free:
            if len(free) > 1 or len(modifiers) > len(others):
                other = next(m.name for m in modifiers if m is not free[0])
                raise self._fail(row, f"free normfactor {free[0].name!r} beside {other!r}: fix one or split the sample")
            counts = self.free.setdefault(free[0].name, np.zeros(self.size))
            counts += row.spread(data, self.size)
            self.limits[free[0].name] = self.bounds.of("normfactor", free[0].name)[0]
            return
        counted = [m for m in modifiers if isinstance(m, ShapeSys)]
        if counted:
            if len(modifiers) > 1 + len(others):
                other = next(m.name for m in modifiers if m is not counted[0] and m not in others)
                raise self._fail(row, f"shapesys {counted[0].name!r} beside {other!r}: split the sample")
            data = self._off(row, counted[0], factor)
        poi = any(m.name == self.poi for m in modifiers)
        place = self.builder.add(row.spread(data, self.size), poi=poi)
        for modifier in modifiers:
            self._modifier(row, place, modifier, factor)

    def _modifier(self, row: _Row, place: int, modifier: object, factor: float) -> None:
        if isinstance(modifier, ShapeFactor):
            raise self._fail(row, f"shapefactor {modifier.name!r}: free factors of bins have no counterpart")
        if isinstance(modifier, HistoSys):
            self._constrain(modifier.name)
            self.limits[modifier.name] = self.bounds.of("histosys", modifier.name)[0]
            nominal = np.array(row.sample.data)
            up = factor * (np.array(modifier.data.hi_data) - nominal)
            down = factor * (nominal - np.array(modifier.data.lo_data))
            self.builder.shape(place, modifier.name, row.spread(up, self.size), row.spread(down, self.size))
        elif isinstance(modifier, NormSys):
            self._constrain(modifier.name)
            self.limits[modifier.name] = self.bounds.of("normsys", modifier.name)[0]
            try:
                self.builder.norm(place, modifier.name, modifier.data.lo, modifier.data.hi)
            except OutOfRange as error:
                raise self._fail(row, f"{error}: between them it is interpolated by its logarithm") from error
        elif isinstance(modifier, Lumi):
            self._lumi(row)
            self.builder.lumis.append((place, modifier.name))

    def _constrain(self, name: str, fixed_at: float = 0.0) -> None:
        if name in self.constrained or name in self.fixed:
            return
        value = self._fixed(name, fixed_at)
        if value is None:
            self.constrained.append(name)
        else:
            self.fixed[name] = value

    def _lumi(self, row: _Row) -> None:
        setting = self.settings.get("lumi")
        if setting is None or setting.auxdata is None or setting.sigmas is None:
            raise self._fail(row, "lumi needs its auxdata and sigmas among the parameters of the measurement")
        centre, sigma = setting.auxdata[0], setting.sigmas[0]
        if not sigma > 0:
            raise InputError(self.file, "parameter lumi: sigmas", f"{digits.plain(sigma)} must be positive")
        self.builder.linear["lumi"] = (centre, sigma)
        low, high = self.bounds.of("lumi", "lumi", centre=centre)[0]
        self.limits["lumi"] = ((low - centre) / sigma, (high - centre) / sigma)
        # As a nuisance lumi is in standard deviations from its measurement.
        value = self._fixed("lumi", centre)
        if value is None:
            self._constrain("lumi")
        else:
            self.fixed["lumi"] = (value - centre) / sigma

    def _off(self, row: _Row, modifier: ShapeSys, factor: float) -> Numbers:
        """Enter the OFF counts of a sample; returns what is left of it: the bins that are not uncertain."""
        if modifier.name in self.shapesys:
            raise self._fail(row, f"shapesys {modifier.name!r} belongs to another sample as well: rename one")
        self.shapesys.add(modifier.name)
        nominal, error = np.array(row.sample.data), np.array(modifier.data)
        if self._fixed(modifier.name, 1.0) is not None:
            return factor * nominal
        uncertain = (nominal > 0) & (error > 0)
        off = (nominal / np.where(uncertain, error, 1.0)) ** 2
        if np.any(uncertain & np.isfinite(self.off[row.bins])):
            raise self._fail(row, f"shapesys {modifier.name!r} is not the only one of its bins")
        ratio = off / np.where(uncertain, factor * nominal, 1.0)
        # The fitted factor falls with the other samples, from its value without any.
        highest = (np.array(self.observed[row.bins]) + off) / np.where(uncertain, factor * nominal + off, 1.0)
        lowest = off / np.where(uncertain, factor * nominal + off, 1.0)
        for k, (low, high) in enumerate(self.bounds.of("shapesys", modifier.name, bins=len(nominal))):
            if uncertain[k] and not (low <= lowest[k] and highest[k] <= high):
                self._beyond(row, modifier.name, k, (low, high), (lowest[k], highest[k]))
        self.off[row.bins] = np.where(uncertain, off, self.off[row.bins])
        self.ratio[row.bins] = np.where(uncertain, ratio, self.ratio[row.bins])
        return np.where(uncertain, 0.0, factor * nominal)

    def _beyond(self, row: _Row, name: str, k: int, bounds: tuple[float, float], factors: tuple[float, float]) -> None:
        """The background of OFF counts is profiled without bounds: refuse stated ones that matter, note pyhf's."""
        setting = self.settings.get(name)
        low, high = bounds
        words = f"{name}[{k}] of {row.where} is fitted between {factors[0]:.3g} and {factors[1]:.3g}"
        if setting is not None and setting.bounds is not None:
            message = f"shapesys {words}, and its bounds, {low:g} to {high:g}, hold no fit here: make them wider"
            raise InputError(self.file, f"parameter {name}: bounds", message)
        self.notes.append(f"{words}, beyond the bounds {low:g} to {high:g} that it has in pyhf")

    def _gammas(self) -> None:
        """Factors of bins: one for all samples of a channel with the same staterror, of their errors in quadrature."""
        rows = [row for row in self.rows if self._in_signal(row)]
        errors: dict[tuple[str, str], list[tuple[int, _Row, Numbers]]] = {}
        for place, row in enumerate(rows):
            found = [m for m in row.sample.modifiers if isinstance(m, StatError)]
            if len(found) > 1:
                raise self._fail(row, f"staterror {found[1].name!r} beside {found[0].name!r}: one of them is enough")
            for m in found:
                errors.setdefault((row.channel.name, m.name), []).append((place, row, np.array(m.data)))
        for (channel, name), samples in errors.items():
            if any(other == name and where != channel for where, other in errors):
                raise InputError(self.file, f"channel {channel}", f"staterror {name!r} in another channel as well")
            nominal = sum((np.array(row.sample.data) for _, row, _ in samples), np.zeros(1))
            variance = sum((error**2 for *_, error in samples), np.zeros(1))
            first = samples[0][1].bins.start
            of_bins = self.bounds.of("staterror", name, bins=len(nominal))
            for k in np.flatnonzero((nominal > 0) & (variance > 0)):
                gamma = f"{name}[{k}]"
                value = self._fixed(name, 1.0, int(k))
                relative = float(np.sqrt(variance[k]) / nominal[k])
                self.builder.linear[gamma] = (1.0, relative)
                low, high = of_bins[k]
                self.limits[gamma] = ((low - 1) / relative, (high - 1) / relative)
                if value is None:
                    self.constrained.append(gamma)
                else:
                    self.fixed[gamma] = (value - 1) / relative
                self.builder.gammas += [(place, gamma, first + int(k)) for place, *_ in samples]

    def _in_signal(self, row: _Row) -> bool:
        return not any(m.name in self.free for m in row.sample.modifiers if isinstance(m, NormFactor))

    def _fixed(self, name: str, default: float, k: int = 0) -> float | None:
        """The value of a parameter that the measurement fixes, else None."""
        setting = self.settings.get(name)
        if setting is None or not setting.fixed:
            return None
        inits = setting.inits or [default]
        return inits[min(k, len(inits) - 1)]

    def _auxiliary(self, name: str) -> float:
        setting = self.settings.get(name)
        return setting.auxdata[0] if setting is not None and setting.auxdata is not None and name != "lumi" else 0.0

    def _check_settings(self) -> None:
        """Refuse settings that would change the likelihood and are not taken into account."""
        alphas = {name for _, name, *_ in (*self.builder.shapes, *self.builder.norms)}
        for name, setting in self.settings.items():
            for key in self._unused(name, setting, alphas):
                raise InputError(self.file, f"parameter {name}", f"{key} other than the usual is not supported")

    def _unused(self, name: str, setting: ParameterSpec, alphas: set[str]) -> Iterator[str]:
        if setting.factors is not None:
            yield "factors"
        if setting.sigmas is not None and name != "lumi":
            yield "sigmas"
        if setting.auxdata is not None and name != "lumi" and name not in alphas:
            yield "auxdata"
        if name in self.shapesys and setting.fixed and any(value != 1 for value in setting.inits or ()):
            yield "a fixed value"

    def _statistic(self, order: NDArray[np.int64], counted: int) -> Statistic:
        if not counted:
            return Poisson()
        first = order[:counted]
        on_off = OnOff(self.off[first], self.ratio[first])
        return on_off if counted == self.size else Joint((on_off, Poisson()), (counted, self.size - counted))


def _reordered(signal: Any, order: NDArray[np.int64]) -> Any:
    import equinox as eqx

    def columns(tree: Any) -> tuple[Any, ...]:
        return tree.nominal, tree.shape_up, tree.shape_down, tree.bin_factors

    return eqx.tree_at(columns, signal, tuple(array[:, order] for array in columns(signal)))
