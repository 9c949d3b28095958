"""Whether a many-body factor covers what an experiment counts: below its table nothing is known of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nudipole import units
from nudipole.detectors import Detector
from nudipole.experiments.build.reader import Reader
from nudipole.experiments.schema.process import ElectronSpec
from nudipole.interactions import ElectronScattering, Process
from nudipole.rates import Response, fold
from nudipole.sources import Beam

#: Part of the counts of a bin that may come from recoils below the table.
_TOLERATED = 0.01
#: What is counted of each kind of factor: the Standard Model's channel, or that of the dipole.
_CHANNEL = {"weak": "L0", "dipole": "dipole"}


def check_factors(
    given: ElectronSpec,
    process: Process,
    response: Response,
    beam: Beam,
    detector: Detector,
    *,
    exposure: float,
    reader: Reader,
    key: str,
) -> None:
    """Refuse a many-body factor whose table begins above recoils that are counted.

    Parameters
    ----------
    given : ElectronSpec
    process, response : Process, Response
        What was folded, in bins of energy; processes other than scattering on electrons have no factors.
    beam, detector, exposure
        What it was folded with.
    reader, key
        For the message.

    Raises
    ------
    InputError
        If recoils below the table make more than 1 % of the counts of a bin.
    """
    if not isinstance(process, ElectronScattering):
        return
    for kind, factor in (("weak", process.atom.weak_factor), ("dipole", process.atom.dipole_factor)):
        if factor is None:
            continue
        first, last = (units.express(float(T), "keV") for T in factor.T[[0, -1]])
        # The same atom without recoils below the table: no electron is free before it begins.
        covered = replace(process.atom, edges=np.maximum(process.atom.edges, float(factor.T[0])))
        above = _counts(fold(beam, replace(process, atom=covered), detector, exposure=exposure), kind)
        total = _counts(response, kind)
        share = 1 - np.divide(above, total, out=np.ones_like(total), where=total > 0)
        worst = int(np.argmax(share))
        if share[worst] > _TOLERATED:
            low, high = (units.express(edge, "keV") for edge in np.asarray(detector.bins)[worst : worst + 2])
            raise reader.fail(
                f"{key}.{kind}_factor",
                f"{getattr(given, f'{kind}_factor')} is a table from {first:g} to {last:g} keV, but recoils below make "
                f"{100 * share[worst]:.2g} % of what is counted from {low:g} to {high:g} keV: begin the bins "
                "(or detector.threshold) higher, or leave it out",
            )


def _counts(response: Response, kind: str) -> NDArray[np.float64]:
    """Counts per unit of the channel that a factor is for, by bin."""
    W = np.asarray(response.W)[:, response.channels.index(_CHANNEL[kind])]
    counts: NDArray[np.float64] = np.abs(np.einsum("sbii->b", W))
    return counts
