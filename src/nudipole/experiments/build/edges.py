"""Edges of the bins of energy, from their description."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nudipole import digits, units
from nudipole.experiments.build.reader import Reader
from nudipole.experiments.schema.detector import BinsSpec
from nudipole.io.fields import MAX_BINS

#: Internal value of a unit of energy of the description at a key.
Unit = Callable[[str, str], float]


def written_edges(bins: BinsSpec, unit: Unit, reader: Reader) -> NDArray[np.float64]:
    """Edges of the bins of energy as described [MeV]."""
    key = "detector.bins"
    if bins.edges is not None:
        edges = np.array(bins.edges) * unit(bins.unit, key)
    elif bins.from_ is None or bins.to is None or bins.width is None:
        raise reader.fail(key, "give either edges (with unit) or all of from, to and width")
    else:
        if not bins.to > bins.from_:
            raise reader.fail(key, "to must lie above from")
        if (bins.to - bins.from_) / bins.width > MAX_BINS + 0.5:
            raise reader.fail(key, f"more than {MAX_BINS} bins: choose a larger width")
        number = round((bins.to - bins.from_) / bins.width)
        if number < 1 or abs(number * bins.width - (bins.to - bins.from_)) > 1e-6 * bins.width:
            raise reader.fail(key, "to - from must be a whole number of widths")
        edges = np.linspace(bins.from_, bins.to, number + 1)
    if not np.all(np.diff(edges) > 0):
        raise reader.fail(f"{key}.edges", "must increase from bin to bin")
    if edges[0] < 0:
        raise reader.fail(f"{key}.edges", "energies must not be negative")
    return edges


def above_threshold(edges: NDArray[np.float64], threshold: float | None, reader: Reader) -> NDArray[np.float64]:
    """Edges at and above the threshold; a bin that contains it begins there [MeV]."""
    if threshold is None:
        return edges
    if not edges[0] * (1 - 1e-9) <= threshold < edges[-1]:
        low, high = (units.express(edge, "keV") for edge in edges[[0, -1]])
        message = f"must lie within the bins, {digits.plain(low)} to {digits.plain(high)} keV: extend detector.bins"
        raise reader.fail("detector.threshold", message)
    return np.concatenate([[threshold], edges[edges > threshold * (1 + 1e-9)]])
