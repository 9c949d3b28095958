"""The schema of an experiment's YAML. Every key, its unit and its default stand here, once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ModelWrapValidatorHandler, PrivateAttr, ValidationError, model_validator

from nudipole import digits, units
from nudipole.errors import InputError, UnitError
from nudipole.experiments.schema.background import BackgroundSpec
from nudipole.experiments.schema.columns import TableColumn
from nudipole.experiments.schema.compare import Reference
from nudipole.experiments.schema.detector import DetectorSpec
from nudipole.experiments.schema.overrides import merged
from nudipole.experiments.schema.process import ElectronSpec, HeavySpec, ProcessSpec, TargetSpec
from nudipole.experiments.schema.published import PublishedSpec
from nudipole.experiments.schema.samples import SampleSpec
from nudipole.experiments.schema.source import SourceSpec
from nudipole.experiments.schema.statistics import ON_OFF, ObservedData, PoissonSpec, StatisticsSpec
from nudipole.io.fields import Closed, Exposure, Word, light_yield
from nudipole.io.messages import validation_message


class VariantSpec(Closed):
    """A change of some keys, with the reason for it."""

    note: str
    set: dict[str, Any]


class NuisanceSpec(Closed):
    """What one standard deviation changes in the description, up and down: one parameter for signal and backgrounds.

    Responses and backgrounds are folded for both and interpolated: a parabola through the three points within one
    standard deviation, straight lines beyond. Without `minus` the change is mirrored. With `constraint: free` nothing
    is known but the data, and the changes are steps of the interpolation, best of a size that the data allow; farther
    than five of them it does not go.
    """

    note: str = ""
    constraint: Literal["gaussian", "free"] = "gaussian"
    plus: dict[str, Any]
    minus: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _of_responses_and_backgrounds(self) -> NuisanceSpec:
        for change in (self.plus, self.minus or {}):
            for key in change:
                if key not in _VARIED:
                    first, *inner = key.split(".")
                    nested = f"{first}: {'{'}{': {'.join(inner)}: ...{'}' * len(inner)}" if inner else ""
                    remedy = f": write {nested}" if first in _VARIED and nested else ""
                    raise ValueError(f"a nuisance changes {', '.join(_VARIED)}, not {key!r}{remedy}")
        return self


_VARIED = ("source", "target", "process", "processes", "detector", "backgrounds", "samples")


class ExperimentSpec(Closed):
    """One experiment.

    Background counts are those of the `exposure`, unless `counts_exposure` says another one, from which they are
    scaled. Experiments that `same_data_as` lists use the same data, or a part of them, and enter no likelihood beside
    this one; an empty list states that the data are its own, though another has the same counts.
    """

    name: Word
    title: str
    reference: Annotated[list[Reference], Field(min_length=1)]
    notes: str
    source: SourceSpec
    target: TargetSpec
    process: ProcessSpec | None = None
    processes: Annotated[dict[Word, ProcessSpec], Field(min_length=1)] | None = None
    heavy: HeavySpec | None = None
    exposure: Exposure
    counts_exposure: Exposure | None = None
    detector: DetectorSpec
    statistics: StatisticsSpec = PoissonSpec()
    data: ObservedData
    backgrounds: dict[Word, BackgroundSpec]
    samples: Annotated[dict[Word, SampleSpec], Field(min_length=2, max_length=100)] | None = None
    nuisances: dict[Word, NuisanceSpec] = Field(default_factory=dict)
    shared: list[str] = Field(default_factory=list)
    same_data_as: list[Word] | None = None
    published: list[PublishedSpec] = Field(default_factory=list)
    variants: dict[Word, VariantSpec] = Field(default_factory=dict)

    #: What was written, which overrides are applied to.
    _written: dict[str, Any] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_written(cls, data: Any, handler: ModelWrapValidatorHandler[ExperimentSpec]) -> ExperimentSpec:
        made = handler(data)
        if isinstance(data, dict):
            made._written = data
        return made

    @model_validator(mode="after")
    def _consistent(self) -> ExperimentSpec:
        if (self.process is None) == (self.processes is None):
            raise ValueError("give either process, or processes by name")
        containing = [name for name, item in self.backgrounds.items() if item.contains_sm_signal]
        if len(containing) > 1:
            raise ValueError(f"only one background may contain the SM signal, not {containing}")
        self._check_off()
        if self.modes and self.statistics.kind != "relative":
            raise ValueError(
                "source.modes: an exposure of each is not described: they need statistics of kind relative"
            )
        if self.modes and self.backgrounds:
            raise ValueError(
                "source.modes: a background belongs to one mode: data must be without, write backgrounds: {}"
            )
        self._check_samples()
        self._check_angle()
        if self.name in (self.same_data_as or ()):
            raise ValueError(f"same_data_as: {self.name} is this experiment: name others")
        for name in self.shared:
            if name not in (*self.backgrounds, *self.nuisances) and not re.search(r"(^| )flux( |$)", name):
                raise ValueError(f"shared: {name[:40]!r} is neither a background nor a nuisance of this file")
        return self

    def _check_off(self) -> None:
        """What an OFF measurement determines, and how."""
        off = [name for name, item in self.backgrounds.items() if item.normalisation == "off"]
        if self.statistics.kind != "on-off":
            if off:
                raise ValueError(f"backgrounds.{off[0]}: normalisation off needs statistics of kind on-off")
            return
        if not self.smooth_off:
            if (self.statistics.off == "asimov") != bool(off):
                raise ValueError("OFF data are either asimov, of backgrounds with normalisation off, or given")
            for name in off:
                if self.backgrounds[name].polynomial is not None:
                    message = "has no effect on what is measured bin by bin: write statistics.off_shape: smooth"
                    raise ValueError(f"backgrounds.{name}.polynomial: {message}, or leave it out")
            return
        key = "statistics.off_shape"
        if self.samples is not None:
            raise ValueError(f"{key}: smooth is of an experiment without samples: leave one of the two out")
        if not off:
            raise ValueError(f"{key}: smooth is the sum of the backgrounds with normalisation off: write one at least")
        if (self.data == "asimov") != (self.statistics.off == "asimov"):
            raise ValueError(f"{key}: smooth has data and statistics.off both counted, or both asimov")
        for name in off:
            if self.backgrounds[name].contains_sm_signal:
                raise ValueError(f"backgrounds.{name}.contains_sm_signal: without the source there are no neutrinos")
            if self.backgrounds[name].errors is not None:
                message = f"are those of one measurement, and {key}: smooth has two: leave them out"
                raise ValueError(f"backgrounds.{name}.errors: {message}")

    def _check_angle(self) -> None:
        """Bins of the angle are those of electrons, and no other axis is beside that of the energy."""
        key = "detector.angle"
        for name, background in self.backgrounds.items() if self.detector.angle is None else ():
            if background.angle is not None:
                raise ValueError(f"backgrounds.{name}.angle: there are no bins of the angle ({key})")
        if self.detector.angle is None:
            return
        for name, process in self.named_processes.items():
            if not isinstance(process, ElectronSpec):
                raise ValueError(f"{key}: is of nu-e scattering, and {name} is none: leave one of the two out")
            if process.angle is not None:
                raise ValueError(f"{key}: process.angle cuts what the bins divide: leave it out")
            if process.millicharge != "free-electron":
                raise ValueError(f"{key}: equivalent photons have no angle: write process.millicharge: free-electron")
        others = {"detector.time": self.detector.time, "samples": self.samples, "heavy": self.heavy}
        for other, given in others.items():
            if given is not None:
                raise ValueError(f"{key}: is not described together with {other}: leave one of the two out")
        if self.modes or self.statistics.kind not in ("poisson", "gaussian"):
            raise ValueError(f"{key}: needs one beam and statistics of kind poisson or gaussian")

    def _check_samples(self) -> None:
        """Data stand where they belong, and shares are of processes that there are."""
        if self.samples is None:
            if self.data == "by-sample":
                raise ValueError("data: by-sample is of an experiment with samples")
            return
        if self.statistics.kind == "relative" or self.modes:
            raise ValueError("samples: numbers relative to the Standard Model have none")
        if self.data not in ("by-sample", "asimov"):
            raise ValueError("samples: each has its data: write data: by-sample, and data in each of them, or asimov")
        for name, sample in self.samples.items():
            if (sample.data is None) == (self.data == "by-sample") or sample.data == "asimov":
                remedy = "write its counts" if self.data == "by-sample" else "leave them out, or write data: by-sample"
                raise ValueError(f"samples.{name}.data: {remedy}")
            for background in sample.backgrounds:
                if background not in self.backgrounds:
                    raise ValueError(
                        f"samples.{name}.backgrounds.{background}: is not among the backgrounds, write it there"
                    )
            if isinstance(sample.share, dict) and set(sample.share) != set(self.named_processes):
                processes = ", ".join(self.named_processes)
                raise ValueError(f"samples.{name}.share: name all processes, {processes}, or write one share for all")

    def sample(self, name: str, file: str | Path) -> ExperimentSpec:
        """The description of one sample as an experiment of its own, but for its share of the signal."""
        sample = (self.samples or {})[name]
        data = self._written["samples"][name].get("data", "asimov")
        change = {"samples": None, "data": None, "nuisances": None, "shared": None, "variants": None, "published": None}
        own = {"backgrounds": sample.backgrounds, "statistics": sample.statistics}
        alone = merged(self._written, {**change, **{key: given for key, given in own.items() if given}})
        return validate({**alone, "data": data}, file)

    @property
    def smooth_off(self) -> bool:
        """Whether one smooth spectrum is fitted to counts with and without the source."""
        return self.statistics.kind == "on-off" and self.statistics.off_shape == "smooth"

    def measured(self, name: str, file: str | Path) -> ExperimentSpec:
        """The description of what is counted ``ON`` or ``OFF``, as an experiment of its own."""
        off = {key: item.normalisation == "off" for key, item in self.backgrounds.items()}
        change: dict[str, Any] = {"statistics": {"kind": "poisson"}, "nuisances": None, "shared": None}
        change |= {"variants": None, "published": None, "same_data_as": None}
        change["backgrounds"] = {key: {"normalisation": "free"} for key, is_off in off.items() if is_off}
        if name == ON_OFF[1]:
            given = self._written["statistics"]
            change |= {"exposure": given["off_exposure"], "data": given["off"]}
            # Counts are those of the exposure with the source.
            change["counts_exposure"] = self._written.get("counts_exposure", self._written["exposure"])
            change["backgrounds"] |= {key: None for key, is_off in off.items() if not is_off}
        return validate(merged(self._written, change), file)

    @property
    def sample_names(self) -> tuple[str, ...]:
        """What is counted in the same bins, one after the other; empty if it is one thing."""
        if self.detector.angle is not None:
            return self.detector.angle.names
        return ON_OFF if self.smooth_off else tuple(self.samples or ())

    @property
    def modes(self) -> tuple[str, ...]:
        """Names of the modes of the beam line in which every bin of energy is measured; empty for one beam."""
        return tuple(getattr(self.source, "modes", None) or ())

    @property
    def exposure_written(self) -> str:
        """The exposure as it was written, or else in tonne years."""
        written = self._written.get("exposure")
        return written if isinstance(written, str) else f"{digits.plain(units.express(self.exposure, 't yr'), 4)} t yr"

    @property
    def named_processes(self) -> dict[str, ProcessSpec]:
        """The processes by name; a single one is called by its kind."""
        if self.process is not None:
            return {self.process.kind: self.process}
        return dict(self.processes or {})

    def tables(self) -> list[str]:
        """Names of the reference tables behind it."""
        given = [self.data, *(column for b in self.backgrounds.values() for column in (b.counts, b.time))]
        given += [sample.data for sample in (self.samples or {}).values() if sample.data is not None]
        named = [item.table for item in given if isinstance(item, TableColumn)]
        named += [given.table for given in self.detector.efficiency if given.table]
        resolution = self.detector.resolution
        named += [resolution.table] if resolution.kind == "table" and resolution.table else []
        named += [name for item in self.named_processes.values() for name in item.tables()]
        return list(dict.fromkeys([*named, *self.source.tables()]))

    def projected(self, counts_exposure: float, file: str | Path) -> ExperimentSpec:
        """The same set-up without data, with background counts that are those of another exposure (internal)."""
        written = self.counts_exposure or counts_exposure
        change: dict[str, Any] = {"data": "asimov", "counts_exposure": f"{units.express(written, 'kg s')!r} kg s"}
        if self.samples is not None:
            change["samples"] = {name: {"data": None} for name in self.samples}
        return self.changed(change, file)

    def changed(self, change: dict[str, Any], file: str | Path) -> ExperimentSpec:
        """The description with some keys changed.

        Raises
        ------
        InputError
            If the change leads to no valid description.
        """
        return validate(merged(self._written, change), file)


def validate(data: dict[str, Any], file: str | Path) -> ExperimentSpec:
    """`data` as an `ExperimentSpec`.

    Raises
    ------
    InputError
        For the first problem, with its key path.
    """
    try:
        return ExperimentSpec.model_validate(data, context={"light_yield": _light_yield(data)})
    except ValidationError as error:
        where, message = validation_message(error, data, ExperimentSpec)
        raise InputError(file, where, message) from None
    except RecursionError:
        raise InputError(file, "", "nested too deeply") from None


def _light_yield(data: dict[str, Any]) -> float | None:
    """Photoelectrons for an energy of the detector [MeV^-1]: energies may be in PE; None if it is none."""
    detector = data.get("detector")
    given = detector.get("light_yield") if isinstance(detector, dict) else None
    try:
        found = None if given is None else light_yield(given)
    except UnitError:
        # It is wrong by itself, and said to be.
        return None
    return found if found is not None and found > 0 else None


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the description of an experiment."""
    made = ExperimentSpec.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "nudipole experiment",
    }
