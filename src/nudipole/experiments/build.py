"""From a checked description to an experiment that can be folded and fitted."""

from __future__ import annotations

from pathlib import Path
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from nudipole import tables, units
from nudipole.detectors import RESOLUTIONS, Detector, Efficiency, Resolution
from nudipole.errors import InputError, NudipoleError
from nudipole.experiments import spec as s
from nudipole.experiments.experiment import Experiment
from nudipole.interactions import ElectronScattering
from nudipole.rates import fold
from nudipole.sources import Solar
from nudipole.statistics import Background
from nudipole.targets import atom

MAX_CSV_BYTES = 5_000_000


def build(spec: s.ExperimentSpec, *, folder: Path | None = None, variant: str | None = None) -> Experiment:
    """The experiment that `spec` describes: beam, process, detector and data, folded into one response.

    Parameters
    ----------
    spec : ExperimentSpec
    folder : Path, optional
        Where the CSV files that it names lie; none may be named without it.
    variant : str, optional
        Name of the variant that `spec` already contains, for the record.

    Raises
    ------
    InputError
        If numbers do not fit together (table lengths, bins, efficiencies), with the key path.
    """
    builder = _Builder(spec, folder)
    source = Solar.named(spec.source.model, spec.source.oscillation)
    process = ElectronScattering.on(atom(spec.target.element, binding=spec.process.binding), spec.process.couplings)
    detector = builder.detector()
    beam = source.beam()
    response = fold(beam, process, detector, exposure=spec.exposure)
    return Experiment(
        spec=spec,
        variant=variant,
        source=source,
        beam=beam,
        process=process,
        detector=detector,
        response=response,
        given_data=None if spec.data == "asimov" else builder.counts(spec.data, "data"),
        backgrounds=tuple(builder.background(name) for name in spec.backgrounds),
    )


class _Builder:
    """Reads the parts of one description; knows where its files lie."""

    def __init__(self, spec: s.ExperimentSpec, folder: Path | None) -> None:
        self.spec, self.folder = spec, folder
        self.edges = self._edges(spec.detector.bins)

    def _fail(self, key: str, message: str) -> InputError:
        return InputError(self.spec.name, key, message)

    def _edges(self, bins: s.BinsSpec) -> NDArray[np.float64]:
        if bins.edges is not None:
            edges = np.array(bins.edges) * units.in_internal(bins.unit)
        elif bins.from_ is None or bins.to is None or bins.width is None:
            raise self._fail("detector.bins", "give either edges (with unit) or all of from, to and width")
        else:
            number = round((bins.to - bins.from_) / bins.width)
            if number < 1 or abs(number * bins.width - (bins.to - bins.from_)) > 1e-6 * bins.width:
                raise self._fail("detector.bins", "to - from must be a whole number of widths")
            if number > 10_000:
                raise self._fail("detector.bins", f"{number} bins are more than 10000")
            edges = np.linspace(bins.from_, bins.to, number + 1)
        if not np.all(np.diff(edges) > 0):
            raise self._fail("detector.bins.edges", "must increase from bin to bin")
        if edges[0] < 0:
            raise self._fail("detector.bins.edges", "energies must not be negative")
        return edges

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
            unit = table.units.get("E", "1")
            try:
                energy = table.column("E", unit) * units.in_internal(unit)
                value = table.column("efficiency", "1")
            except NudipoleError as error:
                raise self._fail(key, str(error)) from error
        try:
            efficiency = Efficiency.table(energy, value, given.of)
        except NudipoleError as error:
            raise self._fail(key, str(error)) from error
        if given.of == "reconstructed" and not (energy[0] <= self.edges[0] and energy[-1] >= self.edges[-1]):
            raise self._fail(key, f"must cover the bins, up to {self.edges[-1] / 1e-3:g} keV")
        return efficiency

    def counts(self, given: s.Counts | s.TableColumn | s.FileColumn, key: str) -> NDArray[np.float64]:
        """Numbers of one count a bin, from a list or from a column."""
        if isinstance(given, list):
            numbers = np.array(given, float)
        else:
            table = self._table(getattr(given, "table", None), getattr(given, "file", None), key)
            try:
                numbers = table.column(given.column, "1")
            except NudipoleError as error:
                raise self._fail(key, str(error)) from error
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

    def _table(self, table: str | None, file: str | None, key: str) -> tables.Table:
        if table is not None:
            try:
                return tables.read(table)
            except NudipoleError as error:
                raise self._fail(key, str(error)) from error
        path = self._inside(file or "", f"{key}.file")
        try:
            if path.stat().st_size > MAX_CSV_BYTES:
                raise self._fail(f"{key}.file", f"{file} is larger than {MAX_CSV_BYTES // 1_000_000} MB")
            return tables.parse(path.read_text(encoding="utf-8"), name=str(file))
        except NudipoleError as error:
            raise self._fail(f"{key}.file", str(error)) from error
        except (OSError, UnicodeDecodeError) as error:
            raise self._fail(f"{key}.file", f"{file} cannot be read: {error}") from error

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
        raise self._fail(key, f"{file[:80]!r} is not a file in the folder of the YAML")
