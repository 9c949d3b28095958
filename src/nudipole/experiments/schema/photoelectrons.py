"""Photoelectrons as a unit of energy: written wherever energies stand, where the detector has a light yield."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from nudipole import units
from nudipole.errors import NudipoleError

#: A number and a unit that has photoelectrons in it.
_QUANTITY = re.compile(r"^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*((?:.*[^A-Za-z_])?PE(?![A-Za-z_]).*?)\s*$")
_PE = re.compile(r"(?<![A-Za-z_])PE(?![A-Za-z_])")
#: Where energies of the detector stand.
_ROOMS = ("detector", "process", "processes", "backgrounds", "samples")


def in_energies(data: Mapping[str, Any]) -> dict[str, Any]:
    """A description with energies in place of photoelectrons, such as 6 PE, by the light yield of the detector.

    Bins that are written ``from: 6 PE`` are then in the unit PE.

    Raises
    ------
    ValueError
        If there is no light yield, or it is none; with the key that needs it.

    Examples
    --------
    >>> given = {"detector": {"light_yield": "10 1/keV", "bins": {"from": "5 PE", "to": "20 PE", "width": "5 PE"}}}
    >>> in_energies(given)["detector"]["bins"]
    {'from': '0.5 keV', 'to': '2 keV', 'width': '0.5 keV', 'unit': 'PE'}
    """
    detector = data.get("detector")
    written = detector.get("light_yield") if isinstance(detector, dict) else None
    changed = {key: _changed(value, key, written) if key in _ROOMS else value for key, value in data.items()}
    bins = detector.get("bins") if isinstance(detector, dict) else None
    if (
        isinstance(bins, dict)
        and "edges" not in bins
        and isinstance(bins.get("from"), str)
        and _PE.search(bins["from"])
    ):
        changed["detector"]["bins"].setdefault("unit", "PE")
    return changed


def _changed(value: Any, key: str, light_yield: Any) -> Any:
    if isinstance(value, dict):
        return {name: _changed(item, f"{key}.{name}", light_yield) for name, item in value.items()}
    if isinstance(value, list):
        return [_changed(item, f"{key}[{k}]", light_yield) for k, item in enumerate(value)]
    match = _QUANTITY.match(value) if isinstance(value, str) and not key.endswith(".note") else None
    if match is None:
        return value
    try:
        one = units.parse(light_yield, "1/keV") / units.in_internal("1/keV")
    except NudipoleError as error:
        raise ValueError(f"{key}: PE needs detector.light_yield, for example 13.35 1/keV") from error
    if not 0 < one < math.inf:
        return value
    number, unit = float(match.group(1)), match.group(2)
    try:
        small, large = (units.in_internal(_PE.sub(name, unit)) for name in ("eV", "keV"))
    except NudipoleError:
        return value
    power = round(2 * math.log(large / small, 1000)) / 2
    return f"{number * one**-power:.15g} {_PE.sub('keV', unit)}"
