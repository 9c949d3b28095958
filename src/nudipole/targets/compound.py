"""Chemical compounds: which atoms a formula unit has."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from nudipole.errors import UnknownName
from nudipole.targets.electrons import Atom, atom

#: One element in brackets without a number.
_DOPANT = re.compile(r"\([A-Z][a-z]?\)(?!\d)")


def formula(text: str) -> dict[str, float]:
    """Atoms of one formula unit by symbol.

    Parameters
    ----------
    text : str
        For example ``"CsI"``, ``"C9H12"`` or ``"Ge"``.

    Raises
    ------
    UnknownName
        If it is not a chemical formula.

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
        raise UnknownName("chemical formula", text[:40], ("CsI", "C9H12", "CF4")) from error
    symbols = map(xraylib.AtomicNumberToSymbol, parsed["Elements"])
    return dict(zip(symbols, map(float, parsed["nAtoms"]), strict=True))


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
