"""Formula units: their atoms, electrons and masses."""

import numpy as np
import pytest

from nudipole import constants as const
from nudipole.errors import FormulaError, UnknownName
from nudipole.targets import atom
from nudipole.targets.compound import formula, molecule

KEV = 1e-3
#: Standard atomic weights [u].
WEIGHTS = {"H": 1.00794, "C": 12.0107, "I": 126.90447, "Cs": 132.9054519}
MASSES = {element: weight * const.atomic_mass for element, weight in WEIGHTS.items()}


@pytest.mark.parametrize(
    ("text", "atoms"),
    [
        ("C9H12", {"C": 9, "H": 12}),
        ("CsI", {"Cs": 1, "I": 1}),
        ("Ge", {"Ge": 1}),
        ("(C2H4)3", {"C": 6, "H": 12}),
        ("CdZn0.5Te", {"Cd": 1, "Zn": 0.5, "Te": 1}),
        ("CH3CH2OH", {"C": 2, "H": 6, "O": 1}),
    ],
)
def test_atoms_of_a_formula(text, atoms):
    assert formula(text) == atoms


@pytest.mark.parametrize("text", ["", "xx", "Xx2", "csi", "C-1H4", "C0H4", "2H2O", "Cs I", "CsI\n", "(CH2", "A" * 90])
def test_what_is_no_formula(text):
    with pytest.raises(UnknownName, match="chemical formula"):
        formula(text)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("D2O", r"'D' is an isotope, no element: write formula: H2O with enrichment: \{2H: 1\}"),
        ("CD4", r"write formula: CH4 with enrichment: \{2H: 1\}"),
        ("HDO", r"write formula: HHO with enrichment: \{1H: 0.5, 2H: 0.5\}"),
        ("DTO", r"'D' and 'T' are isotopes, no elements: .* \{2H: 0.5, 3H: 0.5\}"),
        ("Gee2", "'Gee' is no element: did you mean 'Ge'"),
        ("csi", "'csi' is no element: write symbols, which begin with a capital letter"),
        ("NaI(Tl)", "a dopant, too little to count: write NaI"),
        ("76Ge", "begins with a number: .* isotopes as enrichment"),
        ("Cs I", "it holds ' '"),
        ("LiF-ZnS", "it holds '-'"),
        ("(CH2", "its brackets do not match"),
        ("C0H4", "positive numbers of atoms"),
    ],
)
def test_what_to_write_instead(text, remedy):
    with pytest.raises(FormulaError, match=remedy):
        formula(text)


@pytest.mark.parametrize(("text", "electrons", "mass"), [("C9H12", 66, 120.191), ("CsI", 108, 259.810)])
def test_electrons_and_mass(text, electrons, mass):
    """All of them well above the K edges; the mass of pseudocumene and of caesium iodide in u."""
    for binding in ("stepping", "free"):
        unit = molecule(formula(text), binding=binding, masses=MASSES)
        assert float(unit.electrons(np.array([0.1]))[0]) == pytest.approx(electrons, rel=1e-6)
        assert unit.mass / const.atomic_mass == pytest.approx(mass, rel=1e-5)
    assert float(molecule(formula(text), binding="free", masses=MASSES).electrons(np.array([1e-9]))[0]) == electrons


@pytest.mark.parametrize(
    ("T", "Z_eff"),
    [(36.1, 55 + 53), (35.0, 53 + 53), (20.0, 53 + 51), (5.5, 51 + 51), (4.0, 45 + 43), (2.0, 45 + 43), (1.1, 43 + 43)],
)
def test_steps_of_caesium_iodide(T, Z_eff):
    """Sum of the steps of Cs and of I (X-ray data booklet)."""
    found = float(molecule(formula("CsI"), masses=MASSES).electrons(np.array([T * KEV]))[0])
    assert found == pytest.approx(Z_eff, abs=1e-6)


def test_shells_are_those_of_the_atoms():
    T = np.geomspace(1e-3, 100, 200) * KEV
    carbon, hydrogen = (np.asarray(atom(element).electrons(T)) for element in ("C", "H"))
    unit = molecule({"C": 9, "H": 12}, masses=MASSES)
    np.testing.assert_allclose(unit.electrons(T), 9 * carbon + 12 * hydrogen, rtol=1e-12)
    assert len(unit.edges) == len(unit.occupancies)
    assert set(np.asarray(unit.edges)) == set(np.asarray(atom("C").edges)) | set(np.asarray(atom("H").edges))


def test_an_element_alone_is_its_atom():
    single, same = atom("I", mass=MASSES["I"]), molecule({"I": 1.0}, masses=MASSES)
    assert (same.element, same.mass) == (single.element, single.mass)
    np.testing.assert_array_equal(same.edges, single.edges)
    np.testing.assert_array_equal(same.occupancies, single.occupancies)
    assert same.weak_factor is None


def test_unknown_element_or_binding():
    with pytest.raises(UnknownName, match="element"):
        molecule({"Xx": 1.0}, masses={"Xx": 1.0})
    with pytest.raises(UnknownName, match="binding"):
        molecule({"I": 1.0}, binding="loose", masses=MASSES)
