"""From a checked description to an experiment that can be folded and fitted."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from nudipole import tables, units
from nudipole.detectors import RESOLUTIONS, Detector, Efficiency, Resolution
from nudipole.errors import InputError, NudipoleError, UnitError, UnknownName
from nudipole.experiments import spec as s
from nudipole.experiments.experiment import Experiment
from nudipole.experiments.fields import MAX_BINS, Counts
from nudipole.interactions import ElectronScattering
from nudipole.rates import fold
from nudipole.statistics import Background
from nudipole.targets import atom

MAX_CSV_BYTES = 5_000_000


def build(
    spec: s.ExperimentSpec,
    *,
    file: str | Path | None = None,
    folder: Path | None = None,
    variant: str | None = None,
) -> Experiment:
    """The experiment that `spec` describes: beam, process, detector and data, folded into one response.

    Parameters
    ----------
    spec : ExperimentSpec
    file : str or Path, optional
        What to call the description in messages; by default the experiment's name.
    folder : Path, optional
        Where the CSV files that it names lie; none may be named without it.
    variant : str, optional
        Name of the variant that `spec` already contains, for the record.

    Raises
    ------
    InputError
        If numbers do not fit together (table lengths, bins, efficiencies) or a name is unknown, with the key path.
    """
    builder = _Builder(spec, file or spec.name, folder)
    with builder.at("source"):
        mixing = spec.source.mixing()
        beam = spec.source.source(builder.csv).beam()
    process = builder.process()
    detector = builder.detector()
    response = fold(beam, process, detector, exposure=spec.exposure)
    return Experiment(
        spec=spec,
        variant=variant,
        oscillation=mixing,
        beam=beam,
        process=process,
        detector=detector,
        response=response,
        given_data=None if spec.data == "asimov" else builder.counts(spec.data, "data"),
        backgrounds=tuple(builder.background(name) for name in spec.backgrounds),
    )


class _Builder:
    """Reads the parts of one description; knows where its files lie."""

    def __init__(self, spec: s.ExperimentSpec, file: str | Path, folder: Path | None) -> None:
        self.spec, self.file, self.folder = spec, file, folder
        self.edges = self._edges(spec.detector.bins)

    def _fail(self, key: str, message: str) -> InputError:
        return InputError(self.file, key, message)

    @contextmanager
    def at(self, key: str) -> Iterator[None]:
        """Whatever goes wrong in the block is about `key` of the description."""
        try:
            yield
        except InputError:
            raise
        except NudipoleError as error:
            raise self._fail(key, str(error)) from error

    def _edges(self, bins: s.BinsSpec) -> NDArray[np.float64]:
        if bins.edges is not None:
            edges = np.array(bins.edges) * units.in_internal(bins.unit)
        elif bins.from_ is None or bins.to is None or bins.width is None:
            raise self._fail("detector.bins", "give either edges (with unit) or all of from, to and width")
        else:
            if not bins.to > bins.from_:
                raise self._fail("detector.bins", "to must lie above from")
            if (bins.to - bins.from_) / bins.width > MAX_BINS + 0.5:
                raise self._fail("detector.bins", f"more than {MAX_BINS} bins: choose a larger width")
            number = round((bins.to - bins.from_) / bins.width)
            if number < 1 or abs(number * bins.width - (bins.to - bins.from_)) > 1e-6 * bins.width:
                raise self._fail("detector.bins", "to - from must be a whole number of widths")
            edges = np.linspace(bins.from_, bins.to, number + 1)
        if not np.all(np.diff(edges) > 0):
            raise self._fail("detector.bins.edges", "must increase from bin to bin")
        if edges[0] < 0:
            raise self._fail("detector.bins.edges", "energies must not be negative")
        return edges

    def process(self) -> ElectronScattering:
        given, element = self.spec.process, self.spec.target.element
        try:
            target = atom(element, binding=given.binding)
        except UnknownName as error:
            message = f"{element[:40]!r} is not an element: write its symbol, for example Xe"
            raise self._fail("target.element", message) from error
        return ElectronScattering.on(target, given.couplings)

    def detector(self) -> Detector:
        return Detector(self.edges, self._resolution(), self._efficiency())

    def _resolution(self) -> Resolution:
        given = self.spec.detector.resolution
        return RESOLUTIONS[given.kind](**given.model_dump(exclude={"kind"}))

    def _efficiency(self) -> Efficiency:
        given, key = self.spec.detector.efficiency, "detector.efficiency"
        if given.constant is not None:
            return Efficiency.constant(given.constant)
        if given.energy is not None and given.value is not None:
            energy = np.array(given.energy) * units.in_internal(given.unit)
            value = np.array(given.value)
        else:
            table = self._table(given.table, given.file, key)
            energy, value = self._energies(table, key), self._numbers(table, "efficiency", key)
        if not (np.all(np.isfinite(energy)) and np.all(np.diff(energy) > 0)):
            raise self._fail(key, "the energies must be finite and increase from row to row")
        with self.at(key):
            efficiency = Efficiency.table(energy, value, given.of)
        low, high = self.edges[0], self.edges[-1]
        if given.of == "reconstructed" and not (energy[0] <= low and energy[-1] >= high):
            span = f"{units.express(low, 'keV'):g} to {units.express(high, 'keV'):g} keV"
            raise self._fail(key, f"must cover the bins, {span}")
        return efficiency

    def counts(self, given: Counts | s.TableColumn | s.FileColumn, key: str) -> NDArray[np.float64]:
        """Numbers of one count a bin, from a list or from a column."""
        if isinstance(given, list):
            numbers = np.array(given, float)
        else:
            table = self._table(getattr(given, "table", None), getattr(given, "file", None), key)
            numbers = self._numbers(table, given.column, key)
        if len(numbers) != len(self.edges) - 1:
            raise self._fail(key, f"{len(numbers)} counts for {len(self.edges) - 1} bins")
        if not np.all(np.isfinite(numbers) & (numbers >= 0)):
            raise self._fail(key, "counts must be finite and not negative")
        return numbers

    def background(self, name: str) -> Background:
        given, key = self.spec.backgrounds[name], f"backgrounds.{name}"
        if given.counts is not None:
            counts = self.counts(given.counts, f"{key}.counts")
        else:
            counts = (given.rate or 0.0) * self.spec.exposure * np.diff(self.edges)
        match given.normalisation:
            case "free":
                return Background(name, counts, "free")
            case s.GaussianSpec(gaussian=width):
                return Background(name, counts, "gaussian", width)
            case s.LogNormalSpec(log_normal=width):
                return Background(name, counts, "log-normal", width)
            case never:
                assert_never(never)

    def _numbers(self, table: tables.Table, column: str, key: str) -> NDArray[np.float64]:
        if table.units.get(column) == "":
            raise self._fail(key, f"a unit is missing: write {column} [1] in the header of {table.name}")
        with self.at(key):
            return table.column(column, "1")

    def _energies(self, table: tables.Table, key: str) -> NDArray[np.float64]:
        unit = table.units.get("E", "keV")
        try:
            factor = units.parse(f"1 {unit}", "keV")
        except UnitError as error:
            message = f"write E with its unit, for example E [keV], in the header of {table.name}"
            raise self._fail(key, message) from error
        with self.at(key):
            return table.column("E", unit) * factor

    def _table(self, table: str | None, file: str | None, key: str) -> tables.Table:
        if table is not None:
            with self.at(key):
                return tables.read(table)
        return self.csv(file or "", f"{key}.file")

    def csv(self, file: str, key: str) -> tables.Table:
        """Table of a CSV file in the folder of the description."""
        path = self._inside(file, key)
        try:
            if path.stat().st_size > MAX_CSV_BYTES:
                raise self._fail(key, f"{file} is larger than {MAX_CSV_BYTES // 1_000_000} MB")
            with self.at(key):
                return tables.parse(path.read_text(encoding="utf-8-sig").rstrip(), name=str(file))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise self._fail(key, f"{file} cannot be read: {error}") from error

    def _inside(self, file: str, key: str) -> Path:
        """The path of `file`, which must lie in the folder of the description."""
        if self.folder is None:
            raise self._fail(key, "an experiment of the library reads tables, not files")
        try:
            path = (self.folder / file).resolve()
            if path.is_relative_to(self.folder.resolve()) and path.is_file():
                return path
        except (OSError, ValueError):
            pass
        raise self._fail(key, f"{file[:80]!r} is not a file in the folder of the YAML: put it there and write its name")
