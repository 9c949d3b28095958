r"""Limits on the flux of antineutrinos in the bins of an experiment, each by itself: no spectrum is assumed.

.. math:: \phi_b < \frac{N_{FC}(n_b, b_b)}{N_p\,t\,\epsilon\,\sigma(E_b)}

with the limit of Feldman and Cousins on the events of a bin, and the cross section at its centre.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from nudipole.errors import NudipoleError, UnknownName
from nudipole.experiments.experiment import Experiment
from nudipole.interactions import InverseBeta
from nudipole.interactions.inverse_beta import OFFSET, sigma
from nudipole.sources.solar import FLUX_UNIT
from nudipole.statistics.neyman.counting import feldman_cousins_counts

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class FluxLimits:
    """Limits on the flux in the bins.

    Attributes
    ----------
    E : (b, 2)
        Ends of the bins, as energies of the antineutrino where the neutron takes none [MeV].
    observed, background : (b,)
        Events.
    events : (b,)
        Upper ends of the signal.
    flux : (b,)
        [1/(cm^2 s)]
    cl : float
    """

    E: Numbers
    observed: Numbers
    background: Numbers
    events: Numbers
    flux: Numbers
    cl: float


def flux_limits(experiment: Experiment, cl: float = 0.90, *, without: Collection[str] = ()) -> FluxLimits:
    """Limits on the flux of antineutrinos in each bin, by counting.

    Parameters
    ----------
    experiment : Experiment
        With inverse beta decay alone, whole counts or none, and backgrounds known without error.
    cl : float
    without : collection of str
        Backgrounds to leave out.

    Returns
    -------
    FluxLimits

    Raises
    ------
    NudipoleError
        If it is another experiment.
    UnknownName
        If it has no such background.

    References
    ----------
    Feldman:1997qc

    Examples
    --------
    >>> import nudipole as nd
    >>> print(f"{flux_limits(nd.load('borexino-antinu-2019')).flux[-1]:.1f} 1/(cm^2 s)")
    47.4 1/(cm^2 s)
    """
    part = experiment.parts[0]
    if len(experiment.parts) != 1 or not isinstance(part.process, InverseBeta):
        raise NudipoleError(
            f"{experiment.name} has other processes than inverse beta decay: no flux follows from a bin"
        )
    for name in without:
        if name not in experiment.background_counts:
            raise UnknownName(f"background of {experiment.name}", name, experiment.background_counts)
    kept = [counts for name, counts in experiment.background_counts.items() if name not in without]
    edges = np.asarray(part.detector.quenching.recoil(experiment.bins)) + OFFSET
    E = np.stack([edges[:-1], edges[1:]], axis=1)
    background = np.sum(kept, axis=0) if kept else np.zeros(len(E))
    observed = experiment.observed if experiment.given_data is not None else np.round(background)
    interval = partial(feldman_cousins_counts, cl=cl)
    events = np.array([interval(int(n), float(b))[1] for n, b in zip(observed, background, strict=True)])
    middle = experiment.bins[:-1] / 2 + experiment.bins[1:] / 2
    targets = experiment.spec.exposure / float(part.process.target_mass) * np.asarray(part.detector.passed(middle))
    flux = events / (targets * np.asarray(sigma(E.mean(axis=1)))) / FLUX_UNIT
    return FluxLimits(E, observed, background, events, flux, cl)


def flux_above(experiment: Experiment, E: float) -> float:
    """Flux of all antineutrinos of the reference above an energy [1/(cm^2 s)]: P times it is the flux of a conversion.

    Parameters
    ----------
    experiment : Experiment
        Of solar antineutrinos of undistorted spectrum.
    E : float
        [MeV]

    Returns
    -------
    float

    Raises
    ------
    NudipoleError
        If it is another experiment.

    Examples
    --------
    >>> import nudipole as nd
    >>> print(f"{7.2e-5 * flux_above(nd.load('borexino-antinu-2019'), 1.8):.0f} 1/(cm^2 s)")
    384 1/(cm^2 s)
    """
    total, beam = 0.0, experiment.beam
    for s, converted in enumerate(beam.converted):
        if converted is None:
            continue
        if converted.field is not None:
            raise NudipoleError("a field distorts the spectrum: the flux above an energy is of an undistorted one")
        nodes = np.asarray(beam.E[s])
        fine = np.unique(np.concatenate([[E], nodes[nodes > E]]))
        density = np.interp(fine, nodes, np.asarray(beam.density[s, :, 0, 0]).real, right=0.0)
        total += float(np.trapezoid(density, fine)) / FLUX_UNIT
    if not total > 0:
        raise NudipoleError(f"{experiment.name} looks for no antineutrinos of the Sun above {E:g} MeV")
    return total
