"""Histograms of energy and time from the files people have: Zarr folders, CSV, and ROOT through uproot."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import digits, tables, units
from nudipole.errors import ArgumentError, InputError, NudipoleError, TableError, UnitError
from nudipole.extras import optional
from nudipole.files import note_read
from nudipole.muon_g2.wiggle import store
from nudipole.muon_g2.wiggle.expected import GEV
from nudipole.muon_g2.wiggle.store import WiggleHistogram

Numbers = NDArray[np.float64]

#: Of a CSV file: 1e6 cells and more.
MOST_BYTES = 100_000_000
#: What each axis is in.
_AXES = {"time": "us", "energy": "GeV"}
_HEADER = "time_low [us],time_high [us],counts [1]"
_COLUMNS = {"time", "time_low", "time_high", "E_low", "E_high", "counts", "variance", "error"}


def read(
    path: str | os.PathLike[str], *, energies: tuple[float, float] | None = None, axes: str | None = None
) -> WiggleHistogram:
    """A histogram from a file, by the ending of its name.

    Parameters
    ----------
    path : path
        A Zarr folder; ``NAME.csv``; or ``NAME.root``, with a colon and the name of the histogram if there are several.
    energies : (float, float), optional
        Energies [MeV] of a histogram that has none; of others, the bins between are taken.
    axes : str, optional
        What a ROOT histogram has along x and y, and in which units, such as ``time us, energy MeV``.

    Returns
    -------
    WiggleHistogram

    Raises
    ------
    InputError
        If it is no histogram, with what is wrong.
    NudipoleError
        If what would be needed is not given, or something given has no effect.

    Examples
    --------
    >>> rows = "".join(f"{t},{t + 1},{1000 - t}\\n" for t in range(20))
    >>> _ = Path("mine.csv").write_text("time_low [us],time_high [us],counts [1]\\n" + rows)
    >>> read("mine.csv", energies=(1700.0, 3100.0)).counts.shape
    (1, 20)
    """
    words, hist = str(path), ""
    if ".root:" in words:
        words, _, hist = words.partition(".root:")
        words += ".root"
    kind = Path(words).suffix.lower()
    if axes is not None and kind != ".root":
        raise ArgumentError("axes", axes, "has no effect: axes are named for ROOT files only")
    if kind == ".root":
        found = _root(Path(words), hist, energies, axes)
    elif kind in (".csv", ".txt"):
        found = _csv(Path(words), energies)
    else:
        found = store.read(words)
    return found if energies is None else _between(words, found, energies)


def _between(path: str, histogram: WiggleHistogram, energies: tuple[float, float]) -> WiggleHistogram:
    from dataclasses import replace

    edges = histogram.energy_edges
    near = 1e-6 * float(np.min(np.diff(edges)))
    inside = np.flatnonzero((edges[:-1] > energies[0] - near) & (edges[1:] < energies[1] + near))
    if len(inside) == 0:
        wanted, known = (
            f"{digits.plain(low / GEV, 4)} to {digits.plain(high / GEV, 4)} GeV"
            for low, high in (energies, edges[[0, -1]])
        )
        raise InputError(path, "energy", f"has no bin between {wanted}: its bins are from {known}")
    rows = slice(int(inside[0]), int(inside[-1]) + 1)
    variance = None if histogram.variance is None else histogram.variance[rows]
    return replace(
        histogram, counts=histogram.counts[rows], energy_edges=edges[inside[0] : inside[-1] + 2], variance=variance
    )


def _csv(path: Path, energies: tuple[float, float] | None) -> WiggleHistogram:
    note_read(path)
    with path.open("rb") as stream:
        raw = stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise InputError(path, "", f"is larger than {MOST_BYTES} bytes: write a Zarr folder instead")
    try:
        lines = raw.decode("utf-8-sig").splitlines()
        table = tables.parse("\n".join(line for line in lines if line.strip() and line[0] != "#"), name=str(path))
        return _from_table(path, table, energies)
    except UnicodeDecodeError as error:
        raise InputError(path, "", "is no text in UTF-8") from error
    except csv.Error as error:
        raise InputError(path, "", f"is no table: {error}") from error
    except (TableError, UnitError) as error:
        raise InputError(path, "", str(error).removeprefix(f"table {str(path)!r}: ")) from error


def _from_table(path: Path, table: tables.Table, energies: tuple[float, float] | None) -> WiggleHistogram:
    heads = set(table.columns)
    two_ends = {"time_low", "time_high"} <= heads
    has_energy = {"E_low", "E_high"} <= heads
    other = heads - _COLUMNS
    half = ("E_low" in heads) != ("E_high" in heads)
    if other or half or "counts" not in heads or two_ends == ("time" in heads) or {"variance", "error"} <= heads:
        what = f"column {min(other)!r} is not known: " if other else ""
        raise InputError(
            path, "header", f"{what}write columns such as {_HEADER}, or time [us] for the middle of equal bins; "
            "beside them E_low [GeV],E_high [GeV] and one of variance [1], error [1] may stand"
        )  # fmt: skip

    def column(name: str, unit: str) -> Numbers:
        if not table.units[name]:
            raise InputError(path, name, f"the header says no unit: write {name} [{unit or 1}]")
        if not unit:
            return table.column(name, "1")
        return table.column(name, table.units[name]) * units.parse(f"1 {table.units[name]}", unit)

    counts = column("counts", "")
    variance = column("variance", "") if "variance" in heads else None
    if "error" in heads:
        variance = column("error", "") ** 2
    if two_ends:
        low, high = column("time_low", "us"), column("time_high", "us")
    else:
        middle = column("time", "us")
        known = np.unique(middle)
        width = float(np.min(np.diff(known))) if len(known) > 1 else 0.0
        low, high = middle - width / 2, middle + width / 2
    if has_energy:
        E_low, E_high = column("E_low", "GeV"), column("E_high", "GeV")
    elif energies is None:
        raise InputError(path, "header", "has no energies: say which, LOW..HIGH GeV, or add E_low [GeV],E_high [GeV]")
    else:
        E_low, E_high = (np.full(len(counts), end) for end in energies)
    # Rows by energy and time, in any order.
    E, k = np.unique(np.stack([E_low, E_high]), axis=1, return_inverse=True)
    t, i = np.unique(np.round(low / low.max(initial=1e-300), 12), return_inverse=True)
    k, i = k.ravel(), i.ravel()
    if len(set(zip(k.tolist(), i.tolist(), strict=True))) < len(counts):
        raise InputError(path, "", "has two rows for the same bin of energy and time")
    grid = np.full((E.shape[1], len(t)), np.nan)
    spread = None if variance is None else np.ones_like(grid)
    grid[k, i] = counts
    if spread is not None and variance is not None:
        spread[k, i] = variance
    first = np.zeros(len(t), np.intp)
    first[i] = np.arange(len(i))
    ends = {"energy": [E[0], E[1]], "time": [low[first], high[first]]}
    return store.assembled(path, ends, grid, spread)


def _root(path: Path, name: str, energies: tuple[float, float] | None, axes: str | None) -> WiggleHistogram:
    uproot = optional("uproot", "ROOT files are read through")
    note_read(path)
    if not path.is_file():
        raise InputError(path, "", "there is no such file")
    try:
        with uproot.open(path) as file:
            names = [key.split(";")[0] for key, what in file.classnames().items() if re.match(r"TH[12]", what)]
            names = list(dict.fromkeys(names))
            if not name and len(names) == 1:
                name = names[0]
            if name not in names:
                shown = ", ".join(names[:20]) or "none"
                which = f"{name!r} is none of its histograms" if name else "has several histograms"
                raise InputError(path, "", f"{which}: write {path.name}:NAME, with one of {shown}")
            found = file[name]
            counts, variance = np.asarray(found.values(), float), np.asarray(found.variances(), float)
            edges = [np.asarray(axis.edges(), float) for axis in found.axes]
            titles = [str(axis.member("fTitle") or "-") for axis in found.axes]
    except NudipoleError:
        raise
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise InputError(path, "", f"cannot be read as ROOT: {reason}") from error
    kinds = _kinds(path, axes, titles)
    ends: dict[str, list[Any]] = {}
    for (kind, unit), edge in zip(kinds.items(), edges, strict=True):
        try:
            scale = units.parse(f"1 {unit}", _AXES[kind])
        except UnitError as error:
            raise ArgumentError("axes", str(axes), str(error)) from error
        ends[kind] = [edge[:-1] * scale, edge[1:] * scale]
    if len(edges) == 1:
        if energies is None:
            raise InputError(path, name, "has no energies: say which, LOW..HIGH GeV")
        ends["energy"] = [np.array([end]) for end in energies]
        counts, variance = counts[None], variance[None]
    elif next(iter(kinds)) == "time":
        counts, variance = counts.T, variance.T
    # Weights of one are those of counts.
    plain = np.array_equal(counts, variance)
    kept = variance > 0
    if not plain and not np.all(kept):
        counts = np.where(kept, counts, np.nan)
        variance = np.where(kept, variance, 1.0)
    return store.assembled(path, ends, counts, None if plain else variance)


def _kinds(path: Path, axes: str | None, titles: list[str]) -> dict[str, str]:
    """What the axes are, and their units, in the order of x and y."""
    example = "time us" if len(titles) == 1 else "time us, energy MeV"
    if axes is None:
        shown = ", ".join(f"{name} is {title!r}" for name, title in zip("xy", titles, strict=False))
        raise InputError(path, "", f"say what its axes are, for example '{example}' ({shown})")
    words = [part.split() for part in axes.split(",")]
    kinds = {word[0]: word[1] for word in words if len(word) == 2}
    if len(kinds) != len(words) or len(kinds) != len(titles) or not {"time"} <= set(kinds) <= set(_AXES):
        raise ArgumentError("axes", axes, f"write one name and unit for each axis, here such as '{example}'")
    return kinds
