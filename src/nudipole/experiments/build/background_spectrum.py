"""Counts of a background of known spectrum: its amount, from an activity, a rate at one energy, or a table of rates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nudipole import digits, tables, units
from nudipole.detectors import Detector
from nudipole.errors import UnitError
from nudipole.experiments.build.background_shape import Spectrum, density, shares
from nudipole.experiments.build.reader import Reader
from nudipole.experiments.schema.background import (
    BackgroundSpec,
    ExponentialSpec,
    PowerLawSpec,
    SpectrumSpec,
    SpectrumTableSpec,
)

_RATE = "1/(kg d keV)"
# Ends of a table that differ from those of the bins by less, relatively, are the same.
_ROUNDING = 1e-9


def expected(
    given: BackgroundSpec,
    spectrum: SpectrumSpec,
    exposure: float,
    detector: Detector,
    reader: Reader,
    key: str,
    unit: Callable[[str, str], float],
) -> NDArray[np.float64]:
    """Counts in every bin of energy, (b,).

    Parameters
    ----------
    given : BackgroundSpec
    spectrum : SpectrumSpec
        Its own.
    exposure : float
    detector : Detector
    reader : Reader
    key : str
        Of the background in the description.
    unit : callable
        Internal value of a unit of energy of the description at a key.

    Raises
    ------
    InputError
        If a table cannot be read, or has no unit that tells a rate from a shape.
    """
    points: Spectrum | None = None
    activity = given.activity or 0.0
    where = f"{key}.spectrum"
    if isinstance(spectrum, SpectrumTableSpec):
        E, dN_dE, absolute = _points(spectrum, given, reader, where, unit)
        _covered(E, dN_dE, detector, reader, where)
        points = E, dN_dE
        activity = float(np.trapezoid(dN_dE, E)) if absolute else activity
    elif given.rate is not None and isinstance(spectrum, ExponentialSpec | PowerLawSpec):
        assert spectrum.at is not None
        activity = given.rate / density(spectrum, spectrum.at)
    with reader.at(where):
        found: NDArray[np.float64] = activity * exposure * shares(spectrum, detector, points)
    return found


def _covered(E: NDArray[np.float64], dN_dE: NDArray[np.float64], detector: Detector, reader: Reader, key: str) -> None:
    """Refuse a table that ends inside the bins with a density that is not zero: nothing is known beyond."""
    low, high = detector.quenching.recoil(np.array([detector.bins[0], detector.bins[-1]]))
    ends = []
    if dN_dE[0] > 0 and E[0] > low * (1 + _ROUNDING):
        ends.append(f"it begins at {_kev(E[0])} keV")
    if dN_dE[-1] > 0 and E[-1] < high * (1 - _ROUNDING):
        ends.append(f"it ends at {_kev(E[-1])} keV")
    if ends:
        remedy = "add rows up to there, or a row of 0 at an end beyond which there is nothing"
        raise reader.fail(key, f"must cover the bins, {_kev(low)} to {_kev(high)} keV: {' and '.join(ends)}: {remedy}")


def _kev(energy: float) -> str:
    return digits.plain(units.express(float(energy), "keV"), 6)


def _points(
    given: SpectrumTableSpec, background: BackgroundSpec, reader: Reader, key: str, unit: Callable[[str, str], float]
) -> tuple[NDArray[np.float64], NDArray[np.float64], bool]:
    """Energies [MeV] and densities of a table, and whether these are rates per mass, time and energy."""
    if given.energy is not None:
        E, numbers, absolute = unit(given.unit, key) * np.array(given.energy), np.array(given.shape, float), False
        if not np.all(np.diff(E) > 0):
            raise reader.fail(f"{key}.energy", "must increase from point to point")
    else:
        table = reader.table(given.table, given.file, key)
        E = reader.energies(table, key, unit=lambda name: unit(name, key))
        absolute = "rate" in table.columns
        numbers = _rates(table, reader, key) if absolute else _shape(table, reader, key)
    for row in np.flatnonzero(~((numbers >= 0) & np.isfinite(numbers))):
        raise reader.fail(key, f"point {row + 1} has {numbers[row]:.6g}: a spectrum is finite and not negative")
    if not np.trapezoid(numbers, E) > 0:
        raise reader.fail(key, "the spectrum is zero everywhere")
    if absolute == (background.activity is not None):
        message = "its rates are known: leave the activity out" if absolute else "a shape needs the activity beside it"
        raise reader.fail(key, f"{message} (a column rate [{_RATE}] is absolute, a column shape [1] is not)")
    return E, numbers, absolute


def _rates(table: tables.Table, reader: Reader, key: str) -> NDArray[np.float64]:
    written = table.units["rate"]
    try:
        scale = units.parse(f"1 {written}", _RATE)
    except UnitError as error:
        raise reader.fail(key, f"write rate with its unit, for example rate [{_RATE}], in {table.name}") from error
    with reader.at(key):
        return scale * table.column("rate", written)


def _shape(table: tables.Table, reader: Reader, key: str) -> NDArray[np.float64]:
    if "shape" not in table.columns:
        message = f"{table.name} has no column shape or rate: write E [keV],shape [1], or E [keV],rate [{_RATE}]"
        raise reader.fail(key, f"{message} (it has {', '.join(table.columns)})")
    with reader.at(key):
        return table.column("shape", table.units["shape"])
