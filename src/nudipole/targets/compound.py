"""Chemical compounds: which atoms a formula unit has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import numpy as np

from nudipole import digits
from nudipole.errors import FormulaError, likely
from nudipole.targets.electrons import Atom, atom

#: One element in brackets without a number.
_DOPANT = re.compile(r"\([A-Z][a-z]?\)(?!\d)")
#: What stands for an element in a formula, right or wrong.
_SYMBOL = re.compile(r"[A-Z][a-z]*|[a-z]+")
#: Symbols of isotopes, which a formula does not name, and what stands in its place.
_ISOTOPES = {"D": "2H", "T": "3H"}


def formula(text: str) -> dict[str, float]:
    """Atoms of one formula unit by symbol.

    Parameters
    ----------
    text : str
        For example ``"CsI"``, ``"C9H12"`` or ``"Ge"``.

    Raises
    ------
    FormulaError
        If it is not a chemical formula: which symbol is not known, and what to write.

    References
    ----------
    Parsed by xraylib (Schoonjans:2011).

    Examples
    --------
    >>> formula("C9H12")
    {'H': 12.0, 'C': 9.0}
    """
    import xraylib

    try:
        # NaI(Tl) is a dopant, which would count as one Tl for each NaI.
        if not (text.isascii() and text.isprintable() and len(text) <= 80) or _DOPANT.search(text):
            raise ValueError(text)
        parsed = xraylib.CompoundParser(text)
    except ValueError as error:
        raise FormulaError(text, _remedy(text)) from error
    symbols = map(xraylib.AtomicNumberToSymbol, parsed["Elements"])
    return dict(zip(symbols, map(float, parsed["nAtoms"]), strict=True))


def _remedy(text: str) -> str:
    """What is wrong with what is no formula, and what to write."""
    example = "for example CsI, C9H12 or (C2H4)3"
    odd = sorted(set(re.findall(r"[^A-Za-z0-9.()]", text)))
    if not text or len(text) > 80 or odd:
        held = f"it holds {odd[0]!r}: " if odd else ""
        return f"{held}write symbols of elements, numbers and round brackets only, {example}"
    if dopant := _DOPANT.search(text):
        return f"{dopant[0]} is a dopant, too little to count: write {text.replace(dopant[0], '')}"
    if text[0].isdigit():
        return f"it begins with a number: write the symbols alone, {example}, and isotopes as enrichment: {{76Ge: 1}}"
    unknown = [symbol for symbol in _SYMBOL.findall(text) if symbol not in _symbols()]
    if unknown and all(symbol in _ISOTOPES for symbol in unknown):
        return _of_isotopes(text, unknown)
    if unknown:
        close = likely(unknown[0], _symbols()) if len(unknown[0]) < 3 or unknown[0][0].isupper() else None
        meant = f"did you mean {close!r}? " if close else ""
        return f"{unknown[0]!r} is no element: {meant}write symbols, which begin with a capital letter, {example}"
    if text.count("(") != text.count(")"):
        return f"its brackets do not match: write it so, {example}"
    return f"write symbols and positive numbers of atoms, {example}"


def _of_isotopes(text: str, unknown: list[str]) -> str:
    """The formula without the symbols of hydrogen's isotopes, and the enrichment that stands for them.

    >>> _of_isotopes("HDO", ["D"])
    "'D' is an isotope, no element: write formula: HHO with enrichment: {1H: 0.5, 2H: 0.5}"
    """
    import xraylib

    plain = re.sub(r"[DT](?![a-z])", "H", text)
    # An element that nobody uses counts an isotope.
    counts = {}
    for symbol in set(unknown):
        alone = re.sub(rf"{symbol}(?![a-z])", "Lr", text)
        parsed = xraylib.CompoundParser(re.sub(r"[DT](?![a-z])", "H", alone))
        counts[_ISOTOPES[symbol]] = dict(zip(parsed["Elements"], parsed["nAtoms"], strict=True))[103]
    parsed = xraylib.CompoundParser(plain)
    hydrogen = dict(zip(parsed["Elements"], parsed["nAtoms"], strict=True))[1]
    counts["1H"] = hydrogen - sum(counts.values())
    shares = ", ".join(f"{name}: {digits.plain(n / hydrogen, 6)}" for name, n in sorted(counts.items()) if n > 0)
    words = " and ".join(repr(symbol) for symbol in dict.fromkeys(unknown))
    kind = "is an isotope, no element" if len(set(unknown)) == 1 else "are isotopes, no elements"
    return f"{words} {kind}: write formula: {plain} with enrichment: {{{shares}}}"


@cache
def _symbols() -> tuple[str, ...]:
    import xraylib

    return tuple(xraylib.AtomicNumberToSymbol(Z) for Z in range(1, 108))


def molecule(atoms: Mapping[str, float], *, binding: str = "stepping", masses: Mapping[str, float]) -> Atom:
    """One formula unit as an atom with the shells of all its atoms side by side.

    Parameters
    ----------
    atoms : mapping of str to float
        Number of atoms by symbol.
    binding : {"stepping", "free"}
    masses : mapping of str to float
        Mean mass of an atom [MeV] by symbol.
    """
    parts = [(number, atom(element, binding=binding, mass=masses[element])) for element, number in atoms.items()]
    return Atom(
        "".join(atoms),
        sum(number * part.mass for number, part in parts),
        np.concatenate([np.asarray(part.edges) for _, part in parts]),
        np.concatenate([number * np.asarray(part.occupancies) for number, part in parts]),
    )
