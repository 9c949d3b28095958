"""Electrons in atoms: shells of every element and the steps of the targets sheet."""

import numpy as np
import periodictable
import pytest

from nudipole import constants as const
from nudipole.errors import TableError, UnknownName
from nudipole.numerics import jnp
from nudipole.targets import ManyBodyFactor, atom

KEV = 1e-3
ELEMENTS = {Z: periodictable.elements[Z].symbol for Z in range(1, 93)}

# Edge [keV] and number of electrons above it, down to the last edge of the sheet.
STEPS = {
    "Xe": [
        (34.561, 54), (5.453, 52), (5.107, 50), (4.786, 48), (1.148, 44), (1.002, 42), (0.941, 40), (0.689, 36),
        (0.676, 32), (0.213, 26), (0.147, 24), (0.145, 22), (0.070, 18), (0.068, 14), (0.023, 8), (0.013, 6),
        (0.012, 4),
    ],
    "Ge": [
        (11.1031, 32), (1.4146, 30), (1.2481, 28), (1.2170, 26), (0.1801, 22), (0.1249, 20), (0.1208, 18),
        (0.0298, 14), (0.0292, 10),
    ],
    "Cs": [
        (35.99, 55), (5.71, 53), (5.36, 51), (5.01, 49), (1.21, 45), (1.07, 43), (1.00, 41), (0.74, 37), (0.73, 33),
        (0.23, 27), (0.17, 25), (0.16, 23),
    ],
    "I": [
        (33.17, 53), (5.19, 51), (4.86, 49), (4.56, 47), (1.07, 43), (0.93, 41), (0.88, 39), (0.63, 35), (0.62, 31),
        (0.19, 25), (0.124, 23), (0.123, 21),
    ],
}  # fmt: skip
BELOW = {"Xe": 0, "Ge": 4, "Cs": 19, "I": 17}


def test_occupancies_of_every_element_sum_to_Z(subtests):
    for Z in ELEMENTS:
        with subtests.test(ELEMENTS[Z]):
            found = atom(ELEMENTS[Z])
            occupancies = np.asarray(found.occupancies)
            assert occupancies.sum() == pytest.approx(Z, rel=1e-14)
            assert occupancies.min() > 0
            assert np.asarray(found.edges).min() >= 0
            counted = np.asarray(found.electrons(jnp.array([1e-12, 1e-4, 1e-3, 1e-2, 1.0])))
            assert np.all(np.diff(counted) >= 0)
            assert counted[0] >= 0
            assert counted[-1] == pytest.approx(Z, rel=1e-14)


@pytest.mark.parametrize("element", STEPS)
def test_steps_of_the_targets_sheet(element):
    """Electrons halfway between neighbouring edges of the sheet that differ by more than 3 % are exact."""
    edges, above = (np.array(column) for column in zip(*STEPS[element], strict=True))
    found = atom(element)
    for k in range(len(edges)):
        upper = edges[k - 1] if k else 2 * edges[0]
        if upper / edges[k] > 1.03:
            T = np.sqrt(upper * edges[k]) * KEV
            assert found.electrons(np.array([T]))[0] == pytest.approx(above[k], abs=1e-5)
    assert found.electrons(np.array([0.95 * edges[-1] * KEV]))[0] <= BELOW[element] + 1e-5


@pytest.mark.parametrize("element", STEPS)
def test_edges_of_the_targets_sheet(element):
    """1 %, or 4 eV below 0.4 keV: the sheet rounds, and xraylib's compilation differs (Ge M2 128 eV, not 125)."""
    edges = np.asarray(atom(element).edges) / KEV
    for edge, _ in STEPS[element]:
        assert np.min(np.abs(edges - edge)) < max(0.01 * edge, 0.004)


def test_a_shell_opens_exactly_at_its_edge():
    xenon = atom("Xe")
    K = np.asarray(xenon.edges).max()
    counted = np.asarray(xenon.electrons(jnp.array([np.nextafter(K, 0), K])))
    np.testing.assert_array_equal(counted, [52, 54])


def test_an_electron_without_tabulated_edge_counts_as_free():
    """Caesium's 6s electron has no edge in xraylib; every electron of xenon and argon has one."""
    for element, free in (("Cs", 1), ("Xe", 0), ("Ar", 0)):
        assert atom(element).electrons(np.array([1e-12]))[0] == pytest.approx(free, abs=1e-5)


def test_free_electrons_ignore_binding():
    np.testing.assert_array_equal(atom("Xe", binding="free").electrons(np.array([1e-12, 1.0])), [54, 54])


@pytest.mark.parametrize(("element", "u"), [("Xe", 131.293), ("Ge", 72.630), ("Cs", 132.90545), ("I", 126.90447)])
def test_standard_atomic_weights_IUPAC(element, u):
    assert atom(element).mass / const.atomic_mass == pytest.approx(u, rel=2e-5)


def test_mass_can_be_given():
    assert atom("Xe", mass=1.5e5).mass == 1.5e5


def test_unknown_names():
    with pytest.raises(UnknownName, match="unknown element 'Xy'"):
        atom("Xy")
    with pytest.raises(UnknownName, match="binding"):
        atom("Xe", binding="loose")


def test_many_body_factor_is_continuous_at_its_ends():
    factor = ManyBodyFactor(np.array([1.0, 2.0, 4.0]) * KEV, np.array([0.8, 0.9, 0.7]))
    T = np.array([1e-9, 0.999999, 1.0, 1.000001, 1.5, 3.0, 3.999999, 4.0, 4.000001, 1e9]) * KEV
    expected = [0.8, 0.8, 0.8, 0.8000001, 0.85, 0.8, 0.7000001, 0.7, 0.700000075, 1.0]
    np.testing.assert_allclose(factor(T), expected, rtol=1e-8)


def test_many_body_factor_tends_to_stepping_above_its_table():
    """Corrections of binding fall as 1/T far above the edges: half of the deficit is left at twice the last energy."""
    factor = ManyBodyFactor(np.array([1.0, 4.0]) * KEV, np.array([0.8, 0.7]))
    np.testing.assert_allclose(factor(np.array([8.0, 40.0, 4e3]) * KEV), [0.85, 0.97, 0.9997], rtol=1e-12)


@pytest.mark.parametrize(
    ("T", "ratio"), [([1.0, 1.0], [1.0, 1.0]), ([2.0, 1.0], [1.0, 1.0]), ([1.0, 2.0], [1.0]), ([[1.0]], [[1.0]])]
)
def test_many_body_factor_refuses_other_tables(T, ratio):
    with pytest.raises(TableError, match="increasing T"):
        ManyBodyFactor(np.array(T), np.array(ratio))


#: Ratio of RRPA to stepping of the targets sheet, by T in keV.
RRPA = {
    0.3: 0.811, 0.5: 0.863, 0.7: 0.881, 1: 0.858, 1.5: 0.871, 2: 0.886, 3: 0.890, 4: 0.886, 4.7: 0.881, 5: 0.864,
    6: 0.846, 8: 0.829, 10: 0.813, 15: 0.774, 20: 0.740, 25: 0.708, 28.4: 0.685,
}  # fmt: skip


def test_weak_factor_of_xenon():
    """The targets sheet; continuous at both ends, above which it tends to one: never 0.685 at 100 keV."""
    factor = ManyBodyFactor.named("xe-rrpa-weak")
    np.testing.assert_allclose(factor(np.array(list(RRPA)) * KEV), list(RRPA.values()), rtol=1e-12)
    np.testing.assert_allclose(factor(np.array([1e-3, 0.2999999]) * KEV), 0.811, rtol=1e-6)
    np.testing.assert_allclose(factor(np.array([28.3999999, 28.4000001]) * KEV), 0.685, rtol=1e-6)
    np.testing.assert_allclose(factor(np.array([56.8, 284.0]) * KEV), [0.8425, 0.9685], rtol=1e-9)


@pytest.mark.parametrize("name", ["xe-rrpa", "atomic-xe-rrpa-weak", ""])
def test_unknown_many_body_factors(name):
    with pytest.raises(UnknownName, match=r"many-body factor .*choose from .*xe-rrpa-weak"):
        ManyBodyFactor.named(name)
