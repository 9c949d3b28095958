"""Resolutions from their description."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from nudipole import digits, tables, units
from nudipole.detectors import RESOLUTIONS, Matrix, PolynomialWidth, Resolution, Skewed, TabulatedWidth
from nudipole.errors import UnitError
from nudipole.experiments.build.reader import Reader
from nudipole.experiments.schema import resolution as r

#: Internal value of a unit of energy of the description at a key.
Unit = Callable[[str, str], float]


def smeared(given: r.ResolutionSpec, edges: NDArray[np.float64], reader: Reader, key: str, unit: Unit) -> Resolution:
    """The resolution that a description means.

    Parameters
    ----------
    given : ResolutionSpec
    edges : (b+1,)
        Of the bins [MeV].
    reader : Reader
    key : str
        Of the description.
    unit : callable

    Raises
    ------
    InputError
        If a table does not cover the bins, or a number means no width.
    """
    with reader.at(key):
        match given:
            case r.PolynomialWidthSpec():
                scale = unit(given.unit, key)
                coefficients = [c * scale ** (1 - n) for n, c in enumerate(given.coefficients)]
                return PolynomialWidth(coefficients, edges[-1] if given.up_to is None else given.up_to)
            case r.WidthTableSpec():
                return _table(given, edges, reader, key, unit)
            case r.SkewedSpec():
                return Skewed(smeared(given.sigma, edges, reader, f"{key}.sigma", unit), given.alpha)
            case r.MatrixSpec():
                return _matrix(given, edges, reader, key, unit)
            case _:
                return RESOLUTIONS[given.kind](**given.model_dump(exclude={"kind"}))


def _table(given: r.WidthTableSpec, edges: NDArray[np.float64], reader: Reader, key: str, unit: Unit) -> Resolution:
    """Widths at the points of two lists, or of a table with columns E and sigma."""
    if given.energy is not None:
        scale = unit(given.unit, key)
        relative = given.relative is not None
        E = scale * np.array(given.energy)
        width = np.array(given.relative if relative else given.sigma) * (1.0 if relative else scale)
    else:
        table = reader.table(given.table, given.file, key)
        E = reader.energies(table, key, unit=partial(_at, unit, key))
        relative = "sigma" not in table.columns and "relative" in table.columns
        if not relative and table.units.get("sigma") in ("1", "%"):
            message = f"sigma [{table.units['sigma']}] of {table.name} is no energy: write sigma [keV], or relative [1]"
            raise reader.fail(key, f"{message} for sigma/E")
        if not relative and "sigma" not in table.columns:
            columns = ", ".join(table.columns)
            raise reader.fail(key, f"{table.name} has no column sigma: write E [keV],sigma [keV] (it has {columns})")
        width = reader.numbers(table, "relative", key) if relative else _column(table, "sigma", reader, key, unit)
    made = TabulatedWidth(E, width, relative)
    if not (E[0] <= edges[0] and E[-1] >= edges[-1]):
        low, high, first, last = (
            digits.plain(units.express(float(e), "keV"), 6) for e in (*edges[[0, -1]], E[0], E[-1])
        )
        message = f"must cover the bins, {low} to {high} keV: the table goes from {first} to {last} keV"
        raise reader.fail(key, f"{message}: add rows, or end the bins there")
    return made


def _matrix(given: r.MatrixSpec, edges: NDArray[np.float64], reader: Reader, key: str, unit: Unit) -> Resolution:
    """Rows of E, E_low, E_high and probability, in any order: one for each energy and bin, those left out are zero."""
    table = reader.csv(given.file, f"{key}.file")
    for column in ("E", "E_low", "E_high", "probability"):
        if column not in table.columns:
            example = "E [keV],E_low [keV],E_high [keV],probability [1]"
            raise reader.fail(
                key, f"{table.name} has no column {column}: write {example} (it has {', '.join(table.columns)})"
            )
    E, low, high = (_column(table, name, reader, key, unit) for name in ("E", "E_low", "E_high"))
    P = reader.numbers(table, "probability", key)
    nodes, bins = np.unique(E), np.unique(np.concatenate([low, high]))
    first = np.searchsorted(bins, low)
    if not np.array_equal(bins[np.minimum(first + 1, len(bins) - 1)], high):
        row = int(np.flatnonzero(bins[np.minimum(first + 1, len(bins) - 1)] != high)[0])
        raise reader.fail(key, f"line {table.line(row)} of {table.name}: its bin is not one of those of the other rows")
    probability = np.zeros((len(nodes), len(bins) - 1))
    place = np.searchsorted(nodes, E)
    cell = place * len(bins) + first
    for twice in np.flatnonzero(np.bincount(cell)[cell] > 1):
        raise reader.fail(key, f"line {table.line(int(twice))} of {table.name}: its energy and bin are given twice")
    probability[place, first] = P
    made = Matrix(nodes, bins, probability)
    lost = 1 - probability.sum(axis=1)
    if np.any(lost > 0.01):
        k = int(lost.argmax())
        at = digits.plain(units.express(float(nodes[k]), "keV"), 6)
        reader.note(key, f"{table.name} loses up to {100 * lost[k]:.3g} % (at {at} keV): it acts as an efficiency, too")
    if not (bins[0] <= edges[0] and bins[-1] >= edges[-1]):
        span = [digits.plain(units.express(float(e), "keV"), 6) for e in (*edges[[0, -1]], bins[0], bins[-1])]
        message = f"must cover the bins, {span[0]} to {span[1]} keV: the matrix goes from {span[2]} to {span[3]} keV"
        raise reader.fail(key, message)
    return made


def _column(table: tables.Table, name: str, reader: Reader, key: str, unit: Unit) -> NDArray[np.float64]:
    written = table.units[name]
    try:
        scale = unit("PE", key) if written == "PE" else units.parse(f"1 {written}", "keV")
    except UnitError as error:
        raise reader.fail(key, f"write {name} with its unit, for example {name} [keV], in {table.name}") from error
    return scale * table.column(name, written)


def _at(unit: Unit, key: str, name: str) -> float:
    return unit(name, key)
