"""Tables of omega_a in bins of the positrons' energy: the format of real and of generated data."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nudipole import digits, tables
from nudipole.errors import InputError, TableError
from nudipole.files import note_read
from nudipole.muon_g2.decay.spectrum import E_max
from nudipole.muon_g2.wiggle.expected import GEV

Numbers = NDArray[np.float64]

#: Quantities, their units, and what one unit is of the frequency; a deviation is relative to a reference of any size.
QUANTITIES = {
    "omega_a": ("rad/s", "rad/us"),
    "frequency": ("Hz", "kHz"),
    "R": ("1",),
    "deviation": ("ppm", "ppb"),
}
_PARTS = {"ppm": 1e-6, "ppb": 1e-9}
_ENERGIES = {"GeV": GEV, "MeV": 1.0}
MOST_BYTES, MOST_ROWS, FEWEST_ROWS = 1_000_000, 1000, 3
#: The table that ships with the package.
EXAMPLE = "muon-g2-e821-2000-generated"
_EXAMPLE_HEADER = "E_low [GeV],E_high [GeV],frequency [Hz],error [Hz]"


@dataclass(frozen=True)
class EnergyTable:
    """omega_a by energy.

    Attributes
    ----------
    name, note : str
        The note is what the comment lines of the file say.
    quantity, unit : str
        Of `QUANTITIES`.
    energy_low, energy_high : (k,)
        [MeV]
    values, errors : (k,)
        In `unit`.

    Examples
    --------
    >>> table = example()
    >>> table.quantity, table.unit, len(table.values)
    ('frequency', 'Hz', 9)
    """

    name: str
    note: str
    quantity: str
    unit: str
    energy_low: Numbers
    energy_high: Numbers
    values: Numbers
    errors: Numbers

    @property
    def scale(self) -> float:
        """A change of the value for a relative change of omega_a by one; 1 where the value is omega_a itself."""
        return 1 / _PARTS[self.unit] if self.unit in _PARTS else 1.0

    def relative(self) -> tuple[Numbers, Numbers]:
        """Frequencies and their errors, in the table's unit or, for deviations, in units of the reference."""
        if self.unit in _PARTS:
            return 1 + _PARTS[self.unit] * self.values, _PARTS[self.unit] * self.errors
        return self.values, self.errors

    def absolute(self, x: Any) -> Any:
        """The inverse of `relative`."""
        return (x - 1) * self.scale if self.unit in _PARTS else x

    def to_csv(self) -> str:
        """As `read` reads it."""
        lines = [f"# {line}" for line in self.note.splitlines()]
        lines.append(f"E_low [GeV],E_high [GeV],{self.quantity} [{self.unit}],error [{self.unit}]")
        rows = zip(self.energy_low / GEV, self.energy_high / GEV, self.values, self.errors, strict=True)
        lines += [f"{low:.10g},{high:.10g},{float(value)!r},{float(error)!r}" for low, high, value, error in rows]
        return "\n".join(lines) + "\n"


def read(path: str | os.PathLike[str]) -> EnergyTable:
    """A table from a CSV file.

    Parameters
    ----------
    path : path

    Returns
    -------
    EnergyTable

    Raises
    ------
    InputError
        If it is not of the format, with the line and what to write.

    Examples
    --------
    >>> _ = Path("mine.csv").write_text(example().to_csv())
    >>> read("mine.csv").unit == example().unit
    True
    """
    path = Path(path)
    note_read(path)
    with path.open("rb") as stream:
        raw = stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise InputError(path, "", f"is larger than {MOST_BYTES} bytes: one row a bin of energy is due")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(path, "", "is no text in UTF-8") from error
    return parse(text, str(path))


def example() -> EnergyTable:
    """The table of the package: generated, not measured.

    Returns
    -------
    EnergyTable

    Examples
    --------
    >>> example().note.partition(":")[0]
    'GENERATED pseudo-data, not measured'
    """
    table = tables.read(EXAMPLE)
    assert table.meta is not None
    return _checked(table, EXAMPLE, table.meta.title)


def parse(text: str, name: str) -> EnergyTable:
    """A table from text; lines that begin with # above the header are its note.

    Parameters
    ----------
    text : str
    name : str
        What to call it in messages.

    Returns
    -------
    EnergyTable

    Raises
    ------
    InputError
        As for `read`.

    Examples
    --------
    >>> parse(example().to_csv(), "mine").name
    'mine'
    """
    lines = text.splitlines()
    first = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
    note = "\n".join(line.lstrip("# ").rstrip()[:200] for line in lines[: min(first, 20)] if line.startswith("#"))
    body = [line for line in lines[first:] if line.strip()]
    if len(body) - 1 > MOST_ROWS:
        raise InputError(name, "", f"has {len(body) - 1} rows, more than {MOST_ROWS}")
    try:
        return _checked(tables.parse("\n".join(body), name=name), name, note)
    except InputError:
        raise
    except csv.Error as error:
        raise InputError(name, "", f"is no table: {error}") from error
    except TableError as error:
        raise InputError(name, "", str(error).removeprefix(f"table {name!r}: ")) from error


def _checked(table: tables.Table, name: str, note: str) -> EnergyTable:
    heads = list(table.columns)
    quantity = heads[2] if len(heads) == 4 else ""
    if len(heads) != 4 or heads[:2] != ["E_low", "E_high"] or quantity not in QUANTITIES or heads[3] != "error":
        choices = ", ".join(f"{key} [{' or '.join(units)}]" for key, units in QUANTITIES.items())
        raise InputError(
            name, "header", f"write exactly four columns such as {_EXAMPLE_HEADER}; the third may be {choices}"
        )
    unit = table.units[quantity]
    if unit not in QUANTITIES[quantity]:
        raise InputError(name, quantity, f"is in {unit[:20]!r}: write [{'] or ['.join(QUANTITIES[quantity])}]")
    if table.units["error"] != unit:
        raise InputError(name, "error", f"must be in the unit of {quantity}, [{unit}]")
    energies = []
    for head in ("E_low", "E_high"):
        if table.units[head] not in _ENERGIES:
            raise InputError(name, head, f"is in {table.units[head][:20]!r}: write [GeV] or [MeV]")
        energies.append(_numbers(table, head, name) * _ENERGIES[table.units[head]])
    low, high = energies
    values, errors = _numbers(table, quantity, name), _numbers(table, "error", name)
    found = EnergyTable(name, note, quantity, unit, low, high, values, errors)
    _check_rows(found)
    return found


def _numbers(table: tables.Table, head: str, name: str) -> Numbers:
    for row, cell in enumerate(table.words(head), start=1):
        try:
            sound = np.isfinite(float(cell))
        except ValueError:
            sound = False
        if not sound:
            raise InputError(name, f"row {row}, {head}", f"{cell[:30]!r} is not a finite number")
    return table.column(head, table.units[head])


def _check_rows(table: EnergyTable) -> None:
    low, high = table.energy_low, table.energy_high
    if len(low) < FEWEST_ROWS:
        raise InputError(table.name, "", f"has {len(low)} rows: a test needs {FEWEST_ROWS} bins of energy at least")
    for k in range(len(low)):
        where = f"row {k + 1}"
        if not 0 <= low[k] < high[k]:
            raise InputError(
                table.name,
                where,
                f"E_low = {digits.plain(low[k])} MeV must lie from 0 to below E_high = {digits.plain(high[k])} MeV",
            )
        if low[k] >= E_max:
            raise InputError(
                table.name,
                where,
                f"positrons have at most {digits.number(E_max / GEV, 4)} GeV: the bin must begin below",
            )
        if k and low[k] < high[k - 1] * (1 - 1e-9):
            raise InputError(table.name, where, "the bins must rise and may not overlap")
        if not table.errors[k] > 0:
            raise InputError(table.name, where, "the error must be above 0")
    x, sigma = table.relative()
    if np.any(x <= 0) or np.any(np.abs(x / np.median(x) - 1) > 0.01) or np.any(sigma > 0.01 * x):
        raise InputError(
            table.name, table.quantity, "the values must agree to 1 %, and their errors be smaller: is the unit right?"
        )
