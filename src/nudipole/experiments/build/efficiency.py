"""Efficiencies of energies, from their description: of the reconstructed one, of that in electrons, of the recoil."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from nudipole import digits, units
from nudipole.detectors import FUNCTIONS, Efficiency, Quenching
from nudipole.errors import UnknownName
from nudipole.experiments.build.reader import Reader
from nudipole.experiments.schema.detector import EfficiencySpec

#: How the parameters of a named efficiency scale with its unit of energy or time.
_POWER = {"midpoint": 1, "width": 1, "threshold": 1, "start": 1, "slope": -1, "rate": -1}
#: Columns of the energies, by the energy that an efficiency is a function of.
_COLUMNS = {"recoil": ("T", "E_nr", "E"), "true": ("E", "E_ee"), "reconstructed": ("E", "PE", "E_ee")}
#: Columns whose name says another energy, and which that is.
_OTHERS = {"T": "recoil", "E_nr": "recoil", "E_ee": "E_ee"}

#: Internal value of a unit of energy of the description at a key.
Unit = Callable[[str, str], float]


def efficiencies(
    given: Sequence[EfficiencySpec],
    edges: NDArray[np.float64],
    quenching: Quenching,
    reader: Reader,
    key: str,
    unit: Unit,
) -> tuple[Efficiency, tuple[Efficiency, ...]]:
    """The efficiency of the bins and the factors before it, whose product they are.

    Parameters
    ----------
    given : sequence of EfficiencySpec
    edges : (b+1,)
        Of the bins [MeV].
    quenching : Quenching
        From a recoil to what is seen of it.
    reader : Reader
    key : str
        Of the description.
    unit : callable

    Raises
    ------
    InputError
        If a table does not cover the bins, or is of another energy than it is said to be.
    """
    made = []
    for k, one in enumerate(given):
        made.append(_efficiency(one, edges, quenching, reader, f"{key}[{k}]" if len(given) > 1 else key, unit))
    if len(made) == 1 and made[0].of != "recoil":
        return made[0], ()
    reconstructed = [one for one in made if one.of == "reconstructed"]
    before = tuple(one for one in made if one.of != "reconstructed")
    return Efficiency.product(reconstructed) if reconstructed else Efficiency.constant(1.0), before


def _efficiency(
    given: EfficiencySpec, edges: NDArray[np.float64], quenching: Quenching, reader: Reader, key: str, unit: Unit
) -> Efficiency:
    of = "true" if given.of == "E_ee" else given.of
    low, high = edges[0], edges[-1]
    if of == "recoil":
        low, high = quenching.recoil([low, high])
    if given.constant is not None:
        constant = Efficiency.constant(given.constant)
        return constant if of == "reconstructed" else Efficiency.table(constant.E, constant.value, of)
    if given.function is not None:
        # A recoil outside of the bins may be counted in them: a function of the energy before goes further.
        span = (low, high) if of == "reconstructed" else (0.0, 3 * (high if np.isfinite(high) else low))
        scale = unit(given.unit, key)
        return efficiency_function(reader, given.function, given.parameters or {}, scale, span, key, of)
    if given.energy is not None and given.value is not None:
        energy, value = np.array(given.energy) * unit(given.unit, key), np.array(given.value)
    else:
        energy, value = _read(given, of, reader, key, unit)
    with reader.at(key):
        efficiency = Efficiency.table(energy, value, of)
    # Beyond its ends it would be zero or its last value: before the resolution, only what smears in from outside.
    if not (energy[0] <= low and (energy[-1] >= high or not np.isfinite(high))):
        raise reader.fail(key, _uncovered(energy, value, (low, high), of))
    return efficiency


def _read(
    given: EfficiencySpec, of: str, reader: Reader, key: str, unit: Unit
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energies [MeV] and values of a table or file."""
    table = reader.table(given.table, given.file, key)
    column = next((name for name in _COLUMNS[of] if name in table.columns), "E")
    written = table.units.get(column, "")
    if column == "E" and "E" not in table.columns:
        for name, other in _OTHERS.items():
            if name in table.columns:
                words = "energies of recoils" if other == "recoil" else "energies in electrons"
                remedy = ", or call those in electrons E" if other == "recoil" else ", or call those of recoils T"
                raise reader.fail(key, f"{name} of {table.name} are {words}: write of: {other}{remedy}")
    if written.endswith("nr") and of != "recoil":
        raise reader.fail(key, f"{column} [{written}] of {table.name} are energies of recoils: write of: recoil")
    if written.endswith("ee") and of == "recoil":
        raise reader.fail(key, f"{column} [{written}] of {table.name} are energies in electrons: write of: E_ee")
    energy = reader.energies(table, key, column, unit=partial(_at, unit, key))
    value = reader.numbers(table, "efficiency", key)
    for row in np.flatnonzero(~((value >= 0) & (value <= 1))):
        at = f"line {table.line(int(row))} of {table.name}"
        raise reader.fail(key, f"{at}: efficiency = {value[row]:.6g} must lie from 0 to 1")
    return energy, value


def _at(unit: Unit, key: str, name: str) -> float:
    return unit(name, key)


def _uncovered(energy: NDArray[np.float64], value: NDArray[np.float64], span: tuple[float, float], of: str) -> str:
    """Which end of the bins a table misses, where it ends, and what to write."""
    low, high = map(_kev, span)
    what = "recoils that the bins count" if of == "recoil" else "bins"
    ends = []
    if not energy[0] <= span[0]:
        add = f"efficiency {'0' if value[0] == 0 else '...'} at {low} keV"
        ends.append(f"it begins at {_kev(energy[0])} keV: add a row with {add}")
    if not energy[-1] >= span[1]:
        ends.append(f"it ends at {_kev(energy[-1])} keV: add a row at {high} keV, or end the bins there")
    return f"must cover the {what}, {low} to {high} keV: {'; '.join(ends)}"


def _kev(energy: float) -> str:
    return digits.plain(units.express(float(energy), "keV"), 6)


def efficiency_function(
    reader: Reader,
    name: str,
    parameters: dict[str, float],
    unit: float,
    span: tuple[float, float],
    key: str,
    of: str = "reconstructed",
) -> Efficiency:
    """A named efficiency whose parameters are in powers of `unit`, tabulated over `span`."""
    scaled = {parameter: value * unit ** _POWER.get(parameter, 0) for parameter, value in parameters.items()}
    with reader.at(key):
        if name not in FUNCTIONS:
            raise UnknownName("efficiency function", name, FUNCTIONS)
        FUNCTIONS[name].named(parameters)  # what is wrong is said in the unit of the description
        return Efficiency.function(name, *span, of=of, **scaled)
