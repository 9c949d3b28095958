"""Sub-samples of an experiment: the same bins several times, one sample after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nudipole.experiments.schema.detector import AngleBinsSpec
from nudipole.interactions import AngleCut
from nudipole.rates import Response
from nudipole.statistics import Background, Gaussian, Joint, OnOff, Poisson, Statistic

if TYPE_CHECKING:
    from nudipole.experiments.build.data import Data

Numbers = NDArray[np.float64]


def replaced(response: Response, W: Numbers) -> Response:
    """The response with other numbers."""
    return Response(response.components, response.channels, W)


def in_a_row(responses: Sequence[Response | None]) -> Response | None:
    """Responses of the samples as one, the bins of each after those of the one before; None where none responds.

    Of a sample that does not respond at all there are zeros.
    """
    known = [one for one in responses if one is not None]
    if not known:
        return None
    none = np.zeros_like(np.asarray(known[0].W))
    W = np.concatenate([none if one is None else np.asarray(one.W) for one in responses], axis=2)
    return replaced(known[0], W)


def in_angles(given: AngleBinsSpec, within: Callable[[AngleCut], Response]) -> Response:
    """The response in bins of the angle, one after the other: differences of what lies within each of their edges."""
    inside = [within(AngleCut("cos_theta", edge, given.sigma)) for edge in given.cos_theta if edge < 1]
    W = [np.asarray(one.W) for one in inside]
    if given.cos_theta[-1] == 1:
        W.append(np.zeros_like(W[0]))
    return replaced(inside[0], np.concatenate([wide - narrow for wide, narrow in pairwise(W)], axis=2))


class SampledData:
    """Counts of a description with samples: those of `Data` of each, one after the other.

    Parameters
    ----------
    whole : Data
        Of the description itself, which has no numbers of its own.
    of : dict of str to Data
        By sample.
    """

    def __init__(self, whole: Data, of: dict[str, Data]) -> None:
        self.of = of
        self.spec, self.reader, self.edges, self.times = whole.spec, whole.reader, whole.edges, whole.times

    def observed(self) -> Numbers:
        """The data, (b,)."""
        return np.concatenate([data.observed() for data in self.of.values()])

    def relative(self, components: Sequence[str], counts: Numbers) -> None:
        """Nothing: samples are counts, or have errors of their own."""

    def background(self, name: str) -> Background:
        """A background with its normalisation, which is one and the same in all samples."""
        found = [data.background(name) if name in data.spec.backgrounds else None for data in self.of.values()]
        known = [one for one in found if one is not None]
        if not known:
            raise self.reader.fail(f"backgrounds.{name}", "is in no sample: leave it out")
        counts = self._in_a_row([None if one is None else np.asarray(one.counts) for one in found])
        return Background(name, counts, known[0].normalisation, known[0].width)

    def errors(self, name: str) -> Numbers | None:
        """Statistical errors (b,) of a simulated background; None where it has none."""
        found = [data.errors(name) if name in data.spec.backgrounds else None for data in self.of.values()]
        return None if all(one is None for one in found) else self._in_a_row(found)

    def varied(self, nominal: Data | SampledData | AngularData, counts: dict[str, Background]) -> dict[str, Numbers]:
        """As `Data.varied`, of all samples."""
        assert isinstance(nominal, SampledData)
        found: dict[str, Numbers] = {}
        start, size = 0, self._size
        for sample, data in self.of.items():
            before = nominal.of[sample]
            part = {
                name: Background(name, np.asarray(counts[name].counts)[start : start + size], "fixed")
                for name in before.spec.backgrounds
            }
            for name, template in data.varied(before, part).items():
                whole = found.setdefault(name, np.array(counts[name].counts))
                whole[start : start + size] = template
            start += size
        return found

    def off_background(self, backgrounds: dict[str, Background]) -> Numbers | None:
        """Background expected from the OFF measurement, per bin of the ON one."""
        found, start = [], 0
        for data in self.of.values():
            part = {
                name: Background(name, np.asarray(backgrounds[name].counts)[start : start + self._size], "fixed")
                for name in data.spec.backgrounds
            }
            found.append(data.off_background(part))
            start += self._size
        return None if all(one is None for one in found) else self._in_a_row(found)

    def statistic(self, off_background: Numbers | None) -> Statistic:
        """How the numbers of the bins are distributed."""
        size, n = self._size, len(self.of)
        parts = [None] * n if off_background is None else np.split(off_background, n)
        each = [data.statistic(part) for data, part in zip(self.of.values(), parts, strict=True)]
        if all(isinstance(one, Poisson) for one in each):
            return Poisson()
        if all(isinstance(one, Gaussian) for one in each):
            return Gaussian(np.concatenate([np.asarray(one.error) for one in each if isinstance(one, Gaussian)]))
        if all(isinstance(one, OnOff) for one in each):
            known = [one for one in each if isinstance(one, OnOff)]
            ratio = np.repeat([float(one.ratio) for one in known], size)
            return OnOff(np.concatenate([np.asarray(one.off) for one in known]), ratio)
        return Joint(tuple(each), (size,) * n)

    @property
    def _size(self) -> int:
        return (len(self.edges) - 1) * (1 if self.times is None else len(self.times) - 1)

    def _in_a_row(self, rows: Sequence[Numbers | None]) -> Numbers:
        return np.concatenate([np.zeros(self._size) if row is None else row for row in rows])


class AngularData:
    """Counts of a description with bins of the angle: those of `Data`, angle by angle.

    Parameters
    ----------
    data : Data
        Has them energy by energy.
    """

    def __init__(self, data: Data) -> None:
        self.data = data
        self.spec, self.reader, self.edges, self.times = data.spec, data.reader, data.edges, data.times

    def observed(self) -> Numbers:
        """The data, (b,)."""
        return self._by_angle(self.data.observed())

    def relative(self, components: Sequence[str], counts: Numbers) -> None:
        """Nothing: these are counts, or have errors of their own."""

    def background(self, name: str) -> Background:
        """A background with its normalisation."""
        one = self.data.background(name)
        return Background(name, self._by_angle(np.asarray(one.counts)), one.normalisation, one.width)

    def errors(self, name: str) -> Numbers | None:
        """Statistical errors (b,) of a simulated background; None where it has none."""
        found = self.data.errors(name)
        return None if found is None else self._by_angle(found)

    def varied(self, nominal: Data | SampledData | AngularData, counts: dict[str, Background]) -> dict[str, Numbers]:
        """As `Data.varied`."""
        assert isinstance(nominal, AngularData)
        energies = len(self.edges) - 1
        by_energy = {
            name: Background(name, np.asarray(b.counts).reshape(-1, energies).T.ravel(), "fixed")
            for name, b in counts.items()
        }
        return {name: self._by_angle(row) for name, row in self.data.varied(nominal.data, by_energy).items()}

    def off_background(self, backgrounds: dict[str, Background]) -> None:
        """None: no ON-OFF measurement has bins of the angle."""

    def statistic(self, off_background: Numbers | None) -> Statistic:
        """How the numbers of the bins are distributed."""
        found = self.data.statistic(None)
        return Gaussian(self._by_angle(np.asarray(found.error))) if isinstance(found, Gaussian) else found

    def _by_angle(self, numbers: Numbers) -> Numbers:
        return numbers.reshape(len(self.edges) - 1, -1).T.ravel()
