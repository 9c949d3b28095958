"""Nuclei and the isotopes of an element, counted per atom."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import equinox as eqx
import numpy as np
from jaxtyping import Float

from nudipole import constants as const
from nudipole import tables
from nudipole.errors import OutOfRange, UnknownName
from nudipole.numerics import AnyArray, jax, leaf
from nudipole.targets.form_factors import FM, Helm

#: What published abundances may miss one by, for being rounded; such sums are scaled to one.
_ROUNDING = 1e-3


class Nucleus(eqx.Module):
    """A nucleus: its nucleons, its mass and how far they reach.

    All fields are arrays without axes, so that the nuclei of an element share compiled code.

    Attributes
    ----------
    Z, N : Float[Array, ""]
        Numbers of protons and neutrons.
    mass : Float[Array, ""]
        Atomic mass less that of Z free electrons [MeV]; their binding, below 4e-6 of it, is left out.
    R_p, R_n : Float[Array, ""]
        Rms radii of the protons and of the neutrons [MeV^-1].

    Raises
    ------
    OutOfRange
        If a number of nucleons or a radius is negative or the mass not positive.

    Examples
    --------
    >>> helium = nucleus("He", 4)
    >>> print(f"Z = {int(helium.Z)}, N = {int(helium.N)}, {float(helium.mass):.2f} MeV")
    Z = 2, N = 2, 3727.38 MeV
    """

    Z: float | Float[AnyArray, ""] = eqx.field(converter=leaf)
    N: float | Float[AnyArray, ""] = eqx.field(converter=leaf)
    mass: float | Float[AnyArray, ""] = eqx.field(converter=leaf)
    R_p: float | Float[AnyArray, ""] = eqx.field(converter=leaf)
    R_n: float | Float[AnyArray, ""] = eqx.field(converter=leaf)

    def __check_init__(self) -> None:
        for name in ("Z", "N", "mass", "R_p", "R_n"):
            value = getattr(self, name)
            if isinstance(value, jax.core.Tracer):
                continue
            if not (np.all(np.asarray(value) >= 0) and (name != "mass" or np.all(np.asarray(value) > 0))):
                raise OutOfRange(f"{name} of a nucleus", float(value), 0)

    @property
    def atomic_mass(self) -> float | Float[AnyArray, ""]:
        """Mass of the neutral atom [MeV]."""
        return self.mass + self.Z * const.m_e


@cache
def _radii() -> dict[tuple[str, int], tuple[float, float]]:
    """Tabulated (R_p, R_n) [MeV^-1] by element and mass number."""
    table = tables.read("nuclear-radii")
    A = table.column("A", "1").astype(int)
    radii = np.stack([table.column(name, "fm") for name in ("R_p", "R_n")], axis=-1) * FM
    return {
        (name, int(a)): (float(p), float(n)) for name, a, (p, n) in zip(table.words("element"), A, radii, strict=True)
    }


@cache
def _known(element: str) -> tuple[int, dict[int, tuple[float, float]]]:
    """(Z, {mass number: (natural abundance, atomic mass [MeV])}) from periodictable."""
    from periodictable import elements

    found = {entry.symbol: entry for entry in elements if entry.number > 0}
    if element not in found:
        raise UnknownName("element", element, found)
    entry = found[element]
    own = _abundances().get(element, {})
    return int(entry.number), {
        int(A): (own.get(int(A), float(entry[A].abundance) / 100), float(entry[A].mass) * const.atomic_mass)
        for A in entry.isotopes
    }


@cache
def _abundances() -> dict[str, dict[int, float]]:
    """Natural abundances that periodictable does not have, by element and mass number."""
    table = tables.read("nuclear-abundances")
    found: dict[str, dict[int, float]] = {}
    columns = (table.words("element"), table.column("A", "1"), table.column("abundance", "1"))
    for element, A, abundance in zip(*columns, strict=True):
        found.setdefault(element, {})[int(A)] = float(abundance)
    return found


@cache
def nucleus(element: str, A: int) -> Nucleus:
    """The nucleus of one isotope.

    Parameters
    ----------
    element : str
        Chemical symbol.
    A : int
        Mass number.

    Returns
    -------
    Nucleus
        With the radii of the table ``nuclear-radii``, or else the one of `Helm.from_mass_number` for protons and
        neutrons alike.

    Raises
    ------
    UnknownName
        For an unknown element or isotope.

    References
    ----------
    Atomic masses: periodictable.

    Examples
    --------
    >>> argon = nucleus("Ar", 40)
    >>> int(argon.N), round(float(argon.mass), 2)
    (22, 37215.53)
    """
    Z, known = _known(element)
    if A not in known:
        raise UnknownName(f"isotope of {element}", f"{A}{element}", [f"{a}{element}" for a in known])
    R_p, R_n = _radii().get((element, A), (Helm.from_mass_number(A).rms,) * 2)
    return Nucleus(Z, A - Z, known[A][1] - Z * const.m_e, R_p, R_n)


def isotopes(element: str, enrichment: Mapping[int, float] | None = None) -> tuple[tuple[float, Nucleus], ...]:
    """The isotopes of an element and their fractions per atom, which sum to one.

    Parameters
    ----------
    element : str
        Chemical symbol.
    enrichment : mapping of int to float, optional
        Fraction of the atoms (not of the mass) by mass number; by default the natural abundances.

    Returns
    -------
    tuple of (float, Nucleus)
        In the order of the mass number, without isotopes of fraction zero.

    Raises
    ------
    UnknownName
        For an unknown element or isotope, or without `enrichment` an element that does not occur in nature.
    OutOfRange
        If a fraction is not in [0, 1] or their sum misses 1 by more than the rounding of published numbers, 1e-3.

    References
    ----------
    Abundances and masses: periodictable; abundances of uranium: Meija:2016 Table 1.

    Examples
    --------
    >>> [(int(n.Z + n.N), round(f, 4)) for f, n in isotopes("Ge")]
    [(70, 0.2052), (72, 0.2745), (73, 0.0776), (74, 0.3652), (76, 0.0775)]
    """
    _, known = _known(element)
    if enrichment is None:
        fractions = {A: abundance for A, (abundance, _) in known.items()}
        if not any(fractions.values()):
            raise UnknownName("natural element (give the enrichment)", element, _natural())
    else:
        fractions = dict(enrichment)
    for A, fraction in fractions.items():
        if A not in known:
            raise UnknownName(f"isotope of {element}", f"{A}{element}", [f"{a}{element}" for a in known])
        if not 0 <= fraction <= 1:
            raise OutOfRange(f"fraction of {A}{element}", fraction, 0, 1)
    total = sum(fractions.values())
    if not abs(total - 1) <= _ROUNDING:
        raise OutOfRange(f"sum of the isotope fractions of {element}", total, 1 - _ROUNDING, 1 + _ROUNDING)
    return tuple((fractions[A] / total, nucleus(element, A)) for A in sorted(fractions) if fractions[A] > 0)


@cache
def _natural() -> tuple[str, ...]:
    from periodictable import elements

    names = [entry.symbol for entry in elements if entry.number > 0]
    return tuple(name for name in names if any(abundance for abundance, _ in _known(name)[1].values()))
