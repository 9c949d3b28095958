"""Quenchings from their description: that of all elements of a target, or one for each."""

from __future__ import annotations

from collections.abc import Collection

from nudipole import units
from nudipole.detectors import QUENCHINGS, Quenching
from nudipole.experiments.build.quenching_table import quenching_table
from nudipole.experiments.build.reader import Reader
from nudipole.experiments.schema import detector as d
from nudipole.experiments.schema.process import NucleusSpec


def quenching_of(
    given: NucleusSpec, element: str, elements: Collection[str], target: str, reader: Reader, key: str
) -> tuple[d.OneQuenchingSpec, str]:
    """The quenching of an element, and where it is written: that of all, or its own.

    Parameters
    ----------
    given : NucleusSpec
    element : str
    elements : collection of str
        Of the target.
    target : str
        What it is called.
    reader : Reader
    key : str
        Of the quenching in the description.

    Raises
    ------
    InputError
        If an element has none, or one is named that the target does not have.
    """
    of = given.quenchings
    if "" in of:
        return of[""], key
    for name in of:
        if name not in elements:
            raise reader.fail(f"{key}.{name}", f"there is no {name} in {target}")
    if element not in of:
        raise reader.fail(key, f"{element} has none: write one for every element of {target}, or one for all")
    return of[element], f"{key}.{element}"


def quenched(given: d.OneQuenchingSpec, Z: float, reader: Reader, key: str) -> Quenching:
    """The quenching of a nucleus of `Z` protons, or the scale of electrons, that a description means.

    Raises
    ------
    InputError
        If its numbers or its table mean none.
    """
    with reader.at(key, getattr(given, "unit", "keV")):
        match given:
            case d.UnquenchedSpec():
                return QUENCHINGS["none"]()
            case d.FactorSpec():
                return QUENCHINGS["factor"](given.factor)
            case d.LindhardSpec():
                return QUENCHINGS["lindhard"](given.k, Z)
            case d.PolynomialSpec():
                unit = units.in_internal(given.unit)
                coefficients = [c * unit ** (1 - n) for n, c in enumerate(given.coefficients, start=1)]
                limit = {} if given.up_to is None else {"up_to": given.up_to}
                return QUENCHINGS["polynomial"](coefficients, **limit)
            case d.QuenchingTableSpec():
                return quenching_table(given, reader, key)
