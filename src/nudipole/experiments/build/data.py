"""The numbers of the bins, from their description: observed counts, backgrounds, how they scatter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from nudipole import digits, units
from nudipole.experiments.build.arrival import changing, steady
from nudipole.experiments.build.axis import BinnedAxis
from nudipole.experiments.build.background_spectrum import expected
from nudipole.experiments.build.parts import Parts
from nudipole.experiments.build.reader import Given, Reader
from nudipole.experiments.build.samples import AngularData, SampledData
from nudipole.experiments.schema import statistics as s
from nudipole.experiments.schema.background import BackgroundSpec, DecaySpec, GaussianSpec, LogNormalSpec, SeasonSpec
from nudipole.experiments.schema.experiment import ExperimentSpec
from nudipole.experiments.schema.statistics import ON_OFF
from nudipole.statistics import Background, Gaussian, OnOff, Poisson, Statistic


def data_of(
    spec: ExperimentSpec, reader: Reader, parts: Parts, times: NDArray[np.float64] | None
) -> Data | SampledData | AngularData:
    """The numbers of a description, or of all its samples; as for `Data`."""
    if spec.smooth_off:
        keys = dict(zip(ON_OFF, ("data", "statistics.off"), strict=True))
        made = {name: Data(spec.measured(name, reader.file), reader, parts, times, key=keys[name]) for name in ON_OFF}
        return SampledData(Data(spec, reader, parts, times), made)
    if spec.detector.angle is not None:
        return AngularData(Data(spec, reader, parts, times))
    if spec.samples is None:
        return Data(spec, reader, parts, times)
    of = {}
    for name in spec.samples:
        own = Reader(f"{reader.file} (sample {name})", reader.beside)
        of[name] = Data(spec.sample(name, own.file), own, parts, times)
    return SampledData(Data(spec, reader, parts, times), of)


class Data:
    """Counts of one description.

    Parameters
    ----------
    spec : ExperimentSpec
    reader : Reader
    parts : Parts
        Knows the bins of energy, as described and above the threshold, and the response to backgrounds.
    times : (t+1,) or None
        Edges of the bins of time [MeV^-1].
    key : str
        What its data are called in messages.
    """

    def __init__(
        self,
        spec: ExperimentSpec,
        reader: Reader,
        parts: Parts,
        times: NDArray[np.float64] | None,
        *,
        key: str = "data",
    ) -> None:
        self.key = key
        written, edges = parts.written_edges, parts.edges
        self.spec, self.reader, self.parts, self.edges, self.times = spec, reader, parts, edges, times
        #: Names of what every bin of energy is divided into, but for times.
        self._names = spec.modes if spec.detector.angle is None else spec.detector.angle.names
        self._per_energy = len(self._names) or (1 if times is None else len(times) - 1)
        self._energy = (parts.axis,)
        self._time = () if times is None else (BinnedAxis("time", "detector.time", times, units.in_internal),)
        #: Share of each described bin that lies above the threshold.
        share = np.clip((written[1:] - edges[0]) / np.diff(written), 0, 1)
        self._share = np.where(np.abs(share - np.round(share)) < 1e-9, np.round(share), share)
        if spec.statistics.kind == "counting" and (len(edges) != 2 or self._per_energy != 1):
            raise reader.fail("statistics", f"counting has one window, not {(len(edges) - 1) * self._per_energy} bins")

    def observed(self) -> NDArray[np.float64]:
        """The data, (b,)."""
        assert not isinstance(self.spec.data, str)
        signed = self.spec.statistics.kind in ("gaussian", "relative")
        return self._measured(self.spec.data, self.key, signed=signed, whole=not signed)

    def relative(
        self, components: Sequence[str], counts: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], ...] | None:
        """Value of one event in every bin, (b,), and what was subtracted, (b,); None where the data are counts.

        Parameters
        ----------
        components : sequence of str
        counts : (component, b)
            Of the Standard Model.
        """
        given, key = self.spec.statistics, "statistics.standard_model"
        if given.kind != "relative":
            return None
        for name in given.subtracted:
            if name not in components:
                choice = ", ".join(components)
                raise self.reader.fail("statistics.subtracted", f"no component {name[:40]!r}: the beam has {choice}")
        lost = np.array([name in given.subtracted for name in components])
        standard_model, kept = self._measured(given.standard_model, key), counts[~lost].sum(axis=0)
        if not (np.all(standard_model > 0) and np.all(kept > 0)):
            raise self.reader.fail(key, "must be positive in every bin, and the beam must reach the bin")
        factor = standard_model / kept
        return factor, factor * counts[lost].sum(axis=0)

    def background(self, name: str) -> Background:
        """A background with its normalisation; one that is measured OFF counts as free."""
        given, key = self.spec.backgrounds[name], f"backgrounds.{name}"
        counts = self._template(given, key)
        match given.normalisation:
            case "free" | "off":
                return Background(name, counts, "free")
            case "fixed":
                return Background(name, counts, "fixed")
            case GaussianSpec(gaussian=width):
                return Background(name, counts, "gaussian", width)
            case LogNormalSpec(log_normal=width):
                return Background(name, counts, "log-normal", width)
            case never:
                assert_never(never)

    def errors(self, name: str) -> NDArray[np.float64] | None:
        """Statistical errors (b,) of a simulated background, in a bin that the threshold divides as its counts are."""
        given, key = self.spec.backgrounds[name], f"backgrounds.{name}.errors"
        if given.errors is None:
            return None
        if given.time is not None:
            raise self.reader.fail(
                key, "are of the bins of energy and time: write counts of all of these, without time"
            )
        numbers = self._read(given.errors, key, (*self._energy, *self._time)).reshape(len(self._share), -1)
        scale = self.spec.exposure / (self.spec.counts_exposure or self.spec.exposure)
        found: NDArray[np.float64] = scale * (numbers * self._share[:, None])[self._share > 0].ravel()
        counts = self._template(given, f"backgrounds.{name}")
        for k in np.flatnonzero((counts <= 0) & (found > 0)):
            raise self.reader.fail(key, f"entry {k + 1} has an error of no counts: errors are those of counts")
        return found

    def varied(
        self, nominal: Data | SampledData | AngularData, counts: dict[str, Background]
    ) -> dict[str, NDArray[np.float64]]:
        """Templates of this changed description in place of those of another one, where they are others.

        Parameters
        ----------
        nominal : Data
            Of the description before the change.
        counts : dict of str to Background
            Its backgrounds.

        Raises
        ------
        InputError
            If the change adds, removes or renames a background, changes what is known of a normalisation, or a
            background that is measured OFF.
        """
        assert isinstance(nominal, Data)
        found = {}
        if list(self.spec.backgrounds) != list(nominal.spec.backgrounds):
            raise self.reader.fail("backgrounds", "a nuisance keeps the names of the backgrounds")
        for name, given in self.spec.backgrounds.items():
            before = nominal.spec.backgrounds[name]
            if given.normalisation != before.normalisation:
                raise self.reader.fail(f"backgrounds.{name}.normalisation", "a nuisance changes templates alone")
            if given.polynomial != before.polynomial:
                raise self.reader.fail(f"backgrounds.{name}.polynomial", "a nuisance changes templates alone")
            if given == before and (given.spectrum is None or self.spec.detector == nominal.spec.detector):
                continue
            template = self._template(given, f"backgrounds.{name}")
            if np.array_equal(template, np.asarray(counts[name].counts)):
                continue
            if given.normalisation == "off":
                raise self.reader.fail(
                    f"backgrounds.{name}", "is measured OFF, bin by bin: a nuisance does not move it"
                )
            found[name] = template
        return found

    def off_background(self, backgrounds: dict[str, Background]) -> NDArray[np.float64] | None:
        """Background expected from the OFF measurement, per bin of the ON one."""
        given = self.spec.statistics
        if given.kind != "on-off":
            return None
        if given.off == "asimov":
            off = [b.counts for name, b in backgrounds.items() if self.spec.backgrounds[name].normalisation == "off"]
            total: NDArray[np.float64] = np.sum([np.asarray(counts) for counts in off], axis=0)
            return total
        return self._measured(given.off, "statistics.off", whole=True) * self.spec.exposure / given.off_exposure

    def statistic(self, off_background: NDArray[np.float64] | None) -> Statistic:
        """How the numbers of the bins are distributed."""
        given = self.spec.statistics
        match given:
            case s.PoissonSpec() | s.CountingSpec():
                return Poisson()
            case s.GaussianBinsSpec() | s.RelativeSpec():
                errors = self._measured(given.errors, "statistics.errors")
                if not np.all(errors > 0):
                    raise self.reader.fail("statistics.errors", "must be positive in every bin")
                return Gaussian(errors)
            case s.OnOffSpec():
                ratio = given.off_exposure / self.spec.exposure
                assert off_background is not None
                return OnOff(off_background * ratio, ratio)
            case never:
                assert_never(never)

    def _measured(self, given: Given, key: str, *, signed: bool = False, whole: bool = False) -> NDArray[np.float64]:
        """One number for each described bin, of which those above the threshold remain."""
        numbers = self._read(given, key, (*self._energy, *self._time), signed=signed, whole=whole)
        if np.any((self._share > 0) & (self._share < 1)):
            k = int(np.flatnonzero((self._share > 0) & (self._share < 1))[0])
            low, high = (units.express(float(edge), "keV") for edge in self.parts.written_edges[k : k + 2])
            remedy = f"put it on an edge, {digits.plain(low)} or {digits.plain(high)} keV"
            message = f"lies inside of a bin, whose {key} cannot be divided: {remedy}, or divide the bin"
            raise self.reader.fail("detector.threshold", message)
        kept: NDArray[np.float64] = numbers.reshape(len(self._share), -1)[self._share > 0].ravel()
        return kept

    def _read(
        self,
        given: Given,
        key: str,
        axes: tuple[BinnedAxis, ...],
        *,
        signed: bool = False,
        whole: bool = False,
        divided: bool = True,
        shares_of: str = "",
    ) -> NDArray[np.float64]:
        """One number for each bin along axes, `divided` into modes or angles: of any sign, whole, or not negative.

        Numbers are counts, or shares of the bins of what `shares_of` names.
        """
        names = self._names if divided else ()
        if names and not isinstance(given, list) and given.bins != "none":
            order = f"energy by energy, {', '.join(names)}"
            what = "mode" if self.spec.modes else "angle"
            raise self.reader.fail(key, f"a table does not say the {what} of a row: bins: none reads rows {order}")
        column = self.reader.column(given, key, axes)
        numbers, length = column.numbers, math.prod(axis.number for axis in axes) * (len(names) or 1)
        if len(numbers) != length:
            bins = f"shares for {length} bins of {shares_of}" if shares_of else f"counts for {length} bins"
            raise self.reader.fail(key, f"{len(numbers)} {bins}")
        wrong = ~np.isfinite(numbers) if signed else ~(np.isfinite(numbers) & (numbers >= 0))
        for k in np.flatnonzero(wrong):
            rule = f"{'shares' if shares_of else 'counts'} must be finite" + ("" if signed else " and not negative")
            raise self.reader.fail(key, f"{column.at(int(k))} has {numbers[k]:.6g}: {rule}")
        for k in np.flatnonzero(numbers % 1 != 0) if whole else ():
            kind = self.spec.statistics.kind
            rule = f"counts are whole numbers with statistics of kind {kind}"
            remedy = (
                f"what is no count has statistics: {{kind: gaussian, errors: ...}}, an expectation is {key}: asimov"
            )
            raise self.reader.fail(key, f"{column.at(int(k))} has {numbers[k]:.10g}: {rule}; {remedy}")
        return numbers

    def _template(self, given: BackgroundSpec, key: str) -> NDArray[np.float64]:
        """Expected counts (b,); a bin that the threshold divides is taken to be flat."""
        if given.time is not None and self.times is None:
            raise self.reader.fail(f"{key}.time", "there are no bins of time (detector.time)")
        if given.counts is None:
            if given.spectrum is not None:
                detector, exposure = self.parts.detector_of_background(given, key), self.spec.exposure
                in_energy = expected(given, given.spectrum, exposure, detector, self.reader, key, self.parts.unit)
            else:
                in_energy = (given.rate or 0.0) * self.spec.exposure * np.diff(self.edges)
            if self.spec.detector.angle is not None:
                return np.outer(in_energy, self._angle_shares(given.angle or "flat", f"{key}.angle")).ravel()
            return np.outer(in_energy, self._times_shares(given.time or "flat", f"{key}.time")).ravel()
        scale = self.spec.exposure / (self.spec.counts_exposure or self.spec.exposure)
        kept, key_of_counts = self._share > 0, f"{key}.counts"
        if given.angle is not None:
            in_energy = (
                scale * (self._read(given.counts, key_of_counts, self._energy, divided=False) * self._share)[kept]
            )
            return np.outer(in_energy, self._angle_shares(given.angle, f"{key}.angle")).ravel()
        if given.time is None:
            if isinstance(given.counts, list) and self.times is not None and len(given.counts) == len(self._share) > 1:
                message = f"{len(given.counts)} counts are those of the bins of energy, and there are bins of time"
                raise self.reader.fail(
                    f"{key}.time", f"{message}: write time: flat beside them, or shares of these bins"
                )
            numbers = self._read(given.counts, key_of_counts, (*self._energy, *self._time))
            counts: NDArray[np.float64] = scale * (numbers.reshape(len(self._share), -1) * self._share[:, None])[kept]
            return counts.ravel()
        in_energy = scale * (self._read(given.counts, key_of_counts, self._energy) * self._share)[kept]
        return np.outer(in_energy, self._times_shares(given.time, f"{key}.time")).ravel()

    def _angle_shares(self, given: str | list[float], key: str) -> NDArray[np.float64]:
        """Shares of the bins of the angle."""
        angle = self.spec.detector.angle
        assert angle is not None
        if isinstance(given, str):
            widths = np.diff(angle.cos_theta)
            flat: NDArray[np.float64] = widths / widths.sum()
            return flat
        return self._read(given, key, (), shares_of="the angle")

    def _times_shares(self, given: str | Given | DecaySpec | SeasonSpec, key: str) -> NDArray[np.float64]:
        """Shares of the bins of time."""
        if self.times is None:
            return np.ones(1)
        time = self.spec.detector.time
        assert time is not None
        if isinstance(given, str):
            return steady(time, self.times)
        if isinstance(given, DecaySpec | SeasonSpec):
            if time.start is None:
                raise self.reader.fail(key, "is of the periods of a run, and these are arrival times: write shares")
            return changing(time, self.times, given)
        return self._read(given, key, self._time, shares_of="time")
