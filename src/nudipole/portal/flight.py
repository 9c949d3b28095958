r"""Decays N -> nu gamma in flight inside of the detector: what is left of the recoils, and what the photon adds.

A lepton that decays on the path L puts its photon into the event, which leaves its bin: with

.. math:: P = 1 - \exp(-L/\ell), \qquad \ell = \frac{p}{m_4\Gamma(d)}, \qquad E_\gamma = \tfrac12(E \pm p)

the recoils alone are :math:`1 - P` of all, averaged over the neutrinos that make them, whose energy the lepton has
but for the recoil. As P grows with d, a limit is where it agrees with the d that was assumed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole import digits
from nudipole.experiments.build.parts import Part
from nudipole.experiments.experiment import Experiment, Side, Variation
from nudipole.properties import heavy_width
from nudipole.rates import fold
from nudipole.sources import Beam

#: Shares of the recoils below which decays are negligible, beside the errors of any limit.
NEGLIGIBLE = 1e-2


@dataclass(frozen=True)
class Flight:
    """A path inside of the detector, and what decays on it.

    Attributes
    ----------
    path : float
        Mean path of the leptons [m].
    nature : {"dirac", "majorana"}

    Examples
    --------
    >>> print(f"{Flight(0.2, 'dirac').decayed(40.0, 30.0, 1e-6):.1e}")
    2.5e-03
    """

    path: float
    nature: str

    def decayed(self, energy: Any, m4: float, d: float) -> Any:
        """Share of leptons that decay, by their energy [MeV]; `m4` [MeV], `d` [1/GeV]. Zero below the mass."""
        momentum = np.sqrt(np.maximum(np.asarray(energy, dtype=float) ** 2 - m4**2, 0.0))
        reciprocal = m4 * heavy_width(m4, d, self.nature) * self.path * 100 * const.cm
        ratio = np.divide(reciprocal, momentum, out=np.full(momentum.shape, np.inf), where=momentum > 0)
        return np.where(momentum > 0, -np.expm1(-ratio), 0.0)


def surviving(experiment: Experiment, flight: Flight, d: float) -> tuple[Experiment, float]:
    """The experiment with recoils of leptons that do not decay, and the share that does.

    Parameters
    ----------
    experiment : Experiment
        With a heavy lepton.
    flight : Flight
    d : float
        [1/GeV]

    Returns
    -------
    Experiment, float
        Each component of the beam loses the same share in every bin.
    """
    assert experiment.spec.heavy is not None
    m4 = experiment.spec.heavy.mass
    beam = _weighted(experiment.beam, flight, m4, d)
    factors: dict[str, NDArray[np.float64]] = {}
    all_, lost = 0.0, 0.0
    for part in experiment.parts:
        if part.response.channels != ("heavy",):
            continue
        made = [fold(beam, processes, part.detector, exposure=exposure) for processes, exposure in part.folded]
        whole = [fold(experiment.beam, processes, part.detector, exposure=e) for processes, e in part.folded]
        decayed, every = (sum(_by_component(one.W) for one in some) for some in (made, whole))
        share = np.divide(decayed, every, out=np.zeros(len(beam.components)), where=np.asarray(every) > 0)
        factors[part.name] = 1 - share
        counted = _by_component(part.response.W)
        all_, lost = all_ + float(counted.sum()), lost + float((counted * share).sum())

    def scaled(parts: Sequence[Part]) -> tuple[Part, ...]:
        return tuple(_scaled(part, factors[part.name]) if part.name in factors else part for part in parts)

    def side(given: Side) -> Side:
        return given._replace(parts=scaled(given.parts))

    def variation(given: Variation) -> Variation:
        return given._replace(plus=side(given.plus), minus=None if given.minus is None else side(given.minus))

    variations = tuple(variation(one) for one in experiment.variations)
    made_of = dataclasses.replace(experiment, parts=scaled(experiment.parts), variations=variations)
    return made_of, lost / all_ if all_ > 0 else 0.0


def said(experiment: Experiment, flight: Flight, masses: NDArray[np.float64], shares: NDArray[np.float64]) -> str:
    """What decays change, in a line, given the shares at the limits of an experiment (NaN without one)."""
    head = f"decays on {digits.plain(flight.path)} m ({flight.nature})"
    if not np.any(np.isfinite(shares)):
        return f"{head}: no mass is left with a limit"
    k = int(np.nanargmax(shares))
    most = (
        f"{digits.plain(100 * float(shares[k]), 2)} % of the leptons at the limits, at {digits.number(masses[k])} MeV"
    )
    if shares[k] < NEGLIGIBLE:
        return f"{head}: negligible, at most {most}"
    visible = float(masses[k]) / 2
    top = float(experiment.bins[-1])
    where = (
        "above the bins"
        if visible > top
        else f"in the bins, which reach {digits.number(top)} MeV, where it is not counted: limits are conservative"
    )
    return (
        f"{head}: up to {most}, taken off the recoils; the photon adds {digits.number(visible)} MeV or more on "
        f"average, {where}"
    )


def _weighted(beam: Beam, flight: Flight, m4: float, d: float) -> Beam:
    """The beam of the neutrinos whose leptons decay."""
    continuum = flight.decayed(np.asarray(beam.E), m4, d)[..., None, None] * np.asarray(beam.density)
    lines = flight.decayed(np.asarray(beam.E_line), m4, d)[..., None, None] * np.asarray(beam.line)
    return dataclasses.replace(beam, density=continuum, line=lines)


def _by_component(W: Any) -> NDArray[np.float64]:
    """Trace over flavours of all that is counted, by component."""
    return np.asarray(np.trace(np.asarray(W).sum(axis=(1, 2)), axis1=-2, axis2=-1).real)


def _scaled(part: Part, factor: NDArray[np.float64]) -> Part:
    response = dataclasses.replace(part.response, W=np.asarray(part.response.W) * factor[:, None, None, None, None])
    return dataclasses.replace(part, response=response)
