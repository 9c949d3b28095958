"""Published numbers that need no experiment: charge radii and couplings of the Standard Model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nudipole import constants as const
from nudipole import tables
from nudipole.interactions import couplings, sm_charge_radius
from nudipole.mixing import FLAVOURS
from nudipole.validation.row import Row, Uncertainty

#: What the table's quantities are as ours, for a flavour by its place.
_QUANTITIES: dict[str, Callable[[int], float]] = {
    "r2_SM": lambda k: float(np.asarray(sm_charge_radius())[k]) / (1e-32 * const.cm**2),
    "g_V": lambda k: float(np.asarray(couplings().g_V)[k]),
}


def theory() -> list[Row]:
    """Charge radii and nu-e couplings of the Standard Model against published values, to their printed digits.

    Returns
    -------
    list of Row

    Examples
    --------
    >>> rows = theory()
    >>> rows[0].quantity, {row.verdict for row in rows}
    ('r2_SM of nu_e', {'reproduced'})
    """
    table = tables.read("published-theory")
    rows = []
    columns = ("quantity", "flavour", "unit", "texkey", "where", "why")
    words = {name: table.words(name) for name in columns}
    numbers = zip(table.column("value", "1"), table.column("rounding", "1"), strict=True)
    for k, (value, rounding) in enumerate(numbers):
        quantity, flavour, unit, texkey, where, why = (words[name][k] for name in columns)
        ours = _QUANTITIES[quantity](FLAVOURS.index(flavour))
        rows.append(
            Row(
                experiment="Standard Model",
                variant=None,
                key=f"Standard Model/{quantity}-{flavour}",
                quantity=f"{quantity} of nu_{flavour}",
                unit="" if unit == "1" else unit,
                level="theory",
                published=float(value),
                ours=ours,
                scale=abs(float(value)),
                errors=(Uncertainty("rounding", float(rounding), why),),
                texkey=texkey,
                where=where,
            )
        )
    return rows
