"""Histograms of energy and time, and their files: labelled arrays in Zarr."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import digits
from nudipole.errors import InputError, NudipoleError
from nudipole.files import consolidate, folder_atomically, note_read
from nudipole.io.stamp import schema
from nudipole.muon_g2.wiggle.expected import GEV, MICROSECOND, MOST_CELLS, Setup, check_energies, check_times, simulate
from nudipole.muon_g2.wiggle.settings import ENERGY_BINS, TIME_BINS
from nudipole.version import __version__

Numbers = NDArray[np.float64]

#: What a file says it is; what it holds beside this is not read.
SCHEMA = schema("wiggle")
#: Variables and their dimensions.
_VARIABLES = {
    "counts": ("energy", "time"),
    "energy_low": ("energy",),
    "energy_high": ("energy",),
    "time_low": ("time",),
    "time_high": ("time",),
}
#: A variable that need not be there.
_VARIANCE = {"variance": ("energy", "time")}
_MOST_COUNTS = 2.0**53
#: Cells of a file that is read: a Fermilab analysis has 1e5, and fits hold several arrays of this size.
_MOST_READ = 20_000_000


@dataclass(frozen=True)
class WiggleHistogram:
    """Counts of positrons.

    Attributes
    ----------
    counts : (k, t)
        Whole numbers, or what is left of them after a subtraction (of pile-up).
    energy_edges : (k + 1,)
        [MeV]
    time_edges : (t + 1,)
        Equally spaced [MeV^-1].
    truth : dict
        What was simulated, with units in the names; empty for data.
    variance : (k, t), optional
        Of the counts, where it is not the expected number itself.
    used : (t,) bool, optional
        Which bins of time are to be fitted, if not all: there is nothing in the others.

    Examples
    --------
    >>> edges = (np.array([1700.0, 3100.0]), np.linspace(30.0, 40.0, 11) * MICROSECOND)
    >>> WiggleHistogram(np.full((1, 10), 20), *edges).simulated
    False
    """

    counts: NDArray[Any]
    energy_edges: Numbers
    time_edges: Numbers
    truth: dict[str, Any] = field(default_factory=dict)
    variance: Numbers | None = None
    used: NDArray[np.bool_] | None = None

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Which bins of time are to be fitted."""
        return np.ones(self.counts.shape[1], bool) if self.used is None else self.used

    @property
    def gaps(self) -> list[tuple[float, float]]:
        """Ends of the times that are left out [us]."""
        steps = np.diff(np.concatenate([[False], ~self.kept, [False]]).astype(int))
        t = self.time_edges / MICROSECOND
        return [(float(t[i]), float(t[k])) for i, k in zip(*(np.flatnonzero(steps == s) for s in (1, -1)), strict=True)]

    def without(self, intervals: Sequence[tuple[float, float]]) -> WiggleHistogram:
        """The histogram without the bins of time that reach into an interval [MeV^-1].

        Raises
        ------
        NudipoleError
            If an interval is none, or holds no bin.

        Examples
        --------
        >>> edges = (np.array([1700.0, 3100.0]), np.linspace(30.0, 40.0, 11) * MICROSECOND)
        >>> full = WiggleHistogram(np.full((1, 10), 20), *edges)
        >>> [tuple(map(round, gap)) for gap in full.without([(32.5 * MICROSECOND, 34.5 * MICROSECOND)]).gaps]
        [(32, 35)]
        """
        edges, kept = self.time_edges, self.kept.copy()
        near = 1e-6 * (edges[1] - edges[0])
        for low, high in intervals:
            inside = (edges[1:] > low + near) & (edges[:-1] < high - near)
            if not np.any(inside & kept):
                ends, known = (
                    " to ".join(f"{digits.plain(time / MICROSECOND, 6)}" for time in pair)
                    for pair in ((low, high), (edges[0], edges[-1]))
                )
                raise NudipoleError(f"the mask {ends} us leaves out nothing: the data are from {known} us")
            kept &= ~inside
        return self.cleared(kept)

    def cleared(self, kept: NDArray[np.bool_]) -> WiggleHistogram:
        """With nothing in the bins of time that are not kept."""
        if np.all(kept):
            return replace(self, used=None)
        counts = np.where(kept, self.counts, np.zeros_like(self.counts))
        variance = None if self.variance is None else np.where(kept, self.variance, 1.0)
        return replace(self, counts=counts, variance=variance, used=kept)

    @property
    def edges(self) -> tuple[Numbers, Numbers]:
        """Edges of energy [GeV] and of time [us], as they are shown and written."""
        return self.energy_edges / GEV, self.time_edges / MICROSECOND

    @property
    def simulated(self) -> bool:
        """Whether these are numbers of a simulation."""
        return bool(self.truth)


def simulated(setup: Setup, seed: int, shift: str = "none") -> WiggleHistogram:
    """A simulated histogram that knows its truth.

    Parameters
    ----------
    setup : Setup
    seed : int
    shift : str
        Name of the energy dependence, for the record.

    Returns
    -------
    Histogram

    Examples
    --------
    >>> times = np.arange(30.0, 230.0, 0.15) * MICROSECOND
    >>> setup = Setup(1e6, np.array([1700.0, 3100.0]), times)
    >>> simulated(setup, seed=1).simulated
    True
    """
    truth: dict[str, Any] = {
        "positrons": setup.positrons,
        "seed": seed,
        "omega_a [rad/us]": setup.omega_a * MICROSECOND,
        "tau [us]": setup.tau / MICROSECOND,
        "phase [rad]": setup.phase,
        "polarisation": setup.polarisation,
        "shift": shift,
    }
    if setup.pileup is not None:
        truth["pileup"] = setup.pileup.fraction
    if setup.loss is not None:
        truth["loss"] = {"fraction": setup.loss.fraction, "time [us]": setup.loss.time / MICROSECOND}
    if setup.cbo is not None:
        truth["cbo"] = {
            "amplitude": setup.cbo.amplitude,
            "time [us]": setup.cbo.time / MICROSECOND,
            "omega [rad/us]": setup.cbo.omega * MICROSECOND,
            "phase [rad]": setup.cbo.phase,
        }
    return WiggleHistogram(simulate(setup, seed), setup.energy_edges, setup.time_edges, truth)


def write(histogram: WiggleHistogram, path: str | os.PathLike[str]) -> Path:
    """Write a Zarr folder, whole or not at all; one of the same kind that was there is replaced.

    Parameters
    ----------
    histogram : Histogram
    path : path
        Of the folder.

    Returns
    -------
    Path
        The same.

    Raises
    ------
    NudipoleError
        If there is something else of that name.

    Examples
    --------
    >>> times = np.arange(30.0, 230.0, 0.15) * MICROSECOND
    >>> setup = Setup(1e6, np.array([1700.0, 3100.0]), times)
    >>> write(simulated(setup, seed=1), "wiggle.zarr").name
    'wiggle.zarr'
    """
    import xarray as xr

    path = Path(path)
    check_target(path)
    energy, time = histogram.edges
    counts = histogram.counts if histogram.used is None else np.where(histogram.used, histogram.counts, np.nan)
    variables = {"counts": (("energy", "time"), counts, {"long_name": "positrons"})}
    if histogram.variance is not None:
        variables["variance"] = (("energy", "time"), histogram.variance, {"long_name": "variance of the counts"})
    dataset = xr.Dataset(
        variables,
        coords={
            "energy_low": ("energy", energy[:-1], {"units": "GeV"}),
            "energy_high": ("energy", energy[1:], {"units": "GeV"}),
            "time_low": ("time", time[:-1], {"units": "us"}),
            "time_high": ("time", time[1:], {"units": "us"}),
        },
        attrs={
            "schema": SCHEMA,
            "origin": "generated by a simulation" if histogram.simulated else "data",
            "truth": histogram.truth,
            "versions": {"nudipole": __version__, "numpy": np.__version__, "xarray": xr.__version__},
        },
    )
    with folder_atomically(path) as new:
        dataset.to_zarr(new, mode="w", consolidated=False, zarr_format=3)
        consolidate(new)
    return path


def check_target(path: str | os.PathLike[str]) -> None:
    """Fail before the work begins if a Zarr folder cannot be written there.

    Parameters
    ----------
    path : path

    Raises
    ------
    NudipoleError
        With the reason.

    Examples
    --------
    >>> check_target("new.zarr")
    """
    path = Path(path)
    if path.suffix != ".zarr":
        raise NudipoleError(f"{path}: the name must end with .zarr")
    if not path.parent.is_dir():
        raise NudipoleError(f"{path}: there is no folder {path.parent}: make it first")
    if path.exists() and not (path / "zarr.json").is_file():
        raise NudipoleError(f"{path}: is there and no Zarr folder: write another name")


def read(path: str | os.PathLike[str]) -> WiggleHistogram:
    """The histogram in a Zarr folder.

    Parameters
    ----------
    path : path
        Of the folder.

    Returns
    -------
    Histogram

    Raises
    ------
    InputError
        If it is none, with what is missing or wrong.

    Examples
    --------
    >>> times = np.arange(30.0, 230.0, 0.15) * MICROSECOND
    >>> setup = Setup(1e6, np.array([1700.0, 3100.0]), times)
    >>> path = write(simulated(setup, seed=1), "wiggle.zarr")
    >>> bool(np.all(read(path).counts == simulated(setup, seed=1).counts))
    True
    """
    import xarray as xr

    path = Path(path)
    note_read(path)
    if not (path / "zarr.json").is_file():
        what = "there is no such folder" if not path.exists() else "is no Zarr folder of format 3"
        raise InputError(path, "", f"{what}: write one with nudipole g2 simulate")
    try:
        with xr.open_zarr(path, consolidated=False, chunks=None, decode_cf=False) as opened:
            return _histogram(path, opened)
    except NudipoleError:
        raise
    except Exception as error:
        # Damaged folders raise whatever the layer below happens to meet.
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise InputError(path, "", f"cannot be read as Zarr: {reason}") from error


def _histogram(path: Path, opened: Any) -> WiggleHistogram:
    schema = opened.attrs.get("schema")
    if schema != SCHEMA:
        raise InputError(path, "schema", f"is {str(schema)[:60]!r}, not {SCHEMA!r}")
    for name, dims in (_VARIABLES | _VARIANCE).items():
        if name not in opened.variables:
            if name in _VARIANCE:
                continue
            raise InputError(path, name, "is missing")
        variable = opened.variables[name]
        if variable.dims != dims:
            raise InputError(path, name, f"must have the dimensions {', '.join(dims)}")
        if variable.size > _MOST_READ:  # before anything is loaded
            raise InputError(path, name, f"has {variable.size} cells, more than {_MOST_READ}")
        if variable.dtype.kind not in "iuf":
            raise InputError(path, name, "must be numbers")
    for name, unit in (("energy_low", "GeV"), ("energy_high", "GeV"), ("time_low", "us"), ("time_high", "us")):
        if opened.variables[name].attrs.get("units") != unit:
            raise InputError(path, name, f"must have the attribute units = {unit!r}")
    ends = {
        axis: [np.asarray(opened.variables[f"{axis}_{end}"].values, float) * scale for end in ("low", "high")]
        for axis, scale in (("energy", GEV), ("time", MICROSECOND))
    }
    truth = opened.attrs.get("truth", {})
    variance = np.asarray(opened.variables["variance"].values, float) if "variance" in opened.variables else None
    found = assembled(path, ends, np.asarray(opened.variables["counts"].values), variance)
    return replace(found, truth=truth if isinstance(truth, dict) else {})


def assembled(
    path: str | Path,
    ends: dict[str, list[Numbers]],
    counts: NDArray[Any],
    variance: Numbers | None = None,
) -> WiggleHistogram:
    """A histogram from what a file says; times without bins, and bins without a number (NaN), are gaps.

    Parameters
    ----------
    path : path
        To name in messages.
    ends : dict
        Lower and upper ends of the bins of ``energy`` [MeV] and ``time`` [MeV^-1].
    counts, variance : (k, t)

    Returns
    -------
    WiggleHistogram

    Raises
    ------
    InputError
        If bins overlap, are unequal in time, or hold what is no number of positrons.

    Examples
    --------
    >>> low = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0]) * MICROSECOND
    >>> ends = {"energy": [np.array([1700.0]), np.array([3100.0])], "time": [low, low + MICROSECOND]}
    >>> [tuple(map(round, gap)) for gap in assembled("mine", ends, np.ones((1, 12))).gaps]
    [(5, 8)]
    """
    low, high = ends["energy"]
    if not np.allclose(high[:-1], low[1:], rtol=1e-9, atol=0):
        raise InputError(path, "energy_low", "bins of energy must touch each other")
    energies = np.append(low, high[-1:])
    times, places = _grid(path, *ends["time"])
    for check, edges, axis in ((check_energies, energies, "energy"), (check_times, times, "time")):
        try:
            check(edges)
        except NudipoleError as error:
            raise InputError(path, axis, str(error)) from error
    kept = np.zeros(len(times) - 1, bool)
    kept[places] = ~np.any(np.isnan(counts), axis=0)
    if not np.any(kept):
        raise InputError(
            path, "counts", "nan is no number of positrons: there is no bin of time with one at all energies"
        )
    full = np.zeros((len(counts), len(kept)), np.float64)
    full[:, places] = counts
    full[:, ~kept] = 0
    _check_numbers(path, full, "counts", "number of positrons")
    whole = np.all(full == np.floor(full)) and np.all(full >= 0)
    spread = None
    if variance is not None:
        spread = np.ones_like(full)
        spread[:, places] = variance
        spread[:, ~kept] = 1
        _check_numbers(path, spread, "variance", "variance: write a number above 0, or no count (nan) to leave it out")
    full = full.astype(np.int64) if whole else full
    return WiggleHistogram(full, energies, times, {}, spread, None if np.all(kept) else kept)


def _check_numbers(path: str | Path, values: Numbers, name: str, what: str) -> None:
    sound = np.isfinite(values) & (np.abs(values) < _MOST_COUNTS)
    bad = np.argwhere(~(sound & (values > 0)) if name == "variance" else ~sound)
    if len(bad):
        k, i = bad[0]
        raise InputError(path, name, f"bin {k} of energy, bin {i} of time: {values[k, i]:g} is no {what}")


def _grid(path: str | Path, low: Numbers, high: Numbers) -> tuple[Numbers, NDArray[np.intp]]:
    """Edges of equal bins without gaps, and which of them there are."""
    widths = high - low
    if len(low) == 0 or not np.all(np.isfinite(low) & np.isfinite(high)) or not np.all(widths > 0):
        raise InputError(path, "time", "bins of time must rise from 0 or later, and there must be more than ten")
    width = float((high[-1] - low[0]) / max(1, round(float((high[-1] - low[0]) / np.median(widths)))))
    if np.any(np.abs(widths / width - 1) > 1e-5):
        raise InputError(path, "time", "bins of time must have equal widths")
    steps = (low - low[0]) / width
    places = np.rint(steps).astype(np.intp)
    if np.any(np.diff(places) < 1):
        raise InputError(path, "time_low", "bins of time must rise, and may not overlap")
    if np.any(np.abs(steps - places) > 1e-3):
        raise InputError(path, "time_low", "bins of time must touch each other, or leave out whole bins")
    if places[-1] >= _MOST_READ:
        raise InputError(path, "time", f"spans {places[-1] + 1} bins of time, more than {_MOST_READ}")
    edges = low[0] + width * np.arange(places[-1] + 2)
    if len(places) == places[-1] + 1:
        edges = np.append(low, high[-1:])
    return edges, places


def bins(text: str, unit: str, name: str) -> Numbers:
    """Edges of equal bins from text such as ``1.0..3.1GeV/0.1`` or ``30..650us/149.2ns``; internal units.

    Parameters
    ----------
    text : str
        LOW..HIGH UNIT / WIDTH; a width without unit is in that of the range. What is left over of the range at its end,
        narrower than a bin, is dropped.
    unit : str
        A unit of the right kind.
    name : str
        Of the argument, for the message.

    Returns
    -------
    (n + 1,)
        [MeV] or [MeV^-1]

    Raises
    ------
    NudipoleError
        With an example.

    Examples
    --------
    >>> bins("1.0..1.3GeV/100MeV", "GeV", "energy_bins")
    array([1000., 1100., 1200., 1300.])
    """
    import re

    from nudipole import units
    from nudipole.errors import ArgumentError, UnitError

    example = {"GeV": ENERGY_BINS, "us": TIME_BINS}.get(unit, "1..2/0.1")
    number = r"(\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
    match = re.match(
        rf"^\s*({number})\s*\.\.\s*({number})\s*([A-Za-z]+)\s*/\s*({number})\s*([A-Za-z]*)\s*$", text[:100]
    )
    if match is None:
        raise ArgumentError(name, text, f"write LOW..HIGH UNIT/WIDTH, for example {example}")
    of_range = match[5]
    try:
        low, high = units.parse(f"{match[1]} {of_range}", unit), units.parse(f"{match[3]} {of_range}", unit)
        width = units.parse(f"{match[6]} {match[8] or of_range}", unit)
    except UnitError as error:
        raise ArgumentError(name, text, str(error)) from error
    if not (low < high and 0 < width <= high - low):
        raise ArgumentError(name, text, "the range must rise and hold one bin at least")
    count = (high - low) / width
    if count > MOST_CELLS:
        raise ArgumentError(name, text, f"{digits.number(count)} bins are too many")
    whole = math.floor(count * (1 + 1e-9))
    edges: Numbers = low + width * np.arange(whole + 1, dtype=np.float64)
    # 1.1 GeV is 1100 MeV, not the next number beside it.
    return np.array([float(f"{edge:.14g}") for edge in edges]) if whole < 10_000 else edges
