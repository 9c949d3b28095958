"""One beam line in several modes, such as neutrinos and antineutrinos, one after the other before one detector."""

from __future__ import annotations

from collections.abc import Mapping

import equinox as eqx
import numpy as np
from numpy.typing import NDArray

from nudipole.errors import NudipoleError
from nudipole.sources.beam import Beam
from nudipole.sources.histogram import Histogram
from nudipole.sources.oscillated import Flight


class Modes(eqx.Module):
    """Tabulated beams that are measured one after the other: each has bins of its own.

    The error of the flux is that of the first, and one and the same in all modes.

    Attributes
    ----------
    names : tuple of str
        Of the modes.
    beams : tuple of Histogram
        One for each.

    Raises
    ------
    NudipoleError
        If there is no mode, or the beams have other baselines, errors or oscillations than the first.

    Examples
    --------
    >>> steps = Histogram.steps([0.0, 1.0], {"nu_mu": [2.0], "antinu_mu": [1.0]})
    >>> both = Modes.of({"neutrinos": steps, "antineutrinos": steps})
    >>> both.beam().components[1:3], both.shares()[1:3].tolist()
    (('neutrinos-antinu_mu', 'antineutrinos-nu_mu'), [[1.0, 0.0], [0.0, 1.0]])
    """

    names: tuple[str, ...] = eqx.field(static=True)
    beams: tuple[Histogram, ...]

    def __check_init__(self) -> None:
        if not self.names or len(self.names) != len(self.beams):
            raise NudipoleError("modes: one beam for each name, and one at least")
        if any(_common(beam) != _common(self.beams[0]) for beam in self.beams):
            raise NudipoleError("modes: baseline, relative error and oscillation must be the same in all")

    @classmethod
    def of(cls, beams: Mapping[str, Histogram]) -> Modes:
        """Of beams by the names of the modes."""
        return cls(tuple(beams), tuple(beams.values()))

    @property
    def flight(self) -> Flight:
        """Over the baseline, which all modes share."""
        return self.beams[0].flight

    def beam(self) -> Beam:
        """The components of all modes, each called "mode-kind"; their error is one and the same.

        Raises
        ------
        OutOfRange
            If a mode has no flux at all.
        """
        parts = [
            part._replace(name=f"{name}-{part.name}")
            for name, beam in zip(self.names, self.beams, strict=True)
            for part in beam.parts()
        ]
        return Beam.assemble(parts, np.full((len(parts), len(parts)), self.beams[0].relative_error ** 2))

    def shares(self) -> NDArray[np.float64]:
        """Share of each component that is measured in each mode, (s, m): all in its own."""
        own = [m for m, beam in enumerate(self.beams) for _ in beam.parts()]
        shares: NDArray[np.float64] = np.eye(len(self.names))[own]
        return shares


def _common(beam: Histogram) -> tuple[object, ...]:
    name = None if beam.oscillation is None else beam.oscillation.name
    return beam.baseline, beam.relative_error, name, beam.coherent
