"""Arrival times of a pulsed beam: bins and efficiency, from their description."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nudipole import digits, units
from nudipole.experiments.build.efficiency import efficiency_function
from nudipole.experiments.build.reader import Reader
from nudipole.experiments.schema.detector import TimeSpec


def time_edges(time: TimeSpec, reader: Reader) -> NDArray[np.float64]:
    """Edges of the bins of arrival time [MeV^-1]."""
    edges = np.array(time.edges) * units.in_internal(time.unit)
    if not np.all(np.diff(edges) > 0):
        raise reader.fail("detector.time.edges", "must increase from bin to bin")
    return edges


def time_efficiency(time: TimeSpec, reader: Reader) -> Callable[[NDArray[np.float64]], NDArray[np.float64]] | None:
    """Efficiency as a function of the arrival time [MeV^-1]; None where every time is as good."""
    given, key = time.efficiency, "detector.time.efficiency"
    if given is None:
        return None
    unit, edges = units.in_internal(time.unit), time_edges(time, reader)
    if given.function is not None:
        made = efficiency_function(reader, given.function, given.parameters or {}, unit, (edges[0], edges[-1]), key)
        nodes, value = np.asarray(made.E), np.asarray(made.value)
    else:
        nodes, value = unit * np.array(given.time), np.array(given.value)
        if len(nodes) < 2 or not np.all(np.diff(nodes) > 0):
            raise reader.fail(key, "the times must increase")
        if not np.all((value >= 0) & (value <= 1)):
            raise reader.fail(key, "must lie in [0, 1]")
        if not (nodes[0] <= edges[0] and nodes[-1] >= edges[-1]):
            ends = [digits.plain(float(end) / unit, 6) for end in (*edges[[0, -1]], *nodes[[0, -1]])]
            message = f"must cover the bins of time, {ends[0]} to {ends[1]} {time.unit}"
            raise reader.fail(key, f"{message}: it goes from {ends[2]} to {ends[3]} {time.unit}")
    return lambda t: np.interp(t, nodes, value)
