"""From a checked description to an experiment that can be folded and fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole.errors import InputError
from nudipole.experiments.build.arrival import solar_shares, time_edges, time_efficiency
from nudipole.experiments.build.data import Data, data_of
from nudipole.experiments.build.parts import Part, Parts
from nudipole.experiments.build.polynomial import slopes
from nudipole.experiments.build.reader import Reader
from nudipole.experiments.build.samples import AngularData, SampledData
from nudipole.experiments.build.source import BeamMaker, mixing, source
from nudipole.experiments.experiment import Experiment, Side, TemplateErrors, Variation
from nudipole.experiments.schema import experiment as s
from nudipole.io.beside import Beside
from nudipole.mixing import Oscillation
from nudipole.sources import Beam, Modes, Pulsed
from nudipole.statistics import Background


def build(
    spec: s.ExperimentSpec,
    *,
    file: str | Path | None = None,
    beside: Beside | None = None,
    variant: str | None = None,
) -> Experiment:
    """The experiment that `spec` describes: beam, processes, detector and data, folded into responses.

    Parameters
    ----------
    spec : ExperimentSpec
    file : str or Path, optional
        What to call the description in messages; by default the experiment's name.
    beside : Beside, optional
        The CSV files that it may name; none without it.
    variant : str, optional
        Name of the variant that `spec` already contains, for the record.

    Raises
    ------
    InputError
        If numbers do not fit together (table lengths, bins, efficiencies) or a name is unknown, with the key path.
    """
    reader = Reader(file or spec.name, beside)
    made_of, beam, made, parts = _folded(spec, reader)
    times = None if spec.detector.time is None else time_edges(spec.detector.time, reader)
    data = data_of(spec, reader, made, times)
    backgrounds = {name: data.background(name) for name in spec.backgrounds}
    off_background = data.off_background(backgrounds)
    made_of_counts = Experiment(
        spec=spec,
        variant=variant,
        oscillation=mixing(spec.source),
        beam=beam,
        parts=parts,
        variations=tuple(_variation(name, data, beam, parts, backgrounds) for name in spec.nuisances),
        bins=made.edges,
        times=times,
        modes=made_of.names if isinstance(made_of, Modes) else (),
        samples=spec.sample_names,
        given_data=None if spec.data == "asimov" else data.observed(),
        backgrounds=tuple(
            b for name, b in backgrounds.items() if spec.smooth_off or spec.backgrounds[name].normalisation != "off"
        ),
        off_background=off_background,
        statistic=data.statistic(off_background),
        flight=made_of.flight,
        template_errors=_template_errors(data, backgrounds),
        polynomials=_polynomials(spec, reader, made.edges, backgrounds),
        # The last: all has been read.
        notes=tuple(reader.notes) + tuple(_of_samples(data, "notes")),
        columns=dict(reader.columns) | dict(_of_samples(data, "columns")),
        files=dict(reader.files) | dict(_of_samples(data, "files")),
        file=reader.file,
        beside=beside,
    )
    return _in_unit_of_data(made_of_counts, data)


def _polynomials(
    spec: s.ExperimentSpec, reader: Reader, edges: NDArray[np.float64], backgrounds: dict[str, Background]
) -> dict[str, NDArray[np.float64]]:
    """Changes (k, b) of the backgrounds whose shape is a polynomial with free coefficients."""
    degrees = {name: given.polynomial for name, given in spec.backgrounds.items() if given.polynomial is not None}
    what, shape = "energy", (len(spec.sample_names) or 1, len(edges) - 1, -1)
    if spec.detector.angle is not None:
        what, edges, shape = "the angle", np.array(spec.detector.angle.cos_theta), (1, len(spec.sample_names), -1)
    return {
        name: slopes(
            degree,
            np.asarray(backgrounds[name].counts).reshape(shape),
            edges,
            what=what,
            fail=partial(reader.fail, f"backgrounds.{name}.polynomial"),
        )
        for name, degree in degrees.items()
    }


def _of_samples(data: Data | SampledData | AngularData, what: str) -> list[Any]:
    """Notes of the readers of samples, or how they took columns and files, with the names of the samples."""
    found: list[Any] = []
    for name, one in data.of.items() if isinstance(data, SampledData) and data.spec.samples else ():
        if what == "notes":
            found += [f"samples.{name}.{note}" for note in one.reader.notes]
        elif what == "files":
            found += one.reader.files.items()
        else:
            found += [(f"samples.{name}.{key}", words) for key, words in one.reader.columns.items()]
    return found


def _template_errors(
    data: Data | SampledData | AngularData, backgrounds: dict[str, Background]
) -> TemplateErrors | None:
    """Relative errors (b,) of all simulated templates together, bin by bin; None where there are none."""
    found = {name: errors for name in backgrounds if (errors := data.errors(name)) is not None}
    if not found:
        return None
    counts = np.sum([np.asarray(backgrounds[name].counts) for name in found], axis=0)
    error = np.sqrt(np.sum([errors**2 for errors in found.values()], axis=0))
    return TemplateErrors(tuple(found), np.divide(error, counts, out=np.zeros_like(error), where=counts > 0))


def _in_unit_of_data(experiment: Experiment, data: Data | SampledData | AngularData) -> Experiment:
    """The experiment with responses in the unit of data that are relative to the Standard Model."""
    found = data.relative(experiment.beam.components, experiment.sm_counts)
    if found is None:
        return experiment
    (factor, subtracted), counts = found, experiment.sm_counts.sum(axis=0)
    overall = float((factor * counts).sum() / counts.sum())

    def scaled(parts: tuple[Part, ...]) -> tuple[Part, ...]:
        return tuple(part.scaled(factor, overall) for part in parts)

    def side(given: Side) -> Side:
        return given._replace(parts=scaled(given.parts))

    return replace(
        experiment,
        parts=scaled(experiment.parts),
        variations=tuple(
            variation._replace(
                plus=side(variation.plus), minus=None if variation.minus is None else side(variation.minus)
            )
            for variation in experiment.variations
        ),
        given_data=None if experiment.given_data is None else experiment.given_data + subtracted,
    )


def remixed(experiment: Experiment, oscillation: Oscillation) -> Experiment:
    """The experiment with neutrinos that travel and mix by other oscillation parameters; without its nuisances.

    Parameters
    ----------
    experiment : Experiment
        Of a source in which oscillation matters.
    oscillation : Oscillation
    """
    reader = Reader(experiment.file or experiment.name, experiment.beside)
    made_of, beam, made, parts = _folded(experiment.spec, reader, oscillation)
    changed = replace(experiment, oscillation=oscillation, beam=beam, parts=parts, variations=(), flight=made_of.flight)
    return _in_unit_of_data(changed, Data(experiment.spec, reader, made, experiment.times))


def with_heavy(experiment: Experiment, masses: Sequence[float]) -> tuple[Experiment | None, ...]:
    """The experiment with a heavy lepton of each mass; None where no recoil is counted.

    All but the upscattering is kept: a hundred masses take little longer than one.

    Parameters
    ----------
    experiment : Experiment
        Without one.
    masses : sequence of float
        [MeV]
    """
    spec, reader = experiment.spec, Reader(experiment.file or experiment.name, experiment.beside)
    specs = [spec.changed({"heavy": {"mass": f"{float(m4)!r} MeV"}}, reader.file) for m4 in masses]
    if spec.statistics.kind == "relative":
        # Their unit is that of the Standard Model's counts, which the whole description makes.
        return tuple(_reached(one, experiment) for one in specs)
    nominal = _heavy_parts(spec, reader, masses, experiment.beam)
    sides = {
        (name, side): _heavy_parts(changed, Reader(f"{reader.file} (nuisance {name}, {side})", reader.beside), masses)
        for name, given in spec.nuisances.items()
        for side, change in (("plus", given.plus), ("minus", given.minus))
        if change is not None and set(change) != {"backgrounds"}
        for changed in [spec.changed(change, reader.file)]
    }

    def side(given: Side, name: str, which: str, k: int) -> Side:
        return given._replace(parts=given.parts + sides.get((name, which), nominal)[k])

    def variation(given: Variation, k: int) -> Variation:
        minus = None if given.minus is None else side(given.minus, given.name, "minus", k)
        return given._replace(plus=side(given.plus, given.name, "plus", k), minus=minus)

    return tuple(
        replace(
            experiment,
            spec=one,
            parts=experiment.parts + nominal[k],
            variations=tuple(variation(given, k) for given in experiment.variations),
        )
        if nominal[k]
        else None
        for k, one in enumerate(specs)
    )


def _reached(spec: s.ExperimentSpec, experiment: Experiment) -> Experiment | None:
    try:
        return build(spec, file=experiment.file, beside=experiment.beside, variant=experiment.variant)
    except InputError as error:
        if error.key != "heavy.mass":
            raise
        return None


def _heavy_parts(
    spec: s.ExperimentSpec, reader: Reader, masses: Sequence[float], beam: Beam | None = None
) -> list[tuple[Part, ...]]:
    """Parts of upscattering for every mass; of none that is out of reach."""
    made_of = source(spec.source, reader.csv, None, reader.beside)
    shares = _shares(spec, reader, made_of)
    made, arriving = Parts(spec, reader), made_of.beam() if beam is None else beam
    return made.fold_heavy(arriving, shares, masses)


def _folded(
    spec: s.ExperimentSpec, reader: Reader, oscillation: Oscillation | None = None
) -> tuple[BeamMaker, Beam, Parts, tuple[Part, ...]]:
    """The source, its beam, what makes the parts, and the folded parts; by other oscillation parameters if given."""
    with reader.at("source"):
        made_of = source(spec.source, reader.csv, oscillation, reader.beside)
        beam = made_of.beam()
    shares = _shares(spec, reader, made_of)
    made = Parts(spec, reader)
    return made_of, beam, made, made.fold(beam, shares)


def _shares(spec: s.ExperimentSpec, reader: Reader, made_of: BeamMaker) -> NDArray[np.float64] | None:
    """Of each component's neutrinos along bins of time or modes, if there are any."""
    shares, time = made_of.shares() if isinstance(made_of, Modes) else None, spec.detector.time
    if time is not None:
        kind = spec.source.kind
        if kind == "solar":
            if time.start is None:
                message = "the Sun has no pulse: write the start of the run, such as 2012-01-31, for periods of it"
                raise reader.fail("detector.time", message)
            return solar_shares(time, reader)
        if not isinstance(made_of, Pulsed):
            raise reader.fail("detector.time", f"a source of kind {kind} has no pulse: leave it out")
        if time.start is not None:
            raise reader.fail("detector.time.start", f"is of the Sun: arrival times of {kind} are on a pulse's clock")
        with reader.at("detector.time"):
            shares = made_of.timing(time_edges(time, reader), time_efficiency(time, reader))
    return shares


def _variation(
    name: str,
    data: Data | SampledData | AngularData,
    beam: Beam,
    parts: tuple[Part, ...],
    backgrounds: dict[str, Background],
) -> Variation:
    """What one standard deviation of a nuisance makes of the responses and of the backgrounds."""
    spec, reader = data.spec, data.reader
    given = spec.nuisances[name]

    def folded(change: dict[str, Any], side: str) -> Side:
        where = f"{reader.file} (nuisance {name}, {side})"
        other, changed = Reader(where, reader.beside), spec.changed(change, where)
        if set(change) == {"backgrounds"}:
            made, others = Parts(changed, other), parts
        else:
            _, changed_beam, made, others = _folded(changed, other)
            if changed_beam.components != beam.components or not np.array_equal(made.edges, data.edges):
                raise reader.fail(f"nuisances.{name}.{side}", "must keep the bins and the components of the beam")
        templates = data_of(changed, other, made, data.times).varied(data, backgrounds)
        reader.files.update(other.files)
        for note in other.notes:
            # What the description says anyway is not said again of its change.
            if note not in reader.notes:
                reader.note(f"nuisances.{name}.{side}", note)
        return Side(others, templates)

    minus = None if given.minus is None else folded(given.minus, "minus")
    return Variation(name, folded(given.plus, "plus"), minus, given.constraint == "free")
