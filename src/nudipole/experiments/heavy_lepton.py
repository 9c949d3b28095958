"""What numbers on a heavy lepton rest on: its mass and reach, the moments beside the dipoles, and the doubts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nudipole import constants as const
from nudipole import digits
from nudipole.experiments.experiment import Experiment
from nudipole.interactions import ElectronUpscattering, heaviest
from nudipole.properties import GROUPS, decay_length, moment_of_dipole
from nudipole.sources import Beam

#: Parameters that need a heavy lepton.
HEAVY = tuple(parameter.name for group in ("heavy", "universal-heavy") for parameter in GROUPS[group])
#: 1/v = (sqrt2 G_F)^(1/2) [1/GeV]: of an effective operator no larger dipole has a meaning.
MOST = 1e3 * float(np.sqrt(np.sqrt(2) * const.G_F))
#: Decay lengths [m] below which a detector, some metres across, may see the photon.
_NEAR = 10.0
_FLAVOURS = ("e", "mu", "tau")


def heavy_rho(experiment: Experiment) -> NDArray[np.complex128]:
    """Density matrix of the beam as upscattering sees it, trace 1; zero where nothing is counted.

    Parameters
    ----------
    experiment : Experiment
        With a heavy lepton.
    """
    folded = [part.response for part in experiment.parts if part.response.channels == ("heavy",)]
    seen = np.sum([np.asarray(response.W).sum(axis=(0, 1, 2)) for response in folded], axis=0)
    trace = float(np.trace(seen).real)
    return np.asarray(seen / trace if trace > 0 else np.zeros((3, 3)), dtype=np.complex128)


def highest_energy(beam: Beam, flavour: str = "all") -> float:
    """Of a neutrino of the beam that has a share of the flavour [MeV]; zero where none has.

    Parameters
    ----------
    beam : Beam
    flavour : {"all", "e", "mu", "tau"}
    """

    def share(density: NDArray[np.complex128]) -> NDArray[np.float64]:
        diagonal = np.diagonal(density, axis1=-2, axis2=-1).real
        return np.asarray(diagonal.sum(axis=-1) if flavour == "all" else diagonal[..., _FLAVOURS.index(flavour)])

    E, continuum = np.asarray(beam.E), share(np.asarray(beam.density)) > 0
    # A spectrum ends at the node after the last that is not zero.
    reached = continuum[:, 1:] | continuum[:, :-1]
    lines = np.asarray(beam.E_line)[share(np.asarray(beam.line)) > 0]
    return float(np.max(np.concatenate([E[:, 1:][reached], lines]), initial=0.0))


def heaviest_counted(experiment: Experiment, flavour: str = "all") -> float:
    """Mass [MeV] of the heaviest lepton whose recoils reach the bins of an experiment.

    Parameters
    ----------
    experiment : Experiment
    flavour : {"all", "e", "mu", "tau"}
        Of the neutrinos that make it.
    """
    energy, found = highest_energy(experiment.beam, flavour), [0.0]
    for part in experiment.parts:
        span = part.detector.recoil_range()
        for processes, _ in part.folded:
            found += [heaviest(energy, float(one.mass), *span) for one in processes]
    return max(found)


def in_both(values: Mapping[str, float]) -> str:
    """Dipoles in words, with the moments they are half of.

    Examples
    --------
    >>> in_both({"d_tau": 3.26e-7})
    'd_tau = 3.26e-07 1/GeV, mu_tau = 2 d_tau = 2.20e-09 mu_B'
    """
    return "; ".join(
        f"{name} = {digits.number(d)} 1/GeV, {name.replace('d', 'mu', 1)} = 2 {name} = "
        f"{digits.number(moment_of_dipole(d))} mu_B"
        for name, d in values.items()
    )


def doubts(experiments: Sequence[Experiment], d: float, *, decays: bool = True) -> list[str]:
    """What a number on a heavy lepton leaves out, given its dipole [1/GeV].

    Parameters
    ----------
    experiments : sequence of Experiment
        With a heavy lepton.
    d : float
        Of the upper end.
    decays : bool
        Whether decays in flight are left out.
    """
    found = []
    for experiment in experiments:
        if experiment.spec.heavy is None:
            continue
        m4 = experiment.spec.heavy.mass
        highest = float(np.concatenate([experiment.beam.endpoints, experiment.beam.line_energies]).max())
        several = f"{experiment.name}: " if len(experiments) > 1 else ""
        if decays and highest > m4 and 0 < d < float("inf"):
            length = decay_length(m4, highest, d, "majorana")
            if length < _NEAR:
                found.append(
                    f"{several}decays in flight are not modelled, and of {digits.number(highest)} MeV the lepton flies "
                    f"{digits.number(length)} m (Majorana; twice that if Dirac): its photon may be seen, too"
                )
        electrons = [part.process for part in experiment.parts if isinstance(part.process, ElectronUpscattering)]
        if any(process.atom.dipole_factor is not None for process in electrons):
            found.append(f"{several}the many-body factor of the atom is that of massless neutrinos")
    return found
