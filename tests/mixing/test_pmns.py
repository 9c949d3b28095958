import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nudipole import constants as const
from nudipole import tables
from nudipole.errors import OutOfRange, UnknownName
from nudipole.mixing import FLAVOURS, Oscillation, counterpart, nufit, nufit_errors
from nudipole.numerics import jax

SETS = tables.read("nufit").words("set")
EV2 = const.eV**2


def rotation(i, j, s2, phase=0.0):
    R = np.eye(3, dtype=complex)
    R[i, i] = R[j, j] = math.sqrt(1 - s2)
    R[i, j] = math.sqrt(s2) * np.exp(-1j * phase)
    R[j, i] = -math.sqrt(s2) * np.exp(1j * phase)
    return R


@given(
    *[st.floats(0, 1)] * 3,
    st.floats(-7, 7),
)
def test_pmns_is_the_product_of_three_rotations_and_unitary(s12, s13, s23, delta):
    U = np.asarray(Oscillation(s12, s13, s23, delta, 7.5e-17, 2.5e-15).pmns())
    product = rotation(1, 2, s23) @ rotation(0, 2, s13, delta) @ rotation(0, 1, s12)
    np.testing.assert_allclose(U, product, rtol=0, atol=1e-15)
    np.testing.assert_allclose(U @ U.conj().T, np.eye(3), rtol=0, atol=1e-14)


def test_jarlskog_invariant_has_the_sign_of_sin_delta():
    U = np.asarray(Oscillation(0.3, 0.02, 0.5, math.radians(40), 7.5e-17, 2.5e-15).pmns())
    s = np.sqrt([0.3, 0.02, 0.5])
    c = np.sqrt(1 - s**2)
    jarlskog = np.prod(s) * np.prod(c) * c[1] * math.sin(math.radians(40))
    assert (U[0, 0] * U[1, 1] * (U[0, 1] * U[1, 0]).conj()).imag == pytest.approx(jarlskog, rel=1e-12)


def test_flavour_order():
    assert FLAVOURS == ("e", "mu", "tau")


@pytest.mark.parametrize("name", SETS)
def test_every_nufit_set(name):
    oscillation = nufit(name)
    m2 = np.asarray(oscillation.masses_squared()) / EV2
    assert oscillation.name == name
    assert m2[1] == pytest.approx(7.5e-5, rel=0.01)
    assert abs(m2[2]) == pytest.approx(2.5e-3, rel=0.04)
    assert (m2[2] > m2[1]) == (oscillation.ordering == "NO") == name.endswith("-no")
    for parameter, (down, up) in nufit_errors(name).items():
        most = 1.0 if parameter == "delta" else 0.05 * abs(float(getattr(oscillation, parameter)))
        assert 0 < down < most
        assert 0 < up < most


def test_dm2_3l_is_31_for_normal_and_32_for_inverted_ordering():
    normal, inverted = nufit("nufit-6.0-no"), nufit("nufit-6.0-io")
    np.testing.assert_allclose(normal.masses_squared() / EV2, [0, 7.49e-5, 2.513e-3], rtol=1e-12)
    np.testing.assert_allclose(inverted.masses_squared() / EV2, [0, 7.49e-5, -2.484e-3 + 7.49e-5], rtol=1e-12)


#: Esteban:2024eli Table 1: errors down and up, the phase in degrees, splittings in 1e-5 and 1e-3 eV^2.
TABLE_1 = {
    "nufit-6.0-no": {
        "sin2_12": (0.011, 0.012), "sin2_13": (0.00058, 0.00056), "sin2_23": (0.013, 0.017), "delta": (41, 26),
        "dm2_21": (0.19, 0.19), "dm2_3l": (0.019, 0.021),
    },
    "nufit-6.0-io": {
        "sin2_12": (0.011, 0.012), "sin2_13": (0.00056, 0.00056), "sin2_23": (0.015, 0.012), "delta": (25, 22),
        "dm2_21": (0.19, 0.19), "dm2_3l": (0.020, 0.020),
    },
    "nufit-6.0-nosk-no": {
        "sin2_12": (0.011, 0.012), "sin2_13": (0.00058, 0.00054), "sin2_23": (0.015, 0.012), "delta": (20, 19),
        "dm2_21": (0.19, 0.19), "dm2_3l": (0.023, 0.025),
    },
    "nufit-6.0-nosk-io": {"delta": (28, 25), "dm2_21": (0.19, 0.19), "dm2_3l": (0.025, 0.024)},
}  # fmt: skip
UNITS = {"delta": math.radians(1), "dm2_21": 1e-5 * EV2, "dm2_3l": 1e-3 * EV2}


@pytest.mark.parametrize("name", TABLE_1)
def test_errors_of_nufit_6_0_table_1(name):
    found = nufit_errors(name)
    assert list(found) == list(TABLE_1[name])
    for parameter, errors in TABLE_1[name].items():
        np.testing.assert_allclose(found[parameter], np.multiply(errors, UNITS.get(parameter, 1.0)), rtol=1e-12)


def test_errors_are_given_only_where_known():
    assert nufit_errors("nufit-6.1-nosk-io") == {}
    assert set(nufit_errors("nufit-6.1-no")) == {"sin2_12", "sin2_13", "dm2_21", "dm2_3l"}
    np.testing.assert_allclose(nufit_errors("nufit-6.1-no")["dm2_21"], np.array([0.100e-5, 0.094e-5]) * EV2, rtol=1e-12)


@pytest.mark.parametrize("name", SETS)
def test_counterpart_has_the_other_ordering_and_the_same_data(name):
    for ordering in ("NO", "IO"):
        assert nufit(counterpart(name, ordering)).ordering == ordering
        assert counterpart(name, ordering)[:-3] == name[:-3]
    assert counterpart(name, nufit(name).ordering) == name


def test_table_matches_its_hash():
    assert tables.read("nufit").meta.sha256 == tables.sha256("nufit")


def test_from_degrees():
    here = Oscillation.from_degrees(33.68, 8.56, 43.3, 212, dm2_21=7.49e-5 * EV2, dm2_3l=2.513e-3 * EV2)
    np.testing.assert_allclose(here.pmns(), nufit("nufit-6.0-no").pmns(), atol=1e-3)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"sin2_12": -0.1}, "sin2_12"),
        ({"sin2_13": 1.01}, "sin2_13"),
        ({"sin2_23": math.nan}, "sin2_23"),
        ({"delta": math.inf}, "delta"),
        ({"dm2_21": -7e-17}, "dm2_21"),
        ({"dm2_3l": -2.5e-15}, "dm2_3l"),
        ({"dm2_3l": 2.5e-15, "ordering": "IO"}, "dm2_3l"),
    ],
)
def test_unphysical_values_are_named(changes, name):
    values = {"sin2_12": 0.3, "sin2_13": 0.02, "sin2_23": 0.5, "delta": 0, "dm2_21": 7e-17, "dm2_3l": 2.5e-15}
    with pytest.raises(OutOfRange, match=name):
        Oscillation(**{**values, **changes})


def test_unknown_names():
    with pytest.raises(UnknownName, match=r"nufit-6\.0-no"):
        nufit("nufit-6.0")
    with pytest.raises(UnknownName, match=r"nufit-6\.0-no"):
        counterpart("nufit-6.0", "IO")
    with pytest.raises(UnknownName, match="NO"):
        counterpart("nufit-6.0-no", "inverted")
    with pytest.raises(UnknownName, match="NO"):
        Oscillation(0.3, 0.02, 0.5, 0, 7e-17, 2.5e-15, ordering="normal")


def test_differentiable_in_the_angles():
    def weight(s12):
        return abs(Oscillation(s12, 0.02, 0.5, 1.0, 7e-17, 2.5e-15).pmns()[0, 0]) ** 2

    assert jax.grad(weight)(0.3) == pytest.approx(-0.98)
