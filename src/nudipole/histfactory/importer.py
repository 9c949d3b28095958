"""Samples and modifiers of a workspace, one by one, as the parts of a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import equinox as eqx
import numpy as np
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import InputError, NudipoleError, OutOfRange, UnknownName, ZeroExpectation
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
from nudipole.histfactory.signal import HistFactorySignal, SignalBuilder
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


class _Measured(NamedTuple):
    """A shapesys: its auxiliary counts, how they relate to the sample, and which bins are uncertain."""

    counts: Numbers
    relative: Numbers
    uncertain: NDArray[np.bool_]


class Importer:
    """Makes the model of one measurement.

    Parameters
    ----------
    workspace : Workspace
    file : str
        What to call it in messages.
    measurement : MeasurementSpec
    poi : str, optional
        A normfactor in place of the parameter of interest of the measurement.

    Attributes
    ----------
    starts : dict of float
        Where free nuisances of the signal start, from which the model counts them.
    """

    def __init__(self, workspace: Workspace, file: str, measurement: MeasurementSpec, poi: str | None = None) -> None:
        self.file, self.poi = file, measurement.config.poi if poi is None else poi
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
        self.bounds = Bounds(file, self.settings)
        self._check_kinds()
        self._check_poi(asked=poi is not None)
        self.simple = self._simple()
        self.off = np.full(self.size, np.nan)
        self.ratio = np.full(self.size, np.nan)
        #: Measurements of factors of bins that are counts of their own: those of no background alone.
        self.measured = {id(row): found for row in self.rows if (found := self._apart(row)) is not None}
        self.extra = sum(int(found.uncertain.sum()) for found in self.measured.values())
        self.builder = SignalBuilder(self.size + self.extra)
        #: Rows of the builder.
        self.placed: list[tuple[int, _Row]] = []
        self.free: dict[str, Numbers] = {}
        #: Bounds of the nuisances, as the model counts them.
        self.limits: dict[str, tuple[float, float]] = {}
        self.nuisances: list[str] = []
        self.starts: dict[str, float] = {}
        self.counted: list[str] = []
        self.fixed: dict[str, float] = {}

    def model(self) -> Model:
        """The likelihood.

        Raises
        ------
        InputError
            What it has no counterpart for, with channel, sample and modifier.
        """
        for row in self.rows:
            self._sample(row)
        self._gammas()
        self._check_settings()
        signal = self.builder.build(self.nuisances, self.fixed)
        off = np.concatenate([np.isfinite(self.off), np.zeros(self.extra, bool)])
        order = np.concatenate([np.flatnonzero(off), np.flatnonzero(~off)])
        lower, _ = self.bounds.poi(self.poi)
        observed = np.concatenate([self.observed, *(m.counts[m.uncertain] for m in self.measured.values())])
        imported = Model(
            observed[order],
            [Background(name, self._all(counts)[order]) for name, counts in self.free.items()],
            _reordered(signal, order),
            statistic=self._statistic(order, int(off.sum())),
            signal_nuisances=self.nuisances,
            unconstrained=[*self.starts, *self.counted],
            poi_name=self.poi,
            poi_lower=0.0 if lower == 0 else -np.inf,
            auxiliary=[0.0] * len(self.free) + [self._auxiliary(name) for name in self.nuisances],
            limits=np.array([self.limits[name] for name in (*self.free, *self.nuisances)]).reshape(-1, 2).T,
        )
        try:
            return check(imported)
        except InputError:
            raise
        except ZeroExpectation as error:
            raise InputError(self.file, *self._empty(int(order[error.bins[0]]))) from error
        except NudipoleError as error:
            raise InputError(self.file, "", str(error)) from error

    def _all(self, counts: Numbers) -> Numbers:
        """Numbers of the bins of channels, and zeros for the measurements that are counts of their own."""
        return np.concatenate([counts, np.zeros(self.extra)])

    def _empty(self, position: int) -> tuple[str, str]:
        row = next(row for row in self.rows if row.bins.start <= position < row.bins.stop)
        number = position - row.bins.start
        message = f"{self.observed[position]:g} observed in bin {number}, where every sample has none"
        return f"channel {row.channel.name}", f"{message}: give one a background there, or drop the bin"

    def _simple(self) -> set[str]:
        """Free normfactors that are the only free modifier of all their samples: backgrounds with a free factor."""
        alone: dict[str, bool] = {}
        for row in self.rows:
            held = [self._held(m) for m in row.sample.modifiers]
            free = [m.name for m, fixed in zip(row.sample.modifiers, held, strict=True) if not fixed]
            for m in row.sample.modifiers:
                if isinstance(m, NormFactor) and m.name != self.poi and m.name in free:
                    alone[m.name] = alone.get(m.name, True) and free == [m.name]
        return {name for name, found in alone.items() if found}

    def _held(self, modifier: Any) -> bool:
        """Whether a modifier is a factor that the measurement fixes."""
        return isinstance(modifier, NormFactor) and self._fixed(modifier.name, 1.0) is not None

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

    def _check_poi(self, *, asked: bool) -> None:
        factors = {m.name: None for row in self.rows for m in row.sample.modifiers if isinstance(m, NormFactor)}
        if asked and self.poi not in factors:
            raise UnknownName("parameter of interest", self.poi, factors)
        owners = [m for row in self.rows for m in row.sample.modifiers if m.name == self.poi]
        choice = f": choose with --poi from {', '.join(factors)}" if factors else ""
        if not self.poi or not owners:
            message = f"parameter of interest {self.poi!r} modifies no sample{choice}"
            raise InputError(self.file, "measurements", message)
        if not all(isinstance(m, NormFactor) for m in owners):
            message = f"parameter of interest {self.poi!r} is not a normfactor{choice}"
            raise InputError(self.file, "measurements", message)
        setting = self.settings.get(self.poi)
        if setting is not None and setting.fixed:
            raise InputError(self.file, "measurements", f"parameter of interest {self.poi!r} is fixed")

    def _apart(self, row: _Row) -> _Measured | None:
        """The shapesys of a sample whose measurement is counts of their own; None if it has none or is profiled.

        Profiled are OFF counts of a background alone, without bounds that matter, one in each bin: faster, and exact.
        """
        found = [m for m in row.sample.modifiers if isinstance(m, ShapeSys)]
        if len(found) > 1:
            raise self._fail(row, f"shapesys {found[1].name!r} beside {found[0].name!r}: one of them is enough")
        if not found:
            return None
        (modifier,) = found
        if any(m.name == modifier.name for other in self.rows if other is not row for m in other.sample.modifiers):
            raise self._fail(row, f"shapesys {modifier.name!r} belongs to another sample as well: rename one")
        nominal, error = np.array(row.sample.data), np.array(modifier.data)
        limits = self.bounds.of("shapesys", modifier.name, bins=len(nominal))
        if self._fixed(modifier.name, 1.0) is not None:
            return None
        uncertain = (nominal > 0) & (error > 0)
        relative = np.where(uncertain, error, 0.0) / np.where(uncertain, nominal, 1.0)
        counts = np.where(uncertain, 1 / np.where(uncertain, relative, 1.0) ** 2, 0.0)
        factor = self._factor(row)
        alone = all(m is modifier or self._held(m) for m in row.sample.modifiers) and factor > 0
        first = not np.any(uncertain & np.isfinite(self.off[row.bins]))
        # The fitted factor falls with the other samples, from its value without any.
        whole = np.where(uncertain, factor * nominal + counts, 1.0)
        lowest, highest = counts / whole, (np.array(self.observed[row.bins]) + counts) / whole
        wide = all(low <= a and b <= high for (low, high), a, b, u in zip(limits, lowest, highest, uncertain) if u)  # noqa: B905
        if not (alone and first and wide):
            return _Measured(counts, relative, uncertain)
        self.off[row.bins] = np.where(uncertain, counts, self.off[row.bins])
        self.ratio[row.bins] = np.where(
            uncertain, counts / np.where(uncertain, factor * nominal, 1.0), self.ratio[row.bins]
        )
        return None

    def _factor(self, row: _Row) -> float:
        """Product of the factors of a sample that the measurement fixes."""
        held = [self._fixed(m.name, 1.0) for m in row.sample.modifiers if isinstance(m, NormFactor)]
        return float(np.prod([value for value in held if value is not None]))

    def _sample(self, row: _Row) -> None:
        modifiers, factor = row.sample.modifiers, self._factor(row)
        data = factor * np.array(row.sample.data)
        simple = [m.name for m in modifiers if m.name in self.simple]
        if simple:
            counts = self.free.setdefault(simple[0], np.zeros(self.size))
            counts += row.spread(data, self.size)
            self.limits[simple[0]] = self.bounds.of("normfactor", simple[0])[0]
            return
        profiled = [m for m in modifiers if isinstance(m, ShapeSys) and id(row) not in self.measured]
        if profiled and self._fixed(profiled[0].name, 1.0) is None:
            # What is left are the bins that are not uncertain.
            data = np.where((np.array(row.sample.data) > 0) & (np.array(profiled[0].data) > 0), 0.0, data)
        poi = any(m.name == self.poi for m in modifiers)
        place = self.builder.add(self._all(row.spread(data, self.size)), poi=poi)
        self.placed.append((place, row))
        for modifier in modifiers:
            self._modifier(row, place, modifier, factor)

    def _modifier(self, row: _Row, place: int, modifier: object, factor: float) -> None:
        if isinstance(modifier, NormFactor):
            if modifier.name != self.poi and not self._held(modifier):
                self._free(modifier.name, self.bounds.of("normfactor", modifier.name)[0])
                self.builder.of_samples.append((place, modifier.name))
        elif isinstance(modifier, ShapeFactor):
            self._shape_factor(row, place, modifier.name)
        elif isinstance(modifier, HistoSys):
            self._constrain(modifier.name)
            self.limits[modifier.name] = self.bounds.of("histosys", modifier.name)[0]
            nominal = np.array(row.sample.data)
            up = factor * (np.array(modifier.data.hi_data) - nominal)
            down = factor * (nominal - np.array(modifier.data.lo_data))
            spread = [self._all(row.spread(change, self.size)) for change in (up, down)]
            self.builder.shape(place, modifier.name, *spread)
        elif isinstance(modifier, NormSys):
            self._constrain(modifier.name)
            self.limits[modifier.name] = self.bounds.of("normsys", modifier.name)[0]
            try:
                self.builder.norm(place, modifier.name, modifier.data.lo, modifier.data.hi)
            except OutOfRange as error:
                raise self._fail(row, f"{error}: between them it is interpolated by its logarithm") from error
        elif isinstance(modifier, Lumi):
            self._lumi(row)
            self.builder.of_samples.append((place, modifier.name))

    def _free(self, name: str, bounds: tuple[float, float], of: str = "", k: int = 0) -> None:
        """A free factor, which the model counts from its start: 1 unless it is said to be elsewhere above zero.

        That of a bin is the number `k` of those `of` a parameter.
        """
        if name not in self.starts:
            setting = self.settings.get(of or name)
            start = 1.0 if setting is None or setting.inits is None else setting.inits[k]
            start = start if start > 0 else min(1.0, bounds[1])
            self.nuisances.append(name)
            self.starts[name] = start
            self.builder.linear[name] = (start, 1.0)
            self.limits[name] = (bounds[0] - start, bounds[1] - start)

    def _shape_factor(self, row: _Row, place: int, name: str) -> None:
        """Free factors of the bins, the same in all channels that name them."""
        number = len(row.sample.data)
        bounds = self.bounds.of("shapefactor", name, bins=number)
        if any(other.startswith(f"{name}[") for other in self.starts) != (f"{name}[{number - 1}]" in self.starts) or (
            f"{name}[{number}]" in self.starts
        ):
            raise self._fail(row, f"shapefactor {name!r} has another number of bins in another channel: rename one")
        for k in range(number):
            gamma, value = f"{name}[{k}]", self._fixed(name, 1.0, k)
            if value is None:
                self._free(gamma, bounds[k], name, k)
            else:
                self.fixed[gamma] = 0.0
                self.builder.linear[gamma] = (value, 1.0)
            self.builder.gammas.append((place, gamma, row.bins.start + k))

    def _constrain(self, name: str, fixed_at: float = 0.0) -> None:
        if name in self.nuisances or name in self.fixed:
            return
        value = self._fixed(name, fixed_at)
        if value is None:
            self.nuisances.append(name)
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

    def _gammas(self) -> None:
        """Factors of bins: one for all samples of a channel with the same staterror, of their errors in quadrature."""
        errors: dict[tuple[str, str], list[tuple[int, _Row, Numbers]]] = {}
        for place, row in self.placed:
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
                    self.nuisances.append(gamma)
                else:
                    self.fixed[gamma] = (value - 1) / relative
                self.builder.gammas += [(place, gamma, first + int(k)) for place, *_ in samples]

        self._counted_gammas()

    def _counted_gammas(self) -> None:
        """Factors of bins whose measurements are counts of their own, each one more bin."""
        position, rows = self.size, {id(row): (place, row) for place, row in self.placed}
        for key, measured in self.measured.items():
            place, row = rows[key]
            (name,) = (m.name for m in row.sample.modifiers if isinstance(m, ShapeSys))
            bounds = self.bounds.of("shapesys", name, bins=len(measured.counts))
            for k in np.flatnonzero(measured.uncertain):
                gamma, relative = f"{name}[{k}]", float(measured.relative[k])
                self.builder.linear[gamma] = (1.0, relative)
                self.nuisances.append(gamma)
                self.counted.append(gamma)
                self.limits[gamma] = ((bounds[k][0] - 1) / relative, (bounds[k][1] - 1) / relative)
                counts = np.zeros(self.size + self.extra)
                counts[position] = measured.counts[k]
                self.builder.gammas += [(place, gamma, row.bins.start + int(k))]
                self.builder.gammas += [(self.builder.add(counts, poi=False), gamma, position)]
                position += 1

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
        shapesys = [m.name for row in self.rows for m in row.sample.modifiers if isinstance(m, ShapeSys)]
        if setting.factors is not None:
            yield "factors"
        if setting.sigmas is not None and name != "lumi":
            yield "sigmas"
        if setting.auxdata is not None and name != "lumi" and name not in alphas:
            yield "auxdata"
        if name in shapesys and setting.fixed and any(value != 1 for value in setting.inits or ()):
            yield "a fixed value"

    def _statistic(self, order: NDArray[np.int64], counted: int) -> Statistic:
        if not counted:
            return Poisson()
        first = order[:counted]
        on_off = OnOff(self.off[first], self.ratio[first])
        return on_off if counted == len(order) else Joint((on_off, Poisson()), (counted, len(order) - counted))


def _reordered(signal: HistFactorySignal, order: NDArray[np.int64]) -> HistFactorySignal:
    def columns(tree: Any) -> tuple[Any, ...]:
        return tree.nominal, tree.shape_up, tree.shape_down, tree.bin_factors

    found: HistFactorySignal = eqx.tree_at(columns, signal, tuple(array[..., order] for array in columns(signal)))
    return found
