"""Arrival times of a pulsed beam, or periods of a run: bins, efficiency and shares, from their description."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date

import numpy as np
from numpy.typing import NDArray

from nudipole import digits, units
from nudipole.experiments.build.efficiency import efficiency_function
from nudipole.experiments.build.reader import Reader
from nudipole.experiments.schema.background import DecaySpec, SeasonSpec
from nudipole.experiments.schema.detector import OF_RUNS, TimeSpec
from nudipole.sources.season import inverse_square

#: Noon of this day is J2000.0; and a year of the calendar [d].
_J2000, _YEAR = date(2000, 1, 1), 365.2425


def time_edges(time: TimeSpec, reader: Reader) -> NDArray[np.float64]:
    """Edges of the bins of arrival time [MeV^-1]."""
    edges = np.array(time.edges) * units.in_internal(time.unit)
    if not np.all(np.diff(edges) > 0):
        raise reader.fail("detector.time.edges", "must increase from bin to bin")
    return edges


def solar_shares(time: TimeSpec, reader: Reader) -> NDArray[np.float64]:
    """Of the exposure in every period of a run, (1, t), times the mean flux of the Sun there over that at 1 AU."""
    if time.unit not in OF_RUNS:
        message = f"the periods of a run are in {' or '.join(OF_RUNS)}, not in {time.unit}"
        raise reader.fail("detector.time.unit", message)
    edges = time_edges(time, reader)
    since = (date.fromisoformat(time.start or "") - _J2000).days - 0.5
    flux = inverse_square(since + edges / units.in_internal("d"))
    shares: NDArray[np.float64] = (steady(time, edges) * flux)[None]
    return shares


def steady(time: TimeSpec, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares (t,) of what does not change with time."""
    live = np.diff(edges) * (1.0 if time.live is None else np.array(time.live))
    shares: NDArray[np.float64] = live / live.sum()
    return shares


def changing(time: TimeSpec, edges: NDArray[np.float64], given: DecaySpec | SeasonSpec) -> NDArray[np.float64]:
    r"""Shares (t,) of what decays, or follows the seasons, in the periods of a run.

    .. math:: s_i \propto \frac{l_i}{\lambda}\,(e^{-\lambda t_i} - e^{-\lambda t_{i+1}}), \qquad
              s_i \propto l_i \int_i dt\,[1 + A \cos(2\pi (t - t_0)/\mathrm{yr})]

    with the measured part l of each period, and a year of the calendar, 365.2425 d.
    """
    if isinstance(given, DecaySpec):
        rate = math.log(2) / given.half_life
        counted = -np.exp(-rate * (edges[:-1] - edges[0])) * np.expm1(-rate * np.diff(edges)) / rate
    else:
        first, (month, day) = date.fromisoformat(time.start or ""), map(int, given.maximum.split("-"))
        # At noon; the last of February is followed by March where it has 28 days.
        peak = (date(first.year, month, 1) - first).days + day - 0.5
        phase = 2 * math.pi * (edges / units.in_internal("d") - peak) / _YEAR
        wave = np.diff(np.sin(phase)) / np.diff(phase)
        counted = np.diff(edges) * (1 + given.amplitude * wave)
    shares = counted * steady(time, edges) / np.diff(edges)
    normalised: NDArray[np.float64] = shares / shares.sum()
    return normalised


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
