"""Isotopes of every natural element: counting, masses and radii."""

import numpy as np
import periodictable
import pytest

from nudipole import constants as const
from nudipole.errors import OutOfRange, UnknownName
from nudipole.numerics import jax
from nudipole.targets import atom
from nudipole.targets.form_factors import FM, Helm
from nudipole.targets.nuclei import Nucleus, isotopes, nucleus

NATURAL = [
    element.symbol
    for element in periodictable.elements
    if element.number > 0 and any(element[A].abundance for A in element.isotopes)
]


def mean_mass(parts):
    return sum(fraction * float(nucleus.atomic_mass) for fraction, nucleus in parts)


def test_fractions_of_every_natural_element_sum_to_one(subtests):
    for element in NATURAL:
        with subtests.test(element):
            parts = isotopes(element)
            assert sum(fraction for fraction, _ in parts) == pytest.approx(1, abs=1e-15)
            assert all(fraction > 0 for fraction, _ in parts)
            assert {int(nucleus.Z) for _, nucleus in parts} == {periodictable.elements.symbol(element).number}


def test_mean_mass_is_the_atomic_weight(subtests):
    """1e-4, but for lithium, boron, sulphur, whose standard weights are conventional or intervals."""
    for element in NATURAL:
        with subtests.test(element):
            precision = {"Li": 5e-3, "B": 5e-4, "S": 3e-4}.get(element, 1e-4)
            assert mean_mass(isotopes(element)) == pytest.approx(atom(element).mass, rel=precision)


@pytest.mark.parametrize(
    ("element", "A", "u", "N"),
    [("Ge", 76, 75.921402726, 44), ("Cs", 133, 132.905451961, 78), ("I", 127, 126.904473, 74),
     ("Ar", 40, 39.9623831237, 22), ("Xe", 132, 131.904155086, 78)],
)  # fmt: skip
def test_masses_of_AME_less_the_electrons(element, A, u, N):
    found = nucleus(element, A)
    assert float(found.mass) == pytest.approx(u * 931.49410372 - (A - N) * 0.51099895069, rel=1e-8)
    assert float(found.atomic_mass) == pytest.approx(u * const.atomic_mass, rel=1e-8)
    assert int(found.N) == N


def test_natural_germanium():
    """IUPAC 2013 abundances [%]."""
    found = {int(n.Z + n.N): fraction for fraction, n in isotopes("Ge")}
    assert found == pytest.approx({70: 0.2052, 72: 0.2745, 73: 0.0776, 74: 0.3652, 76: 0.0775}, rel=1e-10)


def test_enrichment_counts_atoms():
    parts = isotopes("Ge", {76: 0.86, 74: 0.14, 72: 0.0})
    assert [(int(n.N), fraction) for fraction, n in parts] == [(42, 0.14), (44, 0.86)]


def test_rounded_fractions_are_scaled_to_one():
    fractions = [fraction for fraction, _ in isotopes("Xe", {136: 0.8067, 134: 0.1910, 132: 0.002})]
    assert sum(fractions) == pytest.approx(1, abs=1e-15)
    assert fractions[2] == pytest.approx(0.8067 / 0.9997)


@pytest.mark.parametrize("enrichment", [{76: 0.9}, {76: 0.9, 74: 0.2}, {}, {76: 1.2, 74: -0.2}, {76: float("nan")}])
def test_fractions_without_meaning_are_refused(enrichment):
    with pytest.raises(OutOfRange, match="fraction"):
        isotopes("Ge", enrichment)


def test_unknown_names():
    with pytest.raises(UnknownName, match="unknown element 'Xy'"):
        isotopes("Xy")
    with pytest.raises(UnknownName, match=r"unknown isotope of Ge '176Ge': did you mean '76Ge'"):
        isotopes("Ge", {176: 1.0})
    with pytest.raises(UnknownName, match="give the enrichment"):
        isotopes("Tc")
    with pytest.raises(UnknownName, match="isotope of Ar"):
        nucleus("Ar", 4)
    assert len(isotopes("Tc", {98: 1.0})) == 1


def test_radii_of_the_table_and_of_the_formula():
    """Ranges of the targets sheet; elsewhere one Helm radius for protons and neutrons."""
    for element, A, p, n in (
        ("Cs", 133, (4.804, 4.821), (5.01, 5.09)),
        ("I", 127, (4.749, 4.766), (4.94, 5.03)),
        ("Ar", 40, (3.448, 3.448), (3.55, 3.55)),
    ):
        found = nucleus(element, A)
        for radius, (low, high) in ((found.R_p, p), (found.R_n, n)):
            assert low - 1e-9 <= float(radius) / FM <= high + 1e-9
    germanium = nucleus("Ge", 73)
    assert float(germanium.R_p) == float(germanium.R_n) == float(Helm.from_mass_number(73).rms)
    assert float(nucleus("Ar", 36).R_p) == float(Helm.from_mass_number(36).rms)


@pytest.mark.parametrize(
    ("name", "value"), [("Z", -1), ("mass", 0.0), ("R_p", -1.0), ("R_n", float("nan")), ("mass", float("nan"))]
)
def test_impossible_nuclei_are_refused(name, value):
    fields = {"Z": 32, "N": 41, "mass": 68e3, "R_p": 0.02, "R_n": 0.02}
    with pytest.raises(OutOfRange, match=f"{name} of a nucleus"):
        Nucleus(**{**fields, name: value})


def test_nuclei_are_built_inside_jit():
    def atomic_mass(mass):
        return Nucleus(32, 41, mass, 0.02, 0.02).atomic_mass

    assert jax.grad(atomic_mass)(68e3) == 1
    assert np.isclose(jax.jit(atomic_mass)(68e3), 68e3 + 32 * const.m_e)
